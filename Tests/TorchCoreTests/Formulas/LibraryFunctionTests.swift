import Foundation
import Testing

@testable import TorchCore

/// The special functions against identities between them, in double precision.
@Suite struct LibraryFunctionTests {
  private static let points = [0.05, 0.4, 1, 1.9, 2.1, 4.7, 7.9, 8.1, 19, 60]

  private func close(_ a: Double, _ b: Double, _ tolerance: Double = 1e-12) -> Bool {
    abs(a - b) <= tolerance * max(abs(b), 1e-300)
  }

  @Test func everyFunctionIsInTheLibrary() {
    for function in LibraryFunction.allCases {
      let value = function.value([Double](repeating: 0.5, count: function.inputCount))
      // zeta(0.5, 0.5) alone is not defined.
      #expect(value.isNaN == (function == .zeta), "\(function)")
    }
  }

  @Test(arguments: points) func wronskians(_ x: Double) {
    func f(_ function: LibraryFunction) -> Double { function.value([x]) }
    #expect(close(f(.besselJ1) * f(.besselY0) - f(.besselJ0) * f(.besselY1), 2 / (.pi * x)))
    #expect(close(f(.i0e) * f(.scaledModifiedBesselK1) + f(.i1e) * f(.scaledModifiedBesselK0), 1 / x))
    #expect(close(f(.i0), exp(x) * f(.i0e)) && close(f(.modifiedBesselK0), exp(-x) * f(.scaledModifiedBesselK0)))
  }

  @Test(arguments: [-9.0, -2.5, -1.59, -1.57, 0, 1.59, 1.61, 6]) func airyEquation(_ x: Double) {
    // Ai'' = x Ai, by differences of fourth order.
    let h = 0.01
    func ai(_ k: Double) -> Double { LibraryFunction.airyAi.value([x + k * h]) }
    let second = (-ai(2) + 16 * ai(1) - 30 * ai(0) + 16 * ai(-1) - ai(-2)) / (12 * h * h)
    #expect(abs(second - x * ai(0)) < 2e-6 * max(1, abs(x)))
  }

  @Test(arguments: [0.01, 0.3, 1, 7, 80, 99, 101, 400, 1e5]) func gammaFunctionsAddUp(_ a: Double) {
    for ratio in [0.1, 0.59, 0.61, 0.97, 1, 1.03, 1.39, 1.41, 3] {
      let (lower, upper) = (LibraryFunction.igamma.value([a, a * ratio]), LibraryFunction.igammac.value([a, a * ratio]))
      #expect(close(lower + upper, 1), "\(a) \(ratio)")
      // P(a + 1, x) = P(a, x) - x^a e^-x / gamma(a + 1)
      var sign: Int32 = 0
      let term = exp(a * log(a * ratio) - a * ratio - lgamma_r(a + 1, &sign))
      #expect(abs(LibraryFunction.igamma.value([a + 1, a * ratio]) - (lower - term)) < 1e-9, "\(a) \(ratio)")
    }
  }

  @Test(arguments: [1e-12, 0.01, 0.3, 0.5, 0.77, 0.999]) func inverses(_ p: Double) {
    let x = LibraryFunction.ndtri.value([p])
    #expect(close(0.5 * erfc(-x * 0.5.squareRoot()), p, 1e-13 * max(1, x * x)))
    #expect(close(erf(LibraryFunction.erfinv.value([p])), p))
    #expect(close(LibraryFunction.logNdtr.value([x]), log(p), 1e-12))
  }

  @Test(arguments: [-7.3, -1.5, -0.2, 0.1, 1, 3.5, 40]) func polygammaRecurrence(_ x: Double) {
    // psi_n(x + 1) = psi_n(x) + (-1)^n n! / x^(n+1)
    for n in 0..<6 {
      let step = (n % 2 == 0 ? 1 : -1) * tgamma(Double(n) + 1) / pow(x, Double(n) + 1)
      let (here, next) = (LibraryFunction.polygamma.value([x, Double(n)]), LibraryFunction.polygamma.value([x + 1, Double(n)]))
      #expect(abs(next - here - step) < 1e-11 * max(abs(here), abs(step)), "\(n)")
    }
  }
}
