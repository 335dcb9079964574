import TorchOps

/// Lowers the rate when a metric has stopped getting better. `torch.optim.lr_scheduler.ReduceLROnPlateau`.
///
/// ```swift
/// let scheduler = ReduceLROnPlateau(optimizer, patience: 3)
/// for epoch in 0..<epochs {
///   train()
///   scheduler.step(validationLoss())
/// }
/// ```
public final class ReduceLROnPlateau: LRScheduler {
  /// Whether the metric should fall or rise.
  public enum Mode: String, Sendable { case min, max }
  /// Whether the threshold is a part of the best value or an amount.
  public enum ThresholdMode: String, Sendable { case rel, abs }

  /// The best metric so far.
  public var best: Double { number("best") }
  /// The steps since the metric was best.
  public var numBadEpochs: Int { whole("num_bad_epochs") }

  /// - Parameters:
  ///   - factor: what the rate is multiplied by.
  ///   - patience: the number of steps without improvement that are allowed.
  ///   - threshold: by how much a metric has to be better to count.
  ///   - cooldown: steps after a change in which nothing is counted.
  ///   - minLRs: the lowest rates; one for all groups, or one for each.
  ///   - eps: a smaller change of the rate is not made.
  public init(
    _ optimizer: Optimizer, mode: Mode = .min, factor: Double = 0.1, patience: Int = 10, threshold: Double = 1e-4,
    thresholdMode: ThresholdMode = .rel, cooldown: Int = 0, minLRs: [Double] = [0], eps: Double = 1e-8
  ) {
    let lowest = minLRs.count == 1 ? optimizer.parameterGroups.map { _ in minLRs[0] } : minLRs
    super.init(
      optimizer,
      options: [
        "mode": .string(mode.rawValue), "factor": .double(factor), "patience": .int(patience), "threshold": .double(threshold),
        "threshold_mode": .string(thresholdMode.rawValue), "cooldown": .int(cooldown), "min_lrs": .list(lowest.map { .double($0) }),
        "eps": .double(eps), "best": .double(mode == .min ? .infinity : -.infinity), "cooldown_counter": 0, "num_bad_epochs": 0,
      ])
    lastEpoch = 0
    lastLRs = currentLRs
    checked((), "ReduceLROnPlateau") { try validate() }
  }

  public override func validate() throws {
    let groups = optimizer.parameterGroups.count
    try expect(number("factor") < 1, "factor: expected a number below 1, got \(number("factor"))")
    try expect(options["min_lrs"]?.listValue?.count == groups, "minLRs: expected one rate, or \(groups), one for each group")
    try expect(Mode(rawValue: options["mode"]?.stringValue ?? "") != nil, "`mode`: expected min or max")
    try expect(ThresholdMode(rawValue: options["threshold_mode"]?.stringValue ?? "") != nil, "`threshold_mode`: expected rel or abs")
  }

  /// A step needs the metric: use `step(metric)`.
  public override func step() {
    checked((), "ReduceLROnPlateau.step") { throw TorchError(.value, "the step takes the metric: step(loss)") }
  }

  /// Takes the metric of an epoch.
  public func step(_ metric: Double) {
    lastEpoch += 1
    if isBetter(metric) {
      options["best"] = .double(metric)
      options["num_bad_epochs"] = 0
    } else {
      options["num_bad_epochs"] = .int(numBadEpochs + 1)
    }
    if whole("cooldown_counter") > 0 {
      options["cooldown_counter"] = .int(whole("cooldown_counter") - 1)
      options["num_bad_epochs"] = 0
    }
    if numBadEpochs > whole("patience") {
      let lowest = options["min_lrs"]?.listValue?.compactMap(\.doubleValue) ?? []
      for (group, lowest) in zip(optimizer.parameterGroups, lowest) {
        let lr = Swift.max(group.lr * number("factor"), lowest)
        if group.lr - lr > number("eps") { group.lr = lr }
      }
      options["cooldown_counter"] = options["cooldown"]
      options["num_bad_epochs"] = 0
    }
    lastLRs = currentLRs
  }

  private func isBetter(_ metric: Double) -> Bool {
    let (falls, threshold) = (options["mode"]?.stringValue == Mode.min.rawValue, number("threshold"))
    if options["threshold_mode"]?.stringValue == ThresholdMode.rel.rawValue {
      return falls ? metric < best * (1 - threshold) : metric > best * (threshold + 1)
    }
    return falls ? metric < best - threshold : metric > best + threshold
  }
}
