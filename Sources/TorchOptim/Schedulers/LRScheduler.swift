import TorchOps

/// The base class of learning-rate schedules: sets the `lr` of an optimizer's groups, once when made and then with every
/// `step()`. `torch.optim.lr_scheduler.LRScheduler`.
///
/// A schedule is chainable, as PyTorch's are: it computes the next rate from the present one, so that several may act on one
/// optimizer.
open class LRScheduler {
  public final let optimizer: Optimizer
  /// The number of `step()` calls.
  public private(set) final var lastEpoch = 0
  /// The rates of the groups before the schedule.
  public private(set) final var baseLRs: [Double]
  /// The rates that the last step set. `get_last_lr`.
  public private(set) final var lastLRs: [Double] = []

  public init(_ optimizer: Optimizer) {
    self.optimizer = optimizer
    for group in optimizer.parameterGroups { group.options["initial_lr"] = group.options["initial_lr"] ?? .double(group.lr) }
    baseLRs = optimizer.parameterGroups.map { $0.number("initial_lr") }
  }

  /// The rates for `lastEpoch`, by group.
  open func nextLRs() -> [Double] { optimizer.parameterGroups.map(\.lr) }

  /// The options beside the counters, for saving. Subclasses whose options change override both.
  open func extraState() -> [String: StateValue] { [:] }
  /// Takes over what `extraState` gave.
  open func loadExtraState(_ state: StateValue) throws {}

  /// Moves on by one and sets the groups' rates. `LRScheduler.step`.
  public final func step() {
    lastEpoch += 1
    update()
  }

  /// Sets the rates for `lastEpoch`. Subclasses call it at the end of their initialiser.
  public final func update() {
    let rates = nextLRs()
    for (group, lr) in zip(optimizer.parameterGroups, rates) { group.lr = lr }
    lastLRs = optimizer.parameterGroups.map(\.lr)
  }

  /// Counters and options. The optimizer's state is saved apart. `LRScheduler.state_dict`.
  public final func stateDict() -> StateValue {
    var entries = extraState()
    entries["last_epoch"] = .int(lastEpoch)
    entries["_step_count"] = .int(lastEpoch + 1)
    entries["base_lrs"] = .list(baseLRs.map { .double($0) })
    entries["_last_lr"] = .list(lastLRs.map { .double($0) })
    return .dictionary(entries)
  }

  /// Continues where a saved schedule of the same kind stood; the optimizer's state is loaded apart.
  /// `LRScheduler.load_state_dict`. Throws a `TorchError` that names what does not fit.
  public final func loadStateDict(_ tree: StateValue) throws {
    let reader = try StateReader(tree, "scheduler state")
    let epoch = try reader.int("last_epoch")
    let bases = try reader.doubles("base_lrs")
    let last = try reader.doubles("_last_lr")
    guard bases.count == baseLRs.count, last.count == baseLRs.count else {
      throw TorchError(.value, "scheduler state: rates of \(bases.count) groups; the optimizer has \(baseLRs.count)")
    }
    guard epoch >= 0 else { throw TorchError(.value, "scheduler state: `last_epoch` is \(epoch); expected a count") }
    try loadExtraState(tree)
    lastEpoch = epoch
    baseLRs = bases
    lastLRs = last
  }
}

/// A schedule's option that has to be usable.
func require(_ condition: Bool, _ scheduler: String, _ complaint: @autoclosure () -> String) -> Bool {
  checked(false, scheduler) {
    guard condition else { throw TorchError(.value, complaint()) }
    return true
  }
}
