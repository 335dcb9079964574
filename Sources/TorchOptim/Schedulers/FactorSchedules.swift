import TorchOps

/// Multiplies the first rate by a function of the number of steps. `torch.optim.lr_scheduler.LambdaLR`. The function is not
/// saved.
public final class LambdaLR: LRScheduler {
  private let factors: EpochFactors

  /// One function for all groups.
  public convenience init(_ optimizer: Optimizer, _ factor: @escaping (Int) -> Double) {
    self.init(optimizer, factors: optimizer.parameterGroups.map { _ in factor })
  }

  /// A function for each group.
  public init(_ optimizer: Optimizer, factors: [(Int) -> Double]) {
    self.factors = EpochFactors(factors)
    super.init(optimizer)
    begin()
  }

  public override func validate() throws { try factors.validate(optimizer) }
  public override func nextLRs() -> [Double] { zip(baseLRs, factors.at(lastEpoch)).map { $0 * $1 } }
}

/// Multiplies the present rate by a function of the number of steps. `torch.optim.lr_scheduler.MultiplicativeLR`. The function is not
/// saved.
public final class MultiplicativeLR: LRScheduler {
  private let factors: EpochFactors

  /// One function for all groups.
  public convenience init(_ optimizer: Optimizer, _ factor: @escaping (Int) -> Double) {
    self.init(optimizer, factors: optimizer.parameterGroups.map { _ in factor })
  }

  /// A function for each group.
  public init(_ optimizer: Optimizer, factors: [(Int) -> Double]) {
    self.factors = EpochFactors(factors)
    super.init(optimizer)
    begin()
  }

  public override func validate() throws { try factors.validate(optimizer) }
  public override func nextLRs() -> [Double] {
    isInitial ? currentLRs : zip(currentLRs, factors.at(lastEpoch)).map { $0 * $1 }
  }
}

/// Functions of the number of steps, one for each group.
private struct EpochFactors {
  let functions: [(Int) -> Double]
  init(_ functions: [(Int) -> Double]) { self.functions = functions }

  func at(_ epoch: Int) -> [Double] { functions.map { $0(epoch) } }

  func validate(_ optimizer: Optimizer) throws {
    let groups = optimizer.parameterGroups.count
    guard functions.count == groups else {
      throw TorchError(.value, "expected \(groups) functions, one for each group, got \(functions.count)")
    }
  }
}

/// Multiplies the rate by `gamma` every `stepSize` steps. `torch.optim.lr_scheduler.StepLR`.
public final class StepLR: LRScheduler {
  public init(_ optimizer: Optimizer, stepSize: Int, gamma: Double = 0.1) {
    super.init(optimizer, options: ["step_size": .int(stepSize), "gamma": .double(gamma)])
    begin()
  }

  public override func validate() throws { try expect(whole("step_size") > 0, "stepSize: expected at least 1, got \(whole("step_size"))") }

  public override func nextLRs() -> [Double] {
    lastEpoch == 0 || lastEpoch % whole("step_size") != 0 ? currentLRs : currentLRs.map { $0 * number("gamma") }
  }

  public override func closedFormLRs() -> [Double]? {
    baseLRs.map { $0 * number("gamma").raised(to: lastEpoch / whole("step_size")) }
  }
}

/// Multiplies the rate by `gamma` at each milestone, as often as it is named. `torch.optim.lr_scheduler.MultiStepLR`.
public final class MultiStepLR: LRScheduler {
  /// - Parameter milestones: numbers of steps.
  public init(_ optimizer: Optimizer, milestones: [Int], gamma: Double = 0.1) {
    var counts: [String: StateValue] = [:]
    for milestone in milestones { counts[String(milestone)] = .int((counts[String(milestone)]?.intValue ?? 0) + 1) }
    super.init(optimizer, options: ["milestones": .dictionary(counts), "gamma": .double(gamma)])
    begin()
  }

  private var milestones: [String: StateValue] { options["milestones"]?.dictionaryValue ?? [:] }

  public override func validate() throws {
    try expect(
      milestones.allSatisfy { Int($0.key) != nil && $0.value.intValue != nil }, "milestones: expected numbers of steps with their counts")
  }

  public override func nextLRs() -> [Double] {
    guard let count = milestones[String(lastEpoch)]?.intValue else { return currentLRs }
    return currentLRs.map { $0 * number("gamma").raised(to: count) }
  }

  public override func closedFormLRs() -> [Double]? {
    let passed = milestones.reduce(0) { sum, entry in sum + ((Int(entry.key) ?? 0) <= lastEpoch ? entry.value.intValue ?? 0 : 0) }
    return baseLRs.map { $0 * number("gamma").raised(to: passed) }
  }
}

/// Multiplies the rate by `gamma` in every step. `torch.optim.lr_scheduler.ExponentialLR`.
public final class ExponentialLR: LRScheduler {
  public init(_ optimizer: Optimizer, gamma: Double) {
    super.init(optimizer, options: ["gamma": .double(gamma)])
    begin()
  }

  public override func nextLRs() -> [Double] { isInitial ? currentLRs : currentLRs.map { $0 * number("gamma") } }
  public override func closedFormLRs() -> [Double]? { baseLRs.map { $0 * number("gamma").raised(to: lastEpoch) } }
}
