import TorchCore

/// The ops of this module, by family: `torch.linalg` and its older names, on LAPACK.
package enum LinearAlgebraOps {
  package static let table: [AnyOp] = [
    CholeskyOps.table, LUFactor.table, LUUnpack.table, LUSolve.table, LDLOps.table, Householder.table, QROps.table, SVDOps.table,
    PseudoInverse.table, HermitianEigen.table, EigenOps.table, SolveTriangular.table, LinearSolve.table, LeastSquares.table,
    DeterminantOps.table, MatrixPower.table, MatrixExponential.table, MatrixNorms.table,
    VectorProducts.table, Contractions.table, CrossProducts.table, MatrixChains.table, MatrixParts.table, Einsum.table,
    ScaledProducts.table, MixedProducts.table, DistanceOps.table, PairDistances.table, Similarity.table,
  ].flatMap { $0 }
}
