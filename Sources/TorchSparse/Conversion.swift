import TorchCore

/// Between layouts. All are recorded: they move values by ops that have derivatives.
enum Conversion {
  /// A sum of entries at one place is made in a type that can add.
  private static func summable(_ values: Tensor) -> Tensor { values.dtype == .bool ? values.to(.int64) : values }

  /// Each place once, in row-major order; values of one place add up.
  static func coalesced(_ x: Tensor) throws -> Tensor {
    let coo = try x.requireCOO("coalesce")
    if coo.isCoalesced { return x }
    let values = Entries.values(x)
    if coo.entryCount < 2 || coo.indices.isMeta {
      return try Entries.place(values, .coo(indices: coo.indices, isCoalesced: true), x.impl.sizes)
    }
    let positions = noGrad { Pattern.coo(indices: coo.indices, isCoalesced: false).positions(x.impl.sizes) }
    let (distinct, inverse, _) = positions.uniqueWithCounts()
    let count = distinct.impl.sizes[0]
    // Entries of one place have the same coordinates: any of them will do.
    let order = Tensor.arange(0, .int(Int64(coo.entryCount)))
    let representative = Tensor.zeros([count], dtype: .int64).indexCopy(0, inverse, order)
    let zeros = Tensor.zeros([count] + values.shape.dropFirst(), dtype: summable(values).dtype)
    let sums = zeros.indexAdd(0, inverse, summable(values)).to(x.dtype)
    return try Entries.place(sums, .coo(indices: coo.indices.indexSelect(1, representative), isCoalesced: true), x.impl.sizes)
  }

  /// All elements, strided.
  static func dense(_ x: Tensor) throws -> Tensor {
    guard let pattern = Pattern(x) else { return x }
    let values = summable(Entries.values(x))
    let sizes = x.impl.sizes
    let count = sizes.prefix(pattern.sparseDim).reduce(1, *)
    let zeros = Tensor.zeros([count] + sizes.dropFirst(pattern.sparseDim), dtype: values.dtype, device: x.device)
    return zeros.indexAdd(0, pattern.positions(sizes), values).reshape(Array(sizes)).to(x.dtype)
  }

  /// The places of a strided tensor that differ from zero, along the first `sparseDim` dimensions, with their values.
  static func sparse(_ x: Tensor, sparseDim: Int) throws -> Tensor {
    guard sparseDim >= 0, sparseDim <= x.rank else {
      throw TorchError(.value, "sparse_dim must be from 1 to self's \(x.rank) dimensions, got \(sparseDim)")
    }
    guard sparseDim > 0 || x.rank == 0 else { throw TorchError(.value, "sparse_dim must be at least 1, got 0") }
    let sizes = x.impl.sizes
    let count = sizes.prefix(sparseDim).reduce(1, *)
    let dense = Array(sizes.dropFirst(sparseDim))
    let indices = try places(x, sparseDim)
    let pattern = Pattern.coo(indices: indices, isCoalesced: true)
    let values = x.reshape([count] + dense).indexSelect(0, pattern.positions(sizes))
    return try Entries.place(values, pattern, sizes)
  }

  /// The coordinates of what is not zero, in row-major order. On the meta device, where no element is known, there are none.
  private static func places(_ x: Tensor, _ sparseDim: Int) throws -> Tensor {
    if x.isMeta { return Tensor.zeros([sparseDim, 0], dtype: .int64, device: .meta) }
    let found = noGrad { x.detach().nonzero() }
    let all = found.t().contiguous()
    if sparseDim == x.rank { return all }
    let leading = all.narrow(0, 0, sparseDim).contiguous()
    let positions = Pattern.coo(indices: leading, isCoalesced: false).positions(x.impl.sizes)
    if positions.count == 0 { return leading }
    // In row-major order equal leading coordinates are neighbours.
    let (distinct, _, _) = positions.uniqueConsecutive()
    return leading.indexSelect(1, positions.contiguous().searchsorted(distinct))
  }

  /// As coordinates.
  static func coordinates(_ x: Tensor) throws -> Tensor {
    guard let csr = x.csr else { return x }
    let rows = Pattern.rows(csr.starts, csr.columns)
    let indices = stack([rows, csr.columns.to(.int64)])
    return try Entries.place(Entries.values(x), .coo(indices: indices, isCoalesced: true), x.impl.sizes)
  }

  /// As compressed rows: matrices only.
  static func compressed(_ x: Tensor) throws -> Tensor {
    if x.csr != nil { return x }
    guard x.rank == 2 else { throw TorchError(.shape, "compressed rows are for matrices, got \(x.summary)") }
    let ordered = try coalesced(x.coo == nil ? sparse(x, sparseDim: 2) : x)
    let coo = try ordered.requireCOO("to_sparse_csr")
    guard coo.sparseDim == 2 else { throw TorchError(.unsupported, "compressed rows with dense dimensions are not supported") }
    let starts = Pattern.starts(coo.indices.select(0, 0), count: x.impl.sizes[0])
    let pattern = Pattern.csr(starts: starts, columns: coo.indices.select(0, 1).contiguous())
    return try Entries.place(Entries.values(ordered), pattern, x.impl.sizes)
  }

  /// Compressed rows without a detour where the tensor has them: starts and columns as int64, and recorded values.
  static func rows(_ x: Tensor) throws -> (starts: Tensor, columns: Tensor, values: Tensor) {
    let matrix = try compressed(x)
    let csr = try matrix.requireCSR("a sparse product")
    return (csr.starts.to(.int64).contiguous(), csr.columns.to(.int64).contiguous(), Entries.values(matrix))
  }
}
