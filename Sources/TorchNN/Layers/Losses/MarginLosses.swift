import TorchOps

/// The input where the target is 1, and max(0, margin - input) where it is -1. `torch.nn.HingeEmbeddingLoss`.
open class HingeEmbeddingLoss: LossLayer {
  public let margin: Double

  public init(margin: Double = 1, reduction: Reduction = .mean) {
    self.margin = margin
    super.init(reduction: reduction)
  }

  open override func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
    hingeEmbeddingLoss(input, target, margin: margin, reduction: reduction)
  }
}

/// max(0, -target · (input1 - input2) + margin) for targets of 1 and -1. `torch.nn.MarginRankingLoss`.
open class MarginRankingLoss: LossLayer {
  public let margin: Double

  public init(margin: Double = 0, reduction: Reduction = .mean) {
    self.margin = margin
    super.init(reduction: reduction)
  }

  open override func forward(_ input1: Tensor, _ input2: Tensor, _ target: Tensor) -> Tensor {
    marginRankingLoss(input1, input2, target, margin: margin, reduction: reduction)
  }
}

/// 1 - cos(input1, input2) where the target is 1, and max(0, cos - margin) where it is -1. Inputs (N, D) with targets (N), or (D)
/// with a 0-d target. `torch.nn.CosineEmbeddingLoss`.
open class CosineEmbeddingLoss: LossLayer {
  public let margin: Double

  public init(margin: Double = 0, reduction: Reduction = .mean) {
    self.margin = margin
    super.init(reduction: reduction)
  }

  open override func forward(_ input1: Tensor, _ input2: Tensor, _ target: Tensor) -> Tensor {
    cosineEmbeddingLoss(input1, input2, target, margin: margin, reduction: reduction)
  }
}

/// max(0, margin + d(anchor, positive) - d(anchor, negative)), with distances of order `p` over the last dimension.
/// `torch.nn.TripletMarginLoss`.
open class TripletMarginLoss: LossLayer {
  public let margin: Double
  public let p: Double
  public let eps: Double
  public let swap: Bool

  /// - Parameters:
  ///   - margin: positive.
  ///   - eps: added to differences before the norm.
  ///   - swap: takes d(positive, negative) where it is smaller than d(anchor, negative).
  public init(margin: Double = 1, p: Double = 2, eps: Double = 1e-6, swap: Bool = false, reduction: Reduction = .mean) {
    self.margin = TripletMarginLoss.judged(margin, "margin", "a positive number", fallback: 1, margin > 0)
    self.p = p
    self.eps = eps
    self.swap = swap
    super.init(reduction: reduction)
  }

  open override func forward(_ anchor: Tensor, _ positive: Tensor, _ negative: Tensor) -> Tensor {
    tripletMarginLoss(anchor, positive, negative, margin: margin, p: p, eps: eps, swap: swap, reduction: reduction)
  }
}

/// ``TripletMarginLoss`` with any distance: a module of two tensors, or a closure. `torch.nn.TripletMarginWithDistanceLoss`.
open class TripletMarginWithDistanceLoss: LossLayer {
  /// The distance where it is a module.
  public let distanceFunction: Module?
  private let distance: (Tensor, Tensor) -> Tensor
  public let margin: Double
  public let swap: Bool

  /// - Parameters:
  ///   - distanceFunction: a module of two tensors; it is a child.
  ///   - margin: positive.
  ///   - swap: takes d(positive, negative) where it is smaller than d(anchor, negative).
  public init(
    distanceFunction: Module = PairwiseDistance(), margin: Double = 1, swap: Bool = false, reduction: Reduction = .mean
  ) {
    self.distanceFunction = distanceFunction
    distance = { distanceFunction($0, $1) }
    self.margin = TripletMarginWithDistanceLoss.judged(margin, "margin", "a positive number", fallback: 1, margin > 0)
    self.swap = swap
    super.init(reduction: reduction)
  }

  /// - Parameters:
  ///   - distanceFunction: the distances of two tensors.
  ///   - margin: positive.
  ///   - swap: takes d(positive, negative) where it is smaller than d(anchor, negative).
  public init(
    distanceFunction: @escaping (Tensor, Tensor) -> Tensor, margin: Double = 1, swap: Bool = false, reduction: Reduction = .mean
  ) {
    self.distanceFunction = nil
    distance = distanceFunction
    self.margin = TripletMarginWithDistanceLoss.judged(margin, "margin", "a positive number", fallback: 1, margin > 0)
    self.swap = swap
    super.init(reduction: reduction)
  }

  open override func forward(_ anchor: Tensor, _ positive: Tensor, _ negative: Tensor) -> Tensor {
    tripletMarginWithDistanceLoss(
      anchor, positive, negative, distanceFunction: distance, margin: margin, swap: swap, reduction: reduction)
  }
}

/// The average over classes other than the target of max(0, margin - score of the target + score)^p. Scores (N, C) with targets
/// (N), or (C) with a 0-d target. `torch.nn.MultiMarginLoss`.
open class MultiMarginLoss: WeightedLossLayer {
  public let p: Int
  public let margin: Double

  /// - Parameters:
  ///   - p: 1 or 2.
  ///   - weight: one factor for each class, by target.
  public init(p: Int = 1, margin: Double = 1, weight: Tensor? = nil, reduction: Reduction = .mean) {
    self.p = MultiMarginLoss.judged(p, "p", "1 or 2", fallback: 1, p == 1 || p == 2)
    self.margin = margin
    let fits = checked(false, "MultiMarginLoss") {
      if let weight, weight.isDefined, weight.rank != 1 {
        throw TorchError(.shape, "weight: expected one factor for each class, got \(weight.summary)")
      }
      return true
    }
    super.init(weight: fits ? weight : nil, reduction: reduction)
  }

  open override func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
    multiMarginLoss(input, target, p: p, margin: margin, weight: weight, reduction: reduction)
  }
}

/// The average over classes of max(0, 1 - score of a label + score of another class), summed over a sample's labels: scores
/// (N, C) or (C) with targets of the same sizes that list labels up to the first -1. `torch.nn.MultiLabelMarginLoss`.
open class MultiLabelMarginLoss: LossLayer {
  open override func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
    multilabelMarginLoss(input, target, reduction: reduction)
  }
}

/// log(1 + exp(-target · input)) for targets of 1 and -1. `torch.nn.SoftMarginLoss`.
open class SoftMarginLoss: LossLayer {
  open override func forward(_ input: Tensor, _ target: Tensor) -> Tensor { softMarginLoss(input, target, reduction: reduction) }
}
