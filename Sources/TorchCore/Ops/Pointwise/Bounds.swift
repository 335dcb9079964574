extension Pointwise {
  /// The larger; NaN if either is. Equal inputs share the gradient.
  enum Maximum: BinaryFormula {
    static let name = "maximum"
    static let kinds = FormulaKinds.real
    static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { V.maximum(x, y) }
  }

  /// The smaller; NaN if either is. Equal inputs share the gradient.
  enum Minimum: BinaryFormula {
    static let name = "minimum"
    static let kinds = FormulaKinds.real
    static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { V.minimum(x, y) }
  }

  /// The larger, or the one that is not NaN. Of equal inputs the first has the gradient.
  enum Fmax: BinaryFormula {
    static let name = "fmax"
    static let kinds = FormulaKinds.real
    static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { V.fmax(x, y) }
  }

  /// The smaller, or the one that is not NaN. Of equal inputs the first has the gradient.
  enum Fmin: BinaryFormula {
    static let name = "fmin"
    static let kinds = FormulaKinds.real
    static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { V.fmin(x, y) }
  }

  /// Between two numbers, `min` and `max`. The bounds themselves have gradient 1.
  enum Clamp: UnaryFormula {
    static let name = "clamp"
    static let kinds = FormulaKinds.real
    static let parameterCount = 2
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.minimum(V.maximum(x, p[0]), p[1]) }
    static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V {
      V.select(V.and(x .>= p[0], x .<= p[1]), g, 0.0)
    }
  }

  enum ClampMin: UnaryFormula {
    static let name = "clamp_min"
    static let kinds = FormulaKinds.real
    static let parameterCount = 1
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.maximum(x, p[0]) }
    static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V { V.select(x .>= p[0], g, 0.0) }
  }

  enum ClampMax: UnaryFormula {
    static let name = "clamp_max"
    static let kinds = FormulaKinds.real
    static let parameterCount = 1
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.minimum(x, p[0]) }
    static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V { V.select(x .<= p[0], g, 0.0) }
  }

  /// Between two inputs. The upper bound wins where they cross, and then alone has the gradient.
  enum ClampTensor: TernaryFormula {
    static let name = "clamp_tensor"
    static let kinds = FormulaKinds.real
    static func value<V: Elementwise>(_ x: V, _ low: V, _ high: V, _ p: Parameters<V>) -> V {
      V.minimum(V.maximum(x, low), high)
    }
    static func backward<V: Elementwise>(_ g: V, ofInput i: Int, _ x: V, _ low: V, _ high: V, _ p: Parameters<V>) -> V {
      switch i {
      case 0: V.select(V.and(x .>= low, x .<= high), g, 0.0)
      case 1: V.select(V.and(x .< low, low .< high), g, 0.0)
      default: V.select(V.or(x .> high, high .< low), g, 0.0)
      }
    }
  }

  /// The larger of x and a bound; at equality x has the gradient.
  enum ClampMinTensor: BinaryFormula {
    static let name = "clamp_min_tensor"
    static let kinds = FormulaKinds.real
    static func value<V: Elementwise>(_ x: V, _ low: V, _ p: Parameters<V>) -> V { V.maximum(x, low) }
    static func backward<V: Elementwise>(_ g: V, ofInput i: Int, _ x: V, _ low: V, _ z: V, _ p: Parameters<V>) -> V {
      i == 0 ? V.select(x .>= low, g, 0.0) : V.select(x .< low, g, 0.0)
    }
  }

  /// The smaller of x and a bound; at equality x has the gradient.
  enum ClampMaxTensor: BinaryFormula {
    static let name = "clamp_max_tensor"
    static let kinds = FormulaKinds.real
    static func value<V: Elementwise>(_ x: V, _ high: V, _ p: Parameters<V>) -> V { V.minimum(x, high) }
    static func backward<V: Elementwise>(_ g: V, ofInput i: Int, _ x: V, _ high: V, _ z: V, _ p: Parameters<V>) -> V {
      i == 0 ? V.select(x .<= high, g, 0.0) : V.select(x .> high, g, 0.0)
    }
  }

  /// The magnitude of x with the sign of y.
  enum Copysign: BinaryFormula {
    static let name = "copysign"
    static let kinds = FormulaKinds.float
    static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { V.copysign(x, y) }
  }

  /// The step: 0 below zero (and for NaN), 1 above, y at zero. It has no derivative.
  enum Heaviside: BinaryFormula {
    static let name = "heaviside"
    static let kinds = FormulaKinds.real
    static let gradientKinds: FormulaKinds = []
    static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V {
      V.select(x .== 0.0, y, V.select(x .> 0.0, 1.0, 0.0))
    }
  }

  /// Three numbers instead of NaN, infinity and minus infinity.
  enum NanToNum: UnaryFormula {
    static let name = "nan_to_num"
    static let kinds = FormulaKinds.float
    static let parameterCount = 3
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V {
      let infinity: V = .constant(.infinity)
      let finite = V.select(x .== infinity, p[1], V.select(x .== -infinity, p[2], x))
      return V.select(V.isNaN(x), p[0], finite)
    }
    static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V {
      V.select(V.abs(x) .< V.constant(.infinity), g, 0.0)
    }
  }

  static let boundFormulas: [any Formula.Type] = [
    Maximum.self, Minimum.self, Fmax.self, Fmin.self, Clamp.self, ClampMin.self, ClampMax.self, ClampTensor.self,
    ClampMinTensor.self, ClampMaxTensor.self, Copysign.self, Heaviside.self, NanToNum.self,
  ]
}
