import TorchOps

/// x for positive x, α (eˣ - 1) for negative. `torch.nn.ELU`.
open class ELU: Module {
  public let alpha: Double
  /// Whether the input itself is changed.
  public let inPlace: Bool

  public init(alpha: Double = 1, inPlace: Bool = false) {
    self.alpha = alpha
    self.inPlace = inPlace
  }

  open override func forward(_ x: Tensor) -> Tensor {
    inPlace ? PointwiseOps.elu.inPlace(x, Scalar(alpha), 1, 1) : x.elu(alpha: Scalar(alpha))
  }
  open override var extraDescription: String { "alpha=\(Described.number(alpha))" + Described.inPlace(inPlace) }
}

/// x for positive x, α (e^(x / α) - 1) for negative. `torch.nn.CELU`.
open class CELU: Module {
  public let alpha: Double

  public init(alpha: Double = 1) { self.alpha = alpha }

  open override func forward(_ x: Tensor) -> Tensor { x.celu(alpha: Scalar(alpha)) }
  open override var extraDescription: String { "alpha=\(Described.number(alpha))" }
}

/// A scaled ``ELU`` that keeps mean 0 and variance 1. `torch.nn.SELU`.
open class SELU: Module {
  open override func forward(_ x: Tensor) -> Tensor { x.selu() }
}

/// x Φ(x). `torch.nn.GELU`.
open class GELU: Module {
  public let approximate: GeluApproximation

  public init(approximate: GeluApproximation = .none) { self.approximate = approximate }

  open override func forward(_ x: Tensor) -> Tensor { x.gelu(approximate: approximate) }
  open override var extraDescription: String { "approximate='\(approximate.rawValue)'" }
}

/// x σ(x). `torch.nn.SiLU`.
open class SiLU: Module {
  /// Whether the input itself is changed.
  public let inPlace: Bool

  public init(inPlace: Bool = false) { self.inPlace = inPlace }

  open override func forward(_ x: Tensor) -> Tensor { inPlace ? x.silu_() : x.silu() }
  open override var extraDescription: String { Described.inPlace(inPlace, alone: true) }
}

/// x tanh(log(1 + eˣ)). `torch.nn.Mish`.
open class Mish: Module {
  /// Whether the input itself is changed.
  public let inPlace: Bool

  public init(inPlace: Bool = false) { self.inPlace = inPlace }

  open override func forward(_ x: Tensor) -> Tensor { inPlace ? x.mish_() : x.mish() }
  open override var extraDescription: String { Described.inPlace(inPlace, alone: true) }
}

/// The hyperbolic tangent. `torch.nn.Tanh`.
open class Tanh: Module {
  open override func forward(_ x: Tensor) -> Tensor { x.tanh() }
}

/// x - tanh(x). `torch.nn.Tanhshrink`.
open class Tanhshrink: Module {
  open override func forward(_ x: Tensor) -> Tensor { x.tanhshrink() }
}

/// 1 / (1 + e⁻ˣ). `torch.nn.Sigmoid`.
open class Sigmoid: Module {
  open override func forward(_ x: Tensor) -> Tensor { x.sigmoid() }
}

/// The logarithm of ``Sigmoid``. `torch.nn.LogSigmoid`.
open class LogSigmoid: Module {
  open override func forward(_ x: Tensor) -> Tensor { x.logSigmoid() }
}

/// log(1 + e^(βx)) / β, and x where βx is above a threshold. `torch.nn.Softplus`.
open class Softplus: Module {
  public let beta: Double, threshold: Double

  public init(beta: Double = 1, threshold: Double = 20) {
    self.beta = beta
    self.threshold = threshold
  }

  open override func forward(_ x: Tensor) -> Tensor { x.softplus(beta: Scalar(beta), threshold: Scalar(threshold)) }
  open override var extraDescription: String { "beta=\(Described.number(beta)), threshold=\(Described.number(threshold))" }
}

/// x / (1 + |x|). `torch.nn.Softsign`.
open class Softsign: Module {
  open override func forward(_ x: Tensor) -> Tensor { x.softsign() }
}

/// The first half of a dimension times the sigmoid of the second. `torch.nn.GLU`.
open class GLU: Module {
  public let dim: Int

  public init(dim: Int = -1) { self.dim = dim }

  open override func forward(_ x: Tensor) -> Tensor { x.glu(dim: dim) }
  open override var extraDescription: String { "dim=\(dim)" }
}
