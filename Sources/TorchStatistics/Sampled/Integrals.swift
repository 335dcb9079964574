import TorchCore

/// Integrals of sampled functions by the trapezoidal rule.
enum Integrals {
  private static func check(_ y: Tensor, _ x: Tensor?, _ dim: Int) throws {
    let d = try normalizeDim(dim, rank: y.rank)
    guard y.rank > 0 else { throw TorchError(.shape, "expected at least one dimension, got \(y.summary)") }
    if y.impl.sizes[d] == 0 { return }
    if y.dtype == .bool || x?.dtype == .bool { throw TorchError(.dtype, "the integral of bool is not defined; convert to a number type") }
    if let x, x.rank == 1, x.count != y.impl.sizes[d] {
      throw TorchError(.shape, "expected \(y.impl.sizes[d]) points, one for each sample, got \(x.count)")
    }
  }

  private static func checkStep(_ step: Scalar) throws {
    switch step {
    case .complex, .bool: throw TorchError(.value, "dx must be a real number, got \(step)")
    default: return
    }
  }

  /// Distances between neighbouring points, shaped to multiply samples.
  private static func steps(_ x: Tensor, _ y: Tensor, _ d: Int) throws -> Tensor {
    var shape = x.shape
    var axis = d
    if x.rank == 1 {
      shape = Array(repeating: 1, count: y.rank)
      shape[d] = x.count
    } else if x.rank < y.rank {
      shape = Array(repeating: 1, count: y.rank - x.rank) + shape
    } else {
      axis = try normalizeDim(d, rank: x.rank)
    }
    let points = x.reshape(shape)
    let n = points.impl.sizes[axis]
    return points.narrow(axis, Swift.min(1, n), Swift.max(n - 1, 0)) - points.narrow(axis, 0, Swift.max(n - 1, 0))
  }

  private static func pairs(_ y: Tensor, _ d: Int) -> Tensor {
    let n = y.impl.sizes[d]
    return y.narrow(d, 0, Swift.max(n - 1, 0)) + y.narrow(d, Swift.min(1, n), Swift.max(n - 1, 0))
  }

  private static func nothing(_ y: Tensor, _ d: Int) -> Tensor {
    var sizes = y.shape
    sizes.remove(at: d)
    return Tensor.zeros(sizes, dtype: y.dtype, device: y.device)
  }

  private static func integral(_ y: Tensor, _ x: Tensor, _ dim: Int) throws -> Tensor {
    let d = try normalizeDim(dim, rank: y.rank)
    if y.impl.sizes[d] == 0 { return nothing(y, d) }
    return (try steps(x, y, d) * pairs(y, d)).sum(d) / Tensor(scalar: .double(2))
  }

  private static func integral(_ y: Tensor, _ dx: Double, _ dim: Int) throws -> Tensor {
    let d = try normalizeDim(dim, rank: y.rank)
    if y.impl.sizes[d] == 0 { return nothing(y, d) }
    let ends = (y.select(d, 0) + y.select(d, -1)) * Tensor(scalar: .double(0.5))
    return (y.sum(d) - ends) * Tensor(scalar: .double(dx))
  }

  private static let pointSamples: SampleMaker = { s in
    [
      Sample(.tensor(s.tensor([2, 3])), .tensor(Tensor([0, 1.5, 2], dtype: s.dtype)), (-1).box()),
      Sample(.tensor(s.tensor([3, 2])), .tensor(s.tensor([3, 2])), 0.box()),
    ]
  }

  private static func overPoints(_ schema: String) -> Op<Tensor, Tensor, Int, Tensor> {
    .composite(schema, rule: { y, x, dim in try check(y, x, dim) }, samples: pointSamples) { y, x, dim in try integral(y, x, dim) }
  }

  static let points = overPoints("aten::trapezoid.x(Tensor y, Tensor x, *, int dim=-1) -> Tensor")
  static let trapzPoints = overPoints("aten::trapz.x(Tensor y, Tensor x, *, int dim=-1) -> Tensor")

  static let even = Op<Tensor, Scalar, Int, Tensor>.composite(
    "aten::trapezoid.dx(Tensor y, *, Scalar dx=1, int dim=-1) -> Tensor",
    rule: { y, dx, dim in
      try check(y, nil, dim)
      try checkStep(dx)
    },
    samples: { s in [Sample(.tensor(s.tensor([2, 3])), .scalar(.double(0.5)), (-1).box())] }
  ) { y, dx, dim in try integral(y, dx.doubleValue, dim) }

  static let trapzEven = Op<Tensor, Double, Int, Tensor>.composite(
    "aten::trapz.dx(Tensor y, *, float dx=1., int dim=-1) -> Tensor", rule: { y, _, dim in try check(y, nil, dim) },
    samples: { s in [Sample(.tensor(s.tensor([2, 3])), 0.5.box(), 0.box())] }
  ) { y, dx, dim in try integral(y, dx, dim) }

  static let runningPoints = Op<Tensor, Tensor, Int, Tensor>.composite(
    "aten::cumulative_trapezoid.x(Tensor y, Tensor x, *, int dim=-1) -> Tensor", rule: { y, x, dim in try check(y, x, dim) },
    samples: pointSamples
  ) { y, x, dim in
    let d = try normalizeDim(dim, rank: y.rank)
    return (try steps(x, y, d) * pairs(y, d)).cumsum(d) / Tensor(scalar: .double(2))
  }

  static let runningEven = Op<Tensor, Scalar, Int, Tensor>.composite(
    "aten::cumulative_trapezoid.dx(Tensor y, *, Scalar dx=1, int dim=-1) -> Tensor",
    rule: { y, dx, dim in
      try check(y, nil, dim)
      try checkStep(dx)
    },
    samples: { s in [Sample(.tensor(s.tensor([2, 3])), .scalar(.double(0.5)), (-1).box())] }
  ) { y, dx, dim in
    let d = try normalizeDim(dim, rank: y.rank)
    return (Tensor(scalar: .double(dx.doubleValue / 2)) * pairs(y, d)).cumsum(d)
  }

  static let table: [AnyOp] = [
    points.erased, trapzPoints.erased, even.erased, trapzEven.erased, runningPoints.erased, runningEven.erased,
  ]
}

extension Tensor {
  /// The integral of samples a distance `dx` apart along a dimension. `torch.trapezoid`.
  public func trapezoid(dx: Scalar = 1, dim: Int = -1) -> Tensor { Integrals.even(self, dx, dim) }
  /// The integral of samples at the points `x` along a dimension. `torch.trapezoid`.
  public func trapezoid(_ x: Tensor, dim: Int = -1) -> Tensor { Integrals.points(self, x, dim) }
  /// The integrals from the first sample to each other one. `torch.cumulative_trapezoid`.
  public func cumulativeTrapezoid(dx: Scalar = 1, dim: Int = -1) -> Tensor { Integrals.runningEven(self, dx, dim) }
  /// The integrals from the first sample to each other one, at the points `x`. `torch.cumulative_trapezoid`.
  public func cumulativeTrapezoid(_ x: Tensor, dim: Int = -1) -> Tensor { Integrals.runningPoints(self, x, dim) }
}
