// Orthogonal polynomials whose degree is an argument.

extension SpecialOps {
  /// One family of polynomials: of x and the degree, both tensors, or one of them a number.
  package struct Polynomial: Sendable {
    package let op: Op<Tensor, Tensor, Tensor>
    package let overloads: [AnyOp]

    init(_ formula: (some BinaryFormula).Type, _ name: String) {
      let samples: SampleMaker = { s in
        [Sample(.tensor(s.tensor([3, 4], low: -1.5, high: 1.5)), .tensor(s.integers([4], high: 9)))]
      }
      let tensors = formula.op("aten::special_\(name)(Tensor x, Tensor n) -> Tensor", .float, samples: samples).op
      op = tensors
      overloads = [
        tensors.erased,
        Op<Scalar, Tensor, Tensor>.leadingScalarOverload(
          "aten::special_\(name).x_scalar(Scalar x, Tensor n) -> Tensor", of: tensors,
          samples: { s in [Sample(.scalar(.double(0.75)), .tensor(s.integers([4], high: 9)))] }).erased,
        Op<Tensor, Scalar, Tensor>.scalarOverload(
          "aten::special_\(name).n_scalar(Tensor x, Scalar n) -> Tensor", of: tensors,
          samples: { s in [Sample(.tensor(s.tensor([4])), .scalar(.int(3)))] }).erased,
      ]
    }
  }

  package static let chebyshevT = Polynomial(Pointwise.ChebyshevT.self, "chebyshev_polynomial_t")
  package static let chebyshevU = Polynomial(Pointwise.ChebyshevU.self, "chebyshev_polynomial_u")
  package static let chebyshevV = Polynomial(Pointwise.ChebyshevV.self, "chebyshev_polynomial_v")
  package static let chebyshevW = Polynomial(Pointwise.ChebyshevW.self, "chebyshev_polynomial_w")
  package static let shiftedChebyshevT = Polynomial(Pointwise.ShiftedChebyshevT.self, "shifted_chebyshev_polynomial_t")
  package static let shiftedChebyshevU = Polynomial(Pointwise.ShiftedChebyshevU.self, "shifted_chebyshev_polynomial_u")
  package static let shiftedChebyshevV = Polynomial(Pointwise.ShiftedChebyshevV.self, "shifted_chebyshev_polynomial_v")
  package static let shiftedChebyshevW = Polynomial(Pointwise.ShiftedChebyshevW.self, "shifted_chebyshev_polynomial_w")
  package static let hermiteH = Polynomial(Pointwise.HermiteH.self, "hermite_polynomial_h")
  package static let hermiteHe = Polynomial(Pointwise.HermiteHe.self, "hermite_polynomial_he")
  package static let laguerreL = Polynomial(Pointwise.LaguerreL.self, "laguerre_polynomial_l")
  package static let legendreP = Polynomial(Pointwise.LegendreP.self, "legendre_polynomial_p")

  package static let polynomials = [
    chebyshevT, chebyshevU, chebyshevV, chebyshevW, shiftedChebyshevT, shiftedChebyshevU, shiftedChebyshevV, shiftedChebyshevW,
    hermiteH, hermiteHe, laguerreL, legendreP,
  ]
}
