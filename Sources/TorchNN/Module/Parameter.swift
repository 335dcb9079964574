import TorchOps

/// What a ``Parameter`` or ``Buffer`` may hold: `Tensor` or `Tensor?`.
public protocol TensorSlotValue: SendableMetatype {
  /// The tensor, or nil.
  var slotTensor: Tensor? { get }
  /// The value that holds `tensor`; nil only where the declared type is optional.
  static func fromSlot(_ tensor: Tensor?) -> Self
}

extension Tensor: TensorSlotValue {
  public var slotTensor: Tensor? { self }
  public static func fromSlot(_ tensor: Tensor?) -> Tensor {
    if let tensor { return tensor }
    Failure.raise(TorchError(.value, "the tensor has no sizes yet: call the lazy module that holds it first"), op: "Module")
    return .poison()
  }
}

extension Optional: TensorSlotValue where Wrapped == Tensor {
  public var slotTensor: Tensor? { self }
  public static func fromSlot(_ tensor: Tensor?) -> Tensor? { tensor }
}

/// Where a parameter or buffer lives: a reference, so that a walk over a module can replace what its wrapper holds.
final class TensorSlot {
  private var stored: Tensor?
  /// What computes the tensor from others, where it is parametrized or pruned.
  private(set) var source: (any SlotSource)?
  let key: String?
  /// Whether a tensor will come when its sizes are known, with the first call of a lazy module.
  let isLazy: Bool
  /// The type it will have.
  var pendingDType: DType?

  init(_ tensor: Tensor?, key: String?, isLazy: Bool = false, pendingDType: DType? = nil) {
    stored = tensor
    self.key = key
    self.isLazy = isLazy
    self.pendingDType = pendingDType
  }

  var isPending: Bool { isLazy && stored == nil && source == nil }

  var tensor: Tensor? {
    get { source == nil ? stored : source!.value() }
    set { if source == nil { stored = newValue } else { source!.assign(newValue) } }
  }

  /// From now on the tensor is what `source` computes.
  func compute(from source: any SlotSource) {
    self.source = source
    stored = nil
  }

  /// The tensor is a plain one again.
  func store(_ tensor: Tensor?) {
    source = nil
    stored = tensor
  }
}

/// Computes a parameter or buffer from tensors of its own.
protocol SlotSource: AnyObject {
  func value() -> Tensor
  /// Chooses its own tensors so that the value becomes `tensor`, as near as it can.
  func assign(_ tensor: Tensor?)
  /// Its tensors, where the module lists them as its own: the end of their names, after that of the parameter.
  var ownSlots: [(suffix: String, slot: TensorSlot, role: TensorRole)] { get }
}

/// What the walk over a module's properties recognises.
protocol TensorSlotHolder {
  var slot: TensorSlot { get }
  var role: TensorRole { get }
}

extension TensorSlotHolder {
  /// Whether the tensor of a lazy module is still to come.
  var isPending: Bool { slot.isPending }
  /// Whether there is a tensor, or will be.
  var isExpected: Bool { slot.tensor != nil || slot.isLazy }
}

enum TensorRole: Equatable {
  case parameter
  case buffer(persistent: Bool)
}

/// Marks a property of a ``Module`` as trainable: it is listed by `parameters()` and stored by `stateDict()`.
/// `torch.nn.Parameter`.
///
/// The property's name, in snake case, is its key (``Module/stateDict()``). A tensor put into it becomes a leaf that requires
/// gradients, if its type has gradients; the result of a recorded op is detached first.
///
/// ```swift
/// final class Scale: Module {
///   @Parameter var weight = Tensor.ones(1)
///   @Parameter var bias: Tensor? = nil
///   override func forward(_ x: Tensor) -> Tensor { x * weight }
/// }
/// ```
@propertyWrapper
public struct Parameter<Value: TensorSlotValue>: TensorSlotHolder {
  let slot: TensorSlot
  var role: TensorRole { .parameter }

  /// - Parameter key: the name in the state dictionary where it is not the property's name in snake case.
  public init(wrappedValue: Value, key: String? = nil) {
    slot = TensorSlot(wrappedValue.slotTensor.map(Parameter.trainable), key: key)
  }

  public var wrappedValue: Value {
    get { Value.fromSlot(slot.tensor) }
    nonmutating set {
      if let new = newValue.slotTensor, let old = slot.tensor, new === old { return }
      slot.tensor = newValue.slotTensor.map(Parameter.trainable)
    }
  }

  /// Of a lazy module, where `pending`; otherwise without a tensor.
  init(pending: Bool, dtype: DType?) { slot = TensorSlot(nil, key: nil, isLazy: pending, pendingDType: dtype) }

  /// Makes the tensor of a lazy module.
  func materialize(_ sizes: [Int]) {
    if isPending { slot.tensor = Parameter.trainable(Tensor.empty(sizes, dtype: slot.pendingDType)) }
  }

  static func trainable(_ tensor: Tensor) -> Tensor {
    let leaf = tensor.isLeaf ? tensor : tensor.detach()
    return leaf.dtype.isDifferentiable && !leaf.requiresGrad ? leaf.requiresGrad_() : leaf
  }
}

/// Marks a property of a ``Module`` as state that is not trained: running statistics, masks, tables. `register_buffer`.
///
/// Persistent buffers are stored by `stateDict()`; the others are only converted with the module.
@propertyWrapper
public struct Buffer<Value: TensorSlotValue>: TensorSlotHolder {
  let slot: TensorSlot
  let role: TensorRole

  /// - Parameters:
  ///   - key: the name in the state dictionary where it is not the property's name in snake case.
  ///   - persistent: whether `stateDict()` holds it.
  public init(wrappedValue: Value, key: String? = nil, persistent: Bool = true) {
    slot = TensorSlot(wrappedValue.slotTensor, key: key)
    role = .buffer(persistent: persistent)
  }

  /// Of a lazy module, where `pending`; otherwise without a tensor.
  init(pending: Bool, dtype: DType?) {
    slot = TensorSlot(nil, key: nil, isLazy: pending, pendingDType: dtype)
    role = .buffer(persistent: true)
  }

  /// Makes the tensor of a lazy module.
  func materialize(_ sizes: [Int], _ value: Scalar) {
    if isPending { slot.tensor = Tensor.full(sizes, value, dtype: slot.pendingDType ?? defaultDType) }
  }

  public var wrappedValue: Value {
    get { Value.fromSlot(slot.tensor) }
    nonmutating set { slot.tensor = newValue.slotTensor }
  }
}

/// Gives a child module a name in the state dictionary that is not the property's name in snake case, such as `LayerNorm`.
@propertyWrapper
public struct Child<Value> {
  public var wrappedValue: Value
  let key: String

  public init(wrappedValue: Value, _ key: String) {
    self.wrappedValue = wrappedValue
    self.key = key
  }
}

/// Keeps a module in a property without making it a child: a teacher, a parent, a shared encoder that another module trains.
@propertyWrapper
public struct Unregistered<Value> {
  public var wrappedValue: Value
  public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }
}

protocol NamedChild {
  var key: String { get }
  var content: Any { get }
}

extension Child: NamedChild { var content: Any { wrappedValue } }
protocol HiddenProperty {}
extension Unregistered: HiddenProperty {}
