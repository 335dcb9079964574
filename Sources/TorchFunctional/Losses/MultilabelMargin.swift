import TorchCore
import CTorchKernels

/// The margins between a sample's labels and its other classes.
enum MultilabelMargin {
  /// Scores (N, C) or (C), with the labels of each sample in a row that ends with the first -1.
  private struct Layout {
    let rows: Int
    let classes: Int

    init(_ x: Tensor, _ target: Tensor) throws {
      try NNKernels.require(x.dtype, "the scores")
      guard target.dtype == .int64 else { throw TorchError(.dtype, "targets must be int64, got \(target.dtype)") }
      guard x.rank <= 2, x.rank == 0 || x.impl.sizes[x.rank - 1] > 0 else {
        throw TorchError(.shape, "expected scores of sizes (C) or (N, C) with at least one class, got \(x.impl.sizes)")
      }
      (rows, classes) = (x.rank == 2 ? x.impl.sizes[0] : 1, x.rank == 0 ? 1 : x.impl.sizes[x.rank - 1])
      let fits = x.rank == 2 ? target.impl.sizes == x.impl.sizes : target.rank <= 1 && target.count == classes
      guard fits else {
        throw TorchError(.shape, "targets must have the scores' sizes \(x.impl.sizes), got \(target.summary)")
      }
    }

    /// Sizes of a loss that is not averaged or summed.
    func sizes(_ target: Tensor, _ reduction: Reduction) -> Dims { reduction == .none && target.rank > 1 ? [rows] : [] }
    func lossScale(_ reduction: Reduction) -> Double { reduction == .mean ? 1 / Double(rows) : 1 }
    var grain: Int { Swift.max(1, 16384 / Swift.max(1, classes)) }

    /// The labels in order, each of them a class or negative.
    func labels(_ target: Tensor) throws -> Tensor {
      let labels = target.contiguous()
      let list = labels.pointer(Int64.self)
      for i in 0..<labels.count where list[i] < -1 || list[i] >= Int64(classes) {
        throw TorchError(
          .index, "target \(list[i]) at position \(i) is out of range: expected 0 to \(classes - 1), or -1 after the last one")
      }
      return labels
    }
  }

  static let forward = recorded.differentiableInFirst

  private static let recorded: Op<Tensor, Tensor, Reduction, TensorPair> = .structured(
    "aten::multilabel_margin_loss_forward(Tensor self, Tensor target, int reduction) -> (Tensor output, Tensor is_target)",
    rule: { x, target, reduction in
      let layout = try Layout(x, target)
      return (
        TensorSpec(like: x, sizes: layout.sizes(target, reduction)), TensorSpec(like: x, sizes: target.impl.sizes)
      )
    },
    kernel: { out, x, target, reduction in
      let layout = try Layout(x, target)
      let (scores, labels) = (x.kernelInput, try layout.labels(target))
      let kernels = try LossKernels.table(scores.dtype)
      let losses = try Tensor.allocate(TensorSpec([layout.rows], scores.dtype))
      try NNKernels.filling(out.indices) { marks in
        parallelFor(layout.rows, grain: layout.grain) { part in
          kernels.multilabel_margin(
            losses.address, marks.address, scores.address, labels.pointer(Int64.self), Int64(layout.classes),
            Int64(part.lowerBound), Int64(part.upperBound))
        }
      }
      let single = reduction == .none && target.rank <= 1
      Copying.copy(single ? losses.reshape([]) : reduction.apply(losses), into: out.values)
    },
    vjp: { tape, x, target, reduction in
      let (scores, labels) = (tape.save(x), tape.save(target))
      let marks = tape.result.indices.alias()
      return { g, sink in
        guard let gradient = g[0] else { return }
        sink[0] = try backward.callThrowing(gradient, try sink.value(scores), try sink.value(labels), reduction, marks)
      }
    },
    samples: samples)

  static let backward: Op<Tensor, Tensor, Tensor, Reduction, Tensor, Tensor> = .structured(
    "aten::multilabel_margin_loss_backward(Tensor grad_output, Tensor self, Tensor target, int reduction, Tensor is_target) -> Tensor",
    rule: { g, x, target, reduction, marks in
      let layout = try Layout(x, target)
      guard g.impl.sizes == layout.sizes(target, reduction), marks.impl.sizes == target.impl.sizes else {
        throw TorchError(
          .shape, "grad_output and is_target do not fit targets \(target.summary): got \(g.summary) and \(marks.summary)")
      }
      return TensorSpec(like: x)
    },
    kernel: { out, g, x, target, reduction, marks in
      let layout = try Layout(x, target)
      let (scores, gradient, labels) = (x.kernelInput, g.kernelInput, try layout.labels(target))
      let flags = marks.kernelInput
      let kernels = try LossKernels.table(scores.dtype)
      try NNKernels.filling(out) { result in
        parallelFor(layout.rows, grain: layout.grain) { part in
          kernels.multilabel_margin_backward(
            result.address, gradient.address, g.rank == 0 ? 0 : 1, layout.lossScale(reduction), scores.address,
            labels.pointer(Int64.self), flags.address, Int64(layout.classes), Int64(part.lowerBound), Int64(part.upperBound))
        }
      }
    },
    vjp: { tape, g, x, target, reduction, marks in
      let (scores, labels, flags) = (tape.save(x), tape.save(target), tape.save(marks))
      let sizes = g.shape
      return { v, sink in
        // The loss is linear between its kinks: only the gradient it was given matters.
        guard sink.wants(0) else { return }
        let x = try sink.value(scores)
        let one = Tensor.ones(sizes, dtype: x.dtype, device: x.device)
        let slopes = try backward.callThrowing(one, x.detach(), try sink.value(labels), reduction, try sink.value(flags))
        sink[0] = sizes.isEmpty ? (v.first * slopes).sum() : (v.first * slopes).sum(1)
      }
    })

  private static let samples: SampleMaker = { s in
    let target = Tensor([1, 3, -1, 0, 2, 0, 1, 3, -1, 0, 0, 0] as [Int64], shape: [3, 4])
    return [
      Sample(.tensor(s.tensor([3, 4])), .tensor(target), 1.box()),
      Sample(.tensor(s.tensor([3, 4])), .tensor(target), 0.box()),
      Sample(.tensor(s.tensor([4])), .tensor(Tensor([2, 0, -1, 1] as [Int64])), 2.box()),
    ]
  }

  static let loss = Op<Tensor, Tensor, Reduction, Tensor>.composite(
    "aten::multilabel_margin_loss(Tensor self, Tensor target, int reduction=1) -> Tensor", samples: samples
  ) { x, target, reduction in try forward.callThrowing(x, target, reduction).values }

  static let table: [AnyOp] = [forward.erased, backward.erased, loss.erased]
}

/// The average over classes of max(0, 1 - score of a label + score of another class), summed over a sample's labels. Scores (N, C)
/// or (C), floating-point; `target` of the same sizes lists labels up to the first -1.
/// `torch.nn.functional.multilabel_margin_loss`.
public func multilabelMarginLoss(_ input: Tensor, _ target: Tensor, reduction: Reduction = .mean) -> Tensor {
  MultilabelMargin.loss(input, target, reduction)
}

/// The cross entropy between logits of independent classes and targets of 0 and 1, averaged over the classes: scores (N, C) or
/// (C) with targets of the same sizes. `torch.nn.functional.multilabel_soft_margin_loss`.
/// - Parameter weight: one factor for each class.
public func multilabelSoftMarginLoss(
  _ input: Tensor, _ target: Tensor, weight: Tensor? = nil, reduction: Reduction = .mean
) -> Tensor {
  checked(.poison(), "multilabelSoftMarginLoss") {
    guard input.isDefined, target.isDefined else { return .poison() }
    guard input.rank > 0 else { throw TorchError(.shape, "expected scores of sizes (C) or (N, C), got a 0-d tensor") }
    var losses = -(target * input.logSigmoid() + (1 - target) * (-input).logSigmoid())
    if let weight { losses = losses * weight }
    guard losses.isDefined else { return losses }
    return reduction.apply(losses.sum(input.rank - 1) / Tensor(scalar: .double(Double(input.shape[input.rank - 1]))))
  }
}
