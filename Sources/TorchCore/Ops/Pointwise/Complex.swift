// Functions of complex numbers that are not holomorphic, and what other families do for complex tensors.

extension Pointwise {
  /// x / |x| of complex numbers, 0 for 0. Not holomorphic: its gradient is a composite.
  package enum ComplexSign: UnaryFormula {
    package static let name = "sgn"
    package static let kinds = FormulaKinds.complex
    package static let gradientKinds: FormulaKinds = []
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.select(x .== 0.0, 0.0, x / V.abs(x)) }
  }

  /// The complex conjugate. Not holomorphic: its gradient is the conjugate of the incoming one.
  package enum Conj: UnaryFormula {
    package static let name = "conj"
    package static let kinds = FormulaKinds.complex
    package static let gradientKinds: FormulaKinds = []
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.conj(x) }
  }

  /// The angle of complex numbers, as a complex number with imaginary part zero.
  package enum ComplexAngle: UnaryFormula {
    package static let name = "angle"
    package static let kinds = FormulaKinds.complex
    package static let gradientKinds: FormulaKinds = []
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.angle(x) }
  }

  /// The angle of real numbers: pi below zero, else 0.
  package enum RealAngle: UnaryFormula {
    package static let name = "angle_real"
    package static let kinds = FormulaKinds.float
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V {
      V.select(V.isNaN(x), x, V.select(x .< 0.0, V.constant(.pi), 0.0))
    }
    package static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V { 0.0 }
  }

  package static let complexFormulas: [any Formula.Type] = [ComplexSign.self, Conj.self, ComplexAngle.self, RealAngle.self]
}

// The ops of this family: schemas, derivatives, samples.
extension PointwiseOps {
  private static let conjKernel = PointwiseKernel(Pointwise.Conj.name)
  private static let signKernel = PointwiseKernel(Pointwise.ComplexSign.name)
  private static let absKernel = PointwiseKernel(Pointwise.Abs.name)
  private static let angleKernel = PointwiseKernel(Pointwise.ComplexAngle.name)

  package static let conj = Op<Tensor, Tensor>.structured(
    "aten::conj_physical(Tensor self) -> Tensor",
    rule: { x in TensorSpec(like: x) },
    kernel: { out, x in
      guard x.dtype.isComplex else { return Copying.copy(x, into: out) }
      try conjKernel.run(out, [x], compute: x.dtype, KernelParameters())
    },
    vjp: { _, _ in { g, sink in sink[0] = g.first.conj() } },
    samples: { s in [Sample(.tensor(s.tensor([3, 4])))] })

  // The magnitude and the angle are computed as complex numbers and stored as their real parts.
  private static let complexAbs = Op<Tensor, Tensor>.structured(
    absolute.op.info.text, rule: { x in TensorSpec(like: x, dtype: x.dtype.realType) },
    kernel: { out, x in try absKernel.run(out, [x], compute: x.dtype, KernelParameters()) },
    vjp: { tape, x in
      let saved = tape.save(x)
      return { g, sink in sink[0] = g.first * (try sink.value(saved)).sgn() }
    })
  package static let abs = PointwiseOp<Tensor>(
    op: Op(absolute.op.info) { x in x.dtype.isComplex ? try complexAbs.run(x) : try absolute.op.run(x) },
    inPlace: Op(absolute.inPlace.info) { x in
      if x.dtype.isComplex { throw TorchError(.dtype, "abs of a complex tensor is real and cannot be stored in place") }
      return try absolute.inPlace.run(x)
    })

  private static let complexSign = Op<Tensor, Tensor>.structured(
    "aten::sgn(Tensor self) -> Tensor", rule: { x in TensorSpec(like: x) },
    kernel: { out, x in try signKernel.run(out, [x], compute: x.dtype, KernelParameters()) },
    vjp: { tape, x in
      let (saved, result) = (tape.save(x), tape.save(result: tape.result))
      return { g, sink in
        let (x, s) = (try sink.value(saved), try sink.value(result))
        // What of g is across the direction s, over the magnitude.
        let along = (g.first * s.conj() + g.first.conj() * s) * 0.5
        let size = x.abs()
        sink[0] = `where`(size .== 0, Tensor(scalar: .int(0)), (g.first - s * along) / size)
      }
    })
  package static let sgn = Op<Tensor, Tensor>(
    OpInfo("aten::sgn(Tensor self) -> Tensor", tier: .pointwise, derivative: .own) { s in [Sample(.tensor(s.tensor([3, 4])))] }
  ) { x in x.dtype.isComplex ? try complexSign.run(x) : try sign.op.run(x) }

  private static let realAngle = Pointwise.RealAngle.op("aten::angle(Tensor self) -> Tensor", .float)
  private static let complexAngle = Op<Tensor, Tensor>.structured(
    "aten::angle(Tensor self) -> Tensor", rule: { x in TensorSpec(like: x, dtype: x.dtype.realType) },
    kernel: { out, x in try angleKernel.run(out, [x], compute: x.dtype, KernelParameters()) },
    vjp: { tape, x in
      let saved = tape.save(x)
      return { g, sink in
        let x = try sink.value(saved)
        let size = x.abs()
        let turned = x * Tensor(scalar: .complex(0, 1)) / size.square()
        sink[0] = `where`(size .== 0, Tensor(scalar: .int(0)), g.first * turned)
      }
    })
  package static let angle = Op<Tensor, Tensor>(
    OpInfo("aten::angle(Tensor self) -> Tensor", tier: .pointwise, derivative: .own) { s in [Sample(.tensor(s.tensor([3, 4])))] }
  ) { x in x.dtype.isComplex ? try complexAngle.run(x) : try realAngle.op.run(x) }

  /// The log of the sum of exponentials of complex numbers; the larger is the one with the larger real part.
  package static func complexLogaddexp(_ x: Tensor, _ y: Tensor) throws -> Tensor {
    let type = resultType(x, y)
    let (a, b) = (x.to(type), y.to(type))
    let (aReal, bReal) = (realPart(a), realPart(b))
    let first = aReal .>= bReal
    let (larger, smaller) = (`where`(first, a, b), `where`(first, b, a))
    let sum = (smaller - larger).exp().log1p() + larger
    // Equal infinities leave no difference to take.
    let isEqual = (aReal .== bReal).logicalAnd(aReal.isInf())
    let infinite = `where`(aReal .< 0, smaller, (smaller.exp() + larger.exp()).log())
    let isUndefined = a.isNaN().logicalOr(b.isNaN())
    let defined = `where`(isEqual, infinite, sum)
    return `where`(isUndefined, Tensor(scalar: .complex(.nan, .nan)), defined)
  }

  /// The interpolation of complex tensors from the nearer end.
  package static func complexLerp(_ x: Tensor, _ y: Tensor, _ w: Tensor) -> Tensor {
    let difference = y - x
    return `where`(w.abs() .< 0.5, x + w * difference, y - difference * (1 - w))
  }

  /// A complex result, computed from the values before, put into `x`.
  package static func inPlace(_ x: Tensor, _ others: [Tensor], _ compute: (Tensor) throws -> Tensor) throws -> Tensor {
    let recorded = isGradEnabled && ([x] + others).contains { $0.requiresGrad }
    try InPlace.check(x, recording: recorded)
    let result = try compute(recorded ? x.clone() : x)
    guard result.impl.sizes == x.impl.sizes, result.dtype.category <= x.dtype.category else {
      throw TorchError(.shape, "the result \(result.summary) cannot be stored in \(x.summary) in place")
    }
    return x.copy_(result)
  }

  /// Real parts, for choices: not recorded.
  private static func realPart(_ x: Tensor) -> Tensor { RandomFill.realView(x.detach()).select(-1, 0) }

  package static let complexOps: [[AnyOp]] = [abs.erased, [conj.erased, sgn.erased, angle.erased]]
}

extension Tensor {
  /// The complex conjugate; a real tensor is its own. `torch.conj_physical`.
  public func conj() -> Tensor { dtype.isComplex ? PointwiseOps.conj(self) : self }
  /// The absolute value; of complex numbers a real tensor. `torch.abs`.
  public func abs() -> Tensor { PointwiseOps.abs(self) }
  /// -1, 0 or 1; of complex numbers x / |x|. `torch.sgn`.
  public func sgn() -> Tensor { PointwiseOps.sgn(self) }
  /// The angle in radians, a real tensor: of real numbers 0, or pi below zero. `torch.angle`.
  public func angle() -> Tensor { PointwiseOps.angle(self) }
}
