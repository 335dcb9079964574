extension Pointwise {
  enum Floor: UnaryFormula {
    static let name = "floor"
    static let kinds = FormulaKinds.real
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.floor(x) }
  }

  enum Ceil: UnaryFormula {
    static let name = "ceil"
    static let kinds = FormulaKinds.real
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.ceil(x) }
  }

  enum Trunc: UnaryFormula {
    static let name = "trunc"
    static let kinds = FormulaKinds.real
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.trunc(x) }
  }

  /// To the nearest integer, halves to the even one.
  enum Round: UnaryFormula {
    static let name = "round"
    static let kinds = FormulaKinds.real
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.round(x) }
  }

  /// The part behind the point, with the sign of x.
  enum Frac: UnaryFormula {
    static let name = "frac"
    static let kinds = FormulaKinds.float
    static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { x - V.trunc(x) }
  }

  static let roundingFormulas: [any Formula.Type] = [
    Floor.self, Ceil.self, Trunc.self, Round.self, Frac.self,
  ]
}

// The ops of this family: schemas, parameters, samples.
extension PointwiseOps {
  static let floor = Pointwise.Floor.op("aten::floor(Tensor self) -> Tensor", .same)
  static let ceil = Pointwise.Ceil.op("aten::ceil(Tensor self) -> Tensor", .same)
  static let trunc = Pointwise.Trunc.op("aten::trunc(Tensor self) -> Tensor", .same)
  static let round = Pointwise.Round.op("aten::round(Tensor self) -> Tensor", .same)
  static let frac = Pointwise.Frac.op("aten::frac(Tensor self) -> Tensor", .same)

  static let rounding: [[AnyOp]] = [
    floor.erased,
    ceil.erased,
    trunc.erased,
    round.erased,
    frac.erased,
  ]
}

extension Tensor {
  /// The largest integer that is not larger. `torch.floor`.
  public func floor() -> Tensor {
    PointwiseOps.floor.definition!.direct(self) ?? PointwiseOps.floor(self)
  }
  /// `floor` in place.
  @discardableResult
  public func floor_() -> Tensor { PointwiseOps.floor.inPlace(self) }
  /// The smallest integer that is not smaller. `torch.ceil`.
  public func ceil() -> Tensor {
    PointwiseOps.ceil.definition!.direct(self) ?? PointwiseOps.ceil(self)
  }
  /// `ceil` in place.
  @discardableResult
  public func ceil_() -> Tensor { PointwiseOps.ceil.inPlace(self) }
  /// The integer part. `torch.trunc`.
  public func trunc() -> Tensor {
    PointwiseOps.trunc.definition!.direct(self) ?? PointwiseOps.trunc(self)
  }
  /// `trunc` in place.
  @discardableResult
  public func trunc_() -> Tensor { PointwiseOps.trunc.inPlace(self) }
  /// The nearest integer; halves go to the even one. `torch.round`.
  public func round() -> Tensor {
    PointwiseOps.round.definition!.direct(self) ?? PointwiseOps.round(self)
  }
  /// `round` in place.
  @discardableResult
  public func round_() -> Tensor { PointwiseOps.round.inPlace(self) }
  /// The fractional part, with the element's sign. `torch.frac`.
  public func frac() -> Tensor {
    PointwiseOps.frac.definition!.direct(self) ?? PointwiseOps.frac(self)
  }
  /// `frac` in place.
  @discardableResult
  public func frac_() -> Tensor { PointwiseOps.frac.inPlace(self) }
}
