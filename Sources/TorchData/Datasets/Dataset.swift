import TorchOps

/// Samples that are read one by one. `torch.utils.data.Dataset`.
///
/// Samples are read on several threads at once, so that a data set is `Sendable`.
public protocol Dataset<Sample>: Sendable {
  associatedtype Sample

  /// The number of samples.
  var count: Int { get }
  /// The sample at a position of `0..<count`.
  subscript(index: Int) -> Sample { get throws }
  /// The sample at a position, with random changes drawn from `rng`. A ``DataLoader`` calls this, with a generator that depends
  /// on its seed, the epoch and the sample's place in it alone. Reads the sample plainly unless a data set says otherwise.
  func sample(at index: Int, rng: Generator) throws -> Sample
}

extension Dataset {
  public func sample(at index: Int, rng: Generator) throws -> Sample { try self[index] }
}

/// Samples that are read a batch at a time, such as images in memory that become one normalised tensor in one pass.
public protocol BatchDataset<Batch>: Sendable {
  associatedtype Batch: Sendable

  /// The number of samples.
  var count: Int { get }
  /// The batch of the samples at these positions of `0..<count`, with random changes drawn from `rng`, which depends on the
  /// loader's seed, the epoch and the batch's place in it alone.
  func batch(indices: [Int], rng: Generator) throws -> Batch
}

func checkIndex(_ index: Int, _ count: Int) throws {
  guard index >= 0 && index < count else {
    throw TorchError(.index, "sample \(index) is out of range for \(count) samples")
  }
}
