/// Ops whose results share their input's memory.
package enum ViewOps {
  package static let asStrided = Op<Tensor, [Int], [Int], Int?, Tensor>.view(
    "aten::as_strided(Tensor(a) self, SymInt[] size, SymInt[] stride, SymInt? storage_offset=None) -> Tensor(a)",
    rule: { x, sizes, strides, offset in
      guard sizes.count == strides.count else {
        throw TorchError(.shape, "got \(sizes.count) sizes but \(strides.count) strides")
      }
      let dims = try Factories.checkedSizes(sizes)
      if let bad = strides.first(where: { $0 < 0 }) { throw TorchError(.shape, "strides must not be negative, got \(bad)") }
      let start = offset ?? x.impl.offset
      let available = x.impl.storage.byteCount / x.dtype.byteCount
      guard start >= 0, let extent = dims.extent(strides: Dims(strides)), extent == 0 || extent <= available - start else {
        throw TorchError(
          .index,
          "sizes \(dims), strides \(strides) and offset \(start) reach outside a storage of \(available) elements")
      }
      return ViewGeometry(sizes: dims, strides: Dims(strides), offset: start)
    },
    vjp: { tape, x, sizes, strides, offset in
      let base = x.alias()
      return { g, sink in sink[0] = try spread(g.first, over: base, sizes: sizes, strides: strides, offset: offset) }
    },
    samples: { s in
      [Sample(.tensor(s.tensor([4, 5])), [2, 3].box(), [5, 1].box(), 1.box()), Sample(.tensor(s.tensor([6])), [2, 2].box(), [1, 2].box(), .none)]
    })

  /// The gradient of a strided view: every element of the view is added to the place it was read from.
  private static func spread(_ g: Tensor, over base: Tensor, sizes: [Int], strides: [Int], offset: Int?) throws -> Tensor {
    let flat = Tensor.zeros([base.impl.storage.byteCount / base.dtype.byteCount], dtype: g.dtype)
    var positions = Tensor.full([], Scalar(offset ?? base.impl.offset), dtype: .int64)
    for (size, stride) in zip(sizes, strides) {
      positions = positions.unsqueeze(-1) + Tensor.arange(Scalar(size)) * Tensor(stride)
    }
    let summed = flat.indexAdd(0, positions.reshape([-1]), g.reshape([-1]))
    return summed.asStrided(base.impl.sizes, base.impl.strides, offset: base.impl.offset)
  }

  package static let view = Op<Tensor, [Int], Tensor>.view(
    "aten::view(Tensor(a) self, SymInt[] size) -> Tensor(a)",
    rule: { x, sizes in
      let target = try inferSizes(sizes, count: x.count)
      guard let strides = viewStrides(x, target) else {
        throw TorchError(
          .shape,
          "sizes \(target) are not compatible with sizes \(x.impl.sizes) and strides \(x.impl.strides) (a dimension would span parts that are not neighbours in memory); use reshape")
      }
      return ViewGeometry(sizes: target, strides: strides, offset: x.impl.offset)
    },
    vjp: { _, x, _ in restoringShape(x) },
    samples: { s in [Sample(.tensor(s.tensor([2, 6])), [3, 4].box()), Sample(.tensor(s.tensor([2, 6])), [-1].box())] })

  package static let reshape = Op<Tensor, [Int], Tensor>.composite(
    "aten::reshape(Tensor(a) self, SymInt[] shape) -> Tensor(a)",
    samples: { s in [Sample(.tensor(s.tensor([2, 6])), [3, -1].box()), Sample(.tensor(s.tensor([2, 3]).t()), [6].box())] }
  ) { x, sizes in
    let target = try inferSizes(sizes, count: x.count)
    if viewStrides(x, target) != nil { return try view.callThrowing(x, sizes) }
    return try view.callThrowing(x.clone(memoryFormat: .contiguous), sizes)
  }

  /// PyTorch's copy of a view also takes sizes that the layout has no view for.
  package static let viewCopy = Op<Tensor, [Int], Tensor>.composite(
    "aten::view_copy(Tensor self, SymInt[] size) -> Tensor",
    samples: { s in [Sample(.tensor(s.tensor([2, 6])), [3, 4].box()), Sample(.tensor(s.tensor([2, 3]).t()), [6].box())] }
  ) { x, sizes in
    let shaped = try reshape.callThrowing(x, sizes)
    return shaped.impl.storage === x.impl.storage ? try CopyOps.clone.callThrowing(shaped, .contiguous) : shaped
  }

  package static let permute = Op<Tensor, [Int], Tensor>.view(
    "aten::permute(Tensor(a) self, int[] dims) -> Tensor(a)",
    rule: { x, dims in
      let order = try permutation(dims, rank: x.rank)
      return ViewGeometry(
        sizes: Dims(order.map { x.impl.sizes[$0] }), strides: Dims(order.map { x.impl.strides[$0] }), offset: x.impl.offset)
    },
    vjp: { _, x, dims in
      let order = try permutation(dims, rank: x.rank)
      var inverse = order
      for (i, d) in order.enumerated() { inverse[d] = i }
      return { [inverse] g, sink in sink[0] = g.first.permute(inverse) }
    },
    samples: { s in [Sample(.tensor(s.tensor([2, 3, 4])), [2, 0, -2].box())] })

  package static let transpose = Op<Tensor, Int, Int, Tensor>.view(
    "aten::transpose.int(Tensor(a) self, int dim0, int dim1) -> Tensor(a)",
    rule: { x, a, b in
      let (i, j) = (try normalizeDim(a, rank: x.rank, "dim0"), try normalizeDim(b, rank: x.rank, "dim1"))
      var (sizes, strides) = (x.impl.sizes, x.impl.strides)
      if x.rank > 0 {
        (sizes[i], sizes[j]) = (sizes[j], sizes[i])
        (strides[i], strides[j]) = (strides[j], strides[i])
      }
      return ViewGeometry(sizes: sizes, strides: strides, offset: x.impl.offset)
    },
    vjp: { _, _, a, b in { g, sink in sink[0] = g.first.transpose(a, b) } },
    samples: { s in [Sample(.tensor(s.tensor([2, 3, 4])), 0.box(), (-1).box())] })

  package static let t = Op<Tensor, Tensor>.view(
    "aten::t(Tensor(a) self) -> Tensor(a)",
    rule: { x in
      guard x.rank <= 2 else { throw TorchError(.shape, "t expects at most 2 dimensions, got \(x.rank); use transpose") }
      return ViewGeometry(sizes: Dims(x.impl.sizes.reversed()), strides: Dims(x.impl.strides.reversed()), offset: x.impl.offset)
    },
    vjp: { _, _ in { g, sink in sink[0] = g.first.t() } },
    samples: { s in [Sample(.tensor(s.tensor([2, 3]))), Sample(.tensor(s.tensor([3])))] })

  package static let expand = Op<Tensor, [Int], Bool, Tensor>.view(
    "aten::expand(Tensor(a) self, SymInt[] size, *, bool implicit=False) -> Tensor(a)",
    rule: { x, sizes, _ in
      let lead = sizes.count - x.rank
      guard lead >= 0 else {
        throw TorchError(.shape, "cannot expand \(x.rank) dimensions to the \(sizes.count) of \(sizes)")
      }
      var (dims, strides) = (Dims(repeating: 0, count: sizes.count), Dims(repeating: 0, count: sizes.count))
      for i in 0..<sizes.count {
        let old = i < lead ? 1 : x.impl.sizes[i - lead]
        if sizes[i] == -1 && i >= lead { dims[i] = old } else { dims[i] = sizes[i] }
        guard dims[i] >= 0 else { throw TorchError(.shape, "size \(sizes[i]) is not allowed for a new leading dimension \(i)") }
        guard dims[i] == old || old == 1 else {
          throw TorchError(.shape, "dimension \(i) has size \(old) and cannot be expanded to \(dims[i]); only size 1 can")
        }
        strides[i] = i < lead || (old == 1 && dims[i] != 1) ? 0 : x.impl.strides[i - lead]
      }
      return ViewGeometry(sizes: dims, strides: strides, offset: x.impl.offset)
    },
    vjp: { _, x, _, _ in
      let sizes = x.impl.sizes
      return { g, sink in sink[0] = g.first.sum(toSizes: sizes) }
    },
    samples: { s in [Sample(.tensor(s.tensor([3, 1])), [2, -1, 4].box(), false.box())] })

  package static let squeezeDims = Op<Tensor, [Int], Tensor>.view(
    "aten::squeeze.dims(Tensor(a) self, int[] dim) -> Tensor(a)",
    rule: { x, dims in
      var dropped = Set<Int>()
      for dim in dims where !dropped.insert(try normalizeDim(dim, rank: x.rank)).inserted {
        throw TorchError(.value, "dimension \(dim) appears twice in \(dims)")
      }
      return squeezed(x) { dropped.contains($0) }
    },
    vjp: { _, x, _ in restoringShape(x) },
    samples: { s in [Sample(.tensor(s.tensor([2, 1, 3, 1])), [1, 2].box())] })

  package static let squeezeDim = Op<Tensor, Int, Tensor>.view(
    "aten::squeeze.dim(Tensor(a) self, int dim) -> Tensor(a)",
    rule: { x, dim in
      let d = try normalizeDim(dim, rank: x.rank)
      return squeezed(x) { $0 == d }
    },
    vjp: { _, x, _ in restoringShape(x) },
    samples: { s in [Sample(.tensor(s.tensor([2, 1, 3])), 1.box()), Sample(.tensor(s.tensor([2, 1, 3])), 0.box())] })

  package static let squeeze = Op<Tensor, Tensor>.view(
    "aten::squeeze(Tensor(a) self) -> Tensor(a)",
    rule: { x in squeezed(x) { _ in true } },
    vjp: { _, x in restoringShape(x) },
    samples: { s in [Sample(.tensor(s.tensor([2, 1, 3, 1])))] })

  package static let unsqueeze = Op<Tensor, Int, Tensor>.view(
    "aten::unsqueeze(Tensor(a) self, int dim) -> Tensor(a)",
    rule: { x, dim in
      let d = try normalizeDim(dim, rank: x.rank + 1)
      var (sizes, strides) = (x.impl.sizes, x.impl.strides)
      let stride = d < x.rank ? sizes[d] &* strides[d] : 1
      sizes.insert(1, at: d)
      strides.insert(stride, at: d)
      return ViewGeometry(sizes: sizes, strides: strides, offset: x.impl.offset)
    },
    vjp: { _, x, _ in restoringShape(x) },
    samples: { s in [Sample(.tensor(s.tensor([2, 3])), 1.box()), Sample(.tensor(s.tensor([])), (-1).box())] })

  package static let select = Op<Tensor, Int, Int, Tensor>.view(
    "aten::select.int(Tensor(a) self, int dim, SymInt index) -> Tensor(a)",
    rule: { x, dim, index in
      guard x.rank > 0 else { throw TorchError(.index, "a 0-d tensor cannot be indexed") }
      let d = try normalizeDim(dim, rank: x.rank)
      let size = x.impl.sizes[d]
      guard index >= -size && index < size else {
        throw TorchError(.index, "index \(index) is out of range for dimension \(d) of size \(size)")
      }
      var (sizes, strides) = (x.impl.sizes, x.impl.strides)
      let offset = x.impl.offset + (index < 0 ? index + size : index) * strides[d]
      sizes.remove(at: d)
      strides.remove(at: d)
      return ViewGeometry(sizes: sizes, strides: strides, offset: offset)
    },
    vjp: { _, x, dim, index in
      let sizes = x.shape
      return { g, sink in
        sink[0] = selectBackward(g.first, sizes, dim, index)
      }
    },
    samples: { s in [Sample(.tensor(s.tensor([2, 3])), 1.box(), (-1).box())] })

  package static let selectBackward = Op<Tensor, [Int], Int, Int, Tensor>.composite(
    "aten::select_backward(Tensor grad_output, SymInt[] input_sizes, int dim, SymInt index) -> Tensor"
  ) { g, sizes, dim, index in
    let whole = g.blank(sizes)
    whole.select(dim, index).copy_(g)
    return whole
  }

  package static let slice = Op<Tensor, Int, Int?, Int?, Int, Tensor>.view(
    "aten::slice.Tensor(Tensor(a) self, int dim=0, SymInt? start=None, SymInt? end=None, SymInt step=1) -> Tensor(a)",
    rule: { x, dim, start, end, step in
      guard x.rank > 0 else { throw TorchError(.index, "a 0-d tensor cannot be sliced") }
      let d = try normalizeDim(dim, rank: x.rank)
      guard step > 0 else { throw TorchError(.value, "the step of a slice must be positive, got \(step)") }
      let size = x.impl.sizes[d]
      func clamped(_ i: Int) -> Int { Swift.min(Swift.max(i < 0 ? i + size : i, 0), size) }
      let first = clamped(start ?? 0)
      let last = Swift.max(clamped(end ?? size), first)
      var (sizes, strides) = (x.impl.sizes, x.impl.strides)
      sizes[d] = last == first ? 0 : (last - first - 1) / step + 1
      let offset = x.impl.offset + first * strides[d]
      // With at most one position left, the stride is never followed and may wrap around.
      strides[d] &*= step
      return ViewGeometry(sizes: sizes, strides: strides, offset: offset)
    },
    vjp: { _, x, dim, start, end, step in
      let sizes = x.shape
      return { g, sink in sink[0] = sliceBackward(g.first, sizes, dim, start ?? 0, end ?? Int.max, step) }
    },
    samples: { s in
      [Sample(.tensor(s.tensor([5, 3])), 0.box(), 1.box(), (-1).box(), 2.box()), Sample(.tensor(s.tensor([4])), 0.box(), .none, .none, 1.box())]
    })

  package static let sliceBackward = Op<Tensor, [Int], Int, Int, Int, Int, Tensor>.composite(
    "aten::slice_backward(Tensor grad_output, SymInt[] input_sizes, int dim, SymInt start, SymInt end, SymInt step) -> Tensor"
  ) { g, sizes, dim, start, end, step in
    let whole = g.blank(sizes)
    whole.slice(dim, from: start, to: end, step: step).copy_(g)
    return whole
  }

  package static let diagonal = Op<Tensor, Int, Int, Int, Tensor>.view(
    "aten::diagonal(Tensor(a) self, int offset=0, int dim1=0, int dim2=1) -> Tensor(a)",
    rule: { x, offset, dim1, dim2 in
      guard x.rank >= 2 else { throw TorchError(.shape, "a diagonal needs at least 2 dimensions, got \(x.rank)") }
      let (i, j) = (try normalizeDim(dim1, rank: x.rank, "dim1"), try normalizeDim(dim2, rank: x.rank, "dim2"))
      guard i != j else { throw TorchError(.value, "dim1 and dim2 must differ, got \(dim1) and \(dim2)") }
      var (sizes, strides) = (x.impl.sizes, x.impl.strides)
      let length = Swift.max(
        offset >= 0 ? Swift.min(sizes[i], sizes[j] - offset) : Swift.min(sizes[i] + Swift.max(offset, -sizes[i]), sizes[j]), 0)
      let start = length == 0 ? 0 : offset >= 0 ? offset * strides[j] : -offset * strides[i]
      let step = strides[i] + strides[j]
      for d in [Swift.max(i, j), Swift.min(i, j)] {
        sizes.remove(at: d)
        strides.remove(at: d)
      }
      sizes.append(length)
      strides.append(step)
      return ViewGeometry(sizes: sizes, strides: strides, offset: x.impl.offset + start)
    },
    vjp: { _, x, offset, dim1, dim2 in
      let sizes = x.shape
      return { g, sink in
        let whole = g.first.blank(sizes)
        whole.diagonal(offset: offset, dim1, dim2).copy_(g.first)
        sink[0] = whole
      }
    },
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), 1.box(), 0.box(), 1.box())] })

  package static let unfold = Op<Tensor, Int, Int, Int, Tensor>.view(
    "aten::unfold(Tensor(a) self, int dimension, int size, int step) -> Tensor(a)",
    rule: { x, dim, size, step in
      let d = try normalizeDim(dim, rank: x.rank, "dimension")
      let length = x.rank == 0 ? 1 : x.impl.sizes[d]
      guard size >= 0 && size <= length else {
        throw TorchError(.shape, "size \(size) exceeds the \(length) elements of dimension \(d)")
      }
      guard step > 0 else { throw TorchError(.value, "step must be positive, got \(step)") }
      var (sizes, strides) = (x.impl.sizes, x.impl.strides)
      let stride = x.rank == 0 ? 1 : strides[d]
      if x.rank > 0 {
        sizes[d] = (length - size) / step + 1
        strides[d] = stride &* step
      }
      sizes.append(size)
      strides.append(stride)
      return ViewGeometry(sizes: sizes, strides: strides, offset: x.impl.offset)
    },
    vjp: { _, x, dim, size, step in
      let base = Tensor.empty(x.shape, dtype: x.dtype, device: .meta)
      return { g, sink in
        let d = try normalizeDim(dim, rank: base.rank)
        var strides = base.impl.sizes.contiguousStrides
        let stride = base.rank == 0 ? 1 : strides[d]
        if base.rank > 0 { strides[d] = stride &* step }
        strides.append(stride)
        sink[0] = try spread(g.first, over: base, sizes: g.first.shape, strides: Array(strides), offset: 0)
      }
    },
    samples: { s in [Sample(.tensor(s.tensor([5, 2])), 0.box(), 3.box(), 1.box())] })

  package static let table: [AnyOp] = [
    asStrided.erased, view.erased, viewCopy.erased, reshape.erased, permute.erased, transpose.erased, t.erased, expand.erased,
    squeeze.erased, squeezeDim.erased, squeezeDims.erased, unsqueeze.erased, select.erased, selectBackward.erased, slice.erased,
    sliceBackward.erased, diagonal.erased, unfold.erased,
  ]
}
