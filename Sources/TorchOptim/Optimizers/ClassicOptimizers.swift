import TorchOps

private let modes: [String: StateValue] = ["foreach": .null, "capturable": false, "differentiable": false]

/// Divides by the root of the running mean of squared gradients. `torch.optim.RMSprop`.
public final class RMSprop: ElementwiseOptimizer {
  /// - Parameters:
  ///   - alpha: decay rate of the mean.
  ///   - centered: takes the mean gradient off the squares: the variance.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1e-2, alpha: Double = 0.99, eps: Double = 1e-8, weightDecay: Double = 0, momentum: Double = 0,
    centered: Bool = false, maximize: Bool = false
  ) {
    self.init(
      groups: [ParameterGroup(parameters)], lr: lr, alpha: alpha, eps: eps, weightDecay: weightDecay, momentum: momentum,
      centered: centered, maximize: maximize)
  }

  /// With groups, whose own options go before those given here.
  public init(
    groups: [ParameterGroup], lr: Double = 1e-2, alpha: Double = 0.99, eps: Double = 1e-8, weightDecay: Double = 0, momentum: Double = 0,
    centered: Bool = false, maximize: Bool = false
  ) {
    super.init(
      groups,
      defaults: [
        "lr": .double(lr), "alpha": .double(alpha), "eps": .double(eps), "weight_decay": .double(weightDecay),
        "momentum": .double(momentum), "centered": .bool(centered), "maximize": .bool(maximize),
      ].merging(modes) { own, _ in own })
  }

  public override func validate(_ group: ParameterGroup) throws {
    try super.validate(group)
    try requireNonNegative(group, "eps", "momentum", "alpha")
  }

  override var tensorStateNames: Set<String> { ["square_avg", "momentum_buffer", "grad_avg"] }

  override func update(_ p: Tensor, _ g: Tensor, _ state: State, _ count: Int, _ group: ParameterGroup) {
    let alpha = group.number("alpha")
    let squares = state.tensor("square_avg") { p.zerosLike() }
    averageSquare(squares, g, alpha)
    var scale = squares
    if group.flag("centered") {
      let mean = state.tensor("grad_avg") { p.zerosLike() }
      average(mean, g, 1 - alpha)
      scale = squares.addcmul(mean, mean, value: .double(-1))
    }
    let divisor = scale.sqrt().add_(number(group.number("eps")))
    guard group.momentum > 0 else {
      p.addcdiv_(g, divisor, value: .double(-group.lr))
      return
    }
    let buffer = state.tensor("momentum_buffer") { p.zerosLike() }
    buffer.mul_(number(group.momentum)).addcdiv_(g, divisor)
    p.sub_(buffer, alpha: .double(group.lr))
  }
}

/// Steps by the sign of the gradient alone; they grow while it lasts and shrink when it turns. `torch.optim.Rprop`.
public final class Rprop: ElementwiseOptimizer {
  /// - Parameters:
  ///   - etas: what a step is multiplied with when the sign turned, and when it did not.
  ///   - stepSizes: the smallest and largest step.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1e-2, etas: (Double, Double) = (0.5, 1.2), stepSizes: (Double, Double) = (1e-6, 50),
    maximize: Bool = false
  ) { self.init(groups: [ParameterGroup(parameters)], lr: lr, etas: etas, stepSizes: stepSizes, maximize: maximize) }

  /// With groups, whose own options go before those given here.
  public init(
    groups: [ParameterGroup], lr: Double = 1e-2, etas: (Double, Double) = (0.5, 1.2), stepSizes: (Double, Double) = (1e-6, 50),
    maximize: Bool = false
  ) {
    super.init(
      groups,
      defaults: [
        "lr": .double(lr), "etas": [.double(etas.0), .double(etas.1)], "step_sizes": [.double(stepSizes.0), .double(stepSizes.1)],
        "maximize": .bool(maximize),
      ].merging(modes) { own, _ in own })
  }

  private static func pair(_ group: ParameterGroup, _ name: String) -> (Double, Double) {
    let list = (group.options[name]?.listValue ?? []).compactMap(\.doubleValue)
    return list.count == 2 ? (list[0], list[1]) : (.nan, .nan)
  }

  public override func validate(_ group: ParameterGroup) throws {
    try super.validate(group)
    let (less, more) = Rprop.pair(group, "etas")
    guard 0 < less, less < 1, 1 < more else { throw TorchError(.value, "etas: expected 0 < first < 1 < second, got (\(less), \(more))") }
    let (low, high) = Rprop.pair(group, "step_sizes")
    guard low <= high else { throw TorchError(.value, "step_sizes: expected the smallest and the largest, got (\(low), \(high))") }
  }

  override var tensorStateNames: Set<String> { ["prev", "step_size"] }

  override func update(_ p: Tensor, _ g: Tensor, _ state: State, _ count: Int, _ group: ParameterGroup) {
    let (less, more) = Rprop.pair(group, "etas")
    let (low, high) = Rprop.pair(group, "step_sizes")
    let previous = state.tensor("prev") { p.zerosLike() }
    let sizes = state.tensor("step_size") { p.fullLike(.double(group.lr)) }
    let same = g * previous
    let zero = Tensor(scalar: .int(0))
    let turned = same .< zero
    // In the parameter's type: numbers alone would make float32.
    let kinds = [less, more, 1].map { sizes.fullLike(.double($0)) }
    let factor = `where`(turned, kinds[0], `where`(same .> zero, kinds[1], kinds[2]))
    sizes.mul_(factor).clamp_(min: .double(low), max: .double(high))
    let kept = `where`(turned, zero, g)
    p.addcmul_(kept.sign(), sizes, value: .int(-1))
    previous.copy_(kept)
  }
}

/// Stochastic gradient descent that also keeps the mean of the parameters. `torch.optim.ASGD`.
public final class ASGD: ElementwiseOptimizer {
  /// - Parameters:
  ///   - lambd: decay of the parameters.
  ///   - alpha: power of the decay of the learning rate.
  ///   - t0: the step at which the mean begins.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1e-2, lambd: Double = 1e-4, alpha: Double = 0.75, t0: Double = 1e6, weightDecay: Double = 0,
    maximize: Bool = false
  ) {
    self.init(
      groups: [ParameterGroup(parameters)], lr: lr, lambd: lambd, alpha: alpha, t0: t0, weightDecay: weightDecay, maximize: maximize)
  }

  /// With groups, whose own options go before those given here.
  public init(
    groups: [ParameterGroup], lr: Double = 1e-2, lambd: Double = 1e-4, alpha: Double = 0.75, t0: Double = 1e6, weightDecay: Double = 0,
    maximize: Bool = false
  ) {
    super.init(
      groups,
      defaults: [
        "lr": .double(lr), "lambd": .double(lambd), "alpha": .double(alpha), "t0": .double(t0), "weight_decay": .double(weightDecay),
        "maximize": .bool(maximize),
      ].merging(modes) { own, _ in own })
  }

  override var tensorStateNames: Set<String> { ["ax"] }
  override var numberStateNames: Set<String> { ["eta", "mu"] }

  override func update(_ p: Tensor, _ g: Tensor, _ state: State, _ count: Int, _ group: ParameterGroup) {
    let (lr, lambd) = (group.lr, group.number("lambd"))
    let (eta, mu) = (state[number: "eta"] ?? Double(Float(lr)), state[number: "mu"] ?? 1)
    let mean = state.tensor("ax") { p.zerosLike() }
    p.mul_(number(1 - lambd * eta)).sub_(g, alpha: .double(eta))
    if mu == 1 { mean.copy_(p) } else { mean.add_((p - mean).mul_(number(mu))) }
    state[number: "eta"] = lr / power(1 + lambd * lr * Double(count), group.number("alpha"))
    state[number: "mu"] = 1 / Swift.max(1, Double(count) - group.number("t0"))
  }
}
