import TorchOps

private func betas(_ values: (Double, Double)) -> StateValue { .list([.double(values.0), .double(values.1)]) }
private let modes: [String: StateValue] = ["foreach": .null, "capturable": false, "differentiable": false]

/// Divides by the root of the sum of all squared gradients. `torch.optim.Adagrad`.
public final class Adagrad: ElementwiseOptimizer {
  /// - Parameters:
  ///   - lrDecay: lowers the learning rate to lr / (1 + t · lrDecay).
  ///   - initialAccumulatorValue: what the sums begin with.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1e-2, lrDecay: Double = 0, weightDecay: Double = 0, initialAccumulatorValue: Double = 0,
    eps: Double = 1e-10, maximize: Bool = false
  ) {
    self.init(
      groups: [ParameterGroup(parameters)], lr: lr, lrDecay: lrDecay, weightDecay: weightDecay,
      initialAccumulatorValue: initialAccumulatorValue, eps: eps, maximize: maximize)
  }

  /// With groups, whose own options go before those given here.
  public init(
    groups: [ParameterGroup], lr: Double = 1e-2, lrDecay: Double = 0, weightDecay: Double = 0, initialAccumulatorValue: Double = 0,
    eps: Double = 1e-10, maximize: Bool = false
  ) {
    super.init(
      groups,
      defaults: [
        "lr": .double(lr), "lr_decay": .double(lrDecay), "weight_decay": .double(weightDecay),
        "initial_accumulator_value": .double(initialAccumulatorValue), "eps": .double(eps), "maximize": .bool(maximize), "fused": .null,
        "foreach": .null, "differentiable": false,
      ])
  }

  public override func validate(_ group: ParameterGroup) throws {
    try super.validate(group)
    try requireNonNegative(group, "lr_decay", "initial_accumulator_value", "eps")
  }

  override var tensorStateNames: Set<String> { ["sum"] }

  override func update(_ p: Tensor, _ g: Tensor, _ state: State, _ count: Int, _ group: ParameterGroup) {
    let sum = state.tensor("sum") { p.fullLike(.double(group.number("initial_accumulator_value"))) }
    sum.addcmul_(g, g)
    let lr = group.lr / (1 + Double(count - 1) * group.number("lr_decay"))
    p.addcdiv_(g, sum.sqrt().add_(number(group.number("eps"))), value: .double(-lr))
  }

  override func updateSparse(_ p: Tensor, _ g: Tensor, _ state: State, _ count: Int, _ group: ParameterGroup) throws {
    guard group.weightDecay == 0 else { throw TorchError(.unsupported, "weight decay does not go with sparse gradients") }
    let sum = state.tensor("sum") { p.fullLike(.double(group.number("initial_accumulator_value"))) }
    let rows = try SparseRows(g)
    rows.add(rows.values * rows.values, to: sum)
    let lr = group.lr / (1 + Double(count - 1) * group.number("lr_decay"))
    rows.add(rows.values / rows.entries(of: sum).sqrt_().add_(number(group.number("eps"))), to: p, alpha: -lr)
  }
}

/// Steps as large as those before, in the units of the parameters. `torch.optim.Adadelta`.
public final class Adadelta: ElementwiseOptimizer {
  /// - Parameter rho: decay rate of the averages of squares.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1, rho: Double = 0.9, eps: Double = 1e-6, weightDecay: Double = 0, maximize: Bool = false
  ) {
    self.init(groups: [ParameterGroup(parameters)], lr: lr, rho: rho, eps: eps, weightDecay: weightDecay, maximize: maximize)
  }

  /// With groups, whose own options go before those given here.
  public init(
    groups: [ParameterGroup], lr: Double = 1, rho: Double = 0.9, eps: Double = 1e-6, weightDecay: Double = 0, maximize: Bool = false
  ) {
    super.init(
      groups,
      defaults: [
        "lr": .double(lr), "rho": .double(rho), "eps": .double(eps), "weight_decay": .double(weightDecay), "maximize": .bool(maximize),
      ].merging(modes) { own, _ in own })
  }

  public override func validate(_ group: ParameterGroup) throws {
    try super.validate(group)
    try requireNonNegative(group, "eps")
    guard (0...1).contains(group.number("rho")) else { throw TorchError(.value, "rho: expected 0 to 1, got \(group.number("rho"))") }
  }

  override var tensorStateNames: Set<String> { ["square_avg", "acc_delta"] }

  override func update(_ p: Tensor, _ g: Tensor, _ state: State, _ count: Int, _ group: ParameterGroup) {
    let (rho, eps) = (group.number("rho"), number(group.number("eps")))
    let (squares, deltas) = (state.tensor("square_avg") { p.zerosLike() }, state.tensor("acc_delta") { p.zerosLike() })
    averageSquare(squares, g, rho)
    let delta = (deltas + eps).sqrt_().div_((squares + eps).sqrt_()).mul_(g)
    averageSquare(deltas, delta, rho)
    p.sub_(delta, alpha: .double(group.lr))
  }
}

/// Adam with the largest instead of the mean of the squares. `torch.optim.Adamax`.
public final class Adamax: ElementwiseOptimizer {
  public convenience init(
    _ parameters: [Tensor], lr: Double = 2e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8, weightDecay: Double = 0,
    maximize: Bool = false
  ) {
    self.init(groups: [ParameterGroup(parameters)], lr: lr, betas: betas, eps: eps, weightDecay: weightDecay, maximize: maximize)
  }

  /// With groups, whose own options go before those given here.
  public init(
    groups: [ParameterGroup], lr: Double = 2e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8, weightDecay: Double = 0,
    maximize: Bool = false
  ) {
    super.init(
      groups,
      defaults: [
        "lr": .double(lr), "betas": TorchOptim.betas(betas), "eps": .double(eps), "weight_decay": .double(weightDecay),
        "maximize": .bool(maximize),
      ].merging(modes) { own, _ in own })
  }

  public override func validate(_ group: ParameterGroup) throws {
    try super.validate(group)
    try requireNonNegative(group, "eps")
    try requireBetas(group)
  }

  override var tensorStateNames: Set<String> { ["exp_avg", "exp_inf"] }

  override func update(_ p: Tensor, _ g: Tensor, _ state: State, _ count: Int, _ group: ParameterGroup) {
    let (first, second) = group.betas
    let (mean, largest) = (state.tensor("exp_avg") { p.zerosLike() }, state.tensor("exp_inf") { p.zerosLike() })
    average(mean, g, 1 - first)
    largest.copy_(largest.mul_(number(second)).maximum(g.abs().add_(number(group.number("eps")))))
    p.addcdiv_(mean, largest, value: .double(-group.lr / (1 - first.raised(to: count))))
  }
}

/// Adam with Nesterov's momentum. `torch.optim.NAdam`.
public final class NAdam: ElementwiseOptimizer {
  /// - Parameters:
  ///   - momentumDecay: how the momentum grows to beta1 over the steps.
  ///   - decoupledWeightDecay: as AdamW decays.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 2e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8, weightDecay: Double = 0,
    momentumDecay: Double = 4e-3, decoupledWeightDecay: Bool = false, maximize: Bool = false
  ) {
    self.init(
      groups: [ParameterGroup(parameters)], lr: lr, betas: betas, eps: eps, weightDecay: weightDecay, momentumDecay: momentumDecay,
      decoupledWeightDecay: decoupledWeightDecay, maximize: maximize)
  }

  /// With groups, whose own options go before those given here.
  public init(
    groups: [ParameterGroup], lr: Double = 2e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8, weightDecay: Double = 0,
    momentumDecay: Double = 4e-3, decoupledWeightDecay: Bool = false, maximize: Bool = false
  ) {
    super.init(
      groups,
      defaults: [
        "lr": .double(lr), "betas": TorchOptim.betas(betas), "eps": .double(eps), "weight_decay": .double(weightDecay),
        "momentum_decay": .double(momentumDecay), "decoupled_weight_decay": .bool(decoupledWeightDecay), "maximize": .bool(maximize),
      ].merging(modes) { own, _ in own })
  }

  public override func validate(_ group: ParameterGroup) throws {
    try super.validate(group)
    try requireNonNegative(group, "eps", "momentum_decay")
    try requireBetas(group)
  }

  override var tensorStateNames: Set<String> { ["exp_avg", "exp_avg_sq"] }
  override var numberStateNames: Set<String> { ["mu_product"] }
  override var addsWeightDecay: Bool { false }

  override func update(_ p: Tensor, _ gradient: Tensor, _ state: State, _ count: Int, _ group: ParameterGroup) {
    let g = decayed(p, gradient, group)
    let (first, second) = group.betas
    let decay = group.number("momentum_decay")
    func momentum(_ step: Int) -> Double { first * (1 - 0.5 * power(0.96, Double(step) * decay)) }
    let (mu, next) = (momentum(count), momentum(count + 1))
    state[number: "mu_product"] = Double(Float(state[number: "mu_product"] ?? 1) * Float(mu))
    let product = state[number: "mu_product"]!
    let (mean, squares) = (state.tensor("exp_avg") { p.zerosLike() }, state.tensor("exp_avg_sq") { p.zerosLike() })
    average(mean, g, 1 - first)
    averageSquare(squares, g, second)
    let denominator = (squares / number(1 - second.raised(to: count))).sqrt_().add_(number(group.number("eps")))
    p.addcdiv_(g, denominator, value: .double(-group.lr * (1 - mu) / (1 - product)))
    p.addcdiv_(mean, denominator, value: .double(-group.lr * next / (1 - product * next)))
  }
}

/// Adam whose early steps are not scaled by averages of few squares. `torch.optim.RAdam`.
public final class RAdam: ElementwiseOptimizer {
  /// - Parameter decoupledWeightDecay: as AdamW decays.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8, weightDecay: Double = 0,
    decoupledWeightDecay: Bool = false, maximize: Bool = false
  ) {
    self.init(
      groups: [ParameterGroup(parameters)], lr: lr, betas: betas, eps: eps, weightDecay: weightDecay,
      decoupledWeightDecay: decoupledWeightDecay, maximize: maximize)
  }

  /// With groups, whose own options go before those given here.
  public init(
    groups: [ParameterGroup], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8, weightDecay: Double = 0,
    decoupledWeightDecay: Bool = false, maximize: Bool = false
  ) {
    super.init(
      groups,
      defaults: [
        "lr": .double(lr), "betas": TorchOptim.betas(betas), "eps": .double(eps), "weight_decay": .double(weightDecay),
        "decoupled_weight_decay": .bool(decoupledWeightDecay), "maximize": .bool(maximize),
      ].merging(modes) { own, _ in own })
  }

  public override func validate(_ group: ParameterGroup) throws {
    try super.validate(group)
    try requireNonNegative(group, "eps")
    try requireBetas(group)
  }

  override var tensorStateNames: Set<String> { ["exp_avg", "exp_avg_sq"] }
  override var addsWeightDecay: Bool { false }

  override func update(_ p: Tensor, _ gradient: Tensor, _ state: State, _ count: Int, _ group: ParameterGroup) {
    let g = decayed(p, gradient, group)
    let (first, second) = group.betas
    let (mean, squares) = (state.tensor("exp_avg") { p.zerosLike() }, state.tensor("exp_avg_sq") { p.zerosLike() })
    average(mean, g, 1 - first)
    averageSquare(squares, g, second)
    let correction = 1 - second.raised(to: count)
    let rate = group.lr / (1 - first.raised(to: count))
    // The length of the average that the squares amount to by now, and in the end.
    let limit = 2 / (1 - second) - 1
    let length = limit - 2 * Double(count) * second.raised(to: count) / correction
    guard length > 5 else {
      p.sub_(mean, alpha: .double(rate))
      return
    }
    let rectified = ((length - 4) * (length - 2) * limit / ((limit - 4) * (limit - 2) * length)).squareRoot()
    p.addcdiv_(mean, squares.sqrt().add_(number(group.number("eps"))), value: .double(-rate * rectified * correction.squareRoot()))
  }
}

extension ElementwiseOptimizer {
  /// The gradient with weight decay in it, or, decoupled, the parameter lowered.
  func decayed(_ p: Tensor, _ g: Tensor, _ group: ParameterGroup) -> Tensor {
    guard group.weightDecay != 0 else { return g }
    if group.flag("decoupled_weight_decay") {
      p.mul_(number(1 - group.lr * group.weightDecay))
      return g
    }
    return g.add(p, alpha: .double(group.weightDecay))
  }
}
