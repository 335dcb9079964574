import TorchOps

/// A list of parameters, named "0", "1", …. `torch.nn.ParameterList`.
open class ParameterList: Module, SlotCollection {
  @Unregistered final var namedSlotList: [(name: String, slot: TensorSlot, role: TensorRole)] = []

  public init(_ tensors: [Tensor] = []) {
    super.init()
    for tensor in tensors { append(tensor) }
  }

  /// The parameter at a position; assigning replaces it.
  public final subscript(index: Int) -> Tensor {
    get { namedSlotList[index].slot.tensor! }
    set { namedSlotList[index].slot.tensor = Parameter<Tensor>.trainable(newValue) }
  }
  public final var count: Int { namedSlotList.count }
  /// Adds a parameter at the end.
  public final func append(_ tensor: Tensor) {
    namedSlotList.append((String(count), TensorSlot(Parameter<Tensor>.trainable(tensor), key: nil), .parameter))
  }

  open override var extraDescription: String { describeSlots() }
}

/// Parameters by name, in the order in which they were added. `torch.nn.ParameterDict`.
open class ParameterDict: Module, SlotCollection, ExpressibleByDictionaryLiteral {
  @Unregistered final var namedSlotList: [(name: String, slot: TensorSlot, role: TensorRole)] = []

  public override init() {}
  public init(_ tensors: [(String, Tensor)]) {
    super.init()
    for (name, tensor) in tensors { self[name] = tensor }
  }
  public required convenience init(dictionaryLiteral elements: (String, Tensor)...) { self.init(elements) }

  /// The parameter of that name. A new name, which must not be empty or hold a dot, goes to the end; nil removes the parameter.
  public final subscript(name: String) -> Tensor? {
    get { namedSlotList.first { $0.name == name }?.slot.tensor }
    set {
      let place = namedSlotList.firstIndex { $0.name == name }
      guard let newValue else {
        if let place { namedSlotList.remove(at: place) }
        return
      }
      let parameter = Parameter<Tensor>.trainable(newValue)
      if let place {
        namedSlotList[place].slot.tensor = parameter
      } else if checked(false, "ParameterDict", { try StateKey.check(name) }) {
        namedSlotList.append((name, TensorSlot(parameter, key: nil), .parameter))
      }
    }
  }
  public final var count: Int { namedSlotList.count }
  /// The names, in order.
  public final var keys: [String] { namedSlotList.map(\.name) }
  /// The parameters, in order.
  public final var values: [Tensor] { namedSlotList.map { $0.slot.tensor! } }

  open override var extraDescription: String { describeSlots() }
}

extension SlotCollection {
  fileprivate func describeSlots() -> String {
    namedSlotList.map { name, slot, _ in
      guard let tensor = slot.tensor else { return "(\(name)): None" }
      let sizes = tensor.shape.map(String.init).joined(separator: "x")
      return "(\(name)): Parameter containing: [torch.\(tensor.dtype) of size \(sizes)]"
    }.joined(separator: "\n")
  }
}
