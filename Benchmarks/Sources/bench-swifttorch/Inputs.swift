import Torch

/// The type of patterns; what is asked of a row's accuracy is computed in float64 too. Requests are answered one by one.
nonisolated(unsafe) var patternType = DType.float32

/// Numbers in [-1, 1) from an integer formula: the same bits as `pattern` in `peers/data.py`.
func pattern(_ shape: [Int], seed: Int = 0) -> Tensor {
  let count = shape.reduce(1, *)
  let values = (0..<count).map { i in Float(Double((i * 7919 + seed * 104_729) % 10_007) / 10_007 * 2 - 1) }
  return Tensor(values, shape: shape).to(patternType)
}

/// Deterministic parameters: scaled patterns for the weights, ones for the scales of norms, zeros for biases.
func fill(_ model: Module) {
  noGrad {
    for (index, (name, parameter)) in model.namedParameters().enumerated() {
      if parameter.rank > 1 {
        let fanIn = parameter.count / parameter.shape[0]
        parameter.copy_(pattern(parameter.shape, seed: index + 1) * Tensor((3 / Double(fanIn)).squareRoot()))
      } else {
        parameter.fill_(Scalar(name.hasSuffix("weight") ? 1 : 0))
      }
    }
  }
}

/// Mean, mean magnitude and three elements of a tensor.
func summary(_ tensor: Tensor) -> [Double] {
  let values = tensor.detach().flatten().array(as: Float.self).map(Double.init)
  let count = Double(values.count)
  return [
    values.reduce(0, +) / count, values.reduce(0) { $0 + abs($1) } / count,
    values[0], values[values.count / 2], values[values.count - 1],
  ]
}
