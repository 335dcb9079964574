/// An operator: one definition from which come the typed call, the boxed call by schema, and everything that watches either.
///
/// How the call is carried out is up to the tier that made it: `pointwise` formulas, `structured` ops with a kernel, `view`s, and
/// `composite`s of other ops. See `Documentation/Architecture.md` for one worked example of each.
public struct Op<each A: Boxable, R: OpResult>: Sendable {
  package let info: OpInfo
  package let body: @Sendable (repeat each A) throws -> R
  /// Puts results that the body did not compute itself on the tape.
  package let recorder: Recorder?

  /// Wrapped up, because optionals of variadic functions do not exist.
  package struct Recorder: Sendable {
    package let record: @Sendable (R, repeat each A) throws -> Void
  }

  package init(_ info: OpInfo, recorder: Recorder? = nil, body: @escaping @Sendable (repeat each A) throws -> R) {
    self.info = info
    self.recorder = recorder
    guard info.tier == .random else {
      self.body = body
      return
    }
    self.body = { (arguments: repeat each A) throws -> R in
      if ThreadState.has(ThreadState.transform), let transform = ThreadState.stacks.transforms.last {
        var boxed: [IValue] = []
        for argument in repeat each arguments { boxed.append(argument.box()) }
        return try R(unboxing: transform.drawRandomly(Op(info: info, plain: body).erased, boxed))
      }
      return try body(repeat each arguments)
    }
  }

  /// The op without the question whether a transform runs.
  private init(info: OpInfo, plain body: @escaping @Sendable (repeat each A) throws -> R) {
    self.info = info
    self.body = body
    recorder = nil
  }

  /// The typed call. On failure stops the program with the error, or records it in the innermost error scope and returns poison.
  @inline(__always)
  package func callAsFunction(_ arguments: repeat each A) -> R {
    do {
      if ThreadState.has(ThreadState.modeActive) { return try intercepted(repeat each arguments) }
      return try body(repeat each arguments)
    } catch {
      return fail(error, repeat each arguments)
    }
  }

  /// The op itself, below modes and without naming it in errors: for ops made of others.
  @inline(__always)
  package func run(_ arguments: repeat each A) throws -> R {
    do { return try body(repeat each arguments) } catch { return try recovered(error, repeat each arguments) }
  }

  /// The op as a part of another of its name, which takes over what only a sparse or wrapped argument can answer.
  @inline(__always)
  package func inner(_ arguments: repeat each A) throws -> R { try body(repeat each arguments) }

  /// The typed call for code that throws: composites, interpreters, loaders.
  package func callThrowing(_ arguments: repeat each A) throws -> R {
    do {
      if ThreadState.has(ThreadState.modeActive) { return try intercepted(repeat each arguments) }
      return try body(repeat each arguments)
    } catch {
      do { return try recovered(error, repeat each arguments) } catch {
        throw Failure.locate(error, op: info.name, arguments: describe(repeat each arguments))
      }
    }
  }

  /// What the parts of a sparse argument, or a transform, make of the call, if that is what it failed for; otherwise the error.
  @inline(never)
  private func recovered(_ error: any Error, _ arguments: repeat each A) throws -> R {
    guard let met = error as? UnstridedArgument else { throw error }
    var boxed: [IValue] = []
    for argument in repeat each arguments { boxed.append(argument.box()) }
    return try R(unboxing: erased.recovered(met, boxed))
  }

  @inline(never)
  private func intercepted(_ arguments: repeat each A) throws -> R {
    var boxed: [IValue] = []
    for argument in repeat each arguments { boxed.append(argument.box()) }
    return try R(unboxing: ActiveModes.intercept(erased, boxed))
  }

  @inline(never)
  private func fail(_ error: any Error, _ arguments: repeat each A) -> R {
    do { return try recovered(error, repeat each arguments) } catch {
      Failure.raise(error, op: info.name, arguments: describe(repeat each arguments))
      return R.poisoned
    }
  }

  private func describe(_ arguments: repeat each A) -> String {
    var parts: [String] = []
    var index = 0
    let names = info.schema.arguments
    for argument in repeat each arguments {
      let name = index < names.count ? names[index].name : "argument \(index)"
      parts.append("\(name): \(argument.box())")
      index += 1
    }
    return parts.joined(separator: ", ")
  }

  /// The op without its types: for the table, modes, and calls by name.
  package var erased: AnyOp {
    let body = self.body
    var types: [[String]] = []
    for type in repeat (each A).self { types.append(type.schemaTypes) }
    let argumentTypes = types
    let info = self.info
    var record: (@Sendable ([IValue], [IValue]) throws -> Void)?
    if let recorder {
      record = { results, values in
        let reader = try ArgumentReader(values, info, count: argumentTypes.count)
        try recorder.record(try R(unboxing: results), repeat try reader.take((each A).self))
      }
    }
    return AnyOp(info: info, argumentTypes: argumentTypes, record: record) { values in
      let reader = try ArgumentReader(values, info, count: argumentTypes.count)
      return try body(repeat try reader.take((each A).self)).boxResults()
    }
  }
}

/// Takes one boxed argument after the other.
private final class ArgumentReader {
  private let values: [IValue]
  private let info: OpInfo
  private var next = 0

  init(_ values: [IValue], _ info: OpInfo, count: Int) throws {
    guard values.count == count else { throw TorchError(.value, "expected \(count) arguments, got \(values.count)") }
    self.values = values
    self.info = info
  }

  func take<T: Boxable>(_: T.Type) throws -> T {
    defer { next += 1 }
    do { return try T.unbox(values[next]) } catch let error as TorchError {
      throw TorchError(error.kind, "argument '\(info.schema.arguments[next].name)': \(error.message)")
    }
  }
}

/// What is known about an op apart from how to call it.
public final class OpInfo: Sendable {
  /// The schema's text.
  public let text: String
  /// `aten::add.Tensor`
  public let name: String
  /// The tier that carries it out.
  public let tier: Tier
  /// How its gradient is known.
  public let derivative: Derivative
  /// Inputs for the table-driven tests.
  package let samples: @Sendable (inout SampleSource) -> [Sample]

  public enum Tier: String, Sendable { case pointwise, structured, view, composite, random, factory, inPlace }

  public enum Derivative: Sendable, Equatable {
    /// The op records itself with a derivative of its own.
    case own
    /// The ops it is made of record themselves.
    case composed
    /// There is none, for the reason given.
    case none(String)
  }

  package init(
    _ text: String, tier: Tier, derivative: Derivative, samples: @escaping @Sendable (inout SampleSource) -> [Sample] = { _ in [] }
  ) {
    self.text = text
    name = String(text.prefix { $0 != "(" })
    self.tier = tier
    self.derivative = derivative
    self.samples = samples
  }

  /// The parsed schema. A definition whose schema does not parse stops the program when first asked, and a test asks for all.
  public var schema: Schema {
    do { return try Schema(parsing: text) } catch { fatalError("\(error)") }
  }
}

/// An op called by values rather than types.
public struct AnyOp: Sendable {
  public let info: OpInfo
  /// For each argument of the Swift function, the schema types it can stand for.
  public let argumentTypes: [[String]]
  package let run: @Sendable ([IValue]) throws -> [IValue]
  /// Puts results for these arguments, which `run` did not compute, on the tape.
  package let record: (@Sendable (_ results: [IValue], _ arguments: [IValue]) throws -> Void)?

  package init(
    info: OpInfo, argumentTypes: [[String]], record: (@Sendable ([IValue], [IValue]) throws -> Void)? = nil,
    run: @escaping @Sendable ([IValue]) throws -> [IValue]
  ) {
    self.info = info
    self.argumentTypes = argumentTypes
    self.record = record
    self.run = run
  }

  /// The results where `run` met a tensor that is not strided, on the tape of wrapped tensors.
  package func recovered(_ met: UnstridedArgument, _ arguments: [IValue]) throws -> [IValue] {
    let results = try met.answer(self, arguments)
    guard met.isWrapped, isGradEnabled, info.tier != .inPlace, arguments.flatMap(\.heldTensors).contains(where: \.requiresGrad) else {
      return results
    }
    if case .none = info.derivative { return results }
    guard let record else {
      if results.flatMap(\.heldTensors).contains(where: \.requiresGrad) { return results }
      throw TorchError(.transform, "vmap: gradients through \(name) cannot be recorded here; compute them outside of vmap")
    }
    try record(results, arguments)
    return results
  }

  public var name: String { info.name }

  /// Calls the op with all arguments of its schema in order; returns its results, one an entry of the schema.
  public func call(_ arguments: [IValue]) throws -> [IValue] {
    do {
      if ThreadState.has(ThreadState.modeActive) { return try ActiveModes.intercept(self, arguments) }
      // In a scope, so that a failure inside a composite's body is an error of this call too, and never stops the program.
      return try withTorchErrors {
        do { return try run(arguments) } catch let met as UnstridedArgument { return try recovered(met, arguments) }
      }
    } catch {
      throw Failure.locate(
        error, op: name,
        arguments: zip(info.schema.arguments, arguments).map { "\($0.name): \($1)" }.joined(separator: ", "))
    }
  }

  /// Calls with leading arguments only; the schema's defaults fill the rest.
  public func call(filling arguments: [IValue]) throws -> [IValue] {
    let schema = info.schema
    return try call(arguments + schema.arguments.dropFirst(arguments.count).map(Schema.defaultValue))
  }
}
