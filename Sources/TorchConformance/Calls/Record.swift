import TorchReport

/// One recorded call or short program: its inputs, its steps, and what PyTorch answered.
public struct Record {
  /// A call by schema name. Values are numbered: the record's inputs first, then the results of the steps.
  struct Step {
    let op: String
    let arguments: [JSONValue]
    /// The numbers of the results, lists flattened; nil for an absent one.
    let results: [Int?]
  }

  struct Output {
    let value: Int
    /// A tensor, or nil when `scalar` tells the value.
    let tensor: JSONValue?
    let scalar: JSONValue?
  }

  struct Gradient {
    let of: [Int]
    let wrt: [Int]
    let cotangents: [JSONValue]
    let expected: [JSONValue]
    let tolerance: Tolerance
  }

  struct SecondGradient {
    let vectors: [JSONValue]
    let expected: [JSONValue]
    let expectedOfCotangents: [JSONValue]
  }

  struct Tangents {
    let tangents: [JSONValue]
    let expected: [JSONValue]
  }

  public let id: String
  public let kind: String
  public let dtype: String
  /// The overloads called, each once, in the order of their first call.
  public let overloads: [String]
  let inputs: [JSONValue]
  let steps: [Step]
  let outputs: [Output]
  let gradient: Gradient?
  let secondGradient: SecondGradient?
  let forward: Tangents?
  let tolerance: Tolerance
  let expectsError: Bool
  let isNondeterministic: Bool
  let isUnordered: Bool

  init(_ json: JSONValue) throws {
    id = try json.member("id").string()
    kind = try json.member("kind").string()
    dtype = json["dtype"]?.stringValue ?? ""
    inputs = try json.member("inputs").array()
    steps = try json.member("steps").array().map { step in
      Step(
        op: try step.member("op").string(), arguments: try step.member("args").array(),
        results: (step["results"]?.arrayValue ?? []).map(\.intValue))
    }
    var seen: [String] = []
    for step in steps where !seen.contains(step.op) { seen.append(step.op) }
    overloads = seen
    outputs = try (json["outputs"]?.arrayValue ?? []).map {
      Output(value: try $0.member("v").int(), tensor: $0["t"], scalar: $0["scalar"])
    }
    tolerance = Tolerance(json)
    gradient = try json["grad"].map { grad in
      Gradient(
        of: try grad.member("of").array().map { try $0.int() }, wrt: try grad.member("wrt").array().map { try $0.int() },
        cotangents: try grad.member("cotangents").array(), expected: try grad.member("grads").array(), tolerance: Tolerance(grad))
    }
    secondGradient = try json["gradgrad"].map {
      SecondGradient(
        vectors: try $0.member("v").array(), expected: try $0.member("grads").array(),
        expectedOfCotangents: try $0.member("cotangent_grads").array())
    }
    forward = try json["jvp"].map {
      Tangents(tangents: try $0.member("tangents").array(), expected: try $0.member("results").array())
    }
    expectsError = json["expects_error"]?.boolValue ?? (kind == "error")
    isNondeterministic = json["nondeterministic"]?.boolValue ?? false
    isUnordered = json["unordered"]?.boolValue ?? false
  }
}

/// How far floating-point results may be off: |got - want| <= absolute + relative |want|.
struct Tolerance {
  let relative: Double
  let absolute: Double

  init(relative: Double, absolute: Double) {
    self.relative = relative
    self.absolute = absolute
  }

  init(_ json: JSONValue) {
    relative = json["rtol"]?.doubleValue ?? 0
    absolute = json["atol"]?.doubleValue ?? 0
  }
}

extension JSONValue {
  func member(_ key: String) throws -> JSONValue {
    guard let value = self[key] else { throw FormatError("expected the member '\(key)'") }
    return value
  }
  func string() throws -> String {
    guard let value = stringValue else { throw FormatError("expected a string, found \(text)") }
    return value
  }
  func int() throws -> Int {
    guard let value = intValue else { throw FormatError("expected a whole number, found \(text)") }
    return value
  }
  func array() throws -> [JSONValue] {
    guard let value = arrayValue else { throw FormatError("expected an array, found \(text)") }
    return value
  }
  /// A number of the format: plain, or as `{"f": 1.5}`, `{"f": "-inf"}`, or one of the words alone.
  func double() throws -> Double {
    if let tagged = self["f"] { return try tagged.double() }
    if let value = doubleValue { return value }
    switch stringValue {
    case "inf": return .infinity
    case "-inf": return -.infinity
    case "nan": return .nan
    default: throw FormatError("expected a number, found \(text)")
    }
  }
}
