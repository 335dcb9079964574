import TorchOps

/// A list of modules, named "0", "1", …, that its owner calls as it likes. `torch.nn.ModuleList`.
///
/// A plain array in a property does the same; this is for lists that are shared or changed in place.
open class ModuleList: Module, ModuleCollection {
  /// The modules, in order. Assigning an element replaces it.
  @Unregistered public final var elements: [Module]

  public init(_ elements: [Module] = []) { self.elements = elements }
  public convenience init(_ elements: Module...) { self.init(elements) }
  public convenience init(@ModuleListBuilder _ elements: () -> [Module]) { self.init(elements()) }

  /// The module at a position; assigning replaces it.
  public final subscript(index: Int) -> Module {
    get { elements[index] }
    set { elements[index] = newValue }
  }
  public final var count: Int { elements.count }
  /// Adds a module at the end.
  public final func append(_ module: Module) { elements.append(module) }

  final var namedElements: [(name: String, module: Module)] { elements.enumerated().map { (String($0.offset), $0.element) } }
}

/// Modules by name, in the order in which they were added. `torch.nn.ModuleDict`.
///
/// ```swift
/// let activations: ModuleDict = ["relu": ReLU(), "gelu": GELU()]
/// let y = activations["relu"]!(x)
/// ```
open class ModuleDict: Module, ModuleCollection, ExpressibleByDictionaryLiteral {
  /// The names, in order.
  @Unregistered public private(set) final var keys: [String] = []
  @Unregistered private final var table: [String: Module] = [:]

  public override init() {}
  public init(_ modules: [(String, Module)]) {
    super.init()
    for (name, module) in modules { self[name] = module }
  }
  public required convenience init(dictionaryLiteral elements: (String, Module)...) { self.init(elements) }

  /// The module of that name. A new name, which must not be empty or hold a dot, goes to the end; nil removes the module.
  public final subscript(name: String) -> Module? {
    get { table[name] }
    set {
      guard let newValue else {
        table[name] = nil
        return keys.removeAll { $0 == name }
      }
      let valid = checked(false, "ModuleDict") { try StateKey.check(name) }
      if valid, table.updateValue(newValue, forKey: name) == nil { keys.append(name) }
    }
  }
  public final var count: Int { keys.count }
  /// The modules, in order.
  public final var values: [Module] { keys.map { table[$0]! } }

  final var namedElements: [(name: String, module: Module)] { keys.map { ($0, table[$0]!) } }
}
