import TorchOps

/// Two-dimensional cross-correlation with zero padding. `torch.nn.Conv2d`.
///
/// Inputs have sizes (N, inChannels, H, W), results (N, outChannels, H', W'). The weight has sizes (outChannels,
/// inChannels / groups, kernel height, kernel width); weight and bias begin uniform within ±1/√(fan in).
open class Conv2d: Module {
  public let inChannels: Int
  public let outChannels: Int
  public let kernelSize: [Int]
  public let stride: [Int]
  public let padding: [Int]
  public let dilation: [Int]
  public let groups: Int
  @Parameter public var weight: Tensor
  @Parameter public var bias: Tensor?

  /// - Parameters:
  ///   - kernelSize: one number, or height and width; likewise `stride`, `padding` and `dilation`.
  ///   - groups: divides both numbers of channels.
  public init(
    _ inChannels: Int, _ outChannels: Int, kernelSize: any SpatialSize, stride: any SpatialSize = 1,
    padding: any SpatialSize = 0, dilation: any SpatialSize = 1, groups: Int = 1, bias: Bool = true, dtype: DType? = nil
  ) {
    self.inChannels = inChannels
    self.outChannels = outChannels
    self.kernelSize = kernelSize.pair("kernelSize", minimum: 1, in: "Conv2d")
    self.stride = stride.pair("stride", minimum: 1, in: "Conv2d")
    self.padding = padding.pair("padding", minimum: 0, in: "Conv2d")
    self.dilation = dilation.pair("dilation", minimum: 1, in: "Conv2d")
    let valid = checked(false, "Conv2d") {
      guard groups > 0, inChannels > 0, outChannels > 0, inChannels % groups == 0, outChannels % groups == 0 else {
        throw TorchError(
          .value, "expected positive numbers of channels that \(groups) groups divide, got \(inChannels) and \(outChannels)")
      }
      return true
    }
    self.groups = groups
    let sizes = [outChannels, valid ? inChannels / groups : 0] + self.kernelSize
    weight = valid ? Tensor.empty(sizes, dtype: dtype) : .poison()
    self.bias = bias && valid ? Tensor.empty([outChannels], dtype: dtype) : nil
    super.init()
    if valid { resetParameters() }
  }

  /// Draws the parameters anew.
  open func resetParameters() { Init.affineDefaults(weight: weight, bias: bias) }

  open override func forward(_ x: Tensor) -> Tensor {
    conv2d(x, weight, bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
  }

  open override var extraDescription: String {
    var text = "\(inChannels), \(outChannels), kernel_size=\(Described.tuple(kernelSize)), stride=\(Described.tuple(stride))"
    if padding != [0, 0] { text += ", padding=\(Described.tuple(padding))" }
    if dilation != [1, 1] { text += ", dilation=\(Described.tuple(dilation))" }
    if groups != 1 { text += ", groups=\(groups)" }
    if bias == nil { text += ", bias=False" }
    return text
  }
}
