extension Pointwise {
  package enum LogicalAnd: BinaryPredicate {
    package static let name = "logical_and"
    package static let kinds = FormulaKinds.all
    package static func holds<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V.Condition { V.and(x .!= 0.0, y .!= 0.0) }
  }

  package enum LogicalOr: BinaryPredicate {
    package static let name = "logical_or"
    package static let kinds = FormulaKinds.all
    package static func holds<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V.Condition { V.or(x .!= 0.0, y .!= 0.0) }
  }

  package enum LogicalXor: BinaryPredicate {
    package static let name = "logical_xor"
    package static let kinds = FormulaKinds.all
    package static func holds<V: Elementwise>(_ x: V, _ y: V, _ p: Parameters<V>) -> V.Condition {
      let a = x .!= 0.0
      let b = y .!= 0.0
      return V.or(V.and(a, V.not(b)), V.and(b, V.not(a)))
    }
  }

  package enum LogicalNot: UnaryPredicate {
    package static let name = "logical_not"
    package static let kinds = FormulaKinds.all
    package static func holds<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V.Condition { x .== 0.0 }
  }

  /// The second input where the first, a condition, is not zero, and the third elsewhere.
  package enum Where: TernaryFormula {
    package static let name = "where"
    package static let kinds = FormulaKinds.all
    package static let differentiableInputs = [1, 2]
    package static func value<V: Elementwise>(_ condition: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V {
      V.select(condition .!= 0.0, x, y)
    }
  }

  package static let logicalFormulas: [any Formula.Type] = [
    LogicalAnd.self, LogicalOr.self, LogicalXor.self, LogicalNot.self, Where.self,
  ]
}

// The ops of this family: schemas, parameters, samples.
extension PointwiseOps {
  package static let logicalAnd = Pointwise.LogicalAnd.op("aten::logical_and(Tensor self, Tensor other) -> Tensor")
  package static let logicalOr = Pointwise.LogicalOr.op("aten::logical_or(Tensor self, Tensor other) -> Tensor")
  package static let logicalXor = Pointwise.LogicalXor.op("aten::logical_xor(Tensor self, Tensor other) -> Tensor")
  package static let logicalNot = Pointwise.LogicalNot.op("aten::logical_not(Tensor self) -> Tensor")
  package static let selected = Pointwise.Where.op(
    "aten::where.self(Tensor condition, Tensor self, Tensor other) -> Tensor", .same, parameters: { KernelParameters() },
    samples: { s in
      [
        Sample(.tensor(s.integers([3, 4], high: 2, dtype: .bool)), .tensor(s.tensor([3, 4])), .tensor(s.tensor([3, 4]))),
        Sample(.tensor(s.integers([3, 1], high: 2, dtype: .bool)), .tensor(s.tensor([4])), .tensor(s.tensor([]))),
      ]
    })
  package static let choose = Op<Tensor, Tensor, Tensor, Tensor>(selected.op.info) { condition, a, b in
    guard condition.dtype == .bool || condition.dtype == .uint8 || !condition.isDefined || condition.impl.isWrappedNumber else {
      throw TorchError(.dtype, "the condition must be bool, got \(condition.summary)")
    }
    return try selected.op.run(condition, a, b)
  }

  package static let logical: [[AnyOp]] = [
    [logicalAnd.erased],
    [logicalOr.erased],
    [logicalXor.erased],
    [logicalNot.erased],
    [choose.erased],
  ]
}

extension Tensor {
  /// Where both differ from zero. `torch.logical_and`.
  public func logicalAnd(_ other: Tensor) -> Tensor { PointwiseOps.logicalAnd(self, other) }
  /// Where either differs from zero. `torch.logical_or`.
  public func logicalOr(_ other: Tensor) -> Tensor { PointwiseOps.logicalOr(self, other) }
  /// Where exactly one differs from zero. `torch.logical_xor`.
  public func logicalXor(_ other: Tensor) -> Tensor { PointwiseOps.logicalXor(self, other) }
  /// Where elements are zero. `torch.logical_not`.
  public func logicalNot() -> Tensor { PointwiseOps.logicalNot(self) }
}

/// `a` where the condition holds, `b` elsewhere, all three broadcast. `torch.where`.
public func `where`(_ condition: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor { PointwiseOps.choose(condition, a, b) }
