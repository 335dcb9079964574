extension Pointwise {
  /// The larger; NaN if either is. Equal inputs share the gradient.
  package enum Maximum: BinaryFormula {
    package static let name = "maximum"
    package static let kinds = FormulaKinds.real
    package static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { V.maximum(x, y) }
  }

  /// The smaller; NaN if either is. Equal inputs share the gradient.
  package enum Minimum: BinaryFormula {
    package static let name = "minimum"
    package static let kinds = FormulaKinds.real
    package static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { V.minimum(x, y) }
  }

  /// The larger, or the one that is not NaN. Of equal inputs the first has the gradient.
  package enum Fmax: BinaryFormula {
    package static let name = "fmax"
    package static let kinds = FormulaKinds.real
    package static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { V.fmax(x, y) }
  }

  /// The smaller, or the one that is not NaN. Of equal inputs the first has the gradient.
  package enum Fmin: BinaryFormula {
    package static let name = "fmin"
    package static let kinds = FormulaKinds.real
    package static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { V.fmin(x, y) }
  }

  /// Between two numbers, `min` and `max`. The bounds themselves have gradient 1.
  package enum Clamp: UnaryFormula {
    package static let name = "clamp"
    package static let kinds = FormulaKinds.real
    package static let parameterCount = 2
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.minimum(V.maximum(x, p[0]), p[1]) }
    package static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V {
      V.select(V.and(x .>= p[0], x .<= p[1]), g, 0.0)
    }
  }

  package enum ClampMin: UnaryFormula {
    package static let name = "clamp_min"
    package static let kinds = FormulaKinds.real
    package static let parameterCount = 1
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.maximum(x, p[0]) }
    package static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V { V.select(x .>= p[0], g, 0.0) }
  }

  package enum ClampMax: UnaryFormula {
    package static let name = "clamp_max"
    package static let kinds = FormulaKinds.real
    package static let parameterCount = 1
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.minimum(x, p[0]) }
    package static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V { V.select(x .<= p[0], g, 0.0) }
  }

  /// Between two inputs. The upper bound wins where they cross, and then alone has the gradient.
  package enum ClampTensor: TernaryFormula {
    package static let name = "clamp_tensor"
    package static let kinds = FormulaKinds.real
    package static func value<V: Elementwise>(_ x: V, _ low: V, _ high: V, _ p: Parameters<V>) -> V {
      V.minimum(V.maximum(x, low), high)
    }
    package static func backward<V: Elementwise>(_ g: V, ofInput i: Int, _ x: V, _ low: V, _ high: V, _ p: Parameters<V>) -> V {
      switch i {
      case 0: V.select(V.and(x .>= low, x .<= high), g, 0.0)
      case 1: V.select(V.and(x .< low, low .< high), g, 0.0)
      default: V.select(V.or(x .> high, high .< low), g, 0.0)
      }
    }
  }

  /// The larger of x and a bound; at equality x has the gradient.
  package enum ClampMinTensor: BinaryFormula {
    package static let name = "clamp_min_tensor"
    package static let kinds = FormulaKinds.real
    package static func value<V: Elementwise>(_ x: V, _ low: V, _ p: Parameters<V>) -> V { V.maximum(x, low) }
    package static func backward<V: Elementwise>(_ g: V, ofInput i: Int, _ x: V, _ low: V, _ z: V, _ p: Parameters<V>) -> V {
      i == 0 ? V.select(x .>= low, g, 0.0) : V.select(x .< low, g, 0.0)
    }
  }

  /// The smaller of x and a bound; at equality x has the gradient.
  package enum ClampMaxTensor: BinaryFormula {
    package static let name = "clamp_max_tensor"
    package static let kinds = FormulaKinds.real
    package static func value<V: Elementwise>(_ x: V, _ high: V, _ p: Parameters<V>) -> V { V.minimum(x, high) }
    package static func backward<V: Elementwise>(_ g: V, ofInput i: Int, _ x: V, _ high: V, _ z: V, _ p: Parameters<V>) -> V {
      i == 0 ? V.select(x .<= high, g, 0.0) : V.select(x .> high, g, 0.0)
    }
  }

  /// The magnitude of x with the sign of y.
  package enum Copysign: BinaryFormula {
    package static let name = "copysign"
    package static let kinds = FormulaKinds.float
    package static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { V.copysign(x, y) }
  }

  /// The step: 0 below zero (and for NaN), 1 above, y at zero. It has no derivative.
  package enum Heaviside: BinaryFormula {
    package static let name = "heaviside"
    package static let kinds = FormulaKinds.real
    package static let gradientKinds: FormulaKinds = []
    package static let underivedInputs = [0, 1]
    package static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V {
      V.select(x .== 0.0, y, V.select(x .> 0.0, 1.0, 0.0))
    }
  }

  /// Three numbers instead of NaN, infinity and minus infinity.
  package enum NanToNum: UnaryFormula {
    package static let name = "nan_to_num"
    package static let kinds = FormulaKinds.float
    package static let parameterCount = 3
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V {
      let infinity: V = .constant(.infinity)
      let finite = V.select(x .== infinity, p[1], V.select(x .== -infinity, p[2], x))
      return V.select(V.isNaN(x), p[0], finite)
    }
    package static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V {
      V.select(V.abs(x) .< V.constant(.infinity), g, 0.0)
    }
  }

  package static let boundFormulas: [any Formula.Type] = [
    Maximum.self, Minimum.self, Fmax.self, Fmin.self, Clamp.self, ClampMin.self, ClampMax.self, ClampTensor.self,
    ClampMinTensor.self, ClampMaxTensor.self, Copysign.self, Heaviside.self, NanToNum.self,
  ]
}

// The ops of this family: schemas, parameters, samples.
extension PointwiseOps {
  package static let maximum = Pointwise.Maximum.op("aten::maximum(Tensor self, Tensor other) -> Tensor", .same)
  package static let minimum = Pointwise.Minimum.op("aten::minimum(Tensor self, Tensor other) -> Tensor", .same)
  package static let fmax = Pointwise.Fmax.op("aten::fmax(Tensor self, Tensor other) -> Tensor", .same)
  package static let fmin = Pointwise.Fmin.op("aten::fmin(Tensor self, Tensor other) -> Tensor", .same)
  package static let copysign = Pointwise.Copysign.op("aten::copysign.Tensor(Tensor self, Tensor other) -> Tensor", .float, samples: { s in [Sample(.tensor(s.tensor([3, 4])), .tensor(s.tensor([3, 4])))] })
  package static let copysignScalar = Op<Tensor, Scalar, Tensor>.scalarOverload(
    "aten::copysign.Scalar(Tensor self, Scalar other) -> Tensor", of: copysign.op)
  package static let heaviside = Pointwise.Heaviside.op("aten::heaviside(Tensor self, Tensor values) -> Tensor", .same)
  package static let clampBoth = Pointwise.Clamp.op(
    "aten::clamp(Tensor self, Scalar? min=None, Scalar? max=None) -> Tensor", .same,
    parameters: { (low: Scalar?, high: Scalar?) in KernelParameters([low ?? Scalar.int(0), high ?? Scalar.int(0)]) },
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), .scalar(.double(-0.5)), .scalar(.double(0.7))), Sample(.tensor(s.tensor([3])), .none, .scalar(.double(0.7)))] })
  package static let clampMin = Pointwise.ClampMin.op(
    "aten::clamp_min(Tensor self, Scalar min) -> Tensor", .same, parameters: { (low: Scalar) in KernelParameters(low) },
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), .scalar(.double(0.25)))] })
  package static let clampMax = Pointwise.ClampMax.op(
    "aten::clamp_max(Tensor self, Scalar max) -> Tensor", .same, parameters: { (high: Scalar) in KernelParameters(high) },
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), .scalar(.double(0.25)))] })
  /// Picks the kernel by which bounds there are; a fractional bound makes integers floats.
  private static func clamped(_ x: Tensor, _ low: Scalar?, _ high: Scalar?, inPlace: Bool) throws -> Tensor {
    var promotion = Promotion()
    promotion.add(x)
    if let low { promotion.add(low) }
    if let high { promotion.add(high) }
    if inPlace && x.isDefined && promotion.result.category > x.dtype.category {
      throw TorchError(.dtype, "the result type \(promotion.result) cannot be stored in \(x.dtype) in place")
    }
    let y = !inPlace && x.isDefined && promotion.result != x.dtype ? x.to(promotion.result) : x
    switch (low, high) {
    case (nil, nil): throw TorchError(.value, "at least one of min and max must be given")
    case (let low?, nil): return try (inPlace ? clampMin.inPlace : clampMin.op).run(y, low)
    case (nil, let high?): return try (inPlace ? clampMax.inPlace : clampMax.op).run(y, high)
    default: return try (inPlace ? clampBoth.inPlace : clampBoth.op).run(y, low, high)
    }
  }
  package static let clamp = PointwiseOp<Tensor, Scalar?, Scalar?>(
    op: Op(clampBoth.op.info) { try clamped($0, $1, $2, inPlace: false) },
    inPlace: Op(clampBoth.inPlace.info) { try clamped($0, $1, $2, inPlace: true) })
  private static let clampBelow = PointwiseOp<Tensor, Scalar>(
    op: Op(clampMin.op.info) { try clamped($0, $1, nil, inPlace: false) },
    inPlace: Op(clampMin.inPlace.info) { try clamped($0, $1, nil, inPlace: true) })
  private static let clampAbove = PointwiseOp<Tensor, Scalar>(
    op: Op(clampMax.op.info) { try clamped($0, nil, $1, inPlace: false) },
    inPlace: Op(clampMax.inPlace.info) { try clamped($0, nil, $1, inPlace: true) })
  private static let clampBetween = Pointwise.ClampTensor.op(
    "aten::clamp.Tensor(Tensor self, Tensor? min=None, Tensor? max=None) -> Tensor", .same, parameters: { KernelParameters() },
    samples: { _ in [] })
  package static let clampMinTensor = Pointwise.ClampMinTensor.op("aten::clamp_min.Tensor(Tensor self, Tensor min) -> Tensor", .same)
  package static let clampMaxTensor = Pointwise.ClampMaxTensor.op("aten::clamp_max.Tensor(Tensor self, Tensor max) -> Tensor", .same)
  package static let clampTensor = Op<Tensor, Tensor?, Tensor?, Tensor>(
    OpInfo(clampBetween.op.info.text, tier: .pointwise, derivative: .own) { s in
      [
        Sample(.tensor(s.tensor([3, 4])), .tensor(s.tensor([4], low: -1.5, high: 0)), .tensor(s.tensor([3, 4], low: 0, high: 1.5))),
        Sample(.tensor(s.tensor([3, 4])), .none, .tensor(s.tensor([4], low: 0, high: 1.5))),
      ]
    }
  ) { x, low, high in
    switch (low, high) {
    case (nil, nil): throw TorchError(.value, "at least one of min and max must be given")
    case (let low?, nil): return try clampMinTensor.op.run(x, low)
    case (nil, let high?): return try clampMaxTensor.op.run(x, high)
    case (let low?, let high?): return try clampBetween.op.run(x, low, high)
    }
  }
  package static let nanToNumbers = Pointwise.NanToNum.op(
    "aten::nan_to_num(Tensor self, float? nan=None, float? posinf=None, float? neginf=None) -> Tensor", .same,
    parameters: { (nan: Double?, positive: Double?, negative: Double?) in
      let limit = Double.greatestFiniteMagnitude
      return KernelParameters([Scalar.double(nan ?? 0), Scalar.double(positive ?? limit), Scalar.double(negative ?? -limit)])
    }, samples: { s in [Sample(.tensor(s.tensor([3, 4])), .none, .none, .none)] })
  package static let nanToNum = Op<Tensor, Double?, Double?, Double?, Tensor>(nanToNumbers.op.info) { x, nan, positive, negative in
    guard x.dtype.isFloatingPoint else { return x.clone() }
    let limit = x.dtype.largestFinite
    return try nanToNumbers.op.run(x, nan ?? 0, positive ?? limit, negative ?? -limit)
  }

  package static let bounds: [[AnyOp]] = [
    maximum.erased,
    minimum.erased,
    fmax.erased,
    fmin.erased,
    copysign.erased, [copysignScalar.erased],
    heaviside.erased,
    clamp.erased, clampBelow.erased, clampAbove.erased, clampMinTensor.erased, clampMaxTensor.erased,
    [clampTensor.erased, nanToNum.erased],
  ]
}

extension Tensor {
  /// The larger element; NaN if either is. `torch.maximum`.
  public func maximum(_ other: Tensor) -> Tensor { PointwiseOps.maximum(self, other) }
  /// The smaller element; NaN if either is. `torch.minimum`.
  public func minimum(_ other: Tensor) -> Tensor { PointwiseOps.minimum(self, other) }
  /// The larger element; the other one if one is NaN. `torch.fmax`.
  public func fmax(_ other: Tensor) -> Tensor { PointwiseOps.fmax(self, other) }
  /// The smaller element; the other one if one is NaN. `torch.fmin`.
  public func fmin(_ other: Tensor) -> Tensor { PointwiseOps.fmin(self, other) }
  /// The magnitude of each element with the sign of the other's. `torch.copysign`.
  public func copysign(_ other: Tensor) -> Tensor { PointwiseOps.copysign(self, other) }
  /// `copysign` in place.
  @discardableResult
  public func copysign_(_ other: Tensor) -> Tensor { PointwiseOps.copysign.inPlace(self, other) }
  /// 0 below zero, 1 above, the other's element at zero. `torch.heaviside`.
  public func heaviside(_ other: Tensor) -> Tensor { PointwiseOps.heaviside(self, other) }
  /// `heaviside` in place.
  @discardableResult
  public func heaviside_(_ other: Tensor) -> Tensor { PointwiseOps.heaviside.inPlace(self, other) }
  /// Elements limited to `min` and `max`, of which one may be left out. `torch.clamp`.
  public func clamp(min: Scalar? = nil, max: Scalar? = nil) -> Tensor { PointwiseOps.clamp(self, min, max) }
  /// Elements limited to those of `min` and `max`, of which one may be nil. `torch.clamp`.
  @_disfavoredOverload  // so that literals are numbers
  public func clamp(min: Tensor?, max: Tensor?) -> Tensor { PointwiseOps.clampTensor(self, min, max) }
  /// `clamp` in place.
  @discardableResult
  public func clamp_(min: Scalar? = nil, max: Scalar? = nil) -> Tensor { PointwiseOps.clamp.inPlace(self, min, max) }
  /// Numbers instead of NaN (0) and the infinities (the largest finite values). `torch.nan_to_num`.
  public func nanToNum(nan: Double? = nil, posinf: Double? = nil, neginf: Double? = nil) -> Tensor {
    PointwiseOps.nanToNum(self, nan, posinf, neginf)
  }
}

extension DType {
  /// The largest finite value of a floating-point type.
  package var largestFinite: Double {
    switch self {
    case .float16: 65504
    case .bfloat16: 0x1.FEp127
    case .float32: Double(Float.greatestFiniteMagnitude)
    default: .greatestFiniteMagnitude
    }
  }
}
