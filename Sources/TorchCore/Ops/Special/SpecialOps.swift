/// The special functions that are ops of their own: schemas, derivatives, samples.
package enum SpecialOps {
  package static let airyAi = Pointwise.AiryAi.op("aten::special_airy_ai(Tensor x) -> Tensor", .float)
  package static let besselJ0 = Pointwise.BesselJ0.op("aten::special_bessel_j0(Tensor self) -> Tensor", .float)
  package static let besselJ1 = Pointwise.BesselJ1.op("aten::special_bessel_j1(Tensor self) -> Tensor", .float)
  package static let besselY0 = Pointwise.BesselY0.op("aten::special_bessel_y0(Tensor self) -> Tensor", .float, low: 0.2, high: 9)
  package static let besselY1 = Pointwise.BesselY1.op("aten::special_bessel_y1(Tensor self) -> Tensor", .float, low: 0.2, high: 9)
  package static let sphericalBesselJ0 = Pointwise.SphericalBesselJ0.op(
    "aten::special_spherical_bessel_j0(Tensor x) -> Tensor", .float)
  package static let i0 = Pointwise.I0.op("aten::i0(Tensor self) -> Tensor", .float)
  package static let i1 = Pointwise.I1.op("aten::special_i1(Tensor self) -> Tensor", .float)
  package static let i0e = Pointwise.I0e.op("aten::special_i0e(Tensor self) -> Tensor", .float)
  package static let i1e = Pointwise.I1e.op("aten::special_i1e(Tensor self) -> Tensor", .float)
  package static let modifiedBesselI0 = detached("aten::special_modified_bessel_i0(Tensor self) -> Tensor", i0.op)
  package static let modifiedBesselI1 = detached("aten::special_modified_bessel_i1(Tensor self) -> Tensor", i1.op)
  package static let modifiedBesselK0 = Pointwise.ModifiedBesselK0.op(
    "aten::special_modified_bessel_k0(Tensor self) -> Tensor", .float, low: 0.2, high: 5)
  package static let modifiedBesselK1 = Pointwise.ModifiedBesselK1.op(
    "aten::special_modified_bessel_k1(Tensor self) -> Tensor", .float, low: 0.2, high: 5)
  package static let scaledModifiedBesselK0 = Pointwise.ScaledModifiedBesselK0.op(
    "aten::special_scaled_modified_bessel_k0(Tensor x) -> Tensor", .float, low: 0.2, high: 5)
  package static let scaledModifiedBesselK1 = Pointwise.ScaledModifiedBesselK1.op(
    "aten::special_scaled_modified_bessel_k1(Tensor x) -> Tensor", .float, low: 0.2, high: 5)
  package static let erfcx = Pointwise.Erfcx.op("aten::special_erfcx(Tensor self) -> Tensor", .float)
  package static let erfinv = Pointwise.Erfinv.op("aten::erfinv(Tensor self) -> Tensor", .float, low: -0.9, high: 0.9)
  package static let ndtri = Pointwise.Ndtri.op(
    "aten::special_ndtri(Tensor self) -> Tensor", .float, low: 0.05, high: 0.95)
  private static let wideNdtr = Pointwise.Ndtr.op("aten::special_ndtr(Tensor self) -> Tensor", .float)
  package static let ndtr = Op<Tensor, Tensor>(wideNdtr.op.info) { x in
    // 16-bit floats round at each step, as in PyTorch.
    x.dtype.isHalf ? (1 + (x * Tensor(scalar: .double(0.5.squareRoot()))).erf()) * 0.5 : try wideNdtr.op.run(x)
  }
  package static let logNdtr = Pointwise.LogNdtr.op("aten::special_log_ndtr(Tensor self) -> Tensor", .float)
  package static let entr = Pointwise.Entr.op("aten::special_entr(Tensor self) -> Tensor", .float, low: 0.1, high: 3)

  package static let igamma = Pointwise.Igamma.op(
    "aten::igamma(Tensor self, Tensor other) -> Tensor", .float, samples: gammaSamples)
  package static let igammac = Pointwise.Igammac.op(
    "aten::igammac(Tensor self, Tensor other) -> Tensor", .float, samples: gammaSamples)
  package static let zeta = Pointwise.Zeta.op(
    "aten::special_zeta(Tensor self, Tensor other) -> Tensor", .float, samples: zetaSamples)

  // By their first inputs these have no derivative, so samples fix them by a type that has none.
  private static let gammaSamples: SampleMaker = { s in
    [Sample(.tensor(s.integers([3, 4], low: 1, high: 6)), .tensor(s.tensor([3, 4], low: 0.3, high: 6)))]
  }
  private static let zetaSamples: SampleMaker = { s in
    [Sample(.tensor(s.integers([3, 4], low: 2, high: 6)), .tensor(s.tensor([3, 4], low: 0.3, high: 6)))]
  }

  /// The same values under a name that PyTorch gives no derivative.
  private static func detached(_ schema: String, _ op: Op<Tensor, Tensor>) -> Op<Tensor, Tensor> {
    let info = OpInfo(schema, tier: .composite, derivative: .none("PyTorch gives none"), samples: op.info.samples)
    return Op(info) { x in try ThreadState.with(setting: ThreadState.noGrad) { try op.run(x) } }
  }

  // MARK: Polygamma

  /// Of x and the order as a tensor.
  private static let polygammaOfOrder = Pointwise.Polygamma.op("aten::polygamma(Tensor self, Tensor n) -> Tensor", .float)
  private static let polygammaSamples: SampleMaker = { s in
    [
      Sample(.scalar(.int(1)), .tensor(s.tensor([3, 4], low: 0.3, high: 4))),
      Sample(.scalar(.int(3)), .tensor(s.tensor([3], low: 0.5, high: 4))),
    ]
  }
  private static func polygammaOp(_ schema: String) -> Op<Int, Tensor, Tensor> {
    Op(OpInfo(schema, tier: .composite, derivative: .composed, samples: polygammaSamples)) { n, x in
      try checkOrder(n)
      return try n == 0 ? PointwiseOps.digamma.op.run(x) : polygammaOfOrder.op.run(x, Tensor(scalar: .int(Int64(n))))
    }
  }
  private static func checkOrder(_ n: Int) throws {
    if n < 0 { throw TorchError(.value, "the order n must not be negative, got \(n)") }
  }
  package static let polygamma = polygammaOp("aten::polygamma(int n, Tensor self) -> Tensor")
  package static let specialPolygamma = polygammaOp("aten::special_polygamma(int n, Tensor self) -> Tensor")
  package static let polygammaInPlace = Op<Tensor, Int, Tensor>(
    OpInfo("aten::polygamma_(Tensor(a!) self, int n) -> Tensor(a!)", tier: .inPlace, derivative: .composed)
  ) { x, n in
    try checkOrder(n)
    return try n == 0 ? PointwiseOps.digamma.inPlace.run(x) : polygammaOfOrder.inPlace.run(x, Tensor(scalar: .int(Int64(n))))
  }

  // MARK: Composites

  package static let logit = Op<Tensor, Double?, Tensor>.composite(
    "aten::logit(Tensor self, float? eps=None) -> Tensor",
    samples: { s in
      [
        Sample(.tensor(s.tensor([3, 4], low: 0.1, high: 0.9)), .none),
        Sample(.tensor(s.tensor([3, 4], low: -0.5, high: 1.5)), .scalar(.double(0.2))),
      ]
    }
  ) { x, eps in
    if x.dtype.isHalf {
      // 16-bit floats round at each step, as in PyTorch.
      let inside = eps.map { x.clamp(min: .double($0), max: .double(1 - $0)) } ?? x
      return (inside / (1 - inside)).log()
    }
    guard let eps else { return try PointwiseOps.logitFree.op.run(x) }
    return try PointwiseOps.logitClamped.op.run(x, .double(eps))
  }

  package static let mvlgamma = Op<Tensor, Int, Tensor>.composite(
    "aten::mvlgamma(Tensor self, int p) -> Tensor",
    rule: { x, p in
      if p < 1 { throw TorchError(.value, "p must be at least 1, got \(p)") }
      if x.dtype == .bool || x.dtype.isComplex { throw TorchError(.dtype, "not defined for \(x.dtype)") }
    },
    samples: { s in [Sample(.tensor(s.tensor([3, 4], low: 1.5, high: 5)), .scalar(.int(3)))] }
  ) { x, p in
    // The sum of log gamma(x - k / 2), k < p, and p (p - 1) / 4 log(pi).
    let type = x.dtype.isFloatingPoint ? x.dtype : defaultDType
    let steps = try RangeOps.arangeStep.callThrowing(0, Scalar(p), 1, type, nil, x.device, nil)
    let terms = x.unsqueeze(-1) + (steps - Tensor(scalar: .int(Int64(p - 1)))) * 0.5
    return terms.lgamma().sum(-1) + Tensor(scalar: .double(Double(p) * Double(p - 1) / 4 * Double.log(.pi)))
  }

  package static let zetaScalars = [
    Op<Tensor, Scalar, Tensor>.scalarOverload(
      "aten::special_zeta.other_scalar(Tensor self, Scalar other) -> Tensor", of: zeta.op,
      samples: { s in [Sample(.tensor(s.integers([3], low: 2, high: 6)), .scalar(.double(1.5)))] }).erased,
    Op<Scalar, Tensor, Tensor>.leadingScalarOverload(
      "aten::special_zeta.self_scalar(Scalar self, Tensor other) -> Tensor", of: zeta.op).erased,
  ]

  /// The value of a library function on tensors: how derivatives of higher order are carried out.
  package static func apply(_ function: LibraryFunction, _ x: [Tensor]) throws -> Tensor {
    guard let definition = definitions[function] else { throw TorchError(.internal, "\(function.rawValue) has no op") }
    return try definition(x)
  }
  private static let definitions: [LibraryFunction: PointwiseDefinition] = [
    .i0: i0.definition!, .i1: i1.definition!, .i0e: i0e.definition!, .i1e: i1e.definition!, .erfcx: erfcx.definition!,
    .polygamma: polygammaOfOrder.definition!, .zeta: zeta.definition!,
  ]

  package static let table: [AnyOp] =
    [
      airyAi, besselJ0, besselJ1, besselY0, besselY1, sphericalBesselJ0, i0, i1, i0e, i1e, modifiedBesselK0, modifiedBesselK1,
      scaledModifiedBesselK0, scaledModifiedBesselK1, erfcx, erfinv, ndtri, logNdtr, entr,
    ].map { $0.op.erased }
    + [
      ndtr.erased, modifiedBesselI0.erased, modifiedBesselI1.erased, igamma.op.erased, igammac.op.erased, zeta.op.erased,
      polygamma.erased, specialPolygamma.erased, polygammaInPlace.erased, logit.erased, mvlgamma.erased,
    ]
    + zetaScalars + polynomials.flatMap(\.overloads)
}
