@_exported import TorchCore
@_exported import TorchFunctional
@_exported import TorchLinearAlgebra
@_exported import TorchSignal
@_exported import TorchStatistics
@_exported import TorchSparse
