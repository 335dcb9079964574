import TorchOps

/// All elements of tensors in a row. `torch.nn.utils.parameters_to_vector`.
public func parametersToVector(_ parameters: [Tensor]) -> Tensor {
  checked(.poison(), "parametersToVector") {
    guard !parameters.isEmpty else { throw TorchError(.value, "expected at least one tensor") }
    return cat(parameters.map { $0.reshape([-1]) })
  }
}

/// Copies the elements of a vector into tensors, one after the other. `torch.nn.utils.vector_to_parameters`. Fails unless there are
/// as many.
public func vectorToParameters(_ vector: Tensor, _ parameters: [Tensor]) {
  checked((), "vectorToParameters") {
    guard vector.isDefined else { return }
    let total = parameters.reduce(0) { $0 + $1.count }
    guard vector.rank == 1, vector.count == total else {
      throw TorchError(.shape, "expected a vector of \(total) elements, got \(vector.summary)")
    }
    noGrad {
      var start = 0
      for parameter in parameters {
        parameter.copy_(vector.narrow(0, start, parameter.count).reshape(parameter.shape))
        start += parameter.count
      }
    }
  }
}
