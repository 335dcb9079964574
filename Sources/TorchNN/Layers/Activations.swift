import TorchOps

/// max(x, 0). `torch.nn.ReLU`.
open class ReLU: Module {
  open override func forward(_ x: Tensor) -> Tensor { x.relu() }
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
  open override func forward(_ x: Tensor) -> Tensor { x.silu() }
}

/// The hyperbolic tangent. `torch.nn.Tanh`.
open class Tanh: Module {
  open override func forward(_ x: Tensor) -> Tensor { x.tanh() }
}

/// 1 / (1 + e⁻ˣ). `torch.nn.Sigmoid`.
open class Sigmoid: Module {
  open override func forward(_ x: Tensor) -> Tensor { x.sigmoid() }
}

/// x for positive x, `negativeSlope` times x for negative. `torch.nn.LeakyReLU`.
open class LeakyReLU: Module {
  public let negativeSlope: Double

  public init(negativeSlope: Double = 0.01) { self.negativeSlope = negativeSlope }

  open override func forward(_ x: Tensor) -> Tensor { x.leakyRelu(negativeSlope: Scalar(negativeSlope)) }
  open override var extraDescription: String { "negative_slope=\(Described.number(negativeSlope))" }
}

/// Exponentials that sum to 1 along a dimension. `torch.nn.Softmax`.
open class Softmax: Module {
  public let dim: Int

  public init(dim: Int) { self.dim = dim }

  open override func forward(_ x: Tensor) -> Tensor { x.softmax(dim: dim) }
  open override var extraDescription: String { "dim=\(dim)" }
}

/// The logarithm of ``Softmax``. `torch.nn.LogSoftmax`.
open class LogSoftmax: Module {
  public let dim: Int

  public init(dim: Int) { self.dim = dim }

  open override func forward(_ x: Tensor) -> Tensor { x.logSoftmax(dim: dim) }
  open override var extraDescription: String { "dim=\(dim)" }
}

/// In training, zeroes each element with probability p and scales the others by 1 / (1 - p). `torch.nn.Dropout`.
open class Dropout: Module {
  public let p: Double

  public init(_ p: Double = 0.5) {
    self.p = checked(0, "Dropout") {
      guard p >= 0 && p <= 1 else { throw TorchError(.value, "p: expected a probability from 0 to 1, got \(p)") }
      return p
    }
  }

  open override func forward(_ x: Tensor) -> Tensor { dropout(x, p: p, training: isTraining) }
  open override var extraDescription: String { "p=\(Described.number(p)), inplace=False" }
}

/// Its input. `torch.nn.Identity`.
open class Identity: Module {
  open override func forward(_ x: Tensor) -> Tensor { x }
}

/// Merges the dimensions from `startDim` to `endDim`: (N, C, H, W) becomes (N, C H W). `torch.nn.Flatten`.
open class Flatten: Module {
  public let startDim: Int
  public let endDim: Int

  public init(startDim: Int = 1, endDim: Int = -1) {
    self.startDim = startDim
    self.endDim = endDim
  }

  open override func forward(_ x: Tensor) -> Tensor { x.flatten(startDim, endDim) }
  open override var extraDescription: String { "start_dim=\(startDim), end_dim=\(endDim)" }
}
