import TorchOps

/// What batch norms share.
///
/// In training, each channel is normalised by its batch's mean and variance, and the running statistics move towards them by
/// `momentum` (nil: plain averages of all batches). In evaluation the running statistics are used.
open class BatchNorm: NormLayer {
  public init(
    _ featureCount: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true, trackRunningStats: Bool = true,
    bias: Bool = true, dtype: DType? = nil
  ) {
    super.init(
      featureCount,
      Options(eps: eps, momentum: momentum, affine: affine, trackRunningStats: trackRunningStats, bias: bias, dtype: dtype))
  }

  /// A lazy layer.
  override init(_ featureCount: Int?, _ options: Options) { super.init(featureCount, options) }

  open override func forward(_ x: Tensor) -> Tensor {
    guard accepts(x) else { return .poison() }
    var factor = momentum ?? 0
    if isTraining, let count = numBatchesTracked {
      noGrad { _ = count.add_(1) }
      if momentum == nil { factor = 1 / Double(count.item(as: Int64.self)) }
    }
    return batchNorm(
      x, runningMean: runningMean, runningVar: runningVar, weight: weight, bias: bias,
      training: isTraining || runningMean == nil, momentum: factor, eps: eps)
  }
}

/// Batch norm of inputs (N, C) or (N, C, L). `torch.nn.BatchNorm1d`.
open class BatchNorm1d: BatchNorm {
  override var inputRanks: ClosedRange<Int> { 2...3 }
}

/// Batch norm of inputs (N, C, H, W). `torch.nn.BatchNorm2d`.
open class BatchNorm2d: BatchNorm {
  override var inputRanks: ClosedRange<Int> { 4...4 }
}

/// Batch norm of inputs (N, C, D, H, W). `torch.nn.BatchNorm3d`.
open class BatchNorm3d: BatchNorm {
  override var inputRanks: ClosedRange<Int> { 5...5 }
}

/// Batch norm of inputs (N, C, …) over the batches of all processes; in a single process that of ``BatchNorm``.
/// `torch.nn.SyncBatchNorm`.
open class SyncBatchNorm: BatchNorm {
  /// A layer that shares the tensors of another batch norm.
  public convenience init(sharing layer: BatchNorm) {
    self.init(
      layer.featureCount, eps: layer.eps, momentum: layer.momentum, affine: layer.affine,
      trackRunningStats: layer.trackRunningStats, bias: layer.bias != nil)
    weight = layer.weight
    bias = layer.bias
    runningMean = layer.runningMean
    runningVar = layer.runningVar
    numBatchesTracked = layer.numBatchesTracked
    isTraining = layer.isTraining
  }
}
