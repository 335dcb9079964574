import TorchOps

/// Raises the rate from a fraction of `maxLR` to `maxLR` and lowers it to almost nothing, once over the whole training, while
/// momentum goes the other way. `torch.optim.lr_scheduler.OneCycleLR`. Stepped after every batch.
public final class OneCycleLR: LRScheduler {
  /// How the rate goes from one end of a phase to the other.
  public enum Annealing: String, Sendable { case cosine = "cos", linear }

  /// The number of steps in the cycle; a step beyond it is an error.
  public let totalSteps: Int
  public let annealing: Annealing
  public let cycleMomentum: Bool

  private struct Phase {
    let endStep: Double
    let startLR: String, endLR: String
    let startMomentum: String, endMomentum: String
  }

  private let phases: [Phase]

  /// - Parameters:
  ///   - warmUpFraction: the part of the cycle in which the rate rises. PyTorch's `pct_start`.
  ///   - cycleMomentum: whether momentum (Adam's first beta) goes from `maxMomentum` to `baseMomentum` and back.
  ///   - divFactor: `maxLR` over the first rate.
  ///   - finalDivFactor: the first rate over the last.
  ///   - threePhase: lowers the rate to the first one in as many steps as it rose, and only then to the last.
  public init(
    _ optimizer: Optimizer, maxLR: Double, totalSteps: Int, warmUpFraction: Double = 0.3, annealing: Annealing = .cosine,
    cycleMomentum: Bool = true, baseMomentum: Double = 0.85, maxMomentum: Double = 0.95, divFactor: Double = 25,
    finalDivFactor: Double = 1e4, threePhase: Bool = false
  ) {
    let steps = require(totalSteps > 0, "OneCycleLR", "totalSteps: expected at least 1, got \(totalSteps)") ? totalSteps : 1
    let fraction =
      require(
        warmUpFraction >= 0 && warmUpFraction <= 1, "OneCycleLR",
        "warmUpFraction: expected a number from 0 to 1, got \(warmUpFraction)") ? warmUpFraction : 0.3
    let hasMomentum = optimizer.defaults["momentum"] != nil || optimizer.defaults["betas"] != nil
    self.totalSteps = steps
    self.annealing = annealing
    self.cycleMomentum =
      cycleMomentum
      && require(hasMomentum, "OneCycleLR", "the optimizer has neither momentum nor betas to cycle; pass cycleMomentum: false")
    let rise = fraction * Double(steps) - 1
    let up = Phase(
      endStep: rise, startLR: "initial_lr", endLR: "max_lr", startMomentum: "max_momentum", endMomentum: "base_momentum")
    if threePhase {
      phases = [
        up,
        Phase(
          endStep: 2 * fraction * Double(steps) - 2, startLR: "max_lr", endLR: "initial_lr", startMomentum: "base_momentum",
          endMomentum: "max_momentum"),
        Phase(
          endStep: Double(steps - 1), startLR: "initial_lr", endLR: "min_lr", startMomentum: "max_momentum",
          endMomentum: "max_momentum"),
      ]
    } else {
      phases = [
        up,
        Phase(
          endStep: Double(steps - 1), startLR: "max_lr", endLR: "min_lr", startMomentum: "base_momentum",
          endMomentum: "max_momentum"),
      ]
    }
    for group in optimizer.parameterGroups {
      group.options["initial_lr"] = .double(maxLR / divFactor)
      group.options["max_lr"] = .double(maxLR)
      group.options["min_lr"] = .double(maxLR / divFactor / finalDivFactor)
      guard self.cycleMomentum else { continue }
      group.options["max_momentum"] = .double(maxMomentum)
      group.options["base_momentum"] = .double(baseMomentum)
      OneCycleLR.setMomentum(maxMomentum, of: group)
    }
    super.init(optimizer)
    update()
  }

  public override func nextLRs() -> [Double] {
    let within = require(
      lastEpoch <= totalSteps, "OneCycleLR",
      "step \(lastEpoch) of a cycle of \(totalSteps) steps; make the cycle as long as the training")
    guard within else { return optimizer.parameterGroups.map(\.lr) }
    return optimizer.parameterGroups.map { group in
      var start = 0.0
      for (i, phase) in phases.enumerated() {
        guard Double(lastEpoch) <= phase.endStep || i == phases.count - 1 else {
          start = phase.endStep
          continue
        }
        // A phase without length is at its end.
        let length = phase.endStep - start
        let part = length == 0 ? 1 : (Double(lastEpoch) - start) / length
        if cycleMomentum {
          OneCycleLR.setMomentum(
            anneal(group.number(phase.startMomentum), group.number(phase.endMomentum), part), of: group)
        }
        return anneal(group.number(phase.startLR), group.number(phase.endLR), part)
      }
      return group.lr
    }
  }

  private func anneal(_ start: Double, _ end: Double, _ part: Double) -> Double {
    switch annealing {
    case .cosine: end + (start - end) / 2 * (cosineOfPi(times: part) + 1)
    case .linear: (end - start) * part + start
    }
  }

  private static func setMomentum(_ value: Double, of group: ParameterGroup) {
    if group.options["betas"] != nil { group.betas = (value, group.betas.1) } else { group.momentum = value }
  }

  public override func extraState() -> [String: StateValue] { ["total_steps": .int(totalSteps)] }

  public override func loadExtraState(_ state: StateValue) throws {
    let steps = try StateReader(state, "scheduler state").int("total_steps")
    guard steps == totalSteps else {
      throw TorchError(.value, "scheduler state: a cycle of \(steps) steps; this one has \(totalSteps)")
    }
  }
}
