/// One entry of a subscript, for one dimension or several: `x[.all, 2, .range(1, 5), .newAxis, .ellipsis, .tensor(i)]`.
public struct TensorIndex: Sendable {
  package enum Kind: Sendable {
    case all, newAxis, ellipsis
    case index(Int)
    case slice(Int?, Int?, Int)
    case exact(Range<Int>)
    case tensor(Tensor)
  }
  package let kind: Kind
}

/// What a subscript takes: `Int`, ranges of `Int`, index and mask tensors, and `TensorIndex`.
///
/// Closed and half-open ranges must lie inside the dimension; the bounds of one-sided ranges and `.range` are clamped and count
/// from the end where negative, as Python's do.
public protocol TensorIndexable {
  var tensorIndex: TensorIndex { get }
}

extension TensorIndexable where Self == TensorIndex {
  /// The whole dimension. Python's `:`.
  public static var all: TensorIndex { TensorIndex(kind: .all) }
  /// A new dimension of size 1. Python's `None`.
  public static var newAxis: TensorIndex { TensorIndex(kind: .newAxis) }
  /// As many whole dimensions as are left. Python's `...`.
  public static var ellipsis: TensorIndex { TensorIndex(kind: .ellipsis) }
  /// One position, which drops the dimension; negative counts from the end.
  public static func index(_ i: Int) -> TensorIndex { TensorIndex(kind: .index(i)) }
  /// Python's `start:end:step`.
  public static func range(_ start: Int?, _ end: Int?, step: Int = 1) -> TensorIndex {
    TensorIndex(kind: .slice(start, end, step))
  }
  /// Int positions, or a mask.
  public static func tensor(_ index: Tensor) -> TensorIndex { TensorIndex(kind: .tensor(index)) }
}

extension TensorIndex: TensorIndexable, ExpressibleByIntegerLiteral {
  public init(integerLiteral value: Int) { self.init(kind: .index(value)) }
  public var tensorIndex: TensorIndex { self }
}
extension Int: TensorIndexable {
  public var tensorIndex: TensorIndex { TensorIndex(kind: .index(self)) }
}
extension Range<Int>: TensorIndexable {
  public var tensorIndex: TensorIndex { TensorIndex(kind: .exact(self)) }
}
extension ClosedRange<Int>: TensorIndexable {
  public var tensorIndex: TensorIndex {
    TensorIndex(kind: .exact(lowerBound..<(upperBound &+ 1 < upperBound ? upperBound : upperBound + 1)))
  }
}
extension PartialRangeFrom<Int>: TensorIndexable {
  public var tensorIndex: TensorIndex { TensorIndex(kind: .slice(lowerBound, nil, 1)) }
}
extension PartialRangeUpTo<Int>: TensorIndexable {
  public var tensorIndex: TensorIndex { TensorIndex(kind: .slice(nil, upperBound, 1)) }
}
extension PartialRangeThrough<Int>: TensorIndexable {
  // Through the last element, -1, there is no bound.
  public var tensorIndex: TensorIndex {
    TensorIndex(kind: .slice(nil, upperBound == -1 || upperBound == .max ? nil : upperBound + 1, 1))
  }
}
extension Tensor: TensorIndexable {
  public var tensorIndex: TensorIndex { TensorIndex(kind: .tensor(self)) }
}

extension TensorIndex {
  /// The view that everything but tensors makes, and the index tensors that remain to be applied to it.
  package static func resolve(_ x: Tensor, _ entries: [TensorIndex]) throws -> (view: Tensor, indices: [Tensor?]) {
    if x.device == .poison { throw PoisonedInput() }
    func width(_ entry: TensorIndex) -> Int {
      switch entry.kind {
      case .newAxis, .ellipsis: 0
      case .tensor(let t): t.dtype == .bool ? t.rank : 1
      default: 1
      }
    }
    let used = entries.reduce(0) { $0 + width($1) }
    let ellipses = entries.filter { if case .ellipsis = $0.kind { true } else { false } }.count
    guard ellipses <= 1 else { throw TorchError(.index, "only one ellipsis may stand in a subscript, got \(ellipses)") }
    guard used <= x.rank else {
      throw TorchError(.index, "too many indices: \(used) for a tensor of \(x.rank) dimensions")
    }
    var view = x
    var dim = 0
    var indices: [Tensor?] = []
    func keep(_ count: Int) {
      dim += count
      for _ in 0..<count { indices.append(nil) }
    }
    for entry in entries {
      switch entry.kind {
      case .all: keep(1)
      case .ellipsis: keep(x.rank - used)
      case .newAxis:
        view = try ViewOps.unsqueeze.callThrowing(view, dim)
        keep(1)
      case .index(let i): view = try ViewOps.select.callThrowing(view, dim, i)
      case .slice(let start, let end, let step):
        view = try ViewOps.slice.callThrowing(view, dim, start, end, step)
        keep(1)
      case .exact(let range):
        let size = view.impl.sizes[dim]
        guard range.lowerBound >= 0 && range.upperBound <= size else {
          throw TorchError(.index, "the range \(range) exceeds dimension \(dim) of size \(size)")
        }
        view = try ViewOps.slice.callThrowing(view, dim, range.lowerBound, range.upperBound, 1)
        keep(1)
      case .tensor(let t):
        if t.device == .poison { throw PoisonedInput() }
        if t.dtype == .bool && t.rank == 0 {
          // A single flag: a new dimension that is there or not.
          view = try ViewOps.unsqueeze.callThrowing(view, dim)
          indices.append(try ViewOps.unsqueeze.callThrowing(t, 0))
          dim += 1
        } else {
          indices.append(t)
          dim += width(entry)
        }
      }
    }
    return (view, indices)
  }

  package static func get(_ x: Tensor, _ entries: [any TensorIndexable]) -> Tensor {
    checked(.poison(), "subscript") {
      let (view, indices) = try resolve(x, entries.map(\.tensorIndex))
      if indices.contains(where: { $0 != nil }) { return try AdvancedIndex.get.callThrowing(view, indices) }
      return view === x ? x.alias(keepingHistoryOf: x) : view
    }
  }

  package static func set(_ x: Tensor, _ entries: [any TensorIndexable], _ value: Tensor) {
    checked((), "subscript") {
      let (view, indices) = try resolve(x, entries.map(\.tensorIndex))
      if value.device == .poison { throw PoisonedInput() }
      guard indices.contains(where: { $0 != nil }) else {
        _ = try CopyOps.copy.callThrowing(view, value, false)
        return
      }
      let values = value.dtype == x.dtype && !value.impl.isWrappedNumber ? value : value.to(x.dtype)
      _ = try AdvancedIndex.put.inPlace.callThrowing(view, indices, values, false)
    }
  }
}

extension Tensor {
  /// Positions of any number of dimensions; assigning writes in place. Python's `x[…]`.
  public subscript(indices entries: [any TensorIndexable]) -> Tensor {
    get { TensorIndex.get(self, entries) }
    nonmutating set { TensorIndex.set(self, entries, newValue) }
  }
  // One subscript for each number of entries: parameter packs cannot have setters yet.

  /// Positions along the first dimensions; assigning writes in place. `x[mask] = 0`
  public subscript<A: TensorIndexable>(_ a: A) -> Tensor {
    get { TensorIndex.get(self, [a]) }
    nonmutating set { TensorIndex.set(self, [a], newValue) }
  }
  /// Positions along the first dimensions; assigning writes in place. `x[0, .all] = y`
  public subscript<A: TensorIndexable, B: TensorIndexable>(_ a: A, _ b: B) -> Tensor {
    get { TensorIndex.get(self, [a, b]) }
    nonmutating set { TensorIndex.set(self, [a, b], newValue) }
  }
  /// Positions along the first dimensions; assigning writes in place. `x[.all, 1..<5, i]`
  public subscript<A: TensorIndexable, B: TensorIndexable, C: TensorIndexable>(_ a: A, _ b: B, _ c: C) -> Tensor {
    get { TensorIndex.get(self, [a, b, c]) }
    nonmutating set { TensorIndex.set(self, [a, b, c], newValue) }
  }
  /// Positions along the first dimensions; assigning writes in place.
  public subscript<A: TensorIndexable, B: TensorIndexable, C: TensorIndexable, D: TensorIndexable>(
    _ a: A, _ b: B, _ c: C, _ d: D
  ) -> Tensor {
    get { TensorIndex.get(self, [a, b, c, d]) }
    nonmutating set { TensorIndex.set(self, [a, b, c, d], newValue) }
  }
  /// Positions along the first dimensions; assigning writes in place. More entries go through `x[indices: […]]`.
  public subscript<A: TensorIndexable, B: TensorIndexable, C: TensorIndexable, D: TensorIndexable, E: TensorIndexable>(
    _ a: A, _ b: B, _ c: C, _ d: D, _ e: E
  ) -> Tensor {
    get { TensorIndex.get(self, [a, b, c, d, e]) }
    nonmutating set { TensorIndex.set(self, [a, b, c, d, e], newValue) }
  }
}
