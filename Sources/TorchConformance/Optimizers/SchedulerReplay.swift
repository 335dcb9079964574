import TorchOps
import TorchOptim
import TorchReport

/// Steps a recorded schedule and compares the rates and momenta that it sets.
struct SchedulerReplay {
  func run(_ record: SchedulerRecord) -> Outcome { Outcome.of { try difference(record) } }

  private func difference(_ record: SchedulerRecord) throws -> String? {
    let optimizer = SGD(
      groups: [
        ParameterGroup([Tensor.zeros([1], requiresGrad: true)], lr: 0.1), ParameterGroup([Tensor.zeros([1], requiresGrad: true)], lr: 0.05),
      ], momentum: 0.9)
    let scheduler = try make(record.scheduler, record.config, optimizer)
    for (i, (rates, momenta)) in zip(record.rates, record.momenta).enumerated() {
      if i > 0 {
        optimizer.step()
        if let plateau = scheduler as? ReduceLROnPlateau {
          guard i <= record.metrics.count else { throw FormatError("no metric for step \(i)") }
          plateau.step(try record.metrics[i - 1].double())
        } else {
          scheduler.step()
        }
      }
      let found = optimizer.parameterGroups
      for (what, own, wanted) in [("rates", found.map(\.lr), rates), ("momenta", found.map(\.momentum), momenta)] {
        let wanted = try wanted.array().map { try $0.double() }
        let close = own.count == wanted.count
          && zip(own, wanted).allSatisfy { abs($0 - $1) <= record.tolerance.absolute + record.tolerance.relative * abs($1) }
        if !close { return "\(what) after step \(i): \(own), expected \(wanted)" }
      }
    }
    return nil
  }

  private func make(_ name: String, _ config: JSONValue, _ optimizer: Optimizer) throws -> LRScheduler {
    var known: Set<String> = []
    func number(_ key: String, _ fallback: Double) throws -> Double {
      known.insert(key)
      return try config[key]?.double() ?? fallback
    }
    func whole(_ key: String, _ fallback: Int) throws -> Int {
      known.insert(key)
      return try config[key]?.int() ?? fallback
    }
    func word(_ key: String, _ fallback: String) -> String {
      known.insert(key)
      return config[key]?.stringValue ?? fallback
    }
    func flag(_ key: String, _ fallback: Bool) -> Bool {
      known.insert(key)
      return config[key]?.boolValue ?? fallback
    }
    func table() throws -> (Int) -> Double {
      known.insert("lr_lambda")
      let factors = try config.member("lr_lambda").array().map { try $0.double() }
      return { factors[min($0, factors.count - 1)] }
    }
    func wholes(_ key: String) throws -> [Int] {
      known.insert(key)
      return try config.member(key).array().map { try $0.int() }
    }
    func inner() throws -> [LRScheduler] {
      known.insert("schedulers")
      return try config.member("schedulers").array().map { try make($0.member("scheduler").string(), $0.member("config"), optimizer) }
    }
    func choice<C: RawRepresentable>(_ key: String, _ fallback: C) throws -> C where C.RawValue == String {
      guard let choice = C(rawValue: word(key, fallback.rawValue)) else { throw Unsupported("the value of \(key)") }
      return choice
    }
    let scheduler: LRScheduler
    switch name {
    case "LambdaLR": scheduler = LambdaLR(optimizer, try table())
    case "MultiplicativeLR": scheduler = MultiplicativeLR(optimizer, try table())
    case "StepLR": scheduler = StepLR(optimizer, stepSize: try whole("step_size", 1), gamma: try number("gamma", 0.1))
    case "MultiStepLR": scheduler = MultiStepLR(optimizer, milestones: try wholes("milestones"), gamma: try number("gamma", 0.1))
    case "ConstantLR":
      scheduler = ConstantLR(optimizer, factor: try number("factor", 1.0 / 3), totalIters: try whole("total_iters", 5))
    case "LinearLR":
      scheduler = LinearLR(
        optimizer, startFactor: try number("start_factor", 1.0 / 3), endFactor: try number("end_factor", 1),
        totalIters: try whole("total_iters", 5))
    case "ExponentialLR": scheduler = ExponentialLR(optimizer, gamma: try number("gamma", 0.1))
    case "PolynomialLR": scheduler = PolynomialLR(optimizer, totalIters: try whole("total_iters", 5), power: try number("power", 1))
    case "CosineAnnealingLR": scheduler = CosineAnnealingLR(optimizer, tMax: try whole("T_max", 1), etaMin: try number("eta_min", 0))
    case "CosineAnnealingWarmRestarts":
      scheduler = CosineAnnealingWarmRestarts(
        optimizer, t0: try whole("T_0", 1), tMult: try whole("T_mult", 1), etaMin: try number("eta_min", 0))
    case "CyclicLR":
      let up = try whole("step_size_up", 2000)
      scheduler = CyclicLR(
        optimizer, baseLR: try number("base_lr", 0), maxLR: try number("max_lr", 0), stepSizeUp: up,
        stepSizeDown: try whole("step_size_down", up), mode: try choice("mode", .triangular), gamma: try number("gamma", 1),
        cycleMomentum: flag("cycle_momentum", true), baseMomentum: try number("base_momentum", 0.8),
        maxMomentum: try number("max_momentum", 0.9))
    case "OneCycleLR":
      scheduler = OneCycleLR(
        optimizer, maxLR: try number("max_lr", 0),
        totalSteps: try whole("total_steps", try whole("epochs", 0) * whole("steps_per_epoch", 0)), pctStart: try number("pct_start", 0.3),
        annealStrategy: try choice("anneal_strategy", .cos), cycleMomentum: flag("cycle_momentum", true),
        baseMomentum: try number("base_momentum", 0.85), maxMomentum: try number("max_momentum", 0.95),
        divFactor: try number("div_factor", 25), finalDivFactor: try number("final_div_factor", 1e4), threePhase: flag("three_phase", false))
    case "ReduceLROnPlateau":
      scheduler = ReduceLROnPlateau(
        optimizer, mode: try choice("mode", .min), factor: try number("factor", 0.1), patience: try whole("patience", 10),
        threshold: try number("threshold", 1e-4), thresholdMode: try choice("threshold_mode", .rel), cooldown: try whole("cooldown", 0),
        minLRs: [try number("min_lr", 0)], eps: try number("eps", 1e-8))
    case "ChainedScheduler": scheduler = ChainedScheduler(try inner())
    case "SequentialLR": scheduler = SequentialLR(optimizer, try inner(), milestones: try wholes("milestones"))
    case "SWALR":
      scheduler = SWALR(
        optimizer, swaLR: try number("swa_lr", 0), annealEpochs: try whole("anneal_epochs", 10), annealStrategy: try choice("anneal_strategy", .cos))
    default: throw Missing(name: "optim.lr_scheduler." + name)
    }
    let unknown = (config.members ?? []).map(\.key).filter { !known.contains($0) }
    guard unknown.isEmpty else { throw Unsupported("the options \(unknown.joined(separator: ", "))") }
    return scheduler
  }
}
