import TorchCore

/// The ops of this module, by family: histograms, quantiles, the most frequent and the middle elements.
package enum StatisticsOps {
  package static let table: [AnyOp] = [
    Counts.table,
    Histograms.table,
    MultidimensionalHistograms.table,
    Selections.table,
    Quantiles.table,
  ].flatMap { $0 }
}
