import TorchOps

/// Raises the rate from a fraction of `maxLR` to `maxLR` and lowers it to almost nothing, once over the whole training, while
/// momentum goes the other way. `torch.optim.lr_scheduler.OneCycleLR`. Stepped after every batch.
/// Source: Smith and Topin, Super-Convergence, 2018.
public final class OneCycleLR: LRScheduler {
  /// How the rate goes from one end of a phase to the other.
  public enum AnnealStrategy: String, Sendable { case cos, linear }

  private struct Phase {
    let endStep: Double
    let startLR: String, endLR: String
    let startMomentum: String, endMomentum: String
  }

  private let phases: [Phase]
  private let annealStrategy: AnnealStrategy
  private let cycleMomentum: Bool

  /// - Parameters:
  ///   - totalSteps: the number of steps in the cycle (epochs times batches); a step beyond it is an error.
  ///   - pctStart: the part of the cycle in which the rate rises.
  ///   - cycleMomentum: whether momentum (Adam's first beta) goes from `maxMomentum` to `baseMomentum` and back.
  ///   - divFactor: `maxLR` over the first rate.
  ///   - finalDivFactor: the first rate over the last.
  ///   - threePhase: lowers the rate to the first one in as many steps as it rose, and only then to the last.
  public convenience init(
    _ optimizer: Optimizer, maxLR: Double, totalSteps: Int, pctStart: Double = 0.3, annealStrategy: AnnealStrategy = .cos,
    cycleMomentum: Bool = true, baseMomentum: Double = 0.85, maxMomentum: Double = 0.95, divFactor: Double = 25,
    finalDivFactor: Double = 1e4, threePhase: Bool = false
  ) {
    self.init(
      optimizer, maxLRs: optimizer.parameterGroups.map { _ in maxLR }, totalSteps: totalSteps, pctStart: pctStart,
      annealStrategy: annealStrategy, cycleMomentum: cycleMomentum, baseMomentum: baseMomentum, maxMomentum: maxMomentum,
      divFactor: divFactor, finalDivFactor: finalDivFactor, threePhase: threePhase)
  }

  /// With a rate for each group.
  public init(
    _ optimizer: Optimizer, maxLRs: [Double], totalSteps: Int, pctStart: Double = 0.3, annealStrategy: AnnealStrategy = .cos,
    cycleMomentum: Bool = true, baseMomentum: Double = 0.85, maxMomentum: Double = 0.95, divFactor: Double = 25,
    finalDivFactor: Double = 1e4, threePhase: Bool = false
  ) {
    self.annealStrategy = annealStrategy
    self.cycleMomentum = cycleMomentum
    let steps = Double(totalSteps)
    let up = Phase(
      endStep: pctStart * steps - 1, startLR: "initial_lr", endLR: "max_lr", startMomentum: "max_momentum", endMomentum: "base_momentum")
    phases =
      threePhase
      ? [
        up,
        Phase(
          endStep: 2 * pctStart * steps - 2, startLR: "max_lr", endLR: "initial_lr", startMomentum: "base_momentum",
          endMomentum: "max_momentum"),
        Phase(endStep: steps - 1, startLR: "initial_lr", endLR: "min_lr", startMomentum: "max_momentum", endMomentum: "max_momentum"),
      ]
      : [
        up, Phase(endStep: steps - 1, startLR: "max_lr", endLR: "min_lr", startMomentum: "base_momentum", endMomentum: "max_momentum"),
      ]
    for (group, top) in zip(optimizer.parameterGroups, maxLRs) {
      group.options["initial_lr"] = .double(top / divFactor)
      group.options["max_lr"] = .double(top)
      group.options["min_lr"] = .double(top / divFactor / finalDivFactor)
      guard cycleMomentum else { continue }
      group.options["max_momentum"] = .double(maxMomentum)
      group.options["base_momentum"] = .double(baseMomentum)
      group.setCycledMomentum(maxMomentum)
    }
    super.init(optimizer, options: ["total_steps": .int(totalSteps)])
    let complete: Bool = checked(false, "OneCycleLR") {
      try expect(totalSteps > 0, "totalSteps: expected at least 1, got \(totalSteps)")
      try expect((0...1).contains(pctStart), "pctStart: expected a number from 0 to 1, got \(pctStart)")
      try expect(maxLRs.count == optimizer.parameterGroups.count, "expected \(optimizer.parameterGroups.count) rates, one for each group")
      try expect(
        !cycleMomentum || optimizer.defaults["betas"] != nil || optimizer.defaults["momentum"] != nil,
        "the optimizer has neither momentum nor betas to cycle; pass cycleMomentum: false")
      return true
    }
    if complete { begin() }
  }

  public override func validate() throws {
    // The phases are made of it.
    let steps = Double(whole("total_steps"))
    try expect(phases.last?.endStep == steps - 1, "a cycle of \(Int(steps)) steps; this one has \(Int((phases.last?.endStep ?? 0) + 1))")
  }

  public override func nextLRs() -> [Double] {
    let within: Bool = checked(false, "OneCycleLR") {
      try expect(
        lastEpoch <= whole("total_steps"),
        "step \(lastEpoch) of a cycle of \(whole("total_steps")) steps; make the cycle as long as the training")
      return true
    }
    guard within else { return currentLRs }
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
          group.setCycledMomentum(anneal(group.number(phase.startMomentum), group.number(phase.endMomentum), part))
        }
        return anneal(group.number(phase.startLR), group.number(phase.endLR), part)
      }
      return group.lr
    }
  }

  private func anneal(_ start: Double, _ end: Double, _ part: Double) -> Double {
    switch annealStrategy {
    case .cos: end + (start - end) / 2 * (cosineOfPi(times: part) + 1)
    case .linear: (end - start) * part + start
    }
  }
}
