import CTorchKernels

/// Sorting along a dimension, and the largest, smallest and middle elements. NaN counts as the largest number.
package enum SortOps {
  /// `x` with `dim` last, contiguous.
  private static func rows(_ x: Tensor, _ dim: Int) -> Tensor {
    x.rank < 2 ? x.contiguous() : x.detach().transpose(dim, -1).contiguous()
  }

  /// `x` with `dim` last and the others in their order, contiguous: one result a row, in the order of the result.
  package static func choices(_ x: Tensor, _ dim: Int) throws -> Tensor {
    let d = try normalizeDim(dim, rank: x.rank)
    if x.rank < 2 || d == x.rank - 1 { return x.contiguous() }
    return x.detach().permute((0..<x.rank).filter { $0 != d } + [d]).contiguous()
  }

  /// Runs `body` with results whose dimension `dim` lies last, and puts them where they belong.
  private static func withRows(
    _ out: TensorPair, _ x: Tensor, _ dim: Int, length: Int, _ body: (Tensor, Tensor, Tensor) throws -> Void
  ) throws {
    if out.values.count == 0 { return }
    let source = rows(x, dim)
    if x.rank < 2 || dim == x.rank - 1 { return try body(source, out.values, out.indices) }
    var sizes = source.impl.sizes
    sizes[x.rank - 1] = length
    let values = try Tensor.allocate(TensorSpec(sizes, x.dtype))
    let indices = try Tensor.allocate(TensorSpec(sizes, .int64))
    try body(source, values, indices)
    Copying.copy(values.transpose(dim, -1), into: out.values)
    Copying.copy(indices.transpose(dim, -1), into: out.indices)
  }

  private static func checkOrdered(_ x: Tensor) throws {
    if x.dtype.isComplex { throw TorchError(.dtype, "complex numbers have no order, got \(x.dtype)") }
  }

  /// The gradient of values picked at the indices of the second result.
  package static func picked(_ tape: Tape<TensorPair>, _ x: Tensor, _ dim: Int, keepDim: Bool = true) -> Pullback {
    let sizes = x.shape
    let indices = SavedTensor(tape.result.indices.detach())
    return { g, sink in
      guard let gradient = g[0] else { return }
      var (values, positions) = (gradient, try sink.value(indices))
      if !keepDim && !sizes.isEmpty { (values, positions) = (values.unsqueeze(dim), positions.unsqueeze(dim)) }
      sink[0] = Tensor.zeros(sizes, dtype: values.dtype).scatterAdd(dim, positions, values)
    }
  }

  package static let stable = Op<Tensor, Bool?, Int, Bool, TensorPair>.structured(
    "aten::sort.stable(Tensor self, *, bool? stable, int dim=-1, bool descending=False) -> (Tensor values, Tensor indices)",
    rule: { x, _, dim, _ in
      _ = try normalizeDim(dim, rank: x.rank)
      try checkOrdered(x)
      return (TensorSpec(like: x), TensorSpec(like: x, dtype: .int64))
    },
    kernel: { out, x, stable, dim, descending in
      let d = try normalizeDim(dim, rank: x.rank)
      try withRows(out, x, d, length: x.rank == 0 ? 1 : x.impl.sizes[d]) { source, values, indices in
        try OrderingKernels.sort(source, descending: descending, stable: stable ?? false, values, indices)
      }
    },
    vjp: { tape, x, _, dim, _ in picked(tape, x, dim) },
    samples: { s in
      [
        Sample(.tensor(s.tensor([3, 4])), true.box(), (-1).box(), false.box()),
        Sample(.tensor(s.tensor([3, 4, 2])), .none, 1.box(), true.box()),
        Sample(.tensor(s.tensor([])), .none, 0.box(), false.box()),
      ]
    })

  package static let sort = Op<Tensor, Int, Bool, TensorPair>.composite(
    "aten::sort(Tensor self, int dim=-1, bool descending=False) -> (Tensor values, Tensor indices)",
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), 0.box(), true.box())] }
  ) { x, dim, descending in try stable.run(x, false, dim, descending) }

  package static let argsort = Op<Tensor, Int, Bool, Tensor>.composite(
    "aten::argsort(Tensor self, int dim=-1, bool descending=False) -> Tensor",
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), 0.box(), true.box())] }
  ) { x, dim, descending in try stable.run(x.detach(), false, dim, descending).indices }

  package static let argsortStable = Op<Tensor, Bool, Int, Bool, Tensor>.composite(
    "aten::argsort.stable(Tensor self, *, bool stable, int dim=-1, bool descending=False) -> Tensor",
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), true.box(), (-1).box(), false.box())] }
  ) { x, stability, dim, descending in try stable.run(x.detach(), stability, dim, descending).indices }

  package static let msort = Op<Tensor, Tensor>.composite(
    "aten::msort(Tensor self) -> Tensor", samples: { s in [Sample(.tensor(s.tensor([4, 2])))] }
  ) { try stable.run($0, false, 0, false).values }

  package static let topk = Op<Tensor, Int, Int, Bool, Bool, TensorPair>.structured(
    "aten::topk(Tensor self, SymInt k, int dim=-1, bool largest=True, bool sorted=True) -> (Tensor values, Tensor indices)",
    rule: { x, k, dim, _, _ in
      let d = try normalizeDim(dim, rank: x.rank)
      try checkOrdered(x)
      let length = x.rank == 0 ? 1 : x.impl.sizes[d]
      guard k >= 0 && k <= length else {
        throw TorchError(.index, "k must lie in 0...\(length), the size of dimension \(d), got \(k)")
      }
      var sizes = x.impl.sizes
      if x.rank > 0 { sizes[d] = k }
      return (TensorSpec(like: x, sizes: sizes), TensorSpec(like: x, sizes: sizes, dtype: .int64))
    },
    kernel: { out, x, k, dim, largest, sorted in
      if x.rank == 0 && k == 0 { return Copying.copy(x, into: out.values) }
      try withRows(out, x, try normalizeDim(dim, rank: x.rank), length: k) { source, values, indices in
        try OrderingKernels.topk(source, k, largest: largest, sorted: sorted, values, indices)
      }
    },
    vjp: { tape, x, _, dim, _, _ in picked(tape, x, dim) },
    samples: { s in
      [
        Sample(.tensor(s.tensor([3, 5])), 2.box(), (-1).box(), true.box(), true.box()),
        Sample(.tensor(s.tensor([5, 3])), 3.box(), 0.box(), false.box(), false.box()),
      ]
    })

  // MARK: One element of each row

  /// The sizes of one element a row.
  package static func reducedSizes(_ x: Tensor, _ dim: Int, _ keepDim: Bool) throws -> Dims {
    let d = try normalizeDim(dim, rank: x.rank)
    try checkOrdered(x)
    guard x.rank == 0 || x.impl.sizes[d] > 0 else {
      throw TorchError(.index, "dimension \(d) has no elements to choose from in \(x.summary)")
    }
    var sizes = x.impl.sizes
    if x.rank > 0 { if keepDim { sizes[d] = 1 } else { sizes.remove(at: d) } }
    return sizes
  }

  package static let kthvalue = Op<Tensor, Int, Int, Bool, TensorPair>.structured(
    "aten::kthvalue(Tensor self, SymInt k, int dim=-1, bool keepdim=False) -> (Tensor values, Tensor indices)",
    rule: { x, k, dim, keepDim in
      let sizes = try reducedSizes(x, dim, keepDim)
      let length = x.rank == 0 ? 1 : x.impl.sizes[try normalizeDim(dim, rank: x.rank)]
      guard k >= 1 && k <= length else { throw TorchError(.index, "k must lie in 1...\(length), got \(k)") }
      return (TensorSpec(like: x, sizes: sizes), TensorSpec(like: x, sizes: sizes, dtype: .int64))
    },
    kernel: { out, x, k, dim, _ in
      if out.values.count == 0 { return }
      try OrderingKernels.kthvalue(try choices(x, dim), k, out.values, out.indices)
    },
    vjp: { tape, x, _, dim, keepDim in picked(tape, x, dim, keepDim: keepDim) },
    samples: { s in
      [
        Sample(.tensor(s.tensor([3, 5])), 2.box(), (-1).box(), false.box()),
        Sample(.tensor(s.tensor([5, 3, 2])), 3.box(), 0.box(), true.box()),
      ]
    })

  package static let median = Op<Tensor, Int, Bool, TensorPair>.structured(
    "aten::median.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)",
    rule: { x, dim, keepDim in
      let sizes = try reducedSizes(x, dim, keepDim)
      return (TensorSpec(like: x, sizes: sizes), TensorSpec(like: x, sizes: sizes, dtype: .int64))
    },
    kernel: { out, x, dim, _ in
      if out.values.count == 0 { return }
      try OrderingKernels.median(try choices(x, dim), skipsNaN: false, out.values, out.indices)
    },
    vjp: { tape, x, dim, keepDim in picked(tape, x, dim, keepDim: keepDim) },
    samples: { s in
      [
        Sample(.tensor(s.tensor([3, 4])), (-1).box(), false.box()), Sample(.tensor(s.tensor([5, 3])), 0.box(), true.box()),
        Sample(.tensor(s.tensor([])), 0.box(), false.box()),
      ]
    })

  package static let medianAll = Op<Tensor, Tensor>.composite(
    "aten::median(Tensor self) -> Tensor", samples: { s in [Sample(.tensor(s.tensor([3, 4])))] }
  ) { x in
    if x.count == 0 {
      guard x.dtype.isFloatingPoint else { throw TorchError(.value, "no elements to choose from in \(x.summary)") }
      return try Tensor.filled(.double(.nan), TensorSpec([], x.dtype))
    }
    return try median.run(x.reshape(-1), 0, false).values
  }

  package static let table: [AnyOp] = [
    stable.erased, sort.erased, argsort.erased, argsortStable.erased, msort.erased, topk.erased, kthvalue.erased, median.erased,
    medianAll.erased,
  ]
}

/// All ops that order elements.
package enum OrderingOps {
  package static let table: [AnyOp] = [SortOps.table, SearchOps.table, MembershipOps.table, UniqueOps.table].flatMap { $0 }
}

extension Tensor {
  /// The elements in order along a dimension, and where each was (int64). Equal elements keep their order if `stable`, and
  /// otherwise where they are of more than 16 bits. `torch.sort`.
  public func sort(_ dim: Int = -1, descending: Bool = false, stable: Bool = false) -> TensorPair {
    SortOps.stable(self, stable, dim, descending)
  }
  /// The positions that would sort along a dimension. `torch.argsort`.
  public func argsort(_ dim: Int = -1, descending: Bool = false, stable: Bool = false) -> Tensor {
    SortOps.argsortStable(self, stable, dim, descending)
  }
  /// The rows sorted along the first dimension. `torch.msort`.
  public func msort() -> Tensor { SortOps.msort(self) }
  /// The `k` largest or smallest elements along a dimension, in order, and where they are. `torch.topk`.
  public func topk(_ k: Int, dim: Int = -1, largest: Bool = true, sorted: Bool = true) -> TensorPair {
    SortOps.topk(self, k, dim, largest, sorted)
  }
  /// The `k`-th smallest element (from 1) along a dimension, and where it is. `torch.kthvalue`.
  public func kthvalue(_ k: Int, dim: Int = -1, keepDim: Bool = false) -> TensorPair { SortOps.kthvalue(self, k, dim, keepDim) }
  /// The lower median along a dimension, and where it is; NaN if there is one. `torch.median`.
  public func median(_ dim: Int, keepDim: Bool = false) -> TensorPair { SortOps.median(self, dim, keepDim) }
  /// The lower median of all elements; NaN if there is one, or for no elements. `torch.median`.
  public func median() -> Tensor { SortOps.medianAll(self) }
}
