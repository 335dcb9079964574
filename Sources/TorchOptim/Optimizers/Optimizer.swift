import TorchOps
import TorchNN

/// The base class of optimizers: parameter groups, state per parameter, saving and loading. `torch.optim.Optimizer`.
///
/// ```swift
/// let optimizer = AdamW(model.parameters(), lr: 1e-3)
/// for batch in loader {
///   optimizer.zeroGrad()
///   crossEntropy(model(batch[0]), batch[1]).backward()
///   optimizer.step()
/// }
/// ```
///
/// An optimizer belongs to one task at a time, like the model it trains.
open class Optimizer {
  /// The groups; their options may be changed between steps.
  public private(set) final var parameterGroups: [ParameterGroup] = []
  /// The options of groups that do not set them, by PyTorch's names.
  public final let defaults: [String: StateValue]
  /// What is kept per parameter between steps, by PyTorch's names: `momentum_buffer`, `exp_avg`, ….
  final var state: [ObjectIdentifier: [String: StateValue]] = [:]

  /// Fails unless every parameter is a leaf of a floating-point or complex type and none occurs twice.
  public init(_ groups: [ParameterGroup], defaults: [String: StateValue]) {
    self.defaults = defaults
    checked((), "\(type(of: self))") {
      if groups.allSatisfy({ $0.parameters.isEmpty }) { throw TorchError(.value, "expected at least one parameter, got none") }
    }
    for group in groups { addParameterGroup(group) }
  }

  /// Takes further parameters. `Optimizer.add_param_group`. Fails like `init`.
  public final func addParameterGroup(_ group: ParameterGroup) {
    checked((), "\(type(of: self))") {
      var known = Set(parameterGroups.flatMap { $0.parameters.map { ObjectIdentifier($0.impl) } })
      for parameter in group.parameters {
        // A module that failed in an error scope has reported why.
        if !parameter.isDefined { throw TorchError(.value, "a parameter is the result of an op that failed in an error scope") }
        guard parameter.dtype.isDifferentiable else {
          throw TorchError(.dtype, "expected floating-point or complex parameters, got \(parameter.summary)")
        }
        guard parameter.isLeaf else {
          throw TorchError(.autograd, "expected leaves, got the result of an op, \(parameter.summary)")
        }
        guard known.insert(ObjectIdentifier(parameter.impl)).inserted else {
          throw TorchError(.value, "\(parameter.summary) occurs twice among the parameters")
        }
      }
      group.options.merge(defaults) { own, _ in own }
      try validate(group)
      parameterGroups.append(group)
    }
  }

  /// Throws if an option of the group is not usable. Subclasses extend it.
  open func validate(_ group: ParameterGroup) throws {
    for name in ["lr", "weight_decay"] {
      let value = group.number(name)
      guard value >= 0 && value.isFinite else {
        throw TorchError(.value, "\(name): expected a number of at least 0, got \(value)")
      }
    }
  }

  // MARK: Steps

  /// Changes every parameter that has a gradient. Subclasses define it; ``step()`` calls it.
  open func updateParameters() throws {
    throw TorchError(.unsupported, "\(type(of: self)) does not define updateParameters()")
  }

  /// Changes every parameter that has a gradient, between the hooks of the step. `Optimizer.step`.
  public final func step() {
    checked((), "\(type(of: self)).step") {
      for hook in stepHooks.before.values { try hook(self) }
      try noGrad { try updateParameters() }
      for hook in stepHooks.after.values { try hook(self) }
    }
  }

  /// Computes the loss and changes the parameters. `Optimizer.step(closure)`.
  /// - Parameter closure: zeroes the gradients, computes the loss, runs backward, and gives the loss.
  @discardableResult
  public func step(_ closure: @escaping () throws -> Tensor) -> Tensor {
    checked(.poison(), "\(type(of: self)).step") {
      let loss = try enableGrad { try closure() }
      step()
      return loss
    }
  }

  private var stepHooks = (before: HookTable<(Optimizer) throws -> Void>(), after: HookTable<(Optimizer) throws -> Void>())

  /// Calls `hook` before every step. `register_step_pre_hook`.
  @discardableResult
  public final func registerStepPreHook(_ hook: @escaping (Optimizer) throws -> Void) -> HookHandle { stepHooks.before.add(hook) }

  /// Calls `hook` after every step. `register_step_post_hook`.
  @discardableResult
  public final func registerStepPostHook(_ hook: @escaping (Optimizer) throws -> Void) -> HookHandle { stepHooks.after.add(hook) }

  /// Throws for a sparse gradient, which this optimizer cannot use.
  final func requireDense(_ gradient: Tensor) throws {
    guard gradient.isSparse else { return }
    throw TorchError(.unsupported, "\(type(of: self)) does not support sparse gradients, got \(gradient.summary); SparseAdam, SGD and Adagrad do")
  }

  /// Drops the gradients of all parameters, or zeroes them. `Optimizer.zero_grad`.
  public final func zeroGrad(setToNil: Bool = true) {
    for group in parameterGroups {
      for parameter in group.parameters { parameter.clearGradient(setToNil: setToNil) }
    }
  }

  // MARK: State

  /// An entry of a parameter's state as PyTorch stores it. Subclasses convert those that they keep otherwise.
  func exported(_ name: String, _ value: StateValue) -> StateValue { value }

  /// The names of the state's entries that are tensors of the parameter's sizes.
  var tensorStateNames: Set<String> { [] }

  /// The state in PyTorch's form: `state` by position of the parameter, and `param_groups`. Tensors share memory with the
  /// optimizer. `Optimizer.state_dict`.
  public final func stateDict() -> StateValue {
    var position = 0
    var states: [String: StateValue] = [:]
    var groups: [StateValue] = []
    for group in parameterGroups {
      var entry = group.options
      entry["params"] = .list(group.parameters.indices.map { .int(position + $0) })
      groups.append(.dictionary(entry))
      for parameter in group.parameters {
        if let own = state[ObjectIdentifier(parameter.impl)] {
          var values: [String: StateValue] = [:]
          for (name, value) in own { values[name] = exported(name, value) }
          states[String(position)] = .dictionary(values)
        }
        position += 1
      }
    }
    return ["state": .dictionary(states), "param_groups": .list(groups)]
  }

  /// Takes over options and state that `stateDict` or PyTorch saved for parameters of the same sizes in the same order.
  /// `Optimizer.load_state_dict`. Throws a `TorchError` that names what does not fit; the optimizer is unchanged then.
  public final func loadStateDict(_ tree: StateValue) throws {
    let reader = try StateReader(tree, "optimizer state")
    let groups = try reader.list("param_groups")
    guard groups.count == parameterGroups.count else {
      throw TorchError(.value, "optimizer state: \(groups.count) parameter groups; this optimizer has \(parameterGroups.count)")
    }
    let saved = try reader.read("state", "a dictionary", \.dictionaryValue)
    var options: [[String: StateValue]] = []
    var states: [ObjectIdentifier: [String: StateValue]] = [:]
    var used = 0
    for (i, group) in parameterGroups.enumerated() {
      let entry = try StateReader(groups[i], "optimizer state: group \(i)")
      let positions = try entry.list("params").compactMap(\.intValue)
      guard positions.count == group.parameters.count else {
        throw TorchError(
          .value, "optimizer state: group \(i) has \(positions.count) parameters; this optimizer's has \(group.parameters.count)")
      }
      let candidate = ParameterGroup([], options: entry.entries.filter { $0.key != "params" })
      candidate.options.merge(group.options) { loaded, _ in loaded }
      try validate(candidate)
      options.append(candidate.options)
      for (position, parameter) in zip(positions, group.parameters) {
        guard let one = saved[String(position)] else { continue }
        used += 1
        states[ObjectIdentifier(parameter.impl)] = try imported(one, for: parameter, position)
      }
    }
    guard used == saved.count else {
      throw TorchError(.value, "optimizer state: state of \(saved.count) parameters, of which only \(used) are in a group")
    }
    for (group, loaded) in zip(parameterGroups, options) { group.options = loaded }
    state = states
  }

  private func imported(_ value: StateValue, for parameter: Tensor, _ position: Int) throws -> [String: StateValue] {
    var entries = try StateReader(value, "optimizer state: parameter \(position)").entries
    for (name, entry) in entries {
      if name == "step" {
        guard let count = entry.intValue, count >= 0 else {
          throw TorchError(.value, "optimizer state: parameter \(position): `step` should be a count, but is \(entry.kind)")
        }
        entries[name] = .int(count)
      } else if tensorStateNames.contains(name) {
        if case .null = entry {
          entries[name] = nil
          continue
        }
        guard let tensor = entry.tensorValue, tensor.sizes == parameter.sizes else {
          throw TorchError(
            .value,
            "optimizer state: parameter \(position): `\(name)` should be a tensor of sizes \(parameter.sizes), "
              + "but is \(entry.kind)")
        }
        // A copy: the tree may be in use elsewhere.
        entries[name] = .tensor(try withTorchErrors { noGrad { FusedUpdate.stateTensor(like: parameter, from: tensor) } })
      }
    }
    return entries
  }
}
