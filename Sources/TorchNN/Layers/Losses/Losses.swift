import TorchOps

/// The cross entropy between logits (N, C, …) and class numbers (N, …) or probabilities (N, C, …). `torch.nn.CrossEntropyLoss`.
open class CrossEntropyLoss: Module {
  /// Weights of the classes.
  @Buffer public var weight: Tensor?
  public let ignoreIndex: Int
  public let reduction: Reduction
  public let labelSmoothing: Double

  /// - Parameters:
  ///   - ignoreIndex: a class number that marks targets to leave out.
  ///   - labelSmoothing: the part of the target, from 0 to 1, that is spread evenly over all classes.
  public init(weight: Tensor? = nil, ignoreIndex: Int = -100, reduction: Reduction = .mean, labelSmoothing: Double = 0) {
    self.weight = weight
    self.ignoreIndex = ignoreIndex
    self.reduction = reduction
    self.labelSmoothing = labelSmoothing
  }

  open override func forward(_ logits: Tensor, _ target: Tensor) -> Tensor {
    crossEntropy(
      logits, target, weight: weight, ignoreIndex: ignoreIndex, reduction: reduction, labelSmoothing: labelSmoothing)
  }
}

/// The negative log-probability of the target class, from log-probabilities (N, C, …). `torch.nn.NLLLoss`.
open class NLLLoss: Module {
  /// Weights of the classes.
  @Buffer public var weight: Tensor?
  public let ignoreIndex: Int
  public let reduction: Reduction

  /// - Parameter ignoreIndex: a class number that marks targets to leave out.
  public init(weight: Tensor? = nil, ignoreIndex: Int = -100, reduction: Reduction = .mean) {
    self.weight = weight
    self.ignoreIndex = ignoreIndex
    self.reduction = reduction
  }

  open override func forward(_ logProbabilities: Tensor, _ target: Tensor) -> Tensor {
    nllLoss(logProbabilities, target, weight: weight, ignoreIndex: ignoreIndex, reduction: reduction)
  }
}

/// Squared differences. `torch.nn.MSELoss`.
open class MSELoss: Module {
  public let reduction: Reduction

  public init(reduction: Reduction = .mean) { self.reduction = reduction }

  open override func forward(_ input: Tensor, _ target: Tensor) -> Tensor { mseLoss(input, target, reduction: reduction) }
}

/// Absolute differences. `torch.nn.L1Loss`.
open class L1Loss: Module {
  public let reduction: Reduction

  public init(reduction: Reduction = .mean) { self.reduction = reduction }

  open override func forward(_ input: Tensor, _ target: Tensor) -> Tensor { l1Loss(input, target, reduction: reduction) }
}

/// The cross entropy between logits of one class and targets from 0 to 1. `torch.nn.BCEWithLogitsLoss`.
open class BCEWithLogitsLoss: Module {
  /// Weights of the elements.
  @Buffer public var weight: Tensor?
  /// Weights of the positive targets.
  @Buffer(key: "pos_weight") public var positiveWeight: Tensor? = nil
  public let reduction: Reduction

  public init(weight: Tensor? = nil, positiveWeight: Tensor? = nil, reduction: Reduction = .mean) {
    self.reduction = reduction
    super.init()
    self.weight = weight
    self.positiveWeight = positiveWeight
  }

  open override func forward(_ logits: Tensor, _ target: Tensor) -> Tensor {
    binaryCrossEntropyWithLogits(logits, target, weight: weight, positiveWeight: positiveWeight, reduction: reduction)
  }
}
