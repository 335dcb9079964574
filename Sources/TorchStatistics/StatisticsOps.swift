import TorchCore

/// The ops of this module, by family: statistics of samples, differences and integrals of sampled functions.
package enum StatisticsOps {
  package static let table: [AnyOp] = [AnyOp]()
}
