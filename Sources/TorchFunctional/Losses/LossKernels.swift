import TorchCore
import CTorchKernels

/// Access to the kernels of losses over alignments and label sets.
enum LossKernels {
  static func table(_ dtype: DType) throws -> torch_loss_kernels {
    guard let table = torch_loss(torch_level_current(), Int32(dtype.rawValue)) else {
      throw TorchError(.dtype, "not defined for \(dtype)")
    }
    return table.pointee
  }
}
