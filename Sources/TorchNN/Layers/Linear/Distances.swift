import TorchOps

/// The cosine of the angle between vectors along a dimension. `torch.nn.CosineSimilarity`.
open class CosineSimilarity: Module {
  public let dim: Int
  public let eps: Double

  /// - Parameter eps: the least product of norms that is divided by.
  public init(dim: Int = 1, eps: Double = 1e-8) {
    self.dim = dim
    self.eps = eps
  }

  open override func forward(_ x: Tensor, _ y: Tensor) -> Tensor { cosineSimilarity(x, y, dim: dim, eps: eps) }
}

/// The p-norm of the difference of vectors (…, D). `torch.nn.PairwiseDistance`.
open class PairwiseDistance: Module {
  public let p: Double
  public let eps: Double
  public let keepDim: Bool

  /// - Parameter eps: added to each difference.
  public init(p: Double = 2, eps: Double = 1e-6, keepDim: Bool = false) {
    self.p = p
    self.eps = eps
    self.keepDim = keepDim
  }

  open override func forward(_ x: Tensor, _ y: Tensor) -> Tensor { pairwiseDistance(x, y, p: p, eps: eps, keepDim: keepDim) }
}
