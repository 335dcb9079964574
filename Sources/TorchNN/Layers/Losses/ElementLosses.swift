import TorchOps

/// Absolute differences. `torch.nn.L1Loss`.
open class L1Loss: LossLayer {
  open override func forward(_ input: Tensor, _ target: Tensor) -> Tensor { l1Loss(input, target, reduction: reduction) }
}

/// Squared differences. `torch.nn.MSELoss`.
open class MSELoss: LossLayer {
  open override func forward(_ input: Tensor, _ target: Tensor) -> Tensor { mseLoss(input, target, reduction: reduction) }
}

/// Absolute differences, and squared ones where they are smaller than `beta`. `torch.nn.SmoothL1Loss`.
open class SmoothL1Loss: LossLayer {
  public let beta: Double

  public init(reduction: Reduction = .mean, beta: Double = 1) {
    self.beta = beta
    super.init(reduction: reduction)
  }

  open override func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
    smoothL1Loss(input, target, beta: beta, reduction: reduction)
  }
}

/// Half the squared differences, and `delta` times the absolute ones where they are larger than `delta`. `torch.nn.HuberLoss`.
open class HuberLoss: LossLayer {
  public let delta: Double

  public init(reduction: Reduction = .mean, delta: Double = 1) {
    self.delta = delta
    super.init(reduction: reduction)
  }

  open override func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
    huberLoss(input, target, delta: delta, reduction: reduction)
  }
}

/// The Kullback-Leibler divergence of log-probabilities (N, …) from probabilities. `torch.nn.KLDivLoss`.
open class KLDivLoss: Module {
  public let reduction: DivergenceReduction
  public let logTarget: Bool

  /// - Parameters:
  ///   - reduction: `.batchMean` is the divergence of distributions; `.mean` divides by the number of elements.
  ///   - logTarget: whether targets are logarithms too.
  public init(reduction: DivergenceReduction = .mean, logTarget: Bool = false) {
    self.reduction = reduction
    self.logTarget = logTarget
  }

  open override func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
    klDivLoss(input, target, reduction: reduction, logTarget: logTarget)
  }
}

/// The negative log-likelihood of counts under a Poisson distribution of the predicted rate. `torch.nn.PoissonNLLLoss`.
open class PoissonNLLLoss: LossLayer {
  public let logInput: Bool
  public let full: Bool
  public let eps: Double

  /// - Parameters:
  ///   - logInput: whether the input is the logarithm of the rate.
  ///   - full: adds Stirling's approximation of the logarithm of the target's factorial.
  ///   - eps: added to a rate before its logarithm.
  public init(logInput: Bool = true, full: Bool = false, eps: Double = 1e-8, reduction: Reduction = .mean) {
    self.logInput = logInput
    self.full = full
    self.eps = eps
    super.init(reduction: reduction)
  }

  open override func forward(_ input: Tensor, _ target: Tensor) -> Tensor {
    poissonNLLLoss(input, target, logInput: logInput, full: full, eps: eps, reduction: reduction)
  }
}

/// The negative log-likelihood of values under a normal distribution of the predicted mean and variance.
/// `torch.nn.GaussianNLLLoss`.
///
/// It is called on means, targets and variances, or one number for all variances: see
/// ``gaussianNLLLoss(_:_:_:full:eps:reduction:)``.
open class GaussianNLLLoss: LossLayer {
  public let full: Bool
  public let eps: Double

  /// - Parameters:
  ///   - full: adds the constant log(2π) / 2.
  ///   - eps: the least variance that is taken.
  public init(full: Bool = false, eps: Double = 1e-6, reduction: Reduction = .mean) {
    self.full = full
    self.eps = eps
    super.init(reduction: reduction)
  }

  open override func forward(_ input: Tensor, _ target: Tensor, _ variance: Tensor) -> Tensor {
    gaussianNLLLoss(input, target, variance, full: full, eps: eps, reduction: reduction)
  }

  /// With one variance for all elements.
  public final func callAsFunction(_ input: Tensor, _ target: Tensor, _ variance: Double) -> Tensor {
    withHooks([input, target]) { [gaussianNLLLoss($0[0], $0[1], variance, full: full, eps: eps, reduction: reduction)] }[0]
  }
}
