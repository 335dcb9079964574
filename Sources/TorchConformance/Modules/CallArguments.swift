import TorchNN
import TorchOps
import TorchReport

/// A value that Python passed to a module: as recorded, with its tensors made.
indirect enum PythonValue {
  case none
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(String)
  case dtype(DType)
  case list([PythonValue])
  case tensor(Tensor)
  /// A module to construct.
  case module(name: String, CallArguments)
  /// A function of torch.nn.functional.
  case function(String)
}

/// The arguments of a recorded Python call. They are read in the order of the signature: each read takes the next positional
/// argument, or the keyword of that name, or else the default.
final class CallArguments {
  private let positional: [PythonValue]
  private var keywords: [(name: String, value: PythonValue)]
  private var next = 0
  /// All tensors of the call in the order of its arguments.
  private(set) var tensors: [Tensor] = []

  init(_ json: JSONValue, _ values: Values) throws {
    var found: [Tensor] = []
    positional = try (json["args"]?.arrayValue ?? []).map { try CallArguments.value($0, values, &found) }
    keywords = try (json["kwargs"]?.members ?? []).map { ($0.key, try CallArguments.value($0.value, values, &found)) }
    tensors = found
  }

  private static func value(_ json: JSONValue, _ values: Values, _ tensors: inout [Tensor]) throws -> PythonValue {
    switch json {
    case .null: return .none
    case .bool(let value): return .bool(value)
    case .int(let value): return .int(value)
    case .double(let value): return .double(value)
    case .string(let value): return .string(value)
    case .array(let entries): return .list(try entries.map { try value($0, values, &tensors) })
    case .object:
      if let tensor = json["t"] {
        let made = try values.tensor(tensor)
        tensors.append(made)
        return .tensor(made)
      }
      if json["f"] != nil { return .double(try json.double()) }
      if let name = json["dtype"]?.stringValue { return .dtype(try Values.dtype(name)) }
      if let name = json["module"]?.stringValue { return .module(name: name, try CallArguments(json, values)) }
      if let name = json["function"]?.stringValue { return .function(name) }
      throw FormatError("unknown value \(json.text)")
    }
  }

  /// The argument of that name, which is the next of the signature; nil when it was not given.
  func read(_ name: String) -> PythonValue? {
    defer { next += 1 }
    if next < positional.count { return positional[next] }
    guard let i = keywords.firstIndex(where: { $0.name == name }) else { return nil }
    return keywords.remove(at: i).value
  }

  /// Fails if an argument was not read.
  func finish() throws {
    guard positional.count <= next, keywords.isEmpty else {
      let extra = keywords.map(\.name) + (positional.count > next ? ["\(positional.count - next) positional"] : [])
      throw Unsupported("the arguments \(extra.joined(separator: ", "))")
    }
  }

  // MARK: By type

  private func wanted(_ name: String, _ type: String, _ value: PythonValue?) -> FormatError {
    FormatError("argument \(name): expected \(type), found \(value.map { "\($0)" } ?? "nothing")")
  }

  func int(_ name: String, _ fallback: Int? = nil) throws -> Int {
    let value = read(name)
    switch value {
    case .int(let number): return number
    case nil where fallback != nil: return fallback!
    default: throw wanted(name, "a whole number", value)
    }
  }

  func optionalInt(_ name: String, _ fallback: Int? = nil) throws -> Int? {
    let value = read(name)
    switch value {
    case .int(let number): return number
    case .some(.none): return nil
    case nil: return fallback
    default: throw wanted(name, "a whole number or None", value)
    }
  }

  func bool(_ name: String, _ fallback: Bool? = nil) throws -> Bool {
    let value = read(name)
    switch value {
    case .bool(let flag): return flag
    case nil where fallback != nil: return fallback!
    default: throw wanted(name, "a bool", value)
    }
  }

  func optionalBool(_ name: String) throws -> Bool? {
    let value = read(name)
    switch value {
    case .bool(let flag): return flag
    case nil, .some(.none): return nil
    default: throw wanted(name, "a bool or None", value)
    }
  }

  func double(_ name: String, _ fallback: Double? = nil) throws -> Double {
    let value = read(name)
    switch value {
    case .double(let number): return number
    case .int(let number): return Double(number)
    case .bool(let flag): return flag ? 1 : 0
    case nil where fallback != nil: return fallback!
    default: throw wanted(name, "a number", value)
    }
  }

  func optionalDouble(_ name: String, _ fallback: Double? = nil) throws -> Double? {
    let value = read(name)
    switch value {
    case .double(let number): return number
    case .int(let number): return Double(number)
    case .some(.none): return nil
    case nil: return fallback
    default: throw wanted(name, "a number or None", value)
    }
  }

  func string(_ name: String, _ fallback: String? = nil) throws -> String {
    let value = read(name)
    switch value {
    case .string(let text): return text
    case nil where fallback != nil: return fallback!
    default: throw wanted(name, "a string", value)
    }
  }

  /// One number for each of `count` dimensions, where a single one stands for all; a negative count takes what is there.
  func sizes(_ name: String, count: Int, _ fallback: [Int]? = nil) throws -> [Int] {
    guard let sizes = try optionalSizes(name, count: count, fallback) else { throw wanted(name, "sizes", nil) }
    return sizes
  }

  func optionalSizes(_ name: String, count: Int, _ fallback: [Int]? = nil) throws -> [Int]? {
    let value = read(name)
    switch value {
    case .int(let number): return Array(repeating: number, count: max(count, 1))
    case .list(let entries):
      return try entries.map { entry in
        guard case .int(let number) = entry else { throw wanted(name, "sizes", value) }
        return number
      }
    case .some(.none): return nil
    case nil: return fallback
    default: throw wanted(name, "sizes", value)
    }
  }

  /// One number or several, as they were given.
  func size(_ name: String, _ fallback: (any SpatialSize)? = nil) throws -> any SpatialSize {
    guard let size = try optionalSize(name) ?? fallback else { throw wanted(name, "a size", nil) }
    return size
  }

  func optionalSize(_ name: String) throws -> (any SpatialSize)? {
    let value = read(name)
    switch value {
    case .int(let number): return number
    case .list(let entries):
      return try entries.map { entry in
        guard case .int(let number) = entry else { throw wanted(name, "a size", value) }
        return number
      }
    case nil, .some(.none): return nil
    default: throw wanted(name, "a size", value)
    }
  }

  func tensor(_ name: String) throws -> Tensor {
    let value = read(name)
    if case .tensor(let tensor)? = value { return tensor }
    throw wanted(name, "a tensor", value)
  }

  func optionalTensor(_ name: String) throws -> Tensor? {
    let value = read(name)
    switch value {
    case .tensor(let tensor): return tensor
    case nil, .some(.none): return nil
    default: throw wanted(name, "a tensor or None", value)
    }
  }

  /// A list of tensors; nil when it was not given, or is None.
  func optionalTensors(_ name: String) throws -> [Tensor]? {
    let value = read(name)
    switch value {
    case .list(let entries):
      return try entries.map { entry in
        guard case .tensor(let tensor) = entry else { throw wanted(name, "tensors", value) }
        return tensor
      }
    case nil, .some(.none): return nil
    default: throw wanted(name, "a list of tensors or None", value)
    }
  }

  /// The case of an enumeration whose raw values are PyTorch's words.
  func choice<Choice: RawRepresentable>(_ name: String, _ fallback: Choice? = nil) throws -> Choice
  where Choice.RawValue == String {
    let value = read(name)
    if value == nil, let fallback { return fallback }
    guard case .string(let text)? = value, let choice = Choice(rawValue: text) else { throw wanted(name, "a known word", value) }
    return choice
  }
}
