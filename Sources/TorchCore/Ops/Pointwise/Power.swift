extension Pointwise {
  package enum Pow: BinaryFormula {
    package static let name = "pow"
    package static let kinds = FormulaKinds.all
    package static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { V.pow(x, y) }
    package static func backward<V: Elementwise>(_ g: V, ofInput i: Int, _ x: V, _ y: V, _ z: V, _ p: Parameters<V>) -> V {
      i == 0 ? g * basePartial(x, y) : g * V.select(V.isPowerOfZero(x, z), 0.0, z * V.log(x))
    }
  }

  /// x to the power of a number. For 0.5, `sqrt` is the formula: it differs at -0 and minus infinity.
  package enum PowScalar: UnaryFormula {
    package static let name = "pow_scalar"
    package static let kinds = FormulaKinds.all
    package static let parameterCount = 1
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.pow(x, p[0]) }
    package static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V { g * basePartial(x, p[0]) }
  }

  /// A number to the power of x.
  package enum PowBase: UnaryFormula {
    package static let name = "pow_base"
    package static let kinds = FormulaKinds.all
    package static let parameterCount = 1
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.pow(p[0], x) }
    package static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V {
      g * V.select(V.isPowerOfZero(p[0], y), 0.0, y * V.log(p[0]))
    }
  }

  // Zero for the exponent zero, also where the power of the base is infinite.
  private static func basePartial<V: Elementwise>(_ x: V, _ y: V) -> V {
    V.select(y .== 0.0, 0.0, y * V.pow(x, y - 1.0))
  }

  package enum Square: UnaryFormula {
    package static let name = "square"
    package static let kinds = FormulaKinds.all
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { x * x }
  }

  package enum Reciprocal: UnaryFormula {
    package static let name = "reciprocal"
    package static let kinds = FormulaKinds.continuous
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { 1.0 / x }
    package static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V { -(g * (y * y)) }
  }

  package enum Sqrt: UnaryFormula {
    package static let name = "sqrt"
    package static let kinds = FormulaKinds.continuous
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.sqrt(x) }
    package static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V { g / (2.0 * y) }
  }

  package enum Rsqrt: UnaryFormula {
    package static let name = "rsqrt"
    package static let kinds = FormulaKinds.continuous
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.rsqrt(x) }
    package static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V { g * (-0.5 * (y * y * y)) }
  }

  /// The length of the vector (x, y), without overflow on the way.
  package enum Hypot: BinaryFormula {
    package static let name = "hypot"
    package static let kinds = FormulaKinds.float
    package static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { V.hypot(x, y) }
    package static func backward<V: Elementwise>(_ g: V, ofInput i: Int, _ x: V, _ y: V, _ z: V, _ p: Parameters<V>) -> V {
      g * ((i == 0 ? x : y) / z)
    }
  }

  /// x times two to the power of y.
  package enum Ldexp: BinaryFormula {
    package static let name = "ldexp"
    package static let kinds = FormulaKinds.float
    package static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { x * V.exp2(y) }
  }

  package static let powerFormulas: [any Formula.Type] = [
    Pow.self, PowScalar.self, PowBase.self, Square.self, Reciprocal.self, Sqrt.self, Rsqrt.self, Hypot.self, Ldexp.self,
  ]
}

// The ops of this family: schemas, parameters, samples.
extension PointwiseOps {
  private static let squared = Pointwise.Square.op("aten::square(Tensor self) -> Tensor", .same)
  /// As `pow` with exponent 2, which makes int64 of bool.
  package static let square = PointwiseOp<Tensor>(
    op: Op(squared.op.info) { x in try squared.op.run(x.dtype == .bool ? x.to(.int64) : x) },
    inPlace: Op(squared.inPlace.info) { x in
      if x.dtype == .bool { throw TorchError(.dtype, "the result type int64 cannot be stored in bool in place") }
      return try squared.inPlace.run(x)
    })
  package static let reciprocal = Pointwise.Reciprocal.op("aten::reciprocal(Tensor self) -> Tensor", .float, low: 0.3, high: 3)
  package static let sqrt = Pointwise.Sqrt.op("aten::sqrt(Tensor self) -> Tensor", .float, low: 0.1, high: 4)
  package static let rsqrt = Pointwise.Rsqrt.op("aten::rsqrt(Tensor self) -> Tensor", .float, low: 0.1, high: 4)
  package static let pow = Pointwise.Pow.op("aten::pow.Tensor_Tensor(Tensor self, Tensor exponent) -> Tensor", .same, low: 0.3, high: 2.5)
  package static let powScalar = Pointwise.PowScalar.op(
    "aten::pow.Tensor_Scalar(Tensor self, Scalar exponent) -> Tensor", .same, parameters: { (exponent: Scalar) in KernelParameters(exponent) },
    samples: { s in [Sample(.tensor(s.tensor([3, 4], low: 0.3, high: 2.5)), .scalar(.double(2.5))), Sample(.tensor(s.tensor([3])), .scalar(.int(3)))] })
  package static let powNumber = Op<Tensor, Scalar, Tensor>(powScalar.op.info) { x, exponent in
    // A fractional exponent makes integers floats; a negative whole one has no integer result.
    if case .int(let e) = exponent, e < 0, x.dtype.isInteger || x.dtype == .bool {
      throw TorchError(.value, "integers to negative integer powers are not allowed")
    }
    let type = powerType(x, exponent)
    return try powScalar.op.run(type == x.dtype || !x.isDefined ? x : x.to(type), exponent)
  }
  package static let powNumberInPlace = Op<Tensor, Scalar, Tensor>(powScalar.inPlace.info) { x, exponent in
    let type = powerType(x, exponent)
    if x.isDefined && type.category > x.dtype.category {
      throw TorchError(.dtype, "the result type \(type) cannot be stored in \(x.dtype) in place")
    }
    return try powScalar.inPlace.run(x, exponent)
  }
  private static func powerType(_ x: Tensor, _ exponent: Scalar) -> DType {
    var promotion = Promotion()
    promotion.add(x)
    promotion.add(exponent)
    return promotion.result
  }
  package static let powBase = Op<Scalar, Tensor, Tensor>(
    OpInfo("aten::pow.Scalar(Scalar self, Tensor exponent) -> Tensor", tier: .composite, derivative: .composed) { s in
      [Sample(.scalar(.double(2.5)), .tensor(s.tensor([3, 4])))]
    }
  ) { base, exponent in try pow.op.run(Tensor(scalar: base), exponent) }
  package static let hypot = Pointwise.Hypot.op("aten::hypot(Tensor self, Tensor other) -> Tensor", .float)
  private static let realLdexp = Pointwise.Ldexp.op("aten::ldexp.Tensor(Tensor self, Tensor other) -> Tensor", .float)
  package static let ldexp = PointwiseOp<Tensor, Tensor>(
    op: Op(realLdexp.op.info) { x, y in
      guard x.isDefined, y.isDefined, x.dtype.isComplex || y.dtype.isComplex else { return try realLdexp.op.run(x, y) }
      return x * (try powBase.callThrowing(.double(2), y))
    },
    inPlace: Op(realLdexp.inPlace.info) { x, y in
      guard x.isDefined, y.isDefined, x.dtype.isComplex || y.dtype.isComplex else { return try realLdexp.inPlace.run(x, y) }
      return try inPlace(x, [y]) { $0 * (try powBase.callThrowing(.double(2), y)) }
    })

  /// The type in which `float_power` computes.
  private static func doubleType(_ types: DType...) -> DType { types.contains(where: \.isComplex) ? .complex128 : .float64 }
  package static let floatPower = Op<Tensor, Tensor, Tensor>.composite(
    "aten::float_power.Tensor_Tensor(Tensor self, Tensor exponent) -> Tensor", samples: { s in binarySamples(&s, 0.3, 2.5) }
  ) { x, y in
    let type = doubleType(x.dtype, y.dtype)
    return try pow.op.callThrowing(x.to(type), y.to(type))
  }
  package static let floatPowerScalar = Op<Tensor, Scalar, Tensor>.composite(
    "aten::float_power.Tensor_Scalar(Tensor self, Scalar exponent) -> Tensor",
    samples: { s in [Sample(.tensor(s.tensor([3, 4], low: 0.3, high: 2.5)), .scalar(.double(2.5)))] }
  ) { x, y in
    let type = doubleType(x.dtype, y.dtype)
    return try powNumber.callThrowing(x.to(type), y.dtype.isComplex ? y : .double(y.doubleValue))
  }
  package static let floatPowerBase = Op<Scalar, Tensor, Tensor>.composite(
    "aten::float_power.Scalar(Scalar self, Tensor exponent) -> Tensor",
    samples: { s in [Sample(.scalar(.double(2.5)), .tensor(s.tensor([3, 4])))] }
  ) { x, y in
    let type = doubleType(x.dtype, y.dtype)
    return try pow.op.callThrowing(Tensor(scalar: x).to(type), y.to(type))
  }
  package static let floatPowerInPlace = Op<Tensor, Tensor, Tensor>(
    OpInfo("aten::float_power_.Tensor(Tensor(a!) self, Tensor exponent) -> Tensor(a!)", tier: .inPlace, derivative: .own)
  ) { x, y in
    let type = doubleType(x.dtype, y.dtype)
    guard x.dtype == type else { throw TorchError(.dtype, "the result has type \(type), which cannot be stored in \(x.dtype) in place") }
    return try pow.inPlace.run(x, y.to(type))
  }

  package static let power: [[AnyOp]] = [
    square.erased,
    reciprocal.erased,
    sqrt.erased,
    rsqrt.erased,
    pow.erased,
    [powNumber.erased, powNumberInPlace.erased, powBase.erased],
    hypot.erased,
    ldexp.erased,
    [floatPower.erased, floatPowerScalar.erased, floatPowerBase.erased, floatPowerInPlace.erased],
  ]
}

extension Tensor {
  /// The square. `torch.square`.
  public func square() -> Tensor {
    PointwiseOps.square(self)
  }
  /// `square` in place.
  @discardableResult
  public func square_() -> Tensor { PointwiseOps.square.inPlace(self) }
  /// One over each element. `torch.reciprocal`.
  public func reciprocal() -> Tensor {
    PointwiseOps.reciprocal.definition!.direct(self) ?? PointwiseOps.reciprocal(self)
  }
  /// `reciprocal` in place.
  @discardableResult
  public func reciprocal_() -> Tensor { PointwiseOps.reciprocal.inPlace(self) }
  /// The square root. `torch.sqrt`.
  public func sqrt() -> Tensor {
    PointwiseOps.sqrt.definition!.direct(self) ?? PointwiseOps.sqrt(self)
  }
  /// `sqrt` in place.
  @discardableResult
  public func sqrt_() -> Tensor { PointwiseOps.sqrt.inPlace(self) }
  /// One over the square root. `torch.rsqrt`.
  public func rsqrt() -> Tensor {
    PointwiseOps.rsqrt.definition!.direct(self) ?? PointwiseOps.rsqrt(self)
  }
  /// `rsqrt` in place.
  @discardableResult
  public func rsqrt_() -> Tensor { PointwiseOps.rsqrt.inPlace(self) }
  /// Each element to the power of the other's. `torch.pow`.
  @_disfavoredOverload  // A literal is a number.
  public func pow(_ other: Tensor) -> Tensor { PointwiseOps.pow(self, other) }
  /// `pow` in place.
  @discardableResult @_disfavoredOverload
  public func pow_(_ other: Tensor) -> Tensor { PointwiseOps.pow.inPlace(self, other) }
  /// Each element to the power of a number. `torch.pow`.
  public func pow(_ exponent: Scalar) -> Tensor { PointwiseOps.powNumber(self, exponent) }
  /// Each element to the power of a number, in place. `Tensor.pow_`.
  @discardableResult
  public func pow_(_ exponent: Scalar) -> Tensor { PointwiseOps.powScalar.inPlace(self, exponent) }
  /// The length of the vectors (self, other). `torch.hypot`.
  public func hypot(_ other: Tensor) -> Tensor { PointwiseOps.hypot(self, other) }
  /// `hypot` in place.
  @discardableResult
  public func hypot_(_ other: Tensor) -> Tensor { PointwiseOps.hypot.inPlace(self, other) }
  /// Each element times 2 to the power of the other's. `torch.ldexp`.
  public func ldexp(_ other: Tensor) -> Tensor { PointwiseOps.ldexp(self, other) }
  /// Each element to the power of the other's, in double precision. `torch.float_power`.
  public func floatPower(_ exponent: Tensor) -> Tensor { PointwiseOps.floatPower(self, exponent) }
  /// Each element to the power of a number, in double precision. `torch.float_power`.
  public func floatPower(_ exponent: Scalar) -> Tensor { PointwiseOps.floatPowerScalar(self, exponent) }
}
