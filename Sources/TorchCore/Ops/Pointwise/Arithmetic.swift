extension Pointwise {
  enum Add: BinaryFormula {
    static let name = "add"
    static let kinds = FormulaKinds.all
    static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { x + y }
  }

  /// x + alpha y
  enum AddScaled: BinaryFormula {
    static let name = "add_alpha"
    static let kinds = FormulaKinds.all
    static let parameterCount = 1
    static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { x + p[0] * y }
  }

  enum Sub: BinaryFormula {
    static let name = "sub"
    static let kinds = FormulaKinds.all
    static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { x - y }
  }

  /// x - alpha y
  enum SubScaled: BinaryFormula {
    static let name = "sub_alpha"
    static let kinds = FormulaKinds.all
    static let parameterCount = 1
    static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { x - p[0] * y }
  }

  /// y - alpha x
  enum ReverseSub: BinaryFormula {
    static let name = "rsub"
    static let kinds = FormulaKinds.all
    static let parameterCount = 1
    static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { y - p[0] * x }
  }

  enum Mul: BinaryFormula {
    static let name = "mul"
    static let kinds = FormulaKinds.all
    static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { x * y }
  }

  /// True division.
  enum Div: BinaryFormula {
    static let name = "div"
    static let kinds = FormulaKinds.continuous
    static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { x / y }
  }

  enum FloorDivide: BinaryFormula {
    static let name = "floor_divide"
    static let kinds = FormulaKinds.real
    static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { V.floorDivide(x, y) }
  }

  /// `div` with `rounding_mode='trunc'`.
  enum TruncDivide: BinaryFormula {
    static let name = "trunc_divide"
    static let kinds = FormulaKinds.real
    static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { V.truncDivide(x, y) }
  }

  /// The rest with the sign of the divisor.
  enum Remainder: BinaryFormula {
    static let name = "remainder"
    static let kinds = FormulaKinds.real
    static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { V.remainder(x, y) }
  }

  /// The rest with the sign of the dividend.
  enum Fmod: BinaryFormula {
    static let name = "fmod"
    static let kinds = FormulaKinds.real
    static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { V.fmod(x, y) }
  }

  enum Neg: UnaryFormula {
    static let name = "neg"
    static let kinds = FormulaKinds.all
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { -x }
  }

  /// The magnitude; of a complex number, as a complex number with imaginary part zero.
  enum Abs: UnaryFormula {
    static let name = "abs"
    static let kinds = FormulaKinds.all
    static let gradientKinds = FormulaKinds.float
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.abs(x) }
  }

  /// -1, 0 or 1; 0 for NaN.
  enum Sign: UnaryFormula {
    static let name = "sign"
    static let kinds = FormulaKinds.real
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V {
      V.select(x .> 0.0, 1.0, V.select(x .< 0.0, -1.0, 0.0))
    }
  }

  /// x / |x| of complex numbers, 0 for 0. Not holomorphic: its gradient is a composite.
  enum ComplexSign: UnaryFormula {
    static let name = "sgn"
    static let kinds = FormulaKinds.complex
    static let gradientKinds: FormulaKinds = []
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.select(x .== 0.0, 0.0, x / V.abs(x)) }
  }

  /// The complex conjugate. Not holomorphic: its gradient is the conjugate of the incoming one.
  enum Conj: UnaryFormula {
    static let name = "conj"
    static let kinds = FormulaKinds.complex
    static let gradientKinds: FormulaKinds = []
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.conj(x) }
  }

  /// x + value y z
  enum Addcmul: TernaryFormula {
    static let name = "addcmul"
    static let kinds = FormulaKinds.all
    static let parameterCount = 1
    static func value<V: Elementwise>(_ x: V, _ y: V, _ z: V, _ p: Parameters<V>) -> V { x + p[0] * y * z }
  }

  /// x + value y / z
  enum Addcdiv: TernaryFormula {
    static let name = "addcdiv"
    static let kinds = FormulaKinds.continuous
    static let parameterCount = 1
    static func value<V: Elementwise>(_ x: V, _ y: V, _ z: V, _ p: Parameters<V>) -> V { x + p[0] * y / z }
  }

  /// Linear interpolation from x to y by a number; from the nearer end, so that weight 1 gives y exactly.
  enum LerpScalar: BinaryFormula {
    static let name = "lerp_scalar"
    static let kinds = FormulaKinds.float
    static let parameterCount = 1
    static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { interpolate(x, y, p[0]) }
    static func backward<V: Elementwise>(_ g: V, ofInput i: Int, _ x: V, _ y: V, _ z: V, _ p: Parameters<V>) -> V {
      i == 0 ? g * (1.0 - p[0]) : g * p[0]
    }
  }

  /// Linear interpolation from x to y by the weights w.
  enum Lerp: TernaryFormula {
    static let name = "lerp"
    static let kinds = FormulaKinds.float
    static func value<V: Elementwise>(_ x: V, _ y: V, _ w: V, _ p: Parameters<V>) -> V { interpolate(x, y, w) }
    static func backward<V: Elementwise>(_ g: V, ofInput i: Int, _ x: V, _ y: V, _ w: V, _ p: Parameters<V>) -> V {
      switch i {
      case 0: g * (1.0 - w)
      case 1: g * w
      default: g * (y - x)
      }
    }
  }

  private static func interpolate<V: Elementwise>(_ x: V, _ y: V, _ w: V) -> V {
    let difference = y - x
    return V.select(V.abs(w) .< 0.5, x + w * difference, y - difference * (1.0 - w))
  }

  static let arithmeticFormulas: [any Formula.Type] = [
    Add.self, AddScaled.self, Sub.self, SubScaled.self, ReverseSub.self, Mul.self, Div.self, FloorDivide.self, TruncDivide.self,
    Remainder.self, Fmod.self, Neg.self, Abs.self, Sign.self, ComplexSign.self, Conj.self, Addcmul.self, Addcdiv.self,
    LerpScalar.self, Lerp.self,
  ]
}
