/// Ops whose result is a plain value.
package enum ReadingOps {
  package static let item = Op<Tensor, Scalar>(info("aten::item(Tensor self) -> Scalar")) { try localScalar.callThrowing($0) }

  package static let localScalar = Op<Tensor, Scalar>(info("aten::_local_scalar_dense(Tensor self) -> Scalar")) { x in
    if x.device == .poison { throw PoisonedInput() }
    guard x.count == 1 else { throw TorchError(.shape, "only a tensor of one element has an item, got \(x.summary)") }
    return try x.scalar(at: 0)
  }

  private static func info(_ text: String) -> OpInfo {
    OpInfo(
      text, tier: .composite, derivative: .none("a plain number is off the tape"),
      samples: { s in [Sample(.tensor(s.tensor([1])))] })
  }

  package static let isNonzero = Op<Tensor, Bool>.composite(
    "aten::is_nonzero(Tensor self) -> bool", samples: { s in [Sample(.tensor(s.tensor([1])))] }
  ) { x in
    guard x.count == 1 else { throw TorchError(.shape, "only a tensor of one element is true or false, got \(x.summary)") }
    return try x.scalar(at: 0).boolValue
  }

  package static let equal = Op<Tensor, Tensor, Bool>.composite(
    "aten::equal(Tensor self, Tensor other) -> bool",
    samples: { s in
      let x = s.tensor([2, 3])
      return [Sample(.tensor(x), .tensor(x)), Sample(.tensor(x), .tensor(s.tensor([2, 3])))]
    }
  ) { x, y in
    guard x.isCPU, y.isCPU else { throw TorchError(.elements, "tensors on \(x.isCPU ? y.device : x.device) have no elements to compare") }
    guard x.impl.sizes == y.impl.sizes else { return false }
    return try noGrad { try PointwiseOps.eq.callThrowing(x.detach(), y.detach()).all().scalar(at: 0).boolValue }
  }

  package static let allClose = Op<Tensor, Tensor, Double, Double, Bool, Bool>.composite(
    "aten::allclose(Tensor self, Tensor other, float rtol=1.0000000000000001e-05, float atol=1e-08, bool equal_nan=False) -> bool",
    samples: { s in
      let x = s.tensor([2, 3])
      return [Sample(.tensor(x), .tensor(x), 1e-5.box(), 1e-8.box(), false.box())]
    }
  ) { x, y, relative, absolute, equalNaN in
    guard x.isCPU, y.isCPU else { throw TorchError(.elements, "tensors on \(x.isCPU ? y.device : x.device) have no elements to compare") }
    let close = try noGrad { try PointwiseOps.isClose.callThrowing(x.detach(), y.detach(), relative, absolute, equalNaN) }
    return try close.all().scalar(at: 0).boolValue
  }

  package static let table: [AnyOp] = [item.erased, localScalar.erased, isNonzero.erased, equal.erased, allClose.erased]
}

extension Tensor {
  /// Whether the only element differs from zero. `Tensor.is_nonzero`.
  public var isNonzero: Bool { ReadingOps.isNonzero(self) }
  /// Whether both have the same sizes and elements. NaN is not equal to itself. `torch.equal`.
  public func equal(_ other: Tensor) -> Bool { ReadingOps.equal(self, other) }
  /// Whether all elements are close: `|self - other| <= atol + rtol |other|`. `torch.allclose`.
  public func allClose(_ other: Tensor, rtol: Double = 1e-5, atol: Double = 1e-8, equalNaN: Bool = false) -> Bool {
    ReadingOps.allClose(self, other, rtol, atol, equalNaN)
  }
}
