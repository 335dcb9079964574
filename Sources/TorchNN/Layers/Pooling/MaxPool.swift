import TorchOps

/// What the layers share that take the largest element of each window.
open class MaxPoolLayer: PoolingLayer {
  public let dilation: [Int]
  private let givenDilation: String

  init(
    dims: Int, _ kernelSize: any SpatialSize, _ stride: (any SpatialSize)?, _ padding: any SpatialSize,
    _ dilation: any SpatialSize, _ ceilMode: Bool
  ) {
    self.dilation = dilation.numbers(dims, "dilation", minimum: 1, in: String(describing: Self.self))
    givenDilation = dilation.described
    super.init(dims: dims, kernelSize, stride, padding, ceilMode)
  }

  /// The values and their places in the planes, which unpooling takes.
  fileprivate func pooled(_ x: Tensor) -> TensorPair { TensorPair(values: .poison(), indices: .poison()) }

  /// The largest elements, and where in their planes they are, as ``MaxUnpool2d`` and its siblings take it. `return_indices=True`.
  public final func withIndices(_ x: Tensor) -> (output: Tensor, indices: Tensor) {
    let results = withHooks([x], outputs: 2) { pooled($0[0]).tensors }
    return (results[0], results[1])
  }

  open override var extraDescription: String {
    "kernel_size=\(given.kernelSize), stride=\(givenStride), padding=\(given.padding), dilation=\(givenDilation), "
      + "ceil_mode=\(Described.flag(ceilMode))"
  }
}

/// The largest element of each window of inputs (N, C, L) or (C, L). `torch.nn.MaxPool1d`.
open class MaxPool1d: MaxPoolLayer {
  /// - Parameters:
  ///   - stride: the window's size when nil.
  ///   - ceilMode: whether windows that reach over the edge count.
  public init(
    _ kernelSize: any SpatialSize, stride: (any SpatialSize)? = nil, padding: any SpatialSize = 0, dilation: any SpatialSize = 1,
    ceilMode: Bool = false
  ) {
    super.init(dims: 1, kernelSize, stride, padding, dilation, ceilMode)
  }

  open override func forward(_ x: Tensor) -> Tensor {
    maxPool1d(x, kernelSize[0], stride: stride[0], padding: padding[0], dilation: dilation[0], ceilMode: ceilMode)
  }
  fileprivate override func pooled(_ x: Tensor) -> TensorPair {
    maxPool1dWithIndices(x, kernelSize[0], stride: stride[0], padding: padding[0], dilation: dilation[0], ceilMode: ceilMode)
  }
}

/// The largest element of each window of inputs (N, C, H, W) or (C, H, W). `torch.nn.MaxPool2d`.
open class MaxPool2d: MaxPoolLayer {
  /// - Parameters:
  ///   - stride: the window's size when nil.
  ///   - ceilMode: whether windows that reach over the edge count.
  public init(
    _ kernelSize: any SpatialSize, stride: (any SpatialSize)? = nil, padding: any SpatialSize = 0, dilation: any SpatialSize = 1,
    ceilMode: Bool = false
  ) {
    super.init(dims: 2, kernelSize, stride, padding, dilation, ceilMode)
  }

  open override func forward(_ x: Tensor) -> Tensor {
    maxPool2d(x, kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
  }
  fileprivate override func pooled(_ x: Tensor) -> TensorPair {
    maxPool2dWithIndices(x, kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
  }
}

/// The largest element of each window of inputs (N, C, D, H, W) or (C, D, H, W). `torch.nn.MaxPool3d`.
open class MaxPool3d: MaxPoolLayer {
  /// - Parameters:
  ///   - stride: the window's size when nil.
  ///   - ceilMode: whether windows that reach over the edge count.
  public init(
    _ kernelSize: any SpatialSize, stride: (any SpatialSize)? = nil, padding: any SpatialSize = 0, dilation: any SpatialSize = 1,
    ceilMode: Bool = false
  ) {
    super.init(dims: 3, kernelSize, stride, padding, dilation, ceilMode)
  }

  open override func forward(_ x: Tensor) -> Tensor {
    maxPool3d(x, kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
  }
  fileprivate override func pooled(_ x: Tensor) -> TensorPair {
    maxPool3dWithIndices(x, kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
  }
}
