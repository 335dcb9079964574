/// Shape ops written with views and copies.
package enum ShapeOps {
  package static let flatten = Op<Tensor, Int, Int, Tensor>.composite(
    "aten::flatten.using_ints(Tensor(a) self, int start_dim=0, int end_dim=-1) -> Tensor(a)",
    samples: { s in [Sample(.tensor(s.tensor([2, 3, 4])), 1.box(), (-1).box()), Sample(.tensor(s.tensor([])), 0.box(), (-1).box())] }
  ) { x, start, end in
    let (a, b) = (try normalizeDim(start, rank: x.rank, "start_dim"), try normalizeDim(end, rank: x.rank, "end_dim"))
    guard a <= b else { throw TorchError(.value, "start_dim \(start) comes after end_dim \(end)") }
    if x.rank == 0 { return try ViewOps.reshape.callThrowing(x, [1]) }
    if a == b { return x }
    let sizes = x.shape
    let merged = sizes[a...b].reduce(1, *)
    return try ViewOps.reshape.callThrowing(x, Array(sizes[..<a]) + [merged] + Array(sizes[(b + 1)...]))
  }

  package static let unflatten = Op<Tensor, Int, [Int], Tensor>.composite(
    "aten::unflatten.int(Tensor(a) self, int dim, SymInt[] sizes) -> Tensor(a)",
    samples: { s in [Sample(.tensor(s.tensor([2, 6])), 1.box(), [3, -1].box())] }
  ) { x, dim, sizes in
    let d = try normalizeDim(dim, rank: x.rank)
    guard x.rank > 0 else { throw TorchError(.shape, "a 0-d tensor has no dimension to split") }
    let part = try inferSizes(sizes, count: x.impl.sizes[d])
    let old = x.shape
    return try ViewOps.view.callThrowing(x, Array(old[..<d]) + Array(part) + Array(old[(d + 1)...]))
  }

  package static let ravel = Op<Tensor, Tensor>.composite(
    "aten::ravel(Tensor(a) self) -> Tensor(a)", samples: { s in [Sample(.tensor(s.tensor([2, 3]).t()))] }
  ) { try ViewOps.reshape.callThrowing($0, [-1]) }

  // MARK: Sizes of another tensor

  package static let viewAs = Op<Tensor, Tensor, Tensor>.composite(
    "aten::view_as(Tensor(a) self, Tensor other) -> Tensor(a)",
    samples: { s in [Sample(.tensor(s.tensor([2, 3])), .tensor(s.tensor([3, 2])))] }
  ) { try ViewOps.view.callThrowing($0, $1.shape) }
  package static let reshapeAs = Op<Tensor, Tensor, Tensor>.composite(
    "aten::reshape_as(Tensor(a) self, Tensor other) -> Tensor(a)",
    samples: { s in [Sample(.tensor(s.tensor([2, 3]).t()), .tensor(s.tensor([6])))] }
  ) { try ViewOps.reshape.callThrowing($0, $1.shape) }
  package static let expandAs = Op<Tensor, Tensor, Tensor>.composite(
    "aten::expand_as(Tensor(a) self, Tensor other) -> Tensor(a)",
    samples: { s in [Sample(.tensor(s.tensor([3, 1])), .tensor(s.tensor([2, 3, 4])))] }
  ) { try ViewOps.expand.callThrowing($0, $1.shape, false) }

  // MARK: Broadcasting

  package static let broadcastTo = Op<Tensor, [Int], Tensor>.composite(
    "aten::broadcast_to(Tensor(a) self, SymInt[] size) -> Tensor(a)",
    samples: { s in [Sample(.tensor(s.tensor([3, 1])), [2, 3, 4].box())] }
  ) { try ViewOps.expand.callThrowing($0, $1, false) }
  package static let broadcastTensors = Op<[Tensor], [Tensor]>.composite(
    "aten::broadcast_tensors(Tensor[] tensors) -> Tensor[]",
    samples: { s in [Sample([s.tensor([3, 1]), s.tensor([4])].box())] }
  ) { tensors in
    var sizes = Dims()
    for tensor in tensors { sizes = try broadcastSizes(sizes, tensor.impl.sizes) }
    return try tensors.map { try ViewOps.expand.callThrowing($0, Array(sizes), false) }
  }
  package static let sumToSize = Op<Tensor, [Int], Tensor>.composite(
    "aten::sum_to_size(Tensor self, SymInt[] size) -> Tensor",
    rule: { x, sizes in
      let lead = x.rank - sizes.count
      guard lead >= 0, sizes.indices.allSatisfy({ sizes[$0] == 1 || sizes[$0] == x.impl.sizes[lead + $0] }) else {
        throw TorchError(.shape, "sizes \(sizes) do not broadcast to \(x.impl.sizes)")
      }
    },
    samples: { s in [Sample(.tensor(s.tensor([2, 3, 4])), [3, 1].box())] }
  ) { x, sizes in
    // Whole numbers are summed as int64, as in every sum; the sum to a single number is one even of a single number.
    let isSum = sizes.isEmpty || x.impl.sizes != Dims(sizes)
    let summed = isSum && !x.dtype.isDifferentiable ? x.to(.int64) : x
    return summed.sum(toSizes: Dims(sizes))
  }

  // MARK: A least number of dimensions

  package static let atLeast1d = Op<Tensor, Tensor>.composite(
    "aten::atleast_1d(Tensor self) -> Tensor", samples: { s in [Sample(.tensor(s.tensor([])))] }
  ) { $0.rank == 0 ? try ViewOps.reshape.callThrowing($0, [1]) : $0 }
  package static let atLeast2d = Op<Tensor, Tensor>.composite(
    "aten::atleast_2d(Tensor self) -> Tensor", samples: { s in [Sample(.tensor(s.tensor([3])))] }
  ) { x in
    switch x.rank {
    case 0: try ViewOps.reshape.callThrowing(x, [1, 1])
    case 1: try ViewOps.unsqueeze.callThrowing(x, 0)
    default: x
    }
  }
  package static let atLeast3d = Op<Tensor, Tensor>.composite(
    "aten::atleast_3d(Tensor self) -> Tensor", samples: { s in [Sample(.tensor(s.tensor([3])))] }
  ) { x in
    switch x.rank {
    case 0: try ViewOps.reshape.callThrowing(x, [1, 1, 1])
    case 1: try ViewOps.unsqueeze.callThrowing(try ViewOps.unsqueeze.callThrowing(x, 0), -1)
    case 2: try ViewOps.unsqueeze.callThrowing(x, -1)
    default: x
    }
  }

  private static func each(_ text: String, _ op: Op<Tensor, Tensor>) -> Op<[Tensor], [Tensor]> {
    .composite(text, samples: { s in [Sample([s.tensor([]), s.tensor([3])].box())] }) { tensors in
      try tensors.map { try op.callThrowing($0) }
    }
  }
  package static let allAtLeast1d = each("aten::atleast_1d.Sequence(Tensor[] tensors) -> Tensor[]", atLeast1d)
  package static let allAtLeast2d = each("aten::atleast_2d.Sequence(Tensor[] tensors) -> Tensor[]", atLeast2d)
  package static let allAtLeast3d = each("aten::atleast_3d.Sequence(Tensor[] tensors) -> Tensor[]", atLeast3d)

  // MARK: Copies side by side

  package static let repeated = Op<Tensor, [Int], Tensor>.composite(
    "aten::repeat(Tensor self, SymInt[] repeats) -> Tensor",
    rule: { x, repeats in
      guard repeats.count >= x.rank, repeats.allSatisfy({ $0 >= 0 }) else {
        throw TorchError(.shape, "expected at least \(x.rank) repeats, none negative, got \(repeats)")
      }
    },
    samples: { s in [Sample(.tensor(s.tensor([2, 3])), [2, 1, 2].box())] }
  ) { x, repeats in
    let lead = repeats.count - x.rank
    let sizes = Array(repeating: 1, count: lead) + x.shape
    var spread: [Int] = []
    var grouped: [Int] = []
    for (size, times) in zip(sizes, repeats) {
      grouped += [1, size]
      spread += [times, size]
    }
    let wide = try ViewOps.expand.callThrowing(try ViewOps.reshape.callThrowing(x, grouped), spread, false)
    let total = try zip(sizes, repeats).map { try sizeProduct($0, $1) }
    return try ViewOps.reshape.callThrowing(try CopyOps.clone.callThrowing(wide, .contiguous), total)
  }

  package static let tile = Op<Tensor, [Int], Tensor>.composite(
    "aten::tile(Tensor self, SymInt[] dims) -> Tensor", samples: { s in [Sample(.tensor(s.tensor([2, 3])), [2].box())] }
  ) { x, times in
    try repeated.callThrowing(x, Array(repeating: 1, count: Swift.max(x.rank - times.count, 0)) + times)
  }

  package static let table: [AnyOp] = shapes + splitting + joining + rearrangement

  private static let shapes: [AnyOp] = [
    flatten.erased, unflatten.erased, ravel.erased, viewAs.erased, reshapeAs.erased, expandAs.erased, broadcastTo.erased,
    broadcastTensors.erased, sumToSize.erased, atLeast1d.erased, atLeast2d.erased, atLeast3d.erased, allAtLeast1d.erased,
    allAtLeast2d.erased, allAtLeast3d.erased, repeated.erased, tile.erased,
  ]
}

/// Tensors expanded to the sizes that broadcasting gives them together, sharing memory. `torch.broadcast_tensors`.
public func broadcastTensors(_ tensors: [Tensor]) -> [Tensor] { ShapeOps.broadcastTensors(tensors) }

extension Tensor {
  /// All dimensions from `start` to `end` merged into one. `torch.flatten`.
  public func flatten(_ start: Int = 0, _ end: Int = -1) -> Tensor { ShapeOps.flatten(self, start, end) }
  /// One dimension split into several, of which one may be -1. `torch.unflatten`.
  public func unflatten(_ dim: Int, _ sizes: [Int]) -> Tensor { ShapeOps.unflatten(self, dim, sizes) }
  /// All elements in one dimension. `torch.ravel`.
  public func ravel() -> Tensor { ShapeOps.ravel(self) }
  /// The same memory under another tensor's sizes. `Tensor.view_as`.
  public func view(as other: Tensor) -> Tensor { ShapeOps.viewAs(self, other) }
  /// The elements under another tensor's sizes. `Tensor.reshape_as`.
  public func reshape(as other: Tensor) -> Tensor { ShapeOps.reshapeAs(self, other) }
  /// This tensor expanded to another's sizes. `Tensor.expand_as`.
  public func expand(as other: Tensor) -> Tensor { ShapeOps.expandAs(self, other) }
  /// Dimensions of size 1 repeated without copying. `torch.broadcast_to`.
  public func broadcast(to sizes: [Int]) -> Tensor { ShapeOps.broadcastTo(self, sizes) }
  /// The sum over what broadcasting to these sizes would have repeated, the inverse of `broadcast(to:)`. `Tensor.sum_to_size`.
  public func sumToSize(_ sizes: [Int]) -> Tensor { ShapeOps.sumToSize(self, sizes) }
  /// This tensor, with a dimension if it had none. `torch.atleast_1d`.
  public func atLeast1d() -> Tensor { ShapeOps.atLeast1d(self) }
  /// This tensor with dimensions of size 1 before its own, up to two. `torch.atleast_2d`.
  public func atLeast2d() -> Tensor { ShapeOps.atLeast2d(self) }
  /// This tensor with dimensions of size 1, up to three: before a vector and behind it, behind a matrix. `torch.atleast_3d`.
  public func atLeast3d() -> Tensor { ShapeOps.atLeast3d(self) }
  /// Copies side by side. `Tensor.repeat`.
  public func repeated(_ repeats: [Int]) -> Tensor { ShapeOps.repeated(self, repeats) }
  /// Copies side by side, counted for the last dimensions. `torch.tile`.
  public func tile(_ times: [Int]) -> Tensor { ShapeOps.tile(self, times) }
}
