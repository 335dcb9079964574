import CTorchKernels
import TorchOps

/// Stochastic gradient descent, with momentum, Nesterov's momentum and weight decay. `torch.optim.SGD`.
public final class SGD: Optimizer {
  /// - Parameters:
  ///   - dampening: how much less than fully a gradient enters the momentum.
  ///   - maximize: climbs instead of descending.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1e-3, momentum: Double = 0, dampening: Double = 0, weightDecay: Double = 0,
    nesterov: Bool = false, maximize: Bool = false
  ) {
    self.init(
      groups: [ParameterGroup(parameters)], lr: lr, momentum: momentum, dampening: dampening, weightDecay: weightDecay,
      nesterov: nesterov, maximize: maximize)
  }

  /// With groups, whose own options go before those given here.
  public init(
    groups: [ParameterGroup], lr: Double = 1e-3, momentum: Double = 0, dampening: Double = 0, weightDecay: Double = 0,
    nesterov: Bool = false, maximize: Bool = false
  ) {
    super.init(
      groups,
      defaults: [
        "lr": .double(lr), "momentum": .double(momentum), "dampening": .double(dampening), "weight_decay": .double(weightDecay),
        "nesterov": .bool(nesterov), "maximize": .bool(maximize), "foreach": .null, "differentiable": false, "fused": .null,
      ])
  }

  public override func validate(_ group: ParameterGroup) throws {
    try super.validate(group)
    guard group.momentum >= 0 else {
      throw TorchError(.value, "momentum: expected a number of at least 0, got \(group.momentum)")
    }
    if group.flag("nesterov") && (group.momentum <= 0 || group.number("dampening") != 0) {
      throw TorchError(.value, "nesterov needs a momentum above 0 and no dampening")
    }
  }

  override var tensorStateNames: Set<String> { ["momentum_buffer"] }

  public override func updateParameters() throws {
    var update = FusedUpdate<torch_sgd_options>()
    for group in parameterGroups {
      var options = torch_sgd_options(
        lr: group.lr, momentum: group.momentum, dampening: group.number("dampening"), weight_decay: group.weightDecay,
        nesterov: group.flag("nesterov"), maximize: group.flag("maximize"), first_step: false)
      for parameter in group.parameters {
        guard var gradient = parameter.grad else { continue }
        if gradient.isSparse {
          if options.momentum == 0 && options.weight_decay == 0 {
            if state[ObjectIdentifier(parameter.impl)] == nil { state[ObjectIdentifier(parameter.impl)] = [:] }
            parameter.detach().add_(gradient, alpha: .double(options.maximize ? options.lr : -options.lr))
            continue
          }
          // Momentum and decay change every element.
          gradient = gradient.toDense()
        }
        let key = ObjectIdentifier(parameter.impl)
        var buffer: Tensor?
        options.first_step = false
        if options.momentum != 0 {
          if let old = state[key]?["momentum_buffer"]?.tensorValue {
            buffer = FusedUpdate.current(old, like: parameter)
          } else {
            buffer = FusedUpdate.stateTensor(like: parameter)
            options.first_step = true
          }
          state[key, default: [:]]["momentum_buffer"] = .tensor(buffer!)
        } else if state[key] == nil {
          state[key] = [:]
        }
        try update.add(parameter, gradient: gradient, state: [buffer], options: options)
      }
    }
    update.run { dtype, count, parameter, gradient, state, options in
      _ = torch_sgd_step(Int32(dtype), count, parameter, gradient, state[0], &options)
    }
  }
}
