import CTorchKernels
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

  public override func updateParameters() throws {
    var update = FusedUpdate<torch_rmsprop_options>()
    for group in parameterGroups {
      let options = torch_rmsprop_options(
        lr: group.lr, alpha: group.number("alpha"), eps: group.number("eps"), weight_decay: group.weightDecay,
        momentum: group.momentum, centered: group.flag("centered"), maximize: group.flag("maximize"))
      for parameter in group.parameters {
        guard let gradient = parameter.grad else { continue }
        try requireDense(gradient)
        let key = ObjectIdentifier(parameter.impl)
        var own = state[key] ?? [:]
        own["step"] = .int((own["step"]?.intValue ?? 0) + 1)
        func kept(_ name: String) -> Tensor {
          let tensor =
            own[name]?.tensorValue.map { FusedUpdate.current($0, like: parameter) } ?? FusedUpdate.stateTensor(like: parameter)
          own[name] = .tensor(tensor)
          return tensor
        }
        let tensors: [Tensor?] = [
          kept("square_avg"), options.momentum > 0 ? kept("momentum_buffer") : nil, options.centered ? kept("grad_avg") : nil,
        ]
        state[key] = own
        try update.add(parameter, gradient: gradient, state: tensors, options: options)
      }
    }
    update.run { dtype, count, parameter, gradient, state, options in
      guard let squares = state[0] else { return }
      _ = torch_rmsprop_step(dtype, count, parameter, gradient, squares, state[1], state[2], &options)
    }
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
