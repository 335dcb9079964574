import TorchOps

/// Modules one after the other, named "0", "1", …. `torch.nn.Sequential`.
///
/// ```swift
/// let model = Sequential(Linear(784, 128), ReLU(), Linear(128, 10))
/// let deep = Sequential {
///   Flatten()
///   for _ in 0..<4 { Linear(784, 784) }
///   if regularised { Dropout(0.2) }
/// }
/// ```
open class Sequential: Module, ModuleCollection {
  /// The modules, in order. Assigning an element replaces it.
  @Unregistered public final var elements: [Module]

  public init(_ elements: [Module]) { self.elements = elements }
  public convenience init(_ elements: Module...) { self.init(elements) }
  public convenience init(@ModuleListBuilder _ elements: () -> [Module]) { self.init(elements()) }

  open override func forward(_ x: Tensor) -> Tensor { elements.reduce(x) { $1($0) } }

  /// The module at a position; assigning replaces it.
  public final subscript(index: Int) -> Module {
    get { elements[index] }
    set { elements[index] = newValue }
  }
  /// The modules of a range, as a sequence that shares them.
  public final subscript(range: Range<Int>) -> Sequential { Sequential(Array(elements[range])) }
  public final var count: Int { elements.count }
  /// Adds a module at the end.
  public final func append(_ module: Module) { elements.append(module) }

  final var namedElements: [(name: String, module: Module)] { elements.enumerated().map { (String($0.offset), $0.element) } }
}

/// Collects the modules of a ``Sequential`` or ``ModuleList`` written as a block.
@resultBuilder
public enum ModuleListBuilder {
  public static func buildExpression(_ module: Module) -> [Module] { [module] }
  public static func buildExpression(_ modules: [Module]) -> [Module] { modules }
  public static func buildBlock(_ parts: [Module]...) -> [Module] { parts.flatMap { $0 } }
  public static func buildArray(_ parts: [[Module]]) -> [Module] { parts.flatMap { $0 } }
  public static func buildOptional(_ part: [Module]?) -> [Module] { part ?? [] }
  public static func buildEither(first part: [Module]) -> [Module] { part }
  public static func buildEither(second part: [Module]) -> [Module] { part }
}
