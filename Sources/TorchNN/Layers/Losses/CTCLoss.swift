import TorchOps

/// Connectionist temporal classification: the negative logarithm of the probability of each sample's labels, summed over all ways
/// to align them with time. `torch.nn.CTCLoss`.
///
/// It is called on log-probabilities (T, N, C), or (T, C) for one sample, on labels (N, S), or those of all samples one after the
/// other, and on how much of the time and how many labels each sample has.
open class CTCLoss: LossLayer {
  public let blank: Int
  public let zeroInfinity: Bool

  /// - Parameters:
  ///   - blank: the class that stands for no label.
  ///   - reduction: the mean divides each loss by its number of labels.
  ///   - zeroInfinity: makes the loss of samples that cannot be aligned zero, and their gradient.
  public init(blank: Int = 0, reduction: Reduction = .mean, zeroInfinity: Bool = false) {
    self.blank = blank
    self.zeroInfinity = zeroInfinity
    super.init(reduction: reduction)
  }

  public final func callAsFunction(
    _ logProbabilities: Tensor, _ targets: Tensor, inputLengths: [Int], targetLengths: [Int]
  ) -> Tensor {
    withHooks([logProbabilities, targets]) {
      [
        ctcLoss(
          $0[0], $0[1], inputLengths: inputLengths, targetLengths: targetLengths, blank: blank, reduction: reduction,
          zeroInfinity: zeroInfinity)
      ]
    }[0]
  }

  /// With the lengths in tensors of integers, (N) or 0-d.
  public final func callAsFunction(
    _ logProbabilities: Tensor, _ targets: Tensor, inputLengths: Tensor, targetLengths: Tensor
  ) -> Tensor {
    withHooks([logProbabilities, targets, inputLengths, targetLengths]) {
      [
        ctcLoss(
          $0[0], $0[1], inputLengths: $0[2], targetLengths: $0[3], blank: blank, reduction: reduction, zeroInfinity: zeroInfinity)
      ]
    }[0]
  }
}
