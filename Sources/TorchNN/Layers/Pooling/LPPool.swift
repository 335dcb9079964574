import TorchOps

/// What the layers share that take the p-norm of each window.
open class LPPoolLayer: PoolingLayer {
  public let normType: Double
  private let givenNorm: String

  fileprivate init(dims: Int, _ normType: Double, _ kernelSize: any SpatialSize, _ stride: (any SpatialSize)?, _ ceilMode: Bool) {
    self.normType = normType
    givenNorm = normType == normType.rounded() && abs(normType) < 1e15 ? "\(Int(normType))" : Described.number(normType)
    super.init(dims: dims, kernelSize, stride, 0, ceilMode)
  }

  open override var extraDescription: String {
    "norm_type=\(givenNorm), kernel_size=\(given.kernelSize), stride=\(given.stride), ceil_mode=\(Described.flag(ceilMode))"
  }
}

/// The p-norm of each window of inputs (N, C, L) or (C, L). `torch.nn.LPPool1d`.
open class LPPool1d: LPPoolLayer {
  /// - Parameter stride: the window's size when nil.
  public init(_ normType: Double, _ kernelSize: any SpatialSize, stride: (any SpatialSize)? = nil, ceilMode: Bool = false) {
    super.init(dims: 1, normType, kernelSize, stride, ceilMode)
  }

  open override func forward(_ x: Tensor) -> Tensor {
    lpPool1d(x, normType: normType, kernelSize[0], stride: stride[0], ceilMode: ceilMode)
  }
}

/// The p-norm of each window of inputs (N, C, H, W) or (C, H, W). `torch.nn.LPPool2d`.
open class LPPool2d: LPPoolLayer {
  /// - Parameter stride: the window's size when nil.
  public init(_ normType: Double, _ kernelSize: any SpatialSize, stride: (any SpatialSize)? = nil, ceilMode: Bool = false) {
    super.init(dims: 2, normType, kernelSize, stride, ceilMode)
  }

  open override func forward(_ x: Tensor) -> Tensor {
    lpPool2d(x, normType: normType, kernelSize, stride: stride, ceilMode: ceilMode)
  }
}

/// The p-norm of each window of inputs (N, C, D, H, W) or (C, D, H, W). `torch.nn.LPPool3d`.
open class LPPool3d: LPPoolLayer {
  /// - Parameter stride: the window's size when nil.
  public init(_ normType: Double, _ kernelSize: any SpatialSize, stride: (any SpatialSize)? = nil, ceilMode: Bool = false) {
    super.init(dims: 3, normType, kernelSize, stride, ceilMode)
  }

  open override func forward(_ x: Tensor) -> Tensor {
    lpPool3d(x, normType: normType, kernelSize, stride: stride, ceilMode: ceilMode)
  }
}
