/// A formula that is one function of the C library of special functions.
package protocol LibraryFormula: ValueFormula {
  static var function: LibraryFunction { get }
}

package protocol UnaryLibraryFormula: UnaryFormula, LibraryFormula {}
package protocol BinaryLibraryFormula: BinaryFormula, LibraryFormula {}

extension LibraryFormula {
  package static var name: String { function.rawValue }
  package static var kinds: FormulaKinds { .float }
  package static var differentiableInputs: [Int] { function.differentiableInputs }
  package static var underivedInputs: [Int] {
    let derived = differentiableInputs
    return derived.isEmpty ? [] : (0..<inputCount).filter { !derived.contains($0) }
  }
  package static var undifferentiable: String { "PyTorch gives none" }
}

// Where the derivative mentions the function itself, it reads the output.
extension UnaryLibraryFormula {
  package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.apply(function, [x]) }
  package static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V {
    g * (function.derivative(byInput: 0, at: [x], result: y) ?? 0.0)
  }
}

extension BinaryLibraryFormula {
  package static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { V.apply(function, [x, y]) }
  package static func backward<V: Elementwise>(_ g: V, ofInput i: Int, _ x: V, _ y: V, _ z: V, _ p: Parameters<V>) -> V {
    g * (function.derivative(byInput: i, at: [x, y], result: z) ?? 0.0)
  }
}

/// The next number: it moves with the first input, unless it has arrived.
package protocol NextFormula: BinaryLibraryFormula {}

extension NextFormula {
  package static var differentiableInputs: [Int] { [0, 1] }
  package static func backward<V: Elementwise>(_ g: V, ofInput i: Int, _ x: V, _ y: V, _ z: V, _ p: Parameters<V>) -> V {
    i == 0 ? V.select(x .== y, 0.0, g) : 0.0
  }
}

extension Pointwise {
  package enum AiryAi: UnaryLibraryFormula { package static let function = LibraryFunction.airyAi }
  package enum BesselJ0: UnaryLibraryFormula { package static let function = LibraryFunction.besselJ0 }
  package enum BesselJ1: UnaryLibraryFormula { package static let function = LibraryFunction.besselJ1 }
  package enum BesselY0: UnaryLibraryFormula { package static let function = LibraryFunction.besselY0 }
  package enum BesselY1: UnaryLibraryFormula { package static let function = LibraryFunction.besselY1 }
  package enum SphericalBesselJ0: UnaryLibraryFormula { package static let function = LibraryFunction.sphericalBesselJ0 }
  package enum I0: UnaryLibraryFormula { package static let function = LibraryFunction.i0 }
  package enum I1: UnaryLibraryFormula { package static let function = LibraryFunction.i1 }
  package enum I0e: UnaryLibraryFormula { package static let function = LibraryFunction.i0e }
  package enum I1e: UnaryLibraryFormula { package static let function = LibraryFunction.i1e }
  package enum ModifiedBesselK0: UnaryLibraryFormula { package static let function = LibraryFunction.modifiedBesselK0 }
  package enum ModifiedBesselK1: UnaryLibraryFormula { package static let function = LibraryFunction.modifiedBesselK1 }
  package enum ScaledModifiedBesselK0: UnaryLibraryFormula {
    package static let function = LibraryFunction.scaledModifiedBesselK0
  }
  package enum ScaledModifiedBesselK1: UnaryLibraryFormula {
    package static let function = LibraryFunction.scaledModifiedBesselK1
  }
  package enum Erfcx: UnaryLibraryFormula { package static let function = LibraryFunction.erfcx }
  package enum Erfinv: UnaryLibraryFormula { package static let function = LibraryFunction.erfinv }
  package enum Ndtri: UnaryLibraryFormula { package static let function = LibraryFunction.ndtri }
  package enum LogNdtr: UnaryLibraryFormula { package static let function = LibraryFunction.logNdtr }
  package enum FrexpMantissa: UnaryLibraryFormula { package static let function = LibraryFunction.frexpMantissa }
  package enum FrexpExponent: UnaryLibraryFormula { package static let function = LibraryFunction.frexpExponent }

  package enum Nextafter: NextFormula { package static let function = LibraryFunction.nextafter }
  package enum NextafterHalf: NextFormula { package static let function = LibraryFunction.nextafterHalf }
  package enum NextafterBFloat: NextFormula { package static let function = LibraryFunction.nextafterBFloat }
  package enum Igamma: BinaryLibraryFormula { package static let function = LibraryFunction.igamma }
  package enum Igammac: BinaryLibraryFormula { package static let function = LibraryFunction.igammac }
  package enum Zeta: BinaryLibraryFormula { package static let function = LibraryFunction.zeta }
  /// Of x and the order, which is no variable.
  package enum Polygamma: BinaryLibraryFormula {
    package static let function = LibraryFunction.polygamma
    package static let underivedInputs: [Int] = []
  }
  package enum ChebyshevT: BinaryLibraryFormula { package static let function = LibraryFunction.chebyshevT }
  package enum ChebyshevU: BinaryLibraryFormula { package static let function = LibraryFunction.chebyshevU }
  package enum ChebyshevV: BinaryLibraryFormula { package static let function = LibraryFunction.chebyshevV }
  package enum ChebyshevW: BinaryLibraryFormula { package static let function = LibraryFunction.chebyshevW }
  package enum ShiftedChebyshevT: BinaryLibraryFormula { package static let function = LibraryFunction.shiftedChebyshevT }
  package enum ShiftedChebyshevU: BinaryLibraryFormula { package static let function = LibraryFunction.shiftedChebyshevU }
  package enum ShiftedChebyshevV: BinaryLibraryFormula { package static let function = LibraryFunction.shiftedChebyshevV }
  package enum ShiftedChebyshevW: BinaryLibraryFormula { package static let function = LibraryFunction.shiftedChebyshevW }
  package enum HermiteH: BinaryLibraryFormula { package static let function = LibraryFunction.hermiteH }
  package enum HermiteHe: BinaryLibraryFormula { package static let function = LibraryFunction.hermiteHe }
  package enum LaguerreL: BinaryLibraryFormula { package static let function = LibraryFunction.laguerreL }
  package enum LegendreP: BinaryLibraryFormula { package static let function = LibraryFunction.legendreP }

  package static let libraryFormulas: [any LibraryFormula.Type] = [
    AiryAi.self, BesselJ0.self, BesselJ1.self, BesselY0.self, BesselY1.self, SphericalBesselJ0.self, I0.self, I1.self, I0e.self,
    I1e.self, ModifiedBesselK0.self, ModifiedBesselK1.self, ScaledModifiedBesselK0.self, ScaledModifiedBesselK1.self, Erfcx.self,
    Erfinv.self, Ndtri.self, LogNdtr.self, Igamma.self, Igammac.self, Zeta.self, Polygamma.self, ChebyshevT.self, ChebyshevU.self,
    ChebyshevV.self, ChebyshevW.self, ShiftedChebyshevT.self, ShiftedChebyshevU.self, ShiftedChebyshevV.self,
    ShiftedChebyshevW.self, HermiteH.self, HermiteHe.self, LaguerreL.self, LegendreP.self, FrexpMantissa.self,
    FrexpExponent.self, Nextafter.self, NextafterHalf.self, NextafterBFloat.self,
  ]
}
