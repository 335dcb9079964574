import TorchCore

/// The ops of this module, by family: statistics of samples, differences and integrals of sampled functions.
package enum StatisticsOps {
  package static let table: [AnyOp] = [
    Covariance.table, Differences.table, Gradients.table, Integrals.table, SegmentReduce.table, TensorHash.table,
  ].flatMap { $0 }
}
