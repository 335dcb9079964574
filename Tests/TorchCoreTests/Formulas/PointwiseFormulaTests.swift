import Foundation
import Testing

@testable import TorchCore
import TorchOps

/// Equal, both NaN, or as near as rounding of a few operations allows.
private func agrees(_ a: Double, _ b: Double, relative: Double = 1e-12, absolute: Double = 1e-14) -> Bool {
  if a.isNaN || b.isNaN { return a.isNaN && b.isNaN }
  if a.isInfinite || b.isInfinite { return a == b }
  return abs(a - b) <= absolute + relative * abs(b)
}

private func formula(_ name: String) throws -> any Formula.Type {
  try #require(Pointwise.all.first { $0.name == name }, "no formula is named \(name)")
}

private func gradient<F: ValueFormula>(_ f: F.Type, _ i: Int, _ x: [Double], _ p: Parameters<Double>) -> Double {
  F.gradient(1, ofInput: i, x, output: F.evaluate(x, p), p)
}

private func second<F: ValueFormula>(_ f: F.Type, _ i: Int, _ x: [Double], _ p: Parameters<Double>) -> Double {
  var inner = x.map { Dual<Double>($0) }
  inner[i].tangent = 1
  var duals = inner.map { Dual<Dual<Double>>($0) }
  duals[i].tangent = Dual(1)
  let parameters = p.map { Dual<Dual<Double>>(Dual<Double>($0)) }
  return F.evaluate(duals, parameters).tangent?.tangent ?? 0
}

/// The derivative of the explicit gradient, which is what double backward computes.
private func derivativeOfGradient<F: ValueFormula>(_ f: F.Type, _ i: Int, _ x: [Double], _ p: Parameters<Double>) -> Double {
  var duals = x.map { Dual<Double>($0) }
  duals[i].tangent = 1
  let parameters = p.map { Dual<Double>($0) }
  let output = F.evaluate(duals, parameters)
  return F.gradient(1.0, ofInput: i, duals, output: output, parameters).tangent ?? 0
}

@Suite struct PointwiseFormulaTests {
  let fixture: PointwiseFixture

  init() throws { fixture = try PointwiseFixture.shared.get() }

  /// Formulas whose values are recorded with their ops alone (samples.txt and Tests/Golden): special functions, and parts of ops.
  static let recordedWithTheirOps = Set(
    """
    airy_ai angle_real bessel_j0 bessel_j1 bessel_y0 bessel_y1 chebyshev_polynomial_t chebyshev_polynomial_u
    chebyshev_polynomial_v chebyshev_polynomial_w entr erfcx erfinv frexp_exponent frexp_mantissa glu hermite_polynomial_h
    hermite_polynomial_he i0 i0e i1 i1e igamma igammac laguerre_polynomial_l legendre_polynomial_p log_ndtr modified_bessel_k0
    modified_bessel_k1 ndtr ndtri nextafter nextafter_bf16 nextafter_f16 polygamma round_fraction round_multiple
    scaled_modified_bessel_k0 scaled_modified_bessel_k1 shifted_chebyshev_polynomial_t shifted_chebyshev_polynomial_u
    shifted_chebyshev_polynomial_v shifted_chebyshev_polynomial_w spherical_bessel_j0 zeta
    """.split(whereSeparator: \.isWhitespace).map(String.init))

  @Test func everyFormulaOfRealNumbersIsRecorded() {
    let recorded = Set(fixture.cases.map(\.kernel)).union(Self.recordedWithTheirOps)
    for formula in Pointwise.all where formula.kinds != .complex {
      #expect(recorded.contains(formula.name), "\(formula.name) has no recorded values")
    }
  }

  @Test func valuesEqualPyTorch() throws {
    for recorded in fixture.cases {
      let formula = try formula(recorded.kernel)
      #expect(formula.parameterCount == recorded.parameters.count, "\(recorded.kernel)")
      try #require(formula.inputCount == recorded.points[0].count && recorded.values.count == recorded.points.count)
      let p = Parameters(recorded.parameters)
      for (x, expected) in zip(recorded.points, recorded.values) {
        let value: Double
        switch formula {
        case let f as any ValueFormula.Type: value = f.evaluate(x, p)
        case let f as any PredicateFormula.Type: value = f.evaluate(x, p) ? 1 : 0
        default: continue
        }
        #expect(agrees(value, expected), "\(recorded.label) at \(x): \(value), PyTorch has \(expected)")
      }
    }
  }

  @Test func gradientsEqualPyTorch() throws {
    for recorded in fixture.cases where !recorded.gradients.isEmpty {
      let f = try #require(try formula(recorded.kernel) as? any ValueFormula.Type)
      let p = Parameters(recorded.parameters)
      for (i, expected) in recorded.gradients {
        try #require(f.differentiableInputs.contains(i), "\(recorded.kernel) has no gradient of input \(i)")
        for (x, expected) in zip(recorded.points, expected) where !expected.isNaN {
          let value = gradient(f, i, x, p)
          #expect(
            agrees(value, expected), "gradient \(i) of \(recorded.label) at \(x): \(value), PyTorch has \(expected)")
        }
      }
    }
  }

  @Test func secondDerivativesEqualPyTorch() throws {
    for recorded in fixture.cases {
      guard let f = try formula(recorded.kernel) as? any ValueFormula.Type else { continue }
      let p = Parameters(recorded.parameters)
      for recordedSecond in recorded.seconds {
        for (x, expected) in zip(recordedSecond.points, recordedSecond.values) where !expected.isNaN {
          let i = recordedSecond.input
          for value in [second(f, i, x, p), derivativeOfGradient(f, i, x, p)] {
            #expect(
              agrees(value, expected, relative: 1e-11, absolute: 1e-13),
              "second derivative \(i) of \(recorded.label) at \(x): \(value), PyTorch has \(expected)")
          }
        }
      }
    }
  }

  /// A gradient given by hand must be the derivative of its formula, wherever that has one.
  @Test func explicitGradientsEqualDualNumbers() throws {
    // Away from kinks and poles, and not on each other.
    let grid: [Double] = [-8.3, -2.7, -1.3, -0.6, -0.2, 0.11, 0.37, 0.61, 0.93, 1.9, 4.1, 17.3]
    for recorded in fixture.cases where !recorded.gradients.isEmpty {
      let f = try #require(try formula(recorded.kernel) as? any ValueFormula.Type)
      let p = Parameters(recorded.parameters)
      for x in PointwiseFixture.product(grid, count: f.inputCount) where Set(x).count == x.count {
        // Outside its domain a formula has no derivative to compare with.
        if f.evaluate(x, p).isNaN { continue }
        for i in f.differentiableInputs {
          let exact = f.dualGradient(1.0, ofInput: i, x, p)
          let value = gradient(f, i, x, p)
          #expect(
            agrees(value, exact, relative: 1e-11, absolute: 1e-13),
            "gradient \(i) of \(recorded.label) at \(x): \(value), dual numbers give \(exact)")
        }
      }
    }
  }

  /// Stable formulas must stay numbers where naive ones overflow.
  @Test(arguments: ["sigmoid", "log_sigmoid", "gelu", "gelu_tanh", "silu", "mish", "tanhshrink", "softsign", "logaddexp",
    "logaddexp2", "soft_margin_loss", "binary_cross_entropy_with_logits", "tanh", "erf", "erfc"])
  func extremesAreFinite(name: String) throws {
    let f = try #require(try formula(name) as? any ValueFormula.Type)
    let grid: [Double] = [-1e4, -1e3, -709, -40, -1, 0, 1, 40, 709, 1e3, 1e4]
    for x in PointwiseFixture.product(grid, count: f.inputCount) {
      let value = f.evaluate(x, Parameters([Double]()))
      #expect(value.isFinite, "\(name) at \(x) is \(value)")
      for i in f.differentiableInputs {
        let slope = gradient(f, i, x, Parameters([]))
        #expect(slope.isFinite, "gradient \(i) of \(name) at \(x) is \(slope)")
        let curvature = derivativeOfGradient(f, i, x, Parameters([]))
        #expect(curvature.isFinite, "second derivative \(i) of \(name) at \(x) is \(curvature)")
      }
    }
  }
}
