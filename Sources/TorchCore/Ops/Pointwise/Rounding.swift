extension Pointwise {
  package enum Floor: UnaryFormula {
    package static let name = "floor"
    package static let kinds = FormulaKinds.real
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.floor(x) }
  }

  package enum Ceil: UnaryFormula {
    package static let name = "ceil"
    package static let kinds = FormulaKinds.real
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.ceil(x) }
  }

  package enum Trunc: UnaryFormula {
    package static let name = "trunc"
    package static let kinds = FormulaKinds.real
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.trunc(x) }
  }

  /// To the nearest integer, halves to the even one.
  package enum Round: UnaryFormula {
    package static let name = "round"
    package static let kinds = FormulaKinds.real
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.round(x) }
  }

  /// The part behind the point, with the sign of x.
  package enum Frac: UnaryFormula {
    package static let name = "frac"
    package static let kinds = FormulaKinds.float
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { x - V.trunc(x) }
  }

  package static let roundingFormulas: [any Formula.Type] = [
    Floor.self, Ceil.self, Trunc.self, Round.self, Frac.self,
  ]
}

// The ops of this family: schemas, parameters, samples.
extension PointwiseOps {
  package static let floor = Pointwise.Floor.op("aten::floor(Tensor self) -> Tensor", .same)
  package static let ceil = Pointwise.Ceil.op("aten::ceil(Tensor self) -> Tensor", .same)
  package static let trunc = Pointwise.Trunc.op("aten::trunc(Tensor self) -> Tensor", .same)
  package static let round = Pointwise.Round.op("aten::round(Tensor self) -> Tensor", .same)
  package static let frac = Pointwise.Frac.op("aten::frac(Tensor self) -> Tensor", .same)

  package static let rounding: [[AnyOp]] = [
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
