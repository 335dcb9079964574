import TorchOps

/// Rearranges (N, C r², H, W) to (N, C, H r, W r). `torch.nn.PixelShuffle`.
open class PixelShuffle: Module {
  public let upscaleFactor: Int

  public init(_ upscaleFactor: Int) { self.upscaleFactor = upscaleFactor }

  open override func forward(_ x: Tensor) -> Tensor { x.pixelShuffle(upscaleFactor) }
  open override var extraDescription: String { "upscale_factor=\(upscaleFactor)" }
}

/// Undoes ``PixelShuffle``. `torch.nn.PixelUnshuffle`.
open class PixelUnshuffle: Module {
  public let downscaleFactor: Int

  public init(_ downscaleFactor: Int) { self.downscaleFactor = downscaleFactor }

  open override func forward(_ x: Tensor) -> Tensor { x.pixelUnshuffle(downscaleFactor) }
  open override var extraDescription: String { "downscale_factor=\(downscaleFactor)" }
}

/// Mixes the channels of groups: channels (groups, C / groups) are transposed. `torch.nn.ChannelShuffle`.
open class ChannelShuffle: Module {
  public let groups: Int

  public init(groups: Int) { self.groups = groups }

  open override func forward(_ x: Tensor) -> Tensor { x.channelShuffle(groups: groups) }
  open override var extraDescription: String { "groups=\(groups)" }
}

/// The windows of images (N, C, H, W) as columns (N, C · kernel elements, windows). `torch.nn.Unfold`.
open class Unfold: Module {
  public let kernelSize: [Int], dilation: [Int], padding: [Int], stride: [Int]
  private let given: String

  public init(
    _ kernelSize: any SpatialSize, dilation: any SpatialSize = 1, padding: any SpatialSize = 0, stride: any SpatialSize = 1
  ) {
    self.kernelSize = kernelSize.numbers(2, "kernelSize", minimum: 1, in: "Unfold")
    self.dilation = dilation.numbers(2, "dilation", minimum: 1, in: "Unfold")
    self.padding = padding.numbers(2, "padding", minimum: 0, in: "Unfold")
    self.stride = stride.numbers(2, "stride", minimum: 1, in: "Unfold")
    given =
      "kernel_size=\(kernelSize.described), dilation=\(dilation.described), padding=\(padding.described), "
      + "stride=\(stride.described)"
  }

  open override func forward(_ x: Tensor) -> Tensor {
    unfold(x, kernelSize: kernelSize, dilation: dilation, padding: padding, stride: stride)
  }
  open override var extraDescription: String { given }
}

/// Sums of the columns of ``Unfold`` at their windows' places. `torch.nn.Fold`.
open class Fold: Module {
  public let outputSize: [Int], kernelSize: [Int], dilation: [Int], padding: [Int], stride: [Int]
  private let given: String

  /// - Parameter outputSize: height and width of the result.
  public init(
    outputSize: any SpatialSize, _ kernelSize: any SpatialSize, dilation: any SpatialSize = 1, padding: any SpatialSize = 0,
    stride: any SpatialSize = 1
  ) {
    self.outputSize = outputSize.numbers(2, "outputSize", minimum: 1, in: "Fold")
    self.kernelSize = kernelSize.numbers(2, "kernelSize", minimum: 1, in: "Fold")
    self.dilation = dilation.numbers(2, "dilation", minimum: 1, in: "Fold")
    self.padding = padding.numbers(2, "padding", minimum: 0, in: "Fold")
    self.stride = stride.numbers(2, "stride", minimum: 1, in: "Fold")
    given =
      "output_size=\(outputSize.described), kernel_size=\(kernelSize.described), dilation=\(dilation.described), "
      + "padding=\(padding.described), stride=\(stride.described)"
  }

  open override func forward(_ x: Tensor) -> Tensor {
    fold(x, outputSize: outputSize, kernelSize: kernelSize, dilation: dilation, padding: padding, stride: stride)
  }
  open override var extraDescription: String { given }
}
