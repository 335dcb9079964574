import TorchCore

/// The ops of this module, by family: statistics of samples, histograms, quantiles, differences and integrals of sampled functions.
package enum StatisticsOps {
  package static let table: [AnyOp] = [
    Covariance.table, Differences.table, Gradients.table, Integrals.table, SegmentReduce.table,
    Counts.table, Histograms.table, MultidimensionalHistograms.table, Selections.table, Quantiles.table,
    TensorHash.table,
  ].flatMap { $0 }
}
