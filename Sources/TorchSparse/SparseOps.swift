import TorchCore

/// The ops of sparse tensors: layouts, parts, conversions and products. Ops that strided tensors have too are answered in
/// `SparseAnswers`.
package enum SparseOps {
  // MARK: Conversions

  static let toDense = Op<Tensor, DType?, Bool?, Tensor>.composite(
    "aten::to_dense(Tensor self, ScalarType? dtype=None, *, bool? masked_grad=None) -> Tensor",
    samples: { s in [Sample(.tensor(s.tensor([2, 3])), .none, .none)] }
  ) { x, dtype, _ in
    let dense = try Conversion.dense(x)
    return dtype.map { dense.to($0) } ?? dense
  }

  static let toSparse = Op<Tensor, Layout?, [Int]?, Int?, Tensor>.composite(
    "aten::to_sparse(Tensor self, *, Layout? layout=None, int[2]? blocksize=None, int? dense_dim=None) -> Tensor"
  ) { x, layout, block, denseDim in
    guard block == nil else { throw TorchError(.value, "blocksize is for block layouts, which are not supported") }
    switch layout ?? .sparseCOO {
    case .strided: throw TorchError(.value, "expected a sparse layout, got strided")
    case .sparseCSR:
      guard denseDim == nil || denseDim == 0 else { throw TorchError(.unsupported, "compressed rows have no dense dimensions") }
      return try Conversion.compressed(x)
    case .sparseCOO:
      if x.isSparse { return try Conversion.coordinates(x) }
      return try Conversion.sparse(x, sparseDim: x.rank - (denseDim ?? 0))
    }
  }

  static let toSparseDim = Op<Tensor, Int, Tensor>.composite(
    "aten::to_sparse.sparse_dim(Tensor self, int sparse_dim) -> Tensor"
  ) { x, dim in
    guard let pattern = Pattern(x) else { return try Conversion.sparse(x, sparseDim: dim) }
    guard pattern.sparseDim == dim else {
      throw TorchError(.value, "self has \(pattern.sparseDim) sparse dimensions already, which cannot become \(dim)")
    }
    return try Conversion.coordinates(x)
  }

  static let toSparseCSR = Op<Tensor, Int?, Tensor>.composite(
    "aten::to_sparse_csr(Tensor self, int? dense_dim=None) -> Tensor"
  ) { x, dim in
    guard dim == nil || dim == 0 else { throw TorchError(.unsupported, "compressed rows have no dense dimensions") }
    return try Conversion.compressed(x)
  }

  static let coalesce = Op<Tensor, Tensor>.composite("aten::coalesce(Tensor(a) self) -> Tensor(a)") { try Conversion.coalesced($0) }

  static let mask = Op<Tensor, Tensor, Tensor>.composite("aten::sparse_mask(Tensor self, Tensor mask) -> Tensor") { x, mask in
    guard let pattern = Pattern(mask) else { throw TorchError(.value, "mask must be sparse, got \(mask.summary)") }
    guard x.impl.sizes == mask.impl.sizes else {
      throw TorchError(.shape, "self and mask must have equal sizes, got \(x.impl.sizes) and \(mask.impl.sizes)")
    }
    return try Entries.place(Entries.at(x, pattern), pattern, x.impl.sizes)
  }

  // MARK: Products and sums

  static let mm = Op<Tensor, Tensor, Tensor>.composite("aten::_sparse_mm(Tensor sparse, Tensor dense) -> Tensor") {
    try SparseProducts.mm($0, $1)
  }
  static let mmReduce = Op<Tensor, Tensor, String, Tensor>.composite(
    "aten::_sparse_mm.reduce(Tensor sparse, Tensor dense, str reduce) -> Tensor"
  ) { try SparseProducts.reduced($0, $1, $2) }
  static let addmm = Op<Tensor, Tensor, Tensor, Scalar, Scalar, Tensor>.composite(
    "aten::_sparse_addmm(Tensor self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1) -> Tensor"
  ) { try SparseProducts.addmm($0, $1, $2, beta: $3, alpha: $4) }
  static let sampledAddmm = Op<Tensor, Tensor, Tensor, Scalar, Scalar, Tensor>.composite(
    "aten::sparse_sampled_addmm(Tensor self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1) -> Tensor"
  ) { try SparseProducts.sampledAddmm($0, $1, $2, beta: $3, alpha: $4) }
  static let sampledAddmmOut = Op<Tensor, Tensor, Tensor, Scalar, Scalar, Tensor, Tensor>.composite(
    "aten::sparse_sampled_addmm.out(Tensor self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1, Tensor(a!) out) -> Tensor(a!)"
  ) { x, a, b, beta, alpha, out in
    if isGradEnabled, [x, a, b, out].contains(where: \.requiresGrad) {
      throw TorchError(
        .autograd,
        "results in given tensors are not recorded, but an argument requires gradients; use noGrad, or the form without out")
    }
    return try SparseAnswers.replace(out, with: SparseProducts.sampledAddmm(x, a, b, beta: beta, alpha: alpha))
  }

  static let sum = Op<Tensor, Tensor>.composite("aten::_sparse_sum(Tensor self) -> Tensor") { SparseArithmetic.sum($0, nil) }
  static let sumTyped = Op<Tensor, DType, Tensor>.composite(
    "aten::_sparse_sum.dtype(Tensor self, *, ScalarType dtype) -> Tensor"
  ) { SparseArithmetic.sum($0, $1) }
  static let sumDims = Op<Tensor, [Int], Tensor>.composite("aten::_sparse_sum.dim(Tensor self, int[1] dim) -> Tensor") {
    try SparseArithmetic.sum($0, $1, keepDim: false, nil)
  }
  static let sumDimsTyped = Op<Tensor, [Int], DType, Tensor>.composite(
    "aten::_sparse_sum.dim_dtype(Tensor self, int[1] dim, *, ScalarType dtype) -> Tensor"
  ) { try SparseArithmetic.sum($0, $1, keepDim: false, $2) }

  package static let table: [AnyOp] =
    Construction.table + [
      toDense.erased, toSparse.erased, toSparseDim.erased, toSparseCSR.erased, coalesce.erased, mask.erased, mm.erased,
      mmReduce.erased, addmm.erased, sampledAddmm.erased, sampledAddmmOut.erased, sum.erased, sumTyped.erased, sumDims.erased,
      sumDimsTyped.erased,
    ]
}
