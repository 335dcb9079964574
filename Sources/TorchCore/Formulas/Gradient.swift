/// How the tape computes one gradient of a formula, derived from the symbolic derivative.
package struct GradientKernel: Sendable, Hashable {
  /// A value of the forward pass.
  package enum Operand: Sendable, Hashable {
    case input(Int)
    case output
  }

  package enum Form: Sendable, Hashable {
    /// The derivative is zero everywhere.
    case zero
    /// The derivative is one: the gradient is the incoming one.
    case identity
    /// The kernel `name(g, reads...)` with the formula's parameters.
    case kernel(String)
  }

  /// Which input the gradient is of.
  package let input: Int
  package let form: Form
  /// The forward values the kernel reads after the incoming gradient, in its argument order: what the tape must save.
  package let reads: [Operand]
  package let kinds: FormulaKinds
}

/// A gradient with its text's expression.
package struct SymbolicGradient {
  package let kernel: GradientKernel
  /// In terms of inputs 0 (the incoming gradient) and 1... (the values read).
  package let expression: Expression
}

extension ValueFormula {
  /// One description for each differentiable input, in input order. Computed afresh at each call.
  package static var gradients: [GradientKernel] {
    differentiableInputs.map { symbolicGradient(ofInput: $0, conjugating: false).kernel }
  }

  /// - Parameter conjugating: whether the text is for complex numbers.
  package static func symbolicGradient(ofInput i: Int, conjugating: Bool) -> SymbolicGradient {
    // Leaves 0..<n stand for the inputs and n for the output, until it is known which of them are read.
    let n = inputCount
    let inputs = (0..<n).map { Expression.input($0) }
    let p = Parameters((0..<parameterCount).map { Expression.parameter($0) })
    // The gradient is linear in g, so the derivative is what it gives for g = 1, and folds best there.
    let derivative = gradient(.constant(1), ofInput: i, inputs, output: .input(n), p)
    let read = derivative.inputsRead
    var places = [Int: Expression]()
    for (place, leaf) in read.enumerated() { places[leaf] = .input(place + 1) }
    let partial = derivative.replacingInputs(places)
    let expression = partial.scaled(by: .input(0), conjugating: conjugating)
    let form: GradientKernel.Form
    if expression.isZero {
      form = .zero
    } else if expression.inputIndex == 0 {
      form = .identity
    } else {
      form = .kernel(n == 1 ? "\(name)_backward" : "\(name)_backward_\(i)")
    }
    let reads = read.map { $0 == n ? GradientKernel.Operand.output : .input($0) }
    let kernel = GradientKernel(input: i, form: form, reads: reads, kinds: gradientKinds)
    return SymbolicGradient(kernel: kernel, expression: expression)
  }
}
