// The activations made of straight pieces and cut-outs.
extension Pointwise {
  /// Towards zero by `lambd`, and zero where |x| is at most that. Gradient 0 at the edges.
  package enum Softshrink: UnaryFormula {
    package static let name = "softshrink"
    package static let kinds = FormulaKinds.float
    package static let parameterCount = 1
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V {
      V.select(x .> p[0], x - p[0], V.select(x .< -p[0], x + p[0], V.select(V.isNaN(x), x, 0.0)))
    }
    package static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V {
      V.select(isInside(x, p[0]), 0.0, g)
    }
  }

  /// Zero where |x| is at most `lambd`, else x.
  package enum Hardshrink: UnaryFormula {
    package static let name = "hardshrink"
    package static let kinds = FormulaKinds.float
    package static let parameterCount = 1
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.select(isInside(x, p[0]), 0.0, x) }
  }

  private static func isInside<V: Elementwise>(_ x: V, _ bound: V) -> V.Condition {
    V.and(x .>= -bound, x .<= bound)
  }

  /// x relu6(x + 3) / 6
  package enum Hardswish: UnaryFormula {
    package static let name = "hardswish"
    package static let kinds = FormulaKinds.float
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { x * relu6(x + 3.0) / 6.0 }
    package static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V {
      V.select(x .<= -3.0, 0.0, V.select(x .< 3.0, g * (x / 3.0 + 0.5), g))
    }
  }

  /// relu6(x + 3) / 6
  package enum Hardsigmoid: UnaryFormula {
    package static let name = "hardsigmoid"
    package static let kinds = FormulaKinds.float
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { relu6(x + 3.0) / 6.0 }
    package static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V {
      V.select(V.and(x .> -3.0, x .< 3.0), g / 6.0, 0.0)
    }
  }

  private static func relu6<V: Elementwise>(_ x: V) -> V { V.minimum(V.maximum(x, 0.0), 6.0) }

  /// x above `threshold`, else `value`.
  package enum Threshold: UnaryFormula {
    package static let name = "threshold"
    package static let kinds = FormulaKinds.real
    package static let parameterCount = 2
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.select(x .<= p[0], p[1], x) }
  }

  package enum Tanhshrink: UnaryFormula {
    package static let name = "tanhshrink"
    package static let kinds = FormulaKinds.float
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { x - V.tanh(x) }
    package static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V {
      let t = V.tanh(x)
      return g * (t * t)
    }
  }

  package static let shrinkFormulas: [any Formula.Type] = [
    Softshrink.self, Hardshrink.self, Hardswish.self, Hardsigmoid.self, Threshold.self, Tanhshrink.self,
  ]
}

// The ops of this family: schemas, parameters, samples.
extension PointwiseOps {
  package static let softshrink = Pointwise.Softshrink.op(
    "aten::softshrink(Tensor self, Scalar lambd=0.5) -> Tensor", .float,
    parameters: { (lambda: Scalar) in
      guard lambda.doubleValue >= 0 else { throw TorchError(.value, "lambd must not be negative, got \(lambda)") }
      return KernelParameters(lambda)
    },
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), .scalar(.double(0.5)))] })
  package static let hardshrink = Pointwise.Hardshrink.op(
    "aten::hardshrink(Tensor self, Scalar lambd=0.5) -> Tensor", .float, parameters: { (lambda: Scalar) in KernelParameters(lambda) },
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), .scalar(.double(0.5)))] })
  package static let hardswish = Pointwise.Hardswish.op("aten::hardswish(Tensor self) -> Tensor", .float)
  package static let hardsigmoid = Pointwise.Hardsigmoid.op("aten::hardsigmoid(Tensor self) -> Tensor", .float)
  package static let tanhshrink = Pointwise.Tanhshrink.op("aten::tanhshrink(Tensor self) -> Tensor", .float)
  package static let threshold = Pointwise.Threshold.op(
    "aten::threshold(Tensor self, Scalar threshold, Scalar value) -> Tensor", .same,
    parameters: { (threshold: Scalar, value: Scalar) in KernelParameters([threshold, value]) },
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), .scalar(.double(0.25)), .scalar(.double(-1)))] })

  package static let shrink: [[AnyOp]] = [
    [softshrink.op.erased, hardshrink.op.erased, tanhshrink.op.erased], hardswish.erased, hardsigmoid.erased, threshold.erased,
  ]
}

extension Tensor {
  /// x moved toward zero by lambda, and 0 within it. `torch.nn.functional.softshrink`.
  public func softshrink(lambda: Scalar = 0.5) -> Tensor { PointwiseOps.softshrink(self, lambda) }
  /// x, and 0 within lambda of zero. `torch.nn.functional.hardshrink`.
  public func hardshrink(lambda: Scalar = 0.5) -> Tensor { PointwiseOps.hardshrink(self, lambda) }
  /// x relu6(x + 3) / 6. `torch.nn.functional.hardswish`.
  public func hardswish() -> Tensor {
    PointwiseOps.hardswish.definition!.direct(self) ?? PointwiseOps.hardswish(self)
  }
  /// relu6(x + 3) / 6. `torch.nn.functional.hardsigmoid`.
  public func hardsigmoid() -> Tensor {
    PointwiseOps.hardsigmoid.definition!.direct(self) ?? PointwiseOps.hardsigmoid(self)
  }
  /// x - tanh(x). `torch.nn.functional.tanhshrink`.
  public func tanhshrink() -> Tensor {
    PointwiseOps.tanhshrink.definition!.direct(self) ?? PointwiseOps.tanhshrink(self)
  }
  /// x above the threshold, a value elsewhere. `torch.nn.functional.threshold`.
  public func threshold(_ threshold: Scalar, _ value: Scalar) -> Tensor { PointwiseOps.threshold(self, threshold, value) }
}
