import TorchCore

/// The places of a sparse tensor's entries, without their values.
enum Pattern: Sendable {
  case coo(indices: Tensor, isCoalesced: Bool)
  case csr(starts: Tensor, columns: Tensor)

  init?(_ x: Tensor) {
    if let coo = x.coo {
      self = .coo(indices: coo.indices, isCoalesced: coo.isCoalesced)
    } else if let csr = x.csr {
      self = .csr(starts: csr.starts, columns: csr.columns)
    } else {
      return nil
    }
  }

  /// Whether both are the very same tensors.
  func isSame(as other: Pattern) -> Bool {
    switch (self, other) {
    case (.coo(let a, _), .coo(let b, _)): a === b
    case (.csr(let a, let c), .csr(let b, let d)): a === b && c === d
    default: false
    }
  }

  /// How many leading dimensions have coordinates.
  var sparseDim: Int {
    switch self {
    case .coo(let indices, _): indices.impl.sizes[0]
    case .csr: 2
    }
  }

  /// The row-major position of each entry among the sparse dimensions of a tensor of these sizes.
  func positions(_ sizes: Dims) -> Tensor {
    switch self {
    case .coo(let indices, _):
      let sparse = Dims(sizes.prefix(sparseDim))
      if sparseDim == 0 { return Tensor.zeros([indices.impl.sizes[1]], dtype: .int64, device: indices.device) }
      var sum = indices.select(0, 0) * Tensor(scalar: .int(Int64(sparse.contiguousStrides[0])))
      for d in 1..<Swift.max(sparseDim, 1) {
        sum = sum + indices.select(0, d) * Tensor(scalar: .int(Int64(sparse.contiguousStrides[d])))
      }
      return sum
    case .csr(let starts, let columns):
      return Pattern.rows(starts, columns) * Tensor(scalar: .int(Int64(sizes[1]))) + columns.to(.int64)
    }
  }

  /// The row of each entry of compressed rows.
  static func rows(_ starts: Tensor, _ columns: Tensor) -> Tensor {
    let count = columns.impl.sizes[0]
    if columns.isMeta { return columns.to(.int64) }
    let places = Tensor.arange(0, .int(Int64(count)))
    return starts.to(.int64).contiguous().searchsorted(places, right: true) - Tensor(scalar: 1)
  }

  /// Where the entries of each of `count` rows start, for row numbers in ascending order.
  static func starts(_ rows: Tensor, count: Int) -> Tensor {
    if rows.isMeta { return Tensor.zeros([count + 1], dtype: .int64, device: .meta) }
    return rows.contiguous().searchsorted(Tensor.arange(0, .int(Int64(count + 1))))
  }
}

/// The two ops that all derivatives of sparse tensors pass: taking the values out, and putting values at places.
enum Entries {
  private static let takeInfo = OpInfo("aten::values(Tensor(a) self) -> Tensor(a)", tier: .structured, derivative: .own)
  private static let placeInfo = OpInfo(
    "aten::_sparse_coo_tensor_with_dims_and_tensors(int sparse_dim, int dense_dim, SymInt[] size, Tensor indices, Tensor values, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=False, bool? is_coalesced=None) -> Tensor",
    tier: .structured, derivative: .own)

  /// The values of a sparse tensor, recorded.
  static func values(_ x: Tensor) -> Tensor {
    let stored = x.coo?.values ?? x.csr?.values ?? x
    let out = stored.alias()
    guard x.requiresGrad, isGradEnabled, let pattern = Pattern(x) else { return out }
    let sizes = x.impl.sizes
    let node = RecordedNode(takeInfo, edges: Edges(x), resultCount: 1) { g, sink in sink[0] = try place(g.first, pattern, sizes) }
    Recording.attach(node, to: [out])
    return out
  }

  /// The sparse tensor with these values at these places, recorded.
  static func place(_ values: Tensor, _ pattern: Pattern, _ sizes: Dims) throws -> Tensor {
    let parts: any SparseParts
    switch pattern {
    case .coo(let indices, let isCoalesced): parts = COOParts(indices: indices, values: values.alias(), isCoalesced: isCoalesced)
    case .csr(let starts, let columns): parts = CSRParts(starts: starts, columns: columns, values: values.alias())
    }
    let out = try Tensor(parts: parts, sizes: sizes, dtype: values.dtype)
    guard values.requiresGrad, isGradEnabled else { return out }
    let node = RecordedNode(placeInfo, edges: Edges(values), resultCount: 1) { g, sink in sink[0] = try at(g.first, pattern) }
    Recording.attach(node, to: [out])
    return out
  }

  /// The elements of a tensor, strided or sparse, at the places of a pattern; recorded.
  static func at(_ x: Tensor, _ pattern: Pattern) throws -> Tensor {
    let sizes = x.impl.sizes
    let dense = Array(sizes.dropFirst(pattern.sparseDim))
    let count = sizes.prefix(pattern.sparseDim).reduce(1, *)
    guard let own = Pattern(x) else { return x.reshape([count] + dense).indexSelect(0, pattern.positions(sizes)) }
    if own.isSame(as: pattern) { return values(x) }
    guard own.sparseDim == pattern.sparseDim else { return try at(Conversion.dense(x), pattern) }
    let ordered = try Conversion.coalesced(Conversion.coordinates(x))
    guard let coo = ordered.coo else { throw TorchError(.internal, "coordinates expected") }
    let wanted = pattern.positions(sizes)
    if coo.entryCount == 0 || wanted.isMeta {
      return Tensor.zeros([wanted.impl.sizes[0]] + dense, dtype: x.dtype, device: wanted.device)
    }
    let known = Pattern.coo(indices: coo.indices, isCoalesced: true).positions(sizes).contiguous()
    let found = known.searchsorted(wanted).clamp(max: Scalar(coo.entryCount - 1))
    let isThere = known.indexSelect(0, found) .== wanted
    let mask = isThere.reshape([wanted.impl.sizes[0]] + dense.map { _ in 1 })
    return values(ordered).indexSelect(0, found) * mask.to(x.dtype)
  }
}
