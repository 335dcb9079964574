import TorchOps

/// Normalises each example over its last dimensions, then scales and shifts. `torch.nn.LayerNorm`.
open class LayerNorm: Module {
  public let normalizedShape: [Int]
  public let eps: Double
  public let elementwiseAffine: Bool
  @Parameter public var weight: Tensor?
  @Parameter public var bias: Tensor?

  /// - Parameter normalizedShape: the sizes of the last dimensions.
  public init(
    _ normalizedShape: [Int], eps: Double = 1e-5, elementwiseAffine: Bool = true, bias: Bool = true, dtype: DType? = nil
  ) {
    self.normalizedShape = normalizedShape
    self.eps = eps
    self.elementwiseAffine = elementwiseAffine
    weight = elementwiseAffine ? Tensor.ones(normalizedShape, dtype: dtype) : nil
    self.bias = elementwiseAffine && bias ? Tensor.zeros(normalizedShape, dtype: dtype) : nil
  }

  /// Over the last dimension alone.
  public convenience init(
    _ size: Int, eps: Double = 1e-5, elementwiseAffine: Bool = true, bias: Bool = true, dtype: DType? = nil
  ) {
    self.init([size], eps: eps, elementwiseAffine: elementwiseAffine, bias: bias, dtype: dtype)
  }

  open override func forward(_ x: Tensor) -> Tensor {
    layerNorm(x, normalizedShape, weight: weight, bias: bias, eps: eps)
  }

  open override var extraDescription: String {
    "\(Described.tuple(normalizedShape)), eps=\(Described.number(eps)), elementwise_affine=\(Described.flag(elementwiseAffine)), "
      + "bias=\(Described.flag(bias != nil))"
  }
}

/// Divides each example by the root of the mean square over its last dimensions, then scales. `torch.nn.RMSNorm`.
open class RMSNorm: Module {
  public let normalizedShape: [Int]
  public let eps: Double?
  public let elementwiseAffine: Bool
  @Parameter public var weight: Tensor?

  /// - Parameters:
  ///   - normalizedShape: the sizes of the last dimensions.
  ///   - eps: added to the mean square; the least step of the input's type where nil.
  public init(_ normalizedShape: [Int], eps: Double? = nil, elementwiseAffine: Bool = true, dtype: DType? = nil) {
    self.normalizedShape = normalizedShape
    self.eps = eps
    self.elementwiseAffine = elementwiseAffine
    weight = elementwiseAffine ? Tensor.ones(normalizedShape, dtype: dtype) : nil
  }

  /// Over the last dimension alone.
  public convenience init(_ size: Int, eps: Double? = nil, elementwiseAffine: Bool = true, dtype: DType? = nil) {
    self.init([size], eps: eps, elementwiseAffine: elementwiseAffine, dtype: dtype)
  }

  open override func forward(_ x: Tensor) -> Tensor { rmsNorm(x, normalizedShape, weight: weight, eps: eps) }

  open override var extraDescription: String {
    "\(Described.tuple(normalizedShape)), eps=\(eps.map(Described.number) ?? "None"), "
      + "elementwise_affine=\(Described.flag(elementwiseAffine))"
  }
}

/// Normalises groups of channels of each example, then scales and shifts each channel. `torch.nn.GroupNorm`.
///
/// Inputs have sizes (N, C, …).
open class GroupNorm: Module {
  public let groups: Int
  public let channels: Int
  public let eps: Double
  public let affine: Bool
  @Parameter public var weight: Tensor?
  @Parameter public var bias: Tensor?

  /// - Parameter groups: divides the number of channels.
  public init(_ groups: Int, _ channels: Int, eps: Double = 1e-5, affine: Bool = true, bias: Bool = true, dtype: DType? = nil) {
    let valid = checked(false, "GroupNorm") {
      guard groups > 0, channels >= 0, channels % groups == 0 else {
        throw TorchError(.value, "expected a number of channels that \(groups) groups divide, got \(channels)")
      }
      return true
    }
    self.groups = valid ? groups : 1
    self.channels = channels
    self.eps = eps
    self.affine = affine
    weight = affine ? Tensor.ones([channels], dtype: dtype) : nil
    self.bias = affine && bias ? Tensor.zeros([channels], dtype: dtype) : nil
  }

  open override func forward(_ x: Tensor) -> Tensor { groupNorm(x, groups: groups, weight: weight, bias: bias, eps: eps) }

  open override var extraDescription: String {
    "\(groups), \(channels), eps=\(Described.number(eps)), affine=\(Described.flag(affine)), bias=\(Described.flag(bias != nil))"
  }
}

/// Divides each element by a power of the mean square of neighbouring channels. `torch.nn.LocalResponseNorm`.
open class LocalResponseNorm: Module {
  public let size: Int
  public let alpha: Double, beta: Double, k: Double

  /// - Parameter size: how many channels a mean is taken over.
  public init(_ size: Int, alpha: Double = 1e-4, beta: Double = 0.75, k: Double = 1) {
    self.size = size
    self.alpha = alpha
    self.beta = beta
    self.k = k
  }

  open override func forward(_ x: Tensor) -> Tensor { localResponseNorm(x, size, alpha: alpha, beta: beta, k: k) }

  open override var extraDescription: String {
    "\(size), alpha=\(Described.number(alpha)), beta=\(Described.number(beta)), k=\(Described.number(k))"
  }
}

/// The local response norm of Lua Torch, for inputs (N, C, H, W). `torch.nn.CrossMapLRN2d`.
open class CrossMapLRN2d: Module {
  public let size: Int
  public let alpha: Double, beta: Double, k: Double

  /// - Parameter size: the sum of squares of this many channels is scaled by `alpha / size`.
  public init(_ size: Int, alpha: Double = 1e-4, beta: Double = 0.75, k: Double = 1) {
    self.size = size
    self.alpha = alpha
    self.beta = beta
    self.k = k
  }

  open override func forward(_ x: Tensor) -> Tensor {
    checked(.poison(), "CrossMapLRN2d") {
      guard x.isDefined else { return .poison() }
      guard x.rank == 4 else { throw TorchError(.shape, "expected an input of 4 dimensions, got \(x.summary)") }
      guard size > 0 else { throw TorchError(.value, "size: expected a positive number, got \(size)") }
      let half = (size - 1) / 2
      let squares = (x * x).unsqueeze(1).pad([0, 0, 0, 0, half, half])
      let sums = avgPool3d(squares, [2 * half + 1, 1, 1], stride: [1], divisorOverride: 1).squeeze(1)
      return x * (sums * Tensor(scalar: .double(alpha / Double(size))) + Tensor(scalar: .double(k))).pow(.double(-beta))
    }
  }

  open override var extraDescription: String {
    "\(size), alpha=\(Described.number(alpha)), beta=\(Described.number(beta)), k=\(Described.number(k))"
  }
}
