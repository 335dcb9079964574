import TorchOps

/// max(x, 0). `torch.nn.ReLU`.
open class ReLU: Module {
  /// Whether the input itself is changed.
  public let inPlace: Bool

  public init(inPlace: Bool = false) { self.inPlace = inPlace }

  open override func forward(_ x: Tensor) -> Tensor { inPlace ? x.relu_() : x.relu() }
  open override var extraDescription: String { Described.inPlace(inPlace, alone: true) }
}

/// min(max(x, 0), 6). `torch.nn.ReLU6`.
open class ReLU6: Module {
  open override func forward(_ x: Tensor) -> Tensor { x.relu6() }
}

/// x for positive x, `negativeSlope` times x for negative. `torch.nn.LeakyReLU`.
open class LeakyReLU: Module {
  public let negativeSlope: Double
  /// Whether the input itself is changed.
  public let inPlace: Bool

  public init(negativeSlope: Double = 0.01, inPlace: Bool = false) {
    self.negativeSlope = negativeSlope
    self.inPlace = inPlace
  }

  open override func forward(_ x: Tensor) -> Tensor {
    inPlace
      ? PointwiseOps.leakyRelu.inPlace(x, Scalar(negativeSlope)) : x.leakyRelu(negativeSlope: Scalar(negativeSlope))
  }
  open override var extraDescription: String { "negative_slope=\(Described.number(negativeSlope))" + Described.inPlace(inPlace) }
}

/// x for positive x, a learned multiple of it for negative: one for all channels, or one for each. `torch.nn.PReLU`.
open class PReLU: Module {
  public let numParameters: Int
  @Parameter public var weight: Tensor

  /// - Parameters:
  ///   - numParameters: 1, or the number of channels, which are the second dimension.
  ///   - initial: what the slopes begin with.
  public init(numParameters: Int = 1, initial: Double = 0.25, dtype: DType? = nil) {
    self.numParameters = numParameters
    weight = Tensor.full([numParameters], .double(initial), dtype: dtype ?? defaultDType)
  }

  open override func forward(_ x: Tensor) -> Tensor { x.prelu(weight) }
  open override var extraDescription: String { "num_parameters=\(numParameters)" }
}

/// In training a leaky ReLU with a slope drawn for each element between `lower` and `upper`, in evaluation with their mean.
/// `torch.nn.RReLU`.
open class RReLU: Module {
  public let lower: Double, upper: Double

  public init(lower: Double = 1.0 / 8, upper: Double = 1.0 / 3) {
    self.lower = lower
    self.upper = upper
  }

  open override func forward(_ x: Tensor) -> Tensor { x.rrelu(lower: Scalar(lower), upper: Scalar(upper), training: isTraining) }
  open override var extraDescription: String { "lower=\(Described.number(lower)), upper=\(Described.number(upper))" }
}

/// x where it is above a threshold, a value elsewhere. `torch.nn.Threshold`.
open class Threshold: Module {
  public let threshold: Double, value: Double
  /// Whether the input itself is changed.
  public let inPlace: Bool

  public init(_ threshold: Double, _ value: Double, inPlace: Bool = false) {
    self.threshold = threshold
    self.value = value
    self.inPlace = inPlace
  }

  open override func forward(_ x: Tensor) -> Tensor {
    inPlace ? PointwiseOps.threshold.inPlace(x, Scalar(threshold), Scalar(value)) : x.threshold(Scalar(threshold), Scalar(value))
  }
  open override var extraDescription: String {
    "threshold=\(Described.number(threshold)), value=\(Described.number(value))" + Described.inPlace(inPlace)
  }
}

/// x cut to a range. `torch.nn.Hardtanh`.
open class Hardtanh: Module {
  public let minVal: Double, maxVal: Double
  /// Whether the input itself is changed.
  public let inPlace: Bool

  public init(minVal: Double = -1, maxVal: Double = 1, inPlace: Bool = false) {
    self.minVal = minVal
    self.maxVal = maxVal
    self.inPlace = inPlace
  }

  open override func forward(_ x: Tensor) -> Tensor {
    inPlace
      ? PointwiseOps.hardtanh.inPlace(x, Scalar(minVal), Scalar(maxVal)) : x.hardtanh(min: Scalar(minVal), max: Scalar(maxVal))
  }
  open override var extraDescription: String {
    "min_val=\(Described.number(minVal)), max_val=\(Described.number(maxVal))" + Described.inPlace(inPlace)
  }
}

/// x where it is far enough from zero, 0 elsewhere. `torch.nn.Hardshrink`.
open class Hardshrink: Module {
  public let lambda: Double

  public init(lambda: Double = 0.5) { self.lambda = lambda }

  open override func forward(_ x: Tensor) -> Tensor { x.hardshrink(lambda: Scalar(lambda)) }
  open override var extraDescription: String { Described.number(lambda) }
}

/// x moved towards zero by `lambda`, and 0 where it is nearer. `torch.nn.Softshrink`.
open class Softshrink: Module {
  public let lambda: Double

  public init(lambda: Double = 0.5) { self.lambda = lambda }

  open override func forward(_ x: Tensor) -> Tensor { x.softshrink(lambda: Scalar(lambda)) }
  open override var extraDescription: String { Described.number(lambda) }
}

/// The piecewise linear form of ``Sigmoid``. `torch.nn.Hardsigmoid`.
open class Hardsigmoid: Module {
  open override func forward(_ x: Tensor) -> Tensor { x.hardsigmoid() }
}

/// x times its hard sigmoid. `torch.nn.Hardswish`.
open class Hardswish: Module {
  open override func forward(_ x: Tensor) -> Tensor { x.hardswish() }
}
