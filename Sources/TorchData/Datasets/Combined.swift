import TorchOps

/// Data sets one after the other. `torch.utils.data.ConcatDataset`.
public struct ConcatDataset<Base: Dataset>: Dataset {
  public let datasets: [Base]
  /// For each data set the number of samples up to its end.
  public let cumulativeSizes: [Int]
  public var count: Int { cumulativeSizes.last ?? 0 }

  /// Fails without data sets.
  public init(_ datasets: [Base]) {
    self.datasets = checked([], "ConcatDataset") {
      guard !datasets.isEmpty else { throw TorchError(.value, "expected at least one data set") }
      return datasets
    }
    var end = 0
    cumulativeSizes = datasets.map { dataset in
      end += dataset.count
      return end
    }
  }

  /// Which data set holds a position, and where in it.
  private func locate(_ index: Int) throws -> (dataset: Int, index: Int) {
    try checkIndex(index, count)
    var (low, high) = (0, cumulativeSizes.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if cumulativeSizes[middle] > index { high = middle } else { low = middle + 1 }
    }
    return (low, low == 0 ? index : index - cumulativeSizes[low - 1])
  }

  public subscript(index: Int) -> Base.Sample {
    get throws {
      let place = try locate(index)
      return try datasets[place.dataset][place.index]
    }
  }

  public func sample(at index: Int, rng: Generator) throws -> Base.Sample {
    let place = try locate(index)
    return try datasets[place.dataset].sample(at: place.index, rng: rng)
  }
}

extension Dataset {
  /// This data set followed by another. `Dataset.__add__`.
  public static func + (a: Self, b: Self) -> ConcatDataset<Self> { ConcatDataset([a, b]) }
}

extension ConcatDataset {
  /// These data sets followed by another.
  public static func + (a: Self, b: Base) -> Self { ConcatDataset(a.datasets + [b]) }
}

/// Data sets side by side: a sample is the tuple of the data sets' samples. `torch.utils.data.StackDataset`.
///
/// ```swift
/// let pairs = StackDataset(images, captions)   // samples (Tensor, String)
/// ```
public struct StackDataset<each Base: Dataset>: Dataset {
  private let parts: (repeat each Base)
  public let count: Int

  /// Fails unless all have the same number of samples.
  public init(_ datasets: repeat each Base) {
    parts = (repeat each datasets)
    var counts: [Int] = []
    for dataset in repeat each datasets { counts.append(dataset.count) }
    count = checked(0, "StackDataset") {
      guard let first = counts.first else { throw TorchError(.value, "expected at least one data set") }
      guard counts.allSatisfy({ $0 == first }) else {
        throw TorchError(.value, "expected data sets of equal size, got \(counts) samples")
      }
      return first
    }
  }

  public subscript(index: Int) -> (repeat (each Base).Sample) {
    get throws { (repeat try (each parts)[index]) }
  }

  public func sample(at index: Int, rng: Generator) throws -> (repeat (each Base).Sample) {
    (repeat try (each parts).sample(at: index, rng: rng))
  }
}

/// A data set whose samples are computed from another's: `dataset.mapped { image, rng in augment(image, rng) }`.
public struct MappedDataset<Base: Dataset, Sample>: Dataset {
  public let base: Base
  private let transform: @Sendable (Base.Sample, Generator) throws -> Sample
  public var count: Int { base.count }

  init(_ base: Base, _ transform: @escaping @Sendable (Base.Sample, Generator) throws -> Sample) {
    self.base = base
    self.transform = transform
  }

  /// The sample with random changes that depend on its position alone.
  public subscript(index: Int) -> Sample {
    get throws { try sample(at: index, rng: Generator(seed: UInt64(truncatingIfNeeded: index))) }
  }

  public func sample(at index: Int, rng: Generator) throws -> Sample {
    try transform(try base.sample(at: index, rng: rng), rng)
  }
}

extension Dataset {
  /// A data set whose samples are `transform` of these; it runs on the loader's workers, with the sample's own generator.
  public func mapped<New>(_ transform: @escaping @Sendable (Sample, Generator) throws -> New) -> MappedDataset<Self, New> {
    MappedDataset(self, transform)
  }
}
