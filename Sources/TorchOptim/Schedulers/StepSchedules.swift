import TorchOps

/// Multiplies the rate by `gamma` every `stepSize` steps. `torch.optim.lr_scheduler.StepLR`.
public final class StepLR: LRScheduler {
  public let stepSize: Int
  public let gamma: Double

  public init(_ optimizer: Optimizer, stepSize: Int, gamma: Double = 0.1) {
    let valid = require(stepSize > 0, "StepLR", "stepSize: expected at least 1, got \(stepSize)")
    self.stepSize = valid ? stepSize : 1
    self.gamma = gamma
    super.init(optimizer)
    update()
  }

  public override func nextLRs() -> [Double] {
    let rates = optimizer.parameterGroups.map(\.lr)
    return lastEpoch == 0 || lastEpoch % stepSize != 0 ? rates : rates.map { $0 * gamma }
  }
}

/// Multiplies the first rate by a function of the number of steps. `torch.optim.lr_scheduler.LambdaLR`. The function is not
/// saved.
public final class LambdaLR: LRScheduler {
  private let factors: [(Int) -> Double]

  /// One function for all groups.
  public init(_ optimizer: Optimizer, _ factor: @escaping (Int) -> Double) {
    factors = optimizer.parameterGroups.map { _ in factor }
    super.init(optimizer)
    update()
  }

  /// A function for each group.
  public init(_ optimizer: Optimizer, factors: [(Int) -> Double]) {
    let groups = optimizer.parameterGroups.count
    let valid = require(
      factors.count == groups, "LambdaLR", "expected \(groups) functions, one for each group, got \(factors.count)")
    self.factors = valid ? factors : optimizer.parameterGroups.map { _ in { _ in 1 } }
    super.init(optimizer)
    update()
  }

  public override func nextLRs() -> [Double] { zip(baseLRs, factors).map { $0 * $1(lastEpoch) } }
}

/// Multiplies the rate by a factor that goes in a line from `startFactor` to `endFactor` over `totalIterations` steps.
/// `torch.optim.lr_scheduler.LinearLR`.
public final class LinearLR: LRScheduler {
  public let startFactor: Double
  public let endFactor: Double
  public let totalIterations: Int

  public init(_ optimizer: Optimizer, startFactor: Double = 1.0 / 3, endFactor: Double = 1, totalIterations: Int = 5) {
    let valid =
      require(startFactor > 0 && startFactor <= 1, "LinearLR", "startFactor: expected above 0 to 1, got \(startFactor)")
      && require(endFactor >= 0 && endFactor <= 1, "LinearLR", "endFactor: expected 0 to 1, got \(endFactor)")
      && require(totalIterations > 0, "LinearLR", "totalIterations: expected at least 1, got \(totalIterations)")
    self.startFactor = valid ? startFactor : 1
    self.endFactor = valid ? endFactor : 1
    self.totalIterations = valid ? totalIterations : 1
    super.init(optimizer)
    update()
  }

  public override func nextLRs() -> [Double] {
    let rates = optimizer.parameterGroups.map(\.lr)
    if lastEpoch == 0 { return rates.map { $0 * startFactor } }
    if lastEpoch > totalIterations { return rates }
    let rise = endFactor - startFactor
    let total = Double(totalIterations)
    return rates.map { $0 * (1 + rise / (total * startFactor + Double(lastEpoch - 1) * rise)) }
  }
}
