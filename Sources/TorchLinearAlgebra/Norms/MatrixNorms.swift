import TorchCore

/// Norms of matrices.
enum MatrixNorms {
  /// Norms by number: 1 and infinity take the largest sum of magnitudes of a column or row, 2 the largest singular value;
  /// negative ones the smallest.
  static let number: Op<Tensor, Scalar, [Int], Bool, DType?, Tensor> = .composite(
    "aten::linalg_matrix_norm(Tensor self, Scalar ord, int[] dim=[-2, -1], bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    rule: { a, order, dims, _, dtype in
      _ = try matrixDims(a, dims)
      try Norms.checkType(a, dtype)
      if case .complex = order { throw TorchError(.value, "ord must be real, got \(order)") }
      guard [1, 2, .infinity].contains(abs(order.doubleValue)) else {
        throw TorchError(.value, "ord must be 1, -1, 2, -2, inf or -inf, got \(order)")
      }
      if abs(order.doubleValue) == 2 { try MatrixCheck.type(a, "self") }
    },
    samples: { s in
      let orders: [Double] = [1, -1, 2, -2, .infinity, -.infinity]
      return orders.map { Sample(.tensor(s.tensor([2, 3, 4])), .scalar(.double($0)), [-2, -1].box(), false.box(), .none) }
        + [Sample(.tensor(s.tensor([3, 2, 4])), .scalar(.int(2)), [2, 0].box(), true.box(), .none)]
    }
  ) { a, order, dims, keepDim, dtype in
    let (rows, columns) = try matrixDims(a, dims)
    let p = order.doubleValue
    func extreme(_ x: Tensor, _ dim: Int, keepDim: Bool = false) -> Tensor {
      if p < 0 { return x.amin([dim], keepDim: keepDim) }
      if x.impl.sizes[dim] > 0 { return x.amax([dim], keepDim: keepDim) }
      // The largest of no magnitudes is 0.
      return x.sum([dim], keepDim: keepDim)
    }
    if abs(p) == 2 { return try singularValues(a, rows, columns, dtype, keepDim) { extreme($0, $0.rank - 1) } }
    let (summed, rest) = abs(p) == 1 ? (rows, columns) : (columns, rows)
    let sums = try Norms.vectorNorm.callThrowing(a, 1, [summed], keepDim, dtype)
    return extreme(sums, !keepDim && summed < rest ? rest - 1 : rest, keepDim: keepDim)
  }

  /// Norms by name: `fro`, the root of the sum of squares, and `nuc`, the sum of singular values.
  static let named: Op<Tensor, String, [Int], Bool, DType?, Tensor> = .composite(
    "aten::linalg_matrix_norm.str_ord(Tensor self, str ord='fro', int[] dim=[-2, -1], bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    rule: { a, order, dims, _, dtype in
      _ = try matrixDims(a, dims)
      try Norms.checkType(a, dtype)
      guard order == "fro" || order == "nuc" else { throw TorchError(.value, "ord must be 'fro' or 'nuc', got '\(order)'") }
      if order == "nuc" { try MatrixCheck.type(a, "self") }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([2, 3, 4])), "fro".box(), [-2, -1].box(), false.box(), .none),
        Sample(.tensor(s.tensor([3, 2, 4])), "nuc".box(), [0, 2].box(), true.box(), .none),
      ]
    }
  ) { a, order, dims, keepDim, dtype in
    let (rows, columns) = try matrixDims(a, dims)
    if order == "fro" { return try Norms.vectorNorm.callThrowing(a, 2, [rows, columns], keepDim, dtype) }
    return try singularValues(a, rows, columns, dtype, keepDim) { $0.sum(-1) }
  }

  /// A reduction of the singular values of the matrices along two dimensions.
  private static func singularValues(
    _ a: Tensor, _ rows: Int, _ columns: Int, _ dtype: DType?, _ keepDim: Bool, _ reduce: (Tensor) -> Tensor
  ) throws -> Tensor {
    let lead = (0..<a.rank).filter { $0 != rows && $0 != columns }
    let values = try SVDOps.values.callThrowing((dtype.map { a.to($0) } ?? a).permute(lead + [rows, columns]), nil)
    let result = reduce(values)
    guard keepDim else { return result }
    return result.unsqueeze(Swift.min(rows, columns)).unsqueeze(Swift.max(rows, columns))
  }

  /// The two dimensions, counted from the front.
  private static func matrixDims(_ a: Tensor, _ dims: [Int]) throws -> (Int, Int) {
    guard a.rank >= 2 else { throw TorchError(.shape, "self must be a matrix or a batch of matrices, got \(a.summary)") }
    guard dims.count == 2 else { throw TorchError(.value, "dim must name two dimensions, got \(dims)") }
    let (rows, columns) = (try normalizeDim(dims[0], rank: a.rank), try normalizeDim(dims[1], rank: a.rank))
    guard rows != columns else { throw TorchError(.value, "dim must name two different dimensions, got \(dims)") }
    return (rows, columns)
  }

  // MARK: Norms of vectors and matrices

  private static func checkDims(_ a: Tensor, _ hasOrder: Bool, _ dims: [Int]?) throws {
    if let dims {
      guard dims.count == 1 || dims.count == 2 else {
        throw TorchError(.value, "dim must name one or two dimensions, got \(dims)")
      }
    } else if hasOrder, a.rank != 1 && a.rank != 2 {
      throw TorchError(.shape, "with ord and without dim self must have one or two dimensions, got \(a.summary)")
    }
  }

  static let norm: Op<Tensor, Scalar?, [Int]?, Bool, DType?, Tensor> = .composite(
    "aten::linalg_norm(Tensor self, Scalar? ord=None, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    rule: { a, order, dims, _, _ in try checkDims(a, order != nil, dims) },
    samples: { s in
      [
        Sample(.tensor(s.tensor([3, 4])), .none, .none, false.box(), .none),
        Sample(.tensor(s.tensor([3, 4])), .scalar(.int(1)), .none, false.box(), .none),
        Sample(.tensor(s.tensor([2, 3, 4])), .scalar(.int(3)), [1].box(), true.box(), .none),
      ]
    }
  ) { a, order, dims, keepDim, dtype in
    if let order, let pair = dims ?? (a.rank == 2 ? [0, 1] : nil), pair.count == 2 {
      return try number.callThrowing(a, order, pair, keepDim, dtype)
    }
    return try Norms.vectorNorm.callThrowing(a, order ?? 2, dims, keepDim, dtype)
  }

  static let normNamed: Op<Tensor, String, [Int]?, Bool, DType?, Tensor> = .composite(
    "aten::linalg_norm.ord_str(Tensor self, str ord, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    rule: { a, _, dims, _, _ in try checkDims(a, true, dims) },
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), "nuc".box(), .none, false.box(), .none)] }
  ) { a, order, dims, keepDim, dtype in
    let pair = dims ?? (a.rank == 2 ? [0, 1] : [])
    guard pair.count == 2 else {
      throw TorchError(.value, "ord '\(order)' is a norm of matrices and needs two dimensions, got \(pair)")
    }
    return try named.callThrowing(a, order, pair, keepDim, dtype)
  }

  // MARK: Condition numbers

  /// Norm times norm of the inverse, infinite for singular matrices.
  private static func condition(_ a: Tensor, _ norm: (Tensor) throws -> Tensor) throws -> Tensor {
    try MatrixCheck.square(a, "self")
    let result = try LinearSolve.inverseEx.callThrowing(a, false)
    let isSingular = (result.indices .> 0).unsqueeze(-1).unsqueeze(-1)
    return try norm(a) * norm(result.values.maskedFill(isSingular, .double(.infinity)))
  }

  private static func empty(_ a: Tensor) throws -> Tensor? {
    try MatrixCheck.matrices(a, "self")
    return a.count == 0 ? Tensor.zeros(a.batchSizes, dtype: a.dtype.realType, device: a.device) : nil
  }

  static let cond: Op<Tensor, Scalar?, Tensor> = .composite(
    "aten::linalg_cond(Tensor self, Scalar? p=None) -> Tensor",
    rule: { a, order in
      try MatrixCheck.matrices(a, "self")
      if let order {
        guard [1, 2, .infinity].contains(abs(order.doubleValue)) else {
          throw TorchError(.value, "p must be 1, -1, 2, -2, inf, -inf, 'fro' or 'nuc', got \(order)")
        }
      }
    },
    samples: { s in
      [
        Sample(.tensor(LinearSolve.invertible(&s, [3, 3])), .none),
        Sample(.tensor(LinearSolve.invertible(&s, [2, 3, 3])), .scalar(.int(1))),
      ]
    }
  ) { a, order in
    if let empty = try empty(a) { return empty }
    let p = order?.doubleValue ?? 2
    guard abs(p) == 2 else { return try condition(a) { try number.callThrowing($0, .double(p), [-2, -1], false, nil) } }
    let values = try SVDOps.values.callThrowing(a, nil)
    let (largest, smallest) = (values.select(-1, 0), values.select(-1, -1))
    return p > 0 ? largest / smallest : smallest / largest
  }

  static let condNamed: Op<Tensor, String, Tensor> = .composite(
    "aten::linalg_cond.p_str(Tensor self, str p) -> Tensor",
    samples: { s in [Sample(.tensor(LinearSolve.invertible(&s, [3, 3])), "fro".box())] }
  ) { a, order in
    guard order == "fro" || order == "nuc" else {
      throw TorchError(.value, "p must be 1, -1, 2, -2, inf, -inf, 'fro' or 'nuc', got '\(order)'")
    }
    if let empty = try empty(a) { return empty }
    return try condition(a) { try named.callThrowing($0, order, [-2, -1], false, nil) }
  }

  // MARK: Older names

  static let nuclear: Op<Tensor, Bool, Tensor> = .composite(
    "aten::nuclear_norm(Tensor self, bool keepdim=False) -> Tensor",
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), false.box())] }
  ) { a, keepDim in try named.callThrowing(a, "nuc", [-2, -1], keepDim, nil) }

  static let nuclearDims: Op<Tensor, [Int], Bool, Tensor> = .composite(
    "aten::nuclear_norm.dim(Tensor self, int[2] dim, bool keepdim=False) -> Tensor",
    samples: { s in [Sample(.tensor(s.tensor([3, 2, 4])), [0, 2].box(), false.box())] }
  ) { a, dims, keepDim in try named.callThrowing(a, "nuc", dims, keepDim, nil) }

  static let frobenius: Op<Tensor, [Int], Bool, Tensor> = .composite(
    "aten::frobenius_norm.dim(Tensor self, int[1] dim, bool keepdim=False) -> Tensor",
    samples: { s in [Sample(.tensor(s.tensor([3, 2, 4])), [0, 2].box(), false.box())] }
  ) { a, dims, keepDim in
    guard dims.count <= 2 else { throw TorchError(.value, "dim must name at most two dimensions, got \(dims)") }
    return try Norms.vectorNorm.callThrowing(a, 2, dims, keepDim, nil)
  }

  static let table: [AnyOp] = [
    number.erased, named.erased, norm.erased, normNamed.erased, cond.erased, condNamed.erased, nuclear.erased, nuclearDims.erased,
    frobenius.erased,
  ]
}

/// Norms of matrices that go by name.
public enum MatrixNorm: String, Sendable {
  /// The root of the sum of squared magnitudes.
  case frobenius = "fro"
  /// The sum of the singular values.
  case nuclear = "nuc"
}

extension Linalg {
  /// A norm of the matrices along two dimensions. `torch.linalg.matrix_norm`.
  public static func matrixNorm(
    _ a: Tensor, _ norm: MatrixNorm = .frobenius, dims: [Int] = [-2, -1], keepDim: Bool = false, dtype: DType? = nil
  ) -> Tensor {
    MatrixNorms.named(a, norm.rawValue, dims, keepDim, dtype)
  }

  /// A norm of the matrices along two dimensions, by order: ±1 sums of columns, ±infinity sums of rows, ±2 singular values; the
  /// largest for positive orders, the smallest for negative ones. `torch.linalg.matrix_norm`.
  public static func matrixNorm(
    _ a: Tensor, _ order: Scalar, dims: [Int] = [-2, -1], keepDim: Bool = false, dtype: DType? = nil
  ) -> Tensor {
    MatrixNorms.number(a, order, dims, keepDim, dtype)
  }

  /// The vector norm of the given order over dimensions, all when nil. `torch.linalg.vector_norm`.
  public static func vectorNorm(
    _ x: Tensor, _ order: Scalar = 2, dims: [Int]? = nil, keepDim: Bool = false, dtype: DType? = nil
  ) -> Tensor {
    Norms.vectorNorm(x, order, dims, keepDim, dtype)
  }

  /// A norm of vectors along one dimension, or of matrices along two; without dimensions that of the vector or matrix `x`, or
  /// without `order` of all elements as one vector. `torch.linalg.norm`.
  public static func norm(
    _ x: Tensor, _ order: Scalar? = nil, dims: [Int]? = nil, keepDim: Bool = false, dtype: DType? = nil
  ) -> Tensor {
    MatrixNorms.norm(x, order, dims, keepDim, dtype)
  }

  /// A named norm of matrices. `torch.linalg.norm`.
  public static func norm(
    _ x: Tensor, _ norm: MatrixNorm, dims: [Int]? = nil, keepDim: Bool = false, dtype: DType? = nil
  ) -> Tensor {
    MatrixNorms.normNamed(x, norm.rawValue, dims, keepDim, dtype)
  }

  /// The condition number by a norm: that of the matrix times that of its inverse; without `order`, or for ±2, the ratio of the
  /// extreme singular values. `torch.linalg.cond`.
  public static func cond(_ a: Tensor, _ order: Scalar? = nil) -> Tensor { MatrixNorms.cond(a, order) }

  /// The condition number by a named norm. `torch.linalg.cond`.
  public static func cond(_ a: Tensor, _ norm: MatrixNorm) -> Tensor { MatrixNorms.condNamed(a, norm.rawValue) }
}
