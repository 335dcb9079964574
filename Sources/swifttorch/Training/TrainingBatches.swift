import FoundationEssentials
import Torch
import TorchVision

/// The batches of a run, in an order and with changes that follow from its seed.
final class TrainingBatches {
  private let loader: DataLoader<LabeledImages>

  private static let stateText = "loader"

  /// Batches of the training images. A last batch that is not full is left out, unless it is the only one.
  init(_ data: MNISTDataset, _ configuration: RunConfiguration) throws {
    loader = try withTorchErrors {
      DataLoader(
        data, batchSize: configuration.batchSize, shuffle: true, dropLast: data.count >= configuration.batchSize,
        workers: configuration.workers, generator: Generator(seed: UInt64(configuration.seed)))
    }
    imagesPerEpoch = loader.dropLast ? loader.count * configuration.batchSize : data.count
  }

  /// The number of batches of an epoch, at least 1.
  var countPerEpoch: Int { loader.count }
  /// The number of images in the batches of an epoch.
  let imagesPerEpoch: Int

  /// Calls `body` with the batches that are left of the epoch in progress, or with those of the next epoch.
  func forEach(_ body: (LabeledImages) throws -> Void) throws {
    let iterator = loader.makeIterator()
    while let batch = try iterator.nextBatch() { try body(batch) }
  }

  /// Where the loader stands, for a checkpoint.
  func text() throws -> (String, String) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return (TrainingBatches.stateText, String(decoding: try encoder.encode(loader.state()), as: UTF8.self))
  }

  /// Goes on where a checkpoint stood after `step` steps; throws ``CommandFailure`` naming its file when it does not fit.
  func load(_ checkpoint: Checkpoint) throws {
    let state = try TrainingCheckpoint.text(TrainingBatches.stateText, of: checkpoint) { text in
      try JSONDecoder().decode(LoaderState.self, from: Data(text.utf8))
    }
    guard state.epoch * countPerEpoch + state.position == checkpoint.step else {
      throw CommandFailure(
        "\(checkpoint.path): was saved at step \(checkpoint.step), but its loader stands at batch \(state.position) of epoch "
          + "\(state.epoch + 1)")
    }
    do { try loader.restore(state) } catch { throw CommandFailure("\(checkpoint.path): \(oneLine(error))") }
  }
}
