import TorchOps

/// What instance norms share: each channel of each example is normalised by its own mean and variance.
///
/// With `trackRunningStats`, evaluation uses the running statistics, which training moves by `momentum`.
open class InstanceNorm: NormLayer {
  public init(
    _ featureCount: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = false, trackRunningStats: Bool = false,
    bias: Bool = true, dtype: DType? = nil
  ) {
    super.init(
      featureCount,
      Options(eps: eps, momentum: momentum, affine: affine, trackRunningStats: trackRunningStats, bias: bias, dtype: dtype))
  }

  /// A lazy layer.
  override init(_ featureCount: Int?, _ options: Options) { super.init(featureCount, options) }

  open override func forward(_ x: Tensor) -> Tensor {
    guard accepts(x), x.isDefined else { return .poison() }
    let isBatched = x.rank == inputRanks.upperBound
    let known = checked(false, typeName) {
      guard !affine || x.size(isBatched ? 1 : 0) == featureCount else {
        throw TorchError(.shape, "expected \(featureCount) channels, got \(x.summary)")
      }
      return true
    }
    guard known else { return .poison() }
    let y = instanceNorm(
      isBatched ? x : x.unsqueeze(0), runningMean: runningMean, runningVar: runningVar, weight: weight, bias: bias,
      useInputStatistics: isTraining || !trackRunningStats, momentum: momentum ?? 0, eps: eps)
    return isBatched ? y : y.squeeze(0)
  }
}

/// Instance norm of inputs (N, C, L) or (C, L). `torch.nn.InstanceNorm1d`.
open class InstanceNorm1d: InstanceNorm {
  override var inputRanks: ClosedRange<Int> { 2...3 }
}

/// Instance norm of inputs (N, C, H, W) or (C, H, W). `torch.nn.InstanceNorm2d`.
open class InstanceNorm2d: InstanceNorm {
  override var inputRanks: ClosedRange<Int> { 3...4 }
}

/// Instance norm of inputs (N, C, D, H, W) or (C, D, H, W). `torch.nn.InstanceNorm3d`.
open class InstanceNorm3d: InstanceNorm {
  override var inputRanks: ClosedRange<Int> { 4...5 }
}
