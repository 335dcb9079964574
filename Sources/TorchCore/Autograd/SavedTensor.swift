/// A value that a node keeps for its backward, with the version it had: using it after an in-place change is an error.
package struct SavedTensor {
  private let tensor: Tensor
  private let version: UInt32
  /// A result of the node itself is kept off the tape, or node and result would keep each other alive.
  private let resultIndex: Int32

  /// Saves an input of the op.
  @inline(__always)
  package init(_ input: Tensor) {
    tensor = input
    version = input.impl.storage.version
    resultIndex = -1
  }

  /// Saves a result of the op.
  @inline(__always)
  package init(result: Tensor, index: Int = 0) {
    tensor = result.alias()
    version = result.impl.storage.version
    resultIndex = Int32(index)
  }

  /// The value, connected to the tape.
  @inline(__always)
  package func unpack(for node: Node) throws -> Tensor {
    if tensor.impl.storage.version != version { throw changed(node) }
    if resultIndex >= 0 && !ThreadState.has(ThreadState.noGrad) {
      let connected = tensor.alias()
      connected.impl.gradNode = node
      connected.impl.gradIndex = resultIndex
      return connected
    }
    return tensor
  }

  private func changed(_ node: Node) -> TorchError {
    TorchError(
      .autograd,
      "one of the variables needed for gradient computation has been modified by an inplace operation: "
        + "\(tensor.summary), saved for \(node.name), is at version \(tensor.impl.storage.version); expected version \(version) instead")
  }
}
