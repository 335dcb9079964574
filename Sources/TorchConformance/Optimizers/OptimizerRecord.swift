import TorchReport

/// A recorded optimizer: its parameters, the gradients or the loss of each step, and what PyTorch made of them.
public struct OptimizerRecord {
  /// Parameters by position, and options that differ from the optimizer's.
  struct Group {
    let parameters: [Int]
    let options: JSONValue
  }

  public let id: String
  /// `gradients` or `closure`.
  public let kind: String
  public let dtype: String
  /// The class in torch.optim.
  public let optimizer: String
  let config: JSONValue
  let groups: [Group]
  let parameters: [JSONValue]
  /// The gradients by step, or none.
  let gradients: [[JSONValue]]
  /// The matrix A and the vector b of the loss x'Ax/2 - b'x, and the losses by step, or none.
  let problem: [JSONValue]
  let losses: [JSONValue]
  let trajectory: [[JSONValue]]
  let finalState: [JSONValue]
  let tolerance: Tolerance

  init(_ json: JSONValue) throws {
    id = try json.member("id").string()
    kind = try json.member("kind").string()
    dtype = try json.member("dtype").string()
    optimizer = try json.member("optimizer").string()
    config = try json.member("config")
    groups = try json.member("groups").array().map { group in
      Group(parameters: try group.member("params").array().map { try $0.int() }, options: group)
    }
    parameters = try json.member("params").array()
    gradients = try (json["gradients"]?.arrayValue ?? []).map { try $0.array() }
    problem = json["problem"]?.arrayValue ?? []
    losses = json["losses"]?.arrayValue ?? []
    trajectory = try json.member("trajectory").array().map { try $0.array() }
    finalState = json["final_state"]?.arrayValue ?? []
    tolerance = Tolerance(json)
  }
}

/// A recorded schedule of the learning rate.
public struct SchedulerRecord {
  public let id: String
  /// The class in torch.optim.lr_scheduler.
  public let scheduler: String
  let config: JSONValue
  let metrics: [JSONValue]
  /// By step, for each group.
  let rates: [JSONValue]
  let momenta: [JSONValue]
  let tolerance: Tolerance

  init(_ json: JSONValue) throws {
    id = try json.member("id").string()
    scheduler = try json.member("scheduler").string()
    config = try json.member("config")
    metrics = json["metrics"]?.arrayValue ?? []
    rates = try json.member("lrs").array()
    momenta = try json.member("momenta").array()
    tolerance = Tolerance(json)
  }
}
