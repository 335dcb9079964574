import TorchOps

/// Cross-correlation over the last dimensions.
open class DirectConvolution: ConvolutionLayer {
  open override func forward(_ x: Tensor) -> Tensor {
    guard paddingMode != .zeros else { return convolve(x, padding) }
    return convolve(
      x.pad(padding.reversed().enumerated().flatMap(sides), mode: paddingMode), Array(repeating: 0, count: padding.count))
  }

  /// What is padded before and after a dimension, the last being number 0.
  private func sides(_ i: Int, _ before: Int) -> [Int] {
    guard namedPadding == .same else { return [before, before] }
    let d = kernelSize.count - 1 - i
    return [before, dilation[d] * (kernelSize[d] - 1) - before]
  }

  private func convolve(_ x: Tensor, _ padding: [Int]) -> Tensor {
    let named = paddingMode == .zeros ? namedPadding : nil
    switch kernelSize.count {
    case 1:
      if let named {
        return conv1d(x, weight, bias, stride: stride[0], padding: named, dilation: dilation[0], groups: groups)
      }
      return conv1d(x, weight, bias, stride: stride[0], padding: padding[0], dilation: dilation[0], groups: groups)
    case 2:
      if let named { return conv2d(x, weight, bias, stride: stride, padding: named, dilation: dilation, groups: groups) }
      return conv2d(x, weight, bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
    default:
      if let named { return conv3d(x, weight, bias, stride: stride, padding: named, dilation: dilation, groups: groups) }
      return conv3d(x, weight, bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
    }
  }
}

/// One-dimensional cross-correlation. `torch.nn.Conv1d`.
///
/// Inputs have sizes (N, inChannels, L), results (N, outChannels, L'); both may lack N. The weight has sizes
/// (outChannels, inChannels / groups, K).
open class Conv1d: DirectConvolution {
  /// - Parameters:
  ///   - kernelSize: one number; likewise `stride`, `padding` and `dilation`.
  ///   - groups: divides both numbers of channels.
  public init(
    _ inChannels: Int, _ outChannels: Int, kernelSize: any SpatialSize, stride: any SpatialSize = 1, padding: any SpatialSize = 0,
    dilation: any SpatialSize = 1, groups: Int = 1, bias: Bool = true, paddingMode: PaddingMode = .zeros, dtype: DType? = nil
  ) {
    super.init(
      inChannels, outChannels,
      Options(
        dims: 1, kernelSize: kernelSize, stride: stride, padding: padding, dilation: dilation, groups: groups, bias: bias,
        paddingMode: paddingMode, dtype: dtype))
  }

  /// With the padding by name: none, or as much as keeps the size.
  public init(
    _ inChannels: Int, _ outChannels: Int, kernelSize: any SpatialSize, stride: any SpatialSize = 1, padding: ConvolutionPadding,
    dilation: any SpatialSize = 1, groups: Int = 1, bias: Bool = true, paddingMode: PaddingMode = .zeros, dtype: DType? = nil
  ) {
    super.init(
      inChannels, outChannels,
      Options(
        dims: 1, kernelSize: kernelSize, stride: stride, namedPadding: padding, dilation: dilation, groups: groups, bias: bias,
        paddingMode: paddingMode, dtype: dtype))
  }

  override init(_ inChannels: Int?, _ outChannels: Int, _ options: Options) { super.init(inChannels, outChannels, options) }
}

/// Two-dimensional cross-correlation. `torch.nn.Conv2d`.
///
/// Inputs have sizes (N, inChannels, H, W), results (N, outChannels, H', W'); both may lack N. The weight has sizes
/// (outChannels, inChannels / groups, kernel height, kernel width).
open class Conv2d: DirectConvolution {
  /// - Parameters:
  ///   - kernelSize: one number, or one for each dimension; likewise `stride`, `padding` and `dilation`.
  ///   - groups: divides both numbers of channels.
  public init(
    _ inChannels: Int, _ outChannels: Int, kernelSize: any SpatialSize, stride: any SpatialSize = 1, padding: any SpatialSize = 0,
    dilation: any SpatialSize = 1, groups: Int = 1, bias: Bool = true, paddingMode: PaddingMode = .zeros, dtype: DType? = nil
  ) {
    super.init(
      inChannels, outChannels,
      Options(
        dims: 2, kernelSize: kernelSize, stride: stride, padding: padding, dilation: dilation, groups: groups, bias: bias,
        paddingMode: paddingMode, dtype: dtype))
  }

  /// With the padding by name: none, or as much as keeps the size.
  public init(
    _ inChannels: Int, _ outChannels: Int, kernelSize: any SpatialSize, stride: any SpatialSize = 1, padding: ConvolutionPadding,
    dilation: any SpatialSize = 1, groups: Int = 1, bias: Bool = true, paddingMode: PaddingMode = .zeros, dtype: DType? = nil
  ) {
    super.init(
      inChannels, outChannels,
      Options(
        dims: 2, kernelSize: kernelSize, stride: stride, namedPadding: padding, dilation: dilation, groups: groups, bias: bias,
        paddingMode: paddingMode, dtype: dtype))
  }

  override init(_ inChannels: Int?, _ outChannels: Int, _ options: Options) { super.init(inChannels, outChannels, options) }
}

/// Three-dimensional cross-correlation. `torch.nn.Conv3d`.
///
/// Inputs have sizes (N, inChannels, D, H, W), results (N, outChannels, D', H', W'); both may lack N. The weight has sizes
/// (outChannels, inChannels / groups, kernel depth, height, width).
open class Conv3d: DirectConvolution {
  /// - Parameters:
  ///   - kernelSize: one number, or one for each dimension; likewise `stride`, `padding` and `dilation`.
  ///   - groups: divides both numbers of channels.
  public init(
    _ inChannels: Int, _ outChannels: Int, kernelSize: any SpatialSize, stride: any SpatialSize = 1, padding: any SpatialSize = 0,
    dilation: any SpatialSize = 1, groups: Int = 1, bias: Bool = true, paddingMode: PaddingMode = .zeros, dtype: DType? = nil
  ) {
    super.init(
      inChannels, outChannels,
      Options(
        dims: 3, kernelSize: kernelSize, stride: stride, padding: padding, dilation: dilation, groups: groups, bias: bias,
        paddingMode: paddingMode, dtype: dtype))
  }

  /// With the padding by name: none, or as much as keeps the size.
  public init(
    _ inChannels: Int, _ outChannels: Int, kernelSize: any SpatialSize, stride: any SpatialSize = 1, padding: ConvolutionPadding,
    dilation: any SpatialSize = 1, groups: Int = 1, bias: Bool = true, paddingMode: PaddingMode = .zeros, dtype: DType? = nil
  ) {
    super.init(
      inChannels, outChannels,
      Options(
        dims: 3, kernelSize: kernelSize, stride: stride, namedPadding: padding, dilation: dilation, groups: groups, bias: bias,
        paddingMode: paddingMode, dtype: dtype))
  }

  override init(_ inChannels: Int?, _ outChannels: Int, _ options: Options) { super.init(inChannels, outChannels, options) }
}
