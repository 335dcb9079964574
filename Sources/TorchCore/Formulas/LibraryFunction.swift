import CTorchKernels

/// The functions of the algebra whose value takes a series, a recurrence or a table. Each is one scalar C function
/// (`CTorchKernels/special`), which the kernels apply lane by lane; a raw value is its name there. A function is added by a case
/// here, a line in `special_list.h` and its definition.
package enum LibraryFunction: String, CaseIterable, Sendable {
  case airyAi = "airy_ai"
  case besselJ0 = "bessel_j0"
  case besselJ1 = "bessel_j1"
  case besselY0 = "bessel_y0"
  case besselY1 = "bessel_y1"
  case sphericalBesselJ0 = "spherical_bessel_j0"
  case i0, i1
  /// `i0` and `i1` times exp(-|x|).
  case i0e, i1e
  case modifiedBesselK0 = "modified_bessel_k0"
  case modifiedBesselK1 = "modified_bessel_k1"
  /// These two times exp(x).
  case scaledModifiedBesselK0 = "scaled_modified_bessel_k0"
  case scaledModifiedBesselK1 = "scaled_modified_bessel_k1"
  /// exp(x²) erfc(x)
  case erfcx
  case erfinv, ndtri
  case logNdtr = "log_ndtr"
  case frexpMantissa = "frexp_mantissa"
  case frexpExponent = "frexp_exponent"

  /// The regularised lower and upper incomplete gamma functions of (a, x).
  case igamma, igammac
  /// The next number from x towards y, in the type of the computation or in a narrow one.
  case nextafter
  case nextafterHalf = "nextafter_f16"
  case nextafterBFloat = "nextafter_bf16"
  /// The n-th derivative of digamma at x, of (x, n).
  case polygamma
  /// Hurwitz's: the sum of 1 / (q + k)^s, of (s, q).
  case zeta
  // Polynomials of (x, degree).
  case chebyshevT = "chebyshev_polynomial_t"
  case chebyshevU = "chebyshev_polynomial_u"
  case chebyshevV = "chebyshev_polynomial_v"
  case chebyshevW = "chebyshev_polynomial_w"
  case shiftedChebyshevT = "shifted_chebyshev_polynomial_t"
  case shiftedChebyshevU = "shifted_chebyshev_polynomial_u"
  case shiftedChebyshevV = "shifted_chebyshev_polynomial_v"
  case shiftedChebyshevW = "shifted_chebyshev_polynomial_w"
  case hermiteH = "hermite_polynomial_h"
  case hermiteHe = "hermite_polynomial_he"
  case laguerreL = "laguerre_polynomial_l"
  case legendreP = "legendre_polynomial_p"

  /// The value in double precision.
  package func value(_ x: [Double]) -> Double {
    guard let function = torch_special_find(rawValue), Int(function.pointee.inputs) == x.count else { return .nan }
    if let one = function.pointee.one { return one(x[0]) }
    if let two = function.pointee.two { return two(x[0], x[1]) }
    return .nan
  }

  package var inputCount: Int {
    switch self {
    case .igamma, .igammac, .polygamma, .zeta, .nextafter, .nextafterHalf, .nextafterBFloat, .chebyshevT, .chebyshevU,
      .chebyshevV, .chebyshevW, .shiftedChebyshevT, .shiftedChebyshevU, .shiftedChebyshevV, .shiftedChebyshevW, .hermiteH,
      .hermiteHe, .laguerreL, .legendreP: 2
    default: 1
    }
  }

  /// The inputs by which there is a derivative, as in PyTorch.
  package var differentiableInputs: [Int] {
    let inputs = (0..<inputCount).map { Expression.input($0) }
    return (0..<inputCount).filter { derivative(byInput: $0, at: inputs, result: .input(inputCount)) != nil }
  }

  /// The partial derivative by an input; nil where there is none.
  package func derivative<V: Elementwise>(byInput i: Int, at x: [V], result y: V) -> V? {
    let half = V.constant(Double.pi.squareRoot() / 2)
    switch (self, i) {
    case (.i0, 0): return V.i1(x[0])
    case (.i1, 0): return V.select(x[0] .== 0.0, 0.5, V.i0(x[0]) - y / V.nonzero(x[0]))
    case (.i0e, 0): return V.i1e(x[0]) - V.sign(x[0]) * y
    case (.i1e, 0): return V.select(x[0] .== 0.0, 0.5, V.i0e(x[0]) - y * (V.sign(x[0]) + 1.0 / V.nonzero(x[0])))
    case (.erfinv, 0): return half * V.exp(y * y)
    case (.ndtri, 0): return V.constant((2 * Double.pi).squareRoot()) * V.exp(0.5 * (y * y))
    case (.erfcx, 0): return 2.0 * (x[0] * y) - V.constant(.twoOverRootPi)
    case (.logNdtr, 0):
      return V.constant((2 / Double.pi).squareRoot()) / V.apply(.erfcx, [V.constant(-(0.5.squareRoot())) * x[0]])
    case (.igamma, 1): return V.gammaDensity(x[0], x[1])
    case (.igammac, 1): return -V.gammaDensity(x[0], x[1])
    case (.polygamma, 0): return V.polygamma(x[1] + 1.0, x[0])
    case (.zeta, 1): return -(x[0] * V.zeta(x[0] + 1.0, x[1]))
    default: return nil
    }
  }
}

// The spelling in formulas of those that occur in derivatives.
extension Elementwise {
  package static func i0(_ x: Self) -> Self { apply(.i0, [x]) }
  package static func i1(_ x: Self) -> Self { apply(.i1, [x]) }
  package static func i0e(_ x: Self) -> Self { apply(.i0e, [x]) }
  package static func i1e(_ x: Self) -> Self { apply(.i1e, [x]) }
  package static func polygamma(_ n: Self, _ x: Self) -> Self { apply(.polygamma, [x, n]) }
  package static func zeta(_ s: Self, _ q: Self) -> Self { apply(.zeta, [s, q]) }
  /// x, and 1 at zero: a divisor for the side of a choice that zero does not take, whose derivatives stay finite.
  package static func nonzero(_ x: Self) -> Self { select(x .== 0.0, 1.0, x) }
  /// -1, 0 or 1.
  package static func sign(_ x: Self) -> Self { select(x .> 0.0, 1.0, select(x .< 0.0, -1.0, 0.0)) }
  /// x^(a-1) e^-x / gamma(a): the density of the gamma distribution.
  package static func gammaDensity(_ a: Self, _ x: Self) -> Self { exp((a - 1.0) * log(x) - x - lgamma(a)) }
}
