import TorchOps

/// What functions that are transformed take and return: a tensor, or arrays, dictionaries and optionals of them in any nesting.
/// PyTorch's pytrees.
public protocol TensorTree {
  /// The tensors, in a fixed order; dictionaries by sorted key.
  var leaves: [Tensor] { get }
  /// The same structure with other tensors, taken from the front of `leaves`.
  func replacing(_ leaves: inout ArraySlice<Tensor>) -> Self
}

extension TensorTree {
  /// The same structure with every tensor replaced.
  func mapLeaves(_ transform: (Tensor) throws -> Tensor) rethrows -> Self {
    var new = try leaves.map(transform)[...]
    return replacing(&new)
  }

  func replacing(with leaves: [Tensor]) -> Self {
    var rest = leaves[...]
    return replacing(&rest)
  }
}

extension Tensor: TensorTree {
  public var leaves: [Tensor] { [self] }
  public func replacing(_ leaves: inout ArraySlice<Tensor>) -> Tensor { leaves.removeFirst() }
}

extension Array: TensorTree where Element: TensorTree {
  public var leaves: [Tensor] { flatMap(\.leaves) }
  public func replacing(_ leaves: inout ArraySlice<Tensor>) -> [Element] { map { $0.replacing(&leaves) } }
}

extension Dictionary: TensorTree where Key: Comparable, Value: TensorTree {
  public var leaves: [Tensor] { keys.sorted().flatMap { self[$0]!.leaves } }
  public func replacing(_ leaves: inout ArraySlice<Tensor>) -> [Key: Value] {
    var new: [Key: Value] = [:]
    for key in keys.sorted() { new[key] = self[key]!.replacing(&leaves) }
    return new
  }
}

extension Optional: TensorTree where Wrapped: TensorTree {
  public var leaves: [Tensor] { self?.leaves ?? [] }
  public func replacing(_ leaves: inout ArraySlice<Tensor>) -> Wrapped? { self.map { $0.replacing(&leaves) } }
}
