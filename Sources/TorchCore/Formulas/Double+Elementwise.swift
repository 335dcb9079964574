import Foundation

/// The oracle: every function by its definition in double precision. Conditions are plain.
extension Double: Elementwise {
  package typealias Condition = Bool

  package static func constant(_ c: Double) -> Double { c }

  package static func apply(_ function: UnaryFunction, _ x: Double) -> Double {
    switch function {
    case .abs: Swift.abs(x)
    case .conj: x
    case .angle: x.isNaN ? x : x < 0 ? .pi : 0
    case .sqrt: Foundation.sqrt(x)
    case .rsqrt: 1 / Foundation.sqrt(x)
    case .exp: Foundation.exp(x)
    case .exp2: Foundation.exp2(x)
    case .expm1: Foundation.expm1(x)
    case .log: Foundation.log(x)
    case .log2: Foundation.log2(x)
    case .log10: Foundation.log10(x)
    case .log1p: Foundation.log1p(x)
    case .sin: Foundation.sin(x)
    case .cos: Foundation.cos(x)
    case .tan: Foundation.tan(x)
    case .asin: Foundation.asin(x)
    case .acos: Foundation.acos(x)
    case .atan: Foundation.atan(x)
    case .sinh: Foundation.sinh(x)
    case .cosh: Foundation.cosh(x)
    case .tanh: Foundation.tanh(x)
    case .asinh: Foundation.asinh(x)
    case .acosh: Foundation.acosh(x)
    case .atanh: Foundation.atanh(x)
    case .sigmoid: 1 / (1 + Foundation.exp(-x))
    case .erf: Foundation.erf(x)
    case .erfc: Foundation.erfc(x)
    case .ndtr: 0.5 * Foundation.erfc(-x * 0.5.squareRoot())
    case .lgamma: logGamma(x)
    case .digamma: LibraryFunction.polygamma.value([x, 0])
    case .floor: x.rounded(.down)
    case .ceil: x.rounded(.up)
    case .trunc: x.rounded(.towardZero)
    case .round: x.rounded(.toNearestOrEven)
    case .bitwiseNot: integers(x, 0) { a, _ in ~a }
    }
  }

  package static func apply(_ function: BinaryFunction, _ x: Double, _ y: Double) -> Double {
    switch function {
    case .pow: Foundation.pow(x, y)
    case .atan2: Foundation.atan2(x, y)
    case .hypot: Foundation.hypot(x, y)
    case .copysign: Foundation.copysign(x, y)
    case .maximum: x.isNaN || y.isNaN ? .nan : Swift.max(x, y)
    case .minimum: x.isNaN || y.isNaN ? .nan : Swift.min(x, y)
    case .fmax: Foundation.fmax(x, y)
    case .fmin: Foundation.fmin(x, y)
    case .fmod: Foundation.fmod(x, y)
    case .remainder: pythonRemainder(x, y)
    case .floorDivide: pythonFloorDivide(x, y)
    case .truncDivide: (x / y).rounded(.towardZero)
    case .bitwiseAnd: integers(x, y) { $0 & $1 }
    case .bitwiseOr: integers(x, y) { $0 | $1 }
    case .bitwiseXor: integers(x, y) { $0 ^ $1 }
    case .shiftLeft: integers(x, y) { $0 << $1 }
    case .shiftRight: integers(x, y) { $0 >> $1 }
    case .gcd: integers(x, y, greatestCommonDivisor)
    }
  }

  package static func apply(_ function: LibraryFunction, _ x: [Double]) -> Double { function.value(x) }

  package static func compare(_ comparison: Comparison, _ x: Double, _ y: Double) -> Bool {
    switch comparison {
    case .equal: x == y
    case .notEqual: x != y
    case .less: x < y
    case .lessOrEqual: x <= y
    case .greater: x > y
    case .greaterOrEqual: x >= y
    }
  }

  package static func isNaN(_ x: Double) -> Bool { x.isNaN }
  package static func and(_ a: Bool, _ b: Bool) -> Bool { a && b }
  package static func or(_ a: Bool, _ b: Bool) -> Bool { a || b }
  package static func not(_ a: Bool) -> Bool { !a }
  package static func select(_ condition: Bool, _ a: Double, _ b: Double) -> Double { condition ? a : b }

  // The reentrant form: plain lgamma writes a global sign.
  private static func logGamma(_ x: Double) -> Double {
    var sign: Int32 = 0
    return lgamma_r(x, &sign)
  }

  private static func pythonRemainder(_ x: Double, _ y: Double) -> Double {
    let rest = Foundation.fmod(x, y)
    return rest != 0 && (y < 0) != (rest < 0) ? rest + y : rest
  }

  // The quotient is rounded after the exact remainder is taken off, as Python does, so that x = q y + r holds.
  private static func pythonFloorDivide(_ x: Double, _ y: Double) -> Double {
    if y == 0 { return x / y }
    let rest = Foundation.fmod(x, y)
    var quotient = (x - rest) / y
    if rest != 0 && (y < 0) != (rest < 0) { quotient -= 1 }
    if quotient == 0 { return Foundation.copysign(0, x / y) }
    let floor = quotient.rounded(.down)
    return quotient - floor > 0.5 ? floor + 1 : floor
  }

  private static func greatestCommonDivisor(_ x: Int64, _ y: Int64) -> Int64 {
    var (a, b) = (x.magnitude, y.magnitude)
    while b != 0 { (a, b) = (b, a % b) }
    return Int64(truncatingIfNeeded: a)
  }

  private static func integers(_ x: Double, _ y: Double, _ f: (Int64, Int64) -> Int64) -> Double {
    guard let a = Int64(exactly: x), let b = Int64(exactly: y) else { return .nan }
    return Double(f(a, b))
  }
}
