import TorchOps

/// Makes batches of samples. `torch.utils.data.default_collate`.
public enum Collation {
  /// Stacks tensors of equal sizes and type along a new first dimension.
  public static func stack(_ samples: [Tensor]) throws -> Tensor {
    guard let first = samples.first else { throw TorchError(.value, "expected at least one sample to collate") }
    for (i, sample) in samples.enumerated() where sample.sizes != first.sizes || sample.dtype != first.dtype {
      throw TorchError(
        .shape,
        "samples of a batch must be alike: the first is \(first.dtype)\(first.sizes), "
          + "number \(i) is \(sample.dtype)\(sample.sizes)")
    }
    let out = Tensor.empty([samples.count] + first.shape, dtype: first.dtype)
    noGrad {
      for (i, sample) in samples.enumerated() { out[i].copy_(sample) }
    }
    return out
  }

  /// Stacks the samples' first tensors, second tensors, ….
  public static func stack(_ samples: [[Tensor]]) throws -> [Tensor] {
    guard let width = samples.first?.count else { throw TorchError(.value, "expected at least one sample to collate") }
    if let other = samples.first(where: { $0.count != width }) {
      throw TorchError(.value, "samples of a batch must be alike: the first has \(width) tensors, another \(other.count)")
    }
    return try (0..<width).map { column in try stack(samples.map { $0[column] }) }
  }

  /// Stacks inputs and targets.
  public static func stack(_ samples: [(Tensor, Tensor)]) throws -> (Tensor, Tensor) {
    (try stack(samples.map(\.0)), try stack(samples.map(\.1)))
  }

  /// Stacks inputs, and makes an int64 tensor of class numbers.
  public static func stack(_ samples: [(Tensor, Int)]) throws -> (Tensor, Tensor) {
    (try stack(samples.map(\.0)), Tensor(samples.map(\.1)))
  }
}
