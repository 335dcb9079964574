import TorchOps

/// Lowers the rate along half a cosine from its first value to `etaMin` in `tMax` steps, and raises it again after them.
/// `torch.optim.lr_scheduler.CosineAnnealingLR`. Source: Loshchilov and Hutter, SGDR, 2017.
public final class CosineAnnealingLR: LRScheduler {
  public init(_ optimizer: Optimizer, tMax: Int, etaMin: Double = 0) {
    super.init(optimizer, options: ["T_max": .int(tMax), "eta_min": .double(etaMin)])
    begin()
  }

  public override func validate() throws { try expect(whole("T_max") > 0, "tMax: expected at least 1, got \(whole("T_max"))") }

  public override func nextLRs() -> [Double] {
    if isInitial { return currentLRs }
    if stepCount == 1 && lastEpoch > 0, let rates = closedFormLRs() { return rates }
    let (period, minimum) = (Double(whole("T_max")), number("eta_min"))
    if (lastEpoch - 1 - whole("T_max")) % (2 * whole("T_max")) == 0 {
      // At the bottom the recursion below would divide by zero.
      return zip(currentLRs, baseLRs).map { rate, base in rate + (base - minimum) * (1 - cosineOfPi(times: 1 / period)) / 2 }
    }
    let factor = (1 + cosineOfPi(times: Double(lastEpoch) / period)) / (1 + cosineOfPi(times: Double(lastEpoch - 1) / period))
    return currentLRs.map { factor * ($0 - minimum) + minimum }
  }

  public override func closedFormLRs() -> [Double]? {
    let minimum = number("eta_min")
    return baseLRs.map { minimum + ($0 - minimum) * (1 + cosineOfPi(times: Double(lastEpoch) / Double(whole("T_max")))) / 2 }
  }
}

/// Lowers the rate along half a cosine to `etaMin` in `t0` steps, starts again from the first rate, and takes `tMult` times as long
/// with every restart. `torch.optim.lr_scheduler.CosineAnnealingWarmRestarts`.
public final class CosineAnnealingWarmRestarts: LRScheduler {
  public init(_ optimizer: Optimizer, t0: Int, tMult: Int = 1, etaMin: Double = 0) {
    super.init(
      optimizer,
      options: ["T_0": .int(t0), "T_i": .int(t0), "T_mult": .int(tMult), "eta_min": .double(etaMin), "T_cur": .double(-1)])
    begin()
  }

  public override func validate() throws {
    try expect(whole("T_0") > 0, "t0: expected at least 1, got \(whole("T_0"))")
    try expect(whole("T_mult") > 0, "tMult: expected at least 1, got \(whole("T_mult"))")
    try expect(whole("T_i") > 0, "`T_i`: expected at least 1, got \(whole("T_i"))")
  }

  public override func nextLRs() -> [Double] {
    let minimum = number("eta_min")
    return baseLRs.map { minimum + ($0 - minimum) * (1 + cosineOfPi(times: number("T_cur") / number("T_i"))) / 2 }
  }

  public override func step() {
    stepCount += 1
    if lastEpoch < 0 { return move(to: 0) }
    lastEpoch += 1
    var current = number("T_cur") + 1
    if current >= number("T_i") {
      current.formTruncatingRemainder(dividingBy: number("T_i"))
      options["T_i"] = .int(whole("T_i") * whole("T_mult"))
    }
    options["T_cur"] = .double(current)
    setLRs(nextLRs())
  }

  /// Sets the rates for any point of the schedule, also between steps: `step(Double(epoch) + Double(batch) / Double(batches))`.
  public func step(_ epoch: Double) {
    let valid: Bool = checked(false, "CosineAnnealingWarmRestarts.step") {
      try expect(epoch >= 0 && epoch.isFinite, "epoch: expected a number of at least 0, got \(epoch)")
      return true
    }
    if valid { move(to: epoch) }
  }

  private func move(to epoch: Double) {
    let (first, factor) = (number("T_0"), number("T_mult"))
    if epoch < first {
      options["T_i"] = options["T_0"]
      options["T_cur"] = .double(epoch)
    } else if factor == 1 {
      options["T_cur"] = .double(epoch.truncatingRemainder(dividingBy: first))
    } else {
      // The restarts so far, from the sum of their lengths.
      let restarts = Int(logarithm(epoch / first * (factor - 1) + 1, base: factor))
      let grown = factor.raised(to: restarts)
      options["T_cur"] = .double(epoch - first * (grown - 1) / (factor - 1))
      options["T_i"] = .int(Int(first * grown))
    }
    lastEpoch = Int(epoch.rounded(.down))
    setLRs(nextLRs())
  }
}
