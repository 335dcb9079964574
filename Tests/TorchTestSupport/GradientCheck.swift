import TorchOps

/// Compares the tape's derivatives with central differences, in float64.
package enum GradientCheck {
  /// A function of tensors with one or more results.
  package typealias Function = ([Tensor]) throws -> [Tensor]

  private static let step = 1e-6
  private static let tolerance = Tolerance(relative: 1e-3, absolute: 1e-5)

  /// Says how the first derivatives of `function` at `inputs` (float64) differ from finite differences, or returns nil.
  package static func first(_ inputs: [Tensor], _ function: @escaping Function) throws -> String? {
    try compare(inputs, function, createsGraph: false) ?? compare(inputs, function, createsGraph: true)
  }

  /// The same for the derivatives of the gradients, by the inputs and by the gradient that comes in.
  package static func second(_ inputs: [Tensor], _ function: @escaping Function) throws -> String? {
    let outputs = try differentiable(function(inputs.map(leaf)))
    let incoming = outputs.map { weights(like: $0) * 0.7 + 0.1 }
    let count = inputs.count
    return try compare(inputs + incoming, { all in
      let x = Array(all[..<count])
      let results = try differentiable(function(x))
      // Results may not depend on every input, and gradients not on every value: absent ones are left out.
      let found = try grad(
        results, x, gradOutputs: Array(all[count...]), createGraph: true, allowUnused: true)
      return found.compactMap { $0 }
    }, createsGraph: false)
  }

  private static func leaf(_ tensor: Tensor) -> Tensor {
    let copy = noGrad { tensor.detach().clone() }
    return copy.requiresGrad_()
  }

  private static func differentiable(_ results: [Tensor]) throws -> [Tensor] {
    let kept = results.filter { $0.requiresGrad }
    if kept.isEmpty { throw TorchError(.autograd, "no result depends on the inputs") }
    return kept
  }

  /// The weighted sum of all results that have derivatives.
  private static func value(_ results: [Tensor]) throws -> Double {
    try results.filter { $0.dtype.isDifferentiable }.reduce(0) { sum, result in
      try sum + zip(elementParts(result), elementParts(weights(like: result))).reduce(0) { $0 + $1.0.0 * $1.1.0 }
    }
  }

  private static func compare(_ inputs: [Tensor], _ function: Function, createsGraph: Bool) throws -> String? {
    let leaves = inputs.map(leaf)
    let results = try function(leaves)
    let outputs = results.filter { $0.requiresGrad }
    if outputs.isEmpty { return nil }
    // Results off the tape do not change with the inputs; they count in neither side.
    let kept = results.map(\.requiresGrad)
    let exact = try grad(
      outputs, leaves, gradOutputs: outputs.map { weights(like: $0.detach()) }, createGraph: createsGraph, allowUnused: true)
    for (i, input) in inputs.enumerated() {
      let values = input.array(as: Double.self)
      var numeric: [Double] = []
      for k in values.indices {
        var sides: [Double] = []
        for side in [step, -step] {
          var moved = values
          moved[k] += side
          var arguments = leaves
          arguments[i] = Tensor(moved, shape: input.shape, dtype: .float64, requiresGrad: true)
          let all = try function(arguments)
          let moving = zip(all, kept).filter { $0.1 }.map { $0.0.detach() }
          sides.append(try value(moving))
        }
        numeric.append((sides[0] - sides[1]) / (2 * step))
      }
      // Of complex inputs, which are incoming gradients, the real parts are moved.
      let found = exact[i]?.detach().to(.float64) ?? Tensor.zeros(input.shape, dtype: .float64)
      if let text = try difference(found, Tensor(numeric, shape: input.shape, dtype: .float64), tolerance) {
        return "the derivative by input \(i)\(createsGraph ? " (recorded)" : ""): \(text)"
      }
    }
    return nil
  }
}
