import TorchOps

/// Chooses the samples of each batch of an epoch: batches of similar lengths, of one class, of varying size.
public protocol BatchSampling: Sendable {
  /// The number of batches in an epoch.
  var count: Int { get }
  /// How the order depends on random numbers.
  var randomness: SamplerRandomness { get }
  /// The positions of an epoch, batch by batch. The same state of the generator and the same epoch give the same batches.
  func batches(rng: Generator, epoch: Int) -> [[Int]]
}

/// Cuts a sampler's order into batches of equal size. `torch.utils.data.BatchSampler`.
public struct BatchSampler: BatchSampling {
  public let sampler: any Sampler
  public let batchSize: Int
  /// Whether a last batch that is not full is left out.
  public let dropLast: Bool

  public var count: Int { dropLast ? sampler.count / batchSize : (sampler.count + batchSize - 1) / batchSize }
  public var randomness: SamplerRandomness { sampler.randomness }

  /// Fails unless `batchSize` is at least 1.
  public init(_ sampler: any Sampler, batchSize: Int, dropLast: Bool = false) {
    self.sampler = sampler
    self.batchSize = BatchSampler.checkedSize(batchSize)
    self.dropLast = dropLast
  }

  static func checkedSize(_ batchSize: Int) -> Int {
    checked(1, "BatchSampler") {
      guard batchSize >= 1 else { throw TorchError(.value, "batchSize: expected at least 1, got \(batchSize)") }
      return batchSize
    }
  }

  public func batches(rng: Generator, epoch: Int) -> [[Int]] {
    let order = sampler.indices(rng: rng, epoch: epoch)
    return (0..<count).map { number in Array(order[number * batchSize..<Swift.min((number + 1) * batchSize, order.count)]) }
  }
}
