/// The algebra a pointwise formula is written in: numbers with constants, arithmetic, a fixed set of functions, and conditions.
///
/// A formula written once against this protocol is instantiated as numbers (`Double`, the test oracle), as dual numbers
/// (`Dual`, the exact derivative), as source text (`Expression`, the generated C kernels) and as tensors (derivatives of
/// derivatives, forward mode, batching).
///
/// Functions are named by cases rather than by one requirement each, so that an instance is a handful of switches. Formulas spell
/// them `V.exp(x)`, `V.maximum(x, y)`, `x .< y`, `V.select(c, a, b)`.
package protocol Elementwise: ExpressibleByFloatLiteral where FloatLiteralType == Double {
  /// The answer of a comparison.
  associatedtype Condition

  static func constant(_ c: Double) -> Self

  static func + (a: Self, b: Self) -> Self
  static func - (a: Self, b: Self) -> Self
  static func * (a: Self, b: Self) -> Self
  static func / (a: Self, b: Self) -> Self
  static prefix func - (a: Self) -> Self

  static func apply(_ function: UnaryFunction, _ x: Self) -> Self
  static func apply(_ function: BinaryFunction, _ x: Self, _ y: Self) -> Self
  static func apply(_ function: LibraryFunction, _ x: [Self]) -> Self

  static func compare(_ comparison: Comparison, _ x: Self, _ y: Self) -> Condition
  static func isNaN(_ x: Self) -> Condition
  static func and(_ a: Condition, _ b: Condition) -> Condition
  static func or(_ a: Condition, _ b: Condition) -> Condition
  static func not(_ a: Condition) -> Condition
  /// `a` where the condition holds, `b` elsewhere. Both are computed; the one not chosen has no influence, not even as NaN.
  static func select(_ condition: Condition, _ a: Self, _ b: Self) -> Self
}

/// The functions of one value. A raw value is the function's name in the generated kernels.
package enum UnaryFunction: String, CaseIterable, Sendable {
  case abs, conj
  /// Of complex numbers; of a real one, 0 or pi.
  case angle
  case sqrt, rsqrt
  case exp, exp2, expm1, log, log2, log10, log1p
  case sin, cos, tan, asin, acos, atan
  case sinh, cosh, tanh, asinh, acosh, atanh
  case sigmoid, erf, erfc, lgamma
  /// The normal distribution function; in float32 precise to about 1e-7, not relative to its small values.
  case ndtr
  /// The derivative of `lgamma`. Infinite at zero with the sign of -x, NaN at the negative integers.
  case digamma
  case floor, ceil, trunc
  /// To the nearest integer, halves to the even one.
  case round
  /// Integers only.
  case bitwiseNot = "bitwise_not"
}

/// The functions of two values. A raw value is the function's name in the generated kernels.
package enum BinaryFunction: String, CaseIterable, Sendable {
  case pow, atan2, hypot, copysign
  /// NaN if either is NaN.
  case maximum, minimum
  /// The other one if one is NaN.
  case fmax, fmin
  /// The rest of the division rounded towards zero: it has the sign of the dividend.
  case fmod
  /// The rest of the division rounded down, as Python's `%`: it has the sign of the divisor.
  case remainder
  case floorDivide = "floor_divide"
  case truncDivide = "div_trunc"
  /// Integers only.
  case bitwiseAnd = "bitwise_and"
  case bitwiseOr = "bitwise_or"
  case bitwiseXor = "bitwise_xor"
  case shiftLeft = "shl"
  case shiftRight = "shr"
  case gcd
}

/// The comparisons. A raw value is the comparison's name in the generated kernels. Only `equal` and `notEqual` are defined for
/// complex numbers. All but `notEqual` are false if either side is NaN.
package enum Comparison: String, CaseIterable, Sendable {
  case equal = "eq"
  case notEqual = "ne"
  case less = "lt"
  case lessOrEqual = "le"
  case greater = "gt"
  case greaterOrEqual = "ge"
}

extension Elementwise {
  package init(floatLiteral value: Double) { self = .constant(value) }
}

// The spelling of the functions in formulas.
extension Elementwise {
  package static func abs(_ x: Self) -> Self { apply(.abs, x) }
  /// The complex conjugate; a real number is its own.
  package static func conj(_ x: Self) -> Self { apply(.conj, x) }
  package static func angle(_ x: Self) -> Self { apply(.angle, x) }
  package static func sqrt(_ x: Self) -> Self { apply(.sqrt, x) }
  package static func rsqrt(_ x: Self) -> Self { apply(.rsqrt, x) }
  package static func exp(_ x: Self) -> Self { apply(.exp, x) }
  package static func exp2(_ x: Self) -> Self { apply(.exp2, x) }
  package static func expm1(_ x: Self) -> Self { apply(.expm1, x) }
  package static func log(_ x: Self) -> Self { apply(.log, x) }
  package static func log2(_ x: Self) -> Self { apply(.log2, x) }
  package static func log10(_ x: Self) -> Self { apply(.log10, x) }
  package static func log1p(_ x: Self) -> Self { apply(.log1p, x) }
  package static func sin(_ x: Self) -> Self { apply(.sin, x) }
  package static func cos(_ x: Self) -> Self { apply(.cos, x) }
  package static func tan(_ x: Self) -> Self { apply(.tan, x) }
  package static func asin(_ x: Self) -> Self { apply(.asin, x) }
  package static func acos(_ x: Self) -> Self { apply(.acos, x) }
  package static func atan(_ x: Self) -> Self { apply(.atan, x) }
  package static func sinh(_ x: Self) -> Self { apply(.sinh, x) }
  package static func cosh(_ x: Self) -> Self { apply(.cosh, x) }
  package static func tanh(_ x: Self) -> Self { apply(.tanh, x) }
  package static func asinh(_ x: Self) -> Self { apply(.asinh, x) }
  package static func acosh(_ x: Self) -> Self { apply(.acosh, x) }
  package static func atanh(_ x: Self) -> Self { apply(.atanh, x) }
  package static func sigmoid(_ x: Self) -> Self { apply(.sigmoid, x) }
  package static func erf(_ x: Self) -> Self { apply(.erf, x) }
  package static func erfc(_ x: Self) -> Self { apply(.erfc, x) }
  package static func ndtr(_ x: Self) -> Self { apply(.ndtr, x) }
  package static func lgamma(_ x: Self) -> Self { apply(.lgamma, x) }
  package static func digamma(_ x: Self) -> Self { apply(.digamma, x) }
  package static func floor(_ x: Self) -> Self { apply(.floor, x) }
  package static func ceil(_ x: Self) -> Self { apply(.ceil, x) }
  package static func trunc(_ x: Self) -> Self { apply(.trunc, x) }
  package static func round(_ x: Self) -> Self { apply(.round, x) }
  package static func bitwiseNot(_ x: Self) -> Self { apply(.bitwiseNot, x) }

  package static func pow(_ x: Self, _ y: Self) -> Self { apply(.pow, x, y) }
  package static func atan2(_ y: Self, _ x: Self) -> Self { apply(.atan2, y, x) }
  package static func hypot(_ x: Self, _ y: Self) -> Self { apply(.hypot, x, y) }
  package static func copysign(_ x: Self, _ y: Self) -> Self { apply(.copysign, x, y) }
  package static func maximum(_ x: Self, _ y: Self) -> Self { apply(.maximum, x, y) }
  package static func minimum(_ x: Self, _ y: Self) -> Self { apply(.minimum, x, y) }
  package static func fmax(_ x: Self, _ y: Self) -> Self { apply(.fmax, x, y) }
  package static func fmin(_ x: Self, _ y: Self) -> Self { apply(.fmin, x, y) }
  package static func fmod(_ x: Self, _ y: Self) -> Self { apply(.fmod, x, y) }
  package static func remainder(_ x: Self, _ y: Self) -> Self { apply(.remainder, x, y) }
  package static func floorDivide(_ x: Self, _ y: Self) -> Self { apply(.floorDivide, x, y) }
  package static func truncDivide(_ x: Self, _ y: Self) -> Self { apply(.truncDivide, x, y) }
  package static func bitwiseAnd(_ x: Self, _ y: Self) -> Self { apply(.bitwiseAnd, x, y) }
  package static func bitwiseOr(_ x: Self, _ y: Self) -> Self { apply(.bitwiseOr, x, y) }
  package static func bitwiseXor(_ x: Self, _ y: Self) -> Self { apply(.bitwiseXor, x, y) }
  package static func shiftLeft(_ x: Self, _ y: Self) -> Self { apply(.shiftLeft, x, y) }
  package static func shiftRight(_ x: Self, _ y: Self) -> Self { apply(.shiftRight, x, y) }
  package static func gcd(_ x: Self, _ y: Self) -> Self { apply(.gcd, x, y) }

  package static func .== (a: Self, b: Self) -> Condition { compare(.equal, a, b) }
  package static func .!= (a: Self, b: Self) -> Condition { compare(.notEqual, a, b) }
  package static func .< (a: Self, b: Self) -> Condition { compare(.less, a, b) }
  package static func .<= (a: Self, b: Self) -> Condition { compare(.lessOrEqual, a, b) }
  package static func .> (a: Self, b: Self) -> Condition { compare(.greater, a, b) }
  package static func .>= (a: Self, b: Self) -> Condition { compare(.greaterOrEqual, a, b) }
}
