import Synchronization
import TorchOps

/// How one op is computed for a whole batch at once.
struct BatchingRule: Sendable {
  /// The op's schema, parsed once.
  let schema: Schema
  /// Whether the op changes its first argument.
  let changesInPlace: Bool
  /// Why the op cannot run inside of `vmap`.
  var refusal: String?
  /// The results for the whole batch; nil where the rule does not cover the arguments, and the calls are made one by one.
  var apply: (@Sendable (BatchCall) throws -> [IValue]?)?

  /// The positions of the arguments of one of these names.
  func positions(_ names: Set<String>) -> [Int] { schema.arguments.indices.filter { names.contains(schema.arguments[$0].name) } }
}

/// The rules by op; an op without one is called once for each element.
package enum BatchingRules {
  private static let known = Mutex<[String: BatchingRule]>([:])

  static func rule(for op: AnyOp) -> BatchingRule {
    if let rule = known.withLock({ $0[op.name] }) { return rule }
    let rule = make(op)
    known.withLock { $0[op.name] = rule }
    return rule
  }

  /// How an op is batched, for the documentation: `pointwise`, `own`, `composed`, `loop`, or a refusal.
  package static func kind(of op: AnyOp) -> String {
    if op.info.tier == .pointwise { return "own" }
    if op.info.tier == .composite && make(op).apply == nil { return "composed" }
    let rule = make(op)
    if rule.refusal != nil { return "none" }
    if rule.changesInPlace || op.info.tier == .random { return "own" }
    return rule.apply == nil ? "loop" : "own"
  }

  /// Ops whose result has sizes that depend on the elements.
  private static let dynamic: Set<String> = [
    "aten::nonzero", "aten::nonzero_numpy", "aten::argwhere", "aten::masked_select", "aten::_unique", "aten::_unique2",
    "aten::unique_dim", "aten::unique_consecutive", "aten::unique_dim_consecutive", "aten::where", "aten::bincount",
    "aten::repeat_interleave.Tensor",
  ]
  private static let readsElements: Set<String> = [
    "aten::item", "aten::_local_scalar_dense", "aten::is_nonzero", "aten::equal", "aten::allclose",
  ]

  private static func make(_ op: AnyOp) -> BatchingRule {
    let schema = op.info.schema
    let mutated = schema.arguments.filter(\.isMutated)
    var rule = BatchingRule(schema: schema, changesInPlace: schema.arguments.first?.isMutated == true && mutated.allSatisfy { !$0.isKeywordOnly })
    if mutated.contains(where: \.isKeywordOnly) {
      rule.refusal = "vmap: \(op.name): results given by the caller (out) are not supported; use the form that returns its result"
    } else if dynamic.contains(op.name) {
      rule.refusal =
        "vmap: \(op.name): the sizes of the result depend on the elements, which differ in the batch; use an op whose result has fixed sizes"
    } else if readsElements.contains(op.name) {
      rule.refusal =
        "vmap: \(op.name): the elements of a tensor inside of vmap cannot be read; it looks like a condition depends on them: use where()"
    }
    rule.apply = viewRules[op.name] ?? reductionRules[op.name] ?? productRules[op.name] ?? neuralRules[op.name] ?? otherRules[op.name]
    return rule
  }
}

/// Forms of rules that serve many ops.
enum BatchingForms {
  typealias Apply = @Sendable (BatchCall) throws -> [IValue]?

  /// The op treats all dimensions before those it works on alike: the batch is one more of them. The first argument alone is
  /// batched, and its elements have at least `rank` dimensions.
  static func leading(rank: Int = 0) -> Apply {
    { call in
      guard call.onlyFirst, let x = call.tensor(0), x.rank >= rank else { return nil }
      for case .memoryFormat(.channelsLast) in call.arguments { return nil }
      return call.wrap(try call.op.invoke([.tensor(call.front(x))] + call.arguments.dropFirst()))
    }
  }

  /// All tensors broadcast against one another.
  static let broadcasting: Apply = { call in
    let places = call.arguments.indices.filter { call.tensor($0) != nil }
    let aligned = Alignment.broadcasting(places.map { call.tensor($0)! }, call.level)
    var arguments = call.arguments
    for (place, tensor) in zip(places, aligned) { arguments[place] = .tensor(tensor) }
    return call.wrap(try call.op.invoke(arguments))
  }

  private static let dimNames: Set<String> = [
    "dim", "dim0", "dim1", "dim2", "dims", "axis0", "axis1", "start_dim", "end_dim", "dimension", "source", "destination",
  ]

  /// The op works along dimensions that its arguments name: each is one further. All tensors are batched, or the first alone.
  static func shifted(all: Bool = false) -> Apply {
    { call in
      guard all || call.onlyFirst, let x = call.tensor(0), x.rank > 0 else { return nil }
      var arguments = call.arguments
      for i in arguments.indices where call.tensor(i) != nil && (i == 0 || all) {
        guard call.tensor(i)!.rank == x.rank || i == 0 else { return nil }
        arguments[i] = .tensor(call.front(call.tensor(i)!, expanding: true))
      }
      for i in call.rule.positions(dimNames) {
        guard let value = shift(arguments[i], rank: x.rank) else { return nil }
        arguments[i] = value
      }
      return call.wrap(try call.op.invoke(arguments))
    }
  }

  /// Dimensions of an element as dimensions of the batch: negative ones count from the end of either. All of them for an empty list;
  /// nil where an omitted dimension means all and cannot be listed.
  static func shift(_ value: IValue, rank: Int) -> IValue? {
    switch value {
    case .scalar(.int(let dim)): .scalar(.int(dim >= 0 ? dim + 1 : dim))
    case .list(let dims) where dims.isEmpty: .list((1...Int64(rank)).map { .scalar(.int($0)) })
    case .list(let dims): .list(dims.compactMap { shift($0, rank: rank) })
    default: nil
    }
  }

  /// The op works on samples that its first dimension counts, each by itself: the batch's samples are counted by one dimension. The
  /// arguments at `places` hold samples; no other is batched.
  static func folded(_ places: [Int], rank: Int) -> Apply {
    { call in
      let batch = call.level.batchSize
      guard call.tensor(places[0])?.rank == rank, !call.arguments.indices.contains(where: { !places.contains($0) && call.isBatched($0) })
      else { return nil }
      var arguments = call.arguments
      for place in places {
        guard let x = call.tensor(place) else { continue }
        guard x.rank > 0 else { return nil }
        arguments[place] = .tensor(call.front(x, expanding: true).flatten(0, 1))
      }
      return try call.op.invoke(arguments).map { value in
        value.mapTensors { BatchedTensor.wrap($0.unflatten(0, [batch, -1]), 0, call.level) }
      }
    }
  }
}
