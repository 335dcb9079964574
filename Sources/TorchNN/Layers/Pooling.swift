import TorchOps

/// The largest element of each window of inputs (N, C, H, W) or (C, H, W). `torch.nn.MaxPool2d`.
open class MaxPool2d: Module {
  public let kernelSize: [Int]
  public let stride: [Int]
  public let padding: [Int]
  public let dilation: [Int]
  public let ceilMode: Bool

  /// - Parameters:
  ///   - stride: the window's size when nil.
  ///   - ceilMode: whether windows that reach over the edge count.
  public init(
    _ kernelSize: any SpatialSize, stride: (any SpatialSize)? = nil, padding: any SpatialSize = 0, dilation: any SpatialSize = 1,
    ceilMode: Bool = false
  ) {
    self.kernelSize = kernelSize.pair("kernelSize", minimum: 1, in: "MaxPool2d")
    self.stride = (stride ?? kernelSize).pair("stride", minimum: 1, in: "MaxPool2d")
    self.padding = padding.pair("padding", minimum: 0, in: "MaxPool2d")
    self.dilation = dilation.pair("dilation", minimum: 1, in: "MaxPool2d")
    self.ceilMode = ceilMode
  }

  open override func forward(_ x: Tensor) -> Tensor {
    maxPool2d(x, kernelSize, stride: stride, padding: padding, dilation: dilation, ceilMode: ceilMode)
  }

  open override var extraDescription: String {
    "kernel_size=\(Described.size(kernelSize)), stride=\(Described.size(stride)), padding=\(Described.size(padding)), "
      + "dilation=\(Described.size(dilation)), ceil_mode=\(Described.flag(ceilMode))"
  }
}

/// The mean of each window of inputs (N, C, H, W) or (C, H, W). `torch.nn.AvgPool2d`.
open class AvgPool2d: Module {
  public let kernelSize: [Int]
  public let stride: [Int]
  public let padding: [Int]
  public let ceilMode: Bool
  public let countIncludePad: Bool

  /// - Parameters:
  ///   - stride: the window's size when nil.
  ///   - countIncludePad: whether zeros of the padding count as elements.
  public init(
    _ kernelSize: any SpatialSize, stride: (any SpatialSize)? = nil, padding: any SpatialSize = 0, ceilMode: Bool = false,
    countIncludePad: Bool = true
  ) {
    self.kernelSize = kernelSize.pair("kernelSize", minimum: 1, in: "AvgPool2d")
    self.stride = (stride ?? kernelSize).pair("stride", minimum: 1, in: "AvgPool2d")
    self.padding = padding.pair("padding", minimum: 0, in: "AvgPool2d")
    self.ceilMode = ceilMode
    self.countIncludePad = countIncludePad
  }

  open override func forward(_ x: Tensor) -> Tensor {
    avgPool2d(x, kernelSize, stride: stride, padding: padding, ceilMode: ceilMode, countIncludePad: countIncludePad)
  }

  open override var extraDescription: String {
    "kernel_size=\(Described.size(kernelSize)), stride=\(Described.size(stride)), padding=\(Described.size(padding))"
  }
}

/// Means over as many windows as the result has elements, whatever the input's size. `torch.nn.AdaptiveAvgPool2d`.
open class AdaptiveAvgPool2d: Module {
  public let outputSize: [Int]
  /// The one number it was made with, which the description shows.
  private let given: Int?

  public init(_ outputSize: any SpatialSize) {
    given = outputSize as? Int
    self.outputSize = outputSize.pair("outputSize", minimum: 1, in: "AdaptiveAvgPool2d")
  }

  open override func forward(_ x: Tensor) -> Tensor { adaptiveAvgPool2d(x, outputSize) }
  open override var extraDescription: String { "output_size=\(given.map(String.init) ?? Described.tuple(outputSize))" }
}
