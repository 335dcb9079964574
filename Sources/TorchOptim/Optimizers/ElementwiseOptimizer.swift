import TorchOps

/// What the optimizers made of tensor ops have in common: the count of steps, the direction, weight decay, the state per parameter.
public class ElementwiseOptimizer: Optimizer {
  /// A parameter's state by PyTorch's names while its step runs.
  final class State {
    fileprivate(set) var entries: [String: StateValue]
    fileprivate init(_ entries: [String: StateValue]) { self.entries = entries }

    /// A tensor of the state; made by `initial` in the first step.
    func tensor(_ name: String, _ initial: () -> Tensor) -> Tensor {
      if let found = entries[name]?.tensorValue { return found }
      let fresh = initial()
      entries[name] = .tensor(fresh)
      return fresh
    }

    subscript(number name: String) -> Double? {
      get { entries[name]?.doubleValue }
      // PyTorch keeps it in float32.
      set { entries[name] = newValue.map { .double(Double(Float($0))) } }
    }
  }

  /// The names of the state's entries that are plain numbers; PyTorch keeps them as 0-d tensors.
  var numberStateNames: Set<String> { [] }
  /// Whether the state has the number of steps.
  var countsSteps: Bool { true }
  /// Whether weight decay is part of the gradient here rather than the optimizer's own business.
  var addsWeightDecay: Bool { true }

  override func exported(_ name: String, _ value: StateValue) -> StateValue {
    if (name == "step" || numberStateNames.contains(name)), let number = value.doubleValue { return .tensor(Tensor(Float(number))) }
    return value
  }

  public override func updateParameters() throws {
    for group in parameterGroups {
      for parameter in group.parameters {
        guard var gradient = parameter.grad?.detach() else { continue }
        let key = ObjectIdentifier(parameter.impl)
        let own = State(state[key] ?? [:])
        let count = (own.entries["step"]?.intValue ?? 0) + 1
        if countsSteps { own.entries["step"] = .int(count) }
        if gradient.isSparse {
          if group.flag("maximize") { gradient = -gradient }
          try updateSparse(parameter.detach(), gradient, own, count, group)
        } else {
          var target = parameter.detach()
          if target.dtype.isComplex { (target, gradient) = (target.viewAsReal(), gradient.viewAsReal()) }
          if group.flag("maximize") { gradient = -gradient }
          if addsWeightDecay, group.weightDecay != 0 { gradient = gradient.add(target, alpha: .double(group.weightDecay)) }
          try update(target, gradient, own, count, group)
        }
        state[key] = own.entries
      }
    }
  }

  /// One step by a sparse gradient, for the optimizers that have one.
  func updateSparse(_ parameter: Tensor, _ gradient: Tensor, _ state: State, _ count: Int, _ group: ParameterGroup) throws {
    try requireDense(gradient)
  }

  /// One step of one parameter, which it changes in place. `count` is 1 in the first step.
  func update(_ parameter: Tensor, _ gradient: Tensor, _ state: State, _ count: Int, _ group: ParameterGroup) throws {
    throw TorchError(.unsupported, "\(type(of: self)) does not define update()")
  }

  /// Throws unless the option is at least 0.
  final func requireNonNegative(_ group: ParameterGroup, _ names: String...) throws {
    for name in names {
      let value = group.number(name)
      guard value >= 0 else { throw TorchError(.value, "\(name): expected a number of at least 0, got \(value)") }
    }
  }

  /// Throws unless both betas are from 0 to below 1.
  final func requireBetas(_ group: ParameterGroup) throws {
    let betas = group.betas
    guard 0 <= betas.0, betas.0 < 1, 0 <= betas.1, betas.1 < 1 else {
      throw TorchError(.value, "betas: expected two numbers from 0 to below 1, got \(betas)")
    }
  }

  /// Moves a running average towards `value` by the share `weight`.
  final func average(_ running: Tensor, _ value: Tensor, _ weight: Double) { running.lerp_(value, weight: .double(weight)) }

  /// running = decay · running + (1 - decay) · value².
  final func averageSquare(_ running: Tensor, _ value: Tensor, _ decay: Double) {
    running.mul_(number(decay)).addcmul_(value, value, value: .double(1 - decay))
  }

  final func number(_ value: Double) -> Tensor { Tensor(scalar: .double(value)) }
}
