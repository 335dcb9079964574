/// A value on the stack of a boxed call: what TorchScript programs, the profiler, transforms and recorded tests pass around.
/// PyTorch's `IValue`.
public enum IValue: Sendable {
  case none
  case tensor(Tensor)
  case scalar(Scalar)
  case string(String)
  case dtype(DType)
  case device(Device)
  case memoryFormat(MemoryFormat)
  case generator(Generator)
  case list([IValue])
}

extension IValue {
  /// The tensors in the value, in lists too.
  package var heldTensors: [Tensor] {
    switch self {
    case .tensor(let tensor): [tensor]
    case .list(let values): values.flatMap(\.heldTensors)
    default: []
    }
  }

  /// The value with every tensor in it replaced.
  package func mapTensors(_ transform: (Tensor) throws -> Tensor) rethrows -> IValue {
    switch self {
    case .tensor(let tensor): .tensor(try transform(tensor))
    case .list(let values): .list(try values.map { try $0.mapTensors(transform) })
    default: self
    }
  }
}

extension IValue: CustomStringConvertible {
  /// Short: tensors by type and sizes.
  public var description: String {
    switch self {
    case .none: "nil"
    case .tensor(let t): t.summary
    case .scalar(let s): s.description
    case .string(let s): "\"\(s)\""
    case .dtype(let d): d.name
    case .device(let d): d.description
    case .memoryFormat(let f): "\(f)"
    case .generator(let g): "generator(seed: \(g.seed))"
    case .list(let values): "[" + values.map(\.description).joined(separator: ", ") + "]"
    }
  }
}

/// A Swift type that stands for one of the schema language's types.
public protocol Boxable: Sendable {
  /// How the schema language spells it, such as `Tensor` or `int[]`; several spellings may mean one type.
  static var schemaTypes: [String] { get }
  static func unbox(_ value: IValue) throws -> Self
  func box() -> IValue
  /// Visits the tensors in it, in order: one visit for each place where there could be one.
  func visitTensors(_ visit: (Tensor?) throws -> Void) rethrows
}

extension Boxable {
  @inline(__always) public func visitTensors(_ visit: (Tensor?) throws -> Void) rethrows {}
}

private func mismatch(_ expected: String, _ value: IValue) -> TorchError {
  TorchError(.value, "expected \(expected), got \(value)")
}

extension Tensor: Boxable {
  public static var schemaTypes: [String] { ["Tensor"] }
  public static func unbox(_ value: IValue) throws -> Tensor {
    switch value {
    case .tensor(let t): return t
    case .scalar(let s): return Tensor(scalar: s)
    default: throw mismatch("a tensor", value)
    }
  }
  public func box() -> IValue { .tensor(self) }
  @inline(__always) public func visitTensors(_ visit: (Tensor?) throws -> Void) rethrows { try visit(self) }
}

extension Scalar: Boxable {
  public static var schemaTypes: [String] { ["Scalar"] }
  public static func unbox(_ value: IValue) throws -> Scalar {
    if case .scalar(let s) = value { return s }
    throw mismatch("a number", value)
  }
  public func box() -> IValue { .scalar(self) }
}

extension Int: Boxable {
  public static var schemaTypes: [String] { ["int", "SymInt"] }
  public static func unbox(_ value: IValue) throws -> Int {
    switch value {
    case .scalar(.int(let i)): return Int(i)
    case .scalar(.bool(let b)): return b ? 1 : 0
    default: throw mismatch("an integer", value)
    }
  }
  public func box() -> IValue { .scalar(.int(Int64(self))) }
}

extension Double: Boxable {
  public static var schemaTypes: [String] { ["float"] }
  public static func unbox(_ value: IValue) throws -> Double {
    switch value {
    case .scalar(.double(let d)): return d
    case .scalar(.int(let i)): return Double(i)
    default: throw mismatch("a float", value)
    }
  }
  public func box() -> IValue { .scalar(.double(self)) }
}

extension Bool: Boxable {
  public static var schemaTypes: [String] { ["bool"] }
  public static func unbox(_ value: IValue) throws -> Bool {
    switch value {
    case .scalar(.bool(let b)): return b
    case .scalar(.int(let i)) where i == 0 || i == 1: return i == 1
    default: throw mismatch("a bool", value)
    }
  }
  public func box() -> IValue { .scalar(.bool(self)) }
}

extension String: Boxable {
  public static var schemaTypes: [String] { ["str"] }
  public static func unbox(_ value: IValue) throws -> String {
    if case .string(let s) = value { return s }
    throw mismatch("a string", value)
  }
  public func box() -> IValue { .string(self) }
}

extension DType: Boxable {
  public static var schemaTypes: [String] { ["ScalarType"] }
  public static func unbox(_ value: IValue) throws -> DType {
    switch value {
    case .dtype(let d): return d
    case .scalar(.int(let number)):
      guard let dtype = DType(torchNumber: number) else { throw mismatch("a dtype", value) }
      return dtype
    default: throw mismatch("a dtype", value)
    }
  }
  public func box() -> IValue { .dtype(self) }
}

extension Device: Boxable {
  public static var schemaTypes: [String] { ["Device"] }
  public static func unbox(_ value: IValue) throws -> Device {
    switch value {
    case .device(let d): return d
    case .string("cpu"): return .cpu
    case .string("meta"): return .meta
    default: throw mismatch("a device", value)
    }
  }
  public func box() -> IValue { .device(self) }
}

/// How elements are kept. `torch.layout`.
public enum Layout: String, Boxable {
  case strided
  /// Coordinates and values of the entries that are kept.
  case sparseCOO = "sparse_coo"
  /// The entries that are kept row by row: where each row starts, column numbers, values.
  case sparseCSR = "sparse_csr"
  public static var schemaTypes: [String] { ["Layout"] }
  public static func unbox(_ value: IValue) throws -> Layout {
    if case .string(let s) = value, let layout = Layout(rawValue: s) { return layout }
    throw mismatch("a layout", value)
  }
  public func box() -> IValue { .string(rawValue) }
}

extension MemoryFormat: Boxable {
  public static var schemaTypes: [String] { ["MemoryFormat"] }
  public static func unbox(_ value: IValue) throws -> MemoryFormat {
    switch value {
    case .memoryFormat(let f): return f
    // PyTorch's numbers.
    case .scalar(.int(0)): return .contiguous
    case .scalar(.int(1)): return .preserve
    case .scalar(.int(2)): return .channelsLast
    default: throw mismatch("a memory format", value)
    }
  }
  public func box() -> IValue { .memoryFormat(self) }
}

extension Generator: Boxable {
  public static var schemaTypes: [String] { ["Generator"] }
  public static func unbox(_ value: IValue) throws -> Self {
    if case .generator(let g) = value, let same = g as? Self { return same }
    throw mismatch("a generator", value)
  }
  public func box() -> IValue { .generator(self) }
}

extension Optional: Boxable where Wrapped: Boxable {
  public static var schemaTypes: [String] { Wrapped.schemaTypes.map { $0 + "?" } }
  public static func unbox(_ value: IValue) throws -> Wrapped? {
    if case .none = value { return nil }
    return try Wrapped.unbox(value)
  }
  public func box() -> IValue { map { $0.box() } ?? .none }
  @inline(__always) public func visitTensors(_ visit: (Tensor?) throws -> Void) rethrows {
    if let self { try self.visitTensors(visit) } else if Wrapped.self == Tensor.self { try visit(nil) }
  }
}

extension Array: Boxable where Element: Boxable {
  public static var schemaTypes: [String] { Element.schemaTypes.map { $0 + "[]" } }
  public static func unbox(_ value: IValue) throws -> [Element] {
    switch value {
    case .list(let values): return try values.map { try Element.unbox($0) }
    case .scalar, .tensor: return [try Element.unbox(value)]  // one number stands for a list of it
    default: throw mismatch("a list", value)
    }
  }
  public func box() -> IValue { .list(map { $0.box() }) }
  public func visitTensors(_ visit: (Tensor?) throws -> Void) rethrows { for element in self { try element.visitTensors(visit) } }
}

/// What an op returns: a tensor, several, or a plain value.
public protocol OpResult: Sendable {
  /// The results as values for the stack, one an entry of the schema.
  func boxResults() -> [IValue]
  init(unboxing values: [IValue]) throws
  var tensors: [Tensor] { get }
  /// Stands for the results of a failed call inside an error scope.
  static var poisoned: Self { get }
}

extension Tensor: OpResult {
  public var tensors: [Tensor] { [self] }
  public func boxResults() -> [IValue] { [.tensor(self)] }
  public init(unboxing values: [IValue]) throws { self = try Tensor.unbox(values.first ?? .none) }
  public static var poisoned: Tensor { .poison() }
}

extension Array: OpResult where Element == Tensor {
  public var tensors: [Tensor] { self }
  public func boxResults() -> [IValue] { [.list(map { .tensor($0) })] }
  public init(unboxing values: [IValue]) throws { self = try [Tensor].unbox(values.first ?? .none) }
  public static var poisoned: [Tensor] { [] }
}

extension Bool: OpResult {
  public var tensors: [Tensor] { [] }
  public func boxResults() -> [IValue] { [box()] }
  public init(unboxing values: [IValue]) throws { self = try Bool.unbox(values.first ?? .none) }
  public static var poisoned: Bool { false }
}

extension Scalar: OpResult {
  public var tensors: [Tensor] { [] }
  public func boxResults() -> [IValue] { [box()] }
  public init(unboxing values: [IValue]) throws { self = try Scalar.unbox(values.first ?? .none) }
  public static var poisoned: Scalar { .int(0) }
}

extension Int: OpResult {
  public var tensors: [Tensor] { [] }
  public func boxResults() -> [IValue] { [box()] }
  public init(unboxing values: [IValue]) throws { self = try Int.unbox(values.first ?? .none) }
  public static var poisoned: Int { 0 }
}

extension Double: OpResult {
  public var tensors: [Tensor] { [] }
  public func boxResults() -> [IValue] { [box()] }
  public init(unboxing values: [IValue]) throws { self = try Double.unbox(values.first ?? .none) }
  public static var poisoned: Double { 0 }
}

/// Nothing: of ops that only change their arguments, `-> ()`.
public struct NoResult: OpResult {
  public init() {}
  public var tensors: [Tensor] { [] }
  public func boxResults() -> [IValue] { [] }
  public init(unboxing values: [IValue]) throws {}
  public static var poisoned: NoResult { NoResult() }
}

/// Two tensors, such as values and indices.
public struct TensorPair: OpResult {
  public var values: Tensor
  public var indices: Tensor
  public init(values: Tensor, indices: Tensor) {
    self.values = values
    self.indices = indices
  }
  public var tensors: [Tensor] { [values, indices] }
  public func boxResults() -> [IValue] { [.tensor(values), .tensor(indices)] }
  public init(unboxing values: [IValue]) throws {
    guard values.count == 2 else { throw TorchError(.internal, "expected 2 results, got \(values.count)") }
    self.init(values: try Tensor.unbox(values[0]), indices: try Tensor.unbox(values[1]))
  }
  public static var poisoned: TensorPair { TensorPair(values: .poison(), indices: .poison()) }
}

/// Three tensors, such as a normalised value and its statistics.
public struct TensorTriple: OpResult {
  public var first: Tensor
  public var second: Tensor
  public var third: Tensor
  public init(_ first: Tensor, _ second: Tensor, _ third: Tensor) {
    self.first = first
    self.second = second
    self.third = third
  }
  public var tensors: [Tensor] { [first, second, third] }
  public func boxResults() -> [IValue] { tensors.map { .tensor($0) } }
  public init(unboxing values: [IValue]) throws {
    guard values.count == 3 else { throw TorchError(.internal, "expected 3 results, got \(values.count)") }
    self.init(try Tensor.unbox(values[0]), try Tensor.unbox(values[1]), try Tensor.unbox(values[2]))
  }
  public static var poisoned: TensorTriple { TensorTriple(.poison(), .poison(), .poison()) }
}

/// Four tensors, such as the parts of a least-squares solution.
public struct TensorQuadruple: OpResult {
  public var first: Tensor
  public var second: Tensor
  public var third: Tensor
  public var fourth: Tensor
  public init(_ first: Tensor, _ second: Tensor, _ third: Tensor, _ fourth: Tensor) {
    self.first = first
    self.second = second
    self.third = third
    self.fourth = fourth
  }
  public var tensors: [Tensor] { [first, second, third, fourth] }
  public func boxResults() -> [IValue] { tensors.map { .tensor($0) } }
  public init(unboxing values: [IValue]) throws {
    guard values.count == 4 else { throw TorchError(.internal, "expected 4 results, got \(values.count)") }
    let tensors = try values.map { try Tensor.unbox($0) }
    self.init(tensors[0], tensors[1], tensors[2], tensors[3])
  }
  public static var poisoned: TensorQuadruple { TensorQuadruple(.poison(), .poison(), .poison(), .poison()) }
}
