import COpenBLAS
import CTorchKernels
import TorchCore

/// Bunch-Kaufman factors of symmetric or Hermitian matrices, A = L D Lᵀ or L D Lᴴ, of which the lower triangle is read.
enum LDLOps {
  static let factorEx: Op<Tensor, Bool, Bool, TensorTriple> = .structured(
    "aten::linalg_ldl_factor_ex(Tensor self, *, bool hermitian=False, bool check_errors=False) -> (Tensor LD, Tensor pivots, Tensor info)",
    undifferentiable: "PyTorch defines no derivative of these factors",
    rule: { a, _, _ in
      try MatrixCheck.square(a, "self")
      return (
        .columnMajor(like: a, a.shape), TensorSpec(like: a, sizes: Dims(a.shape.dropLast()), dtype: .int32),
        TensorSpec(like: a, sizes: Dims(a.batchSizes), dtype: .int32)
      )
    },
    kernel: { out, a, hermitian, check in
      Copying.copy(a.tril(), into: out.first)
      Copying.fill(out.third, 0)
      if a.count > 0 {
        let (matrices, pivots) = (MatrixBatch(over: out.first), VectorBatch(over: out.second))
        let (n, type, form) = (matrices.rows, matrices.type, Int32(hermitian ? 1 : 0))
        let lwork = Lapack.workspaceCount(a.dtype) {
          _ = torch_lapack_sytrf(type, form, n, matrices[0], pivots.int32s(0), $0, -1)
        }
        let cost = Double(n) * Double(n) * Double(n) / 3
        Lapack.forEach(matrices.count, cost: cost, workspace: lwork * a.dtype.byteCount, infos: out.third.int32s) { i, work in
          torch_lapack_sytrf(type, form, n, matrices[i], pivots.int32s(i), work, Int32(lwork))
        }
      }
      if check {
        try MatrixCheck.success(out.third) { "D[\($0),\($0)] is zero: the factors cannot be used to solve equations." }
      }
    },
    samples: { s in [Sample(.tensor(HermitianEigen.symmetric(&s, [3, 3])), false.box(), false.box())] })

  static let factor = Op<Tensor, Bool, TensorPair>(
    OpInfo(
      "aten::linalg_ldl_factor(Tensor self, *, bool hermitian=False) -> (Tensor LD, Tensor pivots)", tier: .composite,
      derivative: .none("PyTorch defines no derivative of these factors"),
      samples: { s in [Sample(.tensor(HermitianEigen.symmetric(&s, [3, 3])), false.box())] })
  ) { a, hermitian in
    let result = try factorEx.callThrowing(a, hermitian, true)
    return TensorPair(values: result.first, indices: result.second)
  }

  static let solve: Op<Tensor, Tensor, Tensor, Bool, Tensor> = .structured(
    "aten::linalg_ldl_solve(Tensor LD, Tensor pivots, Tensor B, *, bool hermitian=False) -> Tensor",
    undifferentiable: "PyTorch defines no derivative of these factors",
    rule: { ld, pivots, b, _ in
      try MatrixCheck.equation(ld, b, left: true, ("LD", "B"))
      guard pivots.dtype == .int32 else {
        throw TorchError(.dtype, "pivots must be int32, as ldl_factor returns them, got \(pivots.dtype)")
      }
      guard pivots.shape == Array(ld.shape.dropLast()) else {
        throw TorchError(.shape, "pivots must have sizes \(ld.shape.dropLast()) for \(ld.summary), got \(pivots.impl.sizes)")
      }
      return .columnMajor(like: b, try MatrixCheck.batch(ld, b) + [b.rowCount, b.columnCount])
    },
    kernel: { out, ld, pivots, b, hermitian in
      let batch = out.batchSizes
      Copying.copy(b.expandedBatch(batch), into: out)
      if out.count == 0 { return }
      let exchanges = VectorBatch(reading: pivots.expand(batch + [ld.rowCount]))
      let (factors, solutions) = (MatrixBatch(reading: ld.expandedBatch(batch)), MatrixBatch(over: out))
      for i in 0..<solutions.count {
        let bad = torch_linalg_check_bunch_kaufman(exchanges.int32s(i), Int64(factors.rows))
        guard bad < 0 else {
          let value = exchanges.int32s(i)[Int(bad)]
          throw TorchError(.value, "pivots are not such as ldl_factor returns: \(value) at position \(bad) of matrix \(i)")
        }
      }
      let form = Int32(hermitian ? 1 : 0)
      let cost = Double(factors.rows) * Double(factors.rows) * Double(solutions.columns)
      try Lapack.forEach(solutions.count, cost: cost, "sytrs") { i, _ in
        torch_lapack_sytrs(factors.type, form, factors.rows, solutions.columns, factors[i], exchanges.int32s(i), solutions[i])
      }
    },
    samples: { s in
      let a = s.tensor([3, 3], dtype: .float64)
      let factors = factorEx(a + a.mT, false, false)
      return [Sample(.tensor(factors.first.to(s.dtype)), .tensor(factors.second), .tensor(s.tensor([3, 2])), false.box())]
    })

  static let table: [AnyOp] = [factorEx.erased, factor.erased, solve.erased]
}

extension Linalg {
  /// L and D of symmetric (or, if asked, Hermitian) matrices packed into one matrix, and LAPACK's pivots. Fails where D has a
  /// zero block. `torch.linalg.ldl_factor`.
  public static func ldlFactor(_ a: Tensor, hermitian: Bool = false) -> (ld: Tensor, pivots: Tensor) {
    let result = LDLOps.factor(a, hermitian)
    return (result.values, result.indices)
  }

  /// As `ldlFactor`, with a code for each matrix instead of a failure. `torch.linalg.ldl_factor_ex`.
  public static func ldlFactorEx(
    _ a: Tensor, hermitian: Bool = false, checkErrors: Bool = false
  ) -> (ld: Tensor, pivots: Tensor, info: Tensor) {
    let result = LDLOps.factorEx(a, hermitian, checkErrors)
    return (result.first, result.second, result.third)
  }

  /// The solution of A X = B for matrices given by `ldlFactor`. `torch.linalg.ldl_solve`.
  public static func ldlSolve(_ ld: Tensor, _ pivots: Tensor, _ b: Tensor, hermitian: Bool = false) -> Tensor {
    LDLOps.solve(ld, pivots, b, hermitian)
  }
}
