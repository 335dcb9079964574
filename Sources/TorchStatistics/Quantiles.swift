import TorchCore

/// How a quantile between two elements is found.
public enum Interpolation: String, Sendable {
  case linear, lower, higher, midpoint, nearest
}

/// Quantiles, made of recorded ops.
enum Quantiles {
  typealias QuantileOp = Op<Tensor, Tensor, Int?, Bool, String, Tensor>
  typealias ScalarOp = Op<Tensor, Double, Int?, Bool, String, Tensor>

  static let quantile = many(
    "aten::quantile(Tensor self, Tensor q, int? dim=None, bool keepdim=False, *, str interpolation='linear') -> Tensor",
    skipsNaN: false)
  static let nanquantile = many(
    "aten::nanquantile(Tensor self, Tensor q, int? dim=None, bool keepdim=False, *, str interpolation='linear') -> Tensor",
    skipsNaN: true)
  static let quantileScalar = one(
    "aten::quantile.scalar(Tensor self, float q, int? dim=None, bool keepdim=False, *, str interpolation='linear') -> Tensor",
    skipsNaN: false)
  static let nanquantileScalar = one(
    "aten::nanquantile.scalar(Tensor self, float q, int? dim=None, bool keepdim=False, *, str interpolation='linear') -> Tensor",
    skipsNaN: true)

  private static func many(_ schema: String, skipsNaN: Bool) -> QuantileOp {
    .composite(
      schema,
      rule: { x, q, dim, _, interpolation in
        try check(x, dim, interpolation)
        guard q.rank <= 1 else { throw TorchError(.shape, "q must have at most one dimension, got \(q.summary)") }
        guard q.dtype == x.dtype else { throw TorchError(.dtype, "q must have the type of self, got \(q.dtype) and \(x.dtype)") }
        if q.isCPU, let bad = q.detach().array(as: Double.self).first(where: { !(0...1).contains($0) }) {
          throw TorchError(.value, "q must lie in 0...1, got \(bad)")
        }
      },
      samples: { s in
        [
          Sample(.tensor(s.tensor([3, 5])), .tensor(Tensor([0.1, 0.7], dtype: s.dtype)), 1.box(), true.box(), .string("linear")),
          Sample(.tensor(s.tensor([3, 5])), .tensor(Tensor([0.4], dtype: s.dtype)), .none, false.box(), .string("midpoint")),
        ]
      }
    ) { x, q, dim, keepDim, interpolation in try compute(x, q, dim, keepDim, interpolation, skipsNaN: skipsNaN) }
  }

  private static func one(_ schema: String, skipsNaN: Bool) -> ScalarOp {
    .composite(
      schema,
      rule: { x, q, dim, _, interpolation in
        try check(x, dim, interpolation)
        guard (0...1).contains(q) else { throw TorchError(.value, "q must lie in 0...1, got \(q)") }
      },
      samples: { s in
        ["linear", "lower", "higher", "midpoint", "nearest"].map {
          Sample(.tensor(s.tensor([3, 5])), 0.3.box(), 0.box(), false.box(), .string($0))
        }
      }
    ) { x, q, dim, keepDim, interpolation in
      let q = try Tensor.filled(.double(q), TensorSpec(like: x, sizes: []))
      return try compute(x, q, dim, keepDim, interpolation, skipsNaN: skipsNaN)
    }
  }

  private static func check(_ x: Tensor, _ dim: Int?, _ interpolation: String) throws {
    guard x.dtype == .float32 || x.dtype == .float64 else {
      throw TorchError(.dtype, "expected float32 or float64, got \(x.dtype)")
    }
    guard x.count > 0 else { throw TorchError(.shape, "quantiles of no elements are not defined, got \(x.summary)") }
    if let dim { _ = try normalizeDim(dim, rank: x.rank) }
    guard Interpolation(rawValue: interpolation) != nil else {
      throw TorchError(.value, "interpolation must be linear, lower, higher, midpoint or nearest, got \"\(interpolation)\"")
    }
  }

  private static func compute(
    _ x: Tensor, _ q: Tensor, _ dim: Int?, _ keepDim: Bool, _ interpolation: String, skipsNaN: Bool
  ) throws -> Tensor {
    var sizes = x.shape
    var rows = x.reshape([-1])
    if let dim, x.rank > 0 {
      let d = try normalizeDim(dim, rank: x.rank)
      rows = d == x.rank - 1 ? x : x.unsqueeze(-1).transpose(d, -1)
      if keepDim { sizes[d] = 1 } else { sizes.remove(at: d) }
    } else {
      sizes = keepDim ? sizes.map { _ in 1 } : []
    }
    let sorted = try SortOps.stable.callThrowing(rows, false, -1, false).values
    let last = sorted.size(-1) - 1
    guard last < 1 << 24 else { throw TorchError(.shape, "\(last + 1) elements are too many for exact positions") }

    // Positions among the sorted elements, whole or between two. A row with NaN gives NaN, which comes last.
    let missing = sorted.detach().isNaN()
    var rank: Tensor
    if skipsNaN {
      rank = q * (missing.logicalNot().sum(-1, keepDim: true) - 1)
      rank = rank.maskedFill(rank.detach().lt(0), 0)
    } else {
      rank = (q * Tensor(scalar: .int(Int64(last)))).maskedFill(missing.any(-1, keepDim: true), Scalar.int(Int64(last)))
    }
    switch interpolation {
    case "lower": rank = rank.floor()
    case "higher": rank = rank.ceil()
    case "nearest": rank = rank.round()
    default: break
    }
    let below = rank.detach().to(.int64)
    var found = sorted.gather(-1, below)
    if interpolation == "linear" || interpolation == "midpoint" {
      let weight = interpolation == "midpoint" ? Tensor.full(rank.shape, 0.5, dtype: rank.dtype, device: x.device) : rank - below
      found = found.lerp(sorted.gather(-1, rank.detach().ceil().to(.int64)), weight: weight)
    }
    if q.rank == 0 { return found.reshape(sizes) }
    let front = [found.rank - 1] + Array(0..<(found.rank - 1))
    return found.permute(front).reshape([q.count] + sizes)
  }

  static let table: [AnyOp] = [quantile.erased, nanquantile.erased, quantileScalar.erased, nanquantileScalar.erased]
}

extension Tensor {
  /// The quantile `q` (0...1) along a dimension, or of all elements; NaN where there is one. float32 and float64.
  /// `torch.quantile`.
  public func quantile(_ q: Double, _ dim: Int? = nil, keepDim: Bool = false, interpolation: Interpolation = .linear) -> Tensor {
    Quantiles.quantileScalar(self, q, dim, keepDim, interpolation.rawValue)
  }
  /// Quantiles `q` (0...1, up to one dimension, this tensor's type) along a dimension, or of all elements; those of a vector
  /// `q` lie along a new first dimension. `torch.quantile`.
  public func quantile(_ q: Tensor, _ dim: Int? = nil, keepDim: Bool = false, interpolation: Interpolation = .linear) -> Tensor {
    Quantiles.quantile(self, q, dim, keepDim, interpolation.rawValue)
  }
  /// The quantile `q` of the elements that are not NaN. `torch.nanquantile`.
  public func nanquantile(
    _ q: Double, _ dim: Int? = nil, keepDim: Bool = false, interpolation: Interpolation = .linear
  ) -> Tensor {
    Quantiles.nanquantileScalar(self, q, dim, keepDim, interpolation.rawValue)
  }
  /// Quantiles `q` of the elements that are not NaN. `torch.nanquantile`.
  public func nanquantile(
    _ q: Tensor, _ dim: Int? = nil, keepDim: Bool = false, interpolation: Interpolation = .linear
  ) -> Tensor {
    Quantiles.nanquantile(self, q, dim, keepDim, interpolation.rawValue)
  }
}
