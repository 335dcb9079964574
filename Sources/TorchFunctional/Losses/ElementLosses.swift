import TorchCore
/// Losses of elements: a pointwise formula, then a reduction.
enum ElementLosses {
  typealias Pair = Op<Tensor, Tensor, Reduction, Tensor>

  // MARK: The elements

  static let squaredError = Pointwise.MeanSquaredError.op("aten::_mse_loss_elements(Tensor self, Tensor target) -> Tensor", .same)
    .op
  static let absoluteError = Pointwise.AbsoluteError.op("aten::_l1_loss_elements(Tensor self, Tensor target) -> Tensor", .same).op
  static let smoothError = Pointwise.SmoothAbsoluteError.op(
    "aten::_smooth_l1_loss_elements(Tensor self, Tensor target, float beta) -> Tensor", .same,
    parameters: { (beta: Double) in KernelParameters(.double(beta)) },
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), .tensor(s.tensor([3, 4])), 0.7.box())] }
  ).op
  static let huberError = Pointwise.Huber.op(
    "aten::_huber_loss_elements(Tensor self, Tensor target, float delta) -> Tensor", .same,
    parameters: { (delta: Double) in KernelParameters(.double(delta)) },
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), .tensor(s.tensor([3, 4])), 0.7.box())] }
  ).op
  static let binary = Pointwise.BinaryCrossEntropy.op(
    "aten::_binary_cross_entropy_elements(Tensor self, Tensor target) -> Tensor", .same, low: 0.05, high: 0.95
  ).op
  static let binaryLogits = Pointwise.BinaryCrossEntropyWithLogits.op(
    "aten::_binary_cross_entropy_with_logits_elements(Tensor self, Tensor target) -> Tensor", .same
  ).op
  private static let binaryLogitsWeightedForms: PointwiseOp<Tensor, Tensor, Tensor> = Pointwise
    .BinaryCrossEntropyWithLogitsWeighted.op(
      "aten::_binary_cross_entropy_with_logits_weighted_elements(Tensor self, Tensor target, Tensor pos_weight) -> Tensor", .same,
      parameters: { KernelParameters() },
      samples: { s in
        [
          Sample(
            .tensor(s.tensor([3, 4])), .tensor(s.tensor([3, 4], low: 0, high: 1)), .tensor(s.tensor([4], low: 0.5, high: 2)))
        ]
      })
  static let binaryLogitsWeighted = binaryLogitsWeightedForms.op
  static let divergence = Pointwise.KullbackLeibler.op(
    "aten::_kl_div_elements(Tensor self, Tensor target) -> Tensor", .same, low: 0.05, high: 0.95
  ).op
  static let logDivergence = Pointwise.KullbackLeiblerLogTarget.op(
    "aten::_kl_div_log_target_elements(Tensor self, Tensor target) -> Tensor", .same
  ).op
  static let softMarginElements = Pointwise.SoftMargin.op(
    "aten::_soft_margin_loss_elements(Tensor self, Tensor target) -> Tensor", .same
  ).op

  // MARK: PyTorch's ops

  private static func reducing(_ schema: String, _ elements: Op<Tensor, Tensor, Tensor>) -> Pair {
    .composite(schema, samples: pairSamples) { x, target, reduction in reduction.apply(try elements.callThrowing(x, target)) }
  }

  private static let pairSamples: SampleMaker = { s in
    [Reduction.none, .mean, .sum].map { Sample(.tensor(s.tensor([3, 4])), .tensor(s.tensor([3, 4])), $0.box()) }
  }

  static let mse = reducing("aten::mse_loss(Tensor self, Tensor target, int reduction=1) -> Tensor", squaredError)
  static let l1 = Pair.composite(
    "aten::l1_loss(Tensor self, Tensor target, int reduction=1) -> Tensor", samples: pairSamples
  ) { x, target, reduction in
    let isComplex = x.dtype.isComplex || target.dtype.isComplex
    return reduction.apply(isComplex ? (x - target).abs() : try absoluteError.callThrowing(x, target))
  }
  static let softMargin = Pair.composite(
    "aten::soft_margin_loss(Tensor self, Tensor target, int reduction=1) -> Tensor", samples: pairSamples
  ) { x, target, reduction in
    // In half types every step is rounded, and the exponential may overflow, as in PyTorch.
    let isHalf = x.dtype.isFloatingPoint && x.dtype.byteCount == 2
    return reduction.apply(isHalf ? (-target * x).exp().log1p() : try softMarginElements.callThrowing(x, target))
  }

  static let smoothL1 = Op<Tensor, Tensor, Reduction, Double, Tensor>.composite(
    "aten::smooth_l1_loss(Tensor self, Tensor target, int reduction=1, float beta=1.) -> Tensor",
    rule: { _, _, _, beta in
      guard beta >= 0 else { throw TorchError(.value, "beta must not be negative, got \(beta)") }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([3, 4])), .tensor(s.tensor([3, 4])), 1.box(), 1.0.box()),
        Sample(.tensor(s.tensor([3, 4])), .tensor(s.tensor([3, 4])), 0.box(), 0.3.box()),
        Sample(.tensor(s.tensor([3, 4])), .tensor(s.tensor([3, 4])), 2.box(), 0.0.box()),
      ]
    }
  ) { x, target, reduction, beta in
    reduction.apply(beta == 0 ? try absoluteError.callThrowing(x, target) : try smoothError.callThrowing(x, target, beta))
  }

  static let huber = Op<Tensor, Tensor, Reduction, Double, Tensor>.composite(
    "aten::huber_loss(Tensor self, Tensor target, int reduction=1, float delta=1.) -> Tensor",
    rule: { _, _, _, delta in
      guard delta > 0 else { throw TorchError(.value, "delta must be positive, got \(delta)") }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([3, 4])), .tensor(s.tensor([3, 4])), 1.box(), 1.0.box()),
        Sample(.tensor(s.tensor([3, 4])), .tensor(s.tensor([3, 4])), 0.box(), 0.3.box()),
      ]
    }
  ) { x, target, reduction, delta in reduction.apply(try huberError.callThrowing(x, target, delta)) }

  static let binaryCrossEntropy = Op<Tensor, Tensor, Tensor?, Reduction, Tensor>.composite(
    "aten::binary_cross_entropy(Tensor self, Tensor target, Tensor? weight=None, int reduction=1) -> Tensor",
    rule: { x, target, _, _ in
      guard x.impl.sizes == target.impl.sizes else {
        throw TorchError(.shape, "input and target must have equal sizes, got \(x.impl.sizes) and \(target.impl.sizes)")
      }
      guard x.isCPU, x.dtype.isFloatingPoint, x.count > 0 else { return }
      let (low, high) = noGrad { (x.amin(), x.amax()) }
      let range = (try low.scalar(at: 0).doubleValue, try high.scalar(at: 0).doubleValue)
      guard range.0 >= 0, range.1 <= 1 else {
        throw TorchError(.value, "all elements of the input must be probabilities in 0...1, got \(range.0) to \(range.1)")
      }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([3, 4], low: 0.05, high: 0.95)), .tensor(s.tensor([3, 4], low: 0, high: 1)), .none, 1.box()),
        Sample(
          .tensor(s.tensor([3, 4], low: 0.05, high: 0.95)), .tensor(s.tensor([3, 4], low: 0, high: 1)),
          .tensor(s.tensor([4], low: 0.5, high: 2)), 0.box()),
      ]
    }
  ) { x, target, weight, reduction in
    let elements = try binary.callThrowing(x, target)
    return reduction.apply(weight.map { elements * $0 } ?? elements)
  }

  static let binaryCrossEntropyWithLogits = Op<Tensor, Tensor, Tensor?, Tensor?, Reduction, Tensor>.composite(
    "aten::binary_cross_entropy_with_logits(Tensor self, Tensor target, Tensor? weight=None, Tensor? pos_weight=None, int reduction=1) -> Tensor",
    rule: { x, target, _, _, _ in
      guard x.impl.sizes == target.impl.sizes else {
        throw TorchError(.shape, "input and target must have equal sizes, got \(x.impl.sizes) and \(target.impl.sizes)")
      }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([3, 4])), .tensor(s.tensor([3, 4], low: 0, high: 1)), .none, .none, 1.box()),
        Sample(
          .tensor(s.tensor([3, 4])), .tensor(s.tensor([3, 4], low: 0, high: 1)), .tensor(s.tensor([3, 1], low: 0.5, high: 2)),
          .tensor(s.tensor([4], low: 0.5, high: 2)), 2.box()),
      ]
    }
  ) { x, target, weight, positiveWeight, reduction in
    let elements =
      try positiveWeight.map { try binaryLogitsWeighted.callThrowing(x, target, $0) } ?? binaryLogits.callThrowing(x, target)
    return reduction.apply(weight.map { elements * $0 } ?? elements)
  }

  static let klDivergence = Op<Tensor, Tensor, Reduction, Bool, Tensor>.composite(
    "aten::kl_div(Tensor self, Tensor target, int reduction=1, *, bool log_target=False) -> Tensor",
    samples: { s in
      [
        Sample(.tensor(s.tensor([3, 4])), .tensor(s.tensor([3, 4], low: 0.05, high: 0.95)), 1.box(), false.box()),
        Sample(.tensor(s.tensor([3, 4])), .tensor(s.tensor([3, 4], low: -2, high: -0.1)), 2.box(), true.box()),
        Sample(.tensor(s.tensor([3, 4])), .tensor(s.tensor([3, 4], low: -2, high: -0.1)), 0.box(), true.box()),
      ]
    }
  ) { x, target, reduction, isLog in
    reduction.apply(isLog ? try logDivergence.callThrowing(x, target) : try divergence.callThrowing(x, target))
  }

  static let table: [AnyOp] = [
    squaredError.erased, absoluteError.erased, smoothError.erased, huberError.erased, binary.erased, binaryLogits.erased,
    binaryLogitsWeighted.erased, divergence.erased, logDivergence.erased, softMarginElements.erased, mse.erased, l1.erased,
    softMargin.erased, smoothL1.erased, huber.erased, binaryCrossEntropy.erased, binaryCrossEntropyWithLogits.erased,
    klDivergence.erased,
  ]
}

/// Squared differences. Input and target broadcast. `torch.nn.functional.mse_loss`.
public func mseLoss(_ input: Tensor, _ target: Tensor, reduction: Reduction = .mean) -> Tensor {
  ElementLosses.mse(input, target, reduction)
}
/// Absolute differences. `torch.nn.functional.l1_loss`.
public func l1Loss(_ input: Tensor, _ target: Tensor, reduction: Reduction = .mean) -> Tensor {
  ElementLosses.l1(input, target, reduction)
}
/// Absolute differences less half of `beta`, quadratic below `beta`. `torch.nn.functional.smooth_l1_loss`.
public func smoothL1Loss(_ input: Tensor, _ target: Tensor, beta: Double = 1, reduction: Reduction = .mean) -> Tensor {
  ElementLosses.smoothL1(input, target, reduction, beta)
}
/// Half the squared differences up to `delta`, linear with slope `delta` beyond. `torch.nn.functional.huber_loss`.
/// - Parameter weight: factors of the elements, of the input's sizes; the mean still divides by the number of elements.
public func huberLoss(
  _ input: Tensor, _ target: Tensor, delta: Double = 1, weight: Tensor? = nil, reduction: Reduction = .mean
) -> Tensor {
  guard let weight else { return ElementLosses.huber(input, target, reduction, delta) }
  return checked(.poison(), "huberLoss") {
    guard input.isDefined, weight.isDefined else { return .poison() }
    guard weight.shape == input.shape else {
      throw TorchError(.shape, "weight must have the input's sizes \(input.shape), got \(weight.summary)")
    }
    return reduction.apply(ElementLosses.huber(input, target, .none, delta) * weight)
  }
}
/// The cross entropy between probabilities of one class and targets in 0...1. Fails for inputs outside 0...1.
/// `torch.nn.functional.binary_cross_entropy`.
public func binaryCrossEntropy(
  _ input: Tensor, _ target: Tensor, weight: Tensor? = nil, reduction: Reduction = .mean
) -> Tensor {
  ElementLosses.binaryCrossEntropy(input, target, weight, reduction)
}
/// The same from logits, without overflow. `positiveWeight` multiplies the positive part and broadcasts.
/// `torch.nn.functional.binary_cross_entropy_with_logits`.
public func binaryCrossEntropyWithLogits(
  _ logits: Tensor, _ target: Tensor, weight: Tensor? = nil, positiveWeight: Tensor? = nil, reduction: Reduction = .mean
) -> Tensor {
  ElementLosses.binaryCrossEntropyWithLogits(logits, target, weight, positiveWeight, reduction)
}
/// What a divergence does with its elements.
public enum DivergenceReduction: Sendable {
  /// Leaves them as they are.
  case none
  /// Averages them. The divergence of distributions is `batchMean`.
  case mean
  /// Adds them up.
  case sum
  /// Divides the sum by the size of the first dimension: the mean divergence of the samples of a batch.
  case batchMean
}

/// The Kullback-Leibler divergence of log-probabilities from probabilities, or from log-probabilities with `logTarget`.
/// `torch.nn.functional.kl_div`.
public func klDivLoss(
  _ input: Tensor, _ target: Tensor, reduction: DivergenceReduction = .mean, logTarget: Bool = false
) -> Tensor {
  switch reduction {
  case .none: return ElementLosses.klDivergence(input, target, .none, logTarget)
  case .mean: return ElementLosses.klDivergence(input, target, .mean, logTarget)
  case .sum: return ElementLosses.klDivergence(input, target, .sum, logTarget)
  case .batchMean:
    let sum = ElementLosses.klDivergence(input, target, .sum, logTarget)
    guard input.isDefined, input.rank > 0 else { return sum }
    return sum / Tensor(scalar: .double(Double(input.shape[0])))
  }
}
/// log(1 + exp(-target * input)) for targets of -1 and 1. `torch.nn.functional.soft_margin_loss`.
public func softMarginLoss(_ input: Tensor, _ target: Tensor, reduction: Reduction = .mean) -> Tensor {
  ElementLosses.softMargin(input, target, reduction)
}
