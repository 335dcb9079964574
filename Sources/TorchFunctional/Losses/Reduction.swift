import TorchCore
/// What a loss does with its elements: the integers 0, 1 and 2 of PyTorch's schemas.
public enum Reduction: Int, Boxable {
  /// Leaves them as they are.
  case none = 0
  /// Averages them; losses over classes divide by the sum of the weights.
  case mean = 1
  /// Adds them up.
  case sum = 2

  public static var schemaTypes: [String] { ["int"] }
  public static func unbox(_ value: IValue) throws -> Reduction {
    let number = try Int.unbox(value)
    guard let reduction = Reduction(rawValue: number) else {
      throw TorchError(.value, "a reduction is 0 (none), 1 (mean) or 2 (sum), got \(number)")
    }
    return reduction
  }
  public func box() -> IValue { rawValue.box() }

  package func apply(_ elements: Tensor) -> Tensor {
    switch self {
    case .none: elements
    case .mean: elements.mean()
    case .sum: elements.sum()
    }
  }
}
