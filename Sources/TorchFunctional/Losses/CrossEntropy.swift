import TorchCore
import CTorchKernels

/// Cross entropy from logits, fused: the softmax is never stored.
enum CrossEntropy {
  /// Of logits (rows, classes): the loss, the logarithms of the sums of exponentials, and the sum of weights that the mean
  /// divides by.
  static let rows = recordedRows.differentiableInFirst

  private static let recordedRows: Op<Tensor, Tensor, Tensor?, Reduction, Int, Double, TensorTriple> = .structured(
    "aten::_cross_entropy_rows(Tensor self, Tensor target, Tensor? weight, int reduction, int ignore_index, float label_smoothing) -> (Tensor, Tensor, Tensor)",
    rule: { x, target, weight, reduction, _, _ in
      guard x.rank == 2 else { throw TorchError(.shape, "expected logits of sizes (rows, classes), got \(x.summary)") }
      let layout = try ClassLayout(x.impl.sizes)
      try layout.check(x, target, weight)
      return (
        TensorSpec(like: x, sizes: reduction == .none ? layout.targetSizes : []),
        TensorSpec(like: x, sizes: layout.targetSizes, dtype: x.dtype.widened),
        TensorSpec(like: x, sizes: [], dtype: x.dtype.widened)
      )
    },
    kernel: { out, x, target, weight, reduction, ignoreIndex, smoothing in
      let layout = try ClassLayout(x.impl.sizes)
      let logits = x.kernelInput
      let targets = target.to(.int64).contiguous()
      let weight = weight?.kernelInput
      let type = logits.dtype
      let fn = try NNKernels.table(type).pointee.cross_entropy
      let losses =
        reduction == .none && out.first.dtype == type ? out.first : try Tensor.allocate(TensorSpec([layout.rows], type))
      let weights = reduction == .mean ? try Tensor.allocate(TensorSpec([layout.rows], type)) : nil
      let bad = FirstBadIndex()
      withExtendedLifetime(weight) {
        withUnsafePointer(to: layout.spec(weight, ignoreIndex: ignoreIndex, smoothing: smoothing)) { spec in
          parallelFor(layout.rows, grain: layout.grain) { part in
            bad.note(
              fn(
                losses.address, out.second.address, weights?.address, logits.address, targets.pointer(Int64.self), spec,
                Int64(part.lowerBound), Int64(part.upperBound)))
          }
        }
      }
      try layout.verify(bad.position, targets, ignoreIndex: ignoreIndex)
      try ClassLayout.reduce(losses, weights, reduction, into: out.first, total: out.third)
    },
    vjp: { tape, x, target, weight, reduction, ignoreIndex, smoothing in
      let (logits, targets, weight) = (tape.save(x), tape.save(target), tape.save(weight))
      // Constants of the backward: their own derivative is part of the logits'.
      let (logSums, total) = (tape.result.second.alias(), tape.result.third.alias())
      return { g, sink in
        guard let gradient = g[0] else { return }
        sink[0] = rowsBackward(
          gradient, try sink.value(logits), logSums, try sink.value(targets), try weight.map { try sink.value($0) }, total,
          reduction,
          ignoreIndex, smoothing)
      }
    },
    samples: { s in
      let target = s.integers([4], high: 3)
      return [
        Sample(.tensor(s.tensor([4, 3])), .tensor(target), .none, 1.box(), (-100).box(), 0.0.box()),
        Sample(
          .tensor(s.tensor([4, 3])), .tensor(target), .tensor(s.tensor([3], low: 0.5, high: 2)), 0.box(), 1.box(), 0.1.box()),
      ]
    })

  static let rowsBackward: Op<Tensor, Tensor, Tensor, Tensor, Tensor?, Tensor, Reduction, Int, Double, Tensor> = .structured(
    "aten::_cross_entropy_rows_backward(Tensor grad_output, Tensor self, Tensor log_sums, Tensor target, Tensor? weight, Tensor total_weight, int reduction, int ignore_index, float label_smoothing) -> Tensor",
    rule: { _, x, _, _, _, _, _, _, _ in TensorSpec(like: x) },
    kernel: { out, g, x, logSums, target, weight, total, reduction, ignoreIndex, smoothing in
      let layout = try ClassLayout(x.impl.sizes)
      let (logits, gradient, sums) = (x.kernelInput, g.kernelInput, logSums.kernelInput)
      let targets = target.to(.int64).contiguous()
      let weight = weight?.kernelInput
      let fn = try NNKernels.table(logits.dtype).pointee.cross_entropy_backward
      let scale = try ClassLayout.scale(total, reduction)
      try NNKernels.filling(out) { result in
        withExtendedLifetime(weight) {
          withUnsafePointer(to: layout.spec(weight, ignoreIndex: ignoreIndex, smoothing: smoothing)) { spec in
            parallelFor(layout.rows, grain: layout.grain) { part in
              fn(
                result.address, gradient.address, reduction == .none ? 1 : 0, scale, logits.address, sums.address,
                targets.pointer(Int64.self), spec, Int64(part.lowerBound), Int64(part.upperBound))
            }
          }
        }
      }
    },
    vjp: { tape, g, x, _, target, weight, total, reduction, ignoreIndex, smoothing in
      let (gradient, logits, targets, weight) = (tape.save(g), tape.save(x), tape.save(target), tape.save(weight))
      return { v, sink in
        // The gradient of a row is g * (a * softmax(x) - b), with the weighted, smoothed one-hot targets b and their sum a.
        let g = try sink.value(gradient)
        let x = try sink.value(logits)
        let t = try sink.value(targets).unsqueeze(1)
        let classes = x.shape[1]
        let counts = (t .!= Tensor(ignoreIndex)).to(x.dtype)
        let weights = try weight.map { try sink.value($0) } ?? Tensor.ones([classes], dtype: x.dtype)
        let oneHot = (t .== Tensor.arange(Scalar(classes))).to(x.dtype)
        let b =
          weights * counts
          * (oneHot * Tensor(scalar: .double(1 - smoothing)) + Tensor(scalar: .double(smoothing / Double(classes))))
        let a = b.sum(1, keepDim: true)
        let scale = Tensor(scalar: .double(try ClassLayout.scale(total, reduction)))
        let p = x.softmax(dim: 1)
        if sink.wants(0) {
          let rows = (v.first * (a * p - b)).sum(1) * scale
          sink[0] = reduction == .none ? rows : rows.sum()
        }
        if sink.wants(1) {
          let spread = p * (v.first - (v.first * p).sum(1, keepDim: true))
          sink[1] = spread * a * (reduction == .none ? g.unsqueeze(1) : g) * scale
        }
      }
    })

  // MARK: PyTorch's op

  static let loss = Op<Tensor, Tensor, Tensor?, Reduction, Int, Double, Tensor>.composite(
    "aten::cross_entropy_loss(Tensor self, Tensor target, Tensor? weight=None, int reduction=1, SymInt ignore_index=-100, float label_smoothing=0.) -> Tensor",
    rule: { x, target, weight, _, _, smoothing in
      let layout = try ClassLayout(x.impl.sizes)
      guard smoothing >= 0 && smoothing <= 1 else {
        throw TorchError(.value, "label_smoothing must lie in 0...1, got \(smoothing)")
      }
      if target.impl.sizes == x.impl.sizes, target.dtype.isFloatingPoint {
        try NNKernels.require(x.dtype, "the logits")
        if let weight, weight.rank != 1 || weight.count != layout.classes {
          throw TorchError(.shape, "weight must have one element for each of \(layout.classes) classes, got \(weight.summary)")
        }
      } else {
        try layout.check(x, target, weight)
      }
    },
    samples: { s in
      let target = s.integers([4], high: 3)
      let weight = s.tensor([3], low: 0.5, high: 2)
      let none = IValue.none
      return [
        Sample(.tensor(s.tensor([4, 3])), .tensor(target), none, 1.box(), (-100).box(), 0.0.box()),
        Sample(.tensor(s.tensor([4, 3])), .tensor(target), .tensor(weight), 1.box(), 1.box(), 0.2.box()),
        Sample(.tensor(s.tensor([4, 3])), .tensor(target), .tensor(weight), 2.box(), (-100).box(), 0.0.box()),
        Sample(
          .tensor(s.tensor([2, 3, 2, 2])), .tensor(s.integers([2, 2, 2], high: 3)), none, 0.box(), (-100).box(), 0.1.box()),
        Sample(.tensor(s.tensor([3])), .tensor(s.integers([], high: 3)), none, 1.box(), (-100).box(), 0.0.box()),
        Sample(
          .tensor(s.tensor([4, 3])), .tensor(s.tensor([4, 3], low: 0, high: 1)), .tensor(weight), 1.box(), (-100).box(), 0.1.box()
        ),
      ]
    }
  ) { x, target, weight, reduction, ignoreIndex, smoothing in
    if target.impl.sizes == x.impl.sizes, target.dtype.isFloatingPoint {
      return fromProbabilities(x, target, weight, reduction, smoothing)
    }
    var (logits, targets) = (x, target)
    if x.rank == 1 {
      (logits, targets) = (x.unsqueeze(0), target.reshape([1]))
    } else if x.rank > 2 {
      let order = [0] + Array(2..<x.rank) + [1]
      (logits, targets) = (x.permute(order).reshape([-1, x.shape[1]]), target.reshape([-1]))
    }
    let loss = try rows.callThrowing(logits, targets, weight, reduction, ignoreIndex, smoothing).first
    return reduction == .none && x.rank != 2 ? loss.reshape(target.shape) : loss
  }

  private static func fromProbabilities(
    _ x: Tensor, _ target: Tensor, _ weight: Tensor?, _ reduction: Reduction, _ smoothing: Double
  ) -> Tensor {
    let dim = x.rank == 1 ? 0 : 1
    let classes = x.shape[dim]
    var goal = target
    if smoothing > 0 {
      goal = target * Tensor(scalar: .double(1 - smoothing)) + Tensor(scalar: .double(smoothing / Double(classes)))
    }
    var terms = x.logSoftmax(dim: dim) * goal
    if let weight {
      var shape = Array(repeating: 1, count: x.rank)
      shape[dim] = classes
      terms = terms * weight.reshape(shape)
    }
    switch reduction {
    case .none: return -terms.sum(dim)
    case .sum: return -terms.sum()
    case .mean: return -terms.sum() / Tensor(scalar: .double(Double(x.count) / Double(classes)))
    }
  }

  static let table: [AnyOp] = [rows.erased, rowsBackward.erased, loss.erased]
}

/// The cross entropy between logits and targets. `torch.nn.functional.cross_entropy`.
/// - Parameters:
///   - logits: sizes (C), (N, C) or (N, C, d1, …), floating-point.
///   - target: class indices of the logits' sizes without C, or probabilities of the logits' sizes.
///   - weight: one factor for each class, of the logits' type. The mean then divides by the sum of the targets' weights.
///   - ignoreIndex: targets of this value contribute nothing.
///   - labelSmoothing: the share of each target, in 0...1, that is spread over all classes.
public func crossEntropy(
  _ logits: Tensor, _ target: Tensor, weight: Tensor? = nil, ignoreIndex: Int = -100, reduction: Reduction = .mean,
  labelSmoothing: Double = 0
) -> Tensor {
  CrossEntropy.loss(logits, target, weight, reduction, ignoreIndex, labelSmoothing)
}
