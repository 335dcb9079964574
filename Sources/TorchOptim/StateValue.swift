import TorchOps

/// A plain tree of values: what optimizers and schedulers save and load. It has the form of PyTorch's state dictionaries, with
/// the integer keys of `state` as text.
public enum StateValue: Sendable, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  case null
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(String)
  case tensor(Tensor)
  case list([StateValue])
  case dictionary([String: StateValue])

  public init(integerLiteral value: Int) { self = .int(value) }
  public init(floatLiteral value: Double) { self = .double(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(stringLiteral value: String) { self = .string(value) }
  public init(arrayLiteral elements: StateValue...) { self = .list(elements) }
  public init(dictionaryLiteral elements: (String, StateValue)...) {
    self = .dictionary(Dictionary(elements) { _, last in last })
  }

  /// A number, or a tensor of one element, as a double.
  public var doubleValue: Double? {
    switch self {
    case .int(let i): Double(i)
    case .double(let d): d
    case .tensor(let t) where t.count == 1: t.item(as: Double.self)
    default: nil
    }
  }

  /// A whole number, or a tensor with one.
  public var intValue: Int? {
    if case .int(let i) = self { return i }
    return doubleValue.flatMap { Int(exactly: $0) }
  }

  public var boolValue: Bool? { if case .bool(let b) = self { b } else { nil } }
  public var stringValue: String? { if case .string(let s) = self { s } else { nil } }
  public var tensorValue: Tensor? { if case .tensor(let t) = self { t } else { nil } }
  public var listValue: [StateValue]? { if case .list(let l) = self { l } else { nil } }
  public var dictionaryValue: [String: StateValue]? { if case .dictionary(let d) = self { d } else { nil } }

  /// The kind of value, for messages.
  var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a bool"
    case .int: "an integer"
    case .double: "a number"
    case .string: "a string"
    case .tensor(let t): "a tensor \(t.dtype)\(t.sizes)"
    case .list: "a list"
    case .dictionary: "a dictionary"
    }
  }
}

/// An entry of a state dictionary, or an error that names it.
struct StateReader {
  let what: String
  let entries: [String: StateValue]

  init(_ value: StateValue, _ what: String) throws {
    guard let entries = value.dictionaryValue else {
      throw TorchError(.value, "\(what): expected a dictionary, got \(value.kind)")
    }
    self.what = what
    self.entries = entries
  }

  func value(_ key: String) throws -> StateValue {
    guard let value = entries[key] else { throw TorchError(.value, "\(what): `\(key)` is missing") }
    return value
  }

  func read<T>(_ key: String, _ expected: String, _ path: (StateValue) -> T?) throws -> T {
    let found = try value(key)
    guard let result = path(found) else {
      throw TorchError(.value, "\(what): `\(key)` should be \(expected), but is \(found.kind)")
    }
    return result
  }

  func double(_ key: String) throws -> Double { try read(key, "a number", \.doubleValue) }
  func int(_ key: String) throws -> Int { try read(key, "an integer", \.intValue) }
  func list(_ key: String) throws -> [StateValue] { try read(key, "a list", \.listValue) }
  func doubles(_ key: String) throws -> [Double] {
    try read(key, "a list of numbers") { value in
      guard let list = value.listValue else { return nil }
      let numbers = list.compactMap(\.doubleValue)
      return numbers.count == list.count ? numbers : nil
    }
  }
}
