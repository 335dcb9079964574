import TorchOps

/// Multiplies the rate by `factor` for the first `totalIters` steps. `torch.optim.lr_scheduler.ConstantLR`.
public final class ConstantLR: LRScheduler {
  public init(_ optimizer: Optimizer, factor: Double = 1.0 / 3, totalIters: Int = 5) {
    super.init(optimizer, options: ["factor": .double(factor), "total_iters": .int(totalIters)])
    begin()
  }

  public override func validate() throws {
    try expect((0...1).contains(number("factor")), "factor: expected 0 to 1, got \(number("factor"))")
  }

  public override func nextLRs() -> [Double] {
    if lastEpoch == 0 { return currentLRs.map { $0 * number("factor") } }
    return lastEpoch != whole("total_iters") ? currentLRs : currentLRs.map { $0 * (1 / number("factor")) }
  }

  public override func closedFormLRs() -> [Double]? {
    let factor = number("factor")
    return baseLRs.map { $0 * (factor + (lastEpoch >= whole("total_iters") ? 1 : 0) * (1 - factor)) }
  }
}

/// Multiplies the rate by a factor that goes in a line from `startFactor` to `endFactor` over `totalIters` steps.
/// `torch.optim.lr_scheduler.LinearLR`.
public final class LinearLR: LRScheduler {
  public init(_ optimizer: Optimizer, startFactor: Double = 1.0 / 3, endFactor: Double = 1, totalIters: Int = 5) {
    super.init(
      optimizer, options: ["start_factor": .double(startFactor), "end_factor": .double(endFactor), "total_iters": .int(totalIters)])
    begin()
  }

  public override func validate() throws {
    let (start, end, total) = (number("start_factor"), number("end_factor"), whole("total_iters"))
    try expect(start > 0 && start <= 1, "startFactor: expected above 0 to 1, got \(start)")
    try expect(end >= 0 && end <= 1, "endFactor: expected 0 to 1, got \(end)")
    try expect(total > 0, "totalIters: expected at least 1, got \(total)")
  }

  public override func nextLRs() -> [Double] {
    let (start, total) = (number("start_factor"), Double(whole("total_iters")))
    if lastEpoch == 0 { return currentLRs.map { $0 * start } }
    if isInitial || lastEpoch > whole("total_iters") { return currentLRs }
    let rise = number("end_factor") - start
    return currentLRs.map { $0 * (1 + rise / (total * start + Double(lastEpoch - 1) * rise)) }
  }

  public override func closedFormLRs() -> [Double]? {
    let (start, total) = (number("start_factor"), whole("total_iters"))
    return baseLRs.map { $0 * (start + (number("end_factor") - start) * Double(min(total, lastEpoch)) / Double(total)) }
  }
}

/// Lowers the rate to zero along a power of what is left of `totalIters` steps. `torch.optim.lr_scheduler.PolynomialLR`.
public final class PolynomialLR: LRScheduler {
  public init(_ optimizer: Optimizer, totalIters: Int = 5, power: Double = 1) {
    super.init(optimizer, options: ["total_iters": .int(totalIters), "power": .double(power)])
    begin()
  }

  public override func validate() throws {
    try expect(whole("total_iters") > 0, "totalIters: expected at least 1, got \(whole("total_iters"))")
  }

  public override func nextLRs() -> [Double] {
    let total = Double(whole("total_iters"))
    if isInitial || lastEpoch > whole("total_iters") { return currentLRs }
    let factor = power((1 - Double(lastEpoch) / total) / (1 - Double(lastEpoch - 1) / total), number("power"))
    return currentLRs.map { $0 * factor }
  }

  public override func closedFormLRs() -> [Double]? {
    let total = whole("total_iters")
    return baseLRs.map { $0 * power(1 - Double(min(total, lastEpoch)) / Double(total), number("power")) }
  }
}
