/// The element types a formula's kernel is generated for. Narrower types are computed in a wider one of the same kind.
package struct FormulaKinds: OptionSet, Sendable, Hashable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// float32 and float64; half types compute in float32.
  package static let float = FormulaKinds(rawValue: 1)
  /// int32 and int64; bool and the narrow integers compute in int32.
  package static let integer = FormulaKinds(rawValue: 2)
  /// complex64 and complex128.
  package static let complex = FormulaKinds(rawValue: 4)

  package static let real: FormulaKinds = [.float, .integer]
  package static let continuous: FormulaKinds = [.float, .complex]
  package static let all: FormulaKinds = [.float, .integer, .complex]
}

/// The numeric parameters of a call, as values of the algebra: one kernel serves every value of `alpha` or `negative_slope`.
package struct Parameters<V: Elementwise> {
  package let values: [V]
  package init(_ values: [V]) { self.values = values }
  package subscript(i: Int) -> V { values[i] }
  package func map<U: Elementwise>(_ f: (V) -> U) -> Parameters<U> { Parameters<U>(values.map(f)) }
}

extension Parameters: Sendable where V: Sendable {}

/// One pointwise kernel: a name and the mathematics of one element.
package protocol Formula: Sendable {
  /// The kernel's name, e.g. `gelu_tanh`.
  static var name: String { get }
  static var inputCount: Int { get }
  static var parameterCount: Int { get }
  /// The element types the formula is defined for.
  static var kinds: FormulaKinds { get }
  /// Whether integers are computed in double precision where the result is a floating-point number: then it is correctly rounded,
  /// as PyTorch's float32 functions are at small whole numbers, and those of the kernels, good to a unit in the last place, are
  /// not.
  static var computesIntegersInDouble: Bool { get }
}

extension Formula {
  package static var parameterCount: Int { 0 }
  package static var computesIntegersInDouble: Bool { false }
}

/// A formula whose result is a number of the inputs' type.
package protocol ValueFormula: Formula {
  /// The inputs that have a derivative. All of them unless a formula says otherwise; a formula for integers alone has none.
  static var differentiableInputs: [Int] { get }
  /// The element types the derivative is generated for; a complex formula must be holomorphic there.
  static var gradientKinds: FormulaKinds { get }

  /// The inputs by which a derivative exists but is not given: asking for it is an error rather than zero.
  static var underivedInputs: [Int] { get }
  /// Why there is no derivative at all, where there is none.
  static var undifferentiable: String { get }

  /// The formula at `inputCount` inputs and `parameterCount` parameters.
  static func evaluate<V: Elementwise>(_ inputs: [V], _ p: Parameters<V>) -> V

  /// The gradient by one input: `g` times the partial derivative there (for complex numbers, the caller conjugates the partial
  /// derivative). It is linear in `g`. Exact, from dual numbers, unless a formula gives one that is cheaper (from the output) or
  /// safer at extreme values.
  static func gradient<V: Elementwise>(_ g: V, ofInput i: Int, _ inputs: [V], output: V, _ p: Parameters<V>) -> V
}

/// A formula whose result is a condition.
package protocol PredicateFormula: Formula {
  static func evaluate<V: Elementwise>(_ inputs: [V], _ p: Parameters<V>) -> V.Condition
}

package protocol UnaryFormula: ValueFormula {
  static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V
  /// `g` times the derivative, from the input `x` or the output `y`, whichever is mentioned is what the tape saves.
  static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V
}

package protocol BinaryFormula: ValueFormula {
  static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V
  /// `g` times the partial derivative by input `i`, from the inputs `x`, `y` and the output `z`.
  static func backward<V: Elementwise>(_ g: V, ofInput i: Int, _ x: V, _ y: V, _ z: V, _ p: Parameters<V>) -> V
}

package protocol TernaryFormula: ValueFormula {
  static func value<V: Elementwise>(_ a: V, _ b: V, _ c: V, _ p: Parameters<V>) -> V
  /// `g` times the partial derivative by input `i`, from the inputs `a`, `b`, `c`.
  static func backward<V: Elementwise>(_ g: V, ofInput i: Int, _ a: V, _ b: V, _ c: V, _ p: Parameters<V>) -> V
}

package protocol UnaryPredicate: PredicateFormula {
  static func holds<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V.Condition
}

package protocol BinaryPredicate: PredicateFormula {
  static func holds<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V.Condition
}

extension ValueFormula {
  package static var differentiableInputs: [Int] { gradientKinds.isEmpty ? [] : Array(0..<inputCount) }
  package static var gradientKinds: FormulaKinds { kinds.intersection(.continuous) }
  package static var underivedInputs: [Int] { [] }
  package static var undifferentiable: String { "it is defined for integers or constant almost everywhere" }

  /// The gradient by input `i` from dual numbers over the formula itself.
  package static func dualGradient<V: Elementwise>(_ g: V, ofInput i: Int, _ inputs: [V], _ p: Parameters<V>) -> V {
    var duals = inputs.map { Dual<V>($0) }
    duals[i].tangent = g
    return evaluate(duals, p.map { Dual<V>($0) }).tangent ?? .constant(0)
  }
}

extension UnaryFormula {
  package static var inputCount: Int { 1 }
  package static func evaluate<V: Elementwise>(_ inputs: [V], _ p: Parameters<V>) -> V { value(inputs[0], p) }
  package static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V {
    dualGradient(g, ofInput: 0, [x], p)
  }
  package static func gradient<V: Elementwise>(
    _ g: V, ofInput i: Int, _ inputs: [V], output: V, _ p: Parameters<V>
  ) -> V {
    backward(g, inputs[0], output, p)
  }
}

extension BinaryFormula {
  package static var inputCount: Int { 2 }
  package static func evaluate<V: Elementwise>(_ inputs: [V], _ p: Parameters<V>) -> V { value(inputs[0], inputs[1], p) }
  package static func backward<V: Elementwise>(_ g: V, ofInput i: Int, _ x: V, _ y: V, _ z: V, _ p: Parameters<V>) -> V {
    dualGradient(g, ofInput: i, [x, y], p)
  }
  package static func gradient<V: Elementwise>(
    _ g: V, ofInput i: Int, _ inputs: [V], output: V, _ p: Parameters<V>
  ) -> V {
    backward(g, ofInput: i, inputs[0], inputs[1], output, p)
  }
}

extension TernaryFormula {
  package static var inputCount: Int { 3 }
  package static func evaluate<V: Elementwise>(_ inputs: [V], _ p: Parameters<V>) -> V {
    value(inputs[0], inputs[1], inputs[2], p)
  }
  package static func backward<V: Elementwise>(_ g: V, ofInput i: Int, _ a: V, _ b: V, _ c: V, _ p: Parameters<V>) -> V {
    dualGradient(g, ofInput: i, [a, b, c], p)
  }
  package static func gradient<V: Elementwise>(
    _ g: V, ofInput i: Int, _ inputs: [V], output: V, _ p: Parameters<V>
  ) -> V {
    backward(g, ofInput: i, inputs[0], inputs[1], inputs[2], p)
  }
}

extension UnaryPredicate {
  package static var inputCount: Int { 1 }
  package static func evaluate<V: Elementwise>(_ inputs: [V], _ p: Parameters<V>) -> V.Condition { holds(inputs[0], p) }
}

extension BinaryPredicate {
  package static var inputCount: Int { 2 }
  package static func evaluate<V: Elementwise>(_ inputs: [V], _ p: Parameters<V>) -> V.Condition {
    holds(inputs[0], inputs[1], p)
  }
}
