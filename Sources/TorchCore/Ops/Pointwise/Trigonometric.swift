extension Pointwise {
  package enum Sin: UnaryFormula {
    package static let name = "sin"
    package static let kinds = FormulaKinds.continuous
    package static let computesIntegersInDouble = true
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.sin(x) }
  }

  package enum Cos: UnaryFormula {
    package static let name = "cos"
    package static let kinds = FormulaKinds.continuous
    package static let computesIntegersInDouble = true
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.cos(x) }
  }

  package enum Tan: UnaryFormula {
    package static let name = "tan"
    package static let kinds = FormulaKinds.continuous
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.tan(x) }
    package static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V { g * (1.0 + y * y) }
  }

  package enum Asin: UnaryFormula {
    package static let name = "asin"
    package static let kinds = FormulaKinds.continuous
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.asin(x) }
  }

  package enum Acos: UnaryFormula {
    package static let name = "acos"
    package static let kinds = FormulaKinds.continuous
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.acos(x) }
  }

  package enum Atan: UnaryFormula {
    package static let name = "atan"
    package static let kinds = FormulaKinds.continuous
    package static let computesIntegersInDouble = true
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.atan(x) }
  }

  package enum Sinh: UnaryFormula {
    package static let name = "sinh"
    package static let kinds = FormulaKinds.continuous
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.sinh(x) }
  }

  package enum Cosh: UnaryFormula {
    package static let name = "cosh"
    package static let kinds = FormulaKinds.continuous
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.cosh(x) }
  }

  package enum Tanh: UnaryFormula {
    package static let name = "tanh"
    package static let kinds = FormulaKinds.continuous
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.tanh(x) }
    package static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V { g * (1.0 - y * y) }
  }

  package enum Asinh: UnaryFormula {
    package static let name = "asinh"
    package static let kinds = FormulaKinds.continuous
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.asinh(x) }
  }

  package enum Acosh: UnaryFormula {
    package static let name = "acosh"
    package static let kinds = FormulaKinds.continuous
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.acosh(x) }
  }

  package enum Atanh: UnaryFormula {
    package static let name = "atanh"
    package static let kinds = FormulaKinds.continuous
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.atanh(x) }
  }

  /// The angle of the point (y, x), from -pi to pi.
  package enum Atan2: BinaryFormula {
    package static let name = "atan2"
    package static let kinds = FormulaKinds.float
    package static func value<V: Elementwise>(_ y: V, _ x: V, _ p: Parameters<V>) -> V { V.atan2(y, x) }
  }

  package enum DegToRad: UnaryFormula {
    package static let name = "deg2rad"
    package static let kinds = FormulaKinds.float
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.constant(.pi / 180) * x }
  }

  package enum RadToDeg: UnaryFormula {
    package static let name = "rad2deg"
    package static let kinds = FormulaKinds.float
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.constant(180 / .pi) * x }
  }

  package static let trigonometricFormulas: [any Formula.Type] = [
    Sin.self, Cos.self, Tan.self, Asin.self, Acos.self, Atan.self, Sinh.self, Cosh.self, Tanh.self, Asinh.self, Acosh.self,
    Atanh.self, Atan2.self, DegToRad.self, RadToDeg.self,
  ]
}

// The ops of this family: schemas, parameters, samples.
extension PointwiseOps {
  package static let sin = Pointwise.Sin.op("aten::sin(Tensor self) -> Tensor", .float)
  package static let cos = Pointwise.Cos.op("aten::cos(Tensor self) -> Tensor", .float)
  package static let tan = Pointwise.Tan.op("aten::tan(Tensor self) -> Tensor", .float, low: -1.2, high: 1.2)
  package static let asin = Pointwise.Asin.op("aten::asin(Tensor self) -> Tensor", .float, low: -0.9, high: 0.9)
  package static let acos = Pointwise.Acos.op("aten::acos(Tensor self) -> Tensor", .float, low: -0.9, high: 0.9)
  package static let atan = Pointwise.Atan.op("aten::atan(Tensor self) -> Tensor", .float)
  package static let sinh = Pointwise.Sinh.op("aten::sinh(Tensor self) -> Tensor", .float)
  package static let cosh = Pointwise.Cosh.op("aten::cosh(Tensor self) -> Tensor", .float)
  package static let tanh = Pointwise.Tanh.op("aten::tanh(Tensor self) -> Tensor", .float)
  package static let asinh = Pointwise.Asinh.op("aten::asinh(Tensor self) -> Tensor", .float)
  package static let acosh = Pointwise.Acosh.op("aten::acosh(Tensor self) -> Tensor", .float, low: 1.2, high: 4)
  package static let atanh = Pointwise.Atanh.op("aten::atanh(Tensor self) -> Tensor", .float, low: -0.9, high: 0.9)
  package static let atan2 = Pointwise.Atan2.op("aten::atan2(Tensor self, Tensor other) -> Tensor", .float)
  package static let deg2rad = Pointwise.DegToRad.op("aten::deg2rad(Tensor self) -> Tensor", .float)
  package static let rad2deg = Pointwise.RadToDeg.op("aten::rad2deg(Tensor self) -> Tensor", .float)

  package static let trigonometric: [[AnyOp]] = [
    sin.erased,
    cos.erased,
    tan.erased,
    asin.erased,
    acos.erased,
    atan.erased,
    sinh.erased,
    cosh.erased,
    tanh.erased,
    asinh.erased,
    acosh.erased,
    atanh.erased,
    atan2.erased,
    deg2rad.erased,
    rad2deg.erased,
  ]
}

extension Tensor {
  /// The sine. `torch.sin`.
  public func sin() -> Tensor {
    PointwiseOps.sin.definition!.direct(self) ?? PointwiseOps.sin(self)
  }
  /// `sin` in place.
  @discardableResult
  public func sin_() -> Tensor { PointwiseOps.sin.inPlace(self) }
  /// The cosine. `torch.cos`.
  public func cos() -> Tensor {
    PointwiseOps.cos.definition!.direct(self) ?? PointwiseOps.cos(self)
  }
  /// `cos` in place.
  @discardableResult
  public func cos_() -> Tensor { PointwiseOps.cos.inPlace(self) }
  /// The tangent. `torch.tan`.
  public func tan() -> Tensor {
    PointwiseOps.tan.definition!.direct(self) ?? PointwiseOps.tan(self)
  }
  /// `tan` in place.
  @discardableResult
  public func tan_() -> Tensor { PointwiseOps.tan.inPlace(self) }
  /// The inverse sine. `torch.asin`.
  public func asin() -> Tensor {
    PointwiseOps.asin.definition!.direct(self) ?? PointwiseOps.asin(self)
  }
  /// `asin` in place.
  @discardableResult
  public func asin_() -> Tensor { PointwiseOps.asin.inPlace(self) }
  /// The inverse cosine. `torch.acos`.
  public func acos() -> Tensor {
    PointwiseOps.acos.definition!.direct(self) ?? PointwiseOps.acos(self)
  }
  /// `acos` in place.
  @discardableResult
  public func acos_() -> Tensor { PointwiseOps.acos.inPlace(self) }
  /// The inverse tangent. `torch.atan`.
  public func atan() -> Tensor {
    PointwiseOps.atan.definition!.direct(self) ?? PointwiseOps.atan(self)
  }
  /// `atan` in place.
  @discardableResult
  public func atan_() -> Tensor { PointwiseOps.atan.inPlace(self) }
  /// The hyperbolic sine. `torch.sinh`.
  public func sinh() -> Tensor {
    PointwiseOps.sinh.definition!.direct(self) ?? PointwiseOps.sinh(self)
  }
  /// `sinh` in place.
  @discardableResult
  public func sinh_() -> Tensor { PointwiseOps.sinh.inPlace(self) }
  /// The hyperbolic cosine. `torch.cosh`.
  public func cosh() -> Tensor {
    PointwiseOps.cosh.definition!.direct(self) ?? PointwiseOps.cosh(self)
  }
  /// `cosh` in place.
  @discardableResult
  public func cosh_() -> Tensor { PointwiseOps.cosh.inPlace(self) }
  /// The hyperbolic tangent. `torch.tanh`.
  public func tanh() -> Tensor {
    PointwiseOps.tanh.definition!.direct(self) ?? PointwiseOps.tanh(self)
  }
  /// `tanh` in place.
  @discardableResult
  public func tanh_() -> Tensor { PointwiseOps.tanh.inPlace(self) }
  /// The inverse hyperbolic sine. `torch.asinh`.
  public func asinh() -> Tensor {
    PointwiseOps.asinh.definition!.direct(self) ?? PointwiseOps.asinh(self)
  }
  /// `asinh` in place.
  @discardableResult
  public func asinh_() -> Tensor { PointwiseOps.asinh.inPlace(self) }
  /// The inverse hyperbolic cosine. `torch.acosh`.
  public func acosh() -> Tensor {
    PointwiseOps.acosh.definition!.direct(self) ?? PointwiseOps.acosh(self)
  }
  /// `acosh` in place.
  @discardableResult
  public func acosh_() -> Tensor { PointwiseOps.acosh.inPlace(self) }
  /// The inverse hyperbolic tangent. `torch.atanh`.
  public func atanh() -> Tensor {
    PointwiseOps.atanh.definition!.direct(self) ?? PointwiseOps.atanh(self)
  }
  /// `atanh` in place.
  @discardableResult
  public func atanh_() -> Tensor { PointwiseOps.atanh.inPlace(self) }
  /// The angle of the points (other, self). `torch.atan2`.
  public func atan2(_ other: Tensor) -> Tensor { PointwiseOps.atan2(self, other) }
  /// `atan2` in place.
  @discardableResult
  public func atan2_(_ other: Tensor) -> Tensor { PointwiseOps.atan2.inPlace(self, other) }
  /// Degrees as radians. `torch.deg2rad`.
  public func deg2rad() -> Tensor {
    PointwiseOps.deg2rad.definition!.direct(self) ?? PointwiseOps.deg2rad(self)
  }
  /// `deg2rad` in place.
  @discardableResult
  public func deg2rad_() -> Tensor { PointwiseOps.deg2rad.inPlace(self) }
  /// Radians as degrees. `torch.rad2deg`.
  public func rad2deg() -> Tensor {
    PointwiseOps.rad2deg.definition!.direct(self) ?? PointwiseOps.rad2deg(self)
  }
  /// `rad2deg` in place.
  @discardableResult
  public func rad2deg_() -> Tensor { PointwiseOps.rad2deg.inPlace(self) }
}
