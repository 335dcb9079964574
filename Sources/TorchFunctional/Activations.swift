import TorchCore

/// Activations that are more than a formula of one element: gates, learned and random slopes.
enum Activations {
  // MARK: glu

  static let glu = Op<Tensor, Int, Tensor>.composite(
    "aten::glu(Tensor self, int dim=-1) -> Tensor",
    rule: { x, dim in
      guard x.rank > 0 else { throw TorchError(.shape, "a gated linear unit needs a dimension to halve, got a 0-d tensor") }
      let d = try normalizeDim(dim, rank: x.rank)
      guard x.impl.sizes[d] % 2 == 0 else {
        throw TorchError(.shape, "dimension \(d) of \(x.summary) must have an even size to be halved, got \(x.impl.sizes[d])")
      }
      try NNKernels.require(x.dtype, "the input of glu")
    },
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), (-1).box()), Sample(.tensor(s.tensor([4, 3])), 0.box())] }
  ) { x, dim in
    let half = x.impl.sizes[try normalizeDim(dim, rank: x.rank)] / 2
    return PointwiseOps.gate(x.narrow(dim, 0, half), x.narrow(dim, half, half))
  }

  // MARK: prelu

  static let prelu = Op<Tensor, Tensor, Tensor>.composite(
    "aten::prelu(Tensor self, Tensor weight) -> Tensor",
    rule: { x, weight in
      guard x.dtype == weight.dtype else {
        throw TorchError(.dtype, "weight must have self's type \(x.dtype), got \(weight.dtype)")
      }
      guard weight.rank <= 1 else { throw TorchError(.shape, "weight must have at most one dimension, got \(weight.summary)") }
      guard weight.count != 1 else { return }
      guard x.rank > 0 else { throw TorchError(.shape, "a 0-d tensor needs one weight, got \(weight.count)") }
      let channels = x.rank > 1 ? x.impl.sizes[1] : 1
      guard weight.count == channels else {
        throw TorchError(
          .shape, "there must be one weight or one for each of the \(channels) channels of \(x.summary), got \(weight.count)")
      }
    },
    samples: { s in
      [Sample(.tensor(s.tensor([2, 3, 4])), .tensor(s.tensor([3]))), Sample(.tensor(s.tensor([5])), .tensor(s.tensor([1])))]
    }
  ) { x, weight in
    // One weight a channel lies along dimension 1.
    var sizes = [Int](repeating: 1, count: max(x.rank, 1))
    if weight.count != 1 { sizes[1] = weight.count }
    let aligned = x.rank == 0 ? weight.reshape([]) : weight.reshape(sizes)
    return try PointwiseOps.prelu.op.callThrowing(x, aligned)
  }

  // MARK: rrelu

  static let rrelu = Op<Tensor, Scalar, Scalar, Bool, Generator?, Tensor>(
    OpInfo(
      "aten::rrelu(Tensor self, Scalar lower=0.125, Scalar upper=0.3333333333333333, bool training=False, "
        + "Generator? generator=None) -> Tensor", tier: .random, derivative: .composed,
      samples: { s in
        [Sample(.tensor(s.tensor([3, 4])), .scalar(.double(0.1)), .scalar(.double(0.4)), false.box(), .none)]
      })
  ) { x, lower, upper, training, generator in
    if x.device == .poison { throw PoisonedInput() }
    let (low, high) = (lower.doubleValue, upper.doubleValue)
    try NNKernels.require(x.dtype, "the input of rrelu")
    guard low.isFinite, high.isFinite, low <= high else {
      throw TorchError(.value, "the slopes must be finite with lower <= upper, got \(low) and \(high)")
    }
    guard training else { return try PointwiseOps.leakyRelu.op.callThrowing(x, .double((low + high) / 2)) }
    return x * slopes(x, low, high, generator)
  }

  /// 1 where x is positive, else a slope drawn from `low` ... `high`, in the order of the elements.
  private static func slopes(_ x: Tensor, _ low: Double, _ high: Double, _ generator: Generator?) -> Tensor {
    let slopes = Tensor.ones(x.shape, dtype: x.dtype, device: x.device)
    guard x.isCPU else { return slopes }
    return noGrad {
      let isSloped = x .<= 0
      let drawn = Tensor.zeros([Int(isSloped.sum().item().intValue)], dtype: .float64)
      _ = InPlaceRandom.uniform(drawn, low, high, generator)
      return slopes.maskedScatter(isSloped, drawn.to(x.dtype))
    }
  }

  static let table: [AnyOp] = [glu.erased, prelu.erased, rrelu.erased]
}

extension Tensor {
  /// The first half along a dimension times the sigmoid of the second. `torch.nn.functional.glu`.
  public func glu(dim: Int = -1) -> Tensor { Activations.glu(self, dim) }
  /// The element, and a learned multiple of it below zero: one weight, or one for each channel (dimension 1).
  /// `torch.nn.functional.prelu`.
  public func prelu(_ weight: Tensor) -> Tensor { Activations.prelu(self, weight) }
  /// The element, and below zero a multiple of it: in training drawn from `lower` ... `upper` for each element, else their mean.
  /// `torch.nn.functional.rrelu`.
  public func rrelu(
    lower: Scalar = 0.125, upper: Scalar = .double(1.0 / 3), training: Bool = false, generator: Generator? = nil
  ) -> Tensor {
    Activations.rrelu(self, lower, upper, training, generator)
  }
}
