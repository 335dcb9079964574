import TorchOps

/// Tensors whose first dimension counts the samples. `torch.utils.data.TensorDataset`.
public struct TensorDataset: Dataset, BatchDataset {
  /// The tensors.
  public let tensors: [Tensor]
  public let count: Int

  /// Fails unless all tensors have the same first size.
  public init(_ tensors: [Tensor]) {
    let count = checked(0, "TensorDataset") {
      guard let first = tensors.first else { throw TorchError(.value, "expected at least one tensor") }
      for tensor in tensors where tensor.rank == 0 || tensor.size(0) != first.size(0) {
        let sizes = tensors.map { "\($0.sizes)" }.joined(separator: ", ")
        throw TorchError(.shape, "expected tensors of equal first size, got \(sizes)")
      }
      return first.size(0)
    }
    self.count = count
    self.tensors = tensors
  }

  public init(_ tensors: Tensor...) { self.init(tensors) }

  public subscript(index: Int) -> [Tensor] {
    get throws {
      try checkIndex(index, count)
      return tensors.map { $0[index] }
    }
  }

  public func batch(indices: [Int], rng: Generator) throws -> [Tensor] {
    for index in indices { try checkIndex(index, count) }
    // An unshuffled batch is a piece of memory.
    if let first = indices.first, indices.last == first + indices.count - 1, zip(indices, indices.dropFirst()).allSatisfy({ $1 == $0 + 1 }) {
      return tensors.map { $0.narrow(0, first, indices.count).clone() }
    }
    let positions = Tensor(indices)
    return tensors.map { $0.indexSelect(0, positions) }
  }
}
