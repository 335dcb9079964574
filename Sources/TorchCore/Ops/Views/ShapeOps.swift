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

  package static let splitWithSizes = Op<Tensor, [Int], Int, [Tensor]>.composite(
    "aten::split_with_sizes(Tensor(a -> *) self, SymInt[] split_sizes, int dim=0) -> Tensor(a)[]",
    samples: { s in [Sample(.tensor(s.tensor([5, 2])), [2, 3].box(), 0.box())] }
  ) { x, sizes, dim in
    let d = try normalizeDim(dim, rank: x.rank)
    guard x.rank > 0 else { throw TorchError(.shape, "a 0-d tensor cannot be split") }
    guard sizes.allSatisfy({ $0 >= 0 }), sizes.reduce(0, +) == x.impl.sizes[d] else {
      throw TorchError(.shape, "split sizes \(sizes) must add up to \(x.impl.sizes[d]), the size of dimension \(d)")
    }
    var start = 0
    return try sizes.map { size in
      defer { start += size }
      return try ViewOps.slice.callThrowing(x, d, start, start + size, 1)
    }
  }

  package static let split = Op<Tensor, Int, Int, [Tensor]>.composite(
    "aten::split.Tensor(Tensor(a -> *) self, SymInt split_size, int dim=0) -> Tensor(a)[]",
    samples: { s in [Sample(.tensor(s.tensor([5, 2])), 2.box(), 0.box())] }
  ) { x, size, dim in
    let d = try normalizeDim(dim, rank: x.rank)
    guard x.rank > 0 else { throw TorchError(.shape, "a 0-d tensor cannot be split") }
    let total = x.impl.sizes[d]
    guard size > 0 || (size == 0 && total == 0) else { throw TorchError(.value, "the split size must be positive, got \(size)") }
    if total == 0 || size == 0 { return [try ViewOps.slice.callThrowing(x, d, 0, total, 1)] }
    return try stride(from: 0, to: total, by: size).map {
      try ViewOps.slice.callThrowing(x, d, $0, Swift.min($0 + size, total), 1)
    }
  }

  package static let chunk = Op<Tensor, Int, Int, [Tensor]>.composite(
    "aten::chunk(Tensor(a -> *) self, int chunks, int dim=0) -> Tensor(a)[]",
    samples: { s in [Sample(.tensor(s.tensor([5, 2])), 3.box(), 0.box())] }
  ) { x, chunks, dim in
    let d = try normalizeDim(dim, rank: x.rank)
    guard x.rank > 0 else { throw TorchError(.shape, "a 0-d tensor cannot be split") }
    guard chunks > 0 else { throw TorchError(.value, "the number of chunks must be positive, got \(chunks)") }
    let size = (x.impl.sizes[d] + chunks - 1) / chunks
    if size == 0 { return try splitWithSizes.callThrowing(x, Array(repeating: 0, count: chunks), d) }
    return try split.callThrowing(x, size, d)
  }

  package static let unbind = Op<Tensor, Int, [Tensor]>.composite(
    "aten::unbind.int(Tensor(a -> *) self, int dim=0) -> Tensor(a)[]",
    samples: { s in [Sample(.tensor(s.tensor([3, 2])), 1.box())] }
  ) { x, dim in
    let d = try normalizeDim(dim, rank: x.rank)
    guard x.rank > 0 else { throw TorchError(.shape, "a 0-d tensor cannot be unbound") }
    return try (0..<x.impl.sizes[d]).map { try ViewOps.select.callThrowing(x, d, $0) }
  }

  package static let cat = Op<[Tensor], Int, Tensor>.structured(
    "aten::cat(Tensor[] tensors, int dim=0) -> Tensor",
    rule: { tensors, dim in
      guard let first = tensors.first else { throw TorchError(.value, "expected at least one tensor") }
      var promotion = Promotion()
      for tensor in tensors { promotion.add(tensor) }
      // An empty 1-d tensor joins anything, as PyTorch has it for historical reasons.
      let parts = tensors.filter { !($0.rank == 1 && $0.count == 0) }
      guard let model = parts.first else { return TensorSpec([0], promotion.result, first.device) }
      guard model.rank > 0 else { throw TorchError(.shape, "0-d tensors cannot be joined; use stack") }
      let d = try normalizeDim(dim, rank: model.rank)
      var sizes = model.impl.sizes
      sizes[d] = 0
      for (i, part) in parts.enumerated() {
        guard part.rank == model.rank else {
          throw TorchError(.shape, "tensors must have equal numbers of dimensions, got \(model.summary) and \(part.summary)")
        }
        for e in 0..<model.rank where e != d && part.impl.sizes[e] != model.impl.sizes[e] {
          throw TorchError(
            .shape, "sizes must be equal except in dimension \(d): tensor \(i) has sizes \(part.impl.sizes), expected \(model.impl.sizes[e]) in dimension \(e)")
        }
        sizes[d] += part.impl.sizes[d]
      }
      let channelsLast = model.rank == 4 && parts.allSatisfy { $0.isChannelsLast && !$0.isContiguous }
      return TensorSpec(sizes, promotion.result, model.device, strides: channelsLast ? sizes.channelsLastStrides : nil)
    },
    kernel: { out, tensors, dim in
      if out.count == 0 { return }
      let d = try normalizeDim(dim, rank: out.rank)
      var start = 0
      for tensor in tensors where tensor.count > 0 {
        var sizes = out.impl.sizes
        sizes[d] = tensor.impl.sizes[d]
        let place = out.alias(sizes: sizes, strides: out.impl.strides, offset: start * out.impl.strides[d])
        Copying.copy(tensor, into: place)
        start += sizes[d]
      }
    },
    vjp: { tape, tensors, dim in
      let d = try normalizeDim(dim, rank: tape.result.rank)
      let parts = tensors.map { (size: $0.rank == 1 && $0.count == 0 ? 0 : $0.impl.sizes[d], dtype: $0.dtype) }
      return { g, sink in
        var start = 0
        for (i, part) in parts.enumerated() {
          if sink.wants(i) {
            let piece = g.first.slice(d, from: start, to: start + part.size)
            sink[i] = piece.dtype == part.dtype ? piece : piece.to(part.dtype)
          }
          start += part.size
        }
      }
    },
    samples: { s in [Sample([s.tensor([2, 3]), s.tensor([1, 3])].box(), 0.box()), Sample([s.tensor([2, 2]), s.tensor([2, 1])].box(), (-1).box())] })

  package static let stack = Op<[Tensor], Int, Tensor>.composite(
    "aten::stack(Tensor[] tensors, int dim=0) -> Tensor",
    rule: { tensors, dim in
      guard let first = tensors.first else { throw TorchError(.value, "expected at least one tensor") }
      _ = try normalizeDim(dim, rank: first.rank + 1)
      if let bad = tensors.first(where: { $0.impl.sizes != first.impl.sizes }) {
        throw TorchError(.shape, "tensors must have equal sizes, got \(first.impl.sizes) and \(bad.impl.sizes)")
      }
    },
    samples: { s in [Sample([s.tensor([2, 3]), s.tensor([2, 3])].box(), 1.box())] }
  ) { tensors, dim in
    try cat.callThrowing(try tensors.map { try ViewOps.unsqueeze.callThrowing($0, dim) }, normalizeDim(dim, rank: tensors[0].rank + 1))
  }

  package static let flip = Op<Tensor, [Int], Tensor>.structured(
    "aten::flip(Tensor self, int[] dims) -> Tensor",
    rule: { x, dims in
      var seen = Set<Int>()
      for dim in dims where !seen.insert(try normalizeDim(dim, rank: x.rank)).inserted {
        throw TorchError(.value, "dimension \(dim) appears twice in \(dims)")
      }
      return TensorSpec(like: x)
    },
    kernel: { out, x, dims in
      var strides = x.impl.strides
      var offset = 0
      if x.count == 0 { return }
      for dim in dims where x.rank > 0 {
        let d = try normalizeDim(dim, rank: x.rank)
        offset += (x.impl.sizes[d] - 1) * strides[d]
        strides[d] = -strides[d]
      }
      Copying.copy(x.alias(sizes: x.impl.sizes, strides: strides, offset: x.impl.offset + offset), into: out)
    },
    vjp: { _, _, dims in { g, sink in sink[0] = g.first.flip(dims) } },
    samples: { s in [Sample(.tensor(s.tensor([2, 3])), [0, 1].box())] })

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
    let wide = x.reshape(grouped).expand(spread)
    return try ViewOps.reshape.callThrowing(wide.clone(memoryFormat: .contiguous), zip(sizes, repeats).map { $0 * $1 })
  }

  package static let table: [AnyOp] = [
    flatten.erased, unflatten.erased, splitWithSizes.erased, split.erased, chunk.erased, unbind.erased, cat.erased, stack.erased,
    flip.erased, repeated.erased,
  ]
}

/// Tensors joined along a dimension. `torch.cat`.
public func cat(_ tensors: [Tensor], dim: Int = 0) -> Tensor { ShapeOps.cat(tensors, dim) }
/// Tensors of equal sizes joined along a new dimension. `torch.stack`.
public func stack(_ tensors: [Tensor], dim: Int = 0) -> Tensor { ShapeOps.stack(tensors, dim) }

extension Tensor {
  /// The order along the dimensions reversed. `torch.flip`.
  public func flip(_ dims: [Int]) -> Tensor { ShapeOps.flip(self, dims) }
  /// Copies side by side. `Tensor.repeat`.
  public func repeated(_ repeats: [Int]) -> Tensor { ShapeOps.repeated(self, repeats) }
}
