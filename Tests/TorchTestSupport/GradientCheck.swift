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

  /// Says how the change of the results along one direction differs between differences, backward and forward mode; nil where it does not.
  package static func directional(_ inputs: [Tensor], _ function: Function) throws -> String? {
    let generator = Generator(seed: 7)
    let direction = inputs.map { Tensor.randn($0.shape, dtype: .float64, generator: generator) }
    let leaves = inputs.map(leaf)
    let results = try function(leaves)
    let kept = results.map(\.requiresGrad)
    let outputs = results.filter(\.requiresGrad)
    if outputs.isEmpty { return nil }
    let gradients = try grad(
      outputs, leaves, gradOutputs: outputs.map { weights(like: $0.detach()) }, retainGraph: true, allowUnused: true)
    func product(_ a: Tensor?, _ b: Tensor) throws -> Double {
      guard let a else { return 0 }
      return try zip(elementParts(a.detach()), elementParts(b.detach())).reduce(0) { $0 + $1.0.0 * $1.1.0 }
    }
    let backward = try zip(gradients, direction).reduce(0.0) { try $0 + product($1.0, $1.1) }
    let pushed = try forwardDerivative(of: outputs, at: leaves, along: direction)
    let forward = try zip(pushed, outputs).reduce(0.0) { try $0 + product($1.0, weights(like: $1.1.detach())) }
    func difference(_ step: Double) throws -> Double {
      let sides = try [step, -step].map { h in
        let moved = zip(leaves, direction).map { x, v in leaf(noGrad { x + v * Tensor(h, dtype: .float64) }) }
        return try value(zip(try function(moved), kept).filter { $0.1 }.map { $0.0.detach() })
      }
      return (sides[0] - sides[1]) / (2 * step)
    }
    let numeric = try difference(step)
    func agree(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-4 + 1e-3 * Swift.max(abs(a), abs(b)) }
    if !agree(backward, forward) { return "backward gives \(backward), forward mode \(forward)" }
    // At a kink differences depend on the step.
    if !agree(backward, numeric), agree(numeric, try difference(step / 4)) { return "backward gives \(backward), differences \(numeric)" }
    return nil
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
