import CTorchKernels
import TorchOps

/// Adam, with weight decay as part of the gradient. `torch.optim.Adam`.
public class Adam: Optimizer {
  /// - Parameters:
  ///   - betas: decay rates of the averages of gradients and of their squares.
  ///   - eps: added to the denominator.
  ///   - amsgrad: divides by the largest average of squares seen so far.
  ///   - maximize: climbs instead of descending.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
    weightDecay: Double = 0, amsgrad: Bool = false, maximize: Bool = false
  ) {
    self.init(
      groups: [ParameterGroup(parameters)], lr: lr, betas: betas, eps: eps, weightDecay: weightDecay, amsgrad: amsgrad,
      maximize: maximize)
  }

  /// With groups, whose own options go before those given here.
  public convenience init(
    groups: [ParameterGroup], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
    weightDecay: Double = 0, amsgrad: Bool = false, maximize: Bool = false
  ) {
    self.init(
      groups, lr: lr, betas: betas, eps: eps, weightDecay: weightDecay, amsgrad: amsgrad, maximize: maximize, decoupled: false)
  }

  init(
    _ groups: [ParameterGroup], lr: Double, betas: (Double, Double), eps: Double, weightDecay: Double, amsgrad: Bool,
    maximize: Bool, decoupled: Bool
  ) {
    super.init(
      groups,
      defaults: [
        "lr": .double(lr), "betas": .list([.double(betas.0), .double(betas.1)]), "eps": .double(eps),
        "weight_decay": .double(weightDecay), "amsgrad": .bool(amsgrad), "maximize": .bool(maximize),
        "decoupled_weight_decay": .bool(decoupled), "foreach": .null, "capturable": false, "differentiable": false,
        "fused": .null,
      ])
  }

  public override func validate(_ group: ParameterGroup) throws {
    try super.validate(group)
    let betas = group.betas
    guard group.options["betas"]?.listValue?.count == 2, 0 <= betas.0, betas.0 < 1, 0 <= betas.1, betas.1 < 1 else {
      throw TorchError(.value, "betas: expected two numbers from 0 to below 1, got \(betas)")
    }
    let eps = group.number("eps")
    guard eps >= 0 else { throw TorchError(.value, "eps: expected a number of at least 0, got \(eps)") }
  }

  override var tensorStateNames: Set<String> { ["exp_avg", "exp_avg_sq", "max_exp_avg_sq"] }

  override func exported(_ name: String, _ value: StateValue) -> StateValue {
    // PyTorch keeps the count as a 0-d float32 tensor.
    if name == "step", let count = value.intValue { return .tensor(Tensor(Float(count))) }
    return value
  }

  public override func updateParameters() throws {
    var update = FusedUpdate<torch_adam_options>()
    for group in parameterGroups {
      let betas = group.betas
      var options = torch_adam_options(
        lr: group.lr, beta1: betas.0, beta2: betas.1, eps: group.number("eps"), weight_decay: group.weightDecay,
        bias_correction1: 1, bias_correction2: 1, decoupled: group.flag("decoupled_weight_decay"),
        amsgrad: group.flag("amsgrad"), maximize: group.flag("maximize"))
      var corrected = 0
      for parameter in group.parameters {
        guard let gradient = parameter.grad else { continue }
        try requireDense(gradient)
        let key = ObjectIdentifier(parameter.impl)
        var own = state[key] ?? [:]
        let count = (own["step"]?.intValue ?? 0) + 1
        own["step"] = .int(count)
        func average(_ name: String) -> Tensor {
          let tensor = own[name]?.tensorValue.map { FusedUpdate.current($0, like: parameter) }
            ?? FusedUpdate.stateTensor(like: parameter)
          own[name] = .tensor(tensor)
          return tensor
        }
        let tensors: [Tensor?] = [
          average("exp_avg"), average("exp_avg_sq"), options.amsgrad ? average("max_exp_avg_sq") : nil,
        ]
        state[key] = own
        if count != corrected {
          corrected = count
          options.bias_correction1 = 1 - betas.0.raised(to: count)
          options.bias_correction2 = 1 - betas.1.raised(to: count)
        }
        try update.add(parameter, gradient: gradient, state: tensors, options: options)
      }
    }
    update.run { dtype, count, parameter, gradient, state, options in
      guard let average = state[0], let squares = state[1] else { return }
      _ = torch_adam_step(dtype, count, parameter, gradient, average, squares, state[2], &options)
    }
  }
}

/// Adam with weight decay apart from the gradient. `torch.optim.AdamW`.
public final class AdamW: Adam {
  /// - Parameter weightDecay: every step multiplies the parameters by 1 - lr · weightDecay first.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
    weightDecay: Double = 1e-2, amsgrad: Bool = false, maximize: Bool = false
  ) {
    self.init(
      groups: [ParameterGroup(parameters)], lr: lr, betas: betas, eps: eps, weightDecay: weightDecay, amsgrad: amsgrad,
      maximize: maximize)
  }

  /// With groups, whose own options go before those given here.
  public convenience init(
    groups: [ParameterGroup], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8,
    weightDecay: Double = 1e-2, amsgrad: Bool = false, maximize: Bool = false
  ) {
    self.init(
      groups, lr: lr, betas: betas, eps: eps, weightDecay: weightDecay, amsgrad: amsgrad, maximize: maximize, decoupled: true)
  }
}
