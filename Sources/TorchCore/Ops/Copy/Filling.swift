extension CopyOps {
  private static let fillInfo = OpInfo(
    "aten::fill_.Scalar(Tensor(a!) self, Scalar value) -> Tensor(a!)", tier: .inPlace, derivative: .own)
  package static let fillScalar = Op<Tensor, Scalar, Tensor>(fillInfo) { target, value in
    let recorded = isGradEnabled && target.requiresGrad
    try InPlace.check(target, recording: recorded)
    try ValueCheck.fits(value, target.dtype)
    let edges = recorded ? Edges(target) : Edges()
    if target.isCPU && target.count > 0 {
      if target.impl.sizes.isDense(strides: target.impl.strides) {
        Copying.fill(target, value)
      } else {
        Copying.copy(try Tensor.filled(value, TensorSpec([], target.dtype)), into: target)
      }
    }
    InPlace.changed(target)
    if recorded {
      // What was there no longer matters.
      InPlace.rebase(target, to: RecordedNode(fillInfo, edges: edges, resultCount: 1) { g, sink in sink[0] = g.first.zerosLike() })
    }
    return target
  }

  package static let zero = Op<Tensor, Tensor>.composite("aten::zero_(Tensor(a!) self) -> Tensor(a!)") {
    try fillScalar.callThrowing($0, 0)
  }

  package static let fillTensor = Op<Tensor, Tensor, Tensor>.composite(
    "aten::fill_.Tensor(Tensor(a!) self, Tensor value) -> Tensor(a!)",
    rule: { _, value in
      guard value.rank == 0 else { throw TorchError(.shape, "expected a 0-d value to fill with, got \(value.summary)") }
    }
  ) { try copy.callThrowing($0, $1, false) }

  package static let filledScalar = Op<Tensor, Scalar, Tensor>.structured(
    "aten::fill.Scalar(Tensor self, Scalar value) -> Tensor",
    rule: { x, value in
      try ValueCheck.fits(value, x.dtype)
      return TensorSpec(x.impl.sizes, x.dtype, x.device, strides: try strides(x, .preserve))
    },
    kernel: { out, _, value in if out.count > 0 { Copying.fill(out, value) } },
    // The result does not depend on what it replaces.
    vjp: { _, _, _ in { g, sink in sink[0] = g.first.zerosLike() } },
    samples: { s in [Sample(.tensor(s.tensor([2, 3])), .scalar(.double(1.5)))] })

  package static let filledTensor = Op<Tensor, Tensor, Tensor>.composite(
    "aten::fill.Tensor(Tensor self, Tensor value) -> Tensor",
    rule: { _, value in
      guard value.rank == 0 else { throw TorchError(.shape, "expected a 0-d value to fill with, got \(value.summary)") }
    },
    samples: { s in [Sample(.tensor(s.tensor([2, 3])), .tensor(s.tensor([])))] }
  ) { try copied.callThrowing($0, $1, false) }

  static let filling: [AnyOp] = [
    fillScalar.erased, fillTensor.erased, zero.erased, filledScalar.erased, filledTensor.erased,
  ]
}

extension Tensor {
  /// Sets every element. `Tensor.fill_`.
  @discardableResult
  public func fill_(_ value: Scalar) -> Tensor { CopyOps.fillScalar(self, value) }

  /// Sets every element to a 0-d tensor's value. `Tensor.fill_`.
  @discardableResult
  public func fill_(_ value: Tensor) -> Tensor { CopyOps.fillTensor(self, value) }

  /// Sets every element to zero. `Tensor.zero_`.
  @discardableResult
  public func zero_() -> Tensor { CopyOps.zero(self) }

  /// A tensor of this one's sizes, type and layout with every element set. `torch.fill`.
  public func fill(_ value: Scalar) -> Tensor { CopyOps.filledScalar(self, value) }

  /// A tensor of this one's sizes, type and layout with every element set to a 0-d tensor's value. `torch.fill`.
  public func fill(_ value: Tensor) -> Tensor { CopyOps.filledTensor(self, value) }
}
