import TorchOps

/// The mean of each window of inputs (N, C, L) or (C, L). `torch.nn.AvgPool1d`.
open class AvgPool1d: PoolingLayer {
  public let countIncludePad: Bool

  /// - Parameters:
  ///   - stride: the window's size when nil.
  ///   - ceilMode: whether windows that reach over the edge count.
  ///   - countIncludePad: whether zeros of the padding count as elements.
  public init(
    _ kernelSize: any SpatialSize, stride: (any SpatialSize)? = nil, padding: any SpatialSize = 0, ceilMode: Bool = false,
    countIncludePad: Bool = true
  ) {
    self.countIncludePad = countIncludePad
    super.init(dims: 1, kernelSize, stride, padding, ceilMode)
  }

  open override func forward(_ x: Tensor) -> Tensor {
    avgPool1d(
      x, kernelSize[0], stride: stride[0], padding: padding[0], ceilMode: ceilMode, countIncludePad: countIncludePad)
  }

  open override var extraDescription: String {
    "kernel_size=\(Described.tuple(kernelSize)), stride=\(Described.tuple(stride)), padding=\(Described.tuple(padding))"
  }
}

/// The mean of each window of inputs (N, C, H, W) or (C, H, W). `torch.nn.AvgPool2d`.
open class AvgPool2d: PoolingLayer {
  public let countIncludePad: Bool
  public let divisorOverride: Int?

  /// - Parameters:
  ///   - stride: the window's size when nil.
  ///   - ceilMode: whether windows that reach over the edge count.
  ///   - countIncludePad: whether zeros of the padding count as elements.
  ///   - divisorOverride: what sums are divided by, whatever the window's size.
  public init(
    _ kernelSize: any SpatialSize, stride: (any SpatialSize)? = nil, padding: any SpatialSize = 0, ceilMode: Bool = false,
    countIncludePad: Bool = true, divisorOverride: Int? = nil
  ) {
    self.countIncludePad = countIncludePad
    self.divisorOverride = divisorOverride
    super.init(dims: 2, kernelSize, stride, padding, ceilMode)
  }

  open override func forward(_ x: Tensor) -> Tensor {
    avgPool2d(
      x, kernelSize, stride: stride, padding: padding, ceilMode: ceilMode, countIncludePad: countIncludePad,
      divisorOverride: divisorOverride)
  }

  open override var extraDescription: String {
    "kernel_size=\(given.kernelSize), stride=\(givenStride), padding=\(given.padding)"
  }
}

/// The mean of each window of inputs (N, C, D, H, W) or (C, D, H, W). `torch.nn.AvgPool3d`.
open class AvgPool3d: PoolingLayer {
  public let countIncludePad: Bool
  public let divisorOverride: Int?

  /// - Parameters:
  ///   - stride: the window's size when nil.
  ///   - ceilMode: whether windows that reach over the edge count.
  ///   - countIncludePad: whether zeros of the padding count as elements.
  ///   - divisorOverride: what sums are divided by, whatever the window's size.
  public init(
    _ kernelSize: any SpatialSize, stride: (any SpatialSize)? = nil, padding: any SpatialSize = 0, ceilMode: Bool = false,
    countIncludePad: Bool = true, divisorOverride: Int? = nil
  ) {
    self.countIncludePad = countIncludePad
    self.divisorOverride = divisorOverride
    super.init(dims: 3, kernelSize, stride, padding, ceilMode)
  }

  open override func forward(_ x: Tensor) -> Tensor {
    avgPool3d(
      x, kernelSize, stride: stride, padding: padding, ceilMode: ceilMode, countIncludePad: countIncludePad,
      divisorOverride: divisorOverride)
  }

  open override var extraDescription: String {
    "kernel_size=\(given.kernelSize), stride=\(givenStride), padding=\(given.padding)"
  }
}
