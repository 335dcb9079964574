/// Tensors taken apart along a dimension: the pieces share their memory.
extension ShapeOps {
  package static let splitWithSizes = Op<Tensor, [Int], Int, [Tensor]>.composite(
    "aten::split_with_sizes(Tensor(a -> *) self, SymInt[] split_sizes, int dim=0) -> Tensor(a)[]",
    samples: { s in [Sample(.tensor(s.tensor([5, 2])), [2, 3].box(), 0.box())] }
  ) { x, sizes, dim in
    let d = try dimension(x, dim)
    guard sizes.allSatisfy({ $0 >= 0 }), try sizes.reduce(0, { try sizeSum($0, $1) }) == x.impl.sizes[d] else {
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
    let d = try dimension(x, dim)
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
    let d = try dimension(x, dim)
    guard chunks > 0 else { throw TorchError(.value, "the number of chunks must be positive, got \(chunks)") }
    let total = x.impl.sizes[d]
    let size = total == 0 ? 0 : (total - 1) / chunks + 1
    if size == 0 {
      try checkPieces(chunks)
      return try splitWithSizes.callThrowing(x, Array(repeating: 0, count: chunks), d)
    }
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

  /// The dimension that a piece is a range of, which a 0-d tensor lacks.
  private static func dimension(_ x: Tensor, _ dim: Int) throws -> Int {
    guard x.rank > 0 else { throw TorchError(.shape, "a 0-d tensor cannot be split") }
    return try normalizeDim(dim, rank: x.rank)
  }

  /// Empty pieces cost memory too.
  private static func checkPieces(_ count: Int) throws {
    guard count <= 1 << 24 else { throw TorchError(.memory, "\(count) pieces are more than memory holds") }
  }

  package static let splitSizes = Op<Tensor, [Int], Int, [Tensor]>.composite(
    "aten::split.sizes(Tensor(a -> *) self, SymInt[] split_size, int dim=0) -> Tensor(a)[]",
    samples: { s in [Sample(.tensor(s.tensor([5, 2])), [2, 3].box(), 0.box())] }
  ) { try splitWithSizes.callThrowing($0, $1, $2) }

  package static let tensorSplitSections = Op<Tensor, Int, Int, [Tensor]>.composite(
    "aten::tensor_split.sections(Tensor(a -> *) self, SymInt sections, int dim=0) -> Tensor(a)[]",
    samples: { s in [Sample(.tensor(s.tensor([5, 2])), 3.box(), 0.box())] }
  ) { x, sections, dim in
    let d = try dimension(x, dim)
    guard sections > 0 else { throw TorchError(.value, "the number of sections must be positive, got \(sections)") }
    try checkPieces(sections)
    let (size, longer) = x.impl.sizes[d].quotientAndRemainder(dividingBy: sections)
    var start = 0
    return try (0..<sections).map { section in
      let end = start + size + (section < longer ? 1 : 0)
      defer { start = end }
      return try ViewOps.slice.callThrowing(x, d, start, end, 1)
    }
  }

  package static let tensorSplitIndices = Op<Tensor, [Int], Int, [Tensor]>.composite(
    "aten::tensor_split.indices(Tensor(a -> *) self, SymInt[] indices, int dim=0) -> Tensor(a)[]",
    samples: { s in [Sample(.tensor(s.tensor([5, 2])), [1, 4].box(), 0.box())] }
  ) { x, indices, dim in
    let d = try dimension(x, dim)
    let ends = indices + [x.impl.sizes[d]]
    return try zip([0] + indices, ends).map { try ViewOps.slice.callThrowing(x, d, $0, $1, 1) }
  }

  package static let tensorSplitTensor = Op<Tensor, Tensor, Int, [Tensor]>.composite(
    "aten::tensor_split.tensor_indices_or_sections(Tensor(a -> *) self, Tensor tensor_indices_or_sections, int dim=0) -> Tensor(a)[]",
    samples: { s in [Sample(.tensor(s.tensor([5, 2])), .tensor(Tensor([1, 4])), 0.box())] }
  ) { x, split, dim in
    guard split.dtype == .int64, split.rank <= 1 else {
      throw TorchError(.value, "expected a 0-d or 1-d int64 tensor of sections or indices, got \(split.summary)")
    }
    guard split.isCPU else {
      throw TorchError(.elements, "the sizes of the pieces depend on values that \(split.device) tensors lack")
    }
    let values = split.array(as: Int.self)
    return split.rank == 0
      ? try tensorSplitSections.callThrowing(x, values[0], dim) : try tensorSplitIndices.callThrowing(x, values, dim)
  }

  /// `hsplit`, `vsplit`, `dsplit`: a fixed dimension, which needs `rank` dimensions to be there.
  private static func equalParts(
    _ text: String, rank: Int, _ dim: @escaping @Sendable (Tensor) -> Int
  ) -> Op<Tensor, Int, [Tensor]> {
    .composite(text, samples: { s in [Sample(.tensor(s.tensor([2, 2, 4])), 2.box())] }) { x, sections in
      let d = try checkedDim(x, rank, dim)
      guard sections > 0, x.impl.sizes[d] % sections == 0 else {
        throw TorchError(.value, "dimension \(d) of size \(x.impl.sizes[d]) does not divide into \(sections) equal sections")
      }
      return try tensorSplitSections.callThrowing(x, sections, d)
    }
  }

  private static func partsAt(
    _ text: String, rank: Int, _ dim: @escaping @Sendable (Tensor) -> Int
  ) -> Op<Tensor, [Int], [Tensor]> {
    .composite(text, samples: { s in [Sample(.tensor(s.tensor([2, 2, 4])), [1].box())] }) { x, indices in
      try tensorSplitIndices.callThrowing(x, indices, try checkedDim(x, rank, dim))
    }
  }

  private static func checkedDim(_ x: Tensor, _ rank: Int, _ dim: (Tensor) -> Int) throws -> Int {
    guard x.rank >= rank else { throw TorchError(.shape, "expected at least \(rank) dimensions, got \(x.summary)") }
    return dim(x)
  }

  package static let hsplit = equalParts(
    "aten::hsplit.int(Tensor(a -> *) self, int sections) -> Tensor(a)[]", rank: 1) { $0.rank == 1 ? 0 : 1 }
  package static let hsplitAt = partsAt(
    "aten::hsplit.array(Tensor(a -> *) self, int[] indices) -> Tensor(a)[]", rank: 1) { $0.rank == 1 ? 0 : 1 }
  package static let vsplit = equalParts(
    "aten::vsplit.int(Tensor(a -> *) self, int sections) -> Tensor(a)[]", rank: 2) { _ in 0 }
  package static let vsplitAt = partsAt(
    "aten::vsplit.array(Tensor(a -> *) self, int[] indices) -> Tensor(a)[]", rank: 2) { _ in 0 }
  package static let dsplit = equalParts(
    "aten::dsplit.int(Tensor(a -> *) self, int sections) -> Tensor(a)[]", rank: 3) { _ in 2 }
  package static let dsplitAt = partsAt(
    "aten::dsplit.array(Tensor(a -> *) self, int[] indices) -> Tensor(a)[]", rank: 3) { _ in 2 }

  // PyTorch's pieces of these are no views to its tape; ours are, so that changing one in place stays safe.
  package static let unsafeChunk = Op<Tensor, Int, Int, [Tensor]>.composite(
    "aten::unsafe_chunk(Tensor self, int chunks, int dim=0) -> Tensor[]",
    samples: { s in [Sample(.tensor(s.tensor([5, 2])), 3.box(), 0.box())] }
  ) { try chunk.callThrowing($0, $1, $2) }
  package static let unsafeSplit = Op<Tensor, Int, Int, [Tensor]>.composite(
    "aten::unsafe_split.Tensor(Tensor self, SymInt split_size, int dim=0) -> Tensor[]",
    samples: { s in [Sample(.tensor(s.tensor([5, 2])), 2.box(), 0.box())] }
  ) { try split.callThrowing($0, $1, $2) }
  package static let unsafeSplitWithSizes = Op<Tensor, [Int], Int, [Tensor]>.composite(
    "aten::unsafe_split_with_sizes(Tensor self, SymInt[] split_sizes, int dim=0) -> Tensor[]",
    samples: { s in [Sample(.tensor(s.tensor([5, 2])), [2, 3].box(), 0.box())] }
  ) { try splitWithSizes.callThrowing($0, $1, $2) }

  package static let splitting: [AnyOp] = [
    splitWithSizes.erased, splitSizes.erased, split.erased, chunk.erased, unbind.erased, tensorSplitSections.erased,
    tensorSplitIndices.erased, tensorSplitTensor.erased, hsplit.erased, hsplitAt.erased, vsplit.erased, vsplitAt.erased,
    dsplit.erased, dsplitAt.erased, unsafeChunk.erased, unsafeSplit.erased, unsafeSplitWithSizes.erased,
  ]
}

extension Tensor {
  /// Pieces of `size` along a dimension; the last may be shorter. `torch.split`.
  public func split(_ size: Int, dim: Int = 0) -> [Tensor] { ShapeOps.split(self, size, dim) }
  /// Pieces of the given sizes along a dimension. `torch.split`.
  public func split(_ sizes: [Int], dim: Int = 0) -> [Tensor] { ShapeOps.splitWithSizes(self, sizes, dim) }
  /// About equal pieces, at most `chunks` of them. `torch.chunk`.
  public func chunk(_ chunks: Int, dim: Int = 0) -> [Tensor] { ShapeOps.chunk(self, chunks, dim) }
  /// All positions along a dimension. `torch.unbind`.
  public func unbind(_ dim: Int = 0) -> [Tensor] { ShapeOps.unbind(self, dim) }
  /// Exactly `sections` pieces, the first ones longer by one where they cannot be equal. `torch.tensor_split`.
  public func tensorSplit(_ sections: Int, dim: Int = 0) -> [Tensor] { ShapeOps.tensorSplitSections(self, sections, dim) }
  /// Pieces between the given positions, which are clamped and count from the end where negative. `torch.tensor_split`.
  public func tensorSplit(at indices: [Int], dim: Int = 0) -> [Tensor] { ShapeOps.tensorSplitIndices(self, indices, dim) }
  /// Equal pieces along columns: the second dimension, or that of a vector. `torch.hsplit`.
  public func hsplit(_ sections: Int) -> [Tensor] { ShapeOps.hsplit(self, sections) }
  /// Pieces between positions along columns. `torch.hsplit`.
  public func hsplit(at indices: [Int]) -> [Tensor] { ShapeOps.hsplitAt(self, indices) }
  /// Equal pieces along the first of at least two dimensions. `torch.vsplit`.
  public func vsplit(_ sections: Int) -> [Tensor] { ShapeOps.vsplit(self, sections) }
  /// Pieces between positions along the first of at least two dimensions. `torch.vsplit`.
  public func vsplit(at indices: [Int]) -> [Tensor] { ShapeOps.vsplitAt(self, indices) }
  /// Equal pieces along the third dimension. `torch.dsplit`.
  public func dsplit(_ sections: Int) -> [Tensor] { ShapeOps.dsplit(self, sections) }
  /// Pieces between positions along the third dimension. `torch.dsplit`.
  public func dsplit(at indices: [Int]) -> [Tensor] { ShapeOps.dsplitAt(self, indices) }
}
