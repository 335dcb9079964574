import TorchOps

/// Tensors of the same elements that lie differently in memory.
package enum TensorVariant: String, CaseIterable, Sendable {
  /// The order of the dimensions in memory is reversed.
  case transposed
  /// Every other element of memory belongs to it.
  case strided
  /// It begins after other elements.
  case offset

  package func apply(_ tensor: Tensor) -> Tensor {
    let x = noGrad { tensor.detach().clone(memoryFormat: .contiguous) }
    if tensor.impl.isWrappedNumber { return tensor }
    return noGrad {
      switch self {
      case .transposed:
        let order = Array((0..<x.rank).reversed())
        return x.permute(order).clone(memoryFormat: .contiguous).permute(order)
      case .strided:
        let room = Tensor.zeros(x.shape + [2], dtype: x.dtype)
        room.select(-1, 1).copy_(x)
        return room.select(-1, 1)
      case .offset:
        let room = Tensor.zeros([x.count + 3], dtype: x.dtype)
        let place = room.slice(0, from: 3).view(x.shape)
        place.copy_(x)
        return place
      }
    }
  }
}

/// A tensor whose first row is repeated without being copied.
package func expandedRow(_ tensor: Tensor) -> Tensor {
  guard tensor.rank > 0, tensor.shape[0] > 0 else { return tensor }
  return noGrad { tensor.detach().slice(0, from: 0, to: 1).expand(tensor.shape) }
}

/// The sizes, type and layout of a tensor without its elements.
package func metaTensor(_ tensor: Tensor) throws -> Tensor {
  try Tensor.allocate(TensorSpec(tensor.sizes, tensor.dtype, .meta, strides: Dims(tensor.strides)))
}
