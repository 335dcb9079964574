import TorchOps

/// The base class of learning-rate schedules: sets the `lr` of an optimizer's groups, once when made and then with every
/// `step()`. `torch.optim.lr_scheduler.LRScheduler`.
///
/// Most schedules are chainable, as PyTorch's are: they compute the next rate from the present one, so that several may act on one
/// optimizer. A subclass sets its `options`, overrides ``nextLRs()``, and calls ``begin()`` at the end of its initialiser.
open class LRScheduler {
  public final let optimizer: Optimizer
  /// The number of `step()` calls; -1 before the first rates are set.
  public final var lastEpoch = -1
  /// How often rates have been set.
  public internal(set) final var stepCount = 0
  /// Whether the first rates are being set.
  public internal(set) final var isInitial = false
  /// The rates of the groups before the schedule.
  public internal(set) final var baseLRs: [Double]
  /// The rates that the last step set. `get_last_lr`.
  public internal(set) final var lastLRs: [Double] = []
  /// The numbers that shape the schedule, by PyTorch's names: saved, and taken over from a saved state.
  public final var options: [String: StateValue]

  public init(_ optimizer: Optimizer, options: [String: StateValue] = [:]) {
    self.optimizer = optimizer
    self.options = options
    for group in optimizer.parameterGroups { group.options["initial_lr"] = group.options["initial_lr"] ?? .double(group.lr) }
    baseLRs = optimizer.parameterGroups.map { $0.number("initial_lr") }
  }

  // MARK: For subclasses

  /// The rates for `lastEpoch`, by group. `get_lr`.
  open func nextLRs() -> [Double] { currentLRs }

  /// The rates for `lastEpoch` from the first ones alone, where there is such a formula.
  open func closedFormLRs() -> [Double]? { nil }

  /// Throws if an option is not usable.
  open func validate() throws {}

  /// Checks the options and sets the first rates.
  public final func begin() {
    let valid: Bool = checked(false, "\(type(of: self))") {
      try validate()
      return true
    }
    if valid { initialStep() }
  }

  /// The groups' present rates.
  public final var currentLRs: [Double] { optimizer.parameterGroups.map(\.lr) }

  /// An option that is a number.
  final func number(_ name: String) -> Double { options[name]?.doubleValue ?? 0 }
  /// An option that is a whole number.
  final func whole(_ name: String) -> Int { options[name]?.intValue ?? 0 }

  /// Throws unless the condition holds.
  final func expect(_ condition: Bool, _ complaint: @autoclosure () -> String) throws {
    guard condition else { throw TorchError(.value, complaint()) }
  }

  // MARK: Steps

  /// Moves on by one and sets the groups' rates. `LRScheduler.step`.
  open func step() {
    stepCount += 1
    update(epoch: nil)
  }

  final func initialStep() {
    stepCount = 0
    isInitial = true
    step()
    isInitial = false
  }

  /// Sets the rates for the next epoch, or for `epoch`.
  final func update(epoch: Int?) {
    lastEpoch = epoch ?? lastEpoch + 1
    setLRs(epoch == nil ? nextLRs() : closedFormLRs() ?? nextLRs())
  }

  final func setLRs(_ rates: [Double]) {
    for (group, lr) in zip(optimizer.parameterGroups, rates) { group.lr = lr }
    lastLRs = currentLRs
  }

  /// Undoes the counting of the first step, as an outer schedule does before it starts the inner ones itself.
  func undoStart() { lastEpoch -= 1 }

  // MARK: Saving

  /// Counters and options by PyTorch's names. The optimizer's state is saved apart. `LRScheduler.state_dict`.
  open func stateDict() -> StateValue {
    var entries = options
    entries["last_epoch"] = .int(lastEpoch)
    entries["_step_count"] = .int(stepCount)
    entries["base_lrs"] = .list(baseLRs.map { .double($0) })
    entries["_last_lr"] = .list(lastLRs.map { .double($0) })
    return .dictionary(entries)
  }

  /// Continues where a saved schedule of the same kind stood; the optimizer's state is loaded apart.
  /// `LRScheduler.load_state_dict`. Throws a `TorchError` that names what does not fit; the schedule is unchanged then.
  open func loadStateDict(_ tree: StateValue) throws {
    let reader = try StateReader(tree, "scheduler state")
    let epoch = try reader.int("last_epoch")
    let bases = try reader.doubles("base_lrs")
    let last = try reader.doubles("_last_lr")
    guard bases.count == baseLRs.count, last.count == baseLRs.count else {
      throw TorchError(.value, "scheduler state: rates of \(bases.count) groups; the optimizer has \(baseLRs.count)")
    }
    guard epoch >= 0 else { throw TorchError(.value, "scheduler state: `last_epoch` is \(epoch); expected a count") }
    let before = options
    for name in before.keys { if let saved = reader.entries[name] { options[name] = saved } }
    do { try validate() } catch {
      options = before
      throw error
    }
    lastEpoch = epoch
    stepCount = reader.entries["_step_count"]?.intValue ?? epoch + 1
    baseLRs = bases
    lastLRs = last
  }
}
