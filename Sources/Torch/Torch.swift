@_exported import TorchOps
@_exported import TorchData
@_exported import TorchNN
@_exported import TorchOptim
@_exported import TorchSerialization
@_exported import TorchTransforms
