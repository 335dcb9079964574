import TorchCore
import CTorchKernels

/// The negative log-likelihood of target classes, from log-probabilities.
enum NegativeLogLikelihood {
  /// The loss, and the sum of weights that the mean divides by.
  static let forward = recordedForward.differentiableInFirst

  private static let recordedForward: Op<Tensor, Tensor, Tensor?, Reduction, Int, TensorPair> = .structured(
    "aten::nll_loss_forward(Tensor self, Tensor target, Tensor? weight, int reduction, SymInt ignore_index) -> (Tensor output, Tensor total_weight)",
    rule: { x, target, weight, reduction, _ in
      let layout = try ClassLayout(x.impl.sizes)
      try layout.check(x, target, weight)
      return (TensorSpec(like: x, sizes: reduction == .none ? layout.targetSizes : []), TensorSpec(like: x, sizes: []))
    },
    kernel: { out, x, target, weight, reduction, ignoreIndex in
      let layout = try ClassLayout(x.impl.sizes)
      let scores = x.kernelInput
      let targets = target.to(.int64).contiguous()
      let weight = weight?.kernelInput
      let type = scores.dtype
      let fn = try NNKernels.table(type).pointee.nll_loss
      let direct = reduction == .none && out.values.dtype == type
      let losses = direct ? out.values : try Tensor.allocate(TensorSpec(layout.targetSizes, type))
      let weights = reduction == .mean ? try Tensor.allocate(TensorSpec(layout.targetSizes, type)) : nil
      let bad = FirstBadIndex()
      withExtendedLifetime(weight) {
        withUnsafePointer(to: layout.spec(weight, ignoreIndex: ignoreIndex, smoothing: 0)) { spec in
          parallelFor(layout.rows, grain: layout.grain) { part in
            bad.note(
              fn(
                losses.address, weights?.address, scores.address, targets.pointer(Int64.self), spec, Int64(part.lowerBound),
                Int64(part.upperBound)))
          }
        }
      }
      try layout.verify(bad.position, targets, ignoreIndex: ignoreIndex)
      try NNKernels.filling(out.indices) { total in
        try ClassLayout.reduce(losses, weights, reduction, into: out.values, total: total)
      }
    },
    vjp: { tape, x, target, weight, reduction, ignoreIndex in
      let (scores, targets, weight) = (tape.save(x), tape.save(target), tape.save(weight))
      let total = tape.result.indices.alias()
      return { g, sink in
        guard let gradient = g[0] else { return }
        sink[0] = try backward.callThrowing(
          gradient, try sink.value(scores), try sink.value(targets), try weight.map { try sink.value($0) }, reduction,
          ignoreIndex, total)
      }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([4, 3])), .tensor(s.integers([4], high: 3)), .none, 1.box(), (-100).box()),
        Sample(
          .tensor(s.tensor([2, 3, 2])), .tensor(s.integers([2, 2], high: 3)), .tensor(s.tensor([3], low: 0.5, high: 2)), 0.box(),
          1.box()),
      ]
    })

  static let backward: Op<Tensor, Tensor, Tensor, Tensor?, Reduction, Int, Tensor, Tensor> = .structured(
    "aten::nll_loss_backward(Tensor grad_output, Tensor self, Tensor target, Tensor? weight, int reduction, SymInt ignore_index, Tensor total_weight) -> Tensor",
    rule: { _, x, target, weight, _, _, _ in
      try ClassLayout(x.impl.sizes).check(x, target, weight)
      return TensorSpec(like: x)
    },
    kernel: { out, g, x, target, weight, reduction, ignoreIndex, total in
      let layout = try ClassLayout(x.impl.sizes)
      let gradient = g.kernelInput
      let targets = target.to(.int64).contiguous()
      let weight = weight?.kernelInput
      let fn = try NNKernels.table(gradient.dtype).pointee.nll_loss_backward
      let scale = try ClassLayout.scale(total, reduction)
      try NNKernels.filling(out) { result in
        withExtendedLifetime(weight) {
          withUnsafePointer(to: layout.spec(weight, ignoreIndex: ignoreIndex, smoothing: 0)) { spec in
            parallelFor(layout.rows, grain: layout.grain) { part in
              fn(
                result.address, gradient.address, reduction == .none ? 1 : 0, scale, targets.pointer(Int64.self), spec,
                Int64(part.lowerBound), Int64(part.upperBound))
            }
          }
        }
      }
    },
    vjp: { tape, _, _, target, weight, reduction, ignoreIndex, _ in
      let (targets, weight) = (tape.save(target), tape.save(weight))
      return { v, sink in
        // The loss is linear in the scores, so this derivative is the loss itself.
        sink[0] =
          forward(
            v.first, try sink.value(targets), try weight.map { try sink.value($0) }, reduction, ignoreIndex
          ).values
      }
    })

  private static let samples: SampleMaker = { s in
    [
      Sample(.tensor(s.tensor([4, 3])), .tensor(s.integers([4], high: 3)), .none, 1.box(), (-100).box()),
      Sample(
        .tensor(s.tensor([4, 3])), .tensor(s.integers([4], high: 3)), .tensor(s.tensor([3], low: 0.5, high: 2)), 1.box(),
        1.box()),
      Sample(.tensor(s.tensor([3])), .tensor(s.integers([], high: 3)), .none, 2.box(), (-100).box()),
      Sample(.tensor(s.tensor([2, 3, 2, 2])), .tensor(s.integers([2, 2, 2], high: 3)), .none, 0.box(), (-100).box()),
    ]
  }

  private static func composite(_ schema: String) -> Op<Tensor, Tensor, Tensor?, Reduction, Int, Tensor> {
    .composite(schema, samples: samples) { x, target, weight, reduction, ignoreIndex in
      try forward.callThrowing(x, target, weight, reduction, ignoreIndex).values
    }
  }

  static let lossND = composite(
    "aten::nll_loss_nd(Tensor self, Tensor target, Tensor? weight=None, int reduction=1, SymInt ignore_index=-100) -> Tensor")

  static let table: [AnyOp] = [
    forward.erased, backward.erased, lossND.erased,
    composite(
      "aten::nll_loss(Tensor self, Tensor target, Tensor? weight=None, int reduction=1, SymInt ignore_index=-100) -> Tensor"
    ).erased,
    composite(
      "aten::nll_loss2d(Tensor self, Tensor target, Tensor? weight=None, int reduction=1, SymInt ignore_index=-100) -> Tensor"
    ).erased,
  ]
}

/// The negative log-likelihood of class indices. `torch.nn.functional.nll_loss`.
/// - Parameters:
///   - logProbabilities: sizes (C), (N, C) or (N, C, d1, …), floating-point.
///   - target: class indices of the same sizes without C.
///   - weight: one factor for each class. The mean then divides by the sum of the targets' weights.
///   - ignoreIndex: targets of this value contribute nothing.
public func nllLoss(
  _ logProbabilities: Tensor, _ target: Tensor, weight: Tensor? = nil, ignoreIndex: Int = -100, reduction: Reduction = .mean
) -> Tensor {
  NegativeLogLikelihood.lossND(logProbabilities, target, weight, reduction, ignoreIndex)
}
