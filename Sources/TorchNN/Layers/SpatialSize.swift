import TorchOps

/// One number for all spatial dimensions, or one for each: `3` or `[3, 5]`.
public protocol SpatialSize: Sendable {
  /// The numbers for `count` dimensions, or nil when there are others than one or `count`.
  func expanded(_ count: Int) -> [Int]?
}

extension Int: SpatialSize {
  public func expanded(_ count: Int) -> [Int]? { Array(repeating: self, count: count) }
}

extension [Int]: SpatialSize {
  public func expanded(_ count: Int) -> [Int]? {
    if self.count == 1 { return Array(repeating: self[0], count: count) }
    return self.count == count ? self : nil
  }
}

extension SpatialSize {
  /// Two numbers, each at least `minimum`; otherwise an error that names the argument.
  func pair(_ name: String, minimum: Int, in layer: String) -> [Int] {
    checked([Swift.max(minimum, 1), Swift.max(minimum, 1)], layer) {
      guard let values = expanded(2) else {
        throw TorchError(.value, "\(name): expected one number or two, got \(self)")
      }
      guard values.allSatisfy({ $0 >= minimum }) else {
        throw TorchError(.value, "\(name): expected numbers of at least \(minimum), got \(values)")
      }
      return values
    }
  }
}
