import TorchOps
import TorchReport

/// Runs recorded calls, through the operator table where they are operators, and compares everything that was recorded.
public struct Replay {
  /// What a replay looks at.
  public enum Mode: String, Sendable, CaseIterable {
    /// Values, gradients, second-order gradients and forward-mode derivatives.
    case values
    /// Sizes and dtypes of a run on the meta device, where nothing is computed.
    case meta
  }

  private let values: Values
  private let mode: Mode

  public init(_ file: RecordFile, mode: Mode = .values) {
    values = Values(numbers: file.numbers.bytes, device: mode == .meta ? .meta : .cpu)
    self.mode = mode
  }

  public func run(_ recorded: RecordedCase) -> Outcome {
    switch recorded {
    case .call(let record):
      let missing = record.overloads.filter { OpTable.op(named: $0) == nil }
      return missing.isEmpty ? Outcome.of { try difference(record) } : .missing(missing)
    case .module(let record): return ModuleReplay(values: values).run(record)
    case .optimizer(let record): return OptimizerReplay(values: values).run(record)
    case .scheduler(let record): return SchedulerReplay().run(record)
    }
  }

  /// What differs first; nil when the record holds.
  private func difference(_ record: Record) throws -> String? {
    if record.expectsError { return try errorDifference(record) }
    if mode == .meta { return try metaDifference(record) }
    let run = try Run(record, values, tracked: record.gradient?.wrt ?? [])
    if let difference = try outputDifference(record, run, shapesOnly: record.isNondeterministic) { return difference }
    guard let gradient = record.gradient else { return nil }
    return try gradientDifference(record, gradient, run)
  }

  private func outputDifference(_ record: Record, _ run: Run, shapesOnly: Bool) throws -> String? {
    let comparison = Comparison(
      values: values, tolerance: record.tolerance, shapesOnly: shapesOnly, isUnordered: record.isUnordered)
    for output in record.outputs {
      if let tensor = output.tensor {
        if let difference = try comparison.difference(run.tensor(output.value)?.detach(), tensor, "value \(output.value)") {
          return difference
        }
      } else if let scalar = output.scalar, !shapesOnly {
        if let difference = try comparison.difference(run.known[output.value], scalar: scalar, "value \(output.value)") {
          return difference
        }
      }
    }
    return nil
  }

  private func metaDifference(_ record: Record) throws -> String? {
    // Results that depend on elements have no sizes without them, and plain values no meaning.
    guard record.outputs.allSatisfy({ $0.tensor != nil }) else { return nil }
    do { return try outputDifference(record, try Run(record, values, tracked: []), shapesOnly: true) } catch let error as TorchError
    where error.kind == .elements { return nil }
  }

  /// The last step has to fail, and the ones before it must not.
  private func errorDifference(_ record: Record) throws -> String? {
    do { _ = try Run(record, values, tracked: []) } catch let error as Run.StepFailure {
      if mode == .meta, error.cause.kind == .elements { return nil }
      return error.step == record.steps.count - 1 ? nil : "step \(error.step) failed: \(error.cause)"
    }
    // Without elements, a mistake in their values cannot show.
    if mode == .meta, try failureOfValues(record) { return nil }
    return "did not fail, but must"
  }

  /// Whether the record's call fails for the values of its elements.
  private func failureOfValues(_ record: Record) throws -> Bool {
    do { _ = try Run(record, Values(numbers: values.numbers), tracked: []) } catch let error as Run.StepFailure {
      return error.cause.kind == .value
    }
    return false
  }

  private func gradientDifference(_ record: Record, _ gradient: Record.Gradient, _ run: Run) throws -> String? {
    let comparison = Comparison(values: values, tolerance: gradient.tolerance)
    let inputs = gradient.wrt.compactMap { run.tensor($0) }
    var outputs: [Tensor] = []
    var cotangents: [Tensor] = []
    for (number, cotangent) in zip(gradient.of, gradient.cotangents) {
      guard let output = run.tensor(number) else { return "gradient: value \(number) is absent" }
      guard output.requiresGrad else { continue }
      outputs.append(output)
      cotangents.append(try values.tensor(cotangent))
    }
    let second = record.secondGradient
    if second != nil { for cotangent in cotangents { cotangent.requiresGrad_() } }
    let found = try grad(
      outputs, inputs, gradOutputs: cotangents, retainGraph: true, createGraph: second != nil, allowUnused: true)
    for (i, (result, expected)) in zip(found, gradient.expected).enumerated() {
      let what = "gradient of value \(gradient.wrt[i])"
      if let difference = try comparison.gradientDifference(result?.detach(), expected, what) { return difference }
    }
    if let second, let difference = try secondDifference(second, found, inputs, cotangents, comparison) { return difference }
    guard let forward = record.forward else { return nil }
    return try forwardDifference(forward, gradient, record, comparison)
  }

  private func secondDifference(
    _ second: Record.SecondGradient, _ gradients: [Tensor?], _ inputs: [Tensor], _ cotangents: [Tensor], _ comparison: Comparison
  ) throws -> String? {
    var outputs: [Tensor] = []
    var vectors: [Tensor] = []
    for (gradient, vector) in zip(gradients, second.vectors) where vector != .null {
      guard let gradient, gradient.requiresGrad else { continue }
      outputs.append(gradient)
      vectors.append(try values.tensor(vector))
    }
    let targets = inputs + cotangents
    let found = outputs.isEmpty ? targets.map { _ in nil } : try grad(outputs, targets, gradOutputs: vectors, allowUnused: true)
    let expected = second.expected + second.expectedOfCotangents
    for (i, (result, expected)) in zip(found, expected).enumerated() {
      let what = i < inputs.count ? "second gradient of input \(i)" : "second gradient of cotangent \(i - inputs.count)"
      if let difference = try comparison.gradientDifference(result?.detach(), expected, what) { return difference }
    }
    return nil
  }

  private func forwardDifference(
    _ forward: Record.Tangents, _ gradient: Record.Gradient, _ record: Record, _ comparison: Comparison
  ) throws -> String? {
    let run = try Run(record, values, tracked: gradient.wrt)
    let found = try forwardDerivative(
      of: gradient.of.map { run.tensor($0) ?? .zeros([]) }, at: gradient.wrt.compactMap { run.tensor($0) },
      along: try forward.tangents.map { try values.tensor($0) })
    for (i, (result, expected)) in zip(found, forward.expected).enumerated() {
      let what = "forward derivative of value \(gradient.of[i])"
      if let difference = try comparison.gradientDifference(result?.detach(), expected, what) { return difference }
    }
    return nil
  }
}

/// The values of a record's steps.
private struct Run {
  struct StepFailure: Error, CustomStringConvertible {
    let step: Int
    let cause: TorchError
    var description: String { "step \(step): \(cause.op): \(cause.message)" }
  }

  private(set) var known: [Int: IValue] = [:]

  /// Runs all steps, recording for the inputs with the numbers `tracked`.
  init(_ record: Record, _ values: Values, tracked: [Int]) throws {
    for (i, input) in record.inputs.enumerated() {
      let tensor = try values.tensor(input)
      known[i] = .tensor(tracked.contains(i) ? tensor.requiresGrad_() : tensor)
    }
    for (index, step) in record.steps.enumerated() {
      guard let op = OpTable.op(named: step.op) else { throw Unsupported(step.op) }
      let schema = op.info.schema.arguments
      let arguments = try step.arguments.enumerated().map { i, argument -> IValue in
        // Devices are not recorded: null is the one that the tensors are on.
        if argument == .null, i < schema.count, schema[i].type == "Device" { return .device(values.device) }
        return try values.argument(argument, known)
      }
      let results: [IValue]
      do { results = Run.flatten(try op.call(arguments)) } catch let error as TorchError {
        if record.expectsError { throw StepFailure(step: index, cause: error) }
        throw error
      }
      for (number, result) in zip(step.results, results) { if let number { known[number] = result } }
    }
  }

  private static func flatten(_ results: [IValue]) -> [IValue] {
    results.flatMap { result -> [IValue] in if case .list(let entries) = result { entries } else { [result] } }
  }

  func tensor(_ number: Int) -> Tensor? { if case .tensor(let tensor)? = known[number] { tensor } else { nil } }
}

extension MemoryFormat {
  /// The format with PyTorch's name.
  init?(torchName: String) {
    switch torchName {
    case "contiguous_format": self = .contiguous
    case "channels_last": self = .channelsLast
    case "preserve_format": self = .preserve
    default: return nil
    }
  }
}
