import TorchOps

/// The negative log-probability of the target class, from log-probabilities (C), (N, C) or (N, C, …). `torch.nn.NLLLoss`.
open class NLLLoss: WeightedLossLayer {
  public let ignoreIndex: Int

  /// - Parameters:
  ///   - weight: one factor for each class.
  ///   - ignoreIndex: a class number that marks targets to leave out.
  public init(weight: Tensor? = nil, ignoreIndex: Int = -100, reduction: Reduction = .mean) {
    self.ignoreIndex = ignoreIndex
    super.init(weight: weight, reduction: reduction)
  }

  open override func forward(_ logProbabilities: Tensor, _ target: Tensor) -> Tensor {
    nllLoss(logProbabilities, target, weight: weight, ignoreIndex: ignoreIndex, reduction: reduction)
  }
}

/// The cross entropy between logits (C), (N, C) or (N, C, …) and class numbers of those sizes without C, or probabilities of the
/// logits' sizes. `torch.nn.CrossEntropyLoss`.
open class CrossEntropyLoss: WeightedLossLayer {
  public let ignoreIndex: Int
  public let labelSmoothing: Double

  /// - Parameters:
  ///   - weight: one factor for each class.
  ///   - ignoreIndex: a class number that marks targets to leave out.
  ///   - labelSmoothing: the part of the target, from 0 to 1, that is spread evenly over all classes.
  public init(weight: Tensor? = nil, ignoreIndex: Int = -100, reduction: Reduction = .mean, labelSmoothing: Double = 0) {
    self.ignoreIndex = ignoreIndex
    self.labelSmoothing = labelSmoothing
    super.init(weight: weight, reduction: reduction)
  }

  open override func forward(_ logits: Tensor, _ target: Tensor) -> Tensor {
    crossEntropy(
      logits, target, weight: weight, ignoreIndex: ignoreIndex, reduction: reduction, labelSmoothing: labelSmoothing)
  }
}

/// A linear layer without an activation and the cross entropy of its results. `torch.nn.LinearCrossEntropyLoss`.
///
/// Inputs have sizes (N, inFeatures), or (inFeatures) for one sample; targets are classes (N, outFeatures…), or probabilities
/// (N, numClasses, outFeatures…).
open class LinearCrossEntropyLoss: WeightedLossLayer {
  public let numClasses: Int
  /// Sizes of several predictions for each sample.
  public let outFeatures: [Int]
  public let ignoreIndex: Int?
  public let labelSmoothing: Double
  /// How to work with the logits of some rows at a time; nil keeps all.
  public let options: LinearCrossEntropyOptions?
  /// From `inFeatures` to as many features as there are classes, times the product of `outFeatures`.
  public let linear: Linear

  /// - Parameters:
  ///   - weight: one factor for each class.
  ///   - ignoreIndex: a class number that marks targets to leave out; -100 when nil. Not for probabilities.
  ///   - labelSmoothing: the part of the target, from 0 to 1, that is spread evenly over all classes.
  public init(
    _ inFeatures: Int, _ numClasses: Int, outFeatures: [Int] = [], bias: Bool = false, reduction: Reduction = .mean,
    weight: Tensor? = nil, ignoreIndex: Int? = nil, labelSmoothing: Double = 0, options: LinearCrossEntropyOptions? = nil,
    dtype: DType? = nil
  ) {
    self.numClasses = numClasses
    self.outFeatures = outFeatures
    self.ignoreIndex = ignoreIndex
    self.labelSmoothing = LinearCrossEntropyLoss.judged(
      labelSmoothing, "labelSmoothing", "a number from 0 to 1", fallback: 0, labelSmoothing >= 0 && labelSmoothing <= 1)
    self.options = options
    linear = Linear(inFeatures, outFeatures.reduce(numClasses, *), bias: bias, dtype: dtype)
    let fits = checked(false, "LinearCrossEntropyLoss") {
      if let weight, weight.isDefined, weight.shape != [numClasses] {
        throw TorchError(.shape, "weight: expected one factor for each of \(numClasses) classes, got \(weight.summary)")
      }
      return true
    }
    super.init(weight: fits ? weight : nil, reduction: reduction)
  }

  open override func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
    let sizes = [numClasses] + outFeatures
    return linearCrossEntropy(
      input, linear.weight.reshape(sizes + [linear.inFeatures]), target, linearBias: linear.bias?.reshape(sizes), weight: weight,
      ignoreIndex: ignoreIndex, reduction: reduction, labelSmoothing: labelSmoothing, options: options)
  }

  open override var extraDescription: String {
    "in_features=\(linear.inFeatures), num_classes=\(numClasses), out_features=\(Described.tuple(outFeatures)), "
      + "bias=\(Described.flag(linear.bias != nil)), reduction=\(reduction), "
      + "ignore_index=\(ignoreIndex.map(String.init) ?? "None"), label_smoothing=\(Described.number(labelSmoothing)), options=\(options.map { "\($0)" } ?? "None")"
  }
}

/// The cross entropy between probabilities and targets, both from 0 to 1. `torch.nn.BCELoss`.
open class BCELoss: WeightedLossLayer {
  open override func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
    binaryCrossEntropy(input, target, weight: weight, reduction: reduction)
  }
}

/// The cross entropy between logits of one class and targets from 0 to 1. `torch.nn.BCEWithLogitsLoss`.
open class BCEWithLogitsLoss: WeightedLossLayer {
  /// Weights of the positive targets.
  @Buffer(key: "pos_weight") public var positiveWeight: Tensor? = nil

  /// - Parameters:
  ///   - weight: factors of the elements; broadcasts.
  ///   - positiveWeight: factors of the positive targets; broadcasts.
  public init(weight: Tensor? = nil, positiveWeight: Tensor? = nil, reduction: Reduction = .mean) {
    super.init(weight: weight, reduction: reduction)
    self.positiveWeight = positiveWeight
  }

  open override func forward(_ logits: Tensor, _ target: Tensor) -> Tensor {
    binaryCrossEntropyWithLogits(logits, target, weight: weight, positiveWeight: positiveWeight, reduction: reduction)
  }
}

/// The cross entropy between logits of independent classes, (N, C) or (C), and targets of 0 and 1, averaged over the classes.
/// `torch.nn.MultiLabelSoftMarginLoss`.
open class MultiLabelSoftMarginLoss: WeightedLossLayer {
  open override func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
    multilabelSoftMarginLoss(input, target, weight: weight, reduction: reduction)
  }
}
