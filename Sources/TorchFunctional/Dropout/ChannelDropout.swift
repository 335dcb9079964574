import TorchCore

/// Zeroes whole channels of (N, C, L) or (C, L) with probability p and scales the others by 1 / (1 - p).
/// `torch.nn.functional.dropout1d`.
public func dropout1d(_ input: Tensor, p: Double = 0.5, training: Bool = true) -> Tensor {
  channelwise(input, "dropout1d", ranks: 2...3, p, training)
}

/// Zeroes whole channels of (N, C, H, W); of three dimensions as (N, C, L), as PyTorch takes them. `torch.nn.functional.dropout2d`.
public func dropout2d(_ input: Tensor, p: Double = 0.5, training: Bool = true) -> Tensor {
  channelwise(input, "dropout2d", ranks: 3...4, addsBatch: false, p, training)
}

/// Zeroes whole channels of (N, C, D, H, W) or (C, D, H, W). `torch.nn.functional.dropout3d`.
public func dropout3d(_ input: Tensor, p: Double = 0.5, training: Bool = true) -> Tensor {
  channelwise(input, "dropout3d", ranks: 4...5, p, training)
}

/// Throws unless the input has one of the numbers of dimensions; adds a batch dimension to the smaller.
private func channelwise(
  _ x: Tensor, _ name: String, ranks: ClosedRange<Int>, addsBatch: Bool = true, _ p: Double, _ training: Bool
) -> Tensor {
  checked(.poison(), name) {
    guard x.isDefined else { return .poison() }
    guard ranks.contains(x.rank) else {
      throw TorchError(.shape, "expected an input of \(ranks.lowerBound) or \(ranks.upperBound) dimensions, got \(x.summary)")
    }
    guard addsBatch && x.rank == ranks.lowerBound else { return featureDropout(x, p: p, training: training) }
    return featureDropout(x.unsqueeze(0), p: p, training: training).squeeze(0)
  }
}
