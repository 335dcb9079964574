import TorchOps

extension BatchCall {
  /// Changes the first argument in place: computes the op's plain form and writes its result into the batch. What the change does to
  /// gradients follows from the plain form.
  func inPlace() throws -> [IValue] {
    guard let target = tensor(0) else { return try inPlaceList() }
    let recorded = isGradEnabled && arguments.flatMap(\.heldTensors).contains(where: \.requiresGrad)
    if recorded, target.impl.leafRequiresGrad {
      throw TorchError(.autograd, "a leaf that requires gradients cannot be changed in place; wrap the change in noGrad, or clone it first")
    }
    let recipe = target.impl.extra?.viewRecipe
    if recorded, let recipe, recipe.whole.impl.leafRequiresGrad {
      throw TorchError(.autograd, "a view of a leaf that requires gradients cannot be changed in place; wrap the change in noGrad")
    }
    guard let whole = batched(target) else {
      // Nothing of this level is in the target: if nothing else is, the change happens below.
      throw BatchCall.unbatchedTarget(op.name)
    }
    // What the derivative reads must be the values before the change.
    let before = recorded ? target.clone() : target
    let result = try plainResult(before, arguments.map { $0.mapTensors { $0 === target ? before : $0 } })
    guard result.impl.sizes == target.impl.sizes else {
      throw TorchError(
        .shape, "the result has sizes \(result.impl.sizes), which do not fit into \(target.summary) in place")
    }
    guard result.dtype.category <= target.dtype.category else {
      throw TorchError(.dtype, "the result type \(result.dtype) cannot be stored in \(target.dtype) in place")
    }
    let source = front(result)
    let place = whole.dim == 0 ? whole.value : whole.value.movedim(whole.dim, 0)
    place.copy_(source)
    if recorded {
      let converted = result.dtype == target.dtype ? result : result.to(target.dtype)
      if let recipe { rebase(recipe, onto: converted) }
      target.impl.gradNode = converted.impl.gradNode
      target.impl.gradIndex = converted.impl.gradIndex
    }
    return [.tensor(target)]
  }

  /// The history of a whole of which a view was changed: inside the view the gradient goes to the new values, outside it passes.
  private func rebase(_ recipe: ViewRecipe, onto values: Tensor) {
    let whole = recipe.whole
    let node = RecordedNode(op.info, edges: Edges(whole, values), resultCount: 1) { g, sink in
      if sink.wants(1) { sink[1] = try recipe.take(g.first) }
      if sink.wants(0) {
        let outside = g.first.clone()
        _ = try recipe.take(outside).zero_()
        sink[0] = outside
      }
    }
    whole.impl.gradNode = node
    whole.impl.gradIndex = 0
  }

  /// What the op computes out of place.
  private func plainResult(_ target: Tensor, _ arguments: [IValue]) throws -> Tensor {
    if op.name == "aten::copy_", case .tensor(let source) = arguments[1] {
      return (source.dtype == target.dtype ? source : source.to(target.dtype)).expand(target.shape)
    }
    if op.name == "aten::zero_" { return target.zerosLike() }
    let parts = op.name.split(separator: ".", maxSplits: 1).map(String.init)
    let base = parts[0].hasSuffix("_") ? String(parts[0].dropLast()) : parts[0]
    let name = ([base] + parts.dropFirst()).joined(separator: ".")
    guard let plain = OpTable.op(named: name) else {
      throw TorchError(.transform, "vmap: \(op.name) has no form that leaves its argument as it is, which vmap needs")
    }
    // Typed calls of some forms leave out what has a default.
    let defaults = plain.info.schema.arguments.dropFirst(arguments.count).map(Schema.defaultValue)
    guard let result = try plain.invoke(arguments + defaults).first?.heldTensors.first else {
      throw TorchError(.internal, "vmap: \(name) gave no tensor")
    }
    return result
  }

  /// Ops that change a list of tensors: one tensor after the other.
  private func inPlaceList() throws -> [IValue] {
    let parts = op.name.split(separator: ".", maxSplits: 1).map(String.init)
    let name = ([String(parts[0].dropLast())] + parts.dropFirst()).joined(separator: ".")
    guard parts[0].hasSuffix("_"), let plain = OpTable.op(named: name) else {
      throw TorchError(.transform, "vmap: \(op.name) has no form that leaves its argument as it is, which vmap needs")
    }
    let results = try plain.invoke(arguments).flatMap(\.heldTensors)
    for (target, result) in zip(arguments[0].heldTensors, results) { target.copy_(result) }
    return []
  }
}
