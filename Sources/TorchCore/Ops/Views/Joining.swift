/// Tensors joined into one.
extension ShapeOps {
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
        sizes[d] = try sizeSum(sizes[d], part.impl.sizes[d])
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
      let parts = tensors.map { x in (size: x.rank == 1 && x.count == 0 ? 0 : x.impl.sizes[d], shape: x.shape, dtype: x.dtype) }
      return { g, sink in
        var start = 0
        for (i, part) in parts.enumerated() {
          if sink.wants(i) {
            let piece = g.first.slice(d, from: start, to: start + part.size)
            let shaped = piece.rank == part.shape.count ? piece : piece.reshape(part.shape)
            sink[i] = shaped.dtype == part.dtype ? shaped : shaped.to(part.dtype)
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

  // MARK: Stacks of columns, rows and layers

  private static func stacking(
    _ text: String, _ samples: [[Int]], _ body: @escaping @Sendable ([Tensor]) throws -> Tensor
  ) -> Op<[Tensor], Tensor> {
    .composite(
      text,
      rule: { tensors in
        guard !tensors.isEmpty else { throw TorchError(.value, "expected at least one tensor") }
      },
      samples: { s in [Sample(samples.map { s.tensor($0) }.box())] }, body: body)
  }

  package static let hstack = stacking("aten::hstack(Tensor[] tensors) -> Tensor", [[2, 3], [2, 1]]) { tensors in
    let parts = try tensors.map { try atLeast1d.callThrowing($0) }
    return try cat.callThrowing(parts, parts[0].rank == 1 ? 0 : 1)
  }
  package static let vstack = stacking("aten::vstack(Tensor[] tensors) -> Tensor", [[2, 3], [3]]) { tensors in
    try cat.callThrowing(try tensors.map { try atLeast2d.callThrowing($0) }, 0)
  }
  package static let dstack = stacking("aten::dstack(Tensor[] tensors) -> Tensor", [[2, 3], [2, 3]]) { tensors in
    try cat.callThrowing(try tensors.map { try atLeast3d.callThrowing($0) }, 2)
  }
  package static let columnStack = stacking("aten::column_stack(Tensor[] tensors) -> Tensor", [[2], [2, 3]]) { tensors in
    try hstack.callThrowing(
      try tensors.map { $0.rank <= 1 ? try ViewOps.reshape.callThrowing($0, [$0.count, 1]) : $0 })
  }

  // MARK: Blocks

  private static func blockSizes(_ x: Tensor) -> (rows: Int, columns: Int) {
    switch x.rank {
    case 0: (1, 1)
    case 1: (1, x.impl.sizes[0])
    default: (x.impl.sizes[0], x.impl.sizes[1])
    }
  }

  package static let blockDiag = Op<[Tensor], Tensor>.structured(
    "aten::block_diag(Tensor[] tensors) -> Tensor",
    rule: { tensors in
      guard let first = tensors.first else { return TensorSpec([1, 0], defaultDType) }
      var promotion = Promotion()
      var (rows, columns) = (0, 0)
      for (i, tensor) in tensors.enumerated() {
        guard tensor.rank <= 2 else {
          throw TorchError(.shape, "expected tensors of at most 2 dimensions, got \(tensor.summary) as tensor \(i)")
        }
        promotion.add(tensor)
        let block = blockSizes(tensor)
        rows = try sizeSum(rows, block.rows)
        columns = try sizeSum(columns, block.columns)
      }
      return TensorSpec([rows, columns], promotion.result, first.device)
    },
    kernel: { out, tensors in
      if out.count == 0 { return }
      Copying.fill(out, 0)
      var (row, column) = (0, 0)
      let width = out.impl.sizes[1]
      for tensor in tensors {
        let block = blockSizes(tensor)
        let place = out.alias(sizes: [block.rows, block.columns], strides: [width, 1], offset: row * width + column)
        Copying.copy(tensor, into: place)
        row += block.rows
        column += block.columns
      }
    },
    vjp: { _, tensors in
      let parts = tensors.map { (block: blockSizes($0), shape: $0.shape, dtype: $0.dtype) }
      return { g, sink in
        var (row, column) = (0, 0)
        for (i, part) in parts.enumerated() {
          if sink.wants(i) {
            let block = g.first.slice(0, from: row, to: row + part.block.rows).slice(1, from: column, to: column + part.block.columns)
            sink[i] = block.reshape(part.shape).to(part.dtype)
          }
          row += part.block.rows
          column += part.block.columns
        }
      }
    },
    samples: { s in [Sample([s.tensor([2, 3]), s.tensor([2]), s.tensor([])].box())] })

  package static let chunkCat = Op<[Tensor], Int, Int, Tensor>.composite(
    "aten::_chunk_cat(Tensor[] tensors, int dim, int num_chunks) -> Tensor",
    samples: { s in [Sample([s.tensor([3, 2]), s.tensor([2, 2])].box(), 0.box(), 2.box())] }
  ) { tensors, dim, chunks in
    guard let first = tensors.first else { throw TorchError(.value, "expected at least one tensor") }
    guard chunks > 0 else { throw TorchError(.value, "the number of chunks must be positive, got \(chunks)") }
    guard dim >= 0 || tensors.allSatisfy({ $0.rank == first.rank }) else {
      throw TorchError(.value, "dim must not be negative for tensors with different numbers of dimensions, got \(dim)")
    }
    let d = dim < 0 ? try normalizeDim(dim, rank: first.rank) : dim
    let parts = try tensors.map { x -> Tensor in
      guard x.count > 0 else { throw TorchError(.shape, "expected tensors with elements, got \(x.summary)") }
      guard x.dtype == first.dtype else {
        throw TorchError(.dtype, "expected tensors of one type, got \(first.dtype) and \(x.dtype)")
      }
      guard d < x.rank, Array(x.shape[..<d]) == Array(first.shape[..<d]) else {
        throw TorchError(.shape, "expected equal sizes before dimension \(d), got \(first.summary) and \(x.summary)")
      }
      let short = (chunks - x.impl.sizes[d] % chunks) % chunks
      let pad = Array(repeating: 0, count: 2 * (x.rank - 1 - d)) + [0, short]
      let whole = short == 0 ? x : try PadOps.constant.callThrowing(x, pad, 0)
      return try ViewOps.reshape.callThrowing(whole, Array(x.shape[..<d]) + [chunks, -1])
    }
    return try cat.callThrowing(parts, d + 1)
  }

  package static let joining: [AnyOp] = [
    cat.erased, stack.erased, hstack.erased, vstack.erased, dstack.erased, columnStack.erased, blockDiag.erased,
    chunkCat.erased,
  ]
}

/// Tensors joined along a dimension. `torch.cat`.
public func cat(_ tensors: [Tensor], dim: Int = 0) -> Tensor { ShapeOps.cat(tensors, dim) }
/// Tensors of equal sizes joined along a new dimension. `torch.stack`.
public func stack(_ tensors: [Tensor], dim: Int = 0) -> Tensor { ShapeOps.stack(tensors, dim) }
/// Tensors side by side: joined along the second dimension, vectors along their only one. `torch.hstack`.
public func hstack(_ tensors: [Tensor]) -> Tensor { ShapeOps.hstack(tensors) }
/// Tensors below each other: joined along the first dimension, vectors as rows. `torch.vstack`.
public func vstack(_ tensors: [Tensor]) -> Tensor { ShapeOps.vstack(tensors) }
/// Tensors behind each other: joined along the third dimension. `torch.dstack`.
public func dstack(_ tensors: [Tensor]) -> Tensor { ShapeOps.dstack(tensors) }
/// Vectors as columns and matrices side by side. `torch.column_stack`.
public func columnStack(_ tensors: [Tensor]) -> Tensor { ShapeOps.columnStack(tensors) }
/// A matrix with the given matrices along its diagonal and zeros elsewhere; vectors count as rows. `torch.block_diag`.
public func blockDiag(_ tensors: [Tensor]) -> Tensor { ShapeOps.blockDiag(tensors) }
