import TorchCore

/// Samples from categories given by logits, differentiable by them: softmax((logits + g) / tau) with g from the Gumbel distribution.
/// `torch.nn.functional.gumbel_softmax` (Jang and others, 2017; Maddison and others, 2017).
/// - Parameters:
///   - tau: the temperature; small ones give almost one-hot samples.
///   - hard: whether the result is one-hot; its gradient is that of the soft sample.
public func gumbelSoftmax(
  _ logits: Tensor, tau: Double = 1, hard: Bool = false, dim: Int = -1, generator: Generator? = nil
) -> Tensor {
  let noise = noGrad { logits.detach().emptyLike().exponential_(generator: generator).log().neg() }
  let soft = ((logits + noise) / Tensor(scalar: .double(tau))).softmax(dim: dim)
  guard hard else { return soft }
  let choice = noGrad { soft.detach().zerosLike().scatter(dim, soft.detach().argmax(dim, keepDim: true), 1 as Scalar) }
  return choice - soft.detach() + soft
}

extension Tensor {
  /// `softmax` of the negated elements. `torch.nn.functional.softmin`.
  public func softmin(dim: Int, dtype: DType? = nil) -> Tensor { neg().softmax(dim: dim, dtype: dtype) }
}
