import TorchOps

/// A ``BatchNorm1d`` that takes its number of channels from the first tensor it is called on. `torch.nn.LazyBatchNorm1d`.
open class LazyBatchNorm1d: BatchNorm1d {
  public init(
    eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true, trackRunningStats: Bool = true, bias: Bool = true,
    dtype: DType? = nil
  ) {
    super.init(
      nil, Options(eps: eps, momentum: momentum, affine: affine, trackRunningStats: trackRunningStats, bias: bias, dtype: dtype))
  }

  open override func forward(_ x: Tensor) -> Tensor {
    if accepts(x) { materialize(for: x, channels: 1) }
    return super.forward(x)
  }
  open override var typeName: String { isPending ? super.typeName : "BatchNorm1d" }
}

/// A ``BatchNorm2d`` that takes its number of channels from the first tensor it is called on. `torch.nn.LazyBatchNorm2d`.
open class LazyBatchNorm2d: BatchNorm2d {
  public init(
    eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true, trackRunningStats: Bool = true, bias: Bool = true,
    dtype: DType? = nil
  ) {
    super.init(
      nil, Options(eps: eps, momentum: momentum, affine: affine, trackRunningStats: trackRunningStats, bias: bias, dtype: dtype))
  }

  open override func forward(_ x: Tensor) -> Tensor {
    if accepts(x) { materialize(for: x, channels: 1) }
    return super.forward(x)
  }
  open override var typeName: String { isPending ? super.typeName : "BatchNorm2d" }
}

/// A ``BatchNorm3d`` that takes its number of channels from the first tensor it is called on. `torch.nn.LazyBatchNorm3d`.
open class LazyBatchNorm3d: BatchNorm3d {
  public init(
    eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true, trackRunningStats: Bool = true, bias: Bool = true,
    dtype: DType? = nil
  ) {
    super.init(
      nil, Options(eps: eps, momentum: momentum, affine: affine, trackRunningStats: trackRunningStats, bias: bias, dtype: dtype))
  }

  open override func forward(_ x: Tensor) -> Tensor {
    if accepts(x) { materialize(for: x, channels: 1) }
    return super.forward(x)
  }
  open override var typeName: String { isPending ? super.typeName : "BatchNorm3d" }
}

/// A ``InstanceNorm1d`` that takes its number of channels from the first tensor it is called on. `torch.nn.LazyInstanceNorm1d`.
open class LazyInstanceNorm1d: InstanceNorm1d {
  public init(
    eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true, trackRunningStats: Bool = true, bias: Bool = true,
    dtype: DType? = nil
  ) {
    super.init(
      nil, Options(eps: eps, momentum: momentum, affine: affine, trackRunningStats: trackRunningStats, bias: bias, dtype: dtype))
  }

  open override func forward(_ x: Tensor) -> Tensor {
    if accepts(x) { materialize(for: x, channels: x.isDefined && x.rank == inputRanks.upperBound ? 1 : 0) }
    return super.forward(x)
  }
  open override var typeName: String { isPending ? super.typeName : "InstanceNorm1d" }
}

/// A ``InstanceNorm2d`` that takes its number of channels from the first tensor it is called on. `torch.nn.LazyInstanceNorm2d`.
open class LazyInstanceNorm2d: InstanceNorm2d {
  public init(
    eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true, trackRunningStats: Bool = true, bias: Bool = true,
    dtype: DType? = nil
  ) {
    super.init(
      nil, Options(eps: eps, momentum: momentum, affine: affine, trackRunningStats: trackRunningStats, bias: bias, dtype: dtype))
  }

  open override func forward(_ x: Tensor) -> Tensor {
    if accepts(x) { materialize(for: x, channels: x.isDefined && x.rank == inputRanks.upperBound ? 1 : 0) }
    return super.forward(x)
  }
  open override var typeName: String { isPending ? super.typeName : "InstanceNorm2d" }
}

/// A ``InstanceNorm3d`` that takes its number of channels from the first tensor it is called on. `torch.nn.LazyInstanceNorm3d`.
open class LazyInstanceNorm3d: InstanceNorm3d {
  public init(
    eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true, trackRunningStats: Bool = true, bias: Bool = true,
    dtype: DType? = nil
  ) {
    super.init(
      nil, Options(eps: eps, momentum: momentum, affine: affine, trackRunningStats: trackRunningStats, bias: bias, dtype: dtype))
  }

  open override func forward(_ x: Tensor) -> Tensor {
    if accepts(x) { materialize(for: x, channels: x.isDefined && x.rank == inputRanks.upperBound ? 1 : 0) }
    return super.forward(x)
  }
  open override var typeName: String { isPending ? super.typeName : "InstanceNorm3d" }
}
