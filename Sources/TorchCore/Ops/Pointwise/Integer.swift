extension Pointwise {
  enum BitwiseAnd: BinaryFormula {
    static let name = "bitwise_and"
    static let kinds = FormulaKinds.integer
    static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { V.bitwiseAnd(x, y) }
  }

  enum BitwiseOr: BinaryFormula {
    static let name = "bitwise_or"
    static let kinds = FormulaKinds.integer
    static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { V.bitwiseOr(x, y) }
  }

  enum BitwiseXor: BinaryFormula {
    static let name = "bitwise_xor"
    static let kinds = FormulaKinds.integer
    static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { V.bitwiseXor(x, y) }
  }

  enum BitwiseNot: UnaryFormula {
    static let name = "bitwise_not"
    static let kinds = FormulaKinds.integer
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.bitwiseNot(x) }
  }

  enum BitwiseLeftShift: BinaryFormula {
    static let name = "bitwise_left_shift"
    static let kinds = FormulaKinds.integer
    static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { V.shiftLeft(x, y) }
  }

  /// Keeps the sign.
  enum BitwiseRightShift: BinaryFormula {
    static let name = "bitwise_right_shift"
    static let kinds = FormulaKinds.integer
    static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { V.shiftRight(x, y) }
  }

  /// The greatest common divisor, not negative.
  enum Gcd: BinaryFormula {
    static let name = "gcd"
    static let kinds = FormulaKinds.integer
    static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { V.gcd(x, y) }
  }

  /// The least common multiple, not negative; 0 if either is 0.
  enum Lcm: BinaryFormula {
    static let name = "lcm"
    static let kinds = FormulaKinds.integer
    static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V {
      let divisor = V.gcd(x, y)
      return V.select(divisor .== 0.0, 0.0, V.abs(V.truncDivide(x, divisor) * y))
    }
  }

  static let integerFormulas: [any Formula.Type] = [
    BitwiseAnd.self, BitwiseOr.self, BitwiseXor.self, BitwiseNot.self, BitwiseLeftShift.self, BitwiseRightShift.self, Gcd.self,
    Lcm.self,
  ]
}
