import Torch
import TorchReport
import TorchVision

/// A network and what is needed to use it.
struct ImageClassifier {
  let description: ModelDescription
  let model: Module

  /// Height and width of the images that the fully connected layers of mlp and cnn are made for.
  private static let fixedSide = 28

  /// A network with fresh weights, drawn from the default generator.
  init(_ description: ModelDescription) throws {
    self.description = description
    let classes = description.classNames.count
    let fixed = ImageClassifier.fixedSide
    guard description.kind == .resnet || (description.height == fixed && description.width == fixed) else {
      throw CommandFailure(
        "the model \"\(description.kind.rawValue)\" takes images of \(fixed)x\(fixed) pixels, "
          + "not \(description.width)x\(description.height); resnet takes any size")
    }
    model = try withTorchErrors {
      switch description.kind {
      case .mlp: MLP(classes: classes, dropout: description.dropout)
      case .cnn: ConvNet(classes: classes, dropout: description.dropout)
      case .resnet: SmallResNet(classes: classes, dropout: description.dropout)
      }
    }
    // Convolutions run faster on images whose channels lie side by side.
    if description.kind != .mlp { try withTorchErrors { _ = model.to(memoryFormat: .channelsLast) } }
  }

  /// Puts weights into the network; throws ``CommandFailure`` naming the file they come from when they do not fit.
  func load(_ weights: [(name: String, tensor: Tensor)], path: String) throws {
    do {
      try model.loadStateDict(StateDict(weights.map { ($0.name, $0.tensor) }))
    } catch {
      throw CommandFailure("\(path): does not fit the model \"\(description.kind.rawValue)\": \(oneLine(error))")
    }
  }

  /// The scores of a batch of sizes (images, 1, height, width), as sizes (images, classes).
  func callAsFunction(_ images: Tensor) -> Tensor {
    model(description.kind == .mlp ? images : images.to(memoryFormat: .channelsLast))
  }

  /// Writes `model.safetensors`.
  func save(to path: String) throws {
    try saveSafetensors(Array(model.stateDict()), to: path, metadata: description.metadata)
  }
}

extension ImageClassifier {
  /// A trained model and a remark about where it comes from, if there is one to make.
  struct Loaded {
    let classifier: ImageClassifier
    let path: String
    let remark: String?
  }

  /// Reads a model: a file, or the folder of a run, of which an unfinished one gives its newest checkpoint.
  ///
  /// Throws ``CommandFailure`` or a file's error, naming the file and the cause.
  static func load(_ path: String) throws -> Loaded {
    guard exists(path) else {
      throw CommandFailure("\(path): no such model; train one with `swifttorch train`, or name a folder or file of weights")
    }
    guard isDirectory(path) else { return try load(file: path, remark: nil) }
    let weights = RunDirectory.modelPath(path)
    if exists(weights) { return try load(file: weights, remark: nil) }
    let store = CheckpointStore(directory: RunDirectory.checkpointsPath(path))
    let latest = try store.latestValid()
    guard let checkpoint = latest.checkpoint else {
      throw CommandFailure((["\(path): the folder holds no model.safetensors and no usable checkpoint"] + latest.messages).joined(separator: "; "))
    }
    let remark = "\(path): training is not finished; this is the checkpoint of step \(checkpoint.step)"
    return try load(file: checkpoint.path, remark: (latest.messages + [remark]).joined(separator: "\n"))
  }

  private static func load(file path: String, remark: String?) throws -> Loaded {
    let file = try SafetensorsFile(path)
    let isCheckpoint = file.metadata["checkpoint.format"] != nil
    // A checkpoint is verified by its checksum when it is opened as one.
    let checkpoint = isCheckpoint ? try Checkpoint(path) : nil
    let metadata = checkpoint.map { TrainingCheckpoint.modelMetadata(of: $0) } ?? file.metadata
    let description = try ModelDescription(metadata: metadata, path: path)
    let classifier: ImageClassifier
    do { classifier = try ImageClassifier(description) } catch {
      throw CommandFailure("\(path): \(oneLine(error))")
    }
    try classifier.load(file.loadTensors(prefix: isCheckpoint ? TrainingCheckpoint.modelPrefix : ""), path: path)
    classifier.model.eval()
    return Loaded(classifier: classifier, path: path, remark: remark)
  }
}
