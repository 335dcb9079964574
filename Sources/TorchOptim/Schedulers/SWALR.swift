import TorchOps

/// Moves the rates to `swaLR` in `annealEpochs` steps and keeps them there: the schedule of weight averaging.
/// `torch.optim.swa_utils.SWALR`. Source: Izmailov et al., Averaging Weights Leads to Wider Optima, 2018.
public final class SWALR: LRScheduler {
  private let annealStrategy: OneCycleLR.AnnealStrategy

  public init(_ optimizer: Optimizer, swaLR: Double, annealEpochs: Int = 10, annealStrategy: OneCycleLR.AnnealStrategy = .cos) {
    self.annealStrategy = annealStrategy
    for group in optimizer.parameterGroups { group.options["swa_lr"] = .double(swaLR) }
    super.init(optimizer, options: ["anneal_epochs": .int(annealEpochs), "_anneal_strategy": .string(annealStrategy.rawValue)])
    begin()
  }

  public override func validate() throws {
    try expect(whole("anneal_epochs") >= 0, "annealEpochs: expected at least 0, got \(whole("anneal_epochs"))")
  }

  public override func nextLRs() -> [Double] {
    let length = Double(max(1, whole("anneal_epochs")))
    let step = whole("anneal_epochs") == 0 ? max(1, stepCount - 1) : stepCount - 1
    func weight(_ step: Int) -> Double {
      let part = max(0, min(1, Double(step) / length))
      return annealStrategy == .cos ? (1 - cosineOfPi(times: part)) / 2 : part
    }
    let (before, now) = (weight(step - 1), weight(step))
    return optimizer.parameterGroups.map { group in
      let target = group.number("swa_lr")
      // The rate from which the present one was reached.
      let start = before == 1 ? target : (group.lr - before * target) / (1 - before)
      return target * now + start * (1 - now)
    }
  }
}
