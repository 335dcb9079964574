import TorchOps

/// An op call inside of `vmap`: its arguments with those of the level taken apart.
struct BatchCall {
  let op: AnyOp
  let arguments: [IValue]
  let level: VmapLevel
  let rule: BatchingRule

  init(_ op: AnyOp, _ arguments: [IValue], _ level: VmapLevel) {
    self.op = op
    self.arguments = arguments
    self.level = level
    rule = BatchingRules.rule(for: op)
  }

  // MARK: Arguments

  /// What a tensor of this level stands for; nil for one that is the same in all calls.
  func batched(_ tensor: Tensor) -> BatchedTensor? { Alignment.batched(tensor, level) }
  func isBatched(_ i: Int) -> Bool { arguments[i].heldTensors.contains { batched($0) != nil } }
  var hasBatched: Bool { arguments.indices.contains(where: isBatched) }
  /// Whether the first argument alone is batched.
  var onlyFirst: Bool { isBatched(0) && !arguments.indices.dropFirst().contains(where: isBatched) }

  /// The i-th argument as the call sees it; nil if it is no tensor.
  func tensor(_ i: Int) -> Tensor? { if case .tensor(let tensor) = arguments[i] { tensor } else { nil } }

  /// The tensor with the calls counted by its first dimension. `expanding` gives one that is the same in all calls such a dimension.
  func front(_ tensor: Tensor, expanding: Bool = false) -> Tensor { Alignment.front(tensor, level, expanding: expanding) }

  /// The generator that a random op draws from.
  var generator: Generator {
    for case .generator(let generator) in arguments { return generator }
    return .default
  }

  // MARK: Results

  /// Results whose first dimension counts the calls, as tensors of the level.
  func wrap(_ results: [IValue]) -> [IValue] { results.map { $0.mapTensors { BatchedTensor.wrap($0, 0, level) } } }
  func wrap(_ result: Tensor) -> [IValue] { [.tensor(BatchedTensor.wrap(result, 0, level))] }

  // MARK: One after the other

  /// The arguments of the call number `b`.
  private func element(_ b: Int) -> [IValue] {
    // Strides and offsets that an op is given count in the memory of an element by itself.
    let readsStrides = op.name.contains("as_strided")
    return arguments.map {
      $0.mapTensors { tensor in
        guard let whole = batched(tensor) else { return tensor }
        let element = whole.value.select(whole.dim, b)
        return readsStrides ? element.clone(memoryFormat: .contiguous) : element
      }
    }
  }

  /// The results of all calls, made one after the other: right for every op.
  func looped() throws -> [IValue] { try collected { _ in } }

  /// As `looped`, for random ops: outside of the level, with `prepare` before each call.
  func drawn(prepare: () throws -> Void) throws -> [IValue] {
    if rule.changesInPlace, let target = tensor(0) {
      guard let whole = batched(target) else { throw BatchCall.unbatchedTarget(op.name) }
      for b in 0..<level.batchSize {
        try prepare()
        _ = try op.invoke([.tensor(whole.value.select(whole.dim, b))] + element(b).dropFirst())
      }
      return [.tensor(target)]
    }
    return try collected { _ in try prepare() }
  }

  private func collected(_ prepare: (Int) throws -> Void) throws -> [IValue] {
    guard level.batchSize > 0 else {
      throw TorchError(.transform, "vmap: \(op.name) is called once for each element of the batch, and the batch has none")
    }
    var all: [[IValue]] = []
    for b in 0..<level.batchSize {
      try prepare(b)
      all.append(try op.invoke(element(b)))
    }
    return try all[0].indices.map { place in try stacked(all.map { $0[place] }) }
  }

  private func stacked(_ values: [IValue]) throws -> IValue {
    switch values[0] {
    case .tensor:
      let tensors = values.flatMap(\.heldTensors)
      guard tensors.allSatisfy({ $0.impl.sizes == tensors[0].impl.sizes }) else {
        throw TorchError(.transform, "vmap: the sizes of the result of \(op.name) differ between the elements of the batch")
      }
      return .tensor(BatchedTensor.wrap(stack(tensors), 0, level))
    case .list(let first):
      return .list(
        try first.indices.map { i in
          try stacked(
            values.map { value in
              guard case .list(let items) = value, items.count == first.count else {
                throw TorchError(.transform, "vmap: the number of results of \(op.name) differs between the elements of the batch")
              }
              return items[i]
            })
        })
    case .none: return .none
    default:
      let texts = Set(values.map(\.description))
      guard texts.count == 1 else {
        throw TorchError(
          .transform, "vmap: \(op.name) answers with a plain value, which differs between the elements of the batch")
      }
      return values[0]
    }
  }

  static func unbatchedTarget(_ name: String) -> TorchError {
    TorchError(
      .transform,
      "vmap: \(name)(self, *extra_args) is not possible because there exists a Tensor `other` in extra_args that has more elements than "
        + "`self`. This happens when `other` is being vmapped over but `self` is not being vmapped over. Please try to use out-of-place "
        + "operators instead")
  }
}

/// How tensors of a level and others are brought to a common form.
enum Alignment {
  static func batched(_ tensor: Tensor, _ level: VmapLevel) -> BatchedTensor? {
    guard tensor.isWrapped, let batched = tensor.impl.wrapper as? BatchedTensor, batched.level === level else { return nil }
    return batched
  }

  static func front(_ tensor: Tensor, _ level: VmapLevel, expanding: Bool = false) -> Tensor {
    guard let batched = batched(tensor, level) else {
      return expanding ? tensor.unsqueeze(0).expand([level.batchSize] + tensor.shape) : tensor
    }
    return batched.dim == 0 ? batched.value : batched.value.movedim(batched.dim, 0)
  }

  /// The tensors so that they broadcast as their elements do: batches first, then ones up to the largest rank.
  static func broadcasting(_ tensors: [Tensor], _ level: VmapLevel) -> [Tensor] {
    let rank = tensors.map(\.rank).max() ?? 0
    return tensors.map { tensor in
      guard batched(tensor, level) != nil else { return tensor }
      var whole = front(tensor, level)
      for _ in tensor.rank..<rank { whole = whole.unsqueeze(1) }
      return whole
    }
  }

  /// As `broadcasting`, where the elements' types are promoted: a batch of numbers counts as numbers, not as a vector.
  static func pointwise(_ tensors: [Tensor], _ level: VmapLevel) throws -> [Tensor] {
    var aligned = broadcasting(tensors, level)
    if tensors.contains(where: { $0.rank == 0 && $0.isWrapped }) {
      var promotion = Promotion()
      for tensor in tensors { promotion.add(tensor) }
      let type = promotion.result
      for (i, tensor) in tensors.enumerated() where tensor.rank == 0 && tensor.isWrapped && tensor.dtype != type {
        aligned[i] = aligned[i].to(type)
      }
    }
    return aligned
  }
}
