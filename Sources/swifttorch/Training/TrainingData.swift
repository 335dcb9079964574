import Torch
import TorchReport
import TorchVision

/// The two splits that a run uses.
struct TrainingData {
  let training: MNISTDataset
  let test: MNISTDataset
  let folder: MNISTFolder

  /// Reads and checks both splits; throws naming the file and the cause.
  init(_ configuration: RunConfiguration, folder: MNISTFolder) throws {
    var examples = try folder.load(.train)
    let test = try folder.load(.test)
    guard test.height == examples.height, test.width == examples.width else {
      throw CommandFailure(
        "\(folder.path): the training images have \(examples.width)x\(examples.height) pixels, "
          + "the test images \(test.width)x\(test.height)")
    }
    if let limit = configuration.limit { examples = examples.prefix(limit) }
    training = MNISTDataset(
      examples, classNames: folder.classNames,
      augmentation: configuration.augment ? TrainingData.augmentation(for: folder) : .none)
    self.test = MNISTDataset(test, classNames: folder.classNames, normalization: training.normalization)
    self.folder = folder
  }

  /// Clothes are the same when mirrored; digits and letters are not.
  private static func augmentation(for folder: MNISTFolder) -> Augmentation {
    Augmentation(maximumShift: 2, mirrors: folder.classNames == MNISTFolder.fashionClassNames)
  }

  /// What tells other data from this: sizes, classes, and exact statistics of the training images.
  var fingerprint: JSONValue {
    [
      "images": .int(training.count), "height": .int(training.examples.height), "width": .int(training.examples.width),
      "mean": .double(training.normalization.mean), "standardDeviation": .double(training.normalization.standardDeviation),
      "testImages": .int(test.count), "classes": .array(folder.classNames.map { .string($0) }),
    ]
  }
}
