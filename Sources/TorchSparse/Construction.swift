import TorchCore

/// Sparse tensors from their parts, and their parts.
enum Construction {
  private static let options = "ScalarType? dtype=None, Layout? layout=None, Device? device=None"

  // MARK: Coordinates

  /// - Parameter sizes: the smallest that hold all entries, when nil.
  static func coo(
    _ indices: Tensor, _ values: Tensor, _ sizes: [Int]?, dtype: DType? = nil, layout: Layout? = nil, isCoalesced: Bool? = nil
  ) throws -> Tensor {
    try indices.requireStrided()
    try values.requireStrided()
    if let layout, layout != .sparseCOO { throw TorchError(.value, "expected the layout sparse_coo, got \(layout.rawValue)") }
    guard indices.rank == 2 else {
      throw TorchError(.shape, "indices must be a matrix (sparse dimensions, entries), got \(indices.summary)")
    }
    guard !indices.dtype.isComplex, indices.dtype != .bool else {
      throw TorchError(.dtype, "indices must be integers, got \(indices.dtype)")
    }
    guard values.rank >= 1, values.impl.sizes[0] == indices.impl.sizes[1] else {
      throw TorchError(.shape, "indices have \(indices.impl.sizes[1]) entries, but values are \(values.summary)")
    }
    let places = noGrad { indices.detach().to(.int64).clone(memoryFormat: .contiguous) }
    let sparseDim = places.impl.sizes[0]
    let dense = values.shape.dropFirst()
    let (low, high) = try bounds(places)
    let shape = sizes ?? (high.map { $0 + 1 } + dense)
    guard shape.count == sparseDim + values.rank - 1 else {
      throw TorchError(
        .shape, "\(sparseDim) sparse and \(values.rank - 1) dense dimensions need as many sizes, got \(shape)")
    }
    guard Array(shape.dropFirst(sparseDim)) == Array(dense) else {
      throw TorchError(.shape, "values \(values.summary) do not have the dense sizes of \(shape)")
    }
    for d in 0..<sparseDim where places.impl.sizes[1] > 0 && !places.isMeta {
      guard low[d] >= 0, high[d] < shape[d] else {
        throw TorchError(.index, "indices of dimension \(d) must be from 0 to \(shape[d] - 1), got \(low[d]) to \(high[d])")
      }
    }
    let typed = dtype.map { values.to($0) } ?? values
    let known = isCoalesced ?? (places.impl.sizes[1] == 0)
    return try Entries.place(typed, .coo(indices: places, isCoalesced: known), Dims(shape))
  }

  /// The smallest and largest coordinate of each dimension; -1 where there is none.
  private static func bounds(_ indices: Tensor) throws -> (low: [Int], high: [Int]) {
    if indices.count == 0 || indices.isMeta {
      let none = Array(repeating: -1, count: indices.impl.sizes[0])
      return (none, none)
    }
    return noGrad { (indices.min(1).values.array(as: Int.self), indices.max(1).values.array(as: Int.self)) }
  }

  typealias COOOp = Op<Tensor, Tensor, DType?, Layout?, Device?, Bool?, Bool?, Tensor>
  static let fromIndices = COOOp.composite(
    "aten::sparse_coo_tensor.indices(Tensor indices, Tensor values, *, \(options), bool? pin_memory=None, bool? is_coalesced=None) -> Tensor"
  ) { indices, values, dtype, layout, _, _, coalesced in
    try coo(indices, values, nil, dtype: dtype, layout: layout, isCoalesced: coalesced)
  }

  typealias SizedCOOOp = Op<Tensor, Tensor, [Int], DType?, Layout?, Device?, Bool?, Bool?, Tensor>
  static let fromIndicesAndSize = SizedCOOOp.composite(
    "aten::sparse_coo_tensor.indices_size(Tensor indices, Tensor values, int[] size, *, \(options), bool? pin_memory=None, bool? is_coalesced=None) -> Tensor"
  ) { indices, values, size, dtype, layout, _, _, coalesced in
    try coo(indices, values, size, dtype: dtype, layout: layout, isCoalesced: coalesced)
  }
  static let unsafe = SizedCOOOp.composite(
    "aten::_sparse_coo_tensor_unsafe(Tensor indices, Tensor values, SymInt[] size, *, \(options), bool? pin_memory=None, bool? is_coalesced=None) -> Tensor"
  ) { indices, values, size, dtype, layout, _, _, coalesced in
    try coo(indices, values, size, dtype: dtype, layout: layout, isCoalesced: coalesced)
  }

  static let empty = Op<[Int], DType?, Layout?, Device?, Bool?, Tensor>.composite(
    "aten::sparse_coo_tensor.size(int[] size, *, \(options), bool? pin_memory=False) -> Tensor"
  ) { size, dtype, layout, device, _ in
    if let layout, layout != .sparseCOO { throw TorchError(.value, "expected the layout sparse_coo, got \(layout.rawValue)") }
    return try zeros(size, dtype ?? defaultDType, device ?? .cpu)
  }

  /// No entries.
  static func zeros(_ sizes: [Int], _ dtype: DType, _ device: Device, sparseDim: Int? = nil) throws -> Tensor {
    if let bad = sizes.first(where: { $0 < 0 }) { throw TorchError(.shape, "sizes must not be negative, got \(bad) in \(sizes)") }
    let count = sparseDim ?? sizes.count
    let indices = Tensor.zeros([count, 0], dtype: .int64, device: device)
    let values = Tensor.zeros([0] + sizes.dropFirst(count), dtype: dtype, device: device)
    return try Entries.place(values, .coo(indices: indices, isCoalesced: true), Dims(sizes))
  }

  // MARK: Compressed rows

  static func csr(
    _ starts: Tensor, _ columns: Tensor, _ values: Tensor, _ sizes: [Int]?, dtype: DType?, layout: Layout?
  ) throws -> Tensor {
    for part in [starts, columns, values] { try part.requireStrided() }
    if let layout, layout != .sparseCSR { throw TorchError(.value, "expected the layout sparse_csr, got \(layout.rawValue)") }
    guard starts.rank == 1, columns.rank == 1, values.rank == 1 else {
      throw TorchError(
        .unsupported, "matrices have vectors for parts, got \(starts.summary), \(columns.summary) and \(values.summary)")
    }
    guard starts.dtype == columns.dtype, starts.dtype == .int32 || starts.dtype == .int64 else {
      throw TorchError(
        .dtype, "crow_indices and col_indices must both be int32 or int64, got \(starts.dtype) and \(columns.dtype)")
    }
    guard starts.count > 0, columns.count == values.count else {
      throw TorchError(.shape, "\(columns.count) columns do not fit \(values.count) values and \(starts.count) row starts")
    }
    let width = sizes == nil && columns.isCPU && columns.count > 0 ? noGrad { columns.max().item(as: Int.self) } + 1 : 0
    let shape = sizes ?? [starts.count - 1, width]
    guard shape.count == 2 else { throw TorchError(.unsupported, "compressed rows are for matrices, got the sizes \(shape)") }
    guard shape[0] == starts.count - 1 else {
      throw TorchError(.shape, "\(shape[0]) rows have \(shape[0] + 1) starts, got \(starts.count)")
    }
    if starts.isCPU && columns.isCPU { try checkRows(starts, columns, width: shape[1]) }
    let typed = dtype.map { values.to($0) } ?? values
    let pattern = Pattern.csr(starts: starts.detach().contiguous(), columns: columns.detach().contiguous())
    return try Entries.place(typed, pattern, Dims(shape))
  }

  private static func checkRows(_ starts: Tensor, _ columns: Tensor, width: Int) throws {
    let (from, at) = noGrad { (starts.detach().array(as: Int.self), columns.detach().array(as: Int.self)) }
    guard from[0] == 0, from[from.count - 1] == at.count else {
      throw TorchError(.value, "crow_indices must go from 0 to \(at.count), got \(from[0]) to \(from[from.count - 1])")
    }
    for row in 1..<Swift.max(from.count, 1) {
      guard from[row] >= from[row - 1], from[row] <= at.count else {
        throw TorchError(.value, "crow_indices must not decrease, but do in row \(row - 1)")
      }
      for e in from[row - 1]..<from[row] {
        guard at[e] >= 0, at[e] < width else {
          throw TorchError(.index, "col_indices must be from 0 to \(width - 1), got \(at[e])")
        }
        guard e == from[row - 1] || at[e - 1] < at[e] else {
          throw TorchError(.value, "col_indices must ascend in each row, but do not in row \(row - 1)")
        }
      }
    }
  }

  static let compressedSized = Op<Tensor, Tensor, Tensor, [Int], DType?, Layout?, Device?, Bool?, Tensor>.composite(
    "aten::sparse_csr_tensor.crow_col_value_size(Tensor crow_indices, Tensor col_indices, Tensor values, int[] size, *, \(options), bool? pin_memory=False) -> Tensor"
  ) { starts, columns, values, size, dtype, layout, _, _ in try csr(starts, columns, values, size, dtype: dtype, layout: layout) }
  static let compressed = Op<Tensor, Tensor, Tensor, DType?, Layout?, Device?, Bool?, Tensor>.composite(
    "aten::sparse_csr_tensor.crow_col_value(Tensor crow_indices, Tensor col_indices, Tensor values, *, \(options), bool? pin_memory=False) -> Tensor"
  ) { starts, columns, values, dtype, layout, _, _ in try csr(starts, columns, values, nil, dtype: dtype, layout: layout) }

  // MARK: Parts

  static let indices = Op<Tensor, Tensor>.composite("aten::indices(Tensor(a) self) -> Tensor(a)") { x in
    let coo = try x.requireCOO("indices")
    guard coo.isCoalesced else {
      throw TorchError(.value, "entries that are not coalesced have no definite indices; call coalesce() first")
    }
    return coo.indices.alias()
  }
  static let rawIndices = Op<Tensor, Tensor>.composite("aten::_indices(Tensor(a) self) -> Tensor(a)") {
    try $0.requireCOO("_indices").indices.alias()
  }
  static let values = Op<Tensor, Tensor>.composite("aten::values(Tensor(a) self) -> Tensor(a)") { x in
    if x.csr == nil {
      guard try x.requireCOO("values").isCoalesced else {
        throw TorchError(.value, "entries that are not coalesced have no definite values; call coalesce() first")
      }
    }
    return Entries.values(x)
  }
  static let rawValues = Op<Tensor, Tensor>.composite("aten::_values(Tensor(a) self) -> Tensor(a)") {
    try $0.requireCOO("_values").values.alias()
  }
  static let crowIndices = Op<Tensor, Tensor>.composite("aten::crow_indices(Tensor(a) self) -> Tensor(a)") {
    try $0.requireCSR("crow_indices").starts.alias()
  }
  static let colIndices = Op<Tensor, Tensor>.composite("aten::col_indices(Tensor(a) self) -> Tensor(a)") {
    try $0.requireCSR("col_indices").columns.alias()
  }
  static let entryCount = Op<Tensor, Int>.composite("aten::_nnz(Tensor self) -> int") { x in
    if let csr = x.csr { return csr.entryCount }
    return try x.requireCOO("_nnz").entryCount
  }
  static let isCoalesced = Op<Tensor, Bool>.composite("aten::is_coalesced(Tensor self) -> bool") {
    try $0.requireCOO("is_coalesced").isCoalesced
  }
  static let sparseDim = Op<Tensor, Int>.composite("aten::sparse_dim(Tensor self) -> int") { Pattern($0)?.sparseDim ?? 0 }
  static let denseDim = Op<Tensor, Int>.composite("aten::dense_dim(Tensor self) -> int") {
    $0.rank - (Pattern($0)?.sparseDim ?? 0)
  }
  static let setCoalesced = Op<Tensor, Bool, Tensor>.composite(
    "aten::_coalesced_(Tensor(a!) self, bool coalesced) -> Tensor(a!)"
  ) { x, coalesced in
    try x.requireCOO("_coalesced_").isCoalesced = coalesced
    return x
  }

  static let table: [AnyOp] = [
    fromIndices.erased, fromIndicesAndSize.erased, unsafe.erased, empty.erased, compressedSized.erased, compressed.erased,
    indices.erased, rawIndices.erased, values.erased, rawValues.erased, crowIndices.erased, colIndices.erased, entryCount.erased,
    isCoalesced.erased, sparseDim.erased, denseDim.erased, setCoalesced.erased,
  ]
}
