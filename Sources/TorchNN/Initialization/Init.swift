import TorchOps

/// Fills parameters with their first values, number for number as `torch.nn.init` does from the same generator.
///
/// All of them work outside the tape, change the tensor in place and return it.
public enum Init {
  /// What a gain is computed for. `torch.nn.init.calculate_gain`.
  public enum Nonlinearity: Sendable {
    case linear, sigmoid, tanh, relu, selu
    case leakyRelu(slope: Double = 0.01)

    /// The factor that keeps the variance of activations.
    public var gain: Double {
      switch self {
      case .linear, .sigmoid: 1
      case .tanh: 5.0 / 3
      case .relu: 2.0.squareRoot()
      case .leakyRelu(let slope): (2.0 / (1 + slope * slope)).squareRoot()
      case .selu: 3.0 / 4
      }
    }
  }

  /// Which side's number of connections scales Kaiming's initialisation.
  public enum FanMode: Sendable { case fanIn, fanOut }

  /// The number of inputs and outputs of one unit of a weight of sizes (out, in, kernel…). At least two dimensions.
  public static func fans(of tensor: Tensor) -> (fanIn: Int, fanOut: Int) {
    checked((1, 1), "Init.fans") {
      guard tensor.isDefined else { return (1, 1) }
      guard tensor.rank >= 2 else {
        throw TorchError(.shape, "fan in and fan out need a tensor of at least 2 dimensions, got \(tensor.summary)")
      }
      let receptive = tensor.shape.dropFirst(2).reduce(1, *)
      return (tensor.size(1) * receptive, tensor.size(0) * receptive)
    }
  }

  /// Uniform on [low, high). `uniform_`.
  @discardableResult
  public static func uniform_(_ tensor: Tensor, _ low: Double = 0, _ high: Double = 1, generator: Generator? = nil) -> Tensor {
    noGrad { tensor.uniform_(low, high, generator: generator) }
  }

  /// Normal. `normal_`.
  @discardableResult
  public static func normal_(_ tensor: Tensor, mean: Double = 0, std: Double = 1, generator: Generator? = nil) -> Tensor {
    noGrad { tensor.normal_(mean, std, generator: generator) }
  }

  /// One number everywhere. `constant_`.
  @discardableResult
  public static func constant_(_ tensor: Tensor, _ value: Scalar) -> Tensor { noGrad { tensor.fill_(value) } }
  /// Zeros. `zeros_`.
  @discardableResult
  public static func zeros_(_ tensor: Tensor) -> Tensor { constant_(tensor, 0) }
  /// Ones. `ones_`.
  @discardableResult
  public static func ones_(_ tensor: Tensor) -> Tensor { constant_(tensor, 1) }

  /// Glorot's uniform: bounds of gain · √(6 / (fan in + fan out)). `xavier_uniform_`.
  @discardableResult
  public static func xavierUniform_(_ tensor: Tensor, gain: Double = 1, generator: Generator? = nil) -> Tensor {
    let bound = 3.0.squareRoot() * xavierDeviation(tensor, gain)
    return uniform_(tensor, -bound, bound, generator: generator)
  }

  /// Glorot's normal. `xavier_normal_`.
  @discardableResult
  public static func xavierNormal_(_ tensor: Tensor, gain: Double = 1, generator: Generator? = nil) -> Tensor {
    normal_(tensor, std: xavierDeviation(tensor, gain), generator: generator)
  }

  /// He's uniform: bounds of gain · √(3 / fan). `kaiming_uniform_`.
  @discardableResult
  public static func kaimingUniform_(
    _ tensor: Tensor, mode: FanMode = .fanIn, nonlinearity: Nonlinearity = .leakyRelu(slope: 0), generator: Generator? = nil
  ) -> Tensor {
    if tensor.count == 0 { return tensor }
    let bound = 3.0.squareRoot() * kaimingDeviation(tensor, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator: generator)
  }

  /// He's normal. `kaiming_normal_`.
  @discardableResult
  public static func kaimingNormal_(
    _ tensor: Tensor, mode: FanMode = .fanIn, nonlinearity: Nonlinearity = .leakyRelu(slope: 0), generator: Generator? = nil
  ) -> Tensor {
    if tensor.count == 0 { return tensor }
    return normal_(tensor, std: kaimingDeviation(tensor, mode, nonlinearity), generator: generator)
  }

  private static func xavierDeviation(_ tensor: Tensor, _ gain: Double) -> Double {
    let (fanIn, fanOut) = fans(of: tensor)
    return gain * (2.0 / Double(fanIn + fanOut)).squareRoot()
  }

  private static func kaimingDeviation(_ tensor: Tensor, _ mode: FanMode, _ nonlinearity: Nonlinearity) -> Double {
    let (fanIn, fanOut) = fans(of: tensor)
    return nonlinearity.gain / Double(mode == .fanIn ? fanIn : fanOut).squareRoot()
  }

  /// What linear and convolution layers begin with: the weight uniform within ±1/√(fan in), the bias too.
  static func affineDefaults(weight: Tensor, bias: Tensor?) {
    kaimingUniform_(weight, nonlinearity: .leakyRelu(slope: 5.0.squareRoot()))
    guard let bias else { return }
    let fanIn = fans(of: weight).fanIn
    let bound = fanIn > 0 ? 1 / Double(fanIn).squareRoot() : 0
    uniform_(bias, -bound, bound)
  }
}
