import TorchCore

/// The ops of this module, by family: `torch.linalg` and its older names, on LAPACK.
package enum LinearAlgebraOps {
  package static let table: [AnyOp] = [
    VectorProducts.table, Contractions.table, CrossProducts.table, MatrixChains.table, MatrixParts.table, Einsum.table,
    ScaledProducts.table, MixedProducts.table, DistanceOps.table, PairDistances.table, Similarity.table,
  ].flatMap { $0 }
}
