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

  /// Throws unless the input has one of the numbers of dimensions; adds a batch dimension to the smaller.
  fileprivate func channelwise(_ x: Tensor, _ ranks: ClosedRange<Int>, addsBatch: Bool = true) -> Tensor {
    checked(.poison(), typeName) {
      guard x.isDefined else { return .poison() }
      guard ranks.contains(x.rank) else {
        throw TorchError(.shape, "expected an input of \(ranks.lowerBound) or \(ranks.upperBound) dimensions, got \(x.summary)")
      }
      guard addsBatch && x.rank == ranks.lowerBound else { return featureDropout(x, p: p, training: isTraining) }
      return featureDropout(x.unsqueeze(0), p: p, training: isTraining).squeeze(0)
    }
  }
}

/// In training, zeroes each element with probability p and scales the others by 1 / (1 - p). `torch.nn.Dropout`.
open class Dropout: DropoutLayer {
  open override func forward(_ x: Tensor) -> Tensor { dropout(x, p: p, training: isTraining) }
}

/// Zeroes whole channels of inputs (N, C, L) or (C, L) in training. `torch.nn.Dropout1d`.
open class Dropout1d: DropoutLayer {
  open override func forward(_ x: Tensor) -> Tensor { channelwise(x, 2...3) }
}

/// Zeroes whole channels of inputs (N, C, H, W) in training; of three dimensions as (N, C, L), as PyTorch takes them.
/// `torch.nn.Dropout2d`.
open class Dropout2d: DropoutLayer {
  open override func forward(_ x: Tensor) -> Tensor { channelwise(x, 3...4, addsBatch: false) }
}

/// Zeroes whole channels of inputs (N, C, D, H, W) or (C, D, H, W) in training. `torch.nn.Dropout3d`.
open class Dropout3d: DropoutLayer {
  open override func forward(_ x: Tensor) -> Tensor { channelwise(x, 4...5) }
}

/// Dropout that keeps mean and variance, for layers with ``SELU``. `torch.nn.AlphaDropout`.
open class AlphaDropout: DropoutLayer {
  open override func forward(_ x: Tensor) -> Tensor { alphaDropout(x, p: p, training: isTraining) }
}

/// ``AlphaDropout`` of whole channels. `torch.nn.FeatureAlphaDropout`.
open class FeatureAlphaDropout: DropoutLayer {
  open override func forward(_ x: Tensor) -> Tensor { featureAlphaDropout(x, p: p, training: isTraining) }
}
