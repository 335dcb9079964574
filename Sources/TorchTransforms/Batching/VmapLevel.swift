import TorchOps

/// What `vmap` does with ops that draw random numbers.
public enum VmapRandomness: Sendable {
  /// They are errors.
  case error
  /// Every call of the function draws numbers of its own.
  case different
  /// All calls of the function get the same numbers.
  case same
}

/// One running `vmap`: how many calls of the function it stands for, and what they do with random numbers.
package final class VmapLevel: RunningTransform, @unchecked Sendable {
  // Used by the thread that runs the function.

  /// How many levels are around it.
  let depth: Int
  let batchSize: Int
  private let randomness: VmapRandomness

  private init(depth: Int, batchSize: Int, randomness: VmapRandomness) {
    self.depth = depth
    self.batchSize = batchSize
    self.randomness = randomness
  }

  /// Runs `body` in a level inside of those that run already.
  static func with<T>(batchSize: Int, randomness: VmapRandomness, _ body: (VmapLevel) throws -> T) rethrows -> T {
    let stacks = ThreadState.stacks
    let level = VmapLevel(depth: stacks.transforms.count, batchSize: batchSize, randomness: randomness)
    stacks.transforms.append(level)
    defer { stacks.transforms.removeLast() }
    return try ThreadState.with(setting: ThreadState.transform) { try body(level) }
  }

  /// The level that an op on these tensors belongs to: the innermost.
  static func innermost(of tensors: [Tensor]) -> VmapLevel? {
    var found: VmapLevel?
    for tensor in tensors where tensor.isWrapped {
      guard let level = (tensor.impl.wrapper as? BatchedTensor)?.level else { continue }
      if found == nil || level.depth > found!.depth { found = level }
    }
    return found
  }

  /// Runs `body` as if this level and those inside of it were not there.
  private func below<T>(_ body: () throws -> T) rethrows -> T {
    let stacks = ThreadState.stacks
    let all = stacks.transforms
    guard let place = all.firstIndex(where: { $0 === self }) else { return try body() }
    stacks.transforms = Array(all[..<place])
    defer { stacks.transforms = all }
    if place > 0 { return try body() }
    return try ThreadState.with(setting: 0, clearing: ThreadState.transform, body)
  }

  // MARK: Calls

  func run(_ op: AnyOp, _ arguments: [IValue]) throws -> [IValue] {
    let call = BatchCall(op, arguments, self)
    if call.rule.changesInPlace { return try call.inPlace() }
    let results = try below { () throws -> [IValue] in
      if let reason = call.rule.refusal { throw TorchError(.transform, reason) }
      if let apply = call.rule.apply, let results = try apply(call) { return results }
      return try call.looped()
    }
    if op.info.tier == .view, case .tensor(let base)? = arguments.first, base.isWrapped {
      let rest = Array(arguments.dropFirst())
      for view in results.flatMap(\.heldTensors) where view.isWrapped && results.count == 1 {
        // A view of a view is taken from the whole.
        let recipe = base.impl.extra?.viewRecipe
        view.impl.autogradExtra.viewRecipe = ViewRecipe(recipe?.whole ?? base) { whole in
          let inner = try recipe?.take(whole) ?? whole
          guard let view = try op.call([.tensor(inner)] + rest).first?.heldTensors.first else {
            throw TorchError(.internal, "\(op.name) gave no view")
          }
          return view
        }
      }
    }
    return results
  }

  package func drawRandomly(_ op: AnyOp, _ arguments: [IValue]) throws -> [IValue] {
    let call = BatchCall(op, arguments, self)
    switch randomness {
    case .error:
      throw TorchError(
        .transform,
        "vmap: called random operation while in randomness error mode. Please either use the 'same' or 'different' randomness flags on "
          + "vmap or perform the randomness operation out of vmap")
    case .same:
      if !call.hasBatched { return try below { try op.invoke(arguments) } }
      let generator = call.generator
      let state = generator.saveState()
      return try below { try call.drawn { try generator.restoreState(state) } }
    case .different:
      return try below { try call.drawn {} }
    }
  }
}

/// A tensor of a batch that stands for one of its elements.
final class BatchedTensor: WrappedTensor, @unchecked Sendable {
  let value: Tensor
  /// Which dimension of the value counts the calls.
  let dim: Int
  let level: VmapLevel

  private init(_ value: Tensor, _ dim: Int, _ level: VmapLevel) {
    self.value = value
    self.dim = dim
    self.level = level
  }

  static func wrap(_ value: Tensor, _ dim: Int, _ level: VmapLevel) -> Tensor {
    var sizes = Array(value.impl.sizes)
    sizes.remove(at: dim)
    return Tensor(
      wrapping: BatchedTensor(value, dim, level), storage: value.impl.storage, sizes: Dims(sizes), dtype: value.dtype)
  }

  var device: Device { value.device }
  func again() -> Tensor { BatchedTensor.wrap(value, dim, level) }
  func zeros(_ sizes: [Int], _ dtype: DType) -> Tensor {
    BatchedTensor.wrap(value.blank([level.batchSize] + sizes).to(dtype), 0, level)
  }
  var text: String { "BatchedTensor(level: \(level.depth + 1), dim: \(dim), value: \(value.description))" }

  func compute(_ op: AnyOp, _ arguments: [IValue]) throws -> [IValue] {
    let level = VmapLevel.innermost(of: arguments.flatMap(\.heldTensors)) ?? level
    return try level.run(op, arguments)
  }

  func pointwise(_ inputs: [Tensor], _ run: ([Tensor]) throws -> Tensor) throws -> Tensor {
    let level = VmapLevel.innermost(of: inputs) ?? level
    return BatchedTensor.wrap(try run(try Alignment.pointwise(inputs, level)), 0, level)
  }
}

extension AnyOp {
  /// Runs the op below modes, on tensors that may themselves be wrapped.
  func invoke(_ arguments: [IValue]) throws -> [IValue] {
    do { return try run(arguments) } catch let met as UnstridedArgument { return try recovered(met, arguments) }
  }

  /// The op of that name on these arguments.
  static func invoke(_ name: String, _ arguments: [IValue]) throws -> [IValue] {
    guard let op = OpTable.op(named: name) else { throw TorchError(.internal, "vmap needs \(name), which does not exist") }
    return try op.invoke(arguments)
  }
}
