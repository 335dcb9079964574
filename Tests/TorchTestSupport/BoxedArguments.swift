import TorchOps

extension IValue {
  /// The tensors in the value, in order.
  package var tensors: [Tensor] {
    switch self {
    case .tensor(let t): [t]
    case .list(let values): values.flatMap(\.tensors)
    default: []
    }
  }
}

extension Array where Element == IValue {
  package var tensors: [Tensor] { flatMap(\.tensors) }

  package func mapTensors(_ transform: (Tensor) throws -> Tensor) rethrows -> [IValue] {
    try map { try $0.mapTensors(transform) }
  }

  /// The values with their tensors replaced, in order, by those given.
  package func replacingTensors(_ replacements: [Tensor]) -> [IValue] {
    var next = 0
    return mapTensors { _ in
      defer { next += 1 }
      return replacements[next]
    }
  }
}

/// Fixed weights that make one number of a result: multiples of 1/4, exact in every floating-point type.
package func weights(like tensor: Tensor) -> Tensor {
  let values = (0..<tensor.count).map { (k: Int) -> Double in
    let step: Int = (k * 7 + 3) % 11 - 5
    return Double(step) / 4
  }
  return Tensor(values, shape: tensor.shape, dtype: tensor.dtype)
}
