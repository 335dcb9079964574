/// A dual number over any algebra: a value and its derivative along one direction. Evaluating a formula at a dual number gives
/// its exact derivative, and at `Dual<Dual<V>>` the second one.
///
/// A missing tangent is an exact zero: constants and parameters have none, so that a zero never meets an infinite partial
/// derivative.
package struct Dual<V: Elementwise>: Elementwise {
  package var value: V
  package var tangent: V?

  package init(_ value: V, tangent: V? = nil) {
    self.value = value
    self.tangent = tangent
  }

  package typealias Condition = V.Condition

  package static func constant(_ c: Double) -> Dual { Dual(.constant(c)) }

  package static func + (a: Dual, b: Dual) -> Dual { Dual(a.value + b.value, tangent: sum(a.tangent, b.tangent)) }

  package static func - (a: Dual, b: Dual) -> Dual {
    let value = a.value - b.value
    guard let tb = b.tangent else { return Dual(value, tangent: a.tangent) }
    guard let ta = a.tangent else { return Dual(value, tangent: -tb) }
    return Dual(value, tangent: ta - tb)
  }

  package static func * (a: Dual, b: Dual) -> Dual {
    let ta = a.tangent.map { $0 * b.value }
    let tb = b.tangent.map { a.value * $0 }
    return Dual(a.value * b.value, tangent: sum(ta, tb))
  }

  package static func / (a: Dual, b: Dual) -> Dual {
    let quotient = a.value / b.value
    let ta = a.tangent.map { $0 / b.value }
    let tb = b.tangent.map { -($0 * (quotient / b.value)) }
    return Dual(quotient, tangent: sum(ta, tb))
  }

  package static prefix func - (a: Dual) -> Dual { Dual(-a.value, tangent: a.tangent.map { -$0 }) }

  package static func compare(_ comparison: Comparison, _ x: Dual, _ y: Dual) -> Condition {
    V.compare(comparison, x.value, y.value)
  }
  package static func isNaN(_ x: Dual) -> Condition { V.isNaN(x.value) }
  package static func and(_ a: Condition, _ b: Condition) -> Condition { V.and(a, b) }
  package static func or(_ a: Condition, _ b: Condition) -> Condition { V.or(a, b) }
  package static func not(_ a: Condition) -> Condition { V.not(a) }

  package static func select(_ condition: Condition, _ a: Dual, _ b: Dual) -> Dual {
    let value = V.select(condition, a.value, b.value)
    guard a.tangent != nil || b.tangent != nil else { return Dual(value) }
    return Dual(value, tangent: V.select(condition, a.tangent ?? .constant(0), b.tangent ?? .constant(0)))
  }

  package static func apply(_ function: UnaryFunction, _ x: Dual) -> Dual {
    let y = V.apply(function, x.value)
    return Dual(y, tangent: x.tangent.flatMap { derivative(function, at: x.value, result: y, along: $0) })
  }

  package static func apply(_ function: BinaryFunction, _ x: Dual, _ y: Dual) -> Dual {
    let z = V.apply(function, x.value, y.value)
    let tx = x.tangent.flatMap { firstDerivative(function, x.value, y.value, result: z, along: $0) }
    let ty = y.tangent.flatMap { secondDerivative(function, x.value, y.value, result: z, along: $0) }
    return Dual(z, tangent: sum(tx, ty))
  }

  package static func apply(_ function: LibraryFunction, _ x: [Dual]) -> Dual {
    let values = x.map(\.value)
    let y = V.apply(function, values)
    var tangent: V?
    for i in x.indices {
      guard let t = x[i].tangent else { continue }
      // Formulas do not ask for a derivative that is not there.
      tangent = sum(tangent, t * (function.derivative(byInput: i, at: values, result: y) ?? .constant(.nan)))
    }
    return Dual(y, tangent: tangent)
  }

  private static func sum(_ a: V?, _ b: V?) -> V? {
    guard let a else { return b }
    guard let b else { return a }
    return a + b
  }
}

// The derivatives of the algebra's functions, each times the direction t.
extension Dual {
  private static func derivative(_ function: UnaryFunction, at x: V, result y: V, along t: V) -> V? {
    switch function {
    case .abs: return V.select(x .> 0.0, t, V.select(x .< 0.0, -t, 0.0))
    case .conj: return V.conj(t)
    case .sqrt: return t / (2.0 * y)
    case .rsqrt: return t * (-0.5 * (y * y * y))
    case .exp: return t * y
    case .exp2: return t * (V.constant(.ln2) * y)
    case .expm1: return t * (y + 1.0)
    case .log: return t / x
    case .log2: return t / (V.constant(.ln2) * x)
    case .log10: return t / (V.constant(.ln10) * x)
    case .log1p: return t / (x + 1.0)
    case .sin: return t * V.cos(x)
    case .cos: return -(t * V.sin(x))
    case .tan: return t * (1.0 + y * y)
    case .asin: return t * V.rsqrt(1.0 - x * x)
    case .acos: return -(t * V.rsqrt(1.0 - x * x))
    case .atan: return t / (x * x + 1.0)
    case .sinh: return t * V.cosh(x)
    case .cosh: return t * V.sinh(x)
    case .tanh: return t * (1.0 - y * y)
    case .asinh: return t * V.rsqrt(x * x + 1.0)
    case .acosh: return t * V.rsqrt(x * x - 1.0)
    case .atanh: return t / (1.0 - x * x)
    case .sigmoid: return t * (y * (1.0 - y))
    case .erf: return t * (V.constant(.twoOverRootPi) * V.exp(-(x * x)))
    case .erfc: return -(t * (V.constant(.twoOverRootPi) * V.exp(-(x * x))))
    case .ndtr: return t * V.normalDensity(x)
    case .lgamma: return t * V.digamma(x)
    case .digamma: return t * V.polygamma(1.0, x)
    case .angle, .floor, .ceil, .trunc, .round, .bitwiseNot: return nil
    }
  }

  // z / (x² + y²), and zero at the origin.
  private static func overSquares(_ z: V, _ x: V, _ y: V) -> V {
    let squares = x * x + y * y
    return V.select(squares .== 0.0, 0.0, z / squares)
  }

  private static func firstDerivative(_ function: BinaryFunction, _ x: V, _ y: V, result z: V, along t: V) -> V? {
    switch function {
    case .pow: return V.select(y .== 0.0, 0.0, t * (y * V.pow(x, y - 1.0)))
    case .atan2: return t * overSquares(y, x, y)
    case .hypot: return t * (x / z)
    case .copysign: return t * V.select(x .== 0.0, 0.0, z / x)
    case .maximum: return V.select(x .== y, 0.5 * t, V.select(x .< y, 0.0, t))
    case .minimum: return V.select(x .== y, 0.5 * t, V.select(x .> y, 0.0, t))
    case .fmax: return V.select(V.or(x .>= y, V.isNaN(y)), t, 0.0)
    case .fmin: return V.select(V.or(x .<= y, V.isNaN(y)), t, 0.0)
    case .fmod, .remainder: return t
    case .floorDivide, .truncDivide: return nil
    case .bitwiseAnd, .bitwiseOr, .bitwiseXor, .shiftLeft, .shiftRight, .gcd: return nil
    }
  }

  private static func secondDerivative(_ function: BinaryFunction, _ x: V, _ y: V, result z: V, along t: V) -> V? {
    switch function {
    case .pow: return V.select(V.isPowerOfZero(x, z), 0.0, t * (z * V.log(x)))
    case .atan2: return -(t * overSquares(x, x, y))
    case .hypot: return t * (y / z)
    case .maximum: return V.select(x .== y, 0.5 * t, V.select(x .> y, 0.0, t))
    case .minimum: return V.select(x .== y, 0.5 * t, V.select(x .< y, 0.0, t))
    case .fmax: return V.select(V.or(x .>= y, V.isNaN(y)), 0.0, t)
    case .fmin: return V.select(V.or(x .<= y, V.isNaN(y)), 0.0, t)
    case .fmod: return -(t * V.trunc(x / y))
    case .remainder: return -(t * V.floorDivide(x, y))
    case .copysign, .floorDivide, .truncDivide: return nil
    case .bitwiseAnd, .bitwiseOr, .bitwiseXor, .shiftLeft, .shiftRight, .gcd: return nil
    }
  }
}

extension Elementwise {
  /// The density of the normal distribution.
  package static func normalDensity(_ x: Self) -> Self {
    constant(1 / (2 * Double.pi).squareRoot()) * exp(-0.5 * (x * x))
  }

  /// Whether z is zero to a power that is not negative (so 0 or 1): there the derivative by the exponent is zero although the
  /// logarithm of the base is infinite.
  package static func isPowerOfZero(_ base: Self, _ z: Self) -> Condition { and(base .== 0.0, or(z .== 0.0, z .== 1.0)) }
}

extension Double {
  package static let ln2 = 0.693147180559945309417
  package static let ln10 = 2.302585092994045684018
  package static let twoOverRootPi = 1.128379167095512573896
}
