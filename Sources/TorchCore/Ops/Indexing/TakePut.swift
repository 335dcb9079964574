import CTorchKernels

/// Positions of elements, and access by position in row-major order.
package enum TakePut {
  package static let nonzero = Op<Tensor, Tensor>.structured(
    "aten::nonzero(Tensor self) -> Tensor", undifferentiable: "positions are whole numbers",
    rule: { x in
      guard x.isCPU else {
        throw TorchError(.elements, "the number of nonzero elements depends on the values, which \(x.device) tensors lack")
      }
      let flags = try mask(x)
      return TensorSpec([Int(torch_mask_count(flags.flags, Int64(flags.count))), x.rank], .int64)
    },
    kernel: { out, x in
      let count = out.impl.sizes[0]
      if count == 0 || x.rank == 0 { return }
      let flags = try mask(x)
      let positions = try Tensor.allocate(TensorSpec([count], .int64))
      _ = torch_mask_positions(flags.flags, Int64(flags.count), 0, positions.int64s)
      let sizes = x.shape.map { Int64($0) }
      torch_unravel(positions.int64s, Int64(count), Int32(x.rank), sizes, out.int64s)
    },
    samples: { s in [Sample(.tensor(s.integers([3, 4], high: 2))), Sample(.tensor(Tensor([0.0, .nan, -0.0, 2.0])))] })

  private static func mask(_ x: Tensor) throws -> Tensor {
    let source = x.detach().contiguous()
    if x.dtype == .bool { return source }
    let flags = try Tensor.allocate(TensorSpec(x.impl.sizes, .bool))
    let width = x.dtype.byteCount
    parallelFor(x.count, grain: parallelGrainBytes / width) { range in
      torch_nonzero_mask(
        Int32(x.dtype.rawValue), Int64(range.count), flags.flags + range.lowerBound,
        source.address + range.lowerBound * width)
    }
    return flags
  }

  package static let argwhere = Op<Tensor, Tensor>.composite(
    "aten::argwhere(Tensor self) -> Tensor", samples: { s in [Sample(.tensor(s.integers([3, 4], high: 2)))] }
  ) { x in try nonzero.callThrowing(x) }

  package static let nonzeroStatic = Op<Tensor, Int, Int, Tensor>.structured(
    "aten::nonzero_static(Tensor self, *, SymInt size, int fill_value=-1) -> Tensor",
    undifferentiable: "positions are whole numbers",
    rule: { x, size, _ in
      guard size >= 0 else { throw TorchError(.value, "size must not be negative, got \(size)") }
      return TensorSpec(like: x, sizes: [size, x.rank], dtype: .int64)
    },
    kernel: { out, x, size, fill in
      if out.count == 0 { return }
      let found = try nonzero.run(x.detach())
      let count = Swift.min(found.impl.sizes[0], size)
      Copying.copy(found.narrow(0, 0, count), into: out.narrow(0, 0, count))
      Copying.copy(try Tensor.filled(.int(Int64(fill)), TensorSpec([], .int64)), into: out.narrow(0, count, size - count))
    },
    samples: { s in
      [
        Sample(.tensor(s.integers([3, 4], high: 2)), 3.box(), (-1).box()),
        Sample(.tensor(s.integers([3, 4], high: 2)), 14.box(), 9.box()),
      ]
    })

  package static let nonzeroNumpy = Op<Tensor, [Tensor]>.composite(
    "aten::nonzero_numpy(Tensor self) -> Tensor[]", samples: { s in [Sample(.tensor(s.integers([3, 4], high: 2)))] }
  ) { x in try whereNonzero.run(x) }

  package static let whereNonzero = Op<Tensor, [Tensor]>.composite(
    "aten::where(Tensor condition) -> Tensor[]", samples: { s in [Sample(.tensor(s.integers([3, 4], high: 2)))] }
  ) { x in
    let positions = try nonzero.callThrowing(x.rank == 0 ? ViewOps.unsqueeze.callThrowing(x, 0) : x)
    return try ShapeOps.unbind.callThrowing(positions, 1)
  }

  private static func checkIndex(_ index: Tensor) throws {
    guard index.dtype == .int64 else { throw TorchError(.dtype, "indices must be int64, got \(index.dtype)") }
  }

  private static func verify(_ indices: Tensor, count: Int) throws {
    let bad = torch_index_check(indices.int64s, Int64(indices.count), Int64(count), true)
    if bad >= 0 {
      let value = indices.int64s[Int(bad)]
      throw TorchError(.index, "index \(value) at position \(bad) is out of range for \(count) elements")
    }
  }

  package static let take = Op<Tensor, Tensor, Tensor>.structured(
    "aten::take(Tensor self, Tensor index) -> Tensor",
    rule: { x, index in
      try checkIndex(index)
      return TensorSpec(like: x, sizes: index.impl.sizes)
    },
    kernel: { out, x, index in
      let source = x.contiguous()
      let indices = index.contiguous()
      try verify(indices, count: x.count)
      let width = x.dtype.byteCount
      parallelFor(indices.count, grain: 16384) { range in
        _ = torch_take(
          Int32(width), Int64(range.count), out.address + range.lowerBound * width, source.address, Int64(x.count),
          indices.int64s + range.lowerBound)
      }
    },
    vjp: { tape, x, index in
      let sizes = x.shape
      let index = tape.save(index)
      return { g, sink in
        sink[0] = Tensor.zeros(sizes, dtype: g.first.dtype).put(try sink.value(index), g.first, accumulate: true)
      }
    },
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), .tensor(s.integers([2, 3], low: -12, high: 12)))] })

  package static let put = Update<Tensor, Tensor, Bool>.op(
    "aten::put(Tensor self, Tensor index, Tensor source, bool accumulate=False) -> Tensor",
    rule: { x, index, source, _ in
      try checkIndex(index)
      try IndexCheck.sameType(x, source, "source")
      guard index.count == source.count else {
        throw TorchError(.shape, "source must have as many elements as the index, got \(source.count) and \(index.count)")
      }
    },
    apply: { target, index, source, accumulate in
      let indices = index.contiguous()
      let values = source.stable(besides: target)
      try verify(indices, count: target.count)
      try target.withContiguousTarget { t in
        _ = torch_put(
          Int32(t.dtype.rawValue), Int32(accumulate ? TORCH_SCATTER_ADD : TORCH_SCATTER_SET), Int64(indices.count), t.address,
          Int64(t.count), indices.int64s, values.address)
      }
    },
    vjp: { _, index, source, accumulate in
      let index = SavedTensor(index)
      let sizes = source.shape
      return { g, sink in
        let positions = try sink.value(index)
        if sink.wants(0) {
          sink[0] = accumulate ? g.first : g.first.put(positions, Tensor.zeros(sizes, dtype: g.first.dtype))
        }
        if sink.wants(2) { sink[2] = g.first.take(positions).reshape(sizes) }
      }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([3, 4])), .tensor(Tensor([0, -1, 5])), .tensor(s.tensor([3])), false.box()),
        Sample(.tensor(s.tensor([3, 4])), .tensor(Tensor([0, -1, 0])), .tensor(s.tensor([3])), true.box()),
      ]
    })

  package static let takeAlongDim = Op<Tensor, Tensor, Int?, Tensor>.composite(
    "aten::take_along_dim(Tensor self, Tensor indices, int? dim=None) -> Tensor",
    samples: { s in
      [
        Sample(.tensor(s.tensor([3, 4])), .tensor(s.integers([1, 2], high: 4)), 1.box()),
        Sample(.tensor(s.tensor([3, 4])), .tensor(s.integers([5], high: 12)), .none),
      ]
    }
  ) { x, indices, dim in
    guard indices.dtype == .int64 else { throw TorchError(.dtype, "indices must be int64, got \(indices.dtype)") }
    guard let dim else { return try GatherScatter.gather.callThrowing(x.reshape(-1), 0, indices.reshape(-1), false) }
    guard x.rank == indices.rank else {
      throw TorchError(.shape, "self and indices must have equal numbers of dimensions, got \(x.summary) and \(indices.summary)")
    }
    let d = try normalizeDim(dim, rank: x.rank)
    // Positions wrap around.
    let size = x.rank == 0 ? 1 : x.impl.sizes[d]
    let indices = size > 0 && indices.count > 0 ? indices.remainder(Tensor(scalar: .int(Int64(size)))) : indices
    if x.rank == 0 { return try GatherScatter.gather.callThrowing(x, 0, indices, false) }
    var (own, wanted) = (x.impl.sizes, indices.impl.sizes)
    own[d] = 1
    wanted[d] = 1
    var sizes = try broadcastSizes(own, wanted)
    sizes[d] = x.impl.sizes[d]
    let wide = try ViewOps.expand.callThrowing(x, Array(sizes), false)
    sizes[d] = indices.impl.sizes[d]
    return try GatherScatter.gather.callThrowing(wide, d, ViewOps.expand.callThrowing(indices, Array(sizes), false), false)
  }

  package static let table: [AnyOp] = [
    [
      nonzero.erased, whereNonzero.erased, argwhere.erased, nonzeroStatic.erased, nonzeroNumpy.erased, take.erased,
      takeAlongDim.erased,
    ], put.erased,
  ].flatMap { $0 }
}

extension Tensor {
  /// Coordinates of the elements that differ from zero, one row each, in row-major order; int64. `torch.nonzero`.
  public func nonzero() -> Tensor { TakePut.nonzero(self) }
  /// The first `size` rows of `nonzero`, followed by rows of `fillValue` where there are fewer. `torch.nonzero_static`.
  public func nonzeroStatic(size: Int, fillValue: Int = -1) -> Tensor { TakePut.nonzeroStatic(self, size, fillValue) }
  /// Coordinates of the elements that differ from zero, one row each; int64. `torch.argwhere`.
  public func argwhere() -> Tensor { TakePut.argwhere(self) }
  /// The elements at positions counted in row-major order, negative ones from the end. `torch.take`.
  public func take(_ index: Tensor) -> Tensor { TakePut.take(self, index) }
  /// This tensor with `source` at positions counted in row-major order, or added there. `torch.put`.
  public func put(_ index: Tensor, _ source: Tensor, accumulate: Bool = false) -> Tensor {
    TakePut.put.op(self, index, source, accumulate)
  }
  /// Writes or adds `source` at positions counted in row-major order. `Tensor.put_`.
  @discardableResult
  public func put_(_ index: Tensor, _ source: Tensor, accumulate: Bool = false) -> Tensor {
    TakePut.put.inPlace(self, index, source, accumulate)
  }
  /// The elements at `indices`, which wrap around, along a dimension, the other dimensions broadcast; nil takes from all
  /// elements in row-major order. `torch.take_along_dim`.
  public func takeAlongDim(_ indices: Tensor, _ dim: Int? = nil) -> Tensor { TakePut.takeAlongDim(self, indices, dim) }
}

/// Coordinates, one tensor a dimension, of the elements that differ from zero. `torch.where`.
public func `where`(_ condition: Tensor) -> [Tensor] { TakePut.whereNonzero(condition) }
