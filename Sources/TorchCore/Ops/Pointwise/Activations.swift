extension Pointwise {
  package enum Sigmoid: UnaryFormula {
    package static let name = "sigmoid"
    package static let kinds = FormulaKinds.continuous
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.sigmoid(x) }
    package static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V { g * (y * (1.0 - y)) }
  }

  /// log(sigmoid(x)), without overflow.
  package enum LogSigmoid: UnaryFormula {
    package static let name = "log_sigmoid"
    package static let kinds = FormulaKinds.float
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.logSigmoid(x) }
    package static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V { g * V.sigmoid(-x) }
  }

  package enum Relu: UnaryFormula {
    package static let name = "relu"
    package static let kinds = FormulaKinds.real
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.maximum(x, 0.0) }
    package static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V { V.select(y .<= 0.0, 0.0, g) }
  }

  /// Between `min_val` and `max_val`; the bounds themselves have gradient 0. `relu6` is this from 0 to 6.
  package enum Hardtanh: UnaryFormula {
    package static let name = "hardtanh"
    package static let kinds = FormulaKinds.real
    package static let parameterCount = 2
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.minimum(V.maximum(x, p[0]), p[1]) }
    package static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V {
      V.select(V.or(x .<= p[0], x .>= p[1]), 0.0, g)
    }
  }

  /// x, or `negative_slope` x where x is not positive.
  package enum LeakyRelu: UnaryFormula {
    package static let name = "leaky_relu"
    package static let kinds = FormulaKinds.float
    package static let parameterCount = 1
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.select(x .> 0.0, x, p[0] * x) }
  }

  /// x, or w x where x is not positive.
  package enum Prelu: BinaryFormula {
    package static let name = "prelu"
    package static let kinds = FormulaKinds.float
    package static func value<V: Elementwise>(_ x: V, _ w: V, _ p: Parameters<V>) -> V { V.select(x .> 0.0, x, w * x) }
  }

  /// Parameters `alpha`, `scale`, `input_scale`. `selu` and `celu` are values of these: (1.6732632423543772, 1.0507009873554805,
  /// 1) and (alpha, 1, 1 / alpha).
  package enum Elu: UnaryFormula {
    package static let name = "elu"
    package static let kinds = FormulaKinds.float
    package static let parameterCount = 3
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V {
      V.select(x .<= 0.0, V.expm1(x * p[2]) * (p[0] * p[1]), x * p[1])
    }
    package static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V {
      let scale = p[2] * (p[0] * p[1])
      return V.select(x .<= 0.0, g * (scale * V.exp(x * p[2])), g * p[1])
    }
  }

  package enum Gelu: UnaryFormula {
    package static let name = "gelu"
    package static let kinds = FormulaKinds.float
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { x * V.ndtr(x) }
  }

  package enum GeluTanh: UnaryFormula {
    package static let name = "gelu_tanh"
    package static let kinds = FormulaKinds.float
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V {
      let inner = x * (1.0 + 0.044715 * (x * x))
      return 0.5 * x * (1.0 + V.tanh(V.constant((2 / Double.pi).squareRoot()) * inner))
    }
  }

  package enum Silu: UnaryFormula {
    package static let name = "silu"
    package static let kinds = FormulaKinds.continuous
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { x * V.sigmoid(x) }
    package static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V {
      let s = V.sigmoid(x)
      return g * (s * (1.0 + x * (1.0 - s)))
    }
  }

  /// x tanh(softplus(x)).
  package enum Mish: UnaryFormula {
    package static let name = "mish"
    package static let kinds = FormulaKinds.float
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { x * tanhSoftplus(x) }
    package static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V {
      let t = tanhSoftplus(x)
      return g * (t + x * V.sigmoid(x) * (1.0 - t * t))
    }
  }

  // tanh(log(1 + e^x)) as a quotient in e^-|x|, which neither overflows nor cancels.
  private static func tanhSoftplus<V: Elementwise>(_ x: V) -> V {
    let positive = x .> 0.0
    let e = V.exp(V.select(positive, -x, x))
    let numerator = V.select(positive, 1.0 + 2.0 * e, e * (e + 2.0))
    return numerator / (numerator + V.select(positive, 2.0 * (e * e), 2.0))
  }

  /// log(1 + exp(beta x)) / beta, and x itself where beta x exceeds `threshold`.
  package enum Softplus: UnaryFormula {
    package static let name = "softplus"
    package static let kinds = FormulaKinds.float
    package static let parameterCount = 2
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V {
      let scaled = p[0] * x
      return V.select(scaled .> p[1], x, V.log1p(V.exp(scaled)) / p[0])
    }
    package static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V {
      let scaled = p[0] * x
      return V.select(scaled .> p[1], g, g * V.sigmoid(scaled))
    }
  }

  package enum Softsign: UnaryFormula {
    package static let name = "softsign"
    package static let kinds = FormulaKinds.float
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { x / (1.0 + V.abs(x)) }
    package static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V {
      let d = 1.0 + V.abs(x)
      return g / d / d
    }
  }

  /// x sigmoid(w), the gated linear unit.
  package enum Gate: BinaryFormula {
    package static let name = "glu"
    package static let kinds = FormulaKinds.float
    package static func value<V: Elementwise>(_ x: V, _ w: V, _ p: Parameters<V>) -> V { x * V.sigmoid(w) }
    package static func backward<V: Elementwise>(_ g: V, ofInput i: Int, _ x: V, _ w: V, _ z: V, _ p: Parameters<V>) -> V {
      let s = V.sigmoid(w)
      return i == 0 ? g * s : g * (x * (s * (1.0 - s)))
    }
  }

  package static let activationFormulas: [any Formula.Type] = [
    Sigmoid.self, LogSigmoid.self, Relu.self, Hardtanh.self, LeakyRelu.self, Prelu.self, Gate.self, Elu.self, Gelu.self, GeluTanh.self,
    Silu.self, Mish.self, Softplus.self, Softsign.self,
  ]
}

extension Elementwise {
  /// log(sigmoid(x)) = min(x, 0) - log(1 + exp(-|x|)).
  package static func logSigmoid(_ x: Self) -> Self { minimum(x, 0.0) - log1p(exp(-abs(x))) }
}

// The ops of this family: schemas, parameters, samples.
extension PointwiseOps {
  package static let sigmoid = Pointwise.Sigmoid.op("aten::sigmoid(Tensor self) -> Tensor", .float)
  package static let logSigmoid = Pointwise.LogSigmoid.op("aten::log_sigmoid(Tensor self) -> Tensor", .float)
  package static let relu = Pointwise.Relu.op("aten::relu(Tensor self) -> Tensor", .same)
  package static let silu = Pointwise.Silu.op("aten::silu(Tensor self) -> Tensor", .float)
  package static let mish = Pointwise.Mish.op("aten::mish(Tensor self) -> Tensor", .float)
  package static let softsign = Pointwise.Softsign.op("aten::softsign(Tensor self) -> Tensor", .float)
  package static let hardtanh = Pointwise.Hardtanh.op(
    "aten::hardtanh(Tensor self, Scalar min_val=-1, Scalar max_val=1) -> Tensor", .same,
    parameters: { (low: Scalar, high: Scalar) in KernelParameters([low, high]) },
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), .scalar(.int(-1)), .scalar(.int(1)))] })
  package static let relu6 = Op<Tensor, Tensor>.composite(
    "aten::relu6(Tensor self) -> Tensor", samples: { s in [Sample(.tensor(s.tensor([3, 4], low: -3, high: 9)))] }
  ) { try hardtanh.op.callThrowing($0, 0, 6) }
  package static let leakyRelu = Pointwise.LeakyRelu.op(
    "aten::leaky_relu(Tensor self, Scalar negative_slope=0.01) -> Tensor", .float,
    parameters: { (slope: Scalar) in KernelParameters(slope) },
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), .scalar(.double(0.1)))] })
  package static let elu = Pointwise.Elu.op(
    "aten::elu(Tensor self, Scalar alpha=1, Scalar scale=1, Scalar input_scale=1) -> Tensor", .float,
    parameters: { (alpha: Scalar, scale: Scalar, inputScale: Scalar) in KernelParameters([alpha, scale, inputScale]) },
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), .scalar(.double(1.2)), .scalar(.int(1)), .scalar(.int(1)))] })
  package static let selu = Op<Tensor, Tensor>.composite(
    "aten::selu(Tensor self) -> Tensor", samples: { s in [Sample(.tensor(s.tensor([3, 4])))] }
  ) { try elu.op.callThrowing($0, 1.6732632423543772848170429916717, 1.0507009873554804934193349852946, 1) }
  package static let celu = Op<Tensor, Scalar, Tensor>.composite(
    "aten::celu(Tensor self, Scalar alpha=1.0) -> Tensor",
    rule: { _, alpha in if alpha.doubleValue == 0 { throw TorchError(.value, "alpha must not be 0") } },
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), .scalar(.double(1.5)))] }
  ) { try elu.op.callThrowing($0, $1, 1, .double(1 / $1.doubleValue)) }
  package static let geluErf = Pointwise.Gelu.op("aten::gelu(Tensor self, *, str approximate='none') -> Tensor", .float)
  package static let geluTanh = Pointwise.GeluTanh.op("aten::gelu(Tensor self, *, str approximate='none') -> Tensor", .float)
  package static let gelu = Op<Tensor, String, Tensor>(
    OpInfo("aten::gelu(Tensor self, *, str approximate='none') -> Tensor", tier: .pointwise, derivative: .own) { s in
      [Sample(.tensor(s.tensor([3, 4])), .string("none")), Sample(.tensor(s.tensor([3, 4])), .string("tanh"))]
    }
  ) { x, approximate in
    switch approximate {
    case "none": return try geluErf.op.run(x)
    case "tanh": return try geluTanh.op.run(x)
    default: throw TorchError(.value, "approximate must be 'none' or 'tanh', got '\(approximate)'")
    }
  }
  package static let softplus = Pointwise.Softplus.op(
    "aten::softplus(Tensor self, Scalar beta=1, Scalar threshold=20) -> Tensor", .float,
    parameters: { (beta: Scalar, threshold: Scalar) in KernelParameters([beta, threshold]) },
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), .scalar(.double(1.5)), .scalar(.int(20)))] })
  package static let prelu = Pointwise.Prelu.op(
    "aten::_prelu_kernel(Tensor self, Tensor weight) -> Tensor", .float)

  /// The two halves of a gated linear unit.
  package static let gate = Pointwise.Gate.op("aten::_gate(Tensor self, Tensor gate) -> Tensor", .same)

  package static let activations: [[AnyOp]] = [
    sigmoid.erased,
    logSigmoid.erased,
    relu.erased,
    silu.erased,
    mish.erased,
    softsign.erased,
    hardtanh.erased, [relu6.erased, selu.erased, celu.erased, gelu.erased, softplus.op.erased, prelu.op.erased, gate.op.erased], leakyRelu.erased, elu.erased,
  ]
}

extension Tensor {
  /// 1 / (1 + exp(-x)). `torch.sigmoid`.
  public func sigmoid() -> Tensor {
    PointwiseOps.sigmoid.definition!.direct(self) ?? PointwiseOps.sigmoid(self)
  }
  /// `sigmoid` in place.
  @discardableResult
  public func sigmoid_() -> Tensor { PointwiseOps.sigmoid.inPlace(self) }
  /// The logarithm of the sigmoid. `torch.log_sigmoid`.
  public func logSigmoid() -> Tensor {
    PointwiseOps.logSigmoid.definition!.direct(self) ?? PointwiseOps.logSigmoid(self)
  }
  /// The element, and 0 below zero. `torch.relu`.
  public func relu() -> Tensor {
    PointwiseOps.relu.definition!.direct(self) ?? PointwiseOps.relu(self)
  }
  /// `relu` in place.
  @discardableResult
  public func relu_() -> Tensor { PointwiseOps.relu.inPlace(self) }
  /// x sigmoid(x). `torch.silu`.
  public func silu() -> Tensor {
    PointwiseOps.silu.definition!.direct(self) ?? PointwiseOps.silu(self)
  }
  /// `silu` in place.
  @discardableResult
  public func silu_() -> Tensor { PointwiseOps.silu.inPlace(self) }
  /// x tanh(softplus(x)). `torch.mish`.
  public func mish() -> Tensor {
    PointwiseOps.mish.definition!.direct(self) ?? PointwiseOps.mish(self)
  }
  /// `mish` in place.
  @discardableResult
  public func mish_() -> Tensor { PointwiseOps.mish.inPlace(self) }
  /// x / (1 + |x|). `torch.softsign`.
  public func softsign() -> Tensor {
    PointwiseOps.softsign.definition!.direct(self) ?? PointwiseOps.softsign(self)
  }
  /// The element limited to -1...1 or other bounds. `torch.nn.functional.hardtanh`.
  public func hardtanh(min: Scalar = -1, max: Scalar = 1) -> Tensor { PointwiseOps.hardtanh(self, min, max) }
  /// The element limited to 0...6. `torch.nn.functional.relu6`.
  public func relu6() -> Tensor { PointwiseOps.relu6(self) }
  /// The element, and a fraction of it below zero. `torch.nn.functional.leaky_relu`.
  public func leakyRelu(negativeSlope: Scalar = 0.01) -> Tensor { PointwiseOps.leakyRelu(self, negativeSlope) }
  /// The element, and alpha (exp(x) - 1) below zero. `torch.nn.functional.elu`.
  public func elu(alpha: Scalar = 1) -> Tensor { PointwiseOps.elu(self, alpha, 1, 1) }
  /// The scaled exponential linear unit. `torch.nn.functional.selu`.
  public func selu() -> Tensor { PointwiseOps.selu(self) }
  /// max(0, x) + min(0, alpha (exp(x / alpha) - 1)). `torch.nn.functional.celu`.
  public func celu(alpha: Scalar = 1.0) -> Tensor { PointwiseOps.celu(self, alpha) }
  /// x times the normal distribution function at x, exactly or by PyTorch's tanh formula. `torch.nn.functional.gelu`.
  public func gelu(approximate: GeluApproximation = .none) -> Tensor { PointwiseOps.gelu(self, approximate.rawValue) }
  /// log(1 + exp(beta x)) / beta, and x itself above the threshold. `torch.nn.functional.softplus`.
  public func softplus(beta: Scalar = 1, threshold: Scalar = 20) -> Tensor { PointwiseOps.softplus(self, beta, threshold) }
}

/// How `gelu` evaluates the normal distribution function.
public enum GeluApproximation: String, Sendable { case none, tanh }
