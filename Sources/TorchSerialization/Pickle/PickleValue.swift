import TorchCore

/// A value of Python's as PyTorch's files hold it: what `torch.load(weights_only=True)` returns.
///
/// Nothing but data: a file cannot name a class or function outside a fixed list, and nothing of it is executed.
public enum PickleValue: Sendable {
  /// `None`.
  case none
  case bool(Bool)
  /// An `int` of 64 bits.
  case int(Int)
  /// A wider `int`: two's complement, least significant byte first.
  case bigInt([UInt8])
  /// A `float`.
  case double(Double)
  case complex(Double, Double)
  case string(String)
  /// `bytes` or `bytearray`.
  case bytes([UInt8])
  case list([PickleValue])
  case tuple([PickleValue])
  /// A `set` or `frozenset`, in the file's order.
  case set([PickleValue])
  /// A `dict`, `OrderedDict` or `Counter`.
  case dictionary(PickleDictionary)
  /// A `torch.Size`.
  case size([Int])
  case dtype(DType)
  /// A `torch.device`, by its name.
  case device(String)
  /// A `torch.layout`, by its name: `"torch.strided"`.
  case layout(String)
  case tensor(Tensor)
  /// An `nn.Parameter`.
  case parameter(Tensor)
  /// A storage: its elements, those of an untyped one as `uint8`.
  case storage(Tensor, isTyped: Bool)
  /// A NumPy array.
  case array(Tensor)

  public var boolValue: Bool? { if case .bool(let value) = self { value } else { nil } }
  public var intValue: Int? { if case .int(let value) = self { value } else { nil } }
  /// A `float`, or an `int` as one.
  public var doubleValue: Double? {
    switch self {
    case .double(let value): value
    case .int(let value): Double(value)
    default: nil
    }
  }
  public var stringValue: String? { if case .string(let value) = self { value } else { nil } }
  public var bytesValue: [UInt8]? { if case .bytes(let value) = self { value } else { nil } }
  /// The elements of a list, tuple or set.
  public var elements: [PickleValue]? {
    switch self {
    case .list(let values), .tuple(let values), .set(let values): values
    default: nil
    }
  }
  public var dictionaryValue: PickleDictionary? { if case .dictionary(let value) = self { value } else { nil } }
  /// A tensor, parameter or array.
  public var tensorValue: Tensor? {
    switch self {
    case .tensor(let value), .parameter(let value), .array(let value): value
    default: nil
    }
  }

  /// An entry of a dictionary by its text; nil for other values.
  public subscript(key: String) -> PickleValue? { dictionaryValue?[key] }

  /// The kind of value in Python's words, for messages.
  public var kind: String {
    switch self {
    case .none: "None"
    case .bool: "a bool"
    case .int, .bigInt: "an int"
    case .double: "a float"
    case .complex: "a complex"
    case .string: "a str"
    case .bytes: "bytes"
    case .list: "a list"
    case .tuple: "a tuple"
    case .set: "a set"
    case .dictionary: "a dict"
    case .size: "a torch.Size"
    case .dtype: "a torch.dtype"
    case .device: "a torch.device"
    case .layout: "a torch.layout"
    case .tensor(let tensor): "a tensor \(tensor.dtype)\(tensor.sizes)"
    case .parameter(let tensor): "a parameter \(tensor.dtype)\(tensor.sizes)"
    case .storage: "a storage"
    case .array(let tensor): "an array \(tensor.dtype)\(tensor.sizes)"
    }
  }
}

/// What a dictionary's entry is found by: Python's hashable values.
public enum PickleKey: Hashable, Sendable {
  case none
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(String)
  case bytes([UInt8])
  case dtype(DType)
  case device(String)
  case tuple([PickleKey])

  /// Nested tuples are keys up to this depth and number of elements: hashing must end soon.
  private static let (maximumDepth, maximumCount) = (4, 64)

  /// The key that a value is; nil for lists, dictionaries, tensors and others that Python would not take or that nobody uses as one.
  public init?(_ value: PickleValue) { self.init(value, depth: 0) }

  private init?(_ value: PickleValue, depth: Int) {
    switch value {
    case .none: self = .none
    case .bool(let value): self = .bool(value)
    case .int(let value): self = .int(value)
    case .double(let value): self = .double(value)
    case .string(let value): self = .string(value)
    case .bytes(let value): self = .bytes(value)
    case .dtype(let value): self = .dtype(value)
    case .device(let value): self = .device(value)
    case .size(let sizes) where sizes.count <= Self.maximumCount: self = .tuple(sizes.map { .int($0) })
    case .tuple(let values):
      guard depth < Self.maximumDepth, values.count <= (depth == 0 ? Self.maximumCount : 8) else { return nil }
      let keys = values.compactMap { PickleKey($0, depth: depth + 1) }
      guard keys.count == values.count else { return nil }
      self = .tuple(keys)
    default: return nil
    }
  }

  /// The value again.
  public var value: PickleValue {
    switch self {
    case .none: .none
    case .bool(let value): .bool(value)
    case .int(let value): .int(value)
    case .double(let value): .double(value)
    case .string(let value): .string(value)
    case .bytes(let value): .bytes(value)
    case .dtype(let value): .dtype(value)
    case .device(let value): .device(value)
    case .tuple(let keys): .tuple(keys.map(\.value))
    }
  }
}

/// Python's `dict`: entries in order, found by their keys.
public struct PickleDictionary: Sendable, Sequence, ExpressibleByDictionaryLiteral {
  /// The entries in order.
  public private(set) var entries: [(key: PickleKey, value: PickleValue)] = []
  private var positions: [PickleKey: Int] = [:]
  /// Whether it is an `OrderedDict`.
  public var isOrdered: Bool
  /// What stands on the object beside the entries: `_metadata` on the state dictionary of a module.
  public var attributes: [(name: String, value: PickleValue)] = []

  public init(isOrdered: Bool = false) { self.isOrdered = isOrdered }
  public init(dictionaryLiteral elements: (String, PickleValue)...) {
    self.init()
    for (key, value) in elements { self[key] = value }
  }

  /// Number of entries.
  public var count: Int { entries.count }

  /// The value of a key. A new key goes to the end; nil removes it.
  public subscript(key: PickleKey) -> PickleValue? {
    get { positions[key].map { entries[$0].value } }
    set {
      if let newValue {
        if let position = positions[key] {
          entries[position].value = newValue
        } else {
          positions[key] = entries.count
          entries.append((key, newValue))
        }
      } else if let position = positions.removeValue(forKey: key) {
        entries.remove(at: position)
        for i in position..<entries.count { positions[entries[i].key] = i }
      }
    }
  }

  /// The value of a text.
  public subscript(key: String) -> PickleValue? {
    get { self[PickleKey.string(key)] }
    set { self[PickleKey.string(key)] = newValue }
  }

  public func makeIterator() -> IndexingIterator<[(key: PickleKey, value: PickleValue)]> { entries.makeIterator() }
}
