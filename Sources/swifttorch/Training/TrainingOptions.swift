import ArgumentParser
import Torch

/// The settings as they stand on the command line: nil where an option is not given, so that a resumed run can tell what was
/// asked for from what is merely the default.
struct TrainingOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Folder of IDX files in MNIST's format. (default: Fashion-MNIST as Debian installs it)", valueName: "dir"))
  var data: String?

  @Option(help: "Network: mlp, cnn or resnet. (default: cnn)")
  var model: ModelKind?

  @Option(help: "Passes over the training images. (default: 7)")
  var epochs: Int?

  @Option(help: "Images per step. (default: 128)")
  var batchSize: Int?

  @Option(help: "Learning rate; the highest one with a schedule. (default: 0.003, 0.1 for sgd)")
  var lr: Double?

  @Option(help: "Optimizer: sgd (with momentum 0.9), adam or adamw. (default: adamw)")
  var optimizer: OptimizerKind?

  @Option(help: "Learning-rate schedule: onecycle, cosine or none. (default: onecycle)")
  var schedule: ScheduleKind?

  @Option(help: "Weight decay. (default: 0.05 for adamw, 0.0005 for sgd, 0 for adam)")
  var weightDecay: Double?

  @Option(help: "Share of activations dropped in training. (default: 0.25 for cnn, 0.2 for mlp, 0 for resnet)")
  var dropout: Double?

  @Option(help: "Seed of initialisation, order, augmentation and dropout. (default: 0)")
  var seed: Int?

  @Option(help: "Threads that compute. (default: one per core)")
  var threads: Int?

  @Option(help: "Threads that prepare batches; 0 prepares them between the steps. (default: 1)")
  var workers: Int?

  @Option(help: ArgumentHelp("Steps between two checkpoints; there is one after every epoch, too. (default: 200)", valueName: "steps"))
  var checkpointEvery: Int?

  @Option(help: "Use only the first so many training images, for quick trials.")
  var limit: Int?

  @Flag(help: "Train on the images as they are, without random shifts and mirroring.")
  var noAugment = false

  /// The settings of a new run on the data in `folder`: what was asked for, else the defaults. Throws ``CommandFailure`` naming
  /// the option that has an impossible value.
  func configuration(folder: String) throws -> RunConfiguration {
    var result = RunConfiguration(data: folder)
    if let model { result.model = model }
    if let epochs { result.epochs = epochs }
    if let batchSize { result.batchSize = batchSize }
    if let optimizer { result.optimizer = optimizer }
    result.learningRate = lr ?? result.optimizer.defaultLearningRate
    if let schedule { result.schedule = schedule }
    result.weightDecay = weightDecay ?? result.optimizer.defaultWeightDecay
    result.dropout = dropout ?? result.model.defaultDropout
    if let seed { result.seed = seed }
    result.threads = threads ?? numThreads
    if let workers { result.workers = workers }
    if let checkpointEvery { result.checkpointEvery = checkpointEvery }
    result.limit = limit
    result.augment = !noAugment
    try result.validate { "\($0.option) \($1)" }
    return result
  }

  /// The settings of a run that goes on: the recorded ones, with the new folder, workers and checkpoint interval where given,
  /// since these leave the result as it is. Throws ``CommandFailure`` naming the first option that contradicts the record.
  func resumed(_ recorded: RunConfiguration, directory: String) throws -> RunConfiguration {
    func agree<T: Equatable>(_ wanted: T?, _ old: T, _ option: String) throws {
      guard let wanted, wanted != old else { return }
      throw CommandFailure.usage(
        "\(option) \(wanted) differs from the run in \(directory), which was started with \(option) \(old); "
          + "leave the option out, or start a new run with another --output")
    }
    // What is impossible is told as such, not as a difference.
    _ = try configuration(folder: recorded.data)
    try agree(model?.rawValue, recorded.model.rawValue, "--model")
    try agree(epochs, recorded.epochs, "--epochs")
    try agree(batchSize, recorded.batchSize, "--batch-size")
    try agree(lr, recorded.learningRate, "--lr")
    try agree(optimizer?.rawValue, recorded.optimizer.rawValue, "--optimizer")
    try agree(schedule?.rawValue, recorded.schedule.rawValue, "--schedule")
    try agree(weightDecay, recorded.weightDecay, "--weight-decay")
    try agree(dropout, recorded.dropout, "--dropout")
    try agree(seed, recorded.seed, "--seed")
    try agree(threads, recorded.threads, "--threads")
    if limit != nil, limit != recorded.limit {
      guard let old = recorded.limit else {
        throw CommandFailure.usage("--limit \(limit!) differs from the run in \(directory), which was started without --limit")
      }
      try agree(limit, old, "--limit")
    }
    if noAugment, recorded.augment {
      throw CommandFailure.usage("--no-augment differs from the run in \(directory), which was started with augmentation")
    }
    var result = recorded
    if let data { result.data = data }
    if let workers { result.workers = workers }
    if let checkpointEvery { result.checkpointEvery = checkpointEvery }
    return result
  }
}
