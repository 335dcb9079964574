import TorchOps

/// What batch norms share: a scale and a shift per channel, and running statistics for evaluation.
///
/// In training, each channel is normalised by its batch's mean and variance, and the running statistics move towards them by
/// `momentum` (nil: plain averages of all batches). In evaluation the running statistics are used.
open class BatchNorm: Module {
  public let featureCount: Int
  public let eps: Double
  public let momentum: Double?
  public let affine: Bool
  public let trackRunningStats: Bool
  @Parameter public var weight: Tensor?
  @Parameter public var bias: Tensor?
  @Buffer public var runningMean: Tensor?
  @Buffer public var runningVar: Tensor?
  @Buffer public var numBatchesTracked: Tensor?

  /// The ranks of inputs that the layer takes.
  var inputRanks: ClosedRange<Int> { 2...8 }

  public init(
    _ featureCount: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true, trackRunningStats: Bool = true,
    dtype: DType? = nil
  ) {
    self.featureCount = featureCount
    self.eps = eps
    self.momentum = momentum
    self.affine = affine
    self.trackRunningStats = trackRunningStats
    weight = affine ? Tensor.ones([featureCount], dtype: dtype) : nil
    bias = affine ? Tensor.zeros([featureCount], dtype: dtype) : nil
    runningMean = trackRunningStats ? Tensor.zeros([featureCount], dtype: dtype) : nil
    runningVar = trackRunningStats ? Tensor.ones([featureCount], dtype: dtype) : nil
    numBatchesTracked = trackRunningStats ? Tensor(Int64(0)) : nil
  }

  open override func forward(_ x: Tensor) -> Tensor {
    let valid = checked(false, typeName) {
      guard x.isDefined else { return true }
      guard inputRanks.contains(x.rank) else {
        let expected = inputRanks.count == 1 ? "\(inputRanks.lowerBound)" : "\(inputRanks.lowerBound) or \(inputRanks.upperBound)"
        throw TorchError(.shape, "expected an input of \(expected) dimensions, got \(x.summary)")
      }
      return true
    }
    guard valid else { return .poison() }
    var factor = momentum ?? 0
    if isTraining, let count = numBatchesTracked {
      noGrad { _ = count.add_(1) }
      if momentum == nil { factor = 1 / Double(count.item(as: Int64.self)) }
    }
    return batchNorm(
      x, runningMean: runningMean, runningVar: runningVar, weight: weight, bias: bias,
      training: isTraining || runningMean == nil, momentum: factor, eps: eps)
  }

  open override var extraDescription: String {
    let momentumText = momentum.map(Described.number) ?? "None"
    return "\(featureCount), eps=\(Described.number(eps)), momentum=\(momentumText), affine=\(Described.flag(affine)), "
      + "bias=\(Described.flag(bias != nil)), track_running_stats=\(Described.flag(trackRunningStats))"
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

/// Normalises each example over its last dimensions, then scales and shifts. `torch.nn.LayerNorm`.
open class LayerNorm: Module {
  public let normalizedShape: [Int]
  public let eps: Double
  public let elementwiseAffine: Bool
  @Parameter public var weight: Tensor?
  @Parameter public var bias: Tensor?

  /// - Parameter normalizedShape: the sizes of the last dimensions.
  public init(
    _ normalizedShape: [Int], eps: Double = 1e-5, elementwiseAffine: Bool = true, bias: Bool = true, dtype: DType? = nil
  ) {
    self.normalizedShape = normalizedShape
    self.eps = eps
    self.elementwiseAffine = elementwiseAffine
    weight = elementwiseAffine ? Tensor.ones(normalizedShape, dtype: dtype) : nil
    self.bias = elementwiseAffine && bias ? Tensor.zeros(normalizedShape, dtype: dtype) : nil
  }

  /// Over the last dimension alone.
  public convenience init(
    _ size: Int, eps: Double = 1e-5, elementwiseAffine: Bool = true, bias: Bool = true, dtype: DType? = nil
  ) {
    self.init([size], eps: eps, elementwiseAffine: elementwiseAffine, bias: bias, dtype: dtype)
  }

  open override func forward(_ x: Tensor) -> Tensor {
    layerNorm(x, normalizedShape, weight: weight, bias: bias, eps: eps)
  }

  open override var extraDescription: String {
    "\(Described.tuple(normalizedShape)), eps=\(Described.number(eps)), elementwise_affine=\(Described.flag(elementwiseAffine)), "
      + "bias=\(Described.flag(bias != nil))"
  }
}
