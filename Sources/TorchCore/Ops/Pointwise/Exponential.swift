extension Pointwise {
  enum Exp: UnaryFormula {
    static let name = "exp"
    static let kinds = FormulaKinds.continuous
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.exp(x) }
    static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V { g * y }
  }

  enum Exp2: UnaryFormula {
    static let name = "exp2"
    static let kinds = FormulaKinds.continuous
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.exp2(x) }
    static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V { g * (V.constant(.ln2) * y) }
  }

  /// exp(x) - 1, precise near zero.
  enum Expm1: UnaryFormula {
    static let name = "expm1"
    static let kinds = FormulaKinds.continuous
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.expm1(x) }
    static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V { g * (y + 1.0) }
  }

  enum Log: UnaryFormula {
    static let name = "log"
    static let kinds = FormulaKinds.continuous
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.log(x) }
  }

  enum Log2: UnaryFormula {
    static let name = "log2"
    static let kinds = FormulaKinds.continuous
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.log2(x) }
  }

  enum Log10: UnaryFormula {
    static let name = "log10"
    static let kinds = FormulaKinds.continuous
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.log10(x) }
  }

  /// log(1 + x), precise near zero.
  enum Log1p: UnaryFormula {
    static let name = "log1p"
    static let kinds = FormulaKinds.continuous
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.log1p(x) }
  }

  /// log(exp(x) + exp(y)), without overflow.
  enum Logaddexp: BinaryFormula {
    static let name = "logaddexp"
    static let kinds = FormulaKinds.float
    static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V {
      let (larger, difference, areEqualInfinities) = ordered(x, y)
      return V.select(areEqualInfinities, x, larger + V.log1p(V.exp(difference)))
    }
    static func backward<V: Elementwise>(_ g: V, ofInput i: Int, _ x: V, _ y: V, _ z: V, _ p: Parameters<V>) -> V {
      g * V.sigmoid(i == 0 ? x - y : y - x)
    }
  }

  /// log2(2^x + 2^y), without overflow.
  enum Logaddexp2: BinaryFormula {
    static let name = "logaddexp2"
    static let kinds = FormulaKinds.float
    static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V {
      let (larger, difference, areEqualInfinities) = ordered(x, y)
      let rest = V.constant(1 / Double.ln2) * V.log1p(V.exp2(difference))
      return V.select(areEqualInfinities, x, larger + rest)
    }
    static func backward<V: Elementwise>(_ g: V, ofInput i: Int, _ x: V, _ y: V, _ z: V, _ p: Parameters<V>) -> V {
      g * V.sigmoid(V.constant(.ln2) * (i == 0 ? x - y : y - x))
    }
  }

  // The larger, and the smaller minus the larger. By choices rather than by an absolute value, which would leave a kink at
  // equality. The difference of equal infinities is not a number.
  private static func ordered<V: Elementwise>(_ x: V, _ y: V) -> (larger: V, difference: V, areEqualInfinities: V.Condition) {
    let first = x .> y
    let areEqualInfinities = V.and(x .== y, V.abs(x) .== V.constant(.infinity))
    return (V.select(first, x, y), V.select(first, y - x, x - y), areEqualInfinities)
  }

  /// x log(y), and 0 for x = 0 whatever y is, except NaN.
  enum Xlogy: BinaryFormula {
    static let name = "xlogy"
    static let kinds = FormulaKinds.float
    static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V {
      V.select(V.isNaN(y), y, V.select(x .== 0.0, 0.0, x * V.log(y)))
    }
    static func backward<V: Elementwise>(_ g: V, ofInput i: Int, _ x: V, _ y: V, _ z: V, _ p: Parameters<V>) -> V {
      i == 0 ? V.select(V.and(x .== 0.0, y .<= 0.0), 0.0, g * V.log(y)) : g * (x / y)
    }
  }

  /// x log(1 + y), and 0 for x = 0 whatever y is, except NaN.
  enum Xlog1py: BinaryFormula {
    static let name = "xlog1py"
    static let kinds = FormulaKinds.float
    static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V {
      V.select(V.isNaN(y), y, V.select(x .== 0.0, 0.0, x * V.log1p(y)))
    }
    static func backward<V: Elementwise>(_ g: V, ofInput i: Int, _ x: V, _ y: V, _ z: V, _ p: Parameters<V>) -> V {
      i == 0 ? V.select(V.and(x .== 0.0, y .<= -1.0), 0.0, g * V.log1p(y)) : g * (x / (y + 1.0))
    }
  }

  static let exponentialFormulas: [any Formula.Type] = [
    Exp.self, Exp2.self, Expm1.self, Log.self, Log2.self, Log10.self, Log1p.self, Logaddexp.self, Logaddexp2.self, Xlogy.self,
    Xlog1py.self,
  ]
}
