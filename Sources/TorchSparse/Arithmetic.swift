import TorchCore

/// Sums and products of sparse tensors, element by element, and reductions.
enum SparseArithmetic {
  // MARK: Sums

  /// a + alpha b.
  static func add(_ a: Tensor, _ b: Tensor, alpha: Scalar) throws -> Tensor {
    let type = resultType(a, b)
    let scaled = try alpha.isOne ? b : mul(b, Tensor(scalar: alpha))
    if !a.isSparse { return try addToStrided(a, scaled, type) }
    guard b.isSparse else {
      throw TorchError(.unsupported, "a strided tensor cannot be added to a sparse one; add the sparse one to the strided one")
    }
    guard a.impl.sizes == b.impl.sizes else {
      throw TorchError(.shape, "sparse tensors to add must have equal sizes, got \(a.impl.sizes) and \(b.impl.sizes)")
    }
    if a.layout != b.layout {
      throw TorchError(.unsupported, "the layouts \(a.layout.rawValue) and \(b.layout.rawValue) cannot be added")
    }
    if let x = Pattern(a), let y = Pattern(b), x.isSame(as: y) {
      return try Entries.place(Entries.values(a).to(type) + Entries.values(scaled).to(type), x, a.impl.sizes)
    }
    if a.csr != nil {
      return try Conversion.compressed(add(Conversion.coordinates(a), Conversion.coordinates(scaled), alpha: 1))
    }
    let (left, right) = (try a.requireCOO("add"), try b.requireCOO("add"))
    try checkSparseDims(left, right)
    let indices = cat([left.indices, right.indices], dim: 1)
    let values = cat([Entries.values(a).to(type), Entries.values(scaled).to(type)], dim: 0)
    let joined = try Entries.place(values, .coo(indices: indices, isCoalesced: false), a.impl.sizes)
    return left.isCoalesced && right.isCoalesced ? try Conversion.coalesced(joined) : joined
  }

  /// Adds alpha times the entries of `b` to those of a contiguous `a` in place, touching no others; false where that is not all there is
  /// to do.
  static func addEntries(_ b: Tensor, alpha: Scalar, to a: Tensor) throws -> Bool {
    guard !a.isSparse, a.impl.isContiguous, a.dtype.isDifferentiable, a.dtype == b.dtype, a.impl.sizes == b.impl.sizes,
      !(isGradEnabled && (a.requiresGrad || b.requiresGrad)), let pattern = Pattern(b)
    else { return false }
    let sizes = a.impl.sizes
    let count = sizes.prefix(pattern.sparseDim).reduce(1, *)
    let flat = noGrad { a.view([count] + sizes.dropFirst(pattern.sparseDim)) }
    flat.indexAdd_(0, pattern.positions(sizes), try Entries.values(b), alpha: alpha)
    return true
  }

  /// A strided tensor plus the entries of a sparse one.
  private static func addToStrided(_ a: Tensor, _ b: Tensor, _ type: DType) throws -> Tensor {
    guard let pattern = Pattern(b) else { return a + b }
    guard a.impl.sizes == b.impl.sizes else {
      throw TorchError(.shape, "expected equal sizes, got \(a.impl.sizes) and \(b.impl.sizes)")
    }
    let sizes = a.impl.sizes
    let count = sizes.prefix(pattern.sparseDim).reduce(1, *)
    let flat = a.to(type).reshape([count] + sizes.dropFirst(pattern.sparseDim))
    return flat.indexAdd(0, pattern.positions(sizes), Entries.values(b).to(type)).reshape(Array(sizes))
  }

  // MARK: Products

  /// a * b where one of them is sparse: entries that both have.
  static func mul(_ a: Tensor, _ b: Tensor) throws -> Tensor {
    if !a.isSparse { return try mul(b, a) }
    guard let pattern = Pattern(a) else { throw TorchError(.internal, "a sparse tensor expected") }
    if b.rank == 0 && !b.isSparse { return try Entries.place(Entries.values(a) * b, pattern, a.impl.sizes) }
    if !b.isSparse {
      let sizes = try broadcastSizes(a.impl.sizes, b.impl.sizes)
      guard sizes == a.impl.sizes else {
        throw TorchError(.shape, "sizes \(b.impl.sizes) do not broadcast to the sparse tensor's \(a.impl.sizes)")
      }
      let there = try Entries.at(b.expand(Array(sizes)), pattern)
      return try Entries.place(Entries.values(a) * there, pattern, sizes)
    }
    guard a.impl.sizes == b.impl.sizes else {
      throw TorchError(.shape, "sparse tensors to multiply must have equal sizes, got \(a.impl.sizes) and \(b.impl.sizes)")
    }
    if a.csr != nil {
      return try Conversion.compressed(mul(Conversion.coordinates(a), Conversion.coordinates(b)))
    }
    return try intersection(Conversion.coalesced(a), Conversion.coalesced(Conversion.coordinates(b)))
  }

  private static func intersection(_ a: Tensor, _ b: Tensor) throws -> Tensor {
    let (left, right) = (try a.requireCOO("mul"), try b.requireCOO("mul"))
    try checkSparseDims(left, right)
    if left.entryCount == 0 || right.entryCount == 0 || left.indices.isMeta {
      return try Construction.zeros(a.shape, resultType(a, b), a.device, sparseDim: left.sparseDim)
    }
    let mine = Pattern.coo(indices: left.indices, isCoalesced: true).positions(a.impl.sizes).contiguous()
    let theirs = Pattern.coo(indices: right.indices, isCoalesced: true).positions(a.impl.sizes).contiguous()
    let found = theirs.searchsorted(mine).clamp(max: Scalar(right.entryCount - 1))
    let both = noGrad { (theirs.indexSelect(0, found) .== mine).nonzero().select(1, 0) }
    let values = Entries.values(a).indexSelect(0, both) * Entries.values(b).indexSelect(0, found.indexSelect(0, both))
    return try Entries.place(values, .coo(indices: left.indices.indexSelect(1, both), isCoalesced: true), a.impl.sizes)
  }

  /// a / b for a number or a 0-d tensor b.
  static func div(_ a: Tensor, _ b: Tensor) throws -> Tensor {
    guard let pattern = Pattern(a), !b.isSparse, b.rank == 0 else {
      throw TorchError(.unsupported, "sparse tensors can be divided by numbers and 0-d tensors, got \(b.summary)")
    }
    return try Entries.place(Entries.values(a) / b, pattern, a.impl.sizes)
  }

  private static func checkSparseDims(_ a: COOParts, _ b: COOParts) throws {
    guard a.sparseDim == b.sparseDim else {
      throw TorchError(.shape, "expected equally many sparse dimensions, got \(a.sparseDim) and \(b.sparseDim)")
    }
  }

  private static func resultType(_ a: Tensor, _ b: Tensor) -> DType {
    var promotion = Promotion()
    promotion.add(a)
    promotion.add(b)
    return promotion.result
  }

  // MARK: Sums over dimensions

  /// The sum of all elements: strided.
  static func sum(_ x: Tensor, _ dtype: DType?) -> Tensor { Entries.values(x).sum(dtype: dtype) }

  /// Sums over dimensions: sparse while sparse dimensions are left, strided otherwise.
  static func sum(_ x: Tensor, _ dims: [Int], keepDim: Bool, _ dtype: DType?) throws -> Tensor {
    let coo = try Conversion.coordinates(x).requireCOO("sum")
    let values = Entries.values(try Conversion.coordinates(x))
    var gone = Set<Int>()
    for dim in dims {
      guard gone.insert(try normalizeDim(dim, rank: x.rank)).inserted else {
        throw TorchError(.value, "dim must name each dimension once, got \(dims)")
      }
    }
    if gone.isEmpty { gone = Set(0..<x.rank) }
    let denseGone = gone.filter { $0 >= coo.sparseDim }.map { $0 - coo.sparseDim + 1 }.sorted()
    let typed = dtype.map { values.to($0) } ?? widened(values)
    let kept = denseGone.isEmpty ? typed : typed.sum(denseGone, keepDim: keepDim)
    let left = (0..<coo.sparseDim).filter { !gone.contains($0) }
    var sizes: [Int] = []
    for (d, size) in x.shape.enumerated() where keepDim || !gone.contains(d) { sizes.append(gone.contains(d) ? 1 : size) }
    if left.isEmpty && !keepDim { return kept.sum([0], keepDim: false, dtype: kept.dtype) }
    var rows: [Tensor] = []
    for d in 0..<coo.sparseDim {
      let row = coo.indices.select(0, d)
      if !gone.contains(d) { rows.append(row) } else if keepDim { rows.append(row.zerosLike()) }
    }
    return try Conversion.coalesced(Entries.place(kept, .coo(indices: stack(rows), isCoalesced: false), Dims(sizes)))
  }

  private static func widened(_ values: Tensor) -> Tensor { values.dtype.isDifferentiable ? values : values.to(.int64) }
}
