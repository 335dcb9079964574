import CTorchKernels

/// Adding to, copying into and filling whole rows along a dimension: `index_add`, `index_copy`, `index_fill`.
package enum RowUpdates {
  package static func checkSource(_ x: Tensor, _ dim: Int, _ index: Tensor, _ source: Tensor) throws {
    let d = try normalizeDim(dim, rank: x.rank)
    try IndexCheck.vector(index)
    try IndexCheck.sameType(x, source, "source")
    var expected = x.impl.sizes
    if x.rank > 0 { expected[d] = index.count }
    guard source.impl.sizes == expected || (x.rank == 0 && source.count == 1 && index.count == 1) else {
      throw TorchError(.shape, "source must have sizes \(expected), got \(source.impl.sizes)")
    }
  }

  private static func update(
    _ target: Tensor, _ dim: Int, _ index: Tensor, _ source: Tensor, mode: Int, alpha: Tensor?
  ) throws {
    let d = try normalizeDim(dim, rank: target.rank)
    let loop = ReductionLoop(target.impl.sizes, dim: d)
    let indices = IndexCheck.indices(index)
    try IndexCheck.range(indices, size: loop.n, dim: d)
    let values = source.stable(besides: target)
    if target.count == 0 || values.count == 0 { return }
    let type = Int32(target.dtype.rawValue)
    try target.withContiguousTarget { t in
      let bad = FirstBadIndex()
      // Each part of the rows reads all indices.
      let rowWork = Swift.max(values.count / loop.n, 1)
      parallelFor(loop.n, grain: Swift.max(1, 65536 / rowWork)) { rows in
        bad.note(
          torch_index_add(
            type, Int32(mode), Int64(rows.lowerBound), Int64(rows.upperBound), t.address, indices.int64s, values.address,
            alpha.map { UnsafeRawPointer($0.address) }, Int64(loop.outer), Int64(loop.n), Int64(indices.count), Int64(loop.inner))
        )
      }
      try IndexCheck.verify(bad.position, indices, size: loop.n, dim: d)
    }
  }

  private static func rows(_ s: inout SampleSource) -> (x: IValue, index: IValue, source: IValue) {
    (.tensor(s.tensor([4, 3])), .tensor(s.integers([5], high: 4)), .tensor(s.tensor([5, 3])))
  }

  package static let add = Update<Int, Tensor, Tensor, Scalar>.op(
    "aten::index_add(Tensor self, int dim, Tensor index, Tensor source, *, Scalar alpha=1) -> Tensor",
    rule: { x, dim, index, source, _ in try checkSource(x, dim, index, source) },
    apply: { target, dim, index, source, alpha in
      try update(
        target, dim, index, source, mode: TORCH_SCATTER_ADD, alpha: try Tensor.filled(alpha, TensorSpec([], target.dtype)))
    },
    vjp: { _, dim, index, source, alpha in
      let index = SavedTensor(index)
      let sizes = source.shape
      return { g, sink in
        if sink.wants(0) { sink[0] = g.first }
        if sink.wants(2) {
          let picked = g.first.indexSelect(dim, try sink.value(index)) * Tensor(scalar: alpha)
          sink[2] = picked.shape == sizes ? picked : picked.reshape(sizes)
        }
      }
    },
    samples: { s in
      let r = rows(&s)
      return [
        Sample(r.x, 0.box(), r.index, r.source, .scalar(.double(1.5))),
        Sample(
          .tensor(s.tensor([2, 3])), (-1).box(), .tensor(s.integers([2], high: 3)), .tensor(s.tensor([2, 2])), .scalar(.int(1))),
      ]
    })

  package static let copy = Update<Int, Tensor, Tensor>.op(
    "aten::index_copy(Tensor self, int dim, Tensor index, Tensor source) -> Tensor",
    rule: { x, dim, index, source in try checkSource(x, dim, index, source) },
    apply: { target, dim, index, source in try update(target, dim, index, source, mode: TORCH_SCATTER_SET, alpha: nil) },
    vjp: { _, dim, index, source in
      let index = SavedTensor(index)
      let sizes = source.shape
      return { g, sink in
        let positions = try sink.value(index)
        if sink.wants(0) { sink[0] = g.first.indexFill(dim, positions, 0) }
        if sink.wants(2) {
          let picked = g.first.indexSelect(dim, positions)
          sink[2] = picked.shape == sizes ? picked : picked.reshape(sizes)
        }
      }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([4, 3])), 0.box(), .tensor(Tensor([2, 0])), .tensor(s.tensor([2, 3]))),
        Sample(.tensor(s.tensor([2, 4])), (-1).box(), .tensor(Tensor([3, 1])), .tensor(s.tensor([2, 2]))),
      ]
    })

  private static func fill(_ target: Tensor, _ dim: Int, _ index: Tensor, _ value: Tensor) throws {
    let d = try normalizeDim(dim, rank: target.rank)
    var sizes = target.impl.sizes
    if target.rank > 0 { sizes[d] = index.count }
    let source = value.to(target.dtype).expand(Array(sizes))
    try update(target, d, index, source, mode: TORCH_SCATTER_SET, alpha: nil)
  }

  private static func checkFill(_ x: Tensor, _ dim: Int, _ index: Tensor) throws {
    _ = try normalizeDim(dim, rank: x.rank)
    try IndexCheck.vector(index)
    guard x.rank > 0 || index.count == 1 else {
      throw TorchError(.shape, "a 0-d tensor takes exactly one index, got \(index.count)")
    }
  }

  package static let fillScalar = Update<Int, Tensor, Scalar>.op(
    "aten::index_fill.int_Scalar(Tensor self, int dim, Tensor index, Scalar value) -> Tensor",
    rule: { x, dim, index, value in
      try checkFill(x, dim, index)
      try ValueCheck.fits(value, x.dtype)
    },
    apply: { target, dim, index, value in try fill(target, dim, index, try Tensor.filled(value, TensorSpec([], target.dtype))) },
    vjp: { _, dim, index, _ in
      let index = SavedTensor(index)
      return { g, sink in sink[0] = g.first.indexFill(dim, try sink.value(index), 0) }
    },
    samples: { s in
      let r = rows(&s)
      return [
        Sample(r.x, 0.box(), r.index, .scalar(.double(0.5))), Sample(r.x, (-1).box(), .tensor(Tensor([1])), .scalar(.int(2))),
      ]
    })

  package static let fillTensor = Update<Int, Tensor, Tensor>.op(
    "aten::index_fill.int_Tensor(Tensor self, int dim, Tensor index, Tensor value) -> Tensor",
    rule: { x, dim, index, value in
      try checkFill(x, dim, index)
      guard value.rank == 0 else { throw TorchError(.shape, "expected a 0-d value, got \(value.summary)") }
    },
    apply: { target, dim, index, value in try fill(target, dim, index, value) },
    vjp: { _, dim, index, value in
      let index = SavedTensor(index)
      let type = value.dtype
      return { g, sink in
        let positions = try sink.value(index)
        if sink.wants(0) { sink[0] = g.first.indexFill(dim, positions, 0) }
        // Each filled row counts once, however often the index names it.
        if sink.wants(2) {
          let filled = Tensor.zeros(g.first.shape, dtype: .bool).indexFill(dim, positions, 1)
          sink[2] = `where`(filled, g.first, 0).sum().to(type)
        }
      }
    },
    samples: { s in
      [Sample(.tensor(s.tensor([4, 3])), 0.box(), .tensor(Tensor([2, 0])), .tensor(s.tensor([])))]
    })

  package static let table: [AnyOp] = [add.erased, copy.erased, fillScalar.erased, fillTensor.erased].flatMap { $0 }
}

extension Tensor {
  /// This tensor with `alpha` times the rows of `source` added at `index` along a dimension. `torch.index_add`.
  public func indexAdd(_ dim: Int, _ index: Tensor, _ source: Tensor, alpha: Scalar = 1) -> Tensor {
    RowUpdates.add.op(self, dim, index, source, alpha)
  }
  /// Adds `alpha` times the rows of `source` at `index` along a dimension. `Tensor.index_add_`.
  @discardableResult
  public func indexAdd_(_ dim: Int, _ index: Tensor, _ source: Tensor, alpha: Scalar = 1) -> Tensor {
    RowUpdates.add.inPlace(self, dim, index, source, alpha)
  }
  /// This tensor with the rows of `source` at `index` along a dimension; the last of equal indices wins. `torch.index_copy`.
  public func indexCopy(_ dim: Int, _ index: Tensor, _ source: Tensor) -> Tensor { RowUpdates.copy.op(self, dim, index, source) }
  /// Copies the rows of `source` to `index` along a dimension. `Tensor.index_copy_`.
  @discardableResult
  public func indexCopy_(_ dim: Int, _ index: Tensor, _ source: Tensor) -> Tensor {
    RowUpdates.copy.inPlace(self, dim, index, source)
  }
  /// This tensor with one number in the rows `index` along a dimension. `torch.index_fill`.
  public func indexFill(_ dim: Int, _ index: Tensor, _ value: Scalar) -> Tensor {
    RowUpdates.fillScalar.op(self, dim, index, value)
  }
  /// This tensor with a 0-d tensor's number in the rows `index` along a dimension. `torch.index_fill`.
  @_disfavoredOverload  // a literal is a number here
  public func indexFill(_ dim: Int, _ index: Tensor, _ value: Tensor) -> Tensor {
    RowUpdates.fillTensor.op(self, dim, index, value)
  }
  /// Sets the rows `index` along a dimension to one number. `Tensor.index_fill_`.
  @discardableResult
  public func indexFill_(_ dim: Int, _ index: Tensor, _ value: Scalar) -> Tensor {
    RowUpdates.fillScalar.inPlace(self, dim, index, value)
  }
}
