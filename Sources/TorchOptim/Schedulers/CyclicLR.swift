import TorchOps

/// Moves the rate up from `baseLR` to `maxLR` and down again, over and over, while momentum goes the other way. Stepped after every
/// batch. `torch.optim.lr_scheduler.CyclicLR`. Source: Smith, Cyclical Learning Rates, 2017.
public final class CyclicLR: LRScheduler {
  /// How the height of a cycle changes.
  public enum Mode: String, Sendable {
    case triangular
    /// Half with every cycle.
    case triangular2
    /// By `gamma` with every step.
    case expRange = "exp_range"
  }

  /// What a scale function is a function of.
  public enum ScaleMode: String, Sendable { case cycle, iterations }

  private let scale: ((Double) -> Double)?
  private let hasBetas: Bool

  /// - Parameters:
  ///   - stepSizeUp: the steps of the rise.
  ///   - stepSizeDown: those of the fall; as many as of the rise where nil.
  ///   - scale: replaces `mode`: the height of a cycle as a function of the cycle's number, or of the number of steps. Not saved.
  ///   - cycleMomentum: whether momentum (Adam's first beta) goes from `maxMomentum` to `baseMomentum` and back.
  public convenience init(
    _ optimizer: Optimizer, baseLR: Double, maxLR: Double, stepSizeUp: Int = 2000, stepSizeDown: Int? = nil, mode: Mode = .triangular,
    gamma: Double = 1, scale: ((Double) -> Double)? = nil, scaleMode: ScaleMode = .cycle, cycleMomentum: Bool = true,
    baseMomentum: Double = 0.8, maxMomentum: Double = 0.9
  ) {
    let groups = optimizer.parameterGroups.count
    func all(_ value: Double) -> [Double] { Array(repeating: value, count: groups) }
    self.init(
      optimizer, baseLRs: all(baseLR), maxLRs: all(maxLR), stepSizeUp: stepSizeUp, stepSizeDown: stepSizeDown, mode: mode, gamma: gamma,
      scale: scale, scaleMode: scaleMode, cycleMomentum: cycleMomentum, baseMomenta: all(baseMomentum), maxMomenta: all(maxMomentum))
  }

  /// With rates and momenta for each group.
  public init(
    _ optimizer: Optimizer, baseLRs: [Double], maxLRs: [Double], stepSizeUp: Int = 2000, stepSizeDown: Int? = nil,
    mode: Mode = .triangular, gamma: Double = 1, scale: ((Double) -> Double)? = nil, scaleMode: ScaleMode = .cycle,
    cycleMomentum: Bool = true, baseMomenta: [Double], maxMomenta: [Double]
  ) {
    self.scale = scale
    hasBetas = optimizer.defaults["betas"] != nil
    let (up, down) = (Double(stepSizeUp), Double(stepSizeDown ?? stepSizeUp))
    for (lr, group) in zip(baseLRs, optimizer.parameterGroups) {
      group.lr = lr
      group.options["initial_lr"] = .double(lr)
    }
    super.init(
      optimizer,
      options: [
        "max_lrs": .list(maxLRs.map { .double($0) }), "total_size": .double(up + down), "step_ratio": .double(up / (up + down)),
        "mode": .string(mode.rawValue), "gamma": .double(gamma), "cycle_momentum": .bool(cycleMomentum),
        "scale_mode": .string((scale == nil ? (mode == .expRange ? .iterations : .cycle) : scaleMode).rawValue),
      ])
    if cycleMomentum {
      for (i, group) in optimizer.parameterGroups.enumerated() where i < min(baseMomenta.count, maxMomenta.count) {
        group.options["base_momentum"] = .double(baseMomenta[i])
        group.options["max_momentum"] = .double(maxMomenta[i])
        group.setCycledMomentum(maxMomenta[i])
      }
    }
    let complete: Bool = checked(false, "CyclicLR") {
      let groups = optimizer.parameterGroups.count
      try expect(stepSizeUp > 0 && (stepSizeDown ?? 1) > 0, "stepSizeUp, stepSizeDown: expected at least 1, got \(Int(up)), \(Int(down))")
      try expect(baseLRs.count == groups && maxLRs.count == groups, "expected \(groups) rates, one for each group")
      try expect(
        !cycleMomentum || (baseMomenta.count == groups && maxMomenta.count == groups), "expected \(groups) momenta, one for each group")
      try expect(
        !cycleMomentum || hasBetas || optimizer.defaults["momentum"] != nil,
        "the optimizer has neither momentum nor betas to cycle; pass cycleMomentum: false")
      return true
    }
    if complete { begin() }
  }

  public override func validate() throws {
    try expect(number("total_size") > 0, "`total_size`: expected a number above 0, got \(number("total_size"))")
    try expect(Mode(rawValue: options["mode"]?.stringValue ?? "") != nil, "`mode`: expected triangular, triangular2 or exp_range")
    try expect(options["max_lrs"]?.listValue?.count == optimizer.parameterGroups.count, "`max_lrs`: expected a rate for each group")
  }

  public override func nextLRs() -> [Double] {
    let cycle = (1 + Double(lastEpoch) / number("total_size")).rounded(.down)
    let x = 1 + Double(lastEpoch) / number("total_size") - cycle
    let ratio = number("step_ratio")
    let height = (x <= ratio ? x / ratio : (x - 1) / (ratio - 1))
    let position = options["scale_mode"]?.stringValue == ScaleMode.cycle.rawValue ? cycle : Double(lastEpoch)
    let factor = scale?(position) ?? builtInScale(position)
    let tops = options["max_lrs"]?.listValue?.compactMap(\.doubleValue) ?? []
    if options["cycle_momentum"]?.boolValue == true {
      for group in optimizer.parameterGroups {
        let top = group.number("max_momentum")
        group.setCycledMomentum(top - (top - group.number("base_momentum")) * height * factor)
      }
    }
    return zip(baseLRs, tops).map { base, top in base + (top - base) * height * factor }
  }

  private func builtInScale(_ x: Double) -> Double {
    switch Mode(rawValue: options["mode"]?.stringValue ?? "") {
    case .triangular2: 1 / power(2, x - 1)
    case .expRange: power(number("gamma"), x)
    default: 1
    }
  }
}

extension ParameterGroup {
  /// Sets the momentum, or the first beta of an optimizer that has betas.
  func setCycledMomentum(_ value: Double) {
    if options["betas"] != nil { betas = (value, betas.1) } else { momentum = value }
  }
}
