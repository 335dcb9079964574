import TorchOps

/// The transpose of a cross-correlation as a linear map: what carries gradients back through it, and enlarges.
open class TransposedConvolution: ConvolutionLayer {
  /// Elements added after each dimension of the result.
  public let outputPadding: [Int]

  init(_ inChannels: Int?, _ outChannels: Int, outputPadding: any SpatialSize, _ options: Options) {
    let name = String(describing: Self.self)
    self.outputPadding = outputPadding.numbers(options.dims, "outputPadding", minimum: 0, in: name)
    super.init(inChannels, outChannels, options)
    checked((), name) {
      guard options.paddingMode == .zeros else {
        throw TorchError(.value, "paddingMode: transposed convolutions take zeros only, got \(options.paddingMode.rawValue)")
      }
    }
  }

  override var isTransposed: Bool { true }
  override var outputPaddingNumbers: [Int] { outputPadding }

  open override func forward(_ x: Tensor) -> Tensor { transposed(x, outputPadding) }

  /// A result of the given spatial sizes, of which there are as many as the stride. `forward(input, output_size)`.
  public final func callAsFunction(_ x: Tensor, outputSize: [Int]) -> Tensor {
    withHooks([x]) { inputs in
      materialize(for: inputs[0])
      let extra: [Int]? = checked(nil, typeName) { try outputPadding(inputs[0], outputSize) }
      return [extra.map { transposed(inputs[0], $0) } ?? .poison()]
    }[0]
  }

  private func outputPadding(_ x: Tensor, _ outputSize: [Int]) throws -> [Int] {
    let dims = kernelSize.count
    guard x.isDefined else { return outputPadding }
    guard x.rank == dims + 1 || x.rank == dims + 2 else {
      throw TorchError(.shape, "expected an input of \(dims + 1) or \(dims + 2) dimensions, got \(x.summary)")
    }
    guard outputSize.count == dims || outputSize.count == x.rank else {
      throw TorchError(.value, "outputSize: expected \(dims) or \(x.rank) numbers, got \(outputSize)")
    }
    let wanted = Array(outputSize.suffix(dims))
    return try (0..<dims).map { d in
      let least = (x.size(d - dims) - 1) * stride[d] - 2 * padding[d] + dilation[d] * (kernelSize[d] - 1) + 1
      guard wanted[d] >= least, wanted[d] < least + stride[d] else {
        throw TorchError(
          .value, "outputSize: expected \(least) to \(least + stride[d] - 1) for dimension \(d), got \(wanted[d])")
      }
      return wanted[d] - least
    }
  }

  private func transposed(_ x: Tensor, _ extra: [Int]) -> Tensor {
    switch kernelSize.count {
    case 1:
      convTranspose1d(
        x, weight, bias, stride: stride[0], padding: padding[0], outputPadding: extra[0], groups: groups, dilation: dilation[0])
    case 2:
      convTranspose2d(x, weight, bias, stride: stride, padding: padding, outputPadding: extra, groups: groups, dilation: dilation)
    default:
      convTranspose3d(x, weight, bias, stride: stride, padding: padding, outputPadding: extra, groups: groups, dilation: dilation)
    }
  }
}

/// One-dimensional transposed convolution. `torch.nn.ConvTranspose1d`.
///
/// Inputs have sizes (N, inChannels, L), results (N, outChannels, L'); both may lack N. The weight has sizes
/// (inChannels, outChannels / groups, K).
open class ConvTranspose1d: TransposedConvolution {
  /// - Parameters:
  ///   - padding: as of the convolution it is the transpose of: cut off from each side of the result.
  ///   - outputPadding: elements added after each dimension of the result.
  public init(
    _ inChannels: Int, _ outChannels: Int, kernelSize: any SpatialSize, stride: any SpatialSize = 1, padding: any SpatialSize = 0,
    outputPadding: any SpatialSize = 0, groups: Int = 1, bias: Bool = true, dilation: any SpatialSize = 1,
    paddingMode: PaddingMode = .zeros, dtype: DType? = nil
  ) {
    super.init(
      inChannels, outChannels, outputPadding: outputPadding,
      Options(
        dims: 1, kernelSize: kernelSize, stride: stride, padding: padding, dilation: dilation, groups: groups, bias: bias,
        paddingMode: paddingMode, dtype: dtype))
  }

  override init(_ inChannels: Int?, _ outChannels: Int, outputPadding: any SpatialSize, _ options: Options) {
    super.init(inChannels, outChannels, outputPadding: outputPadding, options)
  }
}

/// Two-dimensional transposed convolution. `torch.nn.ConvTranspose2d`.
///
/// Inputs have sizes (N, inChannels, H, W), results (N, outChannels, H', W'); both may lack N. The weight has sizes
/// (inChannels, outChannels / groups, kernel height, kernel width).
open class ConvTranspose2d: TransposedConvolution {
  /// - Parameters:
  ///   - padding: as of the convolution it is the transpose of: cut off from each side of the result.
  ///   - outputPadding: elements added after each dimension of the result.
  public init(
    _ inChannels: Int, _ outChannels: Int, kernelSize: any SpatialSize, stride: any SpatialSize = 1, padding: any SpatialSize = 0,
    outputPadding: any SpatialSize = 0, groups: Int = 1, bias: Bool = true, dilation: any SpatialSize = 1,
    paddingMode: PaddingMode = .zeros, dtype: DType? = nil
  ) {
    super.init(
      inChannels, outChannels, outputPadding: outputPadding,
      Options(
        dims: 2, kernelSize: kernelSize, stride: stride, padding: padding, dilation: dilation, groups: groups, bias: bias,
        paddingMode: paddingMode, dtype: dtype))
  }

  override init(_ inChannels: Int?, _ outChannels: Int, outputPadding: any SpatialSize, _ options: Options) {
    super.init(inChannels, outChannels, outputPadding: outputPadding, options)
  }
}

/// Three-dimensional transposed convolution. `torch.nn.ConvTranspose3d`.
///
/// Inputs have sizes (N, inChannels, D, H, W), results (N, outChannels, D', H', W'); both may lack N. The weight has sizes
/// (inChannels, outChannels / groups, kernel depth, height, width).
open class ConvTranspose3d: TransposedConvolution {
  /// - Parameters:
  ///   - padding: as of the convolution it is the transpose of: cut off from each side of the result.
  ///   - outputPadding: elements added after each dimension of the result.
  public init(
    _ inChannels: Int, _ outChannels: Int, kernelSize: any SpatialSize, stride: any SpatialSize = 1, padding: any SpatialSize = 0,
    outputPadding: any SpatialSize = 0, groups: Int = 1, bias: Bool = true, dilation: any SpatialSize = 1,
    paddingMode: PaddingMode = .zeros, dtype: DType? = nil
  ) {
    super.init(
      inChannels, outChannels, outputPadding: outputPadding,
      Options(
        dims: 3, kernelSize: kernelSize, stride: stride, padding: padding, dilation: dilation, groups: groups, bias: bias,
        paddingMode: paddingMode, dtype: dtype))
  }

  override init(_ inChannels: Int?, _ outChannels: Int, outputPadding: any SpatialSize, _ options: Options) {
    super.init(inChannels, outChannels, outputPadding: outputPadding, options)
  }
}
