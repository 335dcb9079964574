import CTorchKernels
import TorchCore

/// A tensor and a list of tensors, such as a histogram and the edges of its bins in each dimension.
public struct TensorAndList: OpResult {
  public var first: Tensor
  public var rest: [Tensor]
  public init(first: Tensor, rest: [Tensor]) {
    self.first = first
    self.rest = rest
  }
  public var tensors: [Tensor] { [first] + rest }
  public func boxResults() -> [IValue] { [.tensor(first), .list(rest.map { .tensor($0) })] }
  public init(unboxing values: [IValue]) throws {
    guard values.count == 2 else { throw TorchError(.internal, "expected 2 results, got \(values.count)") }
    self.init(first: try Tensor.unbox(values[0]), rest: try [Tensor].unbox(values[1]))
  }
  public static var poisoned: TensorAndList { TensorAndList(first: .poisoned, rest: []) }
}

extension TensorAndList: KernelResult {
  package static func allocate(_ spec: (TensorSpec, [TensorSpec]), device: Device) throws -> TensorAndList {
    TensorAndList(first: try .allocate(spec.0, device: device), rest: try spec.1.map { try .allocate($0, device: device) })
  }
}

/// Histograms of points of several coordinates.
enum MultidimensionalHistograms {
  typealias Spec = (TensorSpec, [TensorSpec])

  private static func check(_ points: Dims, _ x: Tensor, _ weight: Tensor?) throws {
    guard x.dtype == .float32 || x.dtype == .float64 else {
      throw TorchError(.dtype, "expected float32 or float64, got \(x.dtype)")
    }
    guard let weight else { return }
    guard weight.dtype == x.dtype else {
      throw TorchError(.dtype, "weight must have the type of self, got \(weight.dtype) and \(x.dtype)")
    }
    guard weight.impl.sizes == points || (weight.rank == 0 && x.rank == 0) else {
      throw TorchError(.shape, "expected one weight a point, sizes \(points), got \(weight.summary)")
    }
  }

  /// The results for numbers of bins. `points`: the sizes of a weight a point.
  static func spec(_ points: Dims, _ x: Tensor, _ bins: [Int], _ range: [Double]?, _ weight: Tensor?) throws -> Spec {
    try check(points, x, weight)
    for (d, count) in bins.enumerated() { try BinEdges.checkBins(count, d) }
    if let range {
      guard range.count == 2 * bins.count else {
        throw TorchError(.value, "range must have \(2 * bins.count) bounds, two a dimension, got \(range.count)")
      }
      for d in 0..<bins.count { try checkRange(range[2 * d], range[2 * d + 1], d) }
    }
    return (TensorSpec(like: x, sizes: Dims(bins)), bins.map { TensorSpec(like: x, sizes: [$0 + 1]) })
  }

  /// The results for given edges.
  static func spec(_ points: Dims, _ x: Tensor, edges: [Tensor], _ range: [Double]?, _ weight: Tensor?) throws -> Spec {
    try check(points, x, weight)
    for (d, line) in edges.enumerated() {
      guard line.dtype == x.dtype else {
        throw TorchError(.dtype, "the edges of dimension \(d) must have the type of self, got \(line.dtype) and \(x.dtype)")
      }
      guard line.rank == 1, line.count > 1 else {
        throw TorchError(.shape, "expected at least two edges in one dimension, got \(line.summary) for dimension \(d)")
      }
    }
    return (TensorSpec(like: x, sizes: Dims(edges.map { $0.count - 1 })), edges.map { TensorSpec(like: x, sizes: $0.impl.sizes) })
  }

  private static func checkRange(_ low: Double, _ high: Double, _ dim: Int) throws {
    guard low.isFinite, high.isFinite else {
      throw TorchError(.value, "the range from \(low) to \(high) of dimension \(dim) is not finite")
    }
    guard low <= high else { throw TorchError(.value, "min exceeds max in dimension \(dim): \(low) and \(high)") }
  }

  /// Counts points, (n, dimensions), into bins of equal width between the bounds of `range` or of the points themselves.
  static func fill(
    _ out: TensorAndList, _ points: Tensor, _ range: [Double]?, _ weight: Tensor?, _ density: Bool
  ) throws {
    let x = points.detach()
    let dims = out.rest.count
    var (low, high) = (Array(repeating: 0.0, count: dims), Array(repeating: 1.0, count: dims))
    if let range {
      for d in 0..<dims { (low[d], high[d]) = (range[2 * d], range[2 * d + 1]) }
    } else if x.count > 0 {
      let bounds = x.aminmax(0)
      (low, high) = (bounds.min.array(as: Double.self), bounds.max.array(as: Double.self))
    }
    for d in 0..<dims {
      try checkRange(low[d], high[d], d)
      if low[d] == high[d] { (low[d], high[d]) = (low[d] - 0.5, high[d] + 0.5) }
      BinEdges.equal(out.rest[d], low[d], high[d])
    }
    BinEdges.count(x, weight?.detach().reshape([-1]), out.rest, mode: TORCH_BINS_EQUAL_CORRECTED, into: out.first)
    if density { BinEdges.normalize(out.first, out.rest) }
  }

  /// Counts points, (n, dimensions), between given edges.
  static func fill(_ out: TensorAndList, _ points: Tensor, edges: [Tensor], _ weight: Tensor?, _ density: Bool) {
    for (line, copy) in zip(edges, out.rest) { Copying.copy(line, into: copy) }
    BinEdges.count(points.detach(), weight?.detach().reshape([-1]), out.rest, mode: TORCH_BINS_SEARCH, into: out.first)
    if density { BinEdges.normalize(out.first, out.rest) }
  }

  /// The sizes of a weight a point.
  private static func points(_ x: Tensor, _ dims: Int) throws -> Dims {
    guard x.rank >= 2 else {
      throw TorchError(.shape, "expected points along the last of at least two dimensions, got \(x.summary)")
    }
    guard x.size(-1) == dims else {
      throw TorchError(.shape, "bins are given for \(dims) dimensions, but the points of \(x.summary) have \(x.size(-1))")
    }
    return Dims(x.shape.dropLast())
  }

  private static func flat(_ x: Tensor) -> Tensor { x.reshape([x.shape.dropLast().reduce(1, *), x.size(-1)]) }

  static let counted = Op<Tensor, [Int], [Double]?, Tensor?, Bool, TensorAndList>.structured(
    "aten::histogramdd(Tensor self, int[] bins, float[]? range=None, Tensor? weight=None, bool density=False) -> (Tensor hist, Tensor[] bin_edges)",
    undifferentiable: "a count does not change continuously",
    rule: { x, bins, range, weight, _ in try spec(try points(x, bins.count), x, bins, range, weight) },
    kernel: { out, x, _, range, weight, density in try fill(out, flat(x), range, weight, density) },
    samples: { s in
      [
        Sample(.tensor(s.tensor([20, 2])), [2, 3].box(), .none, .none, false.box()),
        Sample(.tensor(s.tensor([4, 5, 2])), [2, 2].box(), [-1.0, 1.0, -2.0, 1.0].box(), .tensor(s.tensor([4, 5])), true.box()),
      ]
    })

  static let equal = Op<Tensor, Int, [Double]?, Tensor?, Bool, TensorAndList>(
    OpInfo(
      "aten::histogramdd.int_bins(Tensor self, int bins, float[]? range=None, Tensor? weight=None, bool density=False) -> (Tensor hist, Tensor[] bin_edges)",
      tier: .composite, derivative: .none("a count does not change continuously"),
      samples: { s in [Sample(.tensor(s.tensor([20, 2])), 3.box(), .none, .none, false.box())] })
  ) { x, bins, range, weight, density in
    let dims = x.rank > 0 ? x.size(-1) : 1
    return try counted.callThrowing(x, Array(repeating: bins, count: dims), range, weight, density)
  }

  static let given = Op<Tensor, [Tensor], [Double]?, Tensor?, Bool, TensorAndList>.structured(
    "aten::histogramdd.TensorList_bins(Tensor self, Tensor[] bins, float[]? range=None, Tensor? weight=None, bool density=False) -> (Tensor hist, Tensor[] bin_edges)",
    undifferentiable: "a count does not change continuously",
    rule: { x, bins, range, weight, _ in try spec(try points(x, bins.count), x, edges: bins, range, weight) },
    kernel: { out, x, bins, _, weight, density in fill(out, flat(x), edges: bins, weight, density) },
    samples: { s in
      let lines = [Tensor([-1.0, 0.1, 1.0], dtype: s.dtype), Tensor([-1.5, 0.3], dtype: s.dtype)]
      return [Sample(.tensor(s.tensor([20, 2])), lines.box(), .none, .none, false.box())]
    })

  static let table: [AnyOp] = [counted.erased, equal.erased, given.erased]
}

extension Tensor {
  /// How many points, whose coordinates lie along the last dimension, or which sums of weights, lie in each bin of a grid, and
  /// the grid's edges in each dimension. float32 and float64. `torch.histogramdd`.
  /// - Parameters:
  ///   - bins: the number of equally wide bins in each dimension.
  ///   - range: the outer edges in each dimension; those of the points when nil.
  ///   - density: divides by the total and the bins' volumes, so that the integral is 1.
  public func histogramdd(
    bins: [Int], range: [ClosedRange<Double>]? = nil, weight: Tensor? = nil, density: Bool = false
  ) -> (hist: Tensor, binEdges: [Tensor]) {
    let result = MultidimensionalHistograms.counted(
      self, bins, range.map { $0.flatMap { [$0.lowerBound, $0.upperBound] } }, weight, density)
    return (result.first, result.rest)
  }
  /// How many points, or which sums of weights, lie between ascending edges in each dimension. `torch.histogramdd`.
  public func histogramdd(
    edges: [Tensor], weight: Tensor? = nil, density: Bool = false
  ) -> (hist: Tensor, binEdges: [Tensor]) {
    let result = MultidimensionalHistograms.given(self, edges, nil, weight, density)
    return (result.first, result.rest)
  }
}
