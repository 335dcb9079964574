import TorchOps

/// The base class of layers and models: parameters, buffers and child modules are plain stored properties. `torch.nn.Module`.
///
/// Children are found where they stand: properties that hold a module, an optional module, an array of modules or a dictionary of
/// modules by name. Parameters and buffers are marked with ``Parameter`` and ``Buffer``. Nothing has to be registered, and
/// assigning another module or tensor to a property replaces the old one.
///
/// ```swift
/// final class Classifier: Module {
///   let hidden = Linear(784, 128)
///   let output = Linear(128, 10)
///   override func forward(_ x: Tensor) -> Tensor { output(hidden(x).relu()) }
/// }
/// let model = Classifier()
/// let logits = model(images)
/// ```
///
/// A module belongs to one task at a time: it is a class with state and not `Sendable`.
open class Module: CustomStringConvertible {
  /// Whether layers such as dropout and batch norm behave as in training. Set by ``train(_:)`` and ``eval()``.
  public internal(set) final var isTraining = true
  /// What is called around a call; nil on nearly every module.
  final var hooks: ModuleHooks?

  public init() {}

  /// The module's value on one tensor. Subclasses override it; those of two and three tensors override the forms below,
  /// and one with other inputs defines a `callAsFunction` with them.
  open func forward(_ x: Tensor) -> Tensor { unsupportedCall(tensors: 1) }

  /// The module's value on two tensors, for those that take two.
  open func forward(_ x: Tensor, _ y: Tensor) -> Tensor { unsupportedCall(tensors: 2) }

  /// The module's value on three tensors, for those that take three.
  open func forward(_ x: Tensor, _ y: Tensor, _ z: Tensor) -> Tensor { unsupportedCall(tensors: 3) }

  private func unsupportedCall(tensors: Int) -> Tensor {
    let parameters = String(repeating: "_:", count: tensors)
    Failure.raise(
      TorchError(
        .unsupported,
        "\(typeName) does not define forward(\(parameters)), so that it cannot be called on \(tensors == 1 ? "one tensor" : "\(tensors) tensors")"
      ),
      op: "Module")
    return .poison()
  }

  // A subclass whose calls have other results is preferred where both would do.

  /// Calls ``forward(_:)`` and the hooks around it.
  @_disfavoredOverload
  public final func callAsFunction(_ x: Tensor) -> Tensor {
    isHooked ? withHooks([x]) { [forward($0[0])] }[0] : forward(x)
  }

  /// Calls ``forward(_:_:)`` and the hooks around it.
  @_disfavoredOverload
  public final func callAsFunction(_ x: Tensor, _ y: Tensor) -> Tensor {
    isHooked ? withHooks([x, y]) { [forward($0[0], $0[1])] }[0] : forward(x, y)
  }

  /// Calls ``forward(_:_:_:)`` and the hooks around it.
  @_disfavoredOverload
  public final func callAsFunction(_ x: Tensor, _ y: Tensor, _ z: Tensor) -> Tensor {
    isHooked ? withHooks([x, y, z]) { [forward($0[0], $0[1], $0[2])] }[0] : forward(x, y, z)
  }

  /// Runs `body` between the hooks, for modules whose calls have other forms: it gets the inputs and gives the outputs.
  /// - Parameter outputs: how many outputs there are, also where a hook fails.
  public final func withHooks(_ inputs: [Tensor], outputs: Int = 1, _ body: ([Tensor]) -> [Tensor]) -> [Tensor] {
    func own(_ inputs: [Tensor]) -> [Tensor] { hooks?.call(self, inputs, outputs, body) ?? body(inputs) }
    return GlobalModuleHooks.table?.call(self, inputs, outputs, own) ?? own(inputs)
  }

  @inline(__always) private final var isHooked: Bool { hooks != nil || GlobalModuleHooks.table != nil }

  /// What `description` shows in parentheses after the type's name: the options of a layer. `extra_repr`.
  open var extraDescription: String { "" }

  /// The name of the module's class; a lazy module takes that of the layer that it has become.
  open var typeName: String { String(describing: type(of: self)) }

  /// Called on each module when a state dictionary gave tensors to lazy modules: they read their sizes off them.
  func pendingStateLoaded() {}

  // MARK: Listing

  /// The child modules with their names, in the order of declaration, the superclass's first. `named_children`.
  public final func namedChildren() -> [(name: String, module: Module)] {
    var seen: Set<ObjectIdentifier> = []
    return ModuleMembers(of: self).children.filter { seen.insert(ObjectIdentifier($0.module)).inserted }
  }

  /// The child modules. `children`.
  public final func children() -> [Module] { namedChildren().map(\.module) }

  /// This module (under the empty name) and all modules below it, parents first; one that is reached twice is listed once.
  /// `named_modules`.
  public final func namedModules() -> [(name: String, module: Module)] {
    var found: [(name: String, module: Module)] = []
    visit { name, module, _ in found.append((name, module)) }
    return found
  }

  /// This module and all modules below it. `modules`.
  public final func modules() -> [Module] { namedModules().map(\.module) }

  /// All parameters with their keys; one that is reached twice is listed under its first key. `named_parameters`.
  public final func namedParameters() -> [(name: String, tensor: Tensor)] { namedTensors { $0 == .parameter } }

  /// All parameters: what an optimizer takes. `parameters`.
  public final func parameters() -> [Tensor] { namedParameters().map(\.tensor) }

  /// All buffers with their keys, the non-persistent ones too. `named_buffers`.
  public final func namedBuffers() -> [(name: String, tensor: Tensor)] { namedTensors { $0 != .parameter } }

  /// All buffers. `buffers`.
  public final func buffers() -> [Tensor] { namedBuffers().map(\.tensor) }

  private func namedTensors(_ wanted: (TensorRole) -> Bool) -> [(name: String, tensor: Tensor)] {
    var seen: Set<ObjectIdentifier> = []
    var found: [(name: String, tensor: Tensor)] = []
    visit { prefix, _, members in
      for member in members.slots where wanted(member.role) {
        guard let tensor = member.slot.tensor, seen.insert(ObjectIdentifier(tensor.impl)).inserted else { continue }
        found.append((StateKey.join(prefix, member.name), tensor))
      }
    }
    return found
  }

  /// Calls `body` on this module and those below it, once each, parents first.
  private func visit(_ body: (String, Module, ModuleMembers) -> Void) {
    var seen: Set<ObjectIdentifier> = [ObjectIdentifier(self)]
    func walk(_ module: Module, _ name: String) {
      let members = ModuleMembers(of: module)
      body(name, module, members)
      for (childName, child) in members.children where seen.insert(ObjectIdentifier(child)).inserted {
        walk(child, StateKey.join(name, childName))
      }
    }
    walk(self, "")
  }

  /// Every slot of this module and those below it under its key; one that is reached twice under its first.
  final func namedSlots() -> [(name: String, slot: TensorSlot, role: TensorRole)] {
    var seen: Set<ObjectIdentifier> = []
    var found: [(name: String, slot: TensorSlot, role: TensorRole)] = []
    visit { prefix, _, members in
      for member in members.slots where seen.insert(ObjectIdentifier(member.slot)).inserted {
        found.append((StateKey.join(prefix, member.name), member.slot, member.role))
      }
    }
    return found
  }

  /// Every slot of this module and those below it, once each.
  final func forEachSlot(_ body: (TensorSlot, TensorRole) -> Void) {
    var seen: Set<ObjectIdentifier> = []
    visit { _, _, members in
      for member in members.slots where seen.insert(ObjectIdentifier(member.slot)).inserted { body(member.slot, member.role) }
    }
  }

  // MARK: Changing

  /// Puts this module and all below it into training mode, or out of it. `Module.train`.
  /// - Parameter recursive: false leaves the modules below as they are.
  @discardableResult
  public final func train(_ mode: Bool = true, recursive: Bool = true) -> Self {
    for module in recursive ? modules() : [self] { module.isTraining = mode }
    return self
  }

  /// Puts this module and all below it into evaluation mode. `Module.eval`.
  @discardableResult
  public final func eval() -> Self { train(false) }

  /// Calls `body` on every module, children before their parents. `Module.apply`.
  @discardableResult
  public final func apply(_ body: (Module) throws -> Void) rethrows -> Self {
    for module in modules().reversed() { try body(module) }
    return self
  }

  /// Freezes all parameters, or makes them trainable again. `Module.requires_grad_`.
  @discardableResult
  public final func requiresGrad_(_ wanted: Bool = true) -> Self {
    for parameter in parameters() where parameter.dtype.isDifferentiable || !wanted { parameter.requiresGrad_(wanted) }
    return self
  }

  /// Drops the gradients of all parameters, or zeroes them. `Module.zero_grad`.
  public final func zeroGrad(setToNil: Bool = true) {
    for parameter in parameters() { parameter.clearGradient(setToNil: setToNil) }
  }

  /// Converts all floating-point parameters and buffers. They become new tensors, so that optimizers are made afterwards.
  /// `Module.to(dtype)`.
  @discardableResult
  public final func to(_ dtype: DType) -> Self {
    let allowed = checked(false, "Module.to") {
      guard dtype.isFloatingPoint || dtype.isComplex else {
        throw TorchError(.dtype, "a module can be converted to a floating-point or complex type only, got \(dtype)")
      }
      return true
    }
    guard allowed else { return self }
    forEachSlot { slot, _ in if slot.isPending { slot.pendingDType = dtype } }
    convert { $0.dtype.isDifferentiable && $0.dtype != dtype ? $0.to(dtype) : nil }
    return self
  }

  /// Moves all parameters and buffers to a device. They become new tensors, so that optimizers are made afterwards.
  /// `Module.to(device)`.
  @discardableResult
  public final func to(_ device: Device) -> Self {
    convert { $0.device != device ? $0.to(device) : nil }
    return self
  }

  /// Replaces the tensors for which `body` gives another one; those that are held twice stay one.
  private func convert(_ body: (Tensor) -> Tensor?) {
    var converted: [ObjectIdentifier: Tensor] = [:]
    // Alive until the end, so that no address is used twice.
    var kept: [Tensor] = []
    forEachSlot { slot, role in
      guard let old = slot.tensor else { return }
      guard let new = converted[ObjectIdentifier(old.impl)] ?? noGrad({ body(old.detach()) }) else { return }
      if role == .parameter, old.requiresGrad { new.requiresGrad_() }
      converted[ObjectIdentifier(old.impl)] = new
      kept.append(old)
      slot.tensor = new
    }
  }

  /// Lays the memory of all parameters and buffers of four dimensions out as (N, H, W, C), or back. The tensors stay the same
  /// objects, so that optimizers keep them. `Module.to(memory_format=)`.
  @discardableResult
  public final func to(memoryFormat: MemoryFormat) -> Self {
    forEachSlot { slot, _ in
      guard let tensor = slot.tensor, tensor.rank == 4 || memoryFormat == .contiguous, memoryFormat != .preserve else { return }
      let laidOut = noGrad { tensor.detach().contiguous(memoryFormat: memoryFormat) }
      tensor.takeMemory(of: laidOut)
    }
    return self
  }
}

extension Tensor {
  /// Drops the gradient, or fills it with zeros.
  package func clearGradient(setToNil: Bool) {
    guard let gradient = grad else { return }
    if setToNil {
      grad = nil
    } else {
      let fresh = gradient.requiresGrad ? gradient.detach() : gradient
      noGrad { _ = fresh.zero_() }
      grad = fresh
    }
  }

  /// Makes this leaf refer to the memory and layout of `other`, which has the same sizes and type: `tensor.data = other`.
  fileprivate func takeMemory(of other: Tensor) {
    guard other.isDefined, other.impl !== impl else { return }
    impl.storage = other.impl.storage
    impl.data = other.impl.data
    impl.strides = other.impl.strides
    impl.isContiguous = other.impl.isContiguous
  }
}
