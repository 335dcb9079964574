extension Pointwise {
  package enum Add: BinaryFormula {
    package static let name = "add"
    package static let kinds = FormulaKinds.all
    package static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { x + y }
  }

  /// x + alpha y
  package enum AddScaled: BinaryFormula {
    package static let name = "add_alpha"
    package static let kinds = FormulaKinds.all
    package static let parameterCount = 1
    package static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { x + p[0] * y }
  }

  package enum Sub: BinaryFormula {
    package static let name = "sub"
    package static let kinds = FormulaKinds.all
    package static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { x - y }
  }

  /// x - alpha y
  package enum SubScaled: BinaryFormula {
    package static let name = "sub_alpha"
    package static let kinds = FormulaKinds.all
    package static let parameterCount = 1
    package static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { x - p[0] * y }
  }

  /// y - alpha x
  package enum ReverseSub: BinaryFormula {
    package static let name = "rsub"
    package static let kinds = FormulaKinds.all
    package static let parameterCount = 1
    package static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { y - p[0] * x }
  }

  package enum Mul: BinaryFormula {
    package static let name = "mul"
    package static let kinds = FormulaKinds.all
    package static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { x * y }
  }

  /// True division.
  package enum Div: BinaryFormula {
    package static let name = "div"
    package static let kinds = FormulaKinds.continuous
    package static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { x / y }
  }

  package enum Neg: UnaryFormula {
    package static let name = "neg"
    package static let kinds = FormulaKinds.all
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { -x }
  }

  /// The magnitude; of a complex number, as a complex number with imaginary part zero.
  package enum Abs: UnaryFormula {
    package static let name = "abs"
    package static let kinds = FormulaKinds.all
    package static let gradientKinds = FormulaKinds.float
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.abs(x) }
    // The sign as a difference rather than a choice: the product with it keeps a gradient of NaN at zero and NaN, as PyTorch's does.
    package static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V {
      g * (V.select(x .> 0.0, 1.0, 0.0) - V.select(x .< 0.0, 1.0, 0.0))
    }
  }

  /// -1, 0 or 1; 0 for NaN.
  package enum Sign: UnaryFormula {
    package static let name = "sign"
    package static let kinds = FormulaKinds.real
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V {
      V.select(x .> 0.0, 1.0, V.select(x .< 0.0, -1.0, 0.0))
    }
  }

  /// x + value y z
  package enum Addcmul: TernaryFormula {
    package static let name = "addcmul"
    package static let kinds = FormulaKinds.all
    package static let parameterCount = 1
    package static func value<V: Elementwise>(_ x: V, _ y: V, _ z: V, _ p: Parameters<V>) -> V { x + p[0] * y * z }
  }

  /// x + value y / z
  package enum Addcdiv: TernaryFormula {
    package static let name = "addcdiv"
    package static let kinds = FormulaKinds.continuous
    package static let parameterCount = 1
    package static func value<V: Elementwise>(_ x: V, _ y: V, _ z: V, _ p: Parameters<V>) -> V { x + p[0] * y / z }
  }

  /// Linear interpolation from x to y by a number; from the nearer end, so that weight 1 gives y exactly.
  package enum LerpScalar: BinaryFormula {
    package static let name = "lerp_scalar"
    package static let kinds = FormulaKinds.float
    package static let parameterCount = 1
    package static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { interpolate(x, y, p[0]) }
    package static func backward<V: Elementwise>(_ g: V, ofInput i: Int, _ x: V, _ y: V, _ z: V, _ p: Parameters<V>) -> V {
      i == 0 ? g * (1.0 - p[0]) : g * p[0]
    }
  }

  /// Linear interpolation from x to y by the weights w.
  package enum Lerp: TernaryFormula {
    package static let name = "lerp"
    package static let kinds = FormulaKinds.float
    package static func value<V: Elementwise>(_ x: V, _ y: V, _ w: V, _ p: Parameters<V>) -> V { interpolate(x, y, w) }
    package static func backward<V: Elementwise>(_ g: V, ofInput i: Int, _ x: V, _ y: V, _ w: V, _ p: Parameters<V>) -> V {
      switch i {
      case 0: g * (1.0 - w)
      case 1: g * w
      default: g * (y - x)
      }
    }
  }

  private static func interpolate<V: Elementwise>(_ x: V, _ y: V, _ w: V) -> V {
    let difference = y - x
    return V.select(V.abs(w) .< 0.5, x + w * difference, y - difference * (1.0 - w))
  }

  package static let arithmeticFormulas: [any Formula.Type] = [
    Add.self, AddScaled.self, Sub.self, SubScaled.self, ReverseSub.self, Mul.self, Div.self, Neg.self, Abs.self,
    Sign.self, Addcmul.self, Addcdiv.self, LerpScalar.self, Lerp.self,
  ]
}

// The ops of this family: schemas, parameters, samples.
extension PointwiseOps {
  fileprivate static let sum = Pointwise.Add.op("aten::add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor", .same)
  private static let scaledSum = Pointwise.AddScaled.op(
    "aten::add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor", .same,
    parameters: { (alpha: Scalar) in KernelParameters(alpha) }, samples: scaledSamples)
  package static let scaledSamples: SampleMaker = { s in
    binarySamples(&s, -2, 2).map { Sample($0.arguments + [.scalar(.int(1))]) }
      + [Sample(.tensor(s.tensor([3, 4])), .tensor(s.tensor([4])), .scalar(.double(2.5)))]
  }
  /// alpha must be whole for integers, and no bool for other types.
  private static func checkAlpha(_ alpha: Scalar, _ a: Tensor, _ b: Tensor) throws {
    if case .int(1) = alpha { return }
    if !a.isDefined || !b.isDefined { return }
    let type = resultType(a, b)
    if alpha.dtype.category > type.category && type.category < 2 {
      throw TorchError(.dtype, "alpha must be whole for results of type \(type), got \(alpha)")
    }
  }
  package static let add = PointwiseOp<Tensor, Tensor, Scalar>(
    op: Op(OpInfo(sum.op.info.text, tier: .pointwise, derivative: .own, samples: scaledSamples)) { a, b, alpha in
      if case .int(1) = alpha { return try sum.op.inner(a, b) }
      try checkAlpha(alpha, a, b)
      return try scaledSum.op.inner(a, b, alpha)
    },
    inPlace: Op(sum.inPlace.info) { a, b, alpha in
      if case .int(1) = alpha { return try sum.inPlace.inner(a, b) }
      try checkAlpha(alpha, a, b)
      return try scaledSum.inPlace.inner(a, b, alpha)
    })
  fileprivate static let difference = Pointwise.Sub.op(
    "aten::sub.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor", .same, check: rejectBool)
  private static let scaledDifference = Pointwise.SubScaled.op(
    "aten::sub.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor", .same,
    parameters: { (alpha: Scalar) in KernelParameters(alpha) }, samples: scaledSamples)
  package static let rejectBool: @Sendable ([Tensor]) throws -> Void = { inputs in
    if inputs.count == 2 && inputs[0].dtype == .bool && inputs[1].dtype == .bool {
      throw TorchError(.dtype, "subtraction of two bool tensors is not supported; use bitwiseXor or logicalXor")
    }
    if inputs.count == 1 && inputs[0].dtype == .bool {
      throw TorchError(.dtype, "the negative of a bool tensor is not supported; use bitwiseNot or logicalNot")
    }
  }
  package static let sub = PointwiseOp<Tensor, Tensor, Scalar>(
    op: Op(OpInfo(difference.op.info.text, tier: .pointwise, derivative: .own, samples: scaledSamples)) { a, b, alpha in
      if case .int(1) = alpha { return try difference.op.inner(a, b) }
      try rejectBool([a, b])
      try checkAlpha(alpha, a, b)
      return try scaledDifference.op.inner(a, b, alpha)
    },
    inPlace: Op(difference.inPlace.info) { a, b, alpha in
      if case .int(1) = alpha { return try difference.inPlace.inner(a, b) }
      try rejectBool([a, b])
      try checkAlpha(alpha, a, b)
      return try scaledDifference.inPlace.inner(a, b, alpha)
    })
  package static let rsub = Op<Tensor, Tensor, Scalar, Tensor>.composite(
    "aten::rsub.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor", samples: scaledSamples
  ) { try sub.op.callThrowing($1, $0, $2) }
  package static let rsubScalar = Op<Tensor, Scalar, Scalar, Tensor>.composite(
    "aten::rsub.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor",
    samples: { s in [Sample(.tensor(s.tensor([2, 3])), .scalar(.double(1.5)), .scalar(.double(0.5)))] }
  ) { x, number, alpha in
    if x.dtype == .bool { throw TorchError(.dtype, "subtraction of a bool tensor is not supported; use bitwiseXor or logicalXor") }
    return try sub.op.callThrowing(Tensor(scalar: number), x, alpha)
  }
  package static let addScalar = Op<Tensor, Scalar, Scalar, Tensor>.composite(
    "aten::add.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor",
    samples: { s in [Sample(.tensor(s.tensor([2, 3])), .scalar(.double(1.5)), .scalar(.int(1)))] }
  ) { try add.op.callThrowing($0, Tensor(scalar: $1), $2) }
  package static let subScalar = Op<Tensor, Scalar, Scalar, Tensor>.composite(
    "aten::sub.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor",
    samples: { s in [Sample(.tensor(s.tensor([2, 3])), .scalar(.double(1.5)), .scalar(.int(1)))] }
  ) { x, number, alpha in
    if x.dtype == .bool { throw TorchError(.dtype, "subtraction from a bool tensor is not supported; use bitwiseXor or logicalXor") }
    return try sub.op.callThrowing(x, Tensor(scalar: number), alpha)
  }
  package static let neg = Pointwise.Neg.op("aten::neg(Tensor self) -> Tensor", .same, check: rejectBool)
  package static let absolute = Pointwise.Abs.op("aten::abs(Tensor self) -> Tensor", .same)
  package static let mul = Pointwise.Mul.op("aten::mul.Tensor(Tensor self, Tensor other) -> Tensor", .same)
  package static let mulScalar = Op<Tensor, Scalar, Tensor>.scalarOverload(
    "aten::mul.Scalar(Tensor self, Scalar other) -> Tensor", of: mul.op)
  package static let div = Pointwise.Div.op("aten::div.Tensor(Tensor self, Tensor other) -> Tensor", .float, low: 0.4, high: 2.5)
  package static let divScalar = Op<Tensor, Scalar, Tensor>.scalarOverload(
    "aten::div.Scalar(Tensor self, Scalar other) -> Tensor", of: div.op)
  package static let sign = Pointwise.Sign.op("aten::sign(Tensor self) -> Tensor", .same)
  package static let addcmul = Pointwise.Addcmul.op(
    "aten::addcmul(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor", .same,
    parameters: { (value: Scalar) in KernelParameters(value) },
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), .tensor(s.tensor([3, 4])), .tensor(s.tensor([4])), .scalar(.double(1.5)))] })
  package static let addcdiv = Pointwise.Addcdiv.op(
    "aten::addcdiv(Tensor self, Tensor tensor1, Tensor tensor2, *, Scalar value=1) -> Tensor", .same,
    parameters: { (value: Scalar) in KernelParameters(value) },
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), .tensor(s.tensor([3, 4])), .tensor(s.tensor([4], low: 0.5, high: 2)), .scalar(.double(1.5)))] })
  private static let realLerpScalar = Pointwise.LerpScalar.op(
    "aten::lerp.Scalar(Tensor self, Tensor end, Scalar weight) -> Tensor", .same, parameters: { (weight: Scalar) in KernelParameters(weight) },
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), .tensor(s.tensor([3, 4])), .scalar(.double(0.3))), Sample(.tensor(s.tensor([3])), .tensor(s.tensor([3])), .scalar(.double(0.8)))] })
  package static let lerpScalar = PointwiseOp<Tensor, Tensor, Scalar>(
    op: Op(realLerpScalar.op.info) { x, y, weight in
      guard x.isDefined, y.isDefined, x.dtype.isComplex || y.dtype.isComplex else { return try realLerpScalar.op.run(x, y, weight) }
      return complexLerp(x, y, Tensor(scalar: weight))
    },
    inPlace: Op(realLerpScalar.inPlace.info) { x, y, weight in
      guard x.isDefined, y.isDefined, x.dtype.isComplex || y.dtype.isComplex else { return try realLerpScalar.inPlace.run(x, y, weight) }
      return try inPlace(x, [y]) { complexLerp($0, y, Tensor(scalar: weight)) }
    })
  private static let realLerp = Pointwise.Lerp.op(
    "aten::lerp.Tensor(Tensor self, Tensor end, Tensor weight) -> Tensor", .same, parameters: { KernelParameters() },
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), .tensor(s.tensor([3, 4])), .tensor(s.tensor([4], low: 0, high: 1)))] })
  package static let lerp = PointwiseOp<Tensor, Tensor, Tensor>(
    op: Op(realLerp.op.info) { x, y, w in
      guard x.isDefined, y.isDefined, w.isDefined, [x, y, w].contains(where: \.dtype.isComplex) else { return try realLerp.op.run(x, y, w) }
      return complexLerp(x, y, w)
    },
    inPlace: Op(realLerp.inPlace.info) { x, y, w in
      guard x.isDefined, y.isDefined, w.isDefined, [x, y, w].contains(where: \.dtype.isComplex) else { return try realLerp.inPlace.run(x, y, w) }
      return try inPlace(x, [y, w]) { complexLerp($0, y, w) }
    })

  package static let arithmetic: [[AnyOp]] = [
    add.erased, sub.erased, neg.erased, [rsub.erased, addScalar.erased, subScalar.erased, rsubScalar.erased],
    mul.erased,
    [mulScalar.erased],
    div.erased,
    [divScalar.erased],
    sign.erased,
    addcmul.erased, addcdiv.erased, lerpScalar.erased, lerp.erased,
  ]
}

extension Tensor {
  /// Sum. `torch.add`.
  public static func + (a: Tensor, b: Tensor) -> Tensor {
    PointwiseOps.sum.definition!.direct(a, b) ?? PointwiseOps.add(a, b, 1)
  }
  /// Difference. `torch.sub`.
  public static func - (a: Tensor, b: Tensor) -> Tensor {
    PointwiseOps.difference.definition!.direct(a, b) ?? PointwiseOps.sub(a, b, 1)
  }
  /// Product. `torch.mul`.
  public static func * (a: Tensor, b: Tensor) -> Tensor {
    PointwiseOps.mul.definition!.direct(a, b) ?? PointwiseOps.mul(a, b)
  }
  /// Quotient; integers give floats. `torch.div`.
  public static func / (a: Tensor, b: Tensor) -> Tensor {
    PointwiseOps.div.definition!.direct(a, b) ?? PointwiseOps.div(a, b)
  }
  /// Negative. `torch.neg`.
  public static prefix func - (a: Tensor) -> Tensor { PointwiseOps.neg(a) }
  /// Sum in place; a new tensor where `a` requires gradients as a leaf is an error, as in PyTorch. `Tensor.add_`.
  public static func += (a: inout Tensor, b: Tensor) { a = PointwiseOps.add.inPlace(a, b, 1) }
  public static func -= (a: inout Tensor, b: Tensor) { a = PointwiseOps.sub.inPlace(a, b, 1) }
  public static func *= (a: inout Tensor, b: Tensor) { a = PointwiseOps.mul.inPlace(a, b) }
  public static func /= (a: inout Tensor, b: Tensor) { a = PointwiseOps.div.inPlace(a, b) }
  /// `self + alpha * other`. `torch.add`.
  public func add(_ other: Tensor, alpha: Scalar = 1) -> Tensor { PointwiseOps.add(self, other, alpha) }
  /// `add` in place.
  @discardableResult
  public func add_(_ other: Tensor, alpha: Scalar = 1) -> Tensor { PointwiseOps.add.inPlace(self, other, alpha) }
  /// `self - alpha * other`. `torch.sub`.
  public func sub(_ other: Tensor, alpha: Scalar = 1) -> Tensor { PointwiseOps.sub(self, other, alpha) }
  /// `sub` in place.
  @discardableResult
  public func sub_(_ other: Tensor, alpha: Scalar = 1) -> Tensor { PointwiseOps.sub.inPlace(self, other, alpha) }
  /// The negative. `torch.neg`.
  public func neg() -> Tensor {
    PointwiseOps.neg.definition!.direct(self) ?? PointwiseOps.neg(self)
  }
  /// `neg` in place.
  @discardableResult
  public func neg_() -> Tensor { PointwiseOps.neg.inPlace(self) }
  /// The product. `torch.mul`.
  public func mul(_ other: Tensor) -> Tensor { PointwiseOps.mul(self, other) }
  /// `mul` in place.
  @discardableResult
  public func mul_(_ other: Tensor) -> Tensor { PointwiseOps.mul.inPlace(self, other) }
  /// The quotient; integers give floats. `torch.div`.
  public func div(_ other: Tensor) -> Tensor { PointwiseOps.div(self, other) }
  /// `div` in place.
  @discardableResult
  public func div_(_ other: Tensor) -> Tensor { PointwiseOps.div.inPlace(self, other) }
  /// -1, 0 or 1. `torch.sign`.
  public func sign() -> Tensor {
    PointwiseOps.sign.definition!.direct(self) ?? PointwiseOps.sign(self)
  }
  /// `sign` in place.
  @discardableResult
  public func sign_() -> Tensor { PointwiseOps.sign.inPlace(self) }
  /// `self + value * tensor1 * tensor2`. `torch.addcmul`.
  public func addcmul(_ tensor1: Tensor, _ tensor2: Tensor, value: Scalar = 1) -> Tensor {
    PointwiseOps.addcmul(self, tensor1, tensor2, value)
  }
  /// `addcmul` in place.
  @discardableResult
  public func addcmul_(_ tensor1: Tensor, _ tensor2: Tensor, value: Scalar = 1) -> Tensor {
    PointwiseOps.addcmul.inPlace(self, tensor1, tensor2, value)
  }
  /// `self + value * tensor1 / tensor2`. `torch.addcdiv`.
  public func addcdiv(_ tensor1: Tensor, _ tensor2: Tensor, value: Scalar = 1) -> Tensor {
    PointwiseOps.addcdiv(self, tensor1, tensor2, value)
  }
  /// `addcdiv` in place.
  @discardableResult
  public func addcdiv_(_ tensor1: Tensor, _ tensor2: Tensor, value: Scalar = 1) -> Tensor {
    PointwiseOps.addcdiv.inPlace(self, tensor1, tensor2, value)
  }
  /// `self + weight * (end - self)`. `torch.lerp`.
  public func lerp(_ end: Tensor, weight: Scalar) -> Tensor { PointwiseOps.lerpScalar(self, end, weight) }
  /// `lerp` in place.
  @discardableResult
  public func lerp_(_ end: Tensor, weight: Scalar) -> Tensor { PointwiseOps.lerpScalar.inPlace(self, end, weight) }
  /// `self + weight * (end - self)`, with a weight for each element. `torch.lerp`.
  public func lerp(_ end: Tensor, weight: Tensor) -> Tensor { PointwiseOps.lerp(self, end, weight) }
}
