import Torch

/// Images and their classes.
public struct LabeledImages: Sendable {
  /// float32 of sizes (images, 1, height, width).
  public let images: Tensor
  /// int64, one class number for each image.
  public let labels: Tensor
}

/// One split of a data set in MNIST's format, in memory, handing out batches of normalised images and labels:
///
/// ```swift
/// let folder = try MNISTFolder()
/// let data = MNISTDataset(try folder.load(.train), classNames: folder.classNames)
/// for batch in DataLoader(data, batchSize: 128, shuffle: true, workers: 1) { train(batch.images, batch.labels) }
/// ```
public final class MNISTDataset: BatchDataset {
  /// The grey values and labels.
  public let examples: MNISTFolder.Examples
  /// The name of each class, by label.
  public let classNames: [String]
  /// How grey values become numbers.
  public let normalization: ImageNormalization
  /// How images are changed at random; not at all by default.
  public let augmentation: Augmentation
  private let table: [Float]

  /// A split that has been read.
  ///
  /// - Parameters:
  ///   - examples: the images and labels.
  ///   - classNames: the name of each class, by label.
  ///   - normalization: how grey values become numbers; by default what the examples themselves call for. Test splits take
  ///     the training split's.
  ///   - augmentation: random changes, drawn anew for each batch.
  public init(
    _ examples: MNISTFolder.Examples, classNames: [String], normalization: ImageNormalization? = nil,
    augmentation: Augmentation = .none
  ) {
    self.examples = examples
    self.classNames = classNames
    self.normalization = normalization ?? examples.pixels.withUnsafeBufferPointer { ImageNormalization(of: $0) }
    self.augmentation = augmentation
    table = self.normalization.table
  }

  /// The number of images.
  public var count: Int { examples.count }

  /// Images as a float32 tensor of sizes (images, 1, height, width), changed at random and normalised in one pass.
  ///
  /// The positions must be within `0..<count`. The random numbers are drawn image by image, in order.
  public func images(at positions: [Int], using generator: inout some RandomNumberGenerator) -> Tensor {
    let size = examples.height * examples.width
    let values = [Float](unsafeUninitializedCapacity: positions.count * size) { target, filled in
      examples.pixels.withUnsafeBufferPointer { pixels in
        table.withUnsafeBufferPointer { table in
          for (index, position) in positions.enumerated() {
            precondition((0..<count).contains(position), "image position \(position) is out of range 0..<\(count)")
            augmentation.draw(using: &generator).apply(
              pixels.baseAddress! + position * size, height: examples.height, width: examples.width, table: table.baseAddress!,
              to: target.baseAddress! + index * size)
          }
        }
      }
      filled = positions.count * size
    }
    return Tensor(values, shape: [positions.count, 1, examples.height, examples.width])
  }

  /// Images and labels for a ``DataLoader``; one number from `rng` is the seed of the random changes.
  ///
  /// Throws ``VisionError`` when a position is outside of `0..<count`.
  public func batch(indices: [Int], rng: Generator) throws -> LabeledImages {
    if let bad = indices.first(where: { !(0..<count).contains($0) }) {
      throw VisionError(.invalidArgument, path: "", "image position \(bad) is out of range 0..<\(count)")
    }
    let seed = Tensor.empty([], dtype: .int64).random_(generator: rng).item(as: Int.self)
    var generator = StreamGenerator(seed: UInt64(bitPattern: Int64(seed)))
    return LabeledImages(images: images(at: indices, using: &generator), labels: labels(at: indices))
  }

  /// The labels as an int64 tensor of one dimension; the positions must be within `0..<count`.
  public func labels(at positions: [Int]) -> Tensor {
    Tensor(positions.map { Int(examples.labels[$0]) })
  }
}

extension MNISTFolder.Examples {
  /// The first `limit` examples, or all of them where there are fewer. `limit` must be positive.
  public func prefix(_ limit: Int) -> Self {
    precondition(limit > 0, "limit is \(limit); expected at least one example")
    guard limit < count else { return self }
    return Self(
      count: limit, height: height, width: width, pixels: Array(pixels[..<(limit * height * width)]), labels: Array(labels[..<limit]))
  }
}
