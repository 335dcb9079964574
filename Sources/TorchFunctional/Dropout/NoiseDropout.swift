import TorchCore

/// Dropout written as PyTorch writes it, with noise of the input's type: of elements or whole channels, by zeros or by the
/// negative saturation of SELU.
enum NoiseDropout {
  typealias Form = Op<Tensor, Double, Bool, Tensor>

  /// What the input is multiplied by, and what is then added.
  private enum Noise {
    /// Nothing happens.
    case absent
    case factor(Tensor)
    case affine(Tensor, shift: Tensor)
  }

  private static func noise(_ x: Tensor, _ p: Double, _ train: Bool, channels: Bool, alpha: Bool) throws -> Noise {
    if x.device == .poison { throw PoisonedInput() }
    guard p >= 0 && p <= 1 else { throw TorchError(.value, "the probability of dropout must lie in 0...1, got \(p)") }
    if p == 0 || !train || x.count == 0 { return .absent }
    if p == 1 { return .factor(Tensor.zeros([], dtype: x.dtype, device: x.device)) }
    try NNKernels.require(x.dtype, "the input of dropout")
    if channels && x.rank < 2 {
      throw TorchError(.shape, "dropout of channels needs at least 2 dimensions, got \(x.summary)")
    }
    return noGrad {
      func number(_ value: Double) -> Tensor { Tensor(scalar: .double(value)) }
      let sizes = channels ? Array(x.shape.prefix(2)) + Array(repeating: 1, count: x.rank - 2) : x.shape
      let empty = channels ? Tensor.empty(sizes, dtype: x.dtype, device: x.device) : x.detach().emptyLike()
      let kept = empty.bernoulli_(1 - p)
      guard alpha else { return .factor(kept.div_(number(1 - p))) }
      // The negative saturation of SELU; scaled and shifted so that mean and variance stay.
      let saturation = 1.7580993408473766
      let a = 1 / ((saturation * saturation * p + 1) * (1 - p)).squareRoot()
      let shift = (kept - 1).mul_(number(saturation * a)).add_(number(saturation * a * p))
      return .affine(kept.mul_(number(a)), shift: shift)
    }
  }

  private static func form(_ name: String, channels: Bool, alpha: Bool) -> Form {
    .composite(
      "aten::\(name)(Tensor input, float p, bool train) -> Tensor",
      samples: { s in
        [Sample(.tensor(s.tensor([3, 4])), 0.4.box(), false.box()), Sample(.tensor(s.tensor([3, 4])), 1.0.box(), true.box())]
      }
    ) { x, p, train in
      switch try noise(x, p, train, channels: channels, alpha: alpha) {
      case .absent: return x.alias(keepingHistoryOf: x)
      case .factor(let factor): return x * factor
      case .affine(let factor, let shift): return x * factor + shift
      }
    }
  }

  private static func inPlace(_ name: String, channels: Bool, alpha: Bool) -> Form {
    .composite("aten::\(name)(Tensor(a!) self, float p, bool train) -> Tensor(a!)") { x, p, train in
      switch try noise(x, p, train, channels: channels, alpha: alpha) {
      case .absent: return x
      case .factor(let factor): return try PointwiseOps.mul.inPlace.callThrowing(x, factor)
      case .affine(let factor, let shift):
        return try PointwiseOps.add.inPlace.callThrowing(try PointwiseOps.mul.inPlace.callThrowing(x, factor), shift, 1)
      }
    }
  }

  static let alpha = form("alpha_dropout", channels: false, alpha: true)
  static let feature = form("feature_dropout", channels: true, alpha: false)
  static let featureAlpha = form("feature_alpha_dropout", channels: true, alpha: true)

  static let table: [AnyOp] = [
    alpha.erased, feature.erased, featureAlpha.erased, inPlace("alpha_dropout_", channels: false, alpha: true).erased,
    inPlace("feature_dropout_", channels: true, alpha: false).erased,
    inPlace("feature_alpha_dropout_", channels: true, alpha: true).erased,
  ]
}

/// Replaces each element with probability `p` by the negative saturation of SELU, scaled and shifted so that mean and variance
/// stay; nothing outside training. `torch.nn.functional.alpha_dropout`.
public func alphaDropout(_ input: Tensor, p: Double = 0.5, training: Bool = false) -> Tensor {
  NoiseDropout.alpha(input, p, training)
}
/// Sets whole channels of sizes (N, C, …) to zero with probability `p` and multiplies the others by 1 / (1 - p); nothing outside
/// training. `torch.feature_dropout`, on which `dropout1d`, `dropout2d` and `dropout3d` rest.
public func featureDropout(_ input: Tensor, p: Double = 0.5, training: Bool = true) -> Tensor {
  NoiseDropout.feature(input, p, training)
}
/// `alphaDropout` of whole channels of sizes (N, C, …). `torch.nn.functional.feature_alpha_dropout`.
public func featureAlphaDropout(_ input: Tensor, p: Double = 0.5, training: Bool = false) -> Tensor {
  NoiseDropout.featureAlpha(input, p, training)
}
