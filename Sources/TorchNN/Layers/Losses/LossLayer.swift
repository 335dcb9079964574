import TorchOps

/// What the losses share: what becomes of their elements.
open class LossLayer: Module {
  public let reduction: Reduction

  public init(reduction: Reduction = .mean) { self.reduction = reduction }
}

/// What the losses share that have weights, which are a buffer.
open class WeightedLossLayer: LossLayer {
  @Buffer public var weight: Tensor?

  public init(weight: Tensor? = nil, reduction: Reduction = .mean) {
    self.weight = weight
    super.init(reduction: reduction)
  }
}

extension LossLayer {
  /// The option, or an error that names it and a value that can be worked with.
  static func judged<Value>(_ value: Value, _ name: String, _ wanted: String, fallback: Value, _ isValid: Bool) -> Value {
    checked(fallback, String(describing: self)) {
      guard isValid else { throw TorchError(.value, "\(name): expected \(wanted), got \(value)") }
      return value
    }
  }
}
