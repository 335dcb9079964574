import TorchOps

/// Several schedules that all act in every step. `torch.optim.lr_scheduler.ChainedScheduler`.
public final class ChainedScheduler: LRScheduler {
  public let schedulers: [LRScheduler]

  /// - Parameter schedulers: at least one, all of the same optimizer.
  public init(_ schedulers: [LRScheduler]) {
    self.schedulers = schedulers
    super.init(schedulers.first?.optimizer ?? .none("ChainedScheduler"))
    checked((), "ChainedScheduler") { try Inner.check(schedulers, optimizer) }
    lastLRs = currentLRs
    lastEpoch = 0
  }

  public override func step() {
    lastEpoch += 1
    for scheduler in schedulers { scheduler.step() }
    lastLRs = currentLRs
  }

  override func undoStart() { for scheduler in schedulers { scheduler.undoStart() } }

  public override func stateDict() -> StateValue { Inner.stateDict(super.stateDict(), schedulers) }

  public override func loadStateDict(_ tree: StateValue) throws { try Inner.load(tree, into: schedulers, self) }
}

/// Schedules that follow one another: each begins at its milestone, from its own start. `torch.optim.lr_scheduler.SequentialLR`.
public final class SequentialLR: LRScheduler {
  public let schedulers: [LRScheduler]
  public let milestones: [Int]

  /// - Parameters:
  ///   - schedulers: at least one, all of this optimizer.
  ///   - milestones: the numbers of steps after which the second and further schedules begin.
  public init(_ optimizer: Optimizer, _ schedulers: [LRScheduler], milestones: [Int]) {
    self.schedulers = schedulers
    self.milestones = milestones
    super.init(optimizer)
    let valid: Bool = checked(false, "SequentialLR") {
      try Inner.check(schedulers, optimizer)
      try expect(
        milestones.count == schedulers.count - 1, "milestones: expected \(schedulers.count - 1), one between each two schedules, got \(milestones.count)")
      try expect(zip(milestones, milestones.dropFirst()).allSatisfy { $0 <= $1 }, "milestones: expected increasing numbers, got \(milestones)")
      return true
    }
    guard valid else { return }
    lastEpoch = 0
    for group in optimizer.parameterGroups { group.lr = group.number("initial_lr") }
    undoStart()
    let first = schedulers[active(at: 0)]
    first.initialStep()
    lastLRs = first.lastLRs
  }

  private func active(at epoch: Int) -> Int { milestones.count { $0 <= epoch } }

  public override func step() {
    lastEpoch += 1
    let index = active(at: lastEpoch)
    let scheduler = schedulers[index]
    if index > 0 && milestones[index - 1] == lastEpoch { scheduler.update(epoch: 0) } else { scheduler.step() }
    lastLRs = scheduler.lastLRs
  }

  override func undoStart() { for scheduler in schedulers { scheduler.undoStart() } }

  public override func stateDict() -> StateValue {
    Inner.stateDict(super.stateDict(), schedulers, ["_milestones": .list(milestones.map { .int($0) })])
  }

  public override func loadStateDict(_ tree: StateValue) throws { try Inner.load(tree, into: schedulers, self) }
}

/// What the schedules that are made of others share.
private enum Inner {
  static func check(_ schedulers: [LRScheduler], _ optimizer: Optimizer) throws {
    guard !schedulers.isEmpty else { throw TorchError(.value, "expected at least one schedule") }
    for (i, scheduler) in schedulers.enumerated() {
      guard !(scheduler is ReduceLROnPlateau) else {
        throw TorchError(.value, "schedule \(i) is a ReduceLROnPlateau, whose steps take a metric")
      }
      guard scheduler.optimizer === optimizer else { throw TorchError(.value, "schedule \(i) belongs to another optimizer") }
    }
  }

  static func stateDict(_ own: StateValue, _ schedulers: [LRScheduler], _ more: [String: StateValue] = [:]) -> StateValue {
    var entries = own.dictionaryValue ?? [:]
    for name in ["base_lrs", "_step_count"] { entries[name] = nil }
    entries.merge(more) { _, new in new }
    entries["_schedulers"] = .list(schedulers.map { $0.stateDict() })
    return .dictionary(entries)
  }

  static func load(_ tree: StateValue, into schedulers: [LRScheduler], _ outer: LRScheduler) throws {
    let reader = try StateReader(tree, "scheduler state")
    let saved = try reader.list("_schedulers")
    let last = try reader.doubles("_last_lr")
    guard saved.count == schedulers.count else {
      throw TorchError(.value, "scheduler state: \(saved.count) inner schedules; this one has \(schedulers.count)")
    }
    let before = schedulers.map { $0.stateDict() }
    do { for (scheduler, state) in zip(schedulers, saved) { try scheduler.loadStateDict(state) } } catch {
      for (scheduler, state) in zip(schedulers, before) { try? scheduler.loadStateDict(state) }
      throw error
    }
    // A chain's count is its own; PyTorch keeps none.
    outer.lastEpoch = reader.entries["last_epoch"]?.intValue ?? schedulers[0].lastEpoch
    outer.lastLRs = last
  }
}

extension Optimizer {
  /// Stands in where there is none: a combination of no schedules has failed already.
  fileprivate static func none(_ scheduler: String) -> Optimizer {
    SGD([Tensor.zeros([1], requiresGrad: true)])
  }
}
