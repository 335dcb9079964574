extension Tensor {
  /// Whether operations on this tensor are recorded. Setting it is allowed on leaves only. `Tensor.requires_grad`.
  public var requiresGrad: Bool { impl.requiresGrad }

  /// Marks a leaf as wanting a gradient, or not. `Tensor.requires_grad_()`. Fails for tensors that an op made and for types without
  /// gradients.
  @discardableResult
  public func requiresGrad_(_ wanted: Bool = true) -> Tensor {
    checked(self, "requiresGrad_") {
      if wanted && impl.storage.isInference && !isInferenceModeEnabled {
        throw TorchError(
          .autograd,
          "Setting requires_grad=True on inference tensor outside InferenceMode is not allowed: clone() it, outside of inference mode")
      }
      if wanted && !dtype.isDifferentiable {
        throw TorchError(.dtype, "only floating-point and complex tensors can require gradients, got \(dtype)")
      }
      if impl.gradNode != nil {
        if wanted { return self }
        throw TorchError(.autograd, "only leaves can stop requiring gradients; use detach() to leave the tape")
      }
      impl.leafRequiresGrad = wanted
      return self
    }
  }

  /// Whether no recorded op made this tensor. `Tensor.is_leaf`.
  public var isLeaf: Bool { impl.gradNode == nil }

  /// The node that made this tensor, or nil for a leaf. `Tensor.grad_fn`.
  public var gradNode: Node? { impl.gradNode }

  /// The gradient that `backward` accumulated, or nil. Assigning replaces it. `Tensor.grad`.
  public var grad: Tensor? {
    get { impl.extra?.grad }
    nonmutating set {
      checked((), "grad") {
        if let newValue {
          guard newValue.impl.sizes == impl.sizes, newValue.dtype == dtype else {
            throw TorchError(.autograd, "a gradient must have its tensor's shape and type: expected \(summary), got \(newValue.summary)")
          }
        }
        if newValue == nil && impl.extra == nil { return }
        impl.autogradExtra.grad = newValue
      }
    }
  }

  /// The same memory, off the tape. `Tensor.detach()`.
  public func detach() -> Tensor { isWrapped ? ReinterpretOps.detach(self) : alias() }

  /// Keeps the gradient of a tensor that is no leaf, too. `Tensor.retain_grad()`.
  public func retainGrad() {
    checked((), "retainGrad") {
      guard requiresGrad else { throw TorchError(.autograd, "the tensor does not require gradients") }
      guard let node = impl.gradNode, !impl.autogradExtra.retainsGrad else { return }
      impl.autogradExtra.retainsGrad = true
      let extra = impl.autogradExtra
      node.observe(result: Int(impl.gradIndex)) { gradient in
        extra.grad = extra.grad.map { $0 + gradient } ?? gradient
        return gradient
      }
    }
  }

  /// Computes the gradients of this tensor with respect to the leaves it was made from and adds them to their `grad`.
  /// `Tensor.backward`.
  /// - Parameters:
  ///   - gradient: the gradient of the final value with respect to this tensor, of its shape; 1 when omitted, which needs a tensor of
  ///     one element.
  ///   - retainGraph: keeps what was saved, for another backward; defaults to `createGraph`.
  ///   - createGraph: records the backward itself, for derivatives of higher order.
  ///   - inputs: the only tensors whose gradients are accumulated; all leaves where nil.
  public func backward(
    gradient: Tensor? = nil, retainGraph: Bool? = nil, createGraph: Bool = false, inputs: [Tensor]? = nil
  ) {
    checked((), "backward") {
      try TorchCore.backward(
        [self], gradients: [gradient], retainGraph: retainGraph, createGraph: createGraph, inputs: inputs)
    }
  }

  /// Calls `hook` with this leaf after its gradient was accumulated: for optimizers that step at once and free the gradient.
  /// `Tensor.register_post_accumulate_grad_hook`. Fails for tensors that an op made.
  @discardableResult
  public func registerPostAccumulateGradHook(_ hook: @escaping (Tensor) throws -> Void) -> HookHandle {
    checked(HookHandle {}, "registerPostAccumulateGradHook") {
      guard isLeaf, requiresGrad else {
        throw TorchError(.autograd, "post accumulate grad hooks cannot be registered on non-leaf tensors, nor on ones without gradients")
      }
      let extra = impl.autogradExtra
      let id = extra.nextHook
      extra.nextHook += 1
      extra.postAccumulateHooks.append((id, hook))
      return HookHandle { [weak extra] in extra?.postAccumulateHooks.removeAll { $0.id == id } }
    }
  }

  /// Calls `hook` with this tensor's gradient when it is computed; what it returns replaces the gradient. `Tensor.register_hook`.
  @discardableResult
  public func registerHook(_ hook: @escaping (Tensor) throws -> Tensor?) -> HookHandle {
    let extra = impl.autogradExtra
    let id = extra.nextHook
    extra.nextHook += 1
    if let node = impl.gradNode {
      let key = node.observe(result: Int(impl.gradIndex)) { try hook($0) ?? $0 }
      return HookHandle { [weak node] in node?.removeObserver(key) }
    }
    extra.hooks.append((id, hook))
    return HookHandle { [weak extra] in extra?.hooks.removeAll { $0.id == id } }
  }
}

/// Removes a hook when asked to.
public struct HookHandle {
  private let removal: () -> Void
  package init(_ removal: @escaping () -> Void) { self.removal = removal }
  public func remove() { removal() }
}

/// Computes the gradients of several tensors together and accumulates them. `torch.autograd.backward`.
/// - Parameter inputs: the only tensors whose gradients are accumulated; all leaves where nil.
public func backward(
  _ outputs: [Tensor], gradients: [Tensor?]? = nil, retainGraph: Bool? = nil, createGraph: Bool = false, inputs: [Tensor]? = nil
) throws {
  let starts = gradients ?? Array(repeating: nil, count: outputs.count)
  let keeps = retainGraph ?? createGraph
  guard let inputs else {
    _ = try runBackward(outputs, starts, inputs: nil, retainGraph: keeps, createGraph: createGraph)
    return
  }
  guard !inputs.isEmpty else { throw TorchError(.autograd, "`inputs` argument to `backward()` cannot be empty.") }
  let found = try runBackward(outputs, starts, inputs: inputs, retainGraph: keeps, createGraph: createGraph)
  for (input, gradient) in zip(inputs, found) {
    guard let gradient else { continue }
    let extra = input.impl.autogradExtra
    extra.grad = extra.grad.map { $0 + gradient } ?? (createGraph ? gradient : gradient.clone())
    for entry in extra.postAccumulateHooks { try entry.hook(input) }
  }
}

/// The gradients of `outputs` with respect to `inputs`, without touching any `grad`. `torch.autograd.grad`.
/// - Parameters:
///   - gradOutputs: gradients of the outputs; 1 for outputs of one element where omitted.
///   - allowUnused: gives nil for inputs that the outputs do not depend on, instead of failing.
///   - materializeGrads: gives zeros instead of nil.
public func grad(
  _ outputs: [Tensor], _ inputs: [Tensor], gradOutputs: [Tensor?]? = nil, retainGraph: Bool? = nil, createGraph: Bool = false,
  allowUnused: Bool = false, materializeGrads: Bool = false
) throws -> [Tensor?] {
  do {
    let found = try runBackward(
      outputs, gradOutputs ?? Array(repeating: nil, count: outputs.count), inputs: inputs, retainGraph: retainGraph ?? createGraph,
      createGraph: createGraph)
    if materializeGrads { return zip(found, inputs).map { $0 ?? $1.detach().zerosLike() } }
    if !allowUnused, let missing = found.firstIndex(where: { $0 == nil }) {
      throw TorchError(.autograd, "input \(missing) was not used to compute the outputs; pass allowUnused: true to get nil for it")
    }
    return found
  } catch {
    throw Failure.locate(error, op: "grad", arguments: "")
  }
}

private func runBackward(
  _ outputs: [Tensor], _ gradients: [Tensor?], inputs: [Tensor]?, retainGraph: Bool, createGraph: Bool
) throws -> [Tensor?] {
  guard outputs.count == gradients.count else {
    throw TorchError(.autograd, "got \(gradients.count) gradients for \(outputs.count) outputs")
  }
  var initial: [Tensor] = []
  for (output, gradient) in zip(outputs, gradients) {
    guard output.isDefined else { throw PoisonedInput() }
    guard output.requiresGrad else {
      throw TorchError(.autograd, "\(output.summary) does not require gradients and no recorded op made it")
    }
    if let gradient {
      guard gradient.impl.sizes == output.impl.sizes else {
        throw TorchError(.autograd, "the gradient given for \(output.summary) has sizes \(gradient.impl.sizes); they must be equal")
      }
      initial.append(gradient.dtype == output.dtype ? gradient : gradient.to(output.dtype))
    } else {
      guard output.count == 1 else {
        throw TorchError(.autograd, "a gradient can be left out for a single element only, not for \(output.summary)")
      }
      guard !output.dtype.isComplex else {
        throw TorchError(.autograd, "a gradient can be left out for real outputs only, not for \(output.summary)")
      }
      initial.append(try ThreadState.with(setting: ThreadState.noGrad) { try Tensor.filled(1, TensorSpec(like: output)) })
    }
  }
  if let inputs, let bad = inputs.first(where: { !$0.requiresGrad }) {
    throw TorchError(.autograd, "input \(bad.summary) does not require gradients")
  }
  return try Engine.run(roots: outputs, gradients: initial, inputs: inputs, retainGraph: retainGraph, createGraph: createGraph)
}
