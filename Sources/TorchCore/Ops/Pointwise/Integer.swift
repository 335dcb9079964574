extension Pointwise {
  package enum BitwiseAnd: BinaryFormula {
    package static let name = "bitwise_and"
    package static let kinds = FormulaKinds.integer
    package static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { V.bitwiseAnd(x, y) }
  }

  package enum BitwiseOr: BinaryFormula {
    package static let name = "bitwise_or"
    package static let kinds = FormulaKinds.integer
    package static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { V.bitwiseOr(x, y) }
  }

  package enum BitwiseXor: BinaryFormula {
    package static let name = "bitwise_xor"
    package static let kinds = FormulaKinds.integer
    package static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { V.bitwiseXor(x, y) }
  }

  package enum BitwiseNot: UnaryFormula {
    package static let name = "bitwise_not"
    package static let kinds = FormulaKinds.integer
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.bitwiseNot(x) }
  }

  package enum BitwiseLeftShift: BinaryFormula {
    package static let name = "bitwise_left_shift"
    package static let kinds = FormulaKinds.integer
    package static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { V.shiftLeft(x, y) }
  }

  /// Keeps the sign.
  package enum BitwiseRightShift: BinaryFormula {
    package static let name = "bitwise_right_shift"
    package static let kinds = FormulaKinds.integer
    package static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { V.shiftRight(x, y) }
  }

  /// The greatest common divisor, not negative.
  package enum Gcd: BinaryFormula {
    package static let name = "gcd"
    package static let kinds = FormulaKinds.integer
    package static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V { V.gcd(x, y) }
  }

  /// The least common multiple, not negative; 0 if either is 0.
  package enum Lcm: BinaryFormula {
    package static let name = "lcm"
    package static let kinds = FormulaKinds.integer
    package static func value<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V {
      let divisor = V.gcd(x, y)
      return V.select(divisor .== 0.0, 0.0, V.abs(V.truncDivide(x, divisor) * y))
    }
  }

  package static let integerFormulas: [any Formula.Type] = [
    BitwiseAnd.self, BitwiseOr.self, BitwiseXor.self, BitwiseNot.self, BitwiseLeftShift.self, BitwiseRightShift.self, Gcd.self,
    Lcm.self,
  ]
}

// The ops of this family: schemas, parameters, samples.
extension PointwiseOps {
  package static let bitwiseAnd = Pointwise.BitwiseAnd.op("aten::bitwise_and.Tensor(Tensor self, Tensor other) -> Tensor", .same, samples: integerSamples)
  package static let bitwiseOr = Pointwise.BitwiseOr.op("aten::bitwise_or.Tensor(Tensor self, Tensor other) -> Tensor", .same, samples: integerSamples)
  package static let bitwiseXor = Pointwise.BitwiseXor.op("aten::bitwise_xor.Tensor(Tensor self, Tensor other) -> Tensor", .same, samples: integerSamples)
  package static let bitwiseLeftShift = Pointwise.BitwiseLeftShift.op("aten::bitwise_left_shift.Tensor(Tensor self, Tensor other) -> Tensor", .same, samples: integerSamples)
  package static let bitwiseRightShift = Pointwise.BitwiseRightShift.op("aten::bitwise_right_shift.Tensor(Tensor self, Tensor other) -> Tensor", .same, samples: integerSamples)
  package static let gcd = Pointwise.Gcd.op("aten::gcd(Tensor self, Tensor other) -> Tensor", .same, samples: integerSamples)
  package static let lcm = Pointwise.Lcm.op("aten::lcm(Tensor self, Tensor other) -> Tensor", .same, samples: integerSamples)
  package static let integerSamples: SampleMaker = { s in
    [Sample(.tensor(s.integers([3, 4], low: 1, high: 9)), .tensor(s.integers([3, 4], low: 1, high: 5)))]
  }
  package static let bitwiseInverse = Pointwise.BitwiseNot.op(
    "aten::bitwise_not(Tensor self) -> Tensor", .same, samples: { s in [Sample(.tensor(s.integers([3, 4], high: 9)))] })
  package static let bitwiseNot = Op<Tensor, Tensor>(bitwiseInverse.op.info) { x in
    // The inverse of a bool is the other truth value, not the other bits.
    x.dtype == .bool ? try logicalNot.run(x) : try bitwiseInverse.op.run(x)
  }
  private static let scalarSamples: SampleMaker = { s in [Sample(.tensor(s.integers([3, 4], low: 1, high: 9)), .scalar(.int(5)))] }
  package static let bitwiseScalars = [
    Op<Tensor, Scalar, Tensor>.scalarOverload(
      "aten::bitwise_and.Scalar(Tensor self, Scalar other) -> Tensor", of: bitwiseAnd.op, samples: scalarSamples).erased,
    Op<Tensor, Scalar, Tensor>.scalarOverload(
      "aten::bitwise_or.Scalar(Tensor self, Scalar other) -> Tensor", of: bitwiseOr.op, samples: scalarSamples).erased,
    Op<Tensor, Scalar, Tensor>.scalarOverload(
      "aten::bitwise_xor.Scalar(Tensor self, Scalar other) -> Tensor", of: bitwiseXor.op, samples: scalarSamples).erased,
  ]

  package static let integer: [[AnyOp]] = [
    bitwiseAnd.erased,
    bitwiseOr.erased,
    bitwiseXor.erased,
    bitwiseLeftShift.erased,
    bitwiseRightShift.erased,
    gcd.erased,
    lcm.erased,
    [bitwiseNot.erased], bitwiseScalars,
  ]
}

extension Tensor {
  /// Bitwise and; logical and for bool. `torch.bitwise_and`.
  public func bitwiseAnd(_ other: Tensor) -> Tensor { PointwiseOps.bitwiseAnd(self, other) }
  /// `bitwiseAnd` in place.
  @discardableResult
  public func bitwiseAnd_(_ other: Tensor) -> Tensor { PointwiseOps.bitwiseAnd.inPlace(self, other) }
  /// Bitwise or; logical or for bool. `torch.bitwise_or`.
  public func bitwiseOr(_ other: Tensor) -> Tensor { PointwiseOps.bitwiseOr(self, other) }
  /// `bitwiseOr` in place.
  @discardableResult
  public func bitwiseOr_(_ other: Tensor) -> Tensor { PointwiseOps.bitwiseOr.inPlace(self, other) }
  /// Bitwise exclusive or. `torch.bitwise_xor`.
  public func bitwiseXor(_ other: Tensor) -> Tensor { PointwiseOps.bitwiseXor(self, other) }
  /// `bitwiseXor` in place.
  @discardableResult
  public func bitwiseXor_(_ other: Tensor) -> Tensor { PointwiseOps.bitwiseXor.inPlace(self, other) }
  /// Bits moved left. `torch.bitwise_left_shift`.
  public func bitwiseLeftShift(_ other: Tensor) -> Tensor { PointwiseOps.bitwiseLeftShift(self, other) }
  /// `bitwiseLeftShift` in place.
  @discardableResult
  public func bitwiseLeftShift_(_ other: Tensor) -> Tensor { PointwiseOps.bitwiseLeftShift.inPlace(self, other) }
  /// Bits moved right, keeping the sign. `torch.bitwise_right_shift`.
  public func bitwiseRightShift(_ other: Tensor) -> Tensor { PointwiseOps.bitwiseRightShift(self, other) }
  /// `bitwiseRightShift` in place.
  @discardableResult
  public func bitwiseRightShift_(_ other: Tensor) -> Tensor { PointwiseOps.bitwiseRightShift.inPlace(self, other) }
  /// The greatest common divisor. `torch.gcd`.
  public func gcd(_ other: Tensor) -> Tensor { PointwiseOps.gcd(self, other) }
  /// `gcd` in place.
  @discardableResult
  public func gcd_(_ other: Tensor) -> Tensor { PointwiseOps.gcd.inPlace(self, other) }
  /// The least common multiple. `torch.lcm`.
  public func lcm(_ other: Tensor) -> Tensor { PointwiseOps.lcm(self, other) }
  /// `lcm` in place.
  @discardableResult
  public func lcm_(_ other: Tensor) -> Tensor { PointwiseOps.lcm.inPlace(self, other) }
  /// All bits inverted; the other truth value for bool. `torch.bitwise_not`.
  public func bitwiseNot() -> Tensor { PointwiseOps.bitwiseNot(self) }
}
