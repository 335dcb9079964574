import TorchCore

/// Forms that write an op's result into its first argument, or move that argument's view.
enum InPlaceForm {
  static func make(_ text: String, of op: AnyOp) -> AnyOp {
    let info = OpInfo(text, tier: .inPlace, derivative: op.info.derivative)
    let isView = op.info.tier == .view
    return AnyOp(info: info, argumentTypes: argumentTypes(text)) { values in
      guard case .tensor(let target)? = values.first else { throw TorchError(.value, "argument 'self': expected a tensor") }
      let recorded = isGradEnabled && values.flatMap(OutForm.tensors).contains(where: \.requiresGrad)
      if isView {
        try changeGeometry(target, try single(try op.call(values)), recorded: recorded)
        return [.tensor(target)]
      }
      try InPlace.check(target, recording: recorded)
      try Overlap.check(target, values.dropFirst().flatMap(OutForm.tensors))
      // What the derivative reads must be the values before the change.
      let before = recorded ? target.clone() : target
      let result = try single(try op.call(values.map { $0.replacing(target, with: before) }))
      guard result.impl.sizes == target.impl.sizes else {
        throw TorchError(.shape, "the result has sizes \(result.impl.sizes), which do not fit into \(target.summary) in place")
      }
      guard result.dtype.category <= target.dtype.category else {
        throw TorchError(.dtype, "the result type \(result.dtype) cannot be stored in \(target.dtype) in place")
      }
      target.copy_(result)
      return [.tensor(target)]
    }
  }

  private static func single(_ results: [IValue]) throws -> Tensor { try Tensor.unbox(results.first ?? .none) }

  /// Gives `target` the geometry and history of a view of it.
  private static func changeGeometry(_ target: Tensor, _ view: Tensor, recorded: Bool) throws {
    if recorded, target.impl.leafRequiresGrad {
      throw TorchError(.autograd, "a leaf that requires gradients cannot be changed in place; wrap the change in noGrad, or clone it first")
    }
    target.impl.takeGeometry(of: view.impl)
    // What saved this tensor would read it with other sizes.
    InPlace.changed(target)
    if recorded {
      target.impl.gradNode = view.impl.gradNode
      target.impl.gradIndex = view.impl.gradIndex
    }
  }
}

extension IValue {
  /// The value with one tensor replaced by another, in lists too.
  fileprivate func replacing(_ old: Tensor, with new: Tensor) -> IValue {
    switch self {
    case .tensor(let tensor): tensor === old ? .tensor(new) : self
    case .list(let values): .list(values.map { $0.replacing(old, with: new) })
    default: self
    }
  }
}
