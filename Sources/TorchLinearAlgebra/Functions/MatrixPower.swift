import TorchCore

/// Whole powers of square matrices.
enum MatrixPower {
  private static func power(_ schema: String) -> Op<Tensor, Int, Tensor> {
    .composite(
      schema, rule: { a, _ in try MatrixCheck.squareShape(a, "self") },
      samples: { s in
        // Of positive numbers, whose high powers do not cancel.
        [-2, 0, 1, 2, 3].map { Sample(.tensor(LinearSolve.invertible(&s, [2, 3, 3])), $0.box()) }
          + [Sample(.tensor(s.tensor([2, 3, 3], low: 0.2, high: 1)), 5.box())]
      }
    ) { a, n in
      if n == 0 {
        let unit = Tensor.eye(a.columnCount, dtype: a.dtype)
        return a.isMeta ? a.emptyLike() : unit.expand(a.shape).clone(memoryFormat: .contiguous)
      }
      if n == 1 { return a.clone() }
      let base = n < 0 ? try LinearSolve.linalgInverse.callThrowing(a) : a
      if n == 3 || n == -3 { return base.matmul(base).matmul(base) }
      // By squaring, from the lowest bit up.
      var (rest, square) = (n.magnitude, base)
      var product: Tensor?
      while rest > 0 {
        if rest & 1 == 1 { product = product.map { $0.matmul(square) } ?? square }
        rest >>= 1
        if rest > 0 { square = square.matmul(square) }
      }
      return product ?? base
    }
  }

  static let linalgPower = power("aten::linalg_matrix_power(Tensor self, int n) -> Tensor")
  static let matrixPower = power("aten::matrix_power(Tensor self, int n) -> Tensor")
  static let table: [AnyOp] = [linalgPower.erased, matrixPower.erased]
}

extension Linalg {
  /// The n-th power of square matrices, by repeated squaring; a negative n takes the inverse. `torch.linalg.matrix_power`.
  public static func matrixPower(_ a: Tensor, _ n: Int) -> Tensor { MatrixPower.linalgPower(a, n) }
}

extension Tensor {
  /// The n-th power of square matrices. `torch.matrix_power`.
  public func matrixPower(_ n: Int) -> Tensor { MatrixPower.matrixPower(self, n) }
}
