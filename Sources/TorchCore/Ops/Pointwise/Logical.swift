extension Pointwise {
  enum LogicalAnd: BinaryPredicate {
    static let name = "logical_and"
    static let kinds = FormulaKinds.all
    static func holds<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V.Condition { V.and(x .!= 0.0, y .!= 0.0) }
  }

  enum LogicalOr: BinaryPredicate {
    static let name = "logical_or"
    static let kinds = FormulaKinds.all
    static func holds<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V.Condition { V.or(x .!= 0.0, y .!= 0.0) }
  }

  enum LogicalXor: BinaryPredicate {
    static let name = "logical_xor"
    static let kinds = FormulaKinds.all
    static func holds<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V.Condition {
      let a = x .!= 0.0
      let b = y .!= 0.0
      return V.or(V.and(a, V.not(b)), V.and(b, V.not(a)))
    }
  }

  enum LogicalNot: UnaryPredicate {
    static let name = "logical_not"
    static let kinds = FormulaKinds.all
    static func holds<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V.Condition { x .== 0.0 }
  }

  /// The second input where the first, a condition, is not zero, and the third elsewhere.
  enum Where: TernaryFormula {
    static let name = "where"
    static let kinds = FormulaKinds.all
    static let differentiableInputs = [1, 2]
    static func value<V: Elementwise>(_ condition: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V {
      V.select(condition .!= 0.0, x, y)
    }
  }

  static let logicalFormulas: [any Formula.Type] = [
    LogicalAnd.self, LogicalOr.self, LogicalXor.self, LogicalNot.self, Where.self,
  ]
}
