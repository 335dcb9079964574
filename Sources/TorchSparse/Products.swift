import CTorchKernels
import TorchCore

/// Products of compressed rows with strided matrices: kernels, and each the derivative of the other.
enum RowProducts {
  /// The type that products of a type are computed in.
  static func computeType(_ dtype: DType) -> DType {
    switch dtype {
    case .float16, .bfloat16: .float32
    case .bool, .uint8, .int8, .int16, .int32: .int64
    default: dtype
    }
  }

  private static func table(_ dtype: DType) throws -> torch_sparse_kernels {
    guard let table = torch_sparse(torch_level_current(), Int32(dtype.rawValue)) else {
      throw TorchError(.dtype, "sparse products are not defined for \(dtype)")
    }
    return table.pointee
  }

  private static func int64(_ x: Tensor) -> UnsafePointer<Int64> { UnsafePointer(x.address.assumingMemoryBound(to: Int64.self)) }

  /// Splits rows among threads.
  private static func eachRow(_ starts: Tensor, _ width: Int, entries: Int, _ body: (Int64, Int64) -> Void) {
    let rows = starts.count - 1
    let work = Swift.max(entries * Swift.max(width, 1), 1)
    parallelFor(rows, grain: Swift.max(1, 16384 * rows / work)) { body(Int64($0.lowerBound), Int64($0.upperBound)) }
  }

  /// (rows, columns) of `starts`, `columns`, `values` times (columns, n).
  static let product: Op<Tensor, Tensor, Tensor, Tensor, Tensor> = .structured(
    "torch::_compressed_mm(Tensor crow_indices, Tensor col_indices, Tensor values, Tensor dense) -> Tensor",
    rule: { starts, _, _, dense in TensorSpec(like: dense, sizes: [starts.impl.sizes[0] - 1, dense.impl.sizes[1]]) },
    kernel: { out, starts, columns, values, dense in
      if out.count == 0 { return }
      let kernels = try table(out.dtype)
      let (v, d) = (values.contiguous(), dense.contiguous())
      let n = out.impl.sizes[1]
      eachRow(starts, n, entries: columns.count) { begin, end in
        kernels.product(out.address, int64(starts), int64(columns), v.address, d.address, Int64(n), begin, end)
      }
    },
    vjp: { tape, starts, columns, values, dense in
      let (v, d) = (tape.save(values), tape.save(dense))
      return { g, sink in
        if sink.wants(2) { sink[2] = sampled(starts, columns, g.first, try sink.value(d)) }
        if sink.wants(3) {
          let turned = Turned(starts, columns, count: try sink.value(d).impl.sizes[0])
          sink[3] = product(turned.starts, turned.columns, turned.ordered(try sink.value(v).conj()), g.first)
        }
      }
    })

  /// The elements at the places of the entries of a (rows, k) times the conjugate of b (columns, k), transposed.
  static let sampled: Op<Tensor, Tensor, Tensor, Tensor, Tensor> = .structured(
    "torch::_compressed_sampled_mm(Tensor crow_indices, Tensor col_indices, Tensor a, Tensor b) -> Tensor",
    rule: { _, columns, a, _ in TensorSpec(like: a, sizes: [columns.impl.sizes[0]]) },
    kernel: { out, starts, columns, a, b in
      if out.count == 0 { return }
      let kernels = try table(out.dtype)
      let (x, y) = (a.contiguous(), b.contiguous())
      let n = a.impl.sizes[1]
      eachRow(starts, n, entries: columns.count) { begin, end in
        kernels.sampled(out.address, int64(starts), int64(columns), x.address, y.address, Int64(n), begin, end)
      }
    },
    vjp: { tape, starts, columns, a, b in
      let (x, y) = (tape.save(a), tape.save(b))
      return { g, sink in
        if sink.wants(2) { sink[2] = product(starts, columns, g.first, try sink.value(y)) }
        if sink.wants(3) {
          let turned = Turned(starts, columns, count: try sink.value(y).impl.sizes[0])
          sink[3] = product(turned.starts, turned.columns, turned.ordered(g.first.conj()), try sink.value(x))
        }
      }
    })

  /// For each element of the product of a matrix and `dense` the entry whose share is largest or smallest; -1 in empty rows.
  static let extreme: Op<Tensor, Tensor, Tensor, Tensor, Bool, Tensor> = .structured(
    "torch::_compressed_mm_argreduce(Tensor crow_indices, Tensor col_indices, Tensor values, Tensor dense, bool largest) -> Tensor",
    undifferentiable: "indices are not differentiable",
    rule: { starts, _, _, dense, _ in
      guard !dense.dtype.isComplex else { throw TorchError(.dtype, "complex products have no order") }
      return TensorSpec([starts.impl.sizes[0] - 1, dense.impl.sizes[1]], .int64)
    },
    kernel: { out, starts, columns, values, dense, largest in
      if out.count == 0 { return }
      guard let extreme = try table(dense.dtype).extreme else {
        throw TorchError(.dtype, "products of \(dense.dtype) have no order")
      }
      let (v, d) = (values.contiguous(), dense.contiguous())
      let n = out.impl.sizes[1]
      let to = out.address.assumingMemoryBound(to: Int64.self)
      eachRow(starts, n, entries: columns.count) { begin, end in
        extreme(to, int64(starts), int64(columns), v.address, d.address, Int64(n), begin, end, largest)
      }
    })

  /// The transposed pattern, and the order in which it takes the values.
  private struct Turned {
    let starts: Tensor
    let columns: Tensor
    private let order: Tensor

    init(_ starts: Tensor, _ columns: Tensor, count: Int) {
      order = columns.argsort(0, stable: true)
      self.starts = Pattern.starts(columns.indexSelect(0, order), count: count)
      self.columns = Pattern.rows(starts, columns).indexSelect(0, order)
    }

    func ordered(_ values: Tensor) -> Tensor { values.indexSelect(0, order) }
  }
}

/// Products with sparse matrices.
enum SparseProducts {
  private static func check(_ a: Tensor, _ b: Tensor) throws {
    guard a.rank == 2, b.rank == 2 else { throw TorchError(.shape, "expected two matrices, got \(a.summary) and \(b.summary)") }
    guard a.impl.sizes[1] == b.impl.sizes[0] else {
      throw TorchError(.shape, "self has \(a.impl.sizes[1]) columns but mat2 has \(b.impl.sizes[0]) rows; they must be equal")
    }
    guard a.dtype == b.dtype else { throw TorchError(.dtype, "expected equal types, got \(a.dtype) and \(b.dtype)") }
  }

  /// A product of which one factor at least is sparse. Two sparse factors give a sparse one.
  static func mm(_ a: Tensor, _ b: Tensor) throws -> Tensor {
    try check(a, b)
    if a.isSparse && b.isSparse { return try ofSparse(a, b) }
    if !a.isSparse && !b.isSparse { return a.mm(b) }
    if !a.isSparse { return try mm(transposed(b), a.t()).t() }
    let (starts, columns, values) = try Conversion.rows(a)
    let type = RowProducts.computeType(a.dtype)
    return try RowProducts.product.callThrowing(starts, columns, values.to(type), b.to(type)).to(a.dtype)
  }

  /// Every entry of `a` meets the entries of the row of `b` that its column names.
  private static func ofSparse(_ a: Tensor, _ b: Tensor) throws -> Tensor {
    let (starts, columns, left) = try Conversion.rows(a)
    let (others, targets, right) = try Conversion.rows(b)
    let sizes: Dims = [a.impl.sizes[0], b.impl.sizes[1]]
    let first = others.indexSelect(0, columns)
    let counts = others.indexSelect(0, columns + Tensor(scalar: 1)) - first
    let rows = Pattern.rows(starts, columns)
    let mine = noGrad { Tensor.arange(0, .int(Int64(columns.count))).repeatInterleave(counts) }
    let ends = counts.cumsum(0)
    let total = mine.impl.sizes[0]
    let offset = Tensor.arange(0, .int(Int64(total))) - (ends - counts).indexSelect(0, mine)
    let theirs = first.indexSelect(0, mine) + offset
    let indices = stack([rows.indexSelect(0, mine), targets.indexSelect(0, theirs)])
    let values = left.indexSelect(0, mine) * right.indexSelect(0, theirs)
    let product = try Conversion.coalesced(Entries.place(values, .coo(indices: indices, isCoalesced: false), sizes))
    return a.layout == .sparseCSR && b.layout == .sparseCSR ? try Conversion.compressed(product) : product
  }

  static func transposed(_ x: Tensor) throws -> Tensor {
    if x.csr != nil { return try Conversion.compressed(transposed(Conversion.coordinates(x))) }
    return try permuted(x, [1, 0])
  }

  /// Coordinates in another order.
  static func permuted(_ x: Tensor, _ order: [Int]) throws -> Tensor {
    let coo = try x.requireCOO("permute")
    guard order.count == x.rank, Set(order).count == order.count, order.allSatisfy({ $0 >= 0 && $0 < x.rank }) else {
      throw TorchError(.value, "expected an order of \(x.rank) dimensions, got \(order)")
    }
    let sparse = Array(order.prefix(coo.sparseDim))
    guard sparse.allSatisfy({ $0 < coo.sparseDim }) else {
      throw TorchError(.unsupported, "sparse and dense dimensions cannot change places; got the order \(order)")
    }
    let indices = coo.indices.indexSelect(0, Tensor(sparse).to(.int64))
    let values = Entries.values(x).permute([0] + order.dropFirst(coo.sparseDim).map { $0 - coo.sparseDim + 1 })
    let inOrder = sparse == Array(0..<coo.sparseDim)
    let isCoalesced = coo.isCoalesced && (inOrder || coo.entryCount < 2)
    return try Entries.place(values, .coo(indices: indices, isCoalesced: isCoalesced), Dims(order.map { x.impl.sizes[$0] }))
  }

  static func addmm(_ input: Tensor, _ a: Tensor, _ b: Tensor, beta: Scalar, alpha: Scalar) throws -> Tensor {
    let product = try mm(a, b)
    let scaled = alpha.isOne ? product : product * Tensor(scalar: alpha)
    if beta.isZero { return scaled.isSparse ? scaled : scaled.expand(scaled.shape) }
    return (beta.isOne ? input : input * Tensor(scalar: beta)) + scaled
  }

  static func mv(_ a: Tensor, _ v: Tensor) throws -> Tensor {
    guard a.rank == 2, v.rank == 1, a.impl.sizes[1] == v.impl.sizes[0] else {
      throw TorchError(.shape, "expected a matrix (n, m) and a vector (m), got \(a.impl.sizes) and \(v.impl.sizes)")
    }
    return try mm(a, v.unsqueeze(1)).squeeze(1)
  }

  static func matmul(_ a: Tensor, _ b: Tensor) throws -> Tensor {
    switch (a.rank, b.rank) {
    case (2, 2): return try mm(a, b)
    case (2, 1): return try mv(a, b)
    case (1, 2): return try mm(a.unsqueeze(0), b).squeeze(0)
    default: throw TorchError(.unsupported, "sparse products are of matrices and vectors, got \(a.summary) and \(b.summary)")
    }
  }

  /// beta self + alpha (mat1 mat2) at the places of self's entries.
  static func sampledAddmm(_ x: Tensor, _ a: Tensor, _ b: Tensor, beta: Scalar, alpha: Scalar) throws -> Tensor {
    let csr = try x.requireCSR("sparse_sampled_addmm")
    try a.requireStrided()
    try b.requireStrided()
    try check(a, b)
    guard a.impl.sizes[0] == x.impl.sizes[0], b.impl.sizes[1] == x.impl.sizes[1] else {
      throw TorchError(.shape, "the product of \(a.impl.sizes) and \(b.impl.sizes) does not have self's sizes \(x.impl.sizes)")
    }
    guard x.dtype == a.dtype else { throw TorchError(.dtype, "expected equal types, got \(x.dtype) and \(a.dtype)") }
    guard x.dtype.isDifferentiable else { throw TorchError(.dtype, "not defined for \(x.dtype)") }
    let type = RowProducts.computeType(a.dtype)
    let (starts, columns, values) = try Conversion.rows(x)
    let found = try RowProducts.sampled.callThrowing(starts, columns, a.to(type), b.t().conj().to(type)).to(x.dtype)
    var sum = alpha.isOne ? found : found * Tensor(scalar: alpha)
    if !beta.isZero { sum = sum + (beta.isOne ? values : values * Tensor(scalar: beta)) }
    return try Entries.place(sum, .csr(starts: csr.starts, columns: csr.columns), x.impl.sizes)
  }

  /// The shares of each row's entries in a product, summed, averaged, or the largest or smallest of them.
  static func reduced(_ a: Tensor, _ b: Tensor, _ reduce: String) throws -> Tensor {
    _ = try a.requireCSR("a reducing product")
    try b.requireStrided()
    try check(a, b)
    guard a.dtype.isFloatingPoint else { throw TorchError(.dtype, "expected floating-point matrices, got \(a.dtype)") }
    let (starts, columns, own) = try Conversion.rows(a)
    let type = RowProducts.computeType(a.dtype)
    let (values, dense) = (own.to(type), b.to(type))
    switch reduce {
    case "sum": return try RowProducts.product.callThrowing(starts, columns, values, dense).to(a.dtype)
    case "mean":
      let counts = (starts.slice(0, from: 1) - starts.slice(0, from: 0, to: -1)).clamp(min: 1).to(type)
      return (try RowProducts.product.callThrowing(starts, columns, values, dense) / counts.unsqueeze(1)).to(a.dtype)
    case "amax", "amin":
      let entry = try noGrad { try RowProducts.extreme.callThrowing(starts, columns, values, dense, reduce == "amax") }
      if columns.impl.sizes[0] == 0 { return Tensor.zeros(entry.shape, dtype: a.dtype, device: entry.device) }
      let isThere = (entry .>= 0).to(type)
      let place = entry.clamp(min: 0).reshape([-1])
      let row = columns.indexSelect(0, place).reshape(entry.shape)
      return (values.indexSelect(0, place).reshape(entry.shape) * dense.gather(0, row) * isThere).to(a.dtype)
    default: throw TorchError(.value, "reduce must be sum, mean, amax or amin, got \"\(reduce)\"")
    }
  }
}

extension Scalar {
  var isZero: Bool { doubleValue == 0 && imaginaryPart == 0 }
  var isOne: Bool { doubleValue == 1 && imaginaryPart == 0 }
}
