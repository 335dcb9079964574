extension Pointwise {
  enum Sin: UnaryFormula {
    static let name = "sin"
    static let kinds = FormulaKinds.continuous
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.sin(x) }
  }

  enum Cos: UnaryFormula {
    static let name = "cos"
    static let kinds = FormulaKinds.continuous
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.cos(x) }
  }

  enum Tan: UnaryFormula {
    static let name = "tan"
    static let kinds = FormulaKinds.continuous
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.tan(x) }
    static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V { g * (1.0 + y * y) }
  }

  enum Asin: UnaryFormula {
    static let name = "asin"
    static let kinds = FormulaKinds.continuous
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.asin(x) }
  }

  enum Acos: UnaryFormula {
    static let name = "acos"
    static let kinds = FormulaKinds.continuous
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.acos(x) }
  }

  enum Atan: UnaryFormula {
    static let name = "atan"
    static let kinds = FormulaKinds.continuous
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.atan(x) }
  }

  enum Sinh: UnaryFormula {
    static let name = "sinh"
    static let kinds = FormulaKinds.continuous
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.sinh(x) }
  }

  enum Cosh: UnaryFormula {
    static let name = "cosh"
    static let kinds = FormulaKinds.continuous
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.cosh(x) }
  }

  enum Tanh: UnaryFormula {
    static let name = "tanh"
    static let kinds = FormulaKinds.continuous
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.tanh(x) }
    static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V { g * (1.0 - y * y) }
  }

  enum Asinh: UnaryFormula {
    static let name = "asinh"
    static let kinds = FormulaKinds.continuous
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.asinh(x) }
  }

  enum Acosh: UnaryFormula {
    static let name = "acosh"
    static let kinds = FormulaKinds.continuous
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.acosh(x) }
  }

  enum Atanh: UnaryFormula {
    static let name = "atanh"
    static let kinds = FormulaKinds.continuous
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.atanh(x) }
  }

  /// The angle of the point (y, x), from -pi to pi.
  enum Atan2: BinaryFormula {
    static let name = "atan2"
    static let kinds = FormulaKinds.float
    static func value<V: Elementwise>(_ y: V, _ x: V, _ p: Parameters<V>) -> V { V.atan2(y, x) }
  }

  enum DegToRad: UnaryFormula {
    static let name = "deg2rad"
    static let kinds = FormulaKinds.float
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.constant(.pi / 180) * x }
  }

  enum RadToDeg: UnaryFormula {
    static let name = "rad2deg"
    static let kinds = FormulaKinds.float
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.constant(180 / .pi) * x }
  }

  static let trigonometricFormulas: [any Formula.Type] = [
    Sin.self, Cos.self, Tan.self, Asin.self, Acos.self, Atan.self, Sinh.self, Cosh.self, Tanh.self, Asinh.self, Acosh.self,
    Atanh.self, Atan2.self, DegToRad.self, RadToDeg.self,
  ]
}
