import TorchNN
import TorchOps

/// A module behind a call by recorded arguments.
struct BoxedModule {
  let module: Module
  /// Calls the module; nested results are flattened.
  let call: (CallArguments) throws -> [Tensor?]

  init(_ module: Module, _ call: @escaping (CallArguments) throws -> [Tensor?]) {
    self.module = module
    self.call = call
  }

  /// A module of one tensor.
  init(_ module: Module, input: String = "input") {
    self.init(module) { [try module($0.tensor(input))] }
  }

  /// A module of two tensors.
  init(of2 module: Module, _ first: String, _ second: String) {
    self.init(module) { call in
      let (x, y) = (try call.tensor(first), try call.tensor(second))
      return [module(x, y)]
    }
  }

  /// A module of three tensors.
  init(of3 module: Module, _ first: String, _ second: String, _ third: String) {
    self.init(module) { call in
      let (x, y, z) = (try call.tensor(first), try call.tensor(second), try call.tensor(third))
      return [module(x, y, z)]
    }
  }
}

/// Constructs a recorded module, calls it, and compares everything that was recorded.
struct ModuleReplay {
  let values: Values

  func run(_ record: ModuleRecord) -> Outcome { Outcome.of { try difference(record) } }

  private func difference(_ record: ModuleRecord) throws -> String? {
    let boxed = try withGenerator(Generator(seed: UInt64(record.initial?.seed ?? 0))) {
      try ModuleFactory.make(record.module, CallArguments(record.constructor, values))
    }
    if let difference = try beginningDifference(boxed.module, record) { return difference }
    let module = boxed.module.to(try Values.dtype(record.dtype)).train(record.kind == "train")
    if record.module.hasPrefix("Lazy") { _ = try noGrad { try boxed.call(CallArguments(record.forward, values)) } }
    try module.loadStateDict(StateDict(record.state.map { ($0.name, try values.tensor($0.tensor)) }))
    let names = module.stateDict().keys
    guard names == record.state.map(\.name) else { return "state dictionary: \(names), expected \(record.state.map(\.name))" }

    let arguments = try CallArguments(record.forward, values)
    let tensors = arguments.tensors
    if let gradient = record.gradient { for (position, _) in gradient.inputs { tensors[position].requiresGrad_() } }
    let outputs = try boxed.call(arguments)
    try arguments.finish()

    let comparison = Comparison(values: values, tolerance: record.tolerance, shapesOnly: record.isNondeterministic)
    guard outputs.count == record.outputs.count else { return "\(outputs.count) outputs, expected \(record.outputs.count)" }
    for (i, (output, expected)) in zip(outputs, record.outputs).enumerated() {
      if let difference = try comparison.difference(output?.detach(), expected, "output \(i)") { return difference }
    }
    let state = module.stateDict()
    for (name, expected) in record.stateAfter {
      if let difference = try comparison.difference(state[name], expected, "\(name) after the call") { return difference }
    }
    guard let gradient = record.gradient else { return nil }
    return try gradientDifference(gradient, module, tensors, outputs, comparison)
  }

  /// What the module prints and begins with.
  private func beginningDifference(_ module: Module, _ record: ModuleRecord) throws -> String? {
    // Options that are numbers print as the type that they have here, so that a whole one may end in .0.
    func plain(_ text: String) -> String { text.replacing(".0", with: "") }
    if let printed = record.printed, plain(module.description) != plain(printed) {
      return "prints \(module.description), expected \(printed)"
    }
    let comparison = Comparison(values: values, tolerance: Tolerance(relative: 1e-6, absolute: 1e-7), shapesOnly: false)
    let state = module.stateDict()
    for (name, expected) in record.initial?.state ?? [] {
      if let difference = try comparison.difference(state[name], expected, "\(name) at the beginning") { return difference }
    }
    return nil
  }

  private func gradientDifference(
    _ gradient: ModuleRecord.Gradient, _ module: Module, _ tensors: [Tensor], _ outputs: [Tensor?], _ comparison: Comparison
  ) throws -> String? {
    let parameters = Dictionary(module.namedParameters().map { ($0.name, $0.tensor) }) { first, _ in first }
    var roots: [Tensor] = []
    var cotangents: [Tensor] = []
    for (i, cotangent) in zip(gradient.of, gradient.cotangents) {
      guard let output = outputs[i] else { return "gradient: output \(i) is absent" }
      guard output.requiresGrad else { continue }
      roots.append(output)
      cotangents.append(try values.tensor(cotangent))
    }
    let inputs = try gradient.parameters.map { name, _ in
      guard let parameter = parameters[name] else { throw FormatError("gradient: there is no parameter \(name)") }
      return parameter
    }
    let targets = inputs + gradient.inputs.map { tensors[$0.position] }
    if targets.isEmpty { return nil }
    let found = try roots.isEmpty ? targets.map { _ in nil } : grad(roots, targets, gradOutputs: cotangents, allowUnused: true)
    let expected =
      gradient.parameters.map { ("gradient of \($0.name)", $0.gradient) }
      + gradient.inputs.map { ("gradient of tensor \($0.position)", $0.gradient) }
    for (result, (what, expected)) in zip(found, expected) {
      if let difference = try comparison.gradientDifference(result?.detach(), expected, what) { return difference }
    }
    return nil
  }
}
