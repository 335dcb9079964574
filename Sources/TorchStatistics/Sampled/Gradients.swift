import TorchCore

/// Derivatives of sampled functions by second-order finite differences.
enum Gradients {
  /// Where the samples lie along a dimension.
  private enum Spacing {
    case even(Scalar)
    case at(Tensor)
  }

  /// The dimensions to differentiate along, counted from the front.
  private static func dimensions(_ x: Tensor, _ dims: [Int]?, edgeOrder: Int) throws -> [Int] {
    if x.dtype == .uint8 || x.dtype == .bool { throw TorchError(.dtype, "gradients of \(x.dtype) are not defined; convert to another type") }
    guard edgeOrder == 1 || edgeOrder == 2 else { throw TorchError(.value, "edge_order must be 1 or 2, got \(edgeOrder)") }
    var found: [Int] = []
    for dim in dims ?? Array(0..<x.rank) {
      let d = try normalizeDim(dim, rank: x.rank)
      if found.contains(d) { throw TorchError(.value, "dimension \(dim) appears twice in \(dims ?? [])") }
      guard x.rank > 0, x.impl.sizes[d] >= edgeOrder + 1 else {
        throw TorchError(.shape, "dimension \(d) must have at least \(edgeOrder + 1) samples for edge_order \(edgeOrder), got \(x.impl.sizes)")
      }
      found.append(d)
    }
    return found
  }

  private static func check(_ x: Tensor, _ dims: [Int]?, spacings: Int?, _ edgeOrder: Int) throws {
    let found = try dimensions(x, dims, edgeOrder: edgeOrder)
    if let spacings, spacings != found.count {
      throw TorchError(.value, "expected \(found.count) spacings, one for each dimension, got \(spacings)")
    }
  }

  private static func checkCoordinates(_ x: Tensor, _ dims: [Int]?, _ coordinates: [Tensor], _ edgeOrder: Int) throws {
    try check(x, dims, spacings: coordinates.count, edgeOrder)
    for (d, points) in zip(try dimensions(x, dims, edgeOrder: edgeOrder), coordinates) {
      guard points.rank == 1, points.count == x.impl.sizes[d] else {
        throw TorchError(.shape, "the coordinates along dimension \(d) must be a vector of \(x.impl.sizes[d]), got \(points.summary)")
      }
    }
  }

  private static func gradients(_ x: Tensor, _ dims: [Int]?, _ edgeOrder: Int, _ spacing: (Int) -> Spacing) throws -> [Tensor] {
    try dimensions(x, dims, edgeOrder: edgeOrder).enumerated().map { i, d in
      switch spacing(i) {
      case .even(let step): even(x, d, Tensor(scalar: step), edgeOrder)
      case .at(let points): uneven(x, d, points, edgeOrder)
      }
    }
  }

  private static func number(_ value: Double) -> Tensor { Tensor(scalar: .double(value)) }

  private static func even(_ x: Tensor, _ d: Int, _ step: Tensor, _ edgeOrder: Int) -> Tensor {
    let n = x.impl.sizes[d]
    func part(_ start: Int, _ count: Int = 1) -> Tensor { x.narrow(d, start, count) }
    let center = (part(2, n - 2) - part(0, n - 2)) / step
    let (first, last): (Tensor, Tensor)
    if edgeOrder == 1 {
      first = (part(1) - part(0)) / step
      last = (part(n - 1) - part(n - 2)) / step
    } else {
      first = (number(-1.5) * part(0) + number(2) * part(1) - number(0.5) * part(2)) / step
      last = (number(0.5) * part(n - 3) - number(2) * part(n - 2) + number(1.5) * part(n - 1)) / step
    }
    return cat([first, center / Tensor(scalar: 2), last], dim: d)
  }

  private static func uneven(_ x: Tensor, _ d: Int, _ points: Tensor, _ edgeOrder: Int) -> Tensor {
    let n = x.impl.sizes[d]
    func part(_ start: Int, _ count: Int = 1) -> Tensor { x.narrow(d, start, count) }
    let steps = points.diff(n: 1, dim: 0)
    var shape = Array(repeating: 1, count: x.rank)
    shape[d] = n - 2
    let (h, k) = (steps.narrow(0, 0, n - 2), steps.narrow(0, 1, n - 2))
    let before = (-k / (h * (h + k))).reshape(shape)
    let here = ((k - h) / (h * k)).reshape(shape)
    let after = (h / (k * (h + k))).reshape(shape)
    let center = before * part(0, n - 2) + here * part(1, n - 2) + after * part(2, n - 2)
    func step(_ i: Int) -> Tensor { steps.select(0, i) }
    if edgeOrder == 1 {
      return cat([(part(1) - part(0)) / step(0), center, (part(n - 1) - part(n - 2)) / step(n - 2)], dim: d)
    }
    let (p, q) = (step(0), step(1))
    let first0 = -(number(2) * p + q) / (p * (p + q)) * part(0)
    let first1 = (p + q) / (p * q) * part(1)
    let first2 = -p / (q * (p + q)) * part(2)
    let (r, s) = (step(n - 2), step(n - 3))
    let last0 = r / (s * (r + s)) * part(n - 3)
    let last1 = -(r + s) / (r * s) * part(n - 2)
    let last2 = (number(2) * r + s) / (r * (r + s)) * part(n - 1)
    return cat([first0 + first1 + first2, center, last0 + last1 + last2], dim: d)
  }

  private static func list(_ dim: Int?) -> [Int]? { dim.map { [$0] } }

  static let number = Op<Tensor, Scalar?, Int?, Int, [Tensor]>.composite(
    "aten::gradient.scalarint(Tensor self, *, Scalar? spacing=None, int? dim=None, int edge_order=1) -> Tensor[]",
    rule: { x, _, dim, order in try check(x, list(dim), spacings: nil, order) },
    samples: { s in
      [
        Sample(.tensor(s.tensor([3, 4])), .none, .none, 1.box()),
        Sample(.tensor(s.tensor([4])), .scalar(.double(0.5)), 0.box(), 2.box()),
      ]
    }
  ) { x, step, dim, order in try gradients(x, list(dim), order) { _ in .even(step ?? 1) } }

  static let numberDims = Op<Tensor, Scalar, [Int], Int, [Tensor]>.composite(
    "aten::gradient.scalararray(Tensor self, *, Scalar spacing, int[] dim, int edge_order=1) -> Tensor[]",
    rule: { x, _, dims, order in try check(x, dims, spacings: nil, order) },
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), .scalar(.double(2)), [1, 0].box(), 1.box())] }
  ) { x, step, dims, order in try gradients(x, dims, order) { _ in .even(step) } }

  static let dims = Op<Tensor, [Int], Int, [Tensor]>.composite(
    "aten::gradient.array(Tensor self, *, int[] dim, int edge_order=1) -> Tensor[]",
    rule: { x, dims, order in try check(x, dims, spacings: nil, order) },
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), [1].box(), 2.box())] }
  ) { x, dims, order in try gradients(x, dims, order) { _ in .even(1) } }

  static let numbers = Op<Tensor, [Scalar], Int?, Int, [Tensor]>.composite(
    "aten::gradient.scalarrayint(Tensor self, *, Scalar[] spacing, int? dim=None, int edge_order=1) -> Tensor[]",
    rule: { x, steps, dim, order in try check(x, list(dim), spacings: steps.count, order) },
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), .list([.scalar(.double(2)), .scalar(.double(0.5))]), .none, 1.box())] }
  ) { x, steps, dim, order in try gradients(x, list(dim), order) { .even(steps[$0]) } }

  static let numbersDims = Op<Tensor, [Scalar], [Int], Int, [Tensor]>.composite(
    "aten::gradient.scalarrayarray(Tensor self, *, Scalar[] spacing, int[] dim, int edge_order=1) -> Tensor[]",
    rule: { x, steps, dims, order in try check(x, dims, spacings: steps.count, order) },
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), .list([.scalar(.double(2)), .scalar(.double(0.5))]), [1, 0].box(), 1.box())] }
  ) { x, steps, dims, order in try gradients(x, dims, order) { .even(steps[$0]) } }

  static let points = Op<Tensor, [Tensor], Int?, Int, [Tensor]>.composite(
    "aten::gradient.tensorarrayint(Tensor self, *, Tensor[] spacing, int? dim=None, int edge_order=1) -> Tensor[]",
    rule: { x, points, dim, order in try checkCoordinates(x, list(dim), points, order) },
    samples: { s in [Sample(.tensor(s.tensor([4])), [Tensor([0, 1, 2.5, 3], dtype: s.dtype)].box(), .none, 1.box())] }
  ) { x, points, dim, order in try gradients(x, list(dim), order) { .at(points[$0]) } }

  static let pointsDims = Op<Tensor, [Tensor], [Int], Int, [Tensor]>.composite(
    "aten::gradient.tensorarray(Tensor self, *, Tensor[] spacing, int[] dim, int edge_order=1) -> Tensor[]",
    rule: { x, points, dims, order in try checkCoordinates(x, dims, points, order) },
    samples: { s in [Sample(.tensor(s.tensor([4, 2])), [Tensor([0, 1, 2.5, 3], dtype: s.dtype)].box(), [0].box(), 2.box())] }
  ) { x, points, dims, order in try gradients(x, dims, order) { .at(points[$0]) } }

  static let table: [AnyOp] = [
    number.erased, numberDims.erased, dims.erased, numbers.erased, numbersDims.erased, points.erased, pointsDims.erased,
  ]
}

extension Tensor {
  /// The derivatives of a function of which these are samples, one along each of `dims` (all when nil), by central differences.
  /// `torch.gradient`.
  /// - Parameters:
  ///   - spacing: the distance between samples.
  ///   - edgeOrder: of the differences at the ends, 1 or 2.
  public func gradient(spacing: Scalar = 1, dims: [Int]? = nil, edgeOrder: Int = 1) -> [Tensor] {
    Gradients.numberDims(self, spacing, dims ?? Array(0..<rank), edgeOrder)
  }
  /// The derivatives of a function sampled at the given coordinates along each of `dims` (all when nil). `torch.gradient`.
  public func gradient(coordinates: [Tensor], dims: [Int]? = nil, edgeOrder: Int = 1) -> [Tensor] {
    Gradients.pointsDims(self, coordinates, dims ?? Array(0..<rank), edgeOrder)
  }
}
