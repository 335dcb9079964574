import TorchOps

/// A ``Conv1d`` that takes its number of input channels from the first tensor it is called on. `torch.nn.LazyConv1d`.
open class LazyConv1d: Conv1d {
  public init(
    _ outChannels: Int, kernelSize: any SpatialSize, stride: any SpatialSize = 1, padding: any SpatialSize = 0,
    dilation: any SpatialSize = 1, groups: Int = 1, bias: Bool = true, paddingMode: PaddingMode = .zeros, dtype: DType? = nil
  ) {
    super.init(
      nil, outChannels,
      Options(
        dims: 1, kernelSize: kernelSize, stride: stride, padding: padding, dilation: dilation, groups: groups, bias: bias,
        paddingMode: paddingMode, dtype: dtype))
  }

  /// With the padding by name: none, or as much as keeps the size.
  public init(
    _ outChannels: Int, kernelSize: any SpatialSize, stride: any SpatialSize = 1, padding: ConvolutionPadding,
    dilation: any SpatialSize = 1, groups: Int = 1, bias: Bool = true, paddingMode: PaddingMode = .zeros, dtype: DType? = nil
  ) {
    super.init(
      nil, outChannels,
      Options(
        dims: 1, kernelSize: kernelSize, stride: stride, namedPadding: padding, dilation: dilation, groups: groups, bias: bias,
        paddingMode: paddingMode, dtype: dtype))
  }

  open override func forward(_ x: Tensor) -> Tensor {
    materialize(for: x)
    return super.forward(x)
  }
  open override var typeName: String { materializedName("Conv1d") }
}

/// A ``Conv2d`` that takes its number of input channels from the first tensor it is called on. `torch.nn.LazyConv2d`.
open class LazyConv2d: Conv2d {
  public init(
    _ outChannels: Int, kernelSize: any SpatialSize, stride: any SpatialSize = 1, padding: any SpatialSize = 0,
    dilation: any SpatialSize = 1, groups: Int = 1, bias: Bool = true, paddingMode: PaddingMode = .zeros, dtype: DType? = nil
  ) {
    super.init(
      nil, outChannels,
      Options(
        dims: 2, kernelSize: kernelSize, stride: stride, padding: padding, dilation: dilation, groups: groups, bias: bias,
        paddingMode: paddingMode, dtype: dtype))
  }

  /// With the padding by name: none, or as much as keeps the size.
  public init(
    _ outChannels: Int, kernelSize: any SpatialSize, stride: any SpatialSize = 1, padding: ConvolutionPadding,
    dilation: any SpatialSize = 1, groups: Int = 1, bias: Bool = true, paddingMode: PaddingMode = .zeros, dtype: DType? = nil
  ) {
    super.init(
      nil, outChannels,
      Options(
        dims: 2, kernelSize: kernelSize, stride: stride, namedPadding: padding, dilation: dilation, groups: groups, bias: bias,
        paddingMode: paddingMode, dtype: dtype))
  }

  open override func forward(_ x: Tensor) -> Tensor {
    materialize(for: x)
    return super.forward(x)
  }
  open override var typeName: String { materializedName("Conv2d") }
}

/// A ``Conv3d`` that takes its number of input channels from the first tensor it is called on. `torch.nn.LazyConv3d`.
open class LazyConv3d: Conv3d {
  public init(
    _ outChannels: Int, kernelSize: any SpatialSize, stride: any SpatialSize = 1, padding: any SpatialSize = 0,
    dilation: any SpatialSize = 1, groups: Int = 1, bias: Bool = true, paddingMode: PaddingMode = .zeros, dtype: DType? = nil
  ) {
    super.init(
      nil, outChannels,
      Options(
        dims: 3, kernelSize: kernelSize, stride: stride, padding: padding, dilation: dilation, groups: groups, bias: bias,
        paddingMode: paddingMode, dtype: dtype))
  }

  /// With the padding by name: none, or as much as keeps the size.
  public init(
    _ outChannels: Int, kernelSize: any SpatialSize, stride: any SpatialSize = 1, padding: ConvolutionPadding,
    dilation: any SpatialSize = 1, groups: Int = 1, bias: Bool = true, paddingMode: PaddingMode = .zeros, dtype: DType? = nil
  ) {
    super.init(
      nil, outChannels,
      Options(
        dims: 3, kernelSize: kernelSize, stride: stride, namedPadding: padding, dilation: dilation, groups: groups, bias: bias,
        paddingMode: paddingMode, dtype: dtype))
  }

  open override func forward(_ x: Tensor) -> Tensor {
    materialize(for: x)
    return super.forward(x)
  }
  open override var typeName: String { materializedName("Conv3d") }
}

/// A ``ConvTranspose1d`` that takes its number of input channels from the first tensor it is called on.
/// `torch.nn.LazyConvTranspose1d`.
open class LazyConvTranspose1d: ConvTranspose1d {
  public init(
    _ outChannels: Int, kernelSize: any SpatialSize, stride: any SpatialSize = 1, padding: any SpatialSize = 0,
    outputPadding: any SpatialSize = 0, groups: Int = 1, bias: Bool = true, dilation: any SpatialSize = 1,
    paddingMode: PaddingMode = .zeros, dtype: DType? = nil
  ) {
    super.init(
      nil, outChannels, outputPadding: outputPadding,
      Options(
        dims: 1, kernelSize: kernelSize, stride: stride, padding: padding, dilation: dilation, groups: groups, bias: bias,
        paddingMode: paddingMode, dtype: dtype))
  }

  open override func forward(_ x: Tensor) -> Tensor {
    materialize(for: x)
    return super.forward(x)
  }
  open override var typeName: String { materializedName("ConvTranspose1d") }
}

/// A ``ConvTranspose2d`` that takes its number of input channels from the first tensor it is called on.
/// `torch.nn.LazyConvTranspose2d`.
open class LazyConvTranspose2d: ConvTranspose2d {
  public init(
    _ outChannels: Int, kernelSize: any SpatialSize, stride: any SpatialSize = 1, padding: any SpatialSize = 0,
    outputPadding: any SpatialSize = 0, groups: Int = 1, bias: Bool = true, dilation: any SpatialSize = 1,
    paddingMode: PaddingMode = .zeros, dtype: DType? = nil
  ) {
    super.init(
      nil, outChannels, outputPadding: outputPadding,
      Options(
        dims: 2, kernelSize: kernelSize, stride: stride, padding: padding, dilation: dilation, groups: groups, bias: bias,
        paddingMode: paddingMode, dtype: dtype))
  }

  open override func forward(_ x: Tensor) -> Tensor {
    materialize(for: x)
    return super.forward(x)
  }
  open override var typeName: String { materializedName("ConvTranspose2d") }
}

/// A ``ConvTranspose3d`` that takes its number of input channels from the first tensor it is called on.
/// `torch.nn.LazyConvTranspose3d`.
open class LazyConvTranspose3d: ConvTranspose3d {
  public init(
    _ outChannels: Int, kernelSize: any SpatialSize, stride: any SpatialSize = 1, padding: any SpatialSize = 0,
    outputPadding: any SpatialSize = 0, groups: Int = 1, bias: Bool = true, dilation: any SpatialSize = 1,
    paddingMode: PaddingMode = .zeros, dtype: DType? = nil
  ) {
    super.init(
      nil, outChannels, outputPadding: outputPadding,
      Options(
        dims: 3, kernelSize: kernelSize, stride: stride, padding: padding, dilation: dilation, groups: groups, bias: bias,
        paddingMode: paddingMode, dtype: dtype))
  }

  open override func forward(_ x: Tensor) -> Tensor {
    materialize(for: x)
    return super.forward(x)
  }
  open override var typeName: String { materializedName("ConvTranspose3d") }
}
