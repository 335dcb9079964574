extension Pointwise {
  enum Pow: BinaryFormula {
    static let name = "pow"
    static let kinds = FormulaKinds.all
    static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { V.pow(x, y) }
    static func backward<V: Elementwise>(_ g: V, ofInput i: Int, _ x: V, _ y: V, _ z: V, _ p: Parameters<V>) -> V {
      i == 0 ? g * basePartial(x, y) : g * V.select(V.isPowerOfZero(x, z), 0.0, z * V.log(x))
    }
  }

  /// x to the power of a number. For 0.5, `sqrt` is the formula: it differs at -0 and minus infinity.
  enum PowScalar: UnaryFormula {
    static let name = "pow_scalar"
    static let kinds = FormulaKinds.all
    static let parameterCount = 1
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.pow(x, p[0]) }
    static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V { g * basePartial(x, p[0]) }
  }

  /// A number to the power of x.
  enum PowBase: UnaryFormula {
    static let name = "pow_base"
    static let kinds = FormulaKinds.all
    static let parameterCount = 1
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.pow(p[0], x) }
    static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V {
      g * V.select(V.isPowerOfZero(p[0], y), 0.0, y * V.log(p[0]))
    }
  }

  // Zero for the exponent zero, also where the power of the base is infinite.
  private static func basePartial<V: Elementwise>(_ x: V, _ y: V) -> V {
    V.select(y .== 0.0, 0.0, y * V.pow(x, y - 1.0))
  }

  enum Square: UnaryFormula {
    static let name = "square"
    static let kinds = FormulaKinds.all
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { x * x }
  }

  enum Reciprocal: UnaryFormula {
    static let name = "reciprocal"
    static let kinds = FormulaKinds.continuous
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { 1.0 / x }
    static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V { -(g * (y * y)) }
  }

  enum Sqrt: UnaryFormula {
    static let name = "sqrt"
    static let kinds = FormulaKinds.continuous
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.sqrt(x) }
    static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V { g / (2.0 * y) }
  }

  enum Rsqrt: UnaryFormula {
    static let name = "rsqrt"
    static let kinds = FormulaKinds.continuous
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.rsqrt(x) }
    static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V { g * (-0.5 * (y * y * y)) }
  }

  /// The length of the vector (x, y), without overflow on the way.
  enum Hypot: BinaryFormula {
    static let name = "hypot"
    static let kinds = FormulaKinds.float
    static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { V.hypot(x, y) }
    static func backward<V: Elementwise>(_ g: V, ofInput i: Int, _ x: V, _ y: V, _ z: V, _ p: Parameters<V>) -> V {
      g * ((i == 0 ? x : y) / z)
    }
  }

  /// x times two to the power of y.
  enum Ldexp: BinaryFormula {
    static let name = "ldexp"
    static let kinds = FormulaKinds.float
    static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { x * V.exp2(y) }
  }

  static let powerFormulas: [any Formula.Type] = [
    Pow.self, PowScalar.self, PowBase.self, Square.self, Reciprocal.self, Sqrt.self, Rsqrt.self, Hypot.self, Ldexp.self,
  ]
}
