import TorchOps

/// What the layers share that put elements back to where a max pooling took them from; everything else is 0.
open class MaxUnpoolLayer: PoolingLayer {
  init(dims: Int, _ kernelSize: any SpatialSize, _ stride: (any SpatialSize)?, _ padding: any SpatialSize) {
    super.init(dims: dims, kernelSize, stride, padding, false)
  }

  fileprivate func unpooled(_ x: Tensor, _ indices: Tensor, _ outputSize: [Int]?) -> Tensor { .poison() }

  /// - Parameter indices: the places that `withIndices` of the pooling layer gave.
  open override func forward(_ x: Tensor, _ indices: Tensor) -> Tensor { unpooled(x, indices, nil) }

  /// With the sizes before the pooling, which several sizes may have shrunk from.
  public final func callAsFunction(_ x: Tensor, _ indices: Tensor, outputSize: [Int]) -> Tensor {
    withHooks([x, indices]) { [unpooled($0[0], $0[1], Array(outputSize.suffix(kernelSize.count)))] }[0]
  }

  open override var extraDescription: String {
    "kernel_size=\(Described.tuple(kernelSize)), stride=\(Described.tuple(stride)), padding=\(Described.tuple(padding))"
  }
}

/// Undoes ``MaxPool1d``. `torch.nn.MaxUnpool1d`.
open class MaxUnpool1d: MaxUnpoolLayer {
  /// The options of the pooling.
  public init(_ kernelSize: any SpatialSize, stride: (any SpatialSize)? = nil, padding: any SpatialSize = 0) {
    super.init(dims: 1, kernelSize, stride, padding)
  }

  fileprivate override func unpooled(_ x: Tensor, _ indices: Tensor, _ outputSize: [Int]?) -> Tensor {
    maxUnpool1d(x, indices, kernelSize[0], stride: stride[0], padding: padding[0], outputSize: outputSize?.first)
  }
}

/// Undoes ``MaxPool2d``. `torch.nn.MaxUnpool2d`.
open class MaxUnpool2d: MaxUnpoolLayer {
  /// The options of the pooling.
  public init(_ kernelSize: any SpatialSize, stride: (any SpatialSize)? = nil, padding: any SpatialSize = 0) {
    super.init(dims: 2, kernelSize, stride, padding)
  }

  fileprivate override func unpooled(_ x: Tensor, _ indices: Tensor, _ outputSize: [Int]?) -> Tensor {
    maxUnpool2d(x, indices, kernelSize, stride: stride, padding: padding, outputSize: outputSize)
  }
}

/// Undoes ``MaxPool3d``. `torch.nn.MaxUnpool3d`.
open class MaxUnpool3d: MaxUnpoolLayer {
  /// The options of the pooling.
  public init(_ kernelSize: any SpatialSize, stride: (any SpatialSize)? = nil, padding: any SpatialSize = 0) {
    super.init(dims: 3, kernelSize, stride, padding)
  }

  fileprivate override func unpooled(_ x: Tensor, _ indices: Tensor, _ outputSize: [Int]?) -> Tensor {
    maxUnpool3d(x, indices, kernelSize, stride: stride, padding: padding, outputSize: outputSize)
  }
}
