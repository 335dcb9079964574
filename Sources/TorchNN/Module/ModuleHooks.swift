import TorchOps

extension Module {
  // MARK: Hooks of modules of one tensor

  /// Calls `hook` with the module and its first input before each call; what it returns replaces the input.
  /// `Module.register_forward_pre_hook`.
  @discardableResult
  public final func registerForwardPreHook(_ hook: @escaping (Module, _ input: Tensor) throws -> Tensor?) -> HookHandle {
    registerForwardPreHookOnAll { module, inputs in try hook(module, inputs[0]).map { [$0] + inputs.dropFirst() } }
  }

  /// Calls `hook` with the module, its first input and its first output after each call; what it returns replaces the output.
  /// `Module.register_forward_hook`.
  @discardableResult
  public final func registerForwardHook(_ hook: @escaping (Module, _ input: Tensor, _ output: Tensor) throws -> Tensor?)
    -> HookHandle
  {
    registerForwardHookOnAll { module, inputs, outputs in
      try hook(module, inputs[0], outputs[0]).map { [$0] + outputs.dropFirst() }
    }
  }

  /// Calls `hook` with the gradient of the module's first output before it goes through the module; what it returns replaces it.
  /// `Module.register_full_backward_pre_hook`.
  @discardableResult
  public final func registerFullBackwardPreHook(_ hook: @escaping (Module, _ gradOutput: Tensor) throws -> Tensor?) -> HookHandle
  {
    registerFullBackwardPreHookOnAll { module, gradients in
      guard let first = gradients.first, let first else { return nil }
      return try hook(module, first).map { [$0] + gradients.dropFirst() }
    }
  }

  /// Calls `hook` with the gradients of the module's first input and output when both are known; what it returns replaces that of the
  /// input, which is nil where the input has no gradient. `Module.register_full_backward_hook`.
  @discardableResult
  public final func registerFullBackwardHook(
    _ hook: @escaping (Module, _ gradInput: Tensor?, _ gradOutput: Tensor) throws -> Tensor?
  ) -> HookHandle {
    registerFullBackwardHookOnAll { module, gradInputs, gradOutputs in
      guard let outer = gradOutputs.first, let outer else { return nil }
      return try hook(module, gradInputs.first ?? nil, outer).map { [$0] + gradInputs.dropFirst() }
    }
  }

  // MARK: Hooks of modules of several tensors

  /// As ``registerForwardPreHook(_:)``, with all inputs.
  @discardableResult
  public final func registerForwardPreHookOnAll(_ hook: @escaping (Module, _ inputs: [Tensor]) throws -> [Tensor]?) -> HookHandle
  {
    hooksForChange.add(hook, to: \.before)
  }

  /// As ``registerForwardHook(_:)``, with all inputs and outputs.
  @discardableResult
  public final func registerForwardHookOnAll(
    _ hook: @escaping (Module, _ inputs: [Tensor], _ outputs: [Tensor]) throws -> [Tensor]?
  ) -> HookHandle { hooksForChange.add(hook, to: \.after) }

  /// As ``registerFullBackwardPreHook(_:)``, with the gradients of all outputs.
  @discardableResult
  public final func registerFullBackwardPreHookOnAll(
    _ hook: @escaping (Module, _ gradOutputs: [Tensor?]) throws -> [Tensor?]?
  ) -> HookHandle { hooksForChange.add(hook, to: \.beforeBackward) }

  /// As ``registerFullBackwardHook(_:)``, with the gradients of all inputs and outputs.
  @discardableResult
  public final func registerFullBackwardHookOnAll(
    _ hook: @escaping (Module, _ gradInputs: [Tensor?], _ gradOutputs: [Tensor?]) throws -> [Tensor?]?
  ) -> HookHandle { hooksForChange.add(hook, to: \.afterBackward) }

  private var hooksForChange: ModuleHooks {
    if let hooks { return hooks }
    let fresh = ModuleHooks()
    hooks = fresh
    return fresh
  }
}

/// Hooks of the calls of every module. `torch.nn.modules.module.register_module_forward_pre_hook` and its siblings.
public enum GlobalModuleHooks {
  nonisolated(unsafe) static var table: ModuleHooks?

  /// Calls `hook` with every module and its inputs before each call; what it returns replaces the inputs. To be registered and removed
  /// while no module runs.
  @discardableResult
  public static func registerForwardPreHook(_ hook: @escaping (Module, _ inputs: [Tensor]) throws -> [Tensor]?) -> HookHandle {
    forChange.add(hook, to: \.before)
  }

  /// Calls `hook` with every module, its inputs and outputs after each call; what it returns replaces the outputs.
  @discardableResult
  public static func registerForwardHook(
    _ hook: @escaping (Module, _ inputs: [Tensor], _ outputs: [Tensor]) throws -> [Tensor]?
  ) -> HookHandle { forChange.add(hook, to: \.after) }

  private static var forChange: ModuleHooks {
    if let table { return table }
    let fresh = ModuleHooks()
    table = fresh
    return fresh
  }
}

/// The hooks of a module, called in the order of their registration.
final class ModuleHooks {
  typealias List<Hook> = [(id: Int, hook: Hook)]
  fileprivate var before: List<(Module, [Tensor]) throws -> [Tensor]?> = []
  fileprivate var after: List<(Module, [Tensor], [Tensor]) throws -> [Tensor]?> = []
  fileprivate var beforeBackward: List<(Module, [Tensor?]) throws -> [Tensor?]?> = []
  fileprivate var afterBackward: List<(Module, [Tensor?], [Tensor?]) throws -> [Tensor?]?> = []
  private var next = 0

  fileprivate func add<Hook>(_ hook: Hook, to list: ReferenceWritableKeyPath<ModuleHooks, List<Hook>>) -> HookHandle {
    next += 1
    let id = next
    self[keyPath: list].append((id, hook))
    return HookHandle { [weak self] in self?[keyPath: list].removeAll { $0.id == id } }
  }

  /// The module's outputs with the hooks around them. An error in a hook is the call's.
  func call(_ module: Module, _ inputs: [Tensor], _ outputCount: Int, _ body: ([Tensor]) -> [Tensor]) -> [Tensor] {
    checked(Array(repeating: .poison(), count: outputCount), "\(module.typeName) hook") {
      var inputs = inputs
      for entry in before {
        if let replaced = try entry.hook(module, inputs) { inputs = try ModuleHooks.same(replaced, inputs.count, "inputs") }
      }
      let isObserved = !(beforeBackward.isEmpty && afterBackward.isEmpty) && isGradEnabled
      let arrived = Arrived()
      // Points on the tape of the module's own, where its gradients pass.
      if isObserved, inputs.contains(where: \.requiresGrad) {
        inputs = try passing(inputs, module) { try self.leave(module, $0, arrived) }
      }
      let hasInputs = inputs.contains(where: \.requiresGrad)
      var outputs = body(inputs)
      for entry in after {
        if let replaced = try entry.hook(module, inputs, outputs) {
          outputs = try ModuleHooks.same(replaced, outputs.count, "outputs")
        }
      }
      guard isObserved, outputs.contains(where: \.requiresGrad) else { return outputs }
      return try passing(outputs, module) { gradients in
        try self.enter(module, gradients, arrived, hasInputs: hasInputs, inputCount: inputs.count)
      }
    }
  }

  /// The gradients of the outputs that arrived, until those of the inputs do.
  private final class Arrived { var gradients: [Tensor?] = [] }

  private func enter(
    _ module: Module, _ gradients: [Tensor?], _ arrived: Arrived, hasInputs: Bool, inputCount: Int
  ) throws -> [Tensor?] {
    var gradients = gradients
    for entry in beforeBackward {
      if let replaced = try entry.hook(module, gradients) {
        gradients = try ModuleHooks.same(replaced, gradients.count, "gradients")
      }
    }
    arrived.gradients = gradients
    if !hasInputs {
      for entry in afterBackward { _ = try entry.hook(module, Array(repeating: nil, count: inputCount), gradients) }
    }
    return gradients
  }

  private func leave(_ module: Module, _ gradients: [Tensor?], _ arrived: Arrived) throws -> [Tensor?] {
    var gradients = gradients
    let outer = arrived.gradients
    arrived.gradients = []
    for entry in afterBackward {
      if let replaced = try entry.hook(module, gradients, outer) {
        gradients = try ModuleHooks.same(replaced, gradients.count, "gradients")
      }
    }
    return gradients
  }

  private static func same<Value>(_ values: [Value], _ count: Int, _ what: String) throws -> [Value] {
    guard values.count == count else { throw TorchError(.value, "a hook returned \(values.count) \(what) for \(count)") }
    return values
  }

  /// The tensors as results of one node, whose gradients `body` sees and may replace.
  private func passing(_ tensors: [Tensor], _ module: Module, _ body: @escaping ([Tensor?]) throws -> [Tensor?]) throws
    -> [Tensor]
  {
    let places = tensors.indices.filter { tensors[$0].requiresGrad }
    let count = tensors.count
    let passed = Passage(body: { [weak module] gradients in
      guard module != nil else { return gradients }
      var all = [Tensor?](repeating: nil, count: count)
      for (place, gradient) in zip(places, gradients) { all[place] = gradient }
      let replaced = try body(all)
      return places.map { replaced[$0] }
    }).apply(places.map { tensors[$0] })
    var result = tensors
    for (place, tensor) in zip(places, passed) { result[place] = tensor }
    return result
  }
}

/// Its inputs, with a say in their gradients.
private struct Passage: CustomFunction {
  let body: ([Tensor?]) throws -> [Tensor?]

  func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor] {
    context.materializesGradients = false
    return inputs.map { $0.view($0.shape) }
  }

  func backward(_ context: FunctionContext, _ gradients: [Tensor?]) throws -> [Tensor?] { try body(gradients) }
}
