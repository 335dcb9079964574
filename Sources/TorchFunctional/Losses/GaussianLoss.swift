import TorchCore

/// The negative log-likelihood of values that are normally distributed with the predicted mean and variance.
/// `torch.nn.functional.gaussian_nll_loss`.
/// - Parameters:
///   - input: means, of any sizes.
///   - target: of the input's sizes, or of sizes that broadcast with them.
///   - variance: of the input's sizes, of those with one dimension of size 1, or of those without the last dimension. Fails for
///     negative ones.
///   - full: adds the constant log(2π) / 2.
///   - eps: the least variance that is taken; gradients pass smaller ones as if they were not bounded.
public func gaussianNLLLoss(
  _ input: Tensor, _ target: Tensor, _ variance: Tensor, full: Bool = false, eps: Double = 1e-6, reduction: Reduction = .mean
) -> Tensor {
  checked(.poison(), "gaussianNLLLoss") {
    guard input.isDefined, target.isDefined, variance.isDefined else { return .poison() }
    if variance.isCPU, variance.count > 0, noGrad({ variance.min().item() }).doubleValue < 0 {
      throw TorchError(.value, "variances must not be negative")
    }
    var variances = variance
    let (sizes, own) = (input.shape, variance.shape)
    if own != sizes {
      let differing = zip(sizes, own).filter { $0 != $1 }.map(\.1)
      if own == Array(sizes.dropLast()) && !sizes.isEmpty {
        variances = variances.unsqueeze(-1)
      } else if own.count != sizes.count || differing != [1] {
        throw TorchError(
          .shape,
          "for an input of sizes \(sizes) the variance must have the same, one of them 1, or all but the last, got \(own)")
      }
    }
    variances = variances.clone()
    noGrad { _ = variances.clamp_(min: .double(eps)) }
    let difference = input - target
    var losses = (variances.log() + difference * difference / variances) * Tensor(scalar: 0.5)
    if full { losses = losses + Tensor(scalar: .double(0.5 * log2Pi)) }
    return reduction.apply(losses)
  }
}

/// ``gaussianNLLLoss(_:_:_:full:eps:reduction:)`` with one variance for all elements.
public func gaussianNLLLoss(
  _ input: Tensor, _ target: Tensor, _ variance: Double, full: Bool = false, eps: Double = 1e-6, reduction: Reduction = .mean
) -> Tensor {
  let variances = noGrad { input.onesLike() * Tensor(scalar: .double(variance)) }
  return gaussianNLLLoss(input, target, variances, full: full, eps: eps, reduction: reduction)
}

/// log(2π).
private let log2Pi = 1.8378770664093454836
