import TorchOps

/// What the layers share that zero something at random in training.
open class DropoutLayer: Module {
  /// The probability with which something is zeroed.
  public let p: Double

  public init(_ p: Double = 0.5) {
    self.p = checked(0, "Dropout") {
      guard p >= 0 && p <= 1 else { throw TorchError(.value, "p: expected a probability from 0 to 1, got \(p)") }
      return p
    }
  }

  open override var extraDescription: String { "p=\(Described.number(p)), inplace=False" }
}

/// In training, zeroes each element with probability p and scales the others by 1 / (1 - p). `torch.nn.Dropout`.
open class Dropout: DropoutLayer {
  open override func forward(_ x: Tensor) -> Tensor { dropout(x, p: p, training: isTraining) }
}

/// Zeroes whole channels of inputs (N, C, L) or (C, L) in training. `torch.nn.Dropout1d`.
open class Dropout1d: DropoutLayer {
  open override func forward(_ x: Tensor) -> Tensor { dropout1d(x, p: p, training: isTraining) }
}

/// Zeroes whole channels of inputs (N, C, H, W) in training; of three dimensions as (N, C, L), as PyTorch takes them.
/// `torch.nn.Dropout2d`.
open class Dropout2d: DropoutLayer {
  open override func forward(_ x: Tensor) -> Tensor { dropout2d(x, p: p, training: isTraining) }
}

/// Zeroes whole channels of inputs (N, C, D, H, W) or (C, D, H, W) in training. `torch.nn.Dropout3d`.
open class Dropout3d: DropoutLayer {
  open override func forward(_ x: Tensor) -> Tensor { dropout3d(x, p: p, training: isTraining) }
}

/// Dropout that keeps mean and variance, for layers with ``SELU``. `torch.nn.AlphaDropout`.
open class AlphaDropout: DropoutLayer {
  open override func forward(_ x: Tensor) -> Tensor { alphaDropout(x, p: p, training: isTraining) }
}

/// ``AlphaDropout`` of whole channels. `torch.nn.FeatureAlphaDropout`.
open class FeatureAlphaDropout: DropoutLayer {
  open override func forward(_ x: Tensor) -> Tensor { featureAlphaDropout(x, p: p, training: isTraining) }
}
