import COpenBLAS
import TorchCore

/// Equations with triangular matrices.
enum SolveTriangular {
  static let op: Op<Tensor, Tensor, Bool, Bool, Bool, Tensor> = .structured(
    "aten::linalg_solve_triangular(Tensor self, Tensor B, *, bool upper, bool left=True, bool unitriangular=False) -> Tensor",
    rule: { a, b, _, left, _ in
      try MatrixCheck.equation(a, b, left: left, ("self", "B"))
      return .columnMajor(like: b, try MatrixCheck.batch(a, b) + [b.rowCount, b.columnCount])
    },
    kernel: { out, a, b, upper, left, unit in
      let batch = out.batchSizes
      Copying.copy(b.expandedBatch(batch), into: out)
      if out.count == 0 { return }
      let solutions = MatrixBatch(over: out)
      // Rows in memory are the columns of the transpose, which is the other triangle.
      let matrix = a.expandedBatch(batch)
      let isColumnMajor = matrix.mT.isContiguous
      let triangles = MatrixBatch(reading: isColumnMajor ? matrix : matrix.mT)
      let call = Triangular(
        isLeft: left, isUpper: upper == isColumnMajor, isTransposed: !isColumnMajor, isUnit: unit, type: out.dtype,
        rows: solutions.rows, columns: solutions.columns, leading: triangles.rows)
      let order = Double(triangles.rows)
      try Lapack.forEach(solutions.count, cost: order * Double(solutions.rows) * Double(solutions.columns), "trsm") { i, _ in
        call.solve(triangles[i], solutions[i])
        return 0
      }
    },
    vjp: { tape, a, b, upper, left, unit in
      let (matrix, result) = (tape.save(a), tape.save(result: tape.result))
      let (sizesA, sizesB) = (a.impl.sizes, b.impl.sizes)
      return { g, sink in
        let gb = op(try sink.value(matrix).conjugateTransposed, g.first, !upper, left, unit)
        if sink.wants(1) { sink[1] = gb.sum(toSizes: sizesB) }
        if sink.wants(0) {
          let x = try sink.value(result).conjugateTransposed
          let product = left ? -gb.matmul(x) : -x.matmul(gb)
          let ga = upper ? product.triu(unit ? 1 : 0) : product.tril(unit ? -1 : 0)
          sink[0] = ga.sum(toSizes: sizesA)
        }
      }
    },
    samples: { s in
      let flags: [(Bool, Bool, Bool)] = [(true, true, false), (false, true, true), (true, false, false), (false, false, false)]
      return flags.map { upper, left, unit in
        let a = s.tensor([2, 3, 3], low: 0.5, high: 2)
        return Sample(.tensor(a), .tensor(s.tensor(left ? [3, 2] : [2, 3])), upper.box(), left.box(), unit.box())
      }
    })

  static let triangularSolve: Op<Tensor, Tensor, Bool, Bool, Bool, TensorPair> = .composite(
    "aten::triangular_solve(Tensor self, Tensor A, bool upper=True, bool transpose=False, bool unitriangular=False) -> (Tensor solution, Tensor cloned_coefficient)",
    rule: { b, a, _, _, _ in
      try MatrixCheck.equation(a, b, left: true, ("A", "self"))
      _ = try MatrixCheck.batch(a, b)
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([3, 2])), .tensor(s.tensor([3, 3], low: 0.5, high: 2)), true.box(), false.box(), false.box()),
        Sample(.tensor(s.tensor([2, 3, 2])), .tensor(s.tensor([3, 3], low: 0.5, high: 2)), false.box(), true.box(), false.box()),
      ]
    }
  ) { b, a, upper, transpose, unit in
    let matrix = a.expandedBatch(try MatrixCheck.batch(a, b))
    let solution =
      transpose ? try op.callThrowing(matrix.mT, b, !upper, true, unit) : try op.callThrowing(matrix, b, upper, true, unit)
    return TensorPair(values: solution, indices: matrix.clone())
  }

  static let table: [AnyOp] = [op.erased, triangularSolve.erased]
}

/// A call of BLAS's triangular solver on column-major matrices.
private struct Triangular {
  let side: CBLAS_SIDE
  let uplo: CBLAS_UPLO
  let transpose: CBLAS_TRANSPOSE
  let diagonal: CBLAS_DIAG
  let type: DType
  let rows: Int32
  let columns: Int32
  let leading: Int32

  init(
    isLeft: Bool, isUpper: Bool, isTransposed: Bool, isUnit: Bool, type: DType, rows: Int32, columns: Int32, leading: Int32
  ) {
    side = isLeft ? CblasLeft : CblasRight
    uplo = isUpper ? CblasUpper : CblasLower
    transpose = isTransposed ? CblasTrans : CblasNoTrans
    diagonal = isUnit ? CblasUnit : CblasNonUnit
    self.type = type
    self.rows = rows
    self.columns = columns
    self.leading = Swift.max(leading, 1)
  }

  /// Replaces `b` by the solution.
  func solve(_ a: UnsafeMutableRawPointer, _ b: UnsafeMutableRawPointer) {
    let ldb = Swift.max(rows, 1)
    switch type {
    case .float64:
      cblas_dtrsm(
        CblasColMajor, side, uplo, transpose, diagonal, rows, columns, 1, a.assumingMemoryBound(to: Double.self), leading,
        b.assumingMemoryBound(to: Double.self), ldb)
    case .complex64:
      var one: SIMD2<Float> = [1, 0]
      cblas_ctrsm(CblasColMajor, side, uplo, transpose, diagonal, rows, columns, &one, a, leading, b, ldb)
    case .complex128:
      var one: SIMD2<Double> = [1, 0]
      cblas_ztrsm(CblasColMajor, side, uplo, transpose, diagonal, rows, columns, &one, a, leading, b, ldb)
    default:
      cblas_strsm(
        CblasColMajor, side, uplo, transpose, diagonal, rows, columns, 1, a.assumingMemoryBound(to: Float.self), leading,
        b.assumingMemoryBound(to: Float.self), ldb)
    }
  }
}

extension Linalg {
  /// The solution of A X = B, or X A = B, for triangular matrices A of which only the named triangle is read; with
  /// `unitriangular` its diagonal counts as ones. Batches broadcast. `torch.linalg.solve_triangular`.
  public static func solveTriangular(
    _ a: Tensor, _ b: Tensor, upper: Bool, left: Bool = true, unitriangular: Bool = false
  ) -> Tensor {
    SolveTriangular.op(a, b, upper, left, unitriangular)
  }
}

extension Tensor {
  /// The solution of A X = `self` for triangular matrices A, or with `transpose` of Aᵀ X = `self`, and a copy of A.
  /// `torch.triangular_solve`, the older form of `Linalg.solveTriangular`.
  public func triangularSolve(
    _ a: Tensor, upper: Bool = true, transpose: Bool = false, unitriangular: Bool = false
  ) -> (solution: Tensor, coefficient: Tensor) {
    let result = SolveTriangular.triangularSolve(self, a, upper, transpose, unitriangular)
    return (result.values, result.indices)
  }
}
