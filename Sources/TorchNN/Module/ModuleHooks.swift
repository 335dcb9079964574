import TorchOps

extension Module {
  /// Calls `hook` with the module and its input before each call; what it returns replaces the input.
  /// `Module.register_forward_pre_hook`.
  @discardableResult
  public final func registerForwardPreHook(_ hook: @escaping (Module, Tensor) throws -> Tensor?) -> HookHandle {
    hooksForChange.add(hook, to: \.before)
  }

  /// Calls `hook` with the module, its input and its output after each call; what it returns replaces the output.
  /// `Module.register_forward_hook`.
  @discardableResult
  public final func registerForwardHook(_ hook: @escaping (Module, _ input: Tensor, _ output: Tensor) throws -> Tensor?) -> HookHandle {
    hooksForChange.add(hook, to: \.after)
  }

  /// Calls `hook` with the gradient of the module's output before it goes through the module; what it returns replaces it.
  /// `Module.register_full_backward_pre_hook`.
  @discardableResult
  public final func registerFullBackwardPreHook(_ hook: @escaping (Module, _ gradOutput: Tensor) throws -> Tensor?) -> HookHandle {
    hooksForChange.add(hook, to: \.beforeBackward)
  }

  /// Calls `hook` with the gradients of the module's input and output when both are known; what it returns replaces that of the input,
  /// which is nil where the input has no gradient. `Module.register_full_backward_hook`.
  @discardableResult
  public final func registerFullBackwardHook(
    _ hook: @escaping (Module, _ gradInput: Tensor?, _ gradOutput: Tensor) throws -> Tensor?
  ) -> HookHandle { hooksForChange.add(hook, to: \.afterBackward) }

  private var hooksForChange: ModuleHooks {
    if let hooks { return hooks }
    let fresh = ModuleHooks()
    hooks = fresh
    return fresh
  }
}

/// The hooks of a module, called in the order of their registration. They see calls on one tensor.
final class ModuleHooks {
  typealias List<Hook> = [(id: Int, hook: Hook)]
  fileprivate var before: List<(Module, Tensor) throws -> Tensor?> = []
  fileprivate var after: List<(Module, Tensor, Tensor) throws -> Tensor?> = []
  fileprivate var beforeBackward: List<(Module, Tensor) throws -> Tensor?> = []
  fileprivate var afterBackward: List<(Module, Tensor?, Tensor) throws -> Tensor?> = []
  private var next = 0

  fileprivate func add<Hook>(_ hook: Hook, to list: ReferenceWritableKeyPath<ModuleHooks, List<Hook>>) -> HookHandle {
    next += 1
    let id = next
    self[keyPath: list].append((id, hook))
    return HookHandle { [weak self] in self?[keyPath: list].removeAll { $0.id == id } }
  }

  /// The module's value with the hooks around it. An error in a hook is the call's.
  func call(_ module: Module, _ x: Tensor) -> Tensor {
    checked(.poison(), "\(module.typeName) hook") {
      var x = x
      for entry in before { if let replaced = try entry.hook(module, x) { x = replaced } }
      let isObserved = !(beforeBackward.isEmpty && afterBackward.isEmpty) && isGradEnabled
      // Points on the tape of the module's own, where its gradients pass.
      if isObserved && x.requiresGrad { x = x.view(x.shape) }
      var y = module.forward(x)
      for entry in after { if let replaced = try entry.hook(module, x, y) { y = replaced } }
      return isObserved && y.requiresGrad ? observed(module, x, y) : y
    }
  }

  private func observed(_ module: Module, _ x: Tensor, _ y: Tensor) -> Tensor {
    let output = y.view(y.shape)
    let arrived = Arrived()
    let hasInput = x.requiresGrad
    output.registerHook { [weak module] gradient in
      guard let module, let hooks = module.hooks else { return nil }
      var gradient = gradient
      for entry in hooks.beforeBackward { if let replaced = try entry.hook(module, gradient) { gradient = replaced } }
      arrived.gradient = gradient
      if !hasInput { for entry in hooks.afterBackward { _ = try entry.hook(module, nil, gradient) } }
      return gradient
    }
    if hasInput {
      x.registerHook { [weak module] gradient in
        guard let module, let hooks = module.hooks, let outer = arrived.gradient else { return nil }
        arrived.gradient = nil
        var gradient = gradient
        for entry in hooks.afterBackward { if let replaced = try entry.hook(module, gradient, outer) { gradient = replaced } }
        return gradient
      }
    }
    return output
  }

  /// The gradient that arrived at the output.
  private final class Arrived { var gradient: Tensor? }
}
