extension Pointwise {
  package enum Exp: UnaryFormula {
    package static let name = "exp"
    package static let kinds = FormulaKinds.continuous
    package static let computesIntegersInDouble = true
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.exp(x) }
    package static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V { g * y }
  }

  package enum Exp2: UnaryFormula {
    package static let name = "exp2"
    package static let kinds = FormulaKinds.continuous
    package static let computesIntegersInDouble = true
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.exp2(x) }
    package static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V { g * (V.constant(.ln2) * y) }
  }

  /// exp(x) - 1, precise near zero.
  package enum Expm1: UnaryFormula {
    package static let name = "expm1"
    package static let kinds = FormulaKinds.continuous
    package static let computesIntegersInDouble = true
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.expm1(x) }
    package static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V { g * (y + 1.0) }
  }

  package enum Log: UnaryFormula {
    package static let name = "log"
    package static let kinds = FormulaKinds.continuous
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.log(x) }
  }

  package enum Log2: UnaryFormula {
    package static let name = "log2"
    package static let kinds = FormulaKinds.continuous
    package static let computesIntegersInDouble = true
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.log2(x) }
  }

  package enum Log10: UnaryFormula {
    package static let name = "log10"
    package static let kinds = FormulaKinds.continuous
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.log10(x) }
  }

  /// log(1 + x), precise near zero.
  package enum Log1p: UnaryFormula {
    package static let name = "log1p"
    package static let kinds = FormulaKinds.continuous
    package static let computesIntegersInDouble = true
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.log1p(x) }
  }

  /// log(exp(x) + exp(y)), without overflow.
  package enum Logaddexp: BinaryFormula {
    package static let name = "logaddexp"
    package static let kinds = FormulaKinds.float
    package static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V {
      let (larger, difference, areEqualInfinities) = ordered(x, y)
      return V.select(areEqualInfinities, x, larger + V.log1p(V.exp(difference)))
    }
    package static func backward<V: Elementwise>(_ g: V, ofInput i: Int, _ x: V, _ y: V, _ z: V, _ p: Parameters<V>) -> V {
      g * V.sigmoid(i == 0 ? x - y : y - x)
    }
  }

  /// log2(2^x + 2^y), without overflow.
  package enum Logaddexp2: BinaryFormula {
    package static let name = "logaddexp2"
    package static let kinds = FormulaKinds.float
    package static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V {
      let (larger, difference, areEqualInfinities) = ordered(x, y)
      let rest = V.constant(1 / Double.ln2) * V.log1p(V.exp2(difference))
      return V.select(areEqualInfinities, x, larger + rest)
    }
    package static func backward<V: Elementwise>(_ g: V, ofInput i: Int, _ x: V, _ y: V, _ z: V, _ p: Parameters<V>) -> V {
      g * V.sigmoid(V.constant(.ln2) * (i == 0 ? x - y : y - x))
    }
  }

  // The larger, and the smaller minus the larger. By choices rather than by an absolute value, which would leave a kink at
  // equality. The difference of equal infinities is not a number.
  private static func ordered<V: Elementwise>(_ x: V, _ y: V) -> (larger: V, difference: V, areEqualInfinities: V.Condition) {
    let first = x .> y
    let areEqualInfinities = V.and(x .== y, V.abs(x) .== V.constant(.infinity))
    return (V.select(first, x, y), V.select(first, y - x, x - y), areEqualInfinities)
  }

  /// x log(y), and 0 for x = 0 whatever y is, except NaN.
  package enum Xlogy: BinaryFormula {
    package static let name = "xlogy"
    package static let kinds = FormulaKinds.float
    package static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V {
      V.select(V.isNaN(y), y, V.select(x .== 0.0, 0.0, x * V.log(y)))
    }
    package static func backward<V: Elementwise>(_ g: V, ofInput i: Int, _ x: V, _ y: V, _ z: V, _ p: Parameters<V>) -> V {
      i == 0 ? V.select(V.and(x .== 0.0, y .<= 0.0), 0.0, g * V.log(y)) : g * (x / y)
    }
  }

  /// x log(1 + y), and 0 for x = 0 whatever y is, except NaN.
  package enum Xlog1py: BinaryFormula {
    package static let name = "xlog1py"
    package static let kinds = FormulaKinds.float
    package static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V {
      V.select(V.isNaN(y), y, V.select(x .== 0.0, 0.0, x * V.log1p(y)))
    }
    package static func backward<V: Elementwise>(_ g: V, ofInput i: Int, _ x: V, _ y: V, _ z: V, _ p: Parameters<V>) -> V {
      i == 0 ? V.select(V.and(x .== 0.0, y .<= -1.0), 0.0, g * V.log1p(y)) : g * (x / (y + 1.0))
    }
  }

  package static let exponentialFormulas: [any Formula.Type] = [
    Exp.self, Exp2.self, Expm1.self, Log.self, Log2.self, Log10.self, Log1p.self, Logaddexp.self, Logaddexp2.self, Xlogy.self,
    Xlog1py.self,
  ]
}

// The ops of this family: schemas, parameters, samples.
extension PointwiseOps {
  package static let exp = Pointwise.Exp.op("aten::exp(Tensor self) -> Tensor", .float)
  package static let exp2 = Pointwise.Exp2.op("aten::exp2(Tensor self) -> Tensor", .float)
  package static let expm1 = Pointwise.Expm1.op("aten::expm1(Tensor self) -> Tensor", .float)
  package static let log = Pointwise.Log.op("aten::log(Tensor self) -> Tensor", .float, low: 0.1, high: 4)
  package static let log2 = Pointwise.Log2.op("aten::log2(Tensor self) -> Tensor", .float, low: 0.1, high: 4)
  package static let log10 = Pointwise.Log10.op("aten::log10(Tensor self) -> Tensor", .float, low: 0.1, high: 4)
  package static let log1p = Pointwise.Log1p.op("aten::log1p(Tensor self) -> Tensor", .float, low: -0.9, high: 4)
  private static let realLogaddexp = Pointwise.Logaddexp.op("aten::logaddexp(Tensor self, Tensor other) -> Tensor", .float)
  package static let logaddexp = PointwiseOp<Tensor, Tensor>(
    op: Op(realLogaddexp.op.info) { x, y in
      guard x.isDefined, y.isDefined, x.dtype.isComplex || y.dtype.isComplex else { return try realLogaddexp.op.run(x, y) }
      return try complexLogaddexp(x, y)
    }, inPlace: realLogaddexp.inPlace)
  package static let logaddexp2 = Pointwise.Logaddexp2.op("aten::logaddexp2(Tensor self, Tensor other) -> Tensor", .float)
  package static let xlogy = Pointwise.Xlogy.op("aten::xlogy.Tensor(Tensor self, Tensor other) -> Tensor", .float, low: 0.2, high: 3)
  package static let xlog1py = Pointwise.Xlog1py.op("aten::special_xlog1py(Tensor self, Tensor other) -> Tensor", .float, low: 0.2, high: 3)
  package static let xlogyScalars = [
    Op<Tensor, Scalar, Tensor>.scalarOverload(
      "aten::xlogy.Scalar_Other(Tensor self, Scalar other) -> Tensor", of: xlogy.op).erased,
    Op<Scalar, Tensor, Tensor>.leadingScalarOverload("aten::xlogy.Scalar_Self(Scalar self, Tensor other) -> Tensor", of: xlogy.op).erased,
    Op<Tensor, Scalar, Tensor>.scalarOverload(
      "aten::special_xlog1py.other_scalar(Tensor self, Scalar other) -> Tensor", of: xlog1py.op).erased,
    Op<Scalar, Tensor, Tensor>.leadingScalarOverload(
      "aten::special_xlog1py.self_scalar(Scalar self, Tensor other) -> Tensor", of: xlog1py.op).erased,
  ]

  package static let exponential: [[AnyOp]] = [
    exp.erased,
    exp2.erased,
    expm1.erased,
    log.erased,
    log2.erased,
    log10.erased,
    log1p.erased,
    logaddexp.erased,
    logaddexp2.erased,
    xlogy.erased,
    xlog1py.erased,
    xlogyScalars,
  ]
}

extension Tensor {
  /// e to the power of each element. `torch.exp`.
  public func exp() -> Tensor {
    PointwiseOps.exp.definition!.direct(self) ?? PointwiseOps.exp(self)
  }
  /// `exp` in place.
  @discardableResult
  public func exp_() -> Tensor { PointwiseOps.exp.inPlace(self) }
  /// 2 to the power of each element. `torch.exp2`.
  public func exp2() -> Tensor {
    PointwiseOps.exp2.definition!.direct(self) ?? PointwiseOps.exp2(self)
  }
  /// `exp2` in place.
  @discardableResult
  public func exp2_() -> Tensor { PointwiseOps.exp2.inPlace(self) }
  /// e to the power of each element, minus 1, accurate near 0. `torch.expm1`.
  public func expm1() -> Tensor {
    PointwiseOps.expm1.definition!.direct(self) ?? PointwiseOps.expm1(self)
  }
  /// `expm1` in place.
  @discardableResult
  public func expm1_() -> Tensor { PointwiseOps.expm1.inPlace(self) }
  /// The natural logarithm. `torch.log`.
  public func log() -> Tensor {
    PointwiseOps.log.definition!.direct(self) ?? PointwiseOps.log(self)
  }
  /// `log` in place.
  @discardableResult
  public func log_() -> Tensor { PointwiseOps.log.inPlace(self) }
  /// The logarithm to base 2. `torch.log2`.
  public func log2() -> Tensor {
    PointwiseOps.log2.definition!.direct(self) ?? PointwiseOps.log2(self)
  }
  /// `log2` in place.
  @discardableResult
  public func log2_() -> Tensor { PointwiseOps.log2.inPlace(self) }
  /// The logarithm to base 10. `torch.log10`.
  public func log10() -> Tensor {
    PointwiseOps.log10.definition!.direct(self) ?? PointwiseOps.log10(self)
  }
  /// `log10` in place.
  @discardableResult
  public func log10_() -> Tensor { PointwiseOps.log10.inPlace(self) }
  /// The natural logarithm of 1 plus each element, accurate near 0. `torch.log1p`.
  public func log1p() -> Tensor {
    PointwiseOps.log1p.definition!.direct(self) ?? PointwiseOps.log1p(self)
  }
  /// `log1p` in place.
  @discardableResult
  public func log1p_() -> Tensor { PointwiseOps.log1p.inPlace(self) }
  /// The logarithm of the sum of exponentials. `torch.logaddexp`.
  public func logaddexp(_ other: Tensor) -> Tensor { PointwiseOps.logaddexp(self, other) }
  /// The logarithm to base 2 of the sum of powers of 2. `torch.logaddexp2`.
  public func logaddexp2(_ other: Tensor) -> Tensor { PointwiseOps.logaddexp2(self, other) }
  /// x log y, and 0 where x is 0. `torch.xlogy`.
  public func xlogy(_ other: Tensor) -> Tensor { PointwiseOps.xlogy(self, other) }
  /// `xlogy` in place.
  @discardableResult
  public func xlogy_(_ other: Tensor) -> Tensor { PointwiseOps.xlogy.inPlace(self, other) }
  /// x log(1 + y), and 0 where x is 0. `torch.special_xlog1py`.
  public func xlog1py(_ other: Tensor) -> Tensor { PointwiseOps.xlog1py(self, other) }
}
