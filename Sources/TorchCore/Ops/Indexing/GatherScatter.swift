import CTorchKernels

/// Reading and writing single elements of lines along a dimension: `gather` and `scatter`.
package enum GatherScatter {
  /// Judges the index of gather (`limit` nil) and of scatter, where the index must lie inside the source, too.
  package static func check(_ x: Tensor, _ dim: Int, _ index: Tensor, source: Tensor? = nil) throws {
    let d = try normalizeDim(dim, rank: x.rank)
    if let source { try IndexCheck.sameType(x, source, "src") }
    if index.count == 0 { return }
    try IndexCheck.type(index)
    func shape(_ t: Tensor) -> [Int] { t.rank == 0 ? [1] : t.shape }
    let (own, wanted) = (shape(x), shape(index))
    guard own.count == wanted.count else {
      throw TorchError(.shape, "the index must have as many dimensions as self, got \(index.summary) for \(x.summary)")
    }
    for e in 0..<own.count where e != d && wanted[e] > own[e] {
      throw TorchError(.shape, "the index has size \(wanted[e]) in dimension \(e), where self has \(own[e])")
    }
    guard let source else { return }
    let given = shape(source)
    guard given.count == wanted.count else {
      throw TorchError(.shape, "src must have as many dimensions as the index, got \(source.summary) for \(index.summary)")
    }
    for e in 0..<given.count where wanted[e] > given[e] {
      throw TorchError(.shape, "the index has size \(wanted[e]) in dimension \(e), where src has \(given[e])")
    }
  }

  /// Calls `body` with the plan for ranges of lines; lines never meet, so that ranges run in parallel.
  private static func withPlan(
    _ x: Tensor, _ dim: Int, _ index: Tensor, _ indexStrides: Dims, _ otherStrides: Dims,
    _ body: (UnsafePointer<torch_line_plan>, Int64, Int64) -> Int64
  ) throws -> Int64 {
    let d = x.rank == 0 ? 0 : dim
    func padded(_ values: Dims, _ one: Int64) -> [Int64] { values.isEmpty ? [one] : values.map { Int64($0) } }
    let sizes = padded(index.impl.sizes, 1)
    let (a, b, c) = (padded(indexStrides, 1), padded(x.impl.strides, 1), padded(otherStrides, 0))
    let bad = FirstBadIndex()
    sizes.withUnsafeBufferPointer { sizes in
      a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
          c.withUnsafeBufferPointer { c in
            var plan = torch_line_plan(
              ndim: Int32(sizes.count), dim: Int32(d), size: sizes.baseAddress!, index_strides: a.baseAddress!,
              self_strides: b.baseAddress!, src_strides: c.baseAddress!, self_size: Int64(x.rank == 0 ? 1 : x.impl.sizes[d]))
            withUnsafePointer(to: &plan) { plan in
              let length = Swift.max(Int(sizes[d]), 1)
              parallelFor(Int(torch_line_count(plan)), grain: Swift.max(1, 16384 / length)) { lines in
                bad.note(body(plan, Int64(lines.lowerBound), Int64(lines.upperBound)))
              }
            }
          }
        }
      }
    }
    return bad.position
  }

  package static let gather = Op<Tensor, Int, Tensor, Bool, Tensor>.structured(
    "aten::gather(Tensor self, int dim, Tensor index, *, bool sparse_grad=False) -> Tensor",
    rule: { x, dim, index, _ in
      try check(x, dim, index)
      return TensorSpec(like: x, sizes: index.impl.sizes)
    },
    kernel: { out, x, dim, index, _ in
      if out.count == 0 { return }
      let d = try normalizeDim(dim, rank: x.rank)
      let indices = IndexCheck.indices(index)
      let bad = try withPlan(x, d, indices, indices.impl.strides, out.impl.strides) { plan, begin, end in
        torch_gather(plan, Int32(x.dtype.byteCount), begin, end, out.address, x.address, indices.int64s)
      }
      try IndexCheck.verify(bad, indices, size: x.rank == 0 ? 1 : x.impl.sizes[d], dim: d)
    },
    vjp: { tape, x, dim, index, _ in
      let sizes = x.shape
      let index = tape.save(index)
      return { g, sink in
        sink[0] = Tensor.zeros(sizes, dtype: g.first.dtype).scatterAdd(dim, try sink.value(index), g.first)
      }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([4, 3])), 0.box(), .tensor(s.integers([2, 3], high: 4)), false.box()),
        Sample(.tensor(s.tensor([2, 3, 4])), (-1).box(), .tensor(s.integers([2, 2, 6], high: 4)), false.box()),
        Sample(.tensor(s.tensor([])), 0.box(), .tensor(s.integers([], high: 1)), false.box()),
      ]
    })

  /// Scatters into the target; `source` is of any size that holds the index, or a 0-d value for all.
  package static func scatter(_ target: Tensor, _ dim: Int, _ index: Tensor, _ source: Tensor, mode: Int, isValue: Bool = false) throws {
    if index.count == 0 { return }
    let d = try normalizeDim(dim, rank: target.rank)
    let size = target.rank == 0 ? 1 : target.impl.sizes[d]
    let indices = IndexCheck.indices(index)
    try IndexCheck.range(indices, size: size, dim: d)
    let values = source.stable(besides: target)
    let strides = isValue ? Dims(repeating: 0, count: Swift.max(index.rank, 1)) : values.impl.strides
    let bad = try withPlan(target, d, indices, indices.impl.strides, strides) { plan, begin, end in
      torch_scatter(
        plan, Int32(target.dtype.rawValue), Int32(mode), begin, end, target.address, indices.int64s, values.address)
    }
    try IndexCheck.verify(bad, indices, size: size, dim: d)
  }

  /// The gradient of a scattered source: picked at the index; elements of the source outside the index got nowhere.
  package static func gathered(_ g: Tensor, _ dim: Int, _ index: Tensor, _ sizes: [Int]) -> Tensor {
    let picked = g.gather(dim, index)
    if picked.shape == sizes { return picked }
    var region = g.blank(sizes)
    let whole = region
    if sizes.count == index.rank {
      for (d, size) in index.shape.enumerated() { region = region.slice(d, from: 0, to: size) }
      region.copy_(picked)
    } else if picked.count == whole.count {
      return picked.reshape(sizes)
    }
    return whole
  }

  private static func samples(_ s: inout SampleSource) -> (x: IValue, dim: IValue, index: IValue, source: IValue) {
    (.tensor(s.tensor([3, 4])), 1.box(), .tensor(Tensor([[2, 0], [1, 3], [3, 2]])), .tensor(s.tensor([3, 3])))
  }

  package static let source = Update<Int, Tensor, Tensor>.op(
    "aten::scatter.src(Tensor self, int dim, Tensor index, Tensor src) -> Tensor",
    rule: { x, dim, index, source in try check(x, dim, index, source: source) },
    apply: { target, dim, index, source in try scatter(target, dim, index, source, mode: TORCH_SCATTER_SET) },
    vjp: { _, dim, index, source in
      let index = SavedTensor(index)
      let sizes = source.shape
      return { g, sink in
        let positions = try sink.value(index)
        if sink.wants(0) { sink[0] = g.first.scatter(dim, positions, 0) }
        if sink.wants(2) { sink[2] = gathered(g.first, dim, positions, sizes) }
      }
    },
    samples: { s in
      let a = samples(&s)
      return [
        Sample(a.x, a.dim, a.index, a.source),
        Sample(.tensor(s.tensor([])), 0.box(), .tensor(s.integers([], high: 1)), .tensor(s.tensor([]))),
      ]
    })

  package static let value = Update<Int, Tensor, Scalar>.op(
    "aten::scatter.value(Tensor self, int dim, Tensor index, Scalar value) -> Tensor",
    rule: { x, dim, index, value in
      try check(x, dim, index)
      try ValueCheck.fits(value, x.dtype)
    },
    apply: { target, dim, index, value in
      let source = try Tensor.filled(value, TensorSpec([], target.dtype))
      try scatter(target, dim, index, source, mode: TORCH_SCATTER_SET, isValue: true)
    },
    vjp: { _, dim, index, _ in
      let index = SavedTensor(index)
      return { g, sink in sink[0] = g.first.scatter(dim, try sink.value(index), 0) }
    },
    samples: { s in
      let a = samples(&s)
      return [Sample(a.x, a.dim, a.index, .scalar(.double(0.5)))]
    })

  package static let add = Update<Int, Tensor, Tensor>.op(
    "aten::scatter_add(Tensor self, int dim, Tensor index, Tensor src) -> Tensor",
    rule: { x, dim, index, source in try check(x, dim, index, source: source) },
    apply: { target, dim, index, source in try scatter(target, dim, index, source, mode: TORCH_SCATTER_ADD) },
    vjp: { _, dim, index, source in
      let index = SavedTensor(index)
      let sizes = source.shape
      return { g, sink in
        if sink.wants(0) { sink[0] = g.first }
        if sink.wants(2) { sink[2] = gathered(g.first, dim, try sink.value(index), sizes) }
      }
    },
    samples: { s in
      let a = samples(&s)
      return [
        Sample(a.x, a.dim, a.index, a.source),
        Sample(.tensor(s.tensor([4, 2])), 0.box(), .tensor(s.integers([6, 2], high: 4)), .tensor(s.tensor([6, 2]))),
      ]
    })

  package static let table: [AnyOp] = [[gather.erased], source.erased, value.erased, add.erased].flatMap { $0 }
}

extension Tensor {
  /// The elements at `index` along a dimension; the result has the index's sizes. `torch.gather`.
  public func gather(_ dim: Int, _ index: Tensor) -> Tensor { GatherScatter.gather(self, dim, index, false) }
  /// This tensor with elements of `source` at `index` along a dimension. `torch.scatter`.
  @_disfavoredOverload  // a literal is a number here
  public func scatter(_ dim: Int, _ index: Tensor, _ source: Tensor) -> Tensor {
    GatherScatter.source.op(self, dim, index, source)
  }
  /// This tensor with one number at `index` along a dimension. `torch.scatter`.
  public func scatter(_ dim: Int, _ index: Tensor, _ value: Scalar) -> Tensor { GatherScatter.value.op(self, dim, index, value) }
  /// Writes elements of `source` to `index` along a dimension. `Tensor.scatter_`.
  @discardableResult
  @_disfavoredOverload  // a literal is a number here
  public func scatter_(_ dim: Int, _ index: Tensor, _ source: Tensor) -> Tensor {
    GatherScatter.source.inPlace(self, dim, index, source)
  }
  /// Writes one number to `index` along a dimension. `Tensor.scatter_`.
  @discardableResult
  public func scatter_(_ dim: Int, _ index: Tensor, _ value: Scalar) -> Tensor {
    GatherScatter.value.inPlace(self, dim, index, value)
  }
  /// This tensor with elements of `source` added at `index` along a dimension. `torch.scatter_add`.
  public func scatterAdd(_ dim: Int, _ index: Tensor, _ source: Tensor) -> Tensor {
    GatherScatter.add.op(self, dim, index, source)
  }
  /// Adds elements of `source` at `index` along a dimension. `Tensor.scatter_add_`.
  @discardableResult
  public func scatterAdd_(_ dim: Int, _ index: Tensor, _ source: Tensor) -> Tensor {
    GatherScatter.add.inPlace(self, dim, index, source)
  }
}
