import TorchReport

/// A recorded module: its construction, its state, one call of it, and what PyTorch answered.
public struct ModuleRecord {
  struct Gradient {
    let of: [Int]
    let cotangents: [JSONValue]
    /// By the parameter's name.
    let parameters: [(name: String, gradient: JSONValue)]
    /// By the position among the call's tensors.
    let inputs: [(position: Int, gradient: JSONValue)]
  }

  public let id: String
  /// `train` or `eval`.
  public let kind: String
  public let dtype: String
  /// The class in torch.nn.
  public let module: String
  let constructor: JSONValue
  let state: [(name: String, tensor: JSONValue)]
  let forward: JSONValue
  let outputs: [JSONValue]
  let stateAfter: [(name: String, tensor: JSONValue)]
  let gradient: Gradient?
  let tolerance: Tolerance
  let isNondeterministic: Bool
  /// What the module prints once it is made; not all records tell.
  let printed: String?
  /// The parameters that it begins with after this seed.
  let initial: (seed: Int, state: [(name: String, tensor: JSONValue)])?

  init(_ json: JSONValue) throws {
    id = try json.member("id").string()
    kind = try json.member("kind").string()
    dtype = try json.member("dtype").string()
    module = try json.member("module").string()
    constructor = try json.member("constructor")
    state = (json["state"]?.members ?? []).map { ($0.key, $0.value) }
    forward = try json.member("forward")
    outputs = try json.member("outputs").array()
    stateAfter = (json["state_after"]?.members ?? []).map { ($0.key, $0.value) }
    gradient = try json["grad"].map { grad in
      Gradient(
        of: try grad.member("of").array().map { try $0.int() }, cotangents: try grad.member("cotangents").array(),
        parameters: (grad["parameters"]?.members ?? []).map { ($0.key, $0.value) },
        inputs: try (grad["inputs"]?.arrayValue ?? []).map { pair in
          let entries = try pair.array()
          guard entries.count == 2 else { throw FormatError("expected a position and a gradient, found \(pair.text)") }
          return (try entries[0].int(), entries[1])
        })
    }
    tolerance = Tolerance(json)
    isNondeterministic = json["nondeterministic"]?.boolValue ?? false
    printed = json["printed"]?.stringValue
    initial = try json["seed"].map { seed in (try seed.int(), (json["initial"]?.members ?? []).map { ($0.key, $0.value) }) }
  }
}

extension JSONValue {
  /// The members of an object in order; nil for anything else.
  var members: [Member]? { if case .object(let members) = self { members } else { nil } }
}
