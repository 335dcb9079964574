import CTorchKernels

package enum IndexSelect {
  package static let op = Op<Tensor, Int, Tensor, Tensor>.structured(
    "aten::index_select(Tensor self, int dim, Tensor index) -> Tensor",
    rule: { x, dim, index in
      let d = try normalizeDim(dim, rank: x.rank)
      try IndexCheck.vector(index)
      var sizes = x.impl.sizes
      if x.rank > 0 { sizes[d] = index.count }
      guard x.rank > 0 || index.count == 1 else {
        throw TorchError(.shape, "a 0-d tensor takes exactly one index, got \(index.count)")
      }
      return TensorSpec(like: x, sizes: sizes)
    },
    kernel: { out, x, dim, index in
      let d = try normalizeDim(dim, rank: x.rank)
      let source = x.contiguous()
      let indices = IndexCheck.indices(index)
      let loop = ReductionLoop(x.impl.sizes, dim: d)
      let rowBytes = loop.inner * x.dtype.byteCount
      let bad = FirstBadIndex()
      parallelFor(loop.outer * indices.count, grain: Swift.max(1, parallelGrainBytes / Swift.max(rowBytes, 1))) { rows in
        bad.note(
          torch_index_select(
            Int64(rows.lowerBound), Int64(rows.upperBound), out.address, source.address,
            indices.int64s, Int64(indices.count), Int64(loop.n), Int64(rowBytes),
            Int64(rowBytes), Int64(loop.n * rowBytes), false))
      }
      try IndexCheck.verify(bad.position, indices, size: loop.n, dim: d)
    },
    vjp: { tape, x, dim, index in
      let sizes = x.shape
      let index = tape.save(index)
      return { g, sink in
        let zeros = Tensor.zeros(sizes, dtype: g.first.dtype)
        sink[0] = zeros.indexAdd(dim, try sink.value(index), g.first)
      }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([4, 3])), 1.box(), .tensor(s.integers([5], high: 3))),
        Sample(.tensor(s.tensor([4, 3, 2])), (-3).box(), .tensor(s.integers([], high: 4, dtype: .int32))),
        Sample(.tensor(s.tensor([4, 3])), 0.box(), .tensor(s.integers([0], high: 4))),
      ]
    })
}

extension Tensor {
  /// The positions `index` along a dimension. `torch.index_select`.
  public func indexSelect(_ dim: Int, _ index: Tensor) -> Tensor { IndexSelect.op(self, dim, index) }
}
