import Torch
import TorchReport

/// What a checkpoint holds beside the numbers: where training stands.
struct TrainingProgress {
  /// Steps taken since the beginning.
  var step = 0
  /// Loss and accuracy of the present epoch so far.
  var metrics = RunningMetrics()
  /// Seconds spent in training and evaluation, all sessions together.
  var seconds = 0.0
}

/// The content of a checkpoint: everything from which training goes on exactly as if it had not been interrupted.
enum TrainingCheckpoint {
  static let modelPrefix = "model."
  static let optimizerPrefix = "optimizer."
  static let generatorName = "random.default"

  private static let metadataPrefix = "model."

  /// What `model.safetensors` has as metadata, of a verified checkpoint.
  static func modelMetadata(of checkpoint: Checkpoint) -> [String: String] {
    var metadata: [String: String] = [:]
    for (key, value) in checkpoint.state where key.hasPrefix(metadataPrefix) {
      metadata[String(key.dropFirst(metadataPrefix.count))] = value
    }
    return metadata
  }

  /// The tensors to store: model, optimizer, and the state of the random generator.
  static func tensors(model: Module, optimizer: [(name: String, tensor: Tensor)]) -> [(name: String, tensor: Tensor)] {
    var tensors = model.stateDict().map { (name: modelPrefix + $0.name, tensor: $0.tensor) }
    for (name, tensor) in optimizer { tensors.append((optimizerPrefix + name, tensor)) }
    tensors.append((generatorName, Tensor(Generator.default.saveState())))
    return tensors
  }

  /// The texts to store.
  static func state(
    configuration: RunConfiguration, description: ModelDescription, progress: TrainingProgress, parts: [(String, String)]
  ) -> [String: String] {
    var state = ["configuration": configuration.json.text]
    for (key, value) in description.metadata { state[metadataPrefix + key] = value }
    let numbers: JSONValue = ["metrics": progress.metrics.json, "seconds": .double(progress.seconds)]
    state["progress"] = numbers.text
    for (name, text) in parts { state[name] = text }
    return state
  }

  /// Where training stands, of a checkpoint; throws ``CommandFailure`` naming the file when that is not told.
  static func progress(of checkpoint: Checkpoint) throws -> TrainingProgress {
    let json = try text("progress", of: checkpoint, JSONValue.init(parsing:))
    guard let metrics = RunningMetrics(json["metrics"]), let seconds = json["seconds"]?.doubleValue else {
      throw CommandFailure("\(checkpoint.path): its record of the progress is not complete")
    }
    return TrainingProgress(step: checkpoint.step, metrics: metrics, seconds: seconds)
  }

  /// The settings that a checkpoint was saved with.
  static func configuration(of checkpoint: Checkpoint) throws -> RunConfiguration {
    try RunConfiguration(text("configuration", of: checkpoint, JSONValue.init(parsing:)), path: checkpoint.path)
  }

  /// A text of a checkpoint, converted; throws ``CommandFailure`` naming the file when it is missing or not usable.
  static func text<T>(_ name: String, of checkpoint: Checkpoint, _ convert: (String) throws -> T) throws -> T {
    guard let text = checkpoint.state[name] else {
      throw CommandFailure("\(checkpoint.path): a checkpoint, but not of `swifttorch train`: it has no \"\(name)\"")
    }
    do { return try convert(text) } catch {
      throw CommandFailure("\(checkpoint.path): its \"\(name)\" is not usable: \(oneLine(error))")
    }
  }
}
