import TorchCore

/// The ops of this module, by family: `torch.fft`, short-time transforms, signal windows.
package enum SignalOps {
  package static let table: [AnyOp] = [
    FFTPrimitives.table, FFTOps.table, FFTnOps.table, FFTHelpers.table, STFTOps.table, WindowOps.table,
  ].flatMap { $0 }
}
