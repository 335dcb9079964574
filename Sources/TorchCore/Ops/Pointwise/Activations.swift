extension Pointwise {
  enum Sigmoid: UnaryFormula {
    static let name = "sigmoid"
    static let kinds = FormulaKinds.continuous
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.sigmoid(x) }
    static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V { g * (y * (1.0 - y)) }
  }

  /// log(sigmoid(x)), without overflow.
  enum LogSigmoid: UnaryFormula {
    static let name = "log_sigmoid"
    static let kinds = FormulaKinds.float
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.logSigmoid(x) }
    static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V { g * V.sigmoid(-x) }
  }

  enum Relu: UnaryFormula {
    static let name = "relu"
    static let kinds = FormulaKinds.real
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.maximum(x, 0.0) }
    static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V { V.select(y .<= 0.0, 0.0, g) }
  }

  /// Between `min_val` and `max_val`; the bounds themselves have gradient 0. `relu6` is this from 0 to 6.
  enum Hardtanh: UnaryFormula {
    static let name = "hardtanh"
    static let kinds = FormulaKinds.real
    static let parameterCount = 2
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.minimum(V.maximum(x, p[0]), p[1]) }
    static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V {
      V.select(V.or(x .<= p[0], x .>= p[1]), 0.0, g)
    }
  }

  /// x, or `negative_slope` x where x is not positive.
  enum LeakyRelu: UnaryFormula {
    static let name = "leaky_relu"
    static let kinds = FormulaKinds.float
    static let parameterCount = 1
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.select(x .> 0.0, x, p[0] * x) }
  }

  /// x, or w x where x is not positive.
  enum Prelu: BinaryFormula {
    static let name = "prelu"
    static let kinds = FormulaKinds.float
    static func value<V: Elementwise>(_ x: V, _ w: V, _ p: Parameters<V>) -> V { V.select(x .> 0.0, x, w * x) }
  }

  /// Parameters `alpha`, `scale`, `input_scale`. `selu` and `celu` are values of these: (1.6732632423543772, 1.0507009873554805,
  /// 1) and (alpha, 1, 1 / alpha).
  enum Elu: UnaryFormula {
    static let name = "elu"
    static let kinds = FormulaKinds.float
    static let parameterCount = 3
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V {
      V.select(x .<= 0.0, V.expm1(x * p[2]) * (p[0] * p[1]), x * p[1])
    }
    static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V {
      let scale = p[2] * (p[0] * p[1])
      return V.select(x .<= 0.0, g * (scale * V.exp(x * p[2])), g * p[1])
    }
  }

  enum Gelu: UnaryFormula {
    static let name = "gelu"
    static let kinds = FormulaKinds.float
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V {
      0.5 * x * (1.0 + V.erf(V.constant(0.5.squareRoot()) * x))
    }
  }

  enum GeluTanh: UnaryFormula {
    static let name = "gelu_tanh"
    static let kinds = FormulaKinds.float
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V {
      let inner = x * (1.0 + 0.044715 * (x * x))
      return 0.5 * x * (1.0 + V.tanh(V.constant((2 / Double.pi).squareRoot()) * inner))
    }
  }

  enum Silu: UnaryFormula {
    static let name = "silu"
    static let kinds = FormulaKinds.continuous
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { x * V.sigmoid(x) }
    static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V {
      let s = V.sigmoid(x)
      return g * (s * (1.0 + x * (1.0 - s)))
    }
  }

  /// x tanh(softplus(x)).
  enum Mish: UnaryFormula {
    static let name = "mish"
    static let kinds = FormulaKinds.float
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { x * tanhSoftplus(x) }
    static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V {
      let t = tanhSoftplus(x)
      return g * (t + x * V.sigmoid(x) * (1.0 - t * t))
    }
  }

  // tanh(log(1 + e^x)) as a quotient in e^-|x|, which neither overflows nor cancels.
  private static func tanhSoftplus<V: Elementwise>(_ x: V) -> V {
    let positive = x .> 0.0
    let e = V.exp(V.select(positive, -x, x))
    let numerator = V.select(positive, 1.0 + 2.0 * e, e * (e + 2.0))
    return numerator / (numerator + V.select(positive, 2.0 * (e * e), 2.0))
  }

  /// log(1 + exp(beta x)) / beta, and x itself where beta x exceeds `threshold`.
  enum Softplus: UnaryFormula {
    static let name = "softplus"
    static let kinds = FormulaKinds.float
    static let parameterCount = 2
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V {
      let scaled = p[0] * x
      return V.select(scaled .> p[1], x, V.log1p(V.exp(scaled)) / p[0])
    }
    static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V {
      let scaled = p[0] * x
      return V.select(scaled .> p[1], g, g * V.sigmoid(scaled))
    }
  }

  enum Softsign: UnaryFormula {
    static let name = "softsign"
    static let kinds = FormulaKinds.float
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { x / (1.0 + V.abs(x)) }
    static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V {
      let d = 1.0 + V.abs(x)
      return g / d / d
    }
  }

  static let activationFormulas: [any Formula.Type] = [
    Sigmoid.self, LogSigmoid.self, Relu.self, Hardtanh.self, LeakyRelu.self, Prelu.self, Elu.self, Gelu.self, GeluTanh.self,
    Silu.self, Mish.self, Softplus.self, Softsign.self,
  ]
}

extension Elementwise {
  /// log(sigmoid(x)) = min(x, 0) - log(1 + exp(-|x|)).
  static func logSigmoid(_ x: Self) -> Self { minimum(x, 0.0) - log1p(exp(-abs(x))) }
}
