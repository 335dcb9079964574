import COpenBLAS
import TorchCore

/// Cholesky factors of positive-definite matrices.
enum CholeskyOps {
  static let factorEx: Op<Tensor, Bool, Bool, TensorPair> = .structured(
    "aten::linalg_cholesky_ex(Tensor self, *, bool upper=False, bool check_errors=False) -> (Tensor L, Tensor info)",
    rule: { a, _, _ in
      try MatrixCheck.square(a, "self")
      return (.columnMajor(like: a, a.shape), TensorSpec(like: a, sizes: Dims(a.batchSizes), dtype: .int32))
    },
    kernel: { out, a, upper, check in
      let (factor, infos) = (out.values, out.indices)
      Copying.copy(upper ? a.triu() : a.tril(), into: factor)
      let matrices = MatrixBatch(over: factor)
      let uplo: CChar = upper ? Lapack.upper : Lapack.lower
      let n = Double(matrices.rows)
      Lapack.forEach(matrices.count, cost: n * n * n / 3, infos: infos.int32s) { i, _ in
        torch_lapack_potrf(matrices.type, uplo, matrices.rows, matrices[i])
      }
      if check {
        try MatrixCheck.success(infos) {
          "The factorization could not be completed because the input is not positive-definite "
            + "(the leading minor of order \($0) is not positive-definite)."
        }
      }
    },
    vjp: { tape, _, upper, _ in
      let factor = tape.save(result: tape.result.values)
      return { g, sink in
        guard let gradient = g[0] else { return }
        let l = upper ? try sink.value(factor).conjugateTransposed : try sink.value(factor)
        let gl = upper ? gradient.conjugateTransposed : gradient
        // With dA = dL Lᴴ + L dLᴴ: L⁻¹ dL is the lower triangle, its diagonal halved, of L⁻¹ dA L⁻ᴴ.
        let product = l.conjugateTransposed.matmul(gl)
        let phi = product.tril() - (product.matrixDiagonal * 0.5).diagEmbed()
        let right = SolveTriangular.op(l, phi, false, false, false)
        let both = SolveTriangular.op(l.conjugateTransposed, right, true, true, false)
        sink[0] = (both + both.conjugateTransposed) * 0.5
      }
    },
    samples: { s in
      [
        Sample(.tensor(positiveDefinite(&s, [3, 3])), false.box(), false.box()),
        Sample(.tensor(positiveDefinite(&s, [2, 3, 3])), true.box(), false.box()),
      ]
    })

  /// A Aᵀ + 1 for random A.
  private static func positiveDefinite(_ s: inout SampleSource, _ sizes: [Int]) -> Tensor {
    let a = s.tensor(sizes, dtype: .float64)
    return (a.matmul(a.mT) + identity(sizes[sizes.count - 1], like: a)).to(s.dtype)
  }

  static let linalgCholesky = Op<Tensor, Bool, Tensor>.composite(
    "aten::linalg_cholesky(Tensor self, *, bool upper=False) -> Tensor",
    samples: { s in [Sample(.tensor(positiveDefinite(&s, [3, 3])), false.box())] }
  ) { a, upper in try factorEx.callThrowing(a, upper, true).values }

  static let cholesky = Op<Tensor, Bool, Tensor>.composite(
    "aten::cholesky(Tensor self, bool upper=False) -> Tensor",
    samples: { s in [Sample(.tensor(positiveDefinite(&s, [3, 3])), true.box())] }
  ) { a, upper in try factorEx.callThrowing(a, upper, true).values }

  static let inverse: Op<Tensor, Bool, Tensor> = .structured(
    "aten::cholesky_inverse(Tensor self, bool upper=False) -> Tensor",
    rule: { l, _ in
      try MatrixCheck.square(l, "self")
      return .columnMajor(like: l, l.shape)
    },
    kernel: { out, l, upper in
      Copying.copy(l, into: out)
      let matrices = MatrixBatch(over: out)
      let n = Double(matrices.rows)
      var infos = [Int32](repeating: 0, count: matrices.count)
      infos.withUnsafeMutableBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return }
        Lapack.forEach(matrices.count, cost: n * n * n, infos: base) { i, _ in
          torch_lapack_potri(matrices.type, upper ? Lapack.upper : Lapack.lower, matrices.rows, matrices[i])
        }
      }
      if let failed = infos.firstIndex(where: { $0 != 0 }) {
        let place = l.rank == 2 ? "" : "(Batch element \(failed)): "
        throw TorchError(
          .linearAlgebra,
          "\(place)The diagonal element \(infos[failed]) is zero, the inversion could not be completed because the input matrix is "
            + "singular.")
      }
      // One triangle was written; the other is its conjugate.
      let triangle = upper ? out.triu(1) : out.tril(-1)
      Copying.copy(triangle + (upper ? out.triu() : out.tril()).conjugateTransposed, into: out)
    },
    vjp: { tape, l, upper in
      let (factor, result) = (tape.save(l), tape.save(result: tape.result))
      return { g, sink in
        let (l, inverse) = (try sink.value(factor), try sink.value(result))
        let common = inverse.matmul((g.first + g.first.conjugateTransposed).matmul(inverse))
        sink[0] = upper ? -l.matmul(common) : -common.matmul(l)
      }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([3, 3], low: 0.5, high: 2)), false.box()),
        Sample(.tensor(s.tensor([2, 3, 3], low: 0.5, high: 2)), true.box()),
      ]
    })

  static let solve: Op<Tensor, Tensor, Bool, Tensor> = .structured(
    "aten::cholesky_solve(Tensor self, Tensor input2, bool upper=False) -> Tensor",
    rule: { b, l, _ in
      try MatrixCheck.equation(l, b, left: true, ("input2", "self"))
      return .columnMajor(like: b, try MatrixCheck.batch(b, l) + [b.rowCount, b.columnCount])
    },
    kernel: { out, b, l, upper in
      let batch = out.batchSizes
      Copying.copy(b.expandedBatch(batch), into: out)
      let (factors, solutions) = (MatrixBatch(reading: l.expandedBatch(batch)), MatrixBatch(over: out))
      let cost = 2 * Double(solutions.rows) * Double(solutions.rows) * Double(solutions.columns)
      try Lapack.forEach(solutions.count, cost: cost, "potrs") { i, _ in
        torch_lapack_potrs(
          factors.type, upper ? Lapack.upper : Lapack.lower, factors.rows, solutions.columns, factors[i], solutions[i])
      }
    },
    vjp: { tape, b, l, upper in
      let (factor, result) = (tape.save(l), tape.save(result: tape.result))
      let (sizesB, sizesL) = (b.impl.sizes, l.impl.sizes)
      return { g, sink in
        let l = try sink.value(factor)
        let gb = solve(g.first, l, upper)
        if sink.wants(0) { sink[0] = gb.sum(toSizes: sizesB) }
        if sink.wants(1) {
          let product = gb.matmul(try sink.value(result).conjugateTransposed)
          let common = product + product.conjugateTransposed
          sink[1] = (upper ? -l.matmul(common) : -common.matmul(l)).sum(toSizes: sizesL)
        }
      }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([3, 2])), .tensor(s.tensor([3, 3], low: 0.5, high: 2).tril()), false.box()),
        Sample(.tensor(s.tensor([2, 3, 2])), .tensor(s.tensor([3, 3], low: 0.5, high: 2).triu()), true.box()),
      ]
    })

  static let table: [AnyOp] = [factorEx.erased, linalgCholesky.erased, cholesky.erased, inverse.erased, solve.erased]
}

extension Lapack {
  static let upper = CChar(UInt8(ascii: "U"))
  static let lower = CChar(UInt8(ascii: "L"))
}

extension Linalg {
  /// The Cholesky factor L of positive-definite matrices, A = L Lᴴ; with `upper` its conjugate transpose. Only one triangle of A
  /// is read. Fails where a matrix is not positive-definite. `torch.linalg.cholesky`.
  public static func cholesky(_ a: Tensor, upper: Bool = false) -> Tensor { CholeskyOps.linalgCholesky(a, upper) }

  /// As `cholesky`, with a code for each matrix instead of a failure: 0, or the order of the first leading minor that is not
  /// positive-definite. `torch.linalg.cholesky_ex`.
  public static func choleskyEx(_ a: Tensor, upper: Bool = false, checkErrors: Bool = false) -> (l: Tensor, info: Tensor) {
    let result = CholeskyOps.factorEx(a, upper, checkErrors)
    return (result.values, result.indices)
  }
}

extension Tensor {
  /// The Cholesky factor of positive-definite matrices. `torch.cholesky`, the older name of `Linalg.cholesky`.
  public func cholesky(upper: Bool = false) -> Tensor { CholeskyOps.cholesky(self, upper) }
  /// The inverse of the matrices of which this is the Cholesky factor. `torch.cholesky_inverse`.
  public func choleskyInverse(upper: Bool = false) -> Tensor { CholeskyOps.inverse(self, upper) }
  /// Solves A X = `self` for matrices A given by their Cholesky factor. `torch.cholesky_solve`.
  public func choleskySolve(_ factor: Tensor, upper: Bool = false) -> Tensor { CholeskyOps.solve(self, factor, upper) }
}
