extension Pointwise {
  enum Equal: BinaryPredicate {
    static let name = "eq"
    static let kinds = FormulaKinds.all
    static func holds<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V.Condition { x .== y }
  }

  enum NotEqual: BinaryPredicate {
    static let name = "ne"
    static let kinds = FormulaKinds.all
    static func holds<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V.Condition { x .!= y }
  }

  enum Less: BinaryPredicate {
    static let name = "lt"
    static let kinds = FormulaKinds.real
    static func holds<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V.Condition { x .< y }
  }

  enum LessOrEqual: BinaryPredicate {
    static let name = "le"
    static let kinds = FormulaKinds.real
    static func holds<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V.Condition { x .<= y }
  }

  enum Greater: BinaryPredicate {
    static let name = "gt"
    static let kinds = FormulaKinds.real
    static func holds<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V.Condition { x .> y }
  }

  enum GreaterOrEqual: BinaryPredicate {
    static let name = "ge"
    static let kinds = FormulaKinds.real
    static func holds<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V.Condition { x .>= y }
  }

  /// Of a complex number: whether a part is.
  enum IsNaN: UnaryPredicate {
    static let name = "isnan"
    static let kinds = FormulaKinds.all
    static func holds<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V.Condition { V.isNaN(x) }
  }

  enum IsInfinite: UnaryPredicate {
    static let name = "isinf"
    static let kinds = FormulaKinds.float
    static func holds<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V.Condition { V.abs(x) .== V.constant(.infinity) }
  }

  enum IsFinite: UnaryPredicate {
    static let name = "isfinite"
    static let kinds = FormulaKinds.float
    static func holds<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V.Condition { V.abs(x) .< V.constant(.infinity) }
  }

  enum IsPositiveInfinity: UnaryPredicate {
    static let name = "isposinf"
    static let kinds = FormulaKinds.float
    static func holds<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V.Condition { x .== V.constant(.infinity) }
  }

  enum IsNegativeInfinity: UnaryPredicate {
    static let name = "isneginf"
    static let kinds = FormulaKinds.float
    static func holds<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V.Condition { x .== V.constant(-.infinity) }
  }

  /// Whether the sign is minus: of -0 and of a negative NaN too.
  enum SignBit: UnaryPredicate {
    static let name = "signbit"
    static let kinds = FormulaKinds.float
    static func holds<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V.Condition { V.copysign(1.0, x) .< 0.0 }
  }

  static let comparisonFormulas: [any Formula.Type] = [
    Equal.self, NotEqual.self, Less.self, LessOrEqual.self, Greater.self, GreaterOrEqual.self, IsNaN.self, IsInfinite.self,
    IsFinite.self, IsPositiveInfinity.self, IsNegativeInfinity.self, SignBit.self,
  ]
}
