import TorchCore

/// The ops of this module, by family: `torch.fft`, short-time transforms, signal windows.
package enum SignalOps {
  package static let table: [AnyOp] = [AnyOp]()
}
