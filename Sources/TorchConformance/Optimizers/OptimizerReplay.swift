import TorchOps
import TorchOptim
import TorchReport

/// Steps a recorded optimizer and compares its parameters after every step, and its state at the end.
struct OptimizerReplay {
  let values: Values

  func run(_ record: OptimizerRecord) -> Outcome { Outcome.of { try difference(record) } }

  private func difference(_ record: OptimizerRecord) throws -> String? {
    let parameters = try record.parameters.map { try values.tensor($0).requiresGrad_() }
    let optimizer = try make(record, parameters)
    let comparison = Comparison(values: values, tolerance: record.tolerance)
    for (i, expected) in record.trajectory.enumerated() {
      if record.kind == "closure" {
        let loss = try quadraticStep(optimizer, parameters, record)
        if let wanted = record.losses.dropFirst(i).first,
          let difference = try comparison.difference(.scalar(.double(loss.item(as: Double.self))), scalar: wanted, "loss \(i)")
        {
          return difference
        }
      } else {
        guard i < record.gradients.count else { throw FormatError("no gradients for step \(i)") }
        for (parameter, gradient) in zip(parameters, record.gradients[i]) {
          parameter.grad = gradient == .null ? nil : try values.tensor(gradient)
        }
        optimizer.step()
      }
      for (k, (parameter, wanted)) in zip(parameters, expected).enumerated() {
        if let difference = try comparison.difference(parameter.detach(), wanted, "parameter \(k) after step \(i)") { return difference }
      }
    }
    return try stateDifference(optimizer, record, comparison)
  }

  /// A step with the loss x'Ax/2 - b'x of all parameters, flattened.
  private func quadraticStep(_ optimizer: Optimizer, _ parameters: [Tensor], _ record: OptimizerRecord) throws -> Tensor {
    guard record.problem.count == 2 else { throw FormatError("expected a matrix and a vector as problem") }
    let (a, b) = (try values.tensor(record.problem[0]), try values.tensor(record.problem[1]))
    return optimizer.step {
      optimizer.zeroGrad()
      let x = cat(parameters.map { $0.reshape([-1]) })
      // In the order in which the records were made: these searches multiply rounding errors.
      let loss = (0.5 * x).matmul(a.matmul(x)) - b.matmul(x)
      loss.backward()
      return loss
    }
  }

  private func stateDifference(_ optimizer: Optimizer, _ record: OptimizerRecord, _ comparison: Comparison) throws -> String? {
    let states = optimizer.stateDict().dictionaryValue?["state"]?.dictionaryValue ?? [:]
    for (i, expected) in record.finalState.enumerated() {
      let state = states[String(i)]?.dictionaryValue ?? [:]
      for member in expected.members ?? [] {
        let what = "\(member.key) of parameter \(i)"
        if let difference = try difference(state[member.key], member.value, what, comparison) { return difference }
      }
    }
    return nil
  }

  private func difference(_ found: StateValue?, _ expected: JSONValue, _ what: String, _ comparison: Comparison) throws -> String? {
    if expected == .null { return found == nil || found?.tensorValue == nil ? nil : "\(what): expected none" }
    guard let found else { return "\(what): is absent" }
    if let tensor = expected["t"], let own = found.tensorValue { return try comparison.difference(own, tensor, what) }
    // A number here may be a tensor of one element there.
    let wanted = try expected["t"].map { try values.tensor($0).item(as: Double.self) } ?? expected.double()
    guard let number = found.doubleValue else { return "\(what): \(found), expected \(wanted)" }
    return try comparison.difference(.scalar(.double(number)), scalar: ["f": .double(wanted)], what)
  }

  // MARK: Construction

  private func make(_ record: OptimizerRecord, _ parameters: [Tensor]) throws -> Optimizer {
    let groups = try record.groups.map { group in
      var options = try self.options(record.config)
      options.merge(try self.options(group.options)) { _, own in own }
      options["params"] = nil
      return ParameterGroup(group.parameters.map { parameters[$0] }, options: options)
    }
    switch record.optimizer {
    case "SGD": return SGD(groups: groups)
    case "Adam": return Adam(groups: groups)
    case "AdamW": return AdamW(groups: groups)
    case "NAdam": return NAdam(groups: groups)
    case "RAdam": return RAdam(groups: groups)
    case "Adamax": return Adamax(groups: groups)
    case "Adagrad": return Adagrad(groups: groups)
    case "Adadelta": return Adadelta(groups: groups)
    case "RMSprop": return RMSprop(groups: groups)
    case "Rprop": return Rprop(groups: groups)
    case "ASGD": return ASGD(groups: groups)
    case "Adafactor": return Adafactor(groups: groups)
    case "Muon": return Muon(groups: groups)
    case "SparseAdam": return SparseAdam(groups: groups)
    case "LBFGS":
      let options = groups[0].options
      return LBFGS(
        parameters, lr: options["lr"]?.doubleValue ?? 1, maxIter: options["max_iter"]?.intValue ?? 20, maxEval: options["max_eval"]?.intValue,
        toleranceGrad: options["tolerance_grad"]?.doubleValue ?? 1e-7, toleranceChange: options["tolerance_change"]?.doubleValue ?? 1e-9,
        historySize: options["history_size"]?.intValue ?? 100,
        lineSearch: options["line_search_fn"]?.stringValue.flatMap(LBFGS.LineSearch.init))
    default: throw Missing(name: "optim." + record.optimizer)
    }
  }

  private func options(_ json: JSONValue) throws -> [String: StateValue] {
    Dictionary(try (json.members ?? []).map { ($0.key, try option($0.value)) }) { _, last in last }
  }

  private func option(_ json: JSONValue) throws -> StateValue {
    switch json {
    case .null: .null
    case .bool(let flag): .bool(flag)
    case .int(let number): .int(number)
    case .double(let number): .double(number)
    case .string(let text): .string(text)
    case .array(let entries): .list(try entries.map(option))
    case .object: try json["t"].map { .tensor(try values.tensor($0)) } ?? .double(json.double())
    }
  }
}
