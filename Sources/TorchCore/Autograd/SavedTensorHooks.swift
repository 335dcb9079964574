/// What becomes of the tensors that the tape saves while a scope lasts.
package final class SavedTensorHooks {
  fileprivate let pack: (Tensor) throws -> PackedTensor

  fileprivate init(_ pack: @escaping (Tensor) throws -> PackedTensor) { self.pack = pack }

  /// A stand-in for the tensor that holds what the innermost hooks made of it. Leaves that want gradients are kept themselves: they
  /// live on anyway, and the tape must find them again.
  @inline(never)
  static func packed(_ tensor: Tensor, keepsPlace: Bool) -> Tensor {
    let stacks = ThreadState.stacks
    guard let hooks = stacks.savedTensorHooks.last, tensor.isDefined, !tensor.impl.leafRequiresGrad, !tensor.impl.isWrappedNumber else {
      return keepsPlace ? tensor : tensor.alias()
    }
    // The hooks' own ops are neither recorded nor packed.
    let result = Result {
      try ThreadState.with(setting: ThreadState.noGrad, clearing: ThreadState.savedTensorHooks) { try hooks.pack(tensor.alias()) }
    }
    guard let packed = checked(nil as PackedTensor?, "packing a saved tensor", { try result.get() }) else { return tensor }
    let standIn = Tensor(
      TensorImpl(
        storage: .absent(byteCount: 0), data: nil, sizes: tensor.impl.sizes, strides: tensor.impl.strides, count: tensor.count,
        dtype: tensor.dtype, device: .meta, isContiguous: tensor.impl.isContiguous))
    standIn.impl.autogradExtra.packed = packed
    if keepsPlace {
      standIn.impl.gradNode = tensor.impl.gradNode
      standIn.impl.gradIndex = tensor.impl.gradIndex
    }
    return standIn
  }
}

/// What hooks made of a saved tensor.
package final class PackedTensor {
  private let unpack: () throws -> Tensor

  init(_ unpack: @escaping () throws -> Tensor) { self.unpack = unpack }

  func unpacked() throws -> Tensor {
    try ThreadState.with(setting: ThreadState.noGrad, clearing: ThreadState.savedTensorHooks, unpack)
  }
}

/// Runs `body`; every tensor that the tape saves in it is handed to `pack`, and what that returns is kept instead, until the backward
/// asks `unpack` for the tensor. `torch.autograd.graph.saved_tensors_hooks`.
///
/// For tensors that are large and needed late: kept in half precision, compressed, or in files (`savingOnDisk`). Leaves that require
/// gradients are kept as they are. `pack` must not change the tensor. Scopes nest; the innermost hooks are used.
///
/// ```swift
/// let loss = withSavedTensorHooks(pack: { $0.bfloat16() }, unpack: { $0.float() }) { model(x).sum() }
/// ```
public func withSavedTensorHooks<Packed, T>(
  pack: @escaping (Tensor) throws -> Packed, unpack: @escaping (Packed) throws -> Tensor, _ body: () throws -> T
) rethrows -> T {
  let hooks = SavedTensorHooks { tensor in
    let packed = try pack(tensor)
    let (sizes, dtype) = (tensor.impl.sizes, tensor.dtype)
    return PackedTensor {
      let value = try unpack(packed)
      guard value.isDefined else { throw PoisonedInput() }
      guard value.impl.sizes == sizes, value.dtype == dtype else {
        throw TorchError(.autograd, "the unpack hook gave \(value.summary) for a saved tensor of \(dtype)\(sizes)")
      }
      return value
    }
  }
  let stacks = ThreadState.stacks
  stacks.savedTensorHooks.append(hooks)
  defer { stacks.savedTensorHooks.removeLast() }
  return try ThreadState.with(setting: ThreadState.savedTensorHooks, body)
}
