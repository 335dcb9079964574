import TorchOps

/// Calls a module with other parameters and buffers than its own, as a function of them. `torch.func.functional_call`.
///
/// With the transforms this gives gradients by parameters that are arguments, gradients for each sample, and ensembles:
///
/// ```swift
/// let loss: ([String: Tensor], Tensor, Tensor) -> Tensor = { parameters, x, y in
///   crossEntropy(functionalCall(model, parameters, x.unsqueeze(0)), y.unsqueeze(0))
/// }
/// let perSample = vmap(grad(loss), inDims: [nil, 0, 0])(model.parameterDictionary(), images, labels)
/// ```
/// - Parameters:
///   - tensors: by key (``Module/namedParameters()``); what is not named is the module's own. Tensors that the module holds twice
///     follow together. Fails for keys that the module lacks.
///   - body: calls the module.
public func functionalCall<M: Module, Result>(
  _ module: M, _ tensors: [String: Tensor], _ body: (M) throws -> Result
) rethrows -> Result {
  let slots = module.namedSlots()
  checked((), "functionalCall") {
    let known = Set(slots.map(\.name))
    let unknown = tensors.keys.filter { !known.contains($0) }.sorted()
    guard unknown.isEmpty else { throw TorchError(.value, "\(module.typeName) has no parameters or buffers \(unknown)") }
  }
  // One tensor may be held under several keys.
  var given: [ObjectIdentifier: Tensor] = [:]
  for (name, slot, _) in slots {
    if let own = slot.tensor, let tensor = tensors[name] { given[ObjectIdentifier(own.impl)] = tensor }
  }
  let saved = slots.map(\.slot.tensor)
  defer { for (entry, tensor) in zip(slots, saved) { entry.slot.tensor = tensor } }
  for (name, slot, _) in slots {
    if let tensor = tensors[name] ?? slot.tensor.flatMap({ given[ObjectIdentifier($0.impl)] }) { slot.tensor = tensor }
  }
  return try body(module)
}

/// As `functionalCall`, for a module of one tensor.
public func functionalCall(_ module: Module, _ tensors: [String: Tensor], _ x: Tensor) -> Tensor {
  functionalCall(module, tensors) { $0(x) }
}

extension Module {
  /// The parameters by key, as values of a function: off the tape, sharing the module's memory.
  public final func parameterDictionary() -> [String: Tensor] {
    Dictionary(namedParameters().map { ($0.name, $0.tensor.detach()) }, uniquingKeysWith: { first, _ in first })
  }

  /// The buffers by key.
  public final func bufferDictionary() -> [String: Tensor] {
    Dictionary(namedBuffers().map { ($0.name, $0.tensor.detach()) }, uniquingKeysWith: { first, _ in first })
  }
}

/// The parameters and buffers of modules of one architecture, stacked along a new first dimension: an ensemble that `vmap` calls at
/// once. `torch.func.stack_module_state`.
///
/// ```swift
/// let (parameters, buffers) = stackModuleState(models)
/// let outputs = vmap({ p, b, x in functionalCall(models[0], p.merging(b) { a, _ in a }, x) }, inDims: [0, 0, nil])(parameters, buffers, x)
/// ```
public func stackModuleState(_ modules: [Module]) -> (parameters: [String: Tensor], buffers: [String: Tensor]) {
  checked(([:], [:]), "stackModuleState") {
    guard let first = modules.first else { throw TorchError(.value, "expected at least one module") }
    for (i, module) in modules.enumerated() {
      guard type(of: module) == type(of: first) else {
        throw TorchError(.value, "expected modules of one class, got \(first.typeName) and, as number \(i), \(module.typeName)")
      }
      guard module.isTraining == first.isTraining else {
        throw TorchError(.value, "expected all modules to be in training mode, or none")
      }
    }
    func stacked(_ entries: [[(name: String, tensor: Tensor)]], trainable: Bool) throws -> [String: Tensor] {
      var result: [String: Tensor] = [:]
      for (k, entry) in entries[0].enumerated() {
        let column = try entries.enumerated().map { i, list in
          guard list.count == entries[0].count, list[k].name == entry.name, list[k].tensor.sizes == entry.tensor.sizes else {
            throw TorchError(.shape, "module \(i) does not have the parameters of the first: they differ at \(entry.name)")
          }
          return list[k].tensor.detach()
        }
        let whole = noGrad { stack(column) }
        result[entry.name] =
          trainable && whole.dtype.isDifferentiable && entry.tensor.requiresGrad ? whole.requiresGrad_() : whole
      }
      return result
    }
    return (
      try stacked(modules.map { $0.namedParameters() }, trainable: true),
      try stacked(modules.map { $0.namedBuffers() }, trainable: false)
    )
  }
}
