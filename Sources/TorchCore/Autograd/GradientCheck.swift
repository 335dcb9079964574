/// Compares the derivatives of `f` at `inputs` with central differences; throws an error that shows where they differ.
/// `torch.autograd.gradcheck`.
///
/// Inputs that require gradients are checked, and have to be float64 or complex128: the differences of anything shorter are noise.
/// - Parameters:
///   - eps: how far an element is moved to each side.
///   - atol, rtol: how far the derivatives may lie apart: `|a - n| <= atol + rtol |n|`.
///   - checkForwardMode: compares the forward-mode derivative too.
@discardableResult
public func gradcheck(
  _ f: ([Tensor]) throws -> [Tensor], _ inputs: [Tensor], eps: Double = 1e-6, atol: Double = 1e-5, rtol: Double = 1e-3,
  checkForwardMode: Bool = false
) throws -> Bool {
  try NumericalCheck(eps: eps, atol: atol, rtol: rtol).run(f, inputs, forwardMode: checkForwardMode)
  return true
}

/// Compares the derivatives of the gradients of `f`, by its inputs and by the gradients that come in, with central differences.
/// `torch.autograd.gradgradcheck`.
@discardableResult
public func gradgradcheck(
  _ f: @escaping ([Tensor]) throws -> [Tensor], _ inputs: [Tensor], gradOutputs: [Tensor]? = nil, eps: Double = 1e-6,
  atol: Double = 1e-5, rtol: Double = 1e-3
) throws -> Bool {
  let outputs = try f(inputs).filter(\.requiresGrad)
  let starts = gradOutputs ?? outputs.map { output in
    // Any numbers but zeros and ones.
    let values = Tensor.arange(Scalar(output.count), dtype: output.dtype).reshape(output.shape)
    return noGrad { ((values * 0.7 + 0.3).sin() + 1.5) }.requiresGrad_()
  }
  guard starts.count == outputs.count else {
    throw TorchError(.value, "expected \(outputs.count) gradients of results, got \(starts.count)")
  }
  let count = inputs.count
  let wanted = inputs.indices.filter { inputs[$0].requiresGrad }
  return try gradcheck(
    { all in
      let x = Array(all[..<count])
      let results = try f(x).filter(\.requiresGrad)
      let found = try grad(
        results, wanted.map { x[$0] }, gradOutputs: Array(all[count...]), createGraph: true, allowUnused: true)
      return found.compactMap { $0 }
    }, inputs + starts, eps: eps, atol: atol, rtol: rtol)
}

private struct NumericalCheck {
  let eps: Double
  let atol: Double
  let rtol: Double

  func run(_ f: ([Tensor]) throws -> [Tensor], _ inputs: [Tensor], forwardMode: Bool) throws {
    let wanted = inputs.indices.filter { inputs[$0].requiresGrad }
    guard !wanted.isEmpty else { throw TorchError(.value, "gradcheck expects at least one input that requires gradients") }
    for i in wanted where inputs[i].dtype != .float64 && inputs[i].dtype != .complex128 {
      throw TorchError(.dtype, "gradcheck: input \(i) is \(inputs[i].dtype); differences need float64 or complex128")
    }
    var leaves = inputs
    for i in wanted { leaves[i] = noGrad { inputs[i].detach().clone() }.requiresGrad_() }
    let outputs = try f(leaves)
    let live = outputs.indices.filter { outputs[$0].requiresGrad }
    for (o, output) in outputs.enumerated() where output.dtype.isDifferentiable {
      for i in wanted {
        let numeric = try differences(f, leaves, input: i, output: o)
        let isLive = live.contains(o)
        let exact = isLive ? try derivatives(output, leaves[i]) : noGrad { numeric.zerosLike() }
        try compare(exact, numeric, "the derivative of output \(o) by input \(i)")
        if forwardMode && isLive { try compare(try forward(output, leaves[i]), numeric, "the forward derivative of output \(o) by input \(i)") }
      }
    }
  }

  /// Real numbers: a complex number is two.
  private static func parts(_ x: Tensor) -> Tensor {
    let flat = x.detach()
    return (flat.dtype.isComplex ? flat.viewAsReal() : flat).reshape([-1]).to(.float64)
  }

  private static func unit(_ k: Int, like x: Tensor) -> Tensor {
    let count = x.count * (x.dtype.isComplex ? 2 : 1)
    var values = [Double](repeating: 0, count: count)
    values[k] = 1
    let flat = Tensor(values, dtype: .float64)
    return x.dtype.isComplex ? flat.reshape(x.shape + [2]).viewAsComplex().to(x.dtype) : flat.reshape(x.shape).to(x.dtype)
  }

  /// Rows by output element, columns by input element.
  private func differences(_ f: ([Tensor]) throws -> [Tensor], _ leaves: [Tensor], input: Int, output: Int) throws -> Tensor {
    let x = leaves[input]
    let base = NumericalCheck.parts(x).array(as: Double.self)
    var columns: [Tensor] = []
    for k in base.indices {
      let sides = try [eps, -eps].map { step in
        var moved = base
        moved[k] += step
        let flat = Tensor(moved, dtype: .float64)
        let value = x.dtype.isComplex ? flat.reshape(x.shape + [2]).viewAsComplex() : flat.reshape(x.shape)
        var arguments = leaves
        arguments[input] = noGrad { value.clone() }.requiresGrad_()
        return NumericalCheck.parts(try f(arguments)[output])
      }
      columns.append(noGrad { (sides[0] - sides[1]) / Tensor(2 * eps, dtype: .float64) })
    }
    return columns.isEmpty ? Tensor.zeros([0, 0], dtype: .float64) : stack(columns, dim: 1)
  }

  private func derivatives(_ output: Tensor, _ input: Tensor) throws -> Tensor {
    let count = output.count * (output.dtype.isComplex ? 2 : 1)
    let rows = try (0..<count).map { k in
      let found = try grad(
        [output], [input], gradOutputs: [NumericalCheck.unit(k, like: output)], retainGraph: true, allowUnused: true)[0]
      return NumericalCheck.parts(found ?? input.detach().zerosLike())
    }
    return rows.isEmpty ? Tensor.zeros([0, 0], dtype: .float64) : stack(rows)
  }

  private func forward(_ output: Tensor, _ input: Tensor) throws -> Tensor {
    let count = input.count * (input.dtype.isComplex ? 2 : 1)
    let columns = try (0..<count).map { k in
      let found = try forwardDerivative(of: [output], at: [input], along: [NumericalCheck.unit(k, like: input)])[0]
      return NumericalCheck.parts(found ?? output.detach().zerosLike())
    }
    return columns.isEmpty ? Tensor.zeros([0, 0], dtype: .float64) : stack(columns, dim: 1)
  }

  private func compare(_ exact: Tensor, _ numeric: Tensor, _ name: String) throws {
    let (a, n) = (exact.array(as: Double.self), numeric.array(as: Double.self))
    let width = Swift.max(numeric.shape.last ?? 1, 1)
    for (k, (x, y)) in zip(a, n).enumerated() where !(abs(x - y) <= atol + rtol * abs(y)) && !(x.isNaN && y.isNaN) {
      throw TorchError(
        .autograd,
        "Jacobian mismatch: \(name), element [\(k / width), \(k % width)], is \(x) analytically and \(y) numerically")
    }
  }
}
