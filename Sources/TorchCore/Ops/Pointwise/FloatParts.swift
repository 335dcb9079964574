// Parts and neighbours of floating-point numbers, and rounding to decimals.

extension Pointwise {
  /// To a multiple of one over the parameter.
  package enum RoundToFraction: UnaryFormula {
    package static let name = "round_fraction"
    package static let kinds = FormulaKinds.float
    package static let parameterCount = 1
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.round(x * p[0]) / p[0] }
  }

  /// To a multiple of the parameter.
  package enum RoundToMultiple: UnaryFormula {
    package static let name = "round_multiple"
    package static let kinds = FormulaKinds.float
    package static let parameterCount = 1
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.round(x / p[0]) * p[0] }
  }

  package static let floatPartFormulas: [any Formula.Type] = [RoundToFraction.self, RoundToMultiple.self]
}

// The ops of this family: schemas, derivatives, samples.
extension PointwiseOps {
  private static let roundSchema = "aten::round.decimals(Tensor self, *, int decimals) -> Tensor"
  private static let roundFraction = Pointwise.RoundToFraction.op(
    roundSchema, .same, parameters: { (factor: Scalar) in KernelParameters(factor) }, samples: { _ in [] })
  private static let roundMultiple = Pointwise.RoundToMultiple.op(
    roundSchema, .same, parameters: { (factor: Scalar) in KernelParameters(factor) }, samples: { _ in [] })
  package static let roundDecimals = Op<Tensor, Int, Tensor>(
    OpInfo(roundSchema, tier: .pointwise, derivative: .own) { s in
      [Sample(.tensor(s.tensor([3, 4])), .scalar(.int(1))), Sample(.tensor(s.tensor([3], low: 20, high: 90)), .scalar(.int(-1)))]
    }
  ) { x, decimals in
    guard !x.isDefined || x.dtype.isFloatingPoint else {
      throw TorchError(.dtype, "decimals need a floating-point type, got \(x.dtype)")
    }
    if decimals == 0 { return try round.op.run(x) }
    let factor = Scalar.double(Double.pow(10, Double(decimals.magnitude)))
    return try (decimals > 0 ? roundFraction : roundMultiple).op.run(x, factor)
  }

  private static let mantissaKernel = PointwiseKernel(Pointwise.FrexpMantissa.name)
  private static let exponentKernel = PointwiseKernel(Pointwise.FrexpExponent.name)
  package static let frexp = Op<Tensor, TensorPair>.structured(
    "aten::frexp.Tensor(Tensor self) -> (Tensor mantissa, Tensor exponent)",
    rule: { x in
      guard x.dtype.isFloatingPoint else { throw TorchError(.dtype, "frexp needs a floating-point type, got \(x.dtype)") }
      return (TensorSpec(like: x), TensorSpec(like: x, dtype: .int32))
    },
    kernel: { out, x in
      try mantissaKernel.run(out.values, [x], compute: x.dtype.computeType, KernelParameters())
      try exponentKernel.run(out.indices, [x], compute: x.dtype.computeType, KernelParameters())
    },
    vjp: { tape, _ in
      let exponent = tape.save(result: tape.result.indices, index: 1)
      return { g, sink in
        // The factor's powers of two are exact in the gradient's own type.
        if let gradient = g[0] { sink[0] = gradient / (try sink.value(exponent)).to(gradient.dtype).exp2() }
      }
    },
    samples: { s in [Sample(.tensor(s.tensor([3, 4])))] })

  private static let nextSchema = "aten::nextafter(Tensor self, Tensor other) -> Tensor"
  private static let nextWide = Pointwise.Nextafter.op(nextSchema, .same)
  private static let nextHalf = Pointwise.NextafterHalf.op(nextSchema, .same)
  private static let nextBFloat = Pointwise.NextafterBFloat.op(nextSchema, .same)
  package static let nextafter = Op<Tensor, Tensor, Tensor>(nextWide.op.info) { x, y in
    switch x.isDefined && y.isDefined ? resultType(x, y) : .float32 {
    case .float16: try nextHalf.op.run(x, y)
    case .bfloat16: try nextBFloat.op.run(x, y)
    default: try nextWide.op.run(x, y)
    }
  }

  package static let positive = Op<Tensor, Tensor>.composite(
    "aten::positive(Tensor(a) self) -> Tensor(a)",
    rule: { x in if x.dtype == .bool { throw TorchError(.dtype, "the positive of a bool tensor is not supported") } },
    samples: { s in [Sample(.tensor(s.tensor([3, 4])))] }
  ) { $0 }

  package static let floatParts: [[AnyOp]] = [[roundDecimals.erased, frexp.erased, nextafter.erased, positive.erased]]
}

extension Tensor {
  /// Rounded to so many digits behind the point, or before it for a negative number; halves go to the even one. `torch.round`.
  public func round(decimals: Int) -> Tensor { PointwiseOps.roundDecimals(self, decimals) }
  /// The numbers as mantissas of 0.5 ..< 1 times powers of two: the mantissas, and the exponents as int32. Floating-point types.
  /// `torch.frexp`.
  public func frexp() -> (mantissa: Tensor, exponent: Tensor) {
    let parts = PointwiseOps.frexp(self)
    return (parts.values, parts.indices)
  }
  /// The next number of the type from each element towards the other's. `torch.nextafter`.
  public func nextafter(_ other: Tensor) -> Tensor { PointwiseOps.nextafter(self, other) }
  /// The tensor itself. `torch.positive`.
  public func positive() -> Tensor { PointwiseOps.positive(self) }
}
