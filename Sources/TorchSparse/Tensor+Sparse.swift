import TorchCore

extension Tensor {
  // MARK: Making

  /// A sparse tensor of entries with coordinates; entries at one place add up. `torch.sparse_coo_tensor`.
  /// - Parameters:
  ///   - indices: coordinates, integers (sparse dimensions, entries).
  ///   - values: (entries, dense sizes...).
  ///   - size: sparse sizes, then dense ones; the smallest that hold all entries when omitted.
  ///   - isCoalesced: promises that the entries are in row-major order, each place at most once.
  public static func sparseCOO(
    indices: Tensor, values: Tensor, size: [Int]? = nil, dtype: DType? = nil, isCoalesced: Bool? = nil
  ) -> Tensor {
    guard let size else { return Construction.fromIndices(indices, values, dtype, nil, nil, nil, isCoalesced) }
    return Construction.fromIndicesAndSize(indices, values, size, dtype, nil, nil, nil, isCoalesced)
  }

  /// A sparse matrix of compressed rows. `torch.sparse_csr_tensor`.
  /// - Parameters:
  ///   - crowIndices: where the entries of each row start, and behind the last their count.
  ///   - colIndices: the columns of the entries, ascending in each row.
  ///   - size: rows and columns; the smallest that hold all entries when omitted.
  public static func sparseCSR(
    crowIndices: Tensor, colIndices: Tensor, values: Tensor, size: [Int]? = nil, dtype: DType? = nil
  ) -> Tensor {
    guard let size else { return Construction.compressed(crowIndices, colIndices, values, dtype, nil, nil, nil) }
    return Construction.compressedSized(crowIndices, colIndices, values, size, dtype, nil, nil, nil)
  }

  /// Some rows of `count`, the others being zero: entries (n, sizes...) at the row numbers `rows` (n), int64, which the caller
  /// has judged. Entries of one row add up.
  package static func sparseRows(_ rows: Tensor, _ values: Tensor, count: Int) throws -> Tensor {
    let indices = noGrad { rows.detach().reshape([1, rows.count]).clone(memoryFormat: .contiguous) }
    let pattern = Pattern.coo(indices: indices, isCoalesced: rows.count == 0)
    return try Entries.place(values, pattern, Dims([count] + values.shape.dropFirst()))
  }

  // MARK: Converting

  /// All elements, strided. `Tensor.to_dense`.
  public func toDense(dtype: DType? = nil) -> Tensor { SparseOps.toDense(self, dtype, nil) }
  /// The elements that differ from zero, with coordinates along the first `sparseDim` dimensions (by default all).
  /// `Tensor.to_sparse`.
  public func toSparse(sparseDim: Int? = nil) -> Tensor {
    if let sparseDim { return SparseOps.toSparseDim(self, sparseDim) }
    return SparseOps.toSparse(self, nil, nil, nil)
  }
  /// A matrix as compressed rows. `Tensor.to_sparse_csr`.
  public func toSparseCSR() -> Tensor { SparseOps.toSparseCSR(self, nil) }
  /// Entries in row-major order, each place once. `Tensor.coalesce`.
  public func coalesce() -> Tensor { SparseOps.coalesce(self) }
  /// The elements at the places of a sparse tensor's entries. `Tensor.sparse_mask`.
  public func sparseMask(_ mask: Tensor) -> Tensor { SparseOps.mask(self, mask) }

  // MARK: Parts

  /// Whether entries are in row-major order, each place at most once. `Tensor.is_coalesced`.
  public var isCoalesced: Bool { Construction.isCoalesced(self) }
  /// The number of entries kept. `Tensor._nnz`.
  public var entryCount: Int { Construction.entryCount(self) }
  /// How many leading dimensions have coordinates; 0 for strided tensors. `Tensor.sparse_dim`.
  public var sparseDim: Int { Construction.sparseDim(self) }
  /// How many trailing dimensions are strided. `Tensor.dense_dim`.
  public var denseDim: Int { Construction.denseDim(self) }
  /// The coordinates of coalesced entries: (sparse dimensions, entries). `Tensor.indices`.
  public func indices() -> Tensor { Construction.indices(self) }
  /// The values of coalesced entries or compressed rows. `Tensor.values`.
  public func values() -> Tensor { Construction.values(self) }
  /// The values of a COO tensor as they are kept, coalesced or not. `Tensor._values`.
  package func uncoalescedValues() -> Tensor { Construction.rawValues(self) }
  /// Where each row's entries start. `Tensor.crow_indices`.
  public func crowIndices() -> Tensor { Construction.crowIndices(self) }
  /// The columns of the entries of compressed rows. `Tensor.col_indices`.
  public func colIndices() -> Tensor { Construction.colIndices(self) }
}

/// Functions of sparse tensors. `torch.sparse`.
public enum Sparse {
  /// How the shares of a row's entries make an element of a product.
  public enum Reduction: String, Sendable { case sum, mean, amax, amin }

  /// The product of matrices of which one at least is sparse. `torch.sparse.mm`.
  public static func mm(_ a: Tensor, _ b: Tensor) -> Tensor { SparseOps.mm(a, b) }
  /// The product of compressed rows and a strided matrix, whose sums may be means or extrema. `torch.sparse.mm`.
  public static func mm(_ a: Tensor, _ b: Tensor, reduce: Reduction) -> Tensor { SparseOps.mmReduce(a, b, reduce.rawValue) }
  /// beta input + alpha (a b). `torch.sparse.addmm`.
  public static func addmm(_ input: Tensor, _ a: Tensor, _ b: Tensor, beta: Scalar = 1, alpha: Scalar = 1) -> Tensor {
    SparseOps.addmm(input, a, b, beta, alpha)
  }
  /// beta input + alpha (a b) at the places of the entries of `input`, compressed rows. `torch.sparse.sampled_addmm`.
  public static func sampledAddmm(_ input: Tensor, _ a: Tensor, _ b: Tensor, beta: Scalar = 1, alpha: Scalar = 1) -> Tensor {
    SparseOps.sampledAddmm(input, a, b, beta, alpha)
  }
  /// The sum of all elements, or sums over dimensions, which stay sparse while sparse dimensions are left. `torch.sparse.sum`.
  public static func sum(_ x: Tensor, dim: [Int]? = nil) -> Tensor {
    if let dim { return SparseOps.sumDims(x, dim) }
    return SparseOps.sum(x)
  }
}
