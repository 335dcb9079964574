/// An operator: one definition from which come the typed call, the boxed call by schema, and everything that watches either.
///
/// How the call is carried out is up to the tier that made it: `pointwise` formulas, `structured` ops with a kernel, `view`s, and
/// `composite`s of other ops. See `Documentation/Architecture.md` for one worked example of each.
public struct Op<each A: Boxable, R: OpResult>: Sendable {
  package let info: OpInfo
  package let body: @Sendable (repeat each A) throws -> R

  package init(_ info: OpInfo, body: @escaping @Sendable (repeat each A) throws -> R) {
    self.info = info
    self.body = body
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
  package func run(_ arguments: repeat each A) throws -> R { try body(repeat each arguments) }

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

  /// What the parts of a sparse argument make of the call, if that is what it failed for; otherwise the error.
  @inline(never)
  private func recovered(_ error: any Error, _ arguments: repeat each A) throws -> R {
    guard let met = error as? SparseArgument else { throw error }
    var boxed: [IValue] = []
    for argument in repeat each arguments { boxed.append(argument.box()) }
    return try R(unboxing: met.answer(erased, boxed))
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
    return AnyOp(info: info, argumentTypes: argumentTypes) { values in
      guard values.count == argumentTypes.count else {
        throw TorchError(.value, "expected \(argumentTypes.count) arguments, got \(values.count)")
      }
      var next = 0
      func take<T: Boxable>(_: T.Type) throws -> T {
        defer { next += 1 }
        do { return try T.unbox(values[next]) } catch let error as TorchError {
          throw TorchError(error.kind, "argument '\(self.info.schema.arguments[next].name)': \(error.message)")
        }
      }
      return try body(repeat try take((each A).self)).boxResults()
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

  package init(info: OpInfo, argumentTypes: [[String]], run: @escaping @Sendable ([IValue]) throws -> [IValue]) {
    self.info = info
    self.argumentTypes = argumentTypes
    self.run = run
  }

  public var name: String { info.name }

  /// Calls the op with all arguments of its schema in order; returns its results, one an entry of the schema.
  public func call(_ arguments: [IValue]) throws -> [IValue] {
    do {
      if ThreadState.has(ThreadState.modeActive) { return try ActiveModes.intercept(self, arguments) }
      // In a scope, so that a failure inside a composite's body is an error of this call too, and never stops the program.
      return try withTorchErrors {
        do { return try run(arguments) } catch let met as SparseArgument { return try met.answer(self, arguments) }
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
