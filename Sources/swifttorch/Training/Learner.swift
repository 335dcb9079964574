import Torch
import TorchReport

/// An optimizer with its learning-rate schedule.
final class Learner {
  private let optimizer: Optimizer
  private let scheduler: LRScheduler?

  private static let optimizerText = "optimizer"
  private static let schedulerText = "scheduler"

  /// The optimizer and schedule that the settings ask for; `totalSteps` is the length of the whole training.
  init(_ model: Module, _ configuration: RunConfiguration, totalSteps: Int) throws {
    let groups = Learner.groups(model)
    let rate = configuration.learningRate
    let decay = configuration.weightDecay
    (optimizer, scheduler) = try withTorchErrors {
      let optimizer: Optimizer =
        switch configuration.optimizer {
        case .sgd: SGD(groups: groups, lr: rate, momentum: 0.9, weightDecay: decay)
        case .adam: Adam(groups: groups, lr: rate, weightDecay: decay)
        case .adamw: AdamW(groups: groups, lr: rate, weightDecay: decay)
        }
      let scheduler: LRScheduler? =
        switch configuration.schedule {
        case .onecycle: OneCycleLR(optimizer, maxLR: rate, totalSteps: totalSteps)
        case .cosine: CosineAnnealingLR(optimizer, tMax: totalSteps)
        case .none: nil
        }
      return (optimizer, scheduler)
    }
  }

  /// Weights decay; biases, scales and shifts, which have one dimension, do not.
  private static func groups(_ model: Module) -> [ParameterGroup] {
    let parameters = model.parameters()
    return [
      ParameterGroup(parameters.filter { $0.rank > 1 }), ParameterGroup(parameters.filter { $0.rank <= 1 }, weightDecay: 0),
    ]
  }

  /// The learning rate of the next step.
  var learningRate: Double { optimizer.parameterGroups[0].lr }

  func zeroGrad() { optimizer.zeroGrad() }

  /// Changes the parameters and moves on in the schedule.
  func step() {
    optimizer.step()
    scheduler?.step()
  }

  /// What a checkpoint holds of optimizer and schedule, beside the tensors.
  var texts: [(String, String)] {
    var texts = [(Learner.optimizerText, StateArchive.split(optimizer.stateDict()).json.text)]
    if let scheduler { texts.append((Learner.schedulerText, StateArchive.split(scheduler.stateDict()).json.text)) }
    return texts
  }

  /// The tensors of the optimizer.
  var tensors: [(name: String, tensor: Tensor)] { StateArchive.split(optimizer.stateDict()).tensors }

  /// Goes on where a checkpoint stood; throws ``CommandFailure`` naming its file when it does not fit.
  func load(_ checkpoint: Checkpoint) throws {
    let loaded = try checkpoint.file.loadTensors(prefix: TrainingCheckpoint.optimizerPrefix)
    let tensors = Dictionary(loaded.map { ($0.name, $0.tensor) }) { first, _ in first }
    func tree(_ name: String) throws -> StateValue {
      try TrainingCheckpoint.text(name, of: checkpoint) { try StateArchive.join(JSONValue(parsing: $0), tensors: tensors) }
    }
    let optimizerState = try tree(Learner.optimizerText)
    let schedulerState = try scheduler == nil ? nil : tree(Learner.schedulerText)
    do {
      // The schedule first: the optimizer's state holds the rates that it has set.
      if let schedulerState { try scheduler?.loadStateDict(schedulerState) }
      try optimizer.loadStateDict(optimizerState)
    } catch {
      throw CommandFailure("\(checkpoint.path): \(oneLine(error))")
    }
  }
}
