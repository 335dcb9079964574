// The losses before their reduction, of a prediction x and a target t.
extension Pointwise {
  package enum MeanSquaredError: BinaryFormula {
    package static let name = "mse_loss"
    package static let kinds = FormulaKinds.float
    package static func value<V: Elementwise>(_ x: V, _ t: V, _ p: Parameters<V>) -> V {
      let d = x - t
      return d * d
    }
    package static func backward<V: Elementwise>(_ g: V, ofInput i: Int, _ x: V, _ t: V, _ z: V, _ p: Parameters<V>) -> V {
      g * (2.0 * difference(ofInput: i, x, t))
    }
  }

  package enum AbsoluteError: BinaryFormula {
    package static let name = "l1_loss"
    package static let kinds = FormulaKinds.float
    package static func value<V: Elementwise>(_ x: V, _ t: V, _ p: Parameters<V>) -> V { V.abs(x - t) }
    package static func backward<V: Elementwise>(_ g: V, ofInput i: Int, _ x: V, _ t: V, _ z: V, _ p: Parameters<V>) -> V {
      let d = difference(ofInput: i, x, t)
      return V.select(d .> 0.0, g, V.select(d .< 0.0, -g, 0.0))
    }
  }

  /// Quadratic below `beta`, which is positive, and linear with slope one beyond.
  package enum SmoothAbsoluteError: BinaryFormula {
    package static let name = "smooth_l1_loss"
    package static let kinds = FormulaKinds.float
    package static let parameterCount = 1
    package static func value<V: Elementwise>(_ x: V, _ t: V, _ p: Parameters<V>) -> V {
      let d = V.abs(x - t)
      return V.select(d .< p[0], 0.5 * d * d / p[0], d - 0.5 * p[0])
    }
    package static func backward<V: Elementwise>(_ g: V, ofInput i: Int, _ x: V, _ t: V, _ z: V, _ p: Parameters<V>) -> V {
      let d = difference(ofInput: i, x, t)
      return V.select(d .<= -p[0], -g, V.select(d .>= p[0], g, g * (d / p[0])))
    }
  }

  /// Quadratic up to `delta` and linear with slope delta beyond.
  package enum Huber: BinaryFormula {
    package static let name = "huber_loss"
    package static let kinds = FormulaKinds.float
    package static let parameterCount = 1
    package static func value<V: Elementwise>(_ x: V, _ t: V, _ p: Parameters<V>) -> V {
      let d = V.abs(x - t)
      return V.select(d .<= p[0], 0.5 * d * d, p[0] * (d - 0.5 * p[0]))
    }
    package static func backward<V: Elementwise>(_ g: V, ofInput i: Int, _ x: V, _ t: V, _ z: V, _ p: Parameters<V>) -> V {
      let d = difference(ofInput: i, x, t)
      return V.select(d .<= -p[0], -(g * p[0]), V.select(d .>= p[0], g * p[0], g * d))
    }
  }

  // x - t for the gradient by the prediction, and its opposite for the one by the target.
  private static func difference<V: Elementwise>(ofInput i: Int, _ x: V, _ t: V) -> V { i == 0 ? x - t : t - x }

  /// Of a probability x. The logarithms are bounded below by -100, and the divisor of the gradient by 1e-12 in single precision;
  /// the gradient by the target is not bounded.
  package enum BinaryCrossEntropy: BinaryFormula {
    package static let name = "binary_cross_entropy"
    package static let kinds = FormulaKinds.float
    package static func value<V: Elementwise>(_ x: V, _ t: V, _ p: Parameters<V>) -> V {
      (t - 1.0) * V.maximum(V.log1p(-x), -100.0) - t * V.maximum(V.log(x), -100.0)
    }
    package static func backward<V: Elementwise>(_ g: V, ofInput i: Int, _ x: V, _ t: V, _ z: V, _ p: Parameters<V>) -> V {
      if i == 0 { return g * ((x - t) / V.maximum((1.0 - x) * x, V.constant(Double(Float(1e-12))))) }
      return g * (V.log1p(-x) - V.log(x))
    }
  }

  /// Of a logit x.
  package enum BinaryCrossEntropyWithLogits: BinaryFormula {
    package static let name = "binary_cross_entropy_with_logits"
    package static let kinds = FormulaKinds.float
    package static func value<V: Elementwise>(_ x: V, _ t: V, _ p: Parameters<V>) -> V { (1.0 - t) * x - V.logSigmoid(x) }
    package static func backward<V: Elementwise>(_ g: V, ofInput i: Int, _ x: V, _ t: V, _ z: V, _ p: Parameters<V>) -> V {
      i == 0 ? g * (V.sigmoid(x) - t) : -(g * x)
    }
  }

  /// Of a logit x, with positives weighted by the third input.
  package enum BinaryCrossEntropyWithLogitsWeighted: TernaryFormula {
    package static let name = "binary_cross_entropy_with_logits_pos_weight"
    package static let kinds = FormulaKinds.float
    package static func value<V: Elementwise>(_ x: V, _ t: V, _ w: V, _ p: Parameters<V>) -> V {
      (1.0 - t) * x - ((w - 1.0) * t + 1.0) * V.logSigmoid(x)
    }
    package static func backward<V: Elementwise>(_ g: V, ofInput i: Int, _ x: V, _ t: V, _ w: V, _ p: Parameters<V>) -> V {
      switch i {
      case 0:
        let weighted = w * t
        return g * ((weighted + (1.0 - t)) * V.sigmoid(x) - weighted)
      case 1: return g * (V.logSigmoid(-x) - w * V.logSigmoid(x))
      default: return -(g * (t * V.logSigmoid(x)))
      }
    }
  }

  /// Of a log-probability x and a probability t: t (log t - x), with 0 log 0 = 0.
  package enum KullbackLeibler: BinaryFormula {
    package static let name = "kl_div"
    package static let kinds = FormulaKinds.float
    package static func value<V: Elementwise>(_ x: V, _ t: V, _ p: Parameters<V>) -> V {
      V.select(t .== 0.0, 0.0, t * V.log(t)) - t * x
    }
    package static func backward<V: Elementwise>(_ g: V, ofInput i: Int, _ x: V, _ t: V, _ z: V, _ p: Parameters<V>) -> V {
      i == 0 ? -(g * t) : g * (V.log(t) + 1.0 - x)
    }
  }

  /// Of two log-probabilities: exp(t) (t - x).
  package enum KullbackLeiblerLogTarget: BinaryFormula {
    package static let name = "kl_div_log_target"
    package static let kinds = FormulaKinds.float
    package static func value<V: Elementwise>(_ x: V, _ t: V, _ p: Parameters<V>) -> V { V.exp(t) * (t - x) }
  }

  /// log(1 + exp(-t x)), without overflow.
  package enum SoftMargin: BinaryFormula {
    package static let name = "soft_margin_loss"
    package static let kinds = FormulaKinds.float
    package static func value<V: Elementwise>(_ x: V, _ t: V, _ p: Parameters<V>) -> V { -V.logSigmoid(t * x) }
    package static func backward<V: Elementwise>(_ g: V, ofInput i: Int, _ x: V, _ t: V, _ z: V, _ p: Parameters<V>) -> V {
      -(g * ((i == 0 ? t : x) * V.sigmoid(-(t * x))))
    }
  }

  package static let lossFormulas: [any Formula.Type] = [
    MeanSquaredError.self, AbsoluteError.self, SmoothAbsoluteError.self, Huber.self, BinaryCrossEntropy.self,
    BinaryCrossEntropyWithLogits.self, BinaryCrossEntropyWithLogitsWeighted.self, KullbackLeibler.self,
    KullbackLeiblerLogTarget.self, SoftMargin.self,
  ]
}
