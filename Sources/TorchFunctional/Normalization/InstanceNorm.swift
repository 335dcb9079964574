import TorchCore

/// Normalisation of each channel of each sample: batch norm of one sample with a channel for each of them.
enum InstanceNorm {
  static let instanceNorm = Op<Tensor, Tensor?, Tensor?, Tensor?, Tensor?, Bool, Double, Double, Bool, Tensor>.composite(
    "aten::instance_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool use_input_stats, float momentum, float eps, bool cudnn_enabled) -> Tensor",
    rule: { x, weight, bias, mean, variance, fromInput, _, _, _ in
      guard x.rank >= 2 else { throw TorchError(.shape, "expected sizes (N, C, …), got \(x.impl.sizes)") }
      guard fromInput || (mean != nil && variance != nil) else {
        throw TorchError(.value, "running_mean and running_var are needed when use_input_stats is not set")
      }
      let channels = x.impl.sizes[1]
      for case (let name, let tensor?) in [
        ("weight", weight), ("bias", bias), ("running_mean", mean), ("running_var", variance),
      ] as [(String, Tensor?)] {
        guard tensor.rank == 1, tensor.count == channels else {
          throw TorchError(.shape, "\(name) must have one element for each of \(channels) channels, got \(tensor.summary)")
        }
      }
    },
    samples: { s in
      let none = IValue.none
      return [
        Sample(
          .tensor(s.tensor([2, 3, 4])), .tensor(s.tensor([3], low: 0.5, high: 2)), .tensor(s.tensor([3])), none, none, true.box(),
          0.1.box(), 1e-5.box(), false.box()),
        Sample(
          .tensor(s.tensor([2, 3, 2, 2])), none, none, .tensor(s.tensor([3])), .tensor(s.tensor([3], low: 0.5, high: 2)),
          false.box(), 0.1.box(), 1e-5.box(), false.box()),
      ]
    }
  ) { x, weight, bias, mean, variance, fromInput, momentum, eps, _ in
    let (batch, channels) = (x.shape[0], x.shape[1])
    func spread(_ parameter: Tensor?) -> Tensor? { parameter.map { repeated($0, batch) } }
    let (means, variances) = noGrad { (spread(mean), spread(variance)) }
    let planes = x.contiguous().reshape([1, batch * channels] + x.shape.dropFirst(2))
    let out = try BatchNorm.batchNorm.callThrowing(
      planes, spread(weight), spread(bias), means, variances, fromInput, momentum, eps, false)
    // The running statistics move to the average of what the samples made of them.
    if fromInput && batch > 0 {
      noGrad {
        if let mean, let means { mean.copy_(means.reshape([batch, channels]).mean(0)) }
        if let variance, let variances { variance.copy_(variances.reshape([batch, channels]).mean(0)) }
      }
    }
    return out.reshape(x.shape)
  }

  /// A vector `count` times in a row.
  private static func repeated(_ x: Tensor, _ count: Int) -> Tensor {
    x.unsqueeze(0).expand([count, x.count]).reshape([count * x.count])
  }

  static let table: [AnyOp] = [instanceNorm.erased]
}

/// Normalises each channel of each sample of sizes (N, C, …) over its positions. `torch.nn.functional.instance_norm`.
/// - Parameters:
///   - runningMean, runningVar: one element a channel; they move by `momentum` toward the batch's statistics, in place, or are used
///     instead of them without `useInputStatistics`.
///   - weight, bias: one factor and one summand a channel.
public func instanceNorm(
  _ input: Tensor, runningMean: Tensor? = nil, runningVar: Tensor? = nil, weight: Tensor? = nil, bias: Tensor? = nil,
  useInputStatistics: Bool = true, momentum: Double = 0.1, eps: Double = 1e-5
) -> Tensor {
  InstanceNorm.instanceNorm(input, weight, bias, runningMean, runningVar, useInputStatistics, momentum, eps, false)
}
