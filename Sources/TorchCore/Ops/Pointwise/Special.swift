extension Pointwise {
  package enum Erf: UnaryFormula {
    package static let name = "erf"
    package static let kinds = FormulaKinds.float
    package static let computesIntegersInDouble = true
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.erf(x) }
  }

  package enum Erfc: UnaryFormula {
    package static let name = "erfc"
    package static let kinds = FormulaKinds.float
    package static let computesIntegersInDouble = true
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.erfc(x) }
  }

  /// log |gamma(x)|
  package enum Lgamma: UnaryFormula {
    package static let name = "lgamma"
    package static let kinds = FormulaKinds.float
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.lgamma(x) }
  }

  /// The derivative of `lgamma`.
  package enum Digamma: UnaryFormula {
    package static let name = "digamma"
    package static let kinds = FormulaKinds.float
    package static let computesIntegersInDouble = true
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.digamma(x) }
  }

  /// sin(pi x) / (pi x), and 1 at zero.
  package enum Sinc: UnaryFormula {
    package static let name = "sinc"
    package static let kinds = FormulaKinds.continuous
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V {
      let angle = V.constant(.pi) * x
      return V.select(x .== 0.0, 1.0, V.sin(angle) / angle)
    }
    package static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V {
      let angle = V.constant(.pi) * x
      let square = x * angle
      return V.select(square .== 0.0, 0.0, g * ((angle * V.cos(angle) - V.sin(angle)) / square))
    }
  }

  /// log(x / (1 - x))
  package enum Logit: UnaryFormula {
    package static let name = "logit"
    package static let kinds = FormulaKinds.float
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.log(x / (1.0 - x)) }
    package static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V {
      V.select(V.or(x .< 0.0, x .> 1.0), V.constant(.nan), g / (x * (1.0 - x)))
    }
  }

  /// `logit` of x clamped to `eps` ... 1 - eps. Gradient 1 / (x (1 - x)) from bound to bound, and 0 outside.
  package enum LogitClamped: UnaryFormula {
    package static let name = "logit_eps"
    package static let kinds = FormulaKinds.float
    package static let parameterCount = 1
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V {
      let inside = V.select(x .< p[0], p[0], V.select(x .> 1.0 - p[0], 1.0 - p[0], x))
      return V.log(inside / (1.0 - inside))
    }
    package static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V {
      V.select(V.or(x .< p[0], x .> 1.0 - p[0]), 0.0, g / (x * (1.0 - x)))
    }
  }

  /// The normal distribution function.
  package enum Ndtr: UnaryFormula {
    package static let name = "ndtr"
    package static let kinds = FormulaKinds.float
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V {
      0.5 * V.erfc(V.constant(-(0.5.squareRoot())) * x)
    }
    package static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V {
      g * V.normalDensity(x)
    }
  }

  /// -x log(x), 0 at zero, minus infinity below.
  package enum Entr: UnaryFormula {
    package static let name = "entr"
    package static let kinds = FormulaKinds.float
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V {
      let defined = V.select(x .> 0.0, -(x * V.log(x)), V.select(x .== 0.0, 0.0, V.constant(-.infinity)))
      return V.select(V.isNaN(x), x, defined)
    }
    package static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V { g * (-1.0 - V.log(x)) }
  }

  package static let specialFormulas: [any Formula.Type] = [
    Erf.self, Erfc.self, Lgamma.self, Digamma.self, Sinc.self, Logit.self, LogitClamped.self, Ndtr.self, Entr.self,
  ]
}

// The ops of this family: schemas, parameters, samples.
extension PointwiseOps {
  package static let erf = Pointwise.Erf.op("aten::erf(Tensor self) -> Tensor", .float)
  package static let erfc = Pointwise.Erfc.op("aten::erfc(Tensor self) -> Tensor", .float)
  package static let lgamma = Pointwise.Lgamma.op("aten::lgamma(Tensor self) -> Tensor", .float, low: 0.3, high: 4)
  package static let digamma = Pointwise.Digamma.op("aten::digamma(Tensor self) -> Tensor", .float, low: 0.3, high: 4)
  package static let logitFree = Pointwise.Logit.op("aten::logit(Tensor self, float? eps=None) -> Tensor", .float)
  package static let logitClamped = Pointwise.LogitClamped.op(
    "aten::logit(Tensor self, float? eps=None) -> Tensor", .float, parameters: { (eps: Scalar) in KernelParameters(eps) },
    samples: { _ in [] })
  package static let sinc = Pointwise.Sinc.op("aten::sinc(Tensor self) -> Tensor", .float)

  package static let special: [[AnyOp]] = [
    erf.erased,
    erfc.erased,
    lgamma.erased,
    digamma.erased,
    sinc.erased,
  ]
}

extension Tensor {
  /// The error function. `torch.erf`.
  public func erf() -> Tensor {
    PointwiseOps.erf.definition!.direct(self) ?? PointwiseOps.erf(self)
  }
  /// `erf` in place.
  @discardableResult
  public func erf_() -> Tensor { PointwiseOps.erf.inPlace(self) }
  /// One minus the error function. `torch.erfc`.
  public func erfc() -> Tensor {
    PointwiseOps.erfc.definition!.direct(self) ?? PointwiseOps.erfc(self)
  }
  /// `erfc` in place.
  @discardableResult
  public func erfc_() -> Tensor { PointwiseOps.erfc.inPlace(self) }
  /// The logarithm of the absolute gamma function. `torch.lgamma`.
  public func lgamma() -> Tensor {
    PointwiseOps.lgamma.definition!.direct(self) ?? PointwiseOps.lgamma(self)
  }
  /// `lgamma` in place.
  @discardableResult
  public func lgamma_() -> Tensor { PointwiseOps.lgamma.inPlace(self) }
  /// The logarithmic derivative of the gamma function. `torch.digamma`.
  public func digamma() -> Tensor {
    PointwiseOps.digamma.definition!.direct(self) ?? PointwiseOps.digamma(self)
  }
  /// `digamma` in place.
  @discardableResult
  public func digamma_() -> Tensor { PointwiseOps.digamma.inPlace(self) }
  /// sin(pi x) / (pi x), and 1 at zero. `torch.sinc`.
  public func sinc() -> Tensor {
    PointwiseOps.sinc.definition!.direct(self) ?? PointwiseOps.sinc(self)
  }
  /// `sinc` in place.
  @discardableResult
  public func sinc_() -> Tensor { PointwiseOps.sinc.inPlace(self) }
}
