import TorchOps

/// Lowers the rate along half a cosine from its first value to `minimumLR` in `period` steps, and raises it again after them.
/// `torch.optim.lr_scheduler.CosineAnnealingLR`.
public final class CosineAnnealingLR: LRScheduler {
  public let period: Int
  public let minimumLR: Double

  /// - Parameter period: PyTorch's `T_max`.
  public init(_ optimizer: Optimizer, period: Int, minimumLR: Double = 0) {
    let valid = require(period > 0, "CosineAnnealingLR", "period: expected at least 1, got \(period)")
    self.period = valid ? period : 1
    self.minimumLR = minimumLR
    super.init(optimizer)
    update()
  }

  public override func nextLRs() -> [Double] {
    let rates = optimizer.parameterGroups.map(\.lr)
    if lastEpoch == 0 { return rates }
    let period = Double(period)
    let epoch = Double(lastEpoch)
    if (lastEpoch - 1 - self.period) % (2 * self.period) == 0 {
      // At the bottom the recursion below would divide by zero.
      return zip(rates, baseLRs).map { rate, base in
        rate + (base - minimumLR) * (1 - cosineOfPi(times: 1 / period)) / 2
      }
    }
    let factor = (1 + cosineOfPi(times: epoch / period)) / (1 + cosineOfPi(times: (epoch - 1) / period))
    return rates.map { factor * ($0 - minimumLR) + minimumLR }
  }
}
