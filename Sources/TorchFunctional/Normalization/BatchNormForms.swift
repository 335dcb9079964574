import TorchCore

/// Batch normalisation under the other names that programs know it by.
enum BatchNormForms {
  static let legit = Op<Tensor, Tensor?, Tensor?, Tensor, Tensor, Bool, Double, Double, TensorTriple>.composite(
    "aten::_native_batch_norm_legit(Tensor input, Tensor? weight, Tensor? bias, Tensor(a!) running_mean, Tensor(b!) running_var, bool training, float momentum, float eps) -> (Tensor, Tensor, Tensor)",
    samples: { s in
      [
        Sample(
          .tensor(s.tensor([2, 3, 4])), .tensor(s.tensor([3], low: 0.5, high: 2)), .tensor(s.tensor([3])), .tensor(s.tensor([3])),
          .tensor(s.tensor([3], low: 0.5, high: 2)), false.box(), 0.1.box(), 1e-5.box())
      ]
    }
  ) { x, weight, bias, mean, variance, training, momentum, eps in
    try BatchNorm.native.callThrowing(x, weight, bias, mean, variance, training, momentum, eps)
  }

  static let withoutStatistics = Op<Tensor, Tensor?, Tensor?, Bool, Double, Double, TensorTriple>.composite(
    "aten::_native_batch_norm_legit.no_stats(Tensor input, Tensor? weight, Tensor? bias, bool training, float momentum, float eps) -> (Tensor, Tensor, Tensor)",
    samples: { s in
      [
        Sample(
          .tensor(s.tensor([2, 3, 4])), .tensor(s.tensor([3], low: 0.5, high: 2)), .none, true.box(), 0.1.box(), 1e-5.box())
      ]
    }
  ) { x, weight, bias, training, momentum, eps in
    try BatchNorm.native.callThrowing(x, weight, bias, nil, nil, training, momentum, eps)
  }

  static let evaluating = Op<Tensor, Tensor?, Tensor?, Tensor, Tensor, Double, Double, TensorTriple>.composite(
    "aten::_native_batch_norm_legit_no_training(Tensor input, Tensor? weight, Tensor? bias, Tensor running_mean, Tensor running_var, float momentum, float eps) -> (Tensor, Tensor, Tensor)",
    samples: { s in evaluationSamples(&s) }
  ) { x, weight, bias, mean, variance, momentum, eps in
    try BatchNorm.native.callThrowing(x, weight, bias, mean, variance, false, momentum, eps)
  }

  /// The fourth result is memory that other devices keep for the backward: empty here.
  static let updating = Op<Tensor, Tensor?, Tensor?, Tensor, Tensor, Double, Double, TensorQuadruple>.composite(
    "aten::_batch_norm_with_update(Tensor input, Tensor? weight, Tensor? bias, Tensor(a!) running_mean, Tensor(b!) running_var, float momentum, float eps) -> (Tensor, Tensor, Tensor, Tensor)"
  ) { x, weight, bias, mean, variance, momentum, eps in
    reserving(try BatchNorm.native.callThrowing(x, weight, bias, mean, variance, true, momentum, eps))
  }

  static let notUpdating = Op<Tensor, Tensor?, Tensor?, Tensor?, Tensor?, Double, Double, TensorQuadruple>.composite(
    "aten::_batch_norm_no_update(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, float momentum, float eps) -> (Tensor, Tensor, Tensor, Tensor)",
    samples: { s in evaluationSamples(&s) }
  ) { x, weight, bias, mean, variance, momentum, eps in
    reserving(try BatchNorm.native.callThrowing(x, weight, bias, mean, variance, false, momentum, eps))
  }

  private static func evaluationSamples(_ s: inout SampleSource) -> [Sample] {
    [
      Sample(
        .tensor(s.tensor([2, 3, 4])), .none, .tensor(s.tensor([3])), .tensor(s.tensor([3])),
        .tensor(s.tensor([3], low: 0.5, high: 2)), 0.1.box(), 1e-5.box())
    ]
  }

  private static func reserving(_ all: TensorTriple) -> TensorQuadruple {
    TensorQuadruple(all.first, all.second, all.third, Tensor.zeros([0], dtype: .uint8, device: all.first.device))
  }

  static let table: [AnyOp] = [
    legit.erased, withoutStatistics.erased, evaluating.erased, updating.erased, notUpdating.erased,
  ]
}
