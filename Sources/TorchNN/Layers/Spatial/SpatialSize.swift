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
  /// `count` numbers, each at least `minimum`; otherwise an error that names the argument.
  func numbers(_ count: Int, _ name: String, minimum: Int, in layer: String) -> [Int] {
    checked(Array(repeating: Swift.max(minimum, 1), count: count), layer) {
      guard let values = expanded(count) else {
        throw TorchError(.value, "\(name): expected one number\(count > 1 ? " or \(count)" : ""), got \(self)")
      }
      guard values.allSatisfy({ $0 >= minimum }) else {
        throw TorchError(.value, "\(name): expected numbers of at least \(minimum), got \(values)")
      }
      return values
    }
  }

  /// As it was given, in Python's spelling.
  var described: String { (self as? Int).map(String.init) ?? (self as? [Int]).map(Described.tuple) ?? "\(self)" }
}
