import CTorchKernels
import TorchOps

/// Chooses the samples of an epoch and their order. `torch.utils.data.Sampler`.
public protocol Sampler: Sendable {
  /// The number of samples in an epoch.
  var count: Int { get }
  /// Whether the order is drawn from the generator.
  var isRandom: Bool { get }
  /// The positions of an epoch, in order. The same state of the generator gives the same positions.
  func indices(rng: Generator) -> [Int]
}

/// 0, 1, 2, …. `torch.utils.data.SequentialSampler`.
public struct SequentialSampler: Sampler {
  public let count: Int
  public var isRandom: Bool { false }

  public init(count: Int) { self.count = Swift.max(count, 0) }

  public func indices(rng: Generator) -> [Int] { Array(0..<count) }
}

/// All positions in random order, or as many as wanted with replacement. `torch.utils.data.RandomSampler`.
public struct RandomSampler: Sampler {
  public let population: Int
  public let count: Int
  public let replacement: Bool
  public var isRandom: Bool { true }

  /// - Parameter count: the number of samples in an epoch; the population when nil. Without replacement the order begins anew
  ///   where more are wanted than there are.
  public init(population: Int, count: Int? = nil, replacement: Bool = false) {
    self.population = Swift.max(population, 0)
    self.count = population > 0 ? Swift.max(count ?? population, 0) : 0
    self.replacement = replacement
  }

  public func indices(rng: Generator) -> [Int] {
    if count == 0 { return [] }
    if replacement { return rng.integers(below: population, count: count) }
    var order: [Int] = []
    for _ in 0..<count / population { order += rng.permutation(population) }
    // Drawn even where nothing of it is used, as PyTorch does.
    return order + rng.permutation(population).prefix(count % population)
  }
}

/// The given positions in random order. `torch.utils.data.SubsetRandomSampler`.
public struct SubsetRandomSampler: Sampler {
  public let positions: [Int]
  public var count: Int { positions.count }
  public var isRandom: Bool { true }

  public init(_ positions: [Int]) { self.positions = positions }

  public func indices(rng: Generator) -> [Int] { rng.permutation(count).map { positions[$0] } }
}

/// Cuts an order into batches. `torch.utils.data.BatchSampler`.
public struct BatchSampler: Sendable {
  public let batchSize: Int
  /// Whether a last batch that is not full is left out.
  public let dropLast: Bool

  /// Fails unless `batchSize` is at least 1.
  public init(batchSize: Int, dropLast: Bool = false) {
    self.batchSize = checked(1, "BatchSampler") {
      guard batchSize >= 1 else { throw TorchError(.value, "batchSize: expected at least 1, got \(batchSize)") }
      return batchSize
    }
    self.dropLast = dropLast
  }

  /// The number of batches that `count` samples make.
  public func batchCount(_ count: Int) -> Int { dropLast ? count / batchSize : (count + batchSize - 1) / batchSize }

  /// Where batch `number` lies in an order of `count` samples.
  public func range(_ number: Int, of count: Int) -> Range<Int> {
    number * batchSize..<Swift.min((number + 1) * batchSize, count)
  }
}

extension Generator {
  /// 0 ..< n in random order: `torch.randperm`.
  func permutation(_ n: Int) -> [Int] {
    var order = [Int64](repeating: 0, count: n)
    order.withUnsafeMutableBufferPointer { buffer in
      guard let out = buffer.baseAddress else { return }
      nonisolated(unsafe) let target = out
      withState { torch_random_permutation($0, Int64(n), target) }
    }
    return order.map(Int.init)
  }

  /// `torch.randint(high, (count,))`.
  func integers(below high: Int, count: Int) -> [Int] {
    var values = [Int64](repeating: 0, count: count)
    values.withUnsafeMutableBufferPointer { buffer in
      guard let out = buffer.baseAddress else { return }
      nonisolated(unsafe) let target = out
      _ = withState { torch_random_integers($0, Int32(DType.int64.rawValue), Int64(count), target, 0, UInt64(high)) }
    }
    return values.map(Int.init)
  }

  /// A seed for another generator: `torch.empty((), dtype=torch.int64).random_()`.
  func drawSeed() -> UInt64 {
    var seed: Int64 = 0
    withUnsafeMutablePointer(to: &seed) { out in
      nonisolated(unsafe) let target = out
      _ = withState { torch_random_integers_full($0, Int32(DType.int64.rawValue), 1, target) }
    }
    return UInt64(bitPattern: seed)
  }
}
