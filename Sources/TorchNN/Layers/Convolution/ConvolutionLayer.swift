import TorchOps

extension PaddingMode {
  /// What convolutions call ``constant``.
  public static var zeros: PaddingMode { .constant }
}

/// What convolutions share: the options, the parameters and how they begin.
///
/// Sizes of kernel, stride, padding and dilation are one number for all spatial dimensions, or one for each. Weight and bias begin
/// uniform within ±1/√(fan in).
open class ConvolutionLayer: Module {
  public internal(set) final var inChannels: Int
  public let outChannels: Int
  public let kernelSize: [Int]
  public let stride: [Int]
  /// Elements on each side of each dimension; what they are says ``paddingMode``.
  public let padding: [Int]
  /// The padding by name, where it was given so.
  public let namedPadding: ConvolutionPadding?
  public let dilation: [Int]
  public let groups: Int
  public let paddingMode: PaddingMode
  @Parameter public var weight: Tensor
  @Parameter public var bias: Tensor?

  /// What the initialisers take.
  struct Options {
    var dims: Int
    var kernelSize: any SpatialSize
    var stride: any SpatialSize
    var padding: any SpatialSize = 0
    var namedPadding: ConvolutionPadding?
    var dilation: any SpatialSize
    var groups: Int
    var bias: Bool
    var paddingMode: PaddingMode
    var dtype: DType?
  }

  /// Whether the weight's first dimension is the input's channels.
  var isTransposed: Bool { false }

  /// - Parameter inChannels: nil for a lazy layer.
  init(_ inChannels: Int?, _ outChannels: Int, _ options: Options) {
    let name = String(describing: Self.self)
    func numbers(_ size: any SpatialSize, _ what: String, _ minimum: Int) -> [Int] {
      size.numbers(options.dims, what, minimum: minimum, in: name)
    }
    self.outChannels = outChannels
    kernelSize = numbers(options.kernelSize, "kernelSize", 1)
    stride = numbers(options.stride, "stride", 1)
    dilation = numbers(options.dilation, "dilation", 1)
    groups = options.groups
    paddingMode = options.paddingMode
    namedPadding = options.namedPadding
    let strides = stride
    let valid = checked(false, name) {
      let channels = (inChannels.map { [$0] } ?? []) + [outChannels]
      guard options.groups > 0, channels.allSatisfy({ $0 > 0 && $0 % options.groups == 0 }) else {
        throw TorchError(.value, "expected positive numbers of channels that \(options.groups) groups divide, got \(channels)")
      }
      if options.namedPadding == .same, strides.contains(where: { $0 != 1 }) {
        throw TorchError(.value, "padding: .same needs a stride of 1, got \(strides)")
      }
      return true
    }
    self.inChannels = inChannels ?? 0
    switch options.namedPadding {
    case nil: padding = numbers(options.padding, "padding", 0)
    case .valid: padding = Array(repeating: 0, count: options.dims)
    // Odd totals have the larger half after.
    case .same: padding = zip(kernelSize, dilation).map { $1 * ($0 - 1) / 2 }
    }
    _weight = valid ? Parameter(pending: true, dtype: options.dtype) : Parameter(wrappedValue: .poison())
    _bias = Parameter(pending: options.bias && valid, dtype: options.dtype)
    super.init()
    if valid, inChannels != nil { makeParameters() }
  }

  final func makeParameters() {
    let (input, output) = isTransposed ? (outChannels, inChannels) : (inChannels, outChannels)
    _weight.materialize([output, input / groups] + kernelSize)
    _bias.materialize([outChannels])
    resetParameters()
  }

  /// Draws the parameters anew.
  open func resetParameters() { Init.affineDefaults(weight: weight, bias: bias) }

  /// Takes the number of channels of a lazy layer from its first input.
  final func materialize(for x: Tensor) {
    guard _weight.isPending, x.isDefined else { return }
    let dims = kernelSize.count
    let channels: Int? = checked(nil, String(describing: type(of: self))) {
      guard x.rank == dims + 1 || x.rank == dims + 2 else {
        throw TorchError(.shape, "expected an input of \(dims + 1) or \(dims + 2) dimensions, got \(x.summary)")
      }
      let channels = x.size(-dims - 1)
      guard channels > 0, channels % groups == 0 else {
        throw TorchError(.value, "expected a positive number of channels that \(groups) groups divide, got \(x.summary)")
      }
      return channels
    }
    guard let channels else { return }
    inChannels = channels
    makeParameters()
  }

  final override func pendingStateLoaded() { inChannels = isTransposed ? weight.size(0) : weight.size(1) * groups }

  /// `name` once a lazy layer has its parameters.
  final func materializedName(_ name: String) -> String { _weight.isPending ? String(describing: type(of: self)) : name }

  /// Output padding, of transposed layers.
  var outputPaddingNumbers: [Int] { [] }

  open override var extraDescription: String {
    func differs(_ values: [Int], from value: Int) -> Bool { values.contains { $0 != value } }
    var text = "\(inChannels), \(outChannels), kernel_size=\(Described.tuple(kernelSize)), stride=\(Described.tuple(stride))"
    if let namedPadding {
      text += ", padding=\(namedPadding.rawValue)"
    } else if differs(padding, from: 0) {
      text += ", padding=\(Described.tuple(padding))"
    }
    if differs(dilation, from: 1) { text += ", dilation=\(Described.tuple(dilation))" }
    if differs(outputPaddingNumbers, from: 0) { text += ", output_padding=\(Described.tuple(outputPaddingNumbers))" }
    if groups != 1 { text += ", groups=\(groups)" }
    if !_bias.isExpected { text += ", bias=False" }
    if paddingMode != .zeros { text += ", padding_mode=\(paddingMode.rawValue)" }
    return text
  }
}
