import COpenBLAS
import TorchCore

/// LU factors with row exchanges, A = P L U.
enum LUFactor {
  static let factorEx: Op<Tensor, Bool, Bool, TensorTriple> = .structured(
    "aten::linalg_lu_factor_ex(Tensor A, *, bool pivot=True, bool check_errors=False) -> (Tensor LU, Tensor pivots, Tensor info)",
    rule: { a, pivot, _ in
      try MatrixCheck.matrices(a)
      guard pivot else {
        throw TorchError(.unsupported, "LU factors without pivoting are not available on the CPU; pass pivot: true")
      }
      return (
        .columnMajor(like: a, a.shape),
        TensorSpec(like: a, sizes: Dims(a.batchSizes + [Swift.min(a.rowCount, a.columnCount)]), dtype: .int32),
        TensorSpec(like: a, sizes: Dims(a.batchSizes), dtype: .int32)
      )
    },
    kernel: { out, a, _, check in
      factor(a, into: out.first, pivots: out.second, infos: out.third)
      if check {
        try MatrixCheck.success(out.third) {
          "U[\($0),\($0)] is zero and using it on lu_solve would result in a division by zero. If you still want to perform the "
            + "factorization, consider calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)"
        }
      }
    },
    vjp: { tape, _, _, _ in
      let (factors, pivots) = (tape.save(result: tape.result.first), tape.save(tape.result.second.alias()))
      return { g, sink in
        guard let gradient = g[0] else { return }
        let unpacked = LUUnpack.op(try sink.value(factors), try sink.value(pivots), true, true)
        let k = Swift.min(gradient.rowCount, gradient.columnCount)
        sink[0] = pullback(
          gl: gradient.narrow(-1, 0, k).tril(-1), gu: gradient.narrow(-2, 0, k).triu(), unpacked.first, unpacked.second,
          unpacked.third)
      }
    },
    samples: { s in
      [[3, 3], [2, 3, 2], [2, 4]].map { Sample(.tensor(s.tensor($0)), true.box(), false.box()) }
    })

  /// Factors of a random matrix, for samples of the ops that take factors.
  static func sample(_ s: inout SampleSource, _ sizes: [Int]) -> (factors: Tensor, pivots: Tensor) {
    let result = factorEx(s.tensor(sizes, dtype: .float64), true, false)
    return (result.first.to(s.dtype).contiguous(), result.second)
  }

  /// Factors `a` into `factors`, which lies column-major.
  static func factor(_ a: Tensor, into factors: Tensor, pivots: Tensor, infos: Tensor) {
    Copying.copy(a, into: factors)
    let (matrices, exchanges) = (MatrixBatch(over: factors), VectorBatch(over: pivots))
    let (m, n) = (Double(matrices.rows), Double(matrices.columns))
    if factors.count == 0 {
      Copying.fill(infos, 0)
      return
    }
    Lapack.forEach(matrices.count, cost: m * n * Swift.min(m, n) / 2, infos: infos.int32s) { i, _ in
      torch_lapack_getrf(matrices.type, matrices.rows, matrices.columns, matrices[i], exchanges.int32s(i))
    }
  }

  /// The gradient of A = P L U from those of L (m x k) and U (k x n), k the smaller of m and n.
  static func pullback(gl: Tensor, gu: Tensor, _ p: Tensor, _ l: Tensor, _ u: Tensor) -> Tensor {
    let (m, n) = (l.rowCount, u.columnCount)
    let k = Swift.min(m, n)
    let (l1, u1) = (m > k ? l.narrow(-2, 0, k) : l, n > k ? u.narrow(-1, 0, k) : u)
    let (l1H, u1H) = (l1.conjugateTransposed, u1.conjugateTransposed)
    // L1⁻¹ dL1 is strictly lower and dU1 U1⁻¹ upper: the two parts of L1⁻¹ Pᵀ dA1 U1⁻¹.
    var lower = l1H.matmul(m > k ? gl.narrow(-2, 0, k) : gl)
    var upper = (n > k ? gu.narrow(-1, 0, k) : gu).matmul(u1H)
    if n > k { lower = lower - gu.narrow(-1, k, n - k).matmul(u.narrow(-1, k, n - k).conjugateTransposed) }
    if m > k { upper = upper - l.narrow(-2, k, m - k).conjugateTransposed.matmul(gl.narrow(-2, k, m - k)) }
    let core = SolveTriangular.op(u1H, lower.tril(-1) + upper.triu(), false, false, false)
    var gradient = SolveTriangular.op(l1H, core, true, true, true)
    if n > k {
      gradient = cat([gradient, SolveTriangular.op(l1H, gu.narrow(-1, k, n - k), true, true, true)], dim: -1)
    }
    if m > k {
      gradient = cat([gradient, SolveTriangular.op(u1H, gl.narrow(-2, k, m - k), false, false, false)], dim: -2)
    }
    return p.matmul(gradient)
  }

  static let factor: Op<Tensor, Bool, TensorPair> = .composite(
    "aten::linalg_lu_factor(Tensor A, *, bool pivot=True) -> (Tensor LU, Tensor pivots)",
    samples: { s in [Sample(.tensor(s.tensor([3, 3])), true.box())] }
  ) { a, pivot in
    let result = try factorEx.callThrowing(a, pivot, true)
    return TensorPair(values: result.first, indices: result.second)
  }

  static let withInfo: Op<Tensor, Bool, Bool, TensorTriple> = .composite(
    "aten::_lu_with_info(Tensor self, bool pivot=True, bool check_errors=True) -> (Tensor LU, Tensor pivots, Tensor info)",
    samples: { s in [Sample(.tensor(s.tensor([3, 3])), true.box(), true.box())] }
  ) { a, pivot, _ in try factorEx.callThrowing(a, pivot, false) }

  static let lu: Op<Tensor, Bool, TensorTriple> = .composite(
    "aten::linalg_lu(Tensor A, *, bool pivot=True) -> (Tensor P, Tensor L, Tensor U)",
    samples: { s in [[3, 3], [2, 3, 2], [2, 4]].map { Sample(.tensor(s.tensor($0)), true.box()) } }
  ) { a, pivot in
    let result = try factorEx.callThrowing(a, pivot, false)
    return try LUUnpack.op.callThrowing(result.first, result.second, true, true)
  }

  static let table: [AnyOp] = [factorEx.erased, factor.erased, withInfo.erased, lu.erased]
}

extension Linalg {
  /// The factors of A = P L U: a permutation, unit lower triangular, upper triangular. `torch.linalg.lu`.
  public static func lu(_ a: Tensor, pivot: Bool = true) -> (p: Tensor, l: Tensor, u: Tensor) {
    let result = LUFactor.lu(a, pivot)
    return (result.first, result.second, result.third)
  }

  /// L and U of A = P L U packed into one matrix, and the row exchanges, counted from 1, that make P. Fails where U has a zero on
  /// its diagonal. `torch.linalg.lu_factor`.
  public static func luFactor(_ a: Tensor, pivot: Bool = true) -> (lu: Tensor, pivots: Tensor) {
    let result = LUFactor.factor(a, pivot)
    return (result.values, result.indices)
  }

  /// As `luFactor`, with a code for each matrix instead of a failure: 0, or the position of the first zero on the diagonal of U.
  /// `torch.linalg.lu_factor_ex`.
  public static func luFactorEx(
    _ a: Tensor, pivot: Bool = true, checkErrors: Bool = false
  ) -> (lu: Tensor, pivots: Tensor, info: Tensor) {
    let result = LUFactor.factorEx(a, pivot, checkErrors)
    return (result.first, result.second, result.third)
  }
}
