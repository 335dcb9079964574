extension Pointwise {
  package enum Equal: BinaryPredicate {
    package static let name = "eq"
    package static let kinds = FormulaKinds.all
    package static func holds<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V.Condition { x .== y }
  }

  package enum NotEqual: BinaryPredicate {
    package static let name = "ne"
    package static let kinds = FormulaKinds.all
    package static func holds<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V.Condition { x .!= y }
  }

  package enum Less: BinaryPredicate {
    package static let name = "lt"
    package static let kinds = FormulaKinds.real
    package static func holds<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V.Condition { x .< y }
  }

  package enum LessOrEqual: BinaryPredicate {
    package static let name = "le"
    package static let kinds = FormulaKinds.real
    package static func holds<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V.Condition { x .<= y }
  }

  package enum Greater: BinaryPredicate {
    package static let name = "gt"
    package static let kinds = FormulaKinds.real
    package static func holds<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V.Condition { x .> y }
  }

  package enum GreaterOrEqual: BinaryPredicate {
    package static let name = "ge"
    package static let kinds = FormulaKinds.real
    package static func holds<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V.Condition { x .>= y }
  }

  /// Of a complex number: whether a part is.
  package enum IsNaN: UnaryPredicate {
    package static let name = "isnan"
    package static let kinds = FormulaKinds.all
    package static func holds<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V.Condition { V.isNaN(x) }
  }

  package enum IsInfinite: UnaryPredicate {
    package static let name = "isinf"
    package static let kinds = FormulaKinds.float
    package static func holds<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V.Condition { V.abs(x) .== V.constant(.infinity) }
  }

  /// Of a complex number: whether both parts are. Only infinities and NaN differ from themselves by anything but zero.
  package enum IsFinite: UnaryPredicate {
    package static let name = "isfinite"
    package static let kinds = FormulaKinds.all
    package static func holds<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V.Condition { x - x .== 0.0 }
  }

  package enum IsPositiveInfinity: UnaryPredicate {
    package static let name = "isposinf"
    package static let kinds = FormulaKinds.float
    package static func holds<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V.Condition { x .== V.constant(.infinity) }
  }

  package enum IsNegativeInfinity: UnaryPredicate {
    package static let name = "isneginf"
    package static let kinds = FormulaKinds.float
    package static func holds<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V.Condition { x .== V.constant(-.infinity) }
  }

  /// Whether the sign is minus: of -0 and of a negative NaN too.
  package enum SignBit: UnaryPredicate {
    package static let name = "signbit"
    package static let kinds = FormulaKinds.float
    package static func holds<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V.Condition { V.copysign(1.0, x) .< 0.0 }
  }

  package static let comparisonFormulas: [any Formula.Type] = [
    Equal.self, NotEqual.self, Less.self, LessOrEqual.self, Greater.self, GreaterOrEqual.self, IsNaN.self, IsInfinite.self,
    IsFinite.self, IsPositiveInfinity.self, IsNegativeInfinity.self, SignBit.self,
  ]
}

// The ops of this family: schemas, parameters, samples.
extension PointwiseOps {
  package static let eq = Pointwise.Equal.op("aten::eq.Tensor(Tensor self, Tensor other) -> Tensor")
  package static let eqScalar = Op<Tensor, Scalar, Tensor>.scalarOverload(
    "aten::eq.Scalar(Tensor self, Scalar other) -> Tensor", of: eq)
  package static let ne = Pointwise.NotEqual.op("aten::ne.Tensor(Tensor self, Tensor other) -> Tensor")
  package static let neScalar = Op<Tensor, Scalar, Tensor>.scalarOverload(
    "aten::ne.Scalar(Tensor self, Scalar other) -> Tensor", of: ne)
  package static let lt = Pointwise.Less.op("aten::lt.Tensor(Tensor self, Tensor other) -> Tensor")
  package static let ltScalar = Op<Tensor, Scalar, Tensor>.scalarOverload(
    "aten::lt.Scalar(Tensor self, Scalar other) -> Tensor", of: lt)
  package static let le = Pointwise.LessOrEqual.op("aten::le.Tensor(Tensor self, Tensor other) -> Tensor")
  package static let leScalar = Op<Tensor, Scalar, Tensor>.scalarOverload(
    "aten::le.Scalar(Tensor self, Scalar other) -> Tensor", of: le)
  package static let gt = Pointwise.Greater.op("aten::gt.Tensor(Tensor self, Tensor other) -> Tensor")
  package static let gtScalar = Op<Tensor, Scalar, Tensor>.scalarOverload(
    "aten::gt.Scalar(Tensor self, Scalar other) -> Tensor", of: gt)
  package static let ge = Pointwise.GreaterOrEqual.op("aten::ge.Tensor(Tensor self, Tensor other) -> Tensor")
  package static let geScalar = Op<Tensor, Scalar, Tensor>.scalarOverload(
    "aten::ge.Scalar(Tensor self, Scalar other) -> Tensor", of: ge)
  package static let isNaN = Pointwise.IsNaN.op("aten::isnan(Tensor self) -> Tensor")
  package static let isInf = extended(
    Pointwise.IsInfinite.op("aten::isinf(Tensor self) -> Tensor"), ofIntegers: false) { $0.logicalOr($1) }
  package static let isFinite = extended(
    Pointwise.IsFinite.op("aten::isfinite(Tensor self) -> Tensor"), ofIntegers: true) { $0.logicalAnd($1) }
  package static let isPosInf = extended(
    Pointwise.IsPositiveInfinity.op("aten::isposinf(Tensor self) -> Tensor"), ofIntegers: false, ofParts: nil)
  package static let isNegInf = extended(
    Pointwise.IsNegativeInfinity.op("aten::isneginf(Tensor self) -> Tensor"), ofIntegers: false, ofParts: nil)

  /// A predicate of real numbers for all types: integers share one answer, and complex numbers combine those of their parts.
  private static func extended(
    _ op: Op<Tensor, Tensor>, ofIntegers answer: Bool, ofParts combine: (@Sendable (Tensor, Tensor) -> Tensor)?
  ) -> Op<Tensor, Tensor> {
    Op(op.info) { x in
      if x.dtype.isComplex {
        guard let combine else { throw TorchError(.dtype, "complex numbers have no sign of infinity, got \(x.dtype)") }
        return combine(try op.run(x.detach().real), try op.run(x.detach().imag))
      }
      if x.dtype.isDifferentiable { return try op.run(x) }
      return try Tensor.filled(.bool(answer), TensorSpec(x.impl.sizes, .bool, x.device))
    }
  }

  package static let isReal = Op<Tensor, Tensor>.composite(
    "aten::isreal(Tensor self) -> Tensor", samples: { s in [Sample(.tensor(s.tensor([3, 4])))] }
  ) { x in
    if x.dtype.isComplex { return try eqScalar.callThrowing(x.detach().imag, 0) }
    return try Tensor.filled(true, TensorSpec(x.impl.sizes, .bool, x.device))
  }

  package static let isClose = Op<Tensor, Tensor, Double, Double, Bool, Tensor>.composite(
    "aten::isclose(Tensor self, Tensor other, float rtol=1.0000000000000001e-05, float atol=1e-08, bool equal_nan=False) -> Tensor",
    rule: { x, y, relative, absolute, _ in
      guard x.dtype == y.dtype else { throw TorchError(.dtype, "expected tensors of one type, got \(x.dtype) and \(y.dtype)") }
      guard relative >= 0 else { throw TorchError(.value, "rtol must not be negative, got \(relative)") }
      guard absolute >= 0 else { throw TorchError(.value, "atol must not be negative, got \(absolute)") }
    },
    samples: { s in
      let x = s.tensor([2, 3])
      return [
        Sample(.tensor(x), .tensor(s.tensor([3])), 0.5.box(), 0.1.box(), false.box()),
        Sample(.tensor(x), .tensor(x), 1e-5.box(), 1e-8.box(), true.box()),
      ]
    }
  ) { x, y, relative, absolute, equalNaN in
    let (x, y) = (x.detach(), y.detach())
    var close = try eq.callThrowing(x, y)
    if equalNaN && x.dtype.isDifferentiable { close = close.logicalOr(x.isNaN().logicalAnd(y.isNaN())) }
    if relative == 0 && absolute == 0 { return close }
    // Differences of integers are taken in floating point.
    let (a, b) = x.dtype.isDifferentiable ? (x, y) : (x.to(defaultDType), y.to(defaultDType))
    let allowed = magnitude(b * Tensor(scalar: .double(relative))) + Tensor(scalar: .double(absolute))
    let actual = magnitude(a - b)
    return close.logicalOr(actual.isFinite().logicalAnd(actual .<= allowed))
  }

  private static func magnitude(_ x: Tensor) -> Tensor { x.dtype.isComplex ? x.real.hypot(x.imag) : x.abs() }
  private static let signbitFloat = Pointwise.SignBit.op("aten::signbit(Tensor self) -> Tensor")
  package static let signbit = Op<Tensor, Tensor>(signbitFloat.info) { x in
    guard x.isDefined, !x.dtype.isDifferentiable else { return try signbitFloat.run(x) }
    if x.dtype.isInteger { return try lt.run(x, Tensor(scalar: .int(0))) }
    return try Tensor.filled(.bool(false), TensorSpec(x.impl.sizes, .bool, x.device))
  }

  package static let comparison: [[AnyOp]] = [
    [eq.erased, eqScalar.erased],
    [ne.erased, neScalar.erased],
    [lt.erased, ltScalar.erased],
    [le.erased, leScalar.erased],
    [gt.erased, gtScalar.erased],
    [ge.erased, geScalar.erased],
    [isNaN.erased],
    [isInf.erased],
    [isFinite.erased],
    [isPosInf.erased],
    [isNegInf.erased],
    [signbit.erased],
    [isReal.erased, isClose.erased],
  ]
}

extension Tensor {
  /// Where elements are equal. `torch.eq`.
  public func eq(_ other: Tensor) -> Tensor { PointwiseOps.eq(self, other) }
  /// Where elements are equal. `torch.eq`.
  public static func .== (a: Tensor, b: Tensor) -> Tensor { PointwiseOps.eq(a, b) }
  /// Where elements differ. `torch.ne`.
  public func ne(_ other: Tensor) -> Tensor { PointwiseOps.ne(self, other) }
  /// Where elements differ. `torch.ne`.
  public static func .!= (a: Tensor, b: Tensor) -> Tensor { PointwiseOps.ne(a, b) }
  /// Where elements are less than the other's. `torch.lt`.
  public func lt(_ other: Tensor) -> Tensor { PointwiseOps.lt(self, other) }
  /// Where elements are less than the other's. `torch.lt`.
  public static func .< (a: Tensor, b: Tensor) -> Tensor { PointwiseOps.lt(a, b) }
  /// Where elements are at most the other's. `torch.le`.
  public func le(_ other: Tensor) -> Tensor { PointwiseOps.le(self, other) }
  /// Where elements are at most the other's. `torch.le`.
  public static func .<= (a: Tensor, b: Tensor) -> Tensor { PointwiseOps.le(a, b) }
  /// Where elements are greater than the other's. `torch.gt`.
  public func gt(_ other: Tensor) -> Tensor { PointwiseOps.gt(self, other) }
  /// Where elements are greater than the other's. `torch.gt`.
  public static func .> (a: Tensor, b: Tensor) -> Tensor { PointwiseOps.gt(a, b) }
  /// Where elements are at least the other's. `torch.ge`.
  public func ge(_ other: Tensor) -> Tensor { PointwiseOps.ge(self, other) }
  /// Where elements are at least the other's. `torch.ge`.
  public static func .>= (a: Tensor, b: Tensor) -> Tensor { PointwiseOps.ge(a, b) }
  /// Where elements are NaN. `torch.isnan`.
  public func isNaN() -> Tensor { PointwiseOps.isNaN(self) }
  /// Where elements are infinite. `torch.isinf`.
  public func isInf() -> Tensor { PointwiseOps.isInf(self) }
  /// Where elements are finite. `torch.isfinite`.
  public func isFinite() -> Tensor { PointwiseOps.isFinite(self) }
  /// Where elements are positive infinity. `torch.isposinf`.
  public func isPosInf() -> Tensor { PointwiseOps.isPosInf(self) }
  /// Where elements are negative infinity. `torch.isneginf`.
  public func isNegInf() -> Tensor { PointwiseOps.isNegInf(self) }
  /// Where elements are real numbers: all of a real tensor, and those of a complex one without imaginary part. `torch.isreal`.
  public func isReal() -> Tensor { PointwiseOps.isReal(self) }
  /// Where elements are close: `|self - other| <= atol + rtol |other|`. `torch.isclose`.
  public func isClose(_ other: Tensor, rtol: Double = 1e-5, atol: Double = 1e-8, equalNaN: Bool = false) -> Tensor {
    PointwiseOps.isClose(self, other, rtol, atol, equalNaN)
  }
  /// Where the sign bit is set. `torch.signbit`.
  public func signbit() -> Tensor { PointwiseOps.signbit(self) }
}
