import TorchCore

/// The negative log-likelihood of counts.
enum PoissonLoss {
  static let loss = Op<Tensor, Tensor, Bool, Bool, Double, Reduction, Tensor>.composite(
    "aten::poisson_nll_loss(Tensor input, Tensor target, bool log_input, bool full, float eps, int reduction) -> Tensor",
    samples: { s in
      [
        Sample(
          .tensor(s.tensor([3, 4])), .tensor(s.tensor([3, 4], low: 0.2, high: 4)), true.box(), true.box(), 1e-8.box(), 1.box()),
        Sample(
          .tensor(s.tensor([3, 4], low: 0.2, high: 4)), .tensor(s.tensor([3, 4], low: 0.2, high: 4)), false.box(), false.box(),
          1e-8.box(), 0.box()),
      ]
    }
  ) { x, target, isLog, full, eps, reduction in
    var loss = isLog ? x.exp() - target * x : x - target * (x + Tensor(scalar: .double(eps))).log()
    if full {
      let stirling = target * target.log() - target + 0.5 * (Tensor(scalar: .double(2 * Double.pi)) * target).log()
      loss = loss + stirling.maskedFill(target .<= 1, 0)
    }
    return reduction.apply(loss)
  }

  static let table: [AnyOp] = [loss.erased]
}

/// The negative log-likelihood of counts that follow a Poisson distribution of the predicted rate.
/// `torch.nn.functional.poisson_nll_loss`.
/// - Parameters:
///   - logInput: whether the input is the logarithm of the rate.
///   - full: adds Stirling's approximation of the logarithm of the target's factorial.
///   - eps: added to a rate before its logarithm.
public func poissonNLLLoss(
  _ input: Tensor, _ target: Tensor, logInput: Bool = true, full: Bool = false, eps: Double = 1e-8,
  reduction: Reduction = .mean
) -> Tensor {
  PoissonLoss.loss(input, target, logInput, full, eps, reduction)
}
