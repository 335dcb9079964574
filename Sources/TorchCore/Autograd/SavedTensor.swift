/// A value that a node keeps for its backward, with the version it had: using it after an in-place change is an error.
package struct SavedTensor {
  private let tensor: Tensor
  private let version: UInt32
  /// A result of the node itself is kept off the tape, or node and result would keep each other alive.
  private let resultIndex: Int32

  /// Saves an input of the op.
  @inline(__always)
  package init(_ input: Tensor) {
    tensor = ThreadState.has(ThreadState.savedTensorHooks) ? SavedTensorHooks.packed(input, keepsPlace: true) : input
    version = tensor.impl.storage.version
    resultIndex = -1
  }

  /// Saves a result of the op.
  @inline(__always)
  package init(result: Tensor, index: Int = 0) {
    tensor = ThreadState.has(ThreadState.savedTensorHooks) ? SavedTensorHooks.packed(result, keepsPlace: false) : result.alias()
    version = tensor.impl.storage.version
    resultIndex = Int32(index)
  }

  /// The value, connected to the tape.
  @inline(__always)
  package func unpack(for node: Node) throws -> Tensor {
    if tensor.impl.storage.version != version { throw changed(node) }
    if tensor.impl.extra != nil || tensor.impl.storage.isInference { return try unusual(for: node) }
    if resultIndex >= 0 && !ThreadState.has(ThreadState.noGrad) { return connected(tensor.alias(), to: node) }
    return tensor
  }

  private func connected(_ value: Tensor, to node: Node) -> Tensor {
    value.impl.gradNode = node
    value.impl.gradIndex = resultIndex
    return value
  }

  @inline(never)
  private func unusual(for node: Node) throws -> Tensor {
    if tensor.impl.storage.isInference {
      throw TorchError(
        .autograd,
        "Inference tensors cannot be saved for backward. To work around you can make a clone to get a normal tensor and use it in "
          + "autograd. (saved for \(node.name))")
    }
    guard let packed = tensor.impl.extra?.packed else {
      return resultIndex >= 0 && !ThreadState.has(ThreadState.noGrad) ? connected(tensor.alias(), to: node) : tensor
    }
    let value = try packed.unpacked()
    if ThreadState.has(ThreadState.noGrad) { return value }
    let fresh = value.alias()
    if resultIndex >= 0 { return connected(fresh, to: node) }
    // Where the input stood on the tape.
    fresh.impl.gradNode = tensor.impl.gradNode
    fresh.impl.gradIndex = tensor.impl.gradIndex
    return fresh
  }

  private func changed(_ node: Node) -> TorchError {
    TorchError(
      .autograd,
      "one of the variables needed for gradient computation has been modified by an inplace operation: "
        + "\(tensor.summary), saved for \(node.name), is at version \(tensor.impl.storage.version); expected version \(version) instead")
  }
}
