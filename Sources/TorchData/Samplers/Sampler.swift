import TorchOps

/// Chooses the samples of an epoch and their order. `torch.utils.data.Sampler`.
public protocol Sampler: Sendable {
  /// The number of samples in an epoch.
  var count: Int { get }
  /// How the order depends on random numbers.
  var randomness: SamplerRandomness { get }
  /// The positions of an epoch (from 0), in order. The same state of the generator and the same epoch give the same positions.
  func indices(rng: Generator, epoch: Int) -> [Int]
}

/// Where a sampler's random numbers come from when a loader has no generator of its own.
public enum SamplerRandomness: Sendable {
  /// It draws none.
  case none
  /// From the default generator.
  case drawn
  /// From a generator with a seed that is drawn from the default one, as PyTorch's RandomSampler does.
  case seeded
}

/// 0, 1, 2, …. `torch.utils.data.SequentialSampler`.
public struct SequentialSampler: Sampler {
  public let count: Int
  public var randomness: SamplerRandomness { .none }

  public init(count: Int) { self.count = Swift.max(count, 0) }

  public func indices(rng: Generator, epoch: Int) -> [Int] { Array(0..<count) }
}

/// All positions in random order, or as many as wanted with replacement. `torch.utils.data.RandomSampler`.
public struct RandomSampler: Sampler {
  public let population: Int
  public let count: Int
  public let replacement: Bool
  public var randomness: SamplerRandomness { .seeded }

  /// - Parameter count: the number of samples in an epoch; the population when nil. Without replacement the order begins anew
  ///   where more are wanted than there are.
  public init(population: Int, count: Int? = nil, replacement: Bool = false) {
    self.population = Swift.max(population, 0)
    self.count = population > 0 ? Swift.max(count ?? population, 0) : 0
    self.replacement = replacement
  }

  public func indices(rng: Generator, epoch: Int) -> [Int] {
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
  public var randomness: SamplerRandomness { .drawn }

  public init(_ positions: [Int]) { self.positions = positions }

  public func indices(rng: Generator, epoch: Int) -> [Int] { rng.permutation(count).map { positions[$0] } }
}

/// Positions drawn with the given probabilities, up to a common factor. `torch.utils.data.WeightedRandomSampler`.
///
/// ```swift
/// // Each class is seen equally often.
/// let sampler = WeightedRandomSampler(labels.map { 1 / Double(frequency[$0]) }, count: labels.count)
/// ```
public struct WeightedRandomSampler: Sampler {
  public let weights: [Double]
  public let count: Int
  public let replacement: Bool
  public var randomness: SamplerRandomness { .drawn }

  /// Fails unless the weights are finite, not negative and not all zero and, without replacement, at least `count` are not zero.
  public init(_ weights: [Double], count: Int, replacement: Bool = true) {
    self.weights = weights
    self.replacement = replacement
    self.count = checked(0, "WeightedRandomSampler") {
      guard count > 0 else { throw TorchError(.value, "count: expected at least 1, got \(count)") }
      if let bad = weights.firstIndex(where: { !($0 >= 0 && $0.isFinite) }) {
        throw TorchError(.value, "weights: expected finite numbers of at least 0, got \(weights[bad]) at position \(bad)")
      }
      let possible = weights.lazy.filter { $0 > 0 }.count
      guard possible > 0 else { throw TorchError(.value, "weights: expected at least one above 0") }
      guard replacement || count <= possible else {
        throw TorchError(.value, "count: without replacement at most the \(possible) positions of weight above 0, got \(count)")
      }
      return count
    }
  }

  public func indices(rng: Generator, epoch: Int) -> [Int] {
    if count == 0 { return [] }
    return Tensor(weights, dtype: .float64).multinomial(count, replacement: replacement, generator: rng).array(as: Int.self)
  }
}

/// The part of the positions that one of several processes works on. `torch.utils.data.DistributedSampler`.
///
/// All processes cut the same order, which depends on `seed` and the epoch alone: process `rank` takes every `replicas`-th
/// position from `rank` on. Where the positions do not divide evenly, some come twice, or the rest is left out. The loader tells
/// the epoch; PyTorch's `set_epoch` is not needed.
public struct DistributedSampler: Sampler {
  public let population: Int
  public let replicas: Int
  public let rank: Int
  public let shuffle: Bool
  public let seed: UInt64
  public let dropLast: Bool
  public let count: Int
  public var randomness: SamplerRandomness { .none }

  /// Fails unless `rank` is one of 0 ..< `replicas`.
  public init(
    population: Int, replicas: Int, rank: Int, shuffle: Bool = true, seed: UInt64 = 0, dropLast: Bool = false
  ) {
    let valid = checked(false, "DistributedSampler") {
      guard replicas >= 1 else { throw TorchError(.value, "replicas: expected at least 1, got \(replicas)") }
      guard rank >= 0 && rank < replicas else {
        throw TorchError(.value, "rank: expected 0 to \(replicas - 1), got \(rank)")
      }
      return true
    }
    self.population = Swift.max(population, 0)
    self.replicas = valid ? replicas : 1
    self.rank = valid ? rank : 0
    self.shuffle = shuffle
    self.seed = seed
    self.dropLast = dropLast
    // With `dropLast` every process gets the same whole number.
    count = dropLast ? self.population / self.replicas : (self.population + self.replicas - 1) / self.replicas
  }

  public func indices(rng: Generator, epoch: Int) -> [Int] {
    let order =
      shuffle ? Generator(seed: seed &+ UInt64(truncatingIfNeeded: epoch)).permutation(population) : Array(0..<population)
    if order.isEmpty { return [] }
    // What is missing for the last round comes from the beginning, over and over if need be.
    return (0..<count).map { order[(rank + $0 * replicas) % population] }
  }
}
