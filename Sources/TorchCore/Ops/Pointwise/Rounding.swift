extension Pointwise {
  enum Floor: UnaryFormula {
    static let name = "floor"
    static let kinds = FormulaKinds.real
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.floor(x) }
  }

  enum Ceil: UnaryFormula {
    static let name = "ceil"
    static let kinds = FormulaKinds.real
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.ceil(x) }
  }

  enum Trunc: UnaryFormula {
    static let name = "trunc"
    static let kinds = FormulaKinds.real
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.trunc(x) }
  }

  /// To the nearest integer, halves to the even one.
  enum Round: UnaryFormula {
    static let name = "round"
    static let kinds = FormulaKinds.real
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.round(x) }
  }

  /// The part behind the point, with the sign of x.
  enum Frac: UnaryFormula {
    static let name = "frac"
    static let kinds = FormulaKinds.float
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { x - V.trunc(x) }
  }

  static let roundingFormulas: [any Formula.Type] = [
    Floor.self, Ceil.self, Trunc.self, Round.self, Frac.self,
  ]
}
