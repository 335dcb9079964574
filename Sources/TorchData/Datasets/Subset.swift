import TorchOps

/// Some samples of another data set. `torch.utils.data.Subset`.
public struct Subset<Base: Sendable>: Sendable {
  public let base: Base
  /// Positions in the base.
  public let indices: [Int]
  public var count: Int { indices.count }

  fileprivate init(base: Base, indices: [Int], baseCount: Int) {
    self.base = base
    self.indices = checked([], "Subset") {
      for index in indices { try checkIndex(index, baseCount) }
      return indices
    }
  }
}

extension Subset: Dataset where Base: Dataset {
  /// Fails if a position is outside of the base.
  public init(_ base: Base, indices: [Int]) { self.init(base: base, indices: indices, baseCount: base.count) }

  public subscript(index: Int) -> Base.Sample {
    get throws {
      try checkIndex(index, count)
      return try base[indices[index]]
    }
  }

  public func sample(at index: Int, rng: Generator) throws -> Base.Sample {
    try checkIndex(index, count)
    return try base.sample(at: indices[index], rng: rng)
  }
}

extension Subset: BatchDataset where Base: BatchDataset {
  /// Fails if a position is outside of the base.
  @_disfavoredOverload
  public init(_ base: Base, indices: [Int]) { self.init(base: base, indices: indices, baseCount: base.count) }

  public func batch(indices positions: [Int], rng: Generator) throws -> Base.Batch {
    for index in positions { try checkIndex(index, count) }
    return try base.batch(indices: positions.map { indices[$0] }, rng: rng)
  }
}

/// Distributes the samples at random over parts of the given sizes. `torch.utils.data.random_split`.
/// - Parameter lengths: sizes that add up to `dataset.count`.
public func randomSplit<D: Dataset>(_ dataset: D, lengths: [Int], generator: Generator = .default) -> [Subset<D>] {
  checked([], "randomSplit") {
    guard lengths.allSatisfy({ $0 >= 0 }), lengths.reduce(0, +) == dataset.count else {
      throw TorchError(.value, "lengths \(lengths) do not add up to the \(dataset.count) samples of the data set")
    }
    let order = generator.permutation(dataset.count)
    var start = 0
    return lengths.map { length in
      defer { start += length }
      return Subset(dataset, indices: Array(order[start..<start + length]))
    }
  }
}

/// Distributes the samples at random over parts of the given fractions, which add up to 1; what rounding leaves goes to the first
/// parts, one each.
public func randomSplit<D: Dataset>(_ dataset: D, fractions: [Double], generator: Generator = .default) -> [Subset<D>] {
  let lengths = checked([Int](), "randomSplit") {
    guard !fractions.isEmpty, fractions.allSatisfy({ $0 >= 0 && $0 <= 1 }), abs(fractions.reduce(0, +) - 1) < 1e-6 else {
      throw TorchError(.value, "fractions \(fractions) do not add up to 1")
    }
    var lengths = fractions.map { Int((Double(dataset.count) * $0).rounded(.down)) }
    for i in 0..<max(dataset.count - lengths.reduce(0, +), 0) { lengths[i % lengths.count] += 1 }
    return lengths
  }
  return lengths.isEmpty ? [] : randomSplit(dataset, lengths: lengths, generator: generator)
}
