/// A range of positions along a dimension.
package enum Narrowing {
  private static func check(_ x: Tensor, _ dim: Int, _ start: Int, _ length: Int) throws {
    guard x.rank > 0 else { throw TorchError(.shape, "a 0-d tensor has no positions to choose from") }
    let d = try normalizeDim(dim, rank: x.rank)
    let size = x.impl.sizes[d]
    guard length >= 0 else { throw TorchError(.value, "the length must not be negative, got \(length)") }
    guard start >= -size && start <= size else {
      throw TorchError(.index, "start must lie in \(-size)...\(size) for dimension \(d) of \(x.summary), got \(start)")
    }
    guard length <= size - (start < 0 ? start + size : start) else {
      throw TorchError(.index, "start \(start) and length \(length) exceed dimension \(d) of size \(size) in \(x.summary)")
    }
  }

  package static let narrow = Op<Tensor, Int, Int, Int, Tensor>.composite(
    "aten::narrow(Tensor(a) self, int dim, SymInt start, SymInt length) -> Tensor(a)", rule: check,
    samples: { s in
      [
        Sample(.tensor(s.tensor([3, 4])), 1.box(), 1.box(), 2.box()),
        Sample(.tensor(s.tensor([3, 4])), 0.box(), (-2).box(), 2.box()),
      ]
    }
  ) { x, dim, start, length in
    let d = try normalizeDim(dim, rank: x.rank)
    let first = start < 0 ? start + x.impl.sizes[d] : start
    return try ViewOps.slice.callThrowing(x, d, first, first + length, 1)
  }

  package static let narrowTensor = Op<Tensor, Int, Tensor, Int, Tensor>.composite(
    "aten::narrow.Tensor(Tensor(a) self, int dim, Tensor start, SymInt length) -> Tensor(a)",
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), 1.box(), .tensor(Tensor(1)), 2.box())] }
  ) { x, dim, start, length in
    guard start.rank == 0, start.dtype.isInteger else {
      throw TorchError(.value, "start must be a 0-d integer tensor, got \(start.summary)")
    }
    // Without elements to read, any start gives the sizes.
    return try narrow.callThrowing(x, dim, start.isMeta ? 0 : Int(start.item().intValue), length)
  }

  package static let narrowCopy = Op<Tensor, Int, Int, Int, Tensor>.composite(
    "aten::narrow_copy(Tensor self, int dim, SymInt start, SymInt length) -> Tensor", rule: check,
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), 1.box(), 1.box(), 2.box())] }
  ) { x, dim, start, length in try CopyOps.clone.callThrowing(narrow.callThrowing(x, dim, start, length), .contiguous) }

  package static let table: [AnyOp] = [narrow.erased, narrowTensor.erased, narrowCopy.erased]
}

extension Tensor {
  /// `length` positions from `start`, which counts from the end if negative; a view. `torch.narrow`.
  public func narrow(_ dim: Int, _ start: Int, _ length: Int) -> Tensor { Narrowing.narrow(self, dim, start, length) }
  /// `length` positions from `start` as a tensor of its own. `torch.narrow_copy`.
  public func narrowCopy(_ dim: Int, _ start: Int, _ length: Int) -> Tensor { Narrowing.narrowCopy(self, dim, start, length) }
}
