// The activations made of straight pieces and cut-outs.
extension Pointwise {
  /// Towards zero by `lambd`, and zero where |x| is at most that. Gradient 0 at the edges.
  enum Softshrink: UnaryFormula {
    static let name = "softshrink"
    static let kinds = FormulaKinds.float
    static let parameterCount = 1
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V {
      V.select(x .> p[0], x - p[0], V.select(x .< -p[0], x + p[0], V.select(V.isNaN(x), x, 0.0)))
    }
    static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V {
      V.select(isInside(x, p[0]), 0.0, g)
    }
  }

  /// Zero where |x| is at most `lambd`, else x.
  enum Hardshrink: UnaryFormula {
    static let name = "hardshrink"
    static let kinds = FormulaKinds.float
    static let parameterCount = 1
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.select(isInside(x, p[0]), 0.0, x) }
  }

  private static func isInside<V: Elementwise>(_ x: V, _ bound: V) -> V.Condition {
    V.and(x .>= -bound, x .<= bound)
  }

  /// x relu6(x + 3) / 6
  enum Hardswish: UnaryFormula {
    static let name = "hardswish"
    static let kinds = FormulaKinds.float
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { x * relu6(x + 3.0) / 6.0 }
    static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V {
      V.select(x .<= -3.0, 0.0, V.select(x .< 3.0, g * (x / 3.0 + 0.5), g))
    }
  }

  /// relu6(x + 3) / 6
  enum Hardsigmoid: UnaryFormula {
    static let name = "hardsigmoid"
    static let kinds = FormulaKinds.float
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { relu6(x + 3.0) / 6.0 }
    static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V {
      V.select(V.and(x .> -3.0, x .< 3.0), g / 6.0, 0.0)
    }
  }

  private static func relu6<V: Elementwise>(_ x: V) -> V { V.minimum(V.maximum(x, 0.0), 6.0) }

  /// x above `threshold`, else `value`.
  enum Threshold: UnaryFormula {
    static let name = "threshold"
    static let kinds = FormulaKinds.real
    static let parameterCount = 2
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.select(x .<= p[0], p[1], x) }
  }

  enum Tanhshrink: UnaryFormula {
    static let name = "tanhshrink"
    static let kinds = FormulaKinds.float
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { x - V.tanh(x) }
    static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V {
      let t = V.tanh(x)
      return g * (t * t)
    }
  }

  static let shrinkFormulas: [any Formula.Type] = [
    Softshrink.self, Hardshrink.self, Hardswish.self, Hardsigmoid.self, Threshold.self, Tanhshrink.self,
  ]
}
