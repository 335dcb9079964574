// Division in its rounded forms. An integer divided by zero is an error.

extension Pointwise {
  package enum FloorDivide: BinaryFormula {
    package static let name = "floor_divide"
    package static let kinds = FormulaKinds.real
    package static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { V.floorDivide(x, y) }
  }

  /// `div` with `rounding_mode='trunc'`.
  package enum TruncDivide: BinaryFormula {
    package static let name = "trunc_divide"
    package static let kinds = FormulaKinds.real
    package static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { V.truncDivide(x, y) }
  }

  /// The rest with the sign of the divisor.
  package enum Remainder: BinaryFormula {
    package static let name = "remainder"
    package static let kinds = FormulaKinds.real
    package static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { V.remainder(x, y) }
  }

  /// The rest with the sign of the dividend.
  package enum Fmod: BinaryFormula {
    package static let name = "fmod"
    package static let kinds = FormulaKinds.real
    package static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { V.fmod(x, y) }
  }

  package static let divisionFormulas: [any Formula.Type] = [FloorDivide.self, TruncDivide.self, Remainder.self, Fmod.self]
}

// The ops of this family: schemas, checks, samples.
extension PointwiseOps {
  /// The op, refusing bool and, for integers, a divisor that holds a zero.
  /// - Parameter half: the quotient of 16-bit floats, which round at every step, so that it is that of their rounded ratio.
  private static func dividing(
    _ formula: (some BinaryFormula).Type, _ schema: String, half: (@Sendable (Tensor, Tensor) -> Tensor)? = nil
  ) -> PointwiseOp<Tensor, Tensor> {
    let plain = formula.op(schema, .same, low: 0.4, high: 2.5)
    let halves = half.map { half in
      Op<Tensor, Tensor, Tensor>.structured(
        schema, rule: { a, b in TensorSpec(try broadcastSizes(a.impl.sizes, b.impl.sizes), resultType(a, b), a.device) },
        kernel: { out, a, b in Copying.copy(half(a, b), into: out) }, vjp: { _, _, _ in { _, _ in } })
    }
    return PointwiseOp(
      op: Op(plain.op.info) { a, b in
        try checkDivisor(a, b)
        if let halves, a.isDefined, b.isDefined, resultType(a, b).isHalf {
          return try halves.run(a, b)
        }
        return try plain.op.run(a, b)
      },
      inPlace: Op(plain.inPlace.info) { a, b in
        try checkDivisor(a, b)
        return try plain.inPlace.run(a, b)
      })
  }

  private static func checkDivisor(_ a: Tensor, _ b: Tensor) throws {
    guard a.isDefined, b.isDefined, !a.dtype.isDifferentiable, !b.dtype.isDifferentiable else { return }
    if a.dtype == .bool && b.dtype == .bool { throw TorchError(.dtype, "division of two bool tensors is not supported") }
    guard b.isCPU, a.count > 0, b.count > 0 else { return }
    let isZero = try eq.run(b, Tensor(scalar: .int(0))).contiguous()
    if isZero.withUnsafeBytes({ $0.contains(1) }) { throw TorchError(.value, "an integer is divided by zero") }
  }

  package static let floorDivide = dividing(
    Pointwise.FloorDivide.self, "aten::floor_divide(Tensor self, Tensor other) -> Tensor"
  ) { a, b in
    // Python's algorithm, as in the kernels, with each step rounded.
    let rest = a.fmod(b)
    let below = (rest .!= 0).logicalAnd((b .< 0) .!= (rest .< 0))
    let even = (a - rest) / b
    let quotient = `where`(below, even - 1, even)
    let floor = quotient.floor()
    let nearest = `where`(quotient - floor .> 0.5, floor + 1, floor)
    let plain = a / b
    return `where`(b .== 0, plain, `where`(quotient .== 0, (quotient * 0).copysign(plain), nearest))
  }
  package static let truncDivide = dividing(
    Pointwise.TruncDivide.self, "aten::_trunc_divide(Tensor self, Tensor other) -> Tensor"
  ) { a, b in (a / b).trunc() }
  package static let remainder = dividing(Pointwise.Remainder.self, "aten::remainder.Tensor(Tensor self, Tensor other) -> Tensor")
  package static let fmod = dividing(Pointwise.Fmod.self, "aten::fmod.Tensor(Tensor self, Tensor other) -> Tensor")
  package static let remainderScalar = Op<Tensor, Scalar, Tensor>.scalarOverload(
    "aten::remainder.Scalar(Tensor self, Scalar other) -> Tensor", of: remainder.op)
  package static let remainderOfNumber = Op<Scalar, Tensor, Tensor>.leadingScalarOverload(
    "aten::remainder.Scalar_Tensor(Scalar self, Tensor other) -> Tensor", of: remainder.op)
  package static let fmodScalar = Op<Tensor, Scalar, Tensor>.scalarOverload(
    "aten::fmod.Scalar(Tensor self, Scalar other) -> Tensor", of: fmod.op)

  /// The quotient, rounded as `mode` says.
  package static let divMode = Op<Tensor, Tensor, String?, Tensor>.composite(
    "aten::div.Tensor_mode(Tensor self, Tensor other, *, str? rounding_mode) -> Tensor",
    samples: { s in
      [RoundingMode.trunc.rawValue, RoundingMode.floor.rawValue, nil].map { mode in
        Sample(.tensor(s.tensor([3, 4])), .tensor(s.tensor([4], low: 0.4, high: 2.5)), mode.map { .string($0) } ?? .none)
      }
    }
  ) { a, b, mode in
    switch mode {
    case nil: return try div.op.run(a, b)
    case "trunc": return try truncDivide.op.run(a, b)
    case "floor": return try floorDivide.op.run(a, b)
    case let mode?: throw TorchError(.value, "rounding_mode must be nil, 'trunc' or 'floor', got '\(mode)'")
    }
  }
  package static let divScalarMode = Op<Tensor, Scalar, String?, Tensor>.composite(
    "aten::div.Scalar_mode(Tensor self, Scalar other, *, str? rounding_mode) -> Tensor",
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), .scalar(.double(0.7)), .string("floor"))] }
  ) { try divMode.callThrowing($0, Tensor(scalar: $1), $2) }
  package static let trueDivide = Op<Tensor, Tensor, Tensor>.composite(
    "aten::true_divide.Tensor(Tensor self, Tensor other) -> Tensor", samples: { s in binarySamples(&s, 0.4, 2.5) }
  ) { try div.op.callThrowing($0, $1) }

  package static let division: [[AnyOp]] = [
    floorDivide.erased, truncDivide.erased, remainder.erased, fmod.erased,
    [
      remainderScalar.erased, remainderOfNumber.erased, fmodScalar.erased, divMode.erased, divScalarMode.erased,
      trueDivide.erased,
    ],
  ]
}

/// How `div` rounds.
public enum RoundingMode: String, Sendable {
  /// Toward zero.
  case trunc
  /// Down.
  case floor
}

extension Tensor {
  /// The quotient, rounded toward zero or down; integers stay integers. `torch.div` with `rounding_mode`.
  public func div(_ other: Tensor, roundingMode: RoundingMode) -> Tensor {
    PointwiseOps.divMode(self, other, roundingMode.rawValue)
  }
  /// The quotient rounded down. An integer divided by zero is an error. `torch.floor_divide`.
  public func floorDivide(_ other: Tensor) -> Tensor { PointwiseOps.floorDivide(self, other) }
  /// `floorDivide` in place.
  @discardableResult
  public func floorDivide_(_ other: Tensor) -> Tensor { PointwiseOps.floorDivide.inPlace(self, other) }
  /// The quotient rounded toward zero. `torch._trunc_divide`.
  public func truncDivide(_ other: Tensor) -> Tensor { PointwiseOps.truncDivide(self, other) }
  /// The rest of the division rounded down, with the divisor's sign. Python's `%`. `torch.remainder`.
  public func remainder(_ other: Tensor) -> Tensor { PointwiseOps.remainder(self, other) }
  /// `remainder` in place.
  @discardableResult
  public func remainder_(_ other: Tensor) -> Tensor { PointwiseOps.remainder.inPlace(self, other) }
  /// The rest of the division rounded toward zero, with the dividend's sign. `torch.fmod`.
  public func fmod(_ other: Tensor) -> Tensor { PointwiseOps.fmod(self, other) }
  /// `fmod` in place.
  @discardableResult
  public func fmod_(_ other: Tensor) -> Tensor { PointwiseOps.fmod.inPlace(self, other) }
}
