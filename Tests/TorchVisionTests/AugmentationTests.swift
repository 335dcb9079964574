import Testing
import Torch

@testable import TorchVision

/// Normalised, shifted and mirrored batches.
@Suite struct AugmentationTests {
  private static let height = 5
  private static let width = 4

  private func examples(_ count: Int) -> MNISTFolder.Examples {
    let size = Self.height * Self.width
    return MNISTFolder.Examples(
      count: count, height: Self.height, width: Self.width, pixels: (0..<count * size).map { UInt8(truncatingIfNeeded: $0 &* 37 + 11) },
      labels: (0..<count).map { UInt8($0 % 3) })
  }

  private func dataset(_ count: Int, _ augmentation: Augmentation = .none) throws -> MNISTDataset {
    // With this normalisation every number is its grey value.
    let identity = try ImageNormalization(mean: 0, standardDeviation: 1.0 / 255)
    return MNISTDataset(examples(count), classNames: ["a", "b", "c"], normalization: identity, augmentation: augmentation)
  }

  @Test func withoutChangesABatchHoldsTheNormalisedPixels() throws {
    let data = MNISTDataset(examples(6), classNames: ["a", "b", "c"])
    var generator = StreamGenerator(seed: 1)
    let batch = data.images(at: [4, 0, 4], using: &generator)
    #expect(batch.shape == [3, 1, Self.height, Self.width] && batch.dtype == .float32)
    let size = Self.height * Self.width
    let normalization = data.normalization
    var expected: [Float] = []
    for position in [4, 0, 4] {
      for pixel in data.examples.pixels[position * size..<(position + 1) * size] {
        let value: Double = Double(pixel) / 255 - normalization.mean
        expected.append(Float(value / normalization.standardDeviation))
      }
    }
    #expect(batch.array(as: Float.self) == expected)
    let labels = data.labels(at: [4, 0, 5])
    #expect(labels.dtype == .int64 && labels.array(as: Int.self) == [1, 0, 2])
  }

  @Test func theDefaultNormalisationGivesMeanZeroAndDeviationOne() throws {
    let data = MNISTDataset(examples(50), classNames: ["a", "b", "c"])
    var generator = StreamGenerator(seed: 1)
    let values = data.images(at: Array(0..<50), using: &generator).array(as: Double.self)
    let mean = values.reduce(0, +) / Double(values.count)
    let squares: [Double] = values.map { ($0 - mean) * ($0 - mean) }
    let variance = squares.reduce(0, +) / Double(values.count)
    #expect(abs(mean) < 1e-5 && abs(variance - 1) < 1e-5)
    // Of an image without contrast only the mean is taken off.
    let flat = ImageNormalization(of: UnsafeBufferPointer(start: nil, count: 0))
    #expect(flat.standardDeviation == 1)
    #expect(throws: VisionError.self) { try ImageNormalization(mean: 0, standardDeviation: 0) }
    #expect(throws: VisionError.self) { try ImageNormalization(mean: .nan, standardDeviation: 1) }
  }

  /// The change of one image, pixel by pixel, from its definition: mirror, then move, black where nothing came to lie.
  private func expected(_ pixels: ArraySlice<UInt8>, _ draw: Augmentation.Draw) -> [Float] {
    let source = Array(pixels)
    return (0..<Self.height * Self.width).map { index in
      let row = index / Self.width - draw.down
      var column = index % Self.width - draw.right
      guard (0..<Self.height).contains(row), (0..<Self.width).contains(column) else { return 0 }
      if draw.isMirrored { column = Self.width - 1 - column }
      return Float(source[row * Self.width + column])
    }
  }

  @Test func everyShiftAndMirrorIsAsDefined() throws {
    let data = try dataset(1)
    let table = data.normalization.table
    for down in -6...6 {
      for right in -6...6 {
        for isMirrored in [false, true] {
          let draw = Augmentation.Draw(down: down, right: right, isMirrored: isMirrored)
          var result = [Float](repeating: -1, count: Self.height * Self.width)
          draw.apply(data.examples.pixels, height: Self.height, width: Self.width, table: table, to: &result)
          let wanted = expected(data.examples.pixels[...], draw)
          #expect(zip(result, wanted).allSatisfy { abs($0 - $1) < 1e-3 }, "\(draw)")
        }
      }
    }
  }

  @Test func drawsDependOnTheGeneratorAloneAndReachEveryChange() throws {
    let augmentation = Augmentation(maximumShift: 2, mirrors: true)
    let data = try dataset(8, augmentation)
    func batch(_ seed: UInt64, _ stream: UInt64) -> [Float] {
      var generator = StreamGenerator(seed: seed, stream: stream)
      return data.images(at: Array(0..<8), using: &generator).array(as: Float.self)
    }
    #expect(batch(1, 2) == batch(1, 2))
    #expect(batch(1, 2) != batch(1, 3))
    #expect(batch(1, 2) != batch(2, 2))
    var generator = StreamGenerator(seed: 5)
    var seen: [String: Int] = [:]
    for _ in 0..<5000 {
      let draw = augmentation.draw(using: &generator)
      seen["\(draw.down) \(draw.right) \(draw.isMirrored)", default: 0] += 1
    }
    // 50 changes, each expected 100 times; the bounds are five standard deviations away.
    #expect(seen.count == 50 && seen.values.allSatisfy { (50...150).contains($0) }, "\(seen)")
  }

  @Test func aLoaderGivesTheSameBatchesWhateverTheWorkers() throws {
    let data = try dataset(20, Augmentation(maximumShift: 1, mirrors: true))
    func epochs(_ workers: Int) throws -> [[Float]] {
      let loader = DataLoader(data, batchSize: 6, shuffle: true, workers: workers, generator: Generator(seed: 3))
      return (0..<2).flatMap { _ in loader.map { $0.images.array(as: Float.self) + $0.labels.array(as: Float.self) } }
    }
    let plain = try epochs(0)
    #expect(plain.count == 8 && plain[0] != plain[4])
    #expect(try epochs(1) == plain)
    #expect(try epochs(3) == plain)
    #expect(throws: VisionError.self) { try data.batch(indices: [20], rng: Generator(seed: 1)) }
  }

  @Test func imagesBecomeTensors() throws {
    let image = try Image(width: 2, height: 1, channels: 3, pixels: [1, 2, 3, 4, 5, 6])
    let tensor = Tensor(image)
    #expect(tensor.shape == [3, 1, 2] && tensor.dtype == .uint8 && tensor.array(as: Int.self) == [1, 4, 2, 5, 3, 6])
    let half = try ImageNormalization(mean: 0.5, standardDeviation: 0.5)
    let gray = try Image(width: 2, height: 1, channels: 1, pixels: [0, 255])
    let batch = try Tensor(grayImages: [gray, gray.inverted()], normalization: half)
    #expect(batch.shape == [2, 1, 1, 2] && batch.array(as: Float.self) == [-1, 1, 1, -1])
    #expect(throws: VisionError.self) { try Tensor(grayImages: [], normalization: half) }
    #expect(throws: VisionError.self) { try Tensor(grayImages: [image], normalization: half) }
    let other = try Image(width: 1, height: 1, channels: 1, pixels: [0])
    #expect(throws: VisionError.self) { try Tensor(grayImages: [gray, other], normalization: half) }
  }

  @Test func aPrefixOfTheExamples() {
    let some = examples(6).prefix(4)
    #expect(some.count == 4 && some.labels == [0, 1, 2, 0] && some.pixels.count == 4 * Self.height * Self.width)
    #expect(examples(6).prefix(60).count == 6)
  }
}
