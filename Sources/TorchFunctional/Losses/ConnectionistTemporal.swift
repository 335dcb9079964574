import TorchCore
import CTorchKernels

/// Connectionist temporal classification: the probability of a sequence of labels, summed over all ways to align it with time.
enum ConnectionistTemporal {
  /// Judged arguments: log-probabilities (time, batch, classes) and how long each sample is.
  struct Plan {
    let time: Int
    let batch: Int
    let classes: Int
    let blank: Int
    let inputLengths: [Int]
    let targetLengths: [Int]
    /// Where each sample's labels begin.
    let offsets: [Int]
    /// Columns of the forward variables: labels with blanks between and around them.
    var states: Int { 2 * (targetLengths.max() ?? 0) + 1 }

    init(_ x: Tensor, _ targets: Tensor, _ inputLengths: [Int], _ targetLengths: [Int], _ blank: Int) throws {
      try NNKernels.require(x.dtype, "log_probs")
      guard x.rank == 3 else { throw TorchError(.shape, "expected log_probs of sizes (T, N, C), got \(x.summary)") }
      guard targets.dtype == .int64 || targets.dtype == .int32 else {
        throw TorchError(.dtype, "targets must be int32 or int64, got \(targets.dtype)")
      }
      (time, batch, classes) = (x.impl.sizes[0], x.impl.sizes[1], x.impl.sizes[2])
      guard blank >= 0 && blank < classes else {
        throw TorchError(.index, "blank must be one of the \(classes) classes, got \(blank)")
      }
      guard inputLengths.count == batch, targetLengths.count == batch else {
        throw TorchError(
          .shape,
          "expected an input and a target length for each of \(batch) samples, got \(inputLengths.count) and \(targetLengths.count)")
      }
      for length in inputLengths where length < 0 || length > time {
        throw TorchError(.value, "input lengths must lie in 0...\(time), got \(length)")
      }
      for length in targetLengths where length < 0 || length > targets.count {
        throw TorchError(.value, "target lengths must lie in 0...\(targets.count), got \(length)")
      }
      var starts: [Int] = []
      if targets.rank == 1 {
        var next = 0
        for length in targetLengths {
          starts.append(next)
          next += length
        }
        guard targets.count == next else {
          throw TorchError(.shape, "the target lengths add up to \(next), but there are \(targets.count) targets")
        }
      } else {
        guard targets.rank == 2, targets.impl.sizes[0] == batch, targets.impl.sizes[1] >= targetLengths.max() ?? 0 else {
          throw TorchError(
            .shape,
            "expected targets of sizes (\(batch), at least \(targetLengths.max() ?? 0)) or concatenated, got \(targets.summary)")
        }
        starts = (0..<batch).map { $0 * targets.impl.sizes[1] }
      }
      (self.blank, self.inputLengths, self.targetLengths, offsets) = (blank, inputLengths, targetLengths, starts)
    }

    /// The labels in order; each one that counts is a class.
    func labels(_ targets: Tensor) throws -> Tensor {
      let labels = targets.to(.int64).contiguous()
      let list = labels.pointer(Int64.self)
      for (start, length) in zip(offsets, targetLengths) {
        for i in start..<(start + length) where list[i] < 0 || list[i] >= Int64(classes) {
          throw TorchError(.index, "target \(list[i]) at position \(i) is out of range for \(classes) classes")
        }
      }
      return labels
    }

    /// Gives the kernels' form of the plan.
    func withSpec(_ labels: Tensor, _ body: (UnsafePointer<torch_ctc>) -> Void) {
      let (starts, inputs, targets) = (offsets.map(Int64.init), inputLengths.map(Int64.init), targetLengths.map(Int64.init))
      starts.withUnsafeBufferPointer { starts in
        inputs.withUnsafeBufferPointer { inputs in
          targets.withUnsafeBufferPointer { targets in
            guard let a = starts.baseAddress, let b = targets.baseAddress, let c = inputs.baseAddress else { return }
            var spec = torch_ctc(
              time: Int64(time), batch: Int64(batch), classes: Int64(classes), blank: Int64(blank), states: Int64(states),
              targets: labels.pointer(Int64.self), target_offsets: a, target_lengths: b, input_lengths: c)
            body(&spec)
          }
        }
      }
    }

    var grain: Int { Swift.max(1, 2048 / Swift.max(1, time * states)) }
  }

  /// The negative logarithm of each sample's probability, and the forward variables (batch, time, states).
  static let forward = recorded.differentiableInFirst

  private static let recorded: Op<Tensor, Tensor, [Int], [Int], Int, Bool, TensorPair> = .structured(
    "aten::_ctc_loss(Tensor log_probs, Tensor targets, int[] input_lengths, int[] target_lengths, int blank=0, bool zero_infinity=False) -> (Tensor, Tensor)",
    rule: { x, targets, inputLengths, targetLengths, blank, _ in
      let plan = try Plan(x, targets, inputLengths, targetLengths, blank)
      return (
        TensorSpec(like: x, sizes: [plan.batch]), TensorSpec(like: x, sizes: [plan.batch, plan.time, plan.states])
      )
    },
    kernel: { out, x, targets, inputLengths, targetLengths, blank, _ in
      let plan = try Plan(x, targets, inputLengths, targetLengths, blank)
      let (source, labels) = (x.kernelInput, try plan.labels(targets))
      let kernels = try LossKernels.table(source.dtype)
      let size = Int(kernels.ctc_scratch(Int64(plan.states)))
      let scratch = try Tensor.allocate(TensorSpec([plan.batch, size], source.dtype))
      try NNKernels.filling(out.values) { losses in
        try NNKernels.filling(out.indices) { alpha in
          plan.withSpec(labels) { spec in
            parallelFor(plan.batch, grain: plan.grain) { part in
              kernels.ctc_loss(
                losses.address, alpha.address, scratch.address, source.address, spec, Int64(part.lowerBound),
                Int64(part.upperBound))
            }
          }
        }
      }
    },
    vjp: { tape, x, targets, inputLengths, targetLengths, blank, zeroInfinity in
      let (input, labels) = (tape.save(x), tape.save(targets))
      let (losses, alpha) = (tape.result.values.alias(), tape.result.indices.alias())
      return { g, sink in
        guard let gradient = g[0] else { return }
        sink[0] = try backward.callThrowing(
          gradient, try sink.value(input), try sink.value(labels), inputLengths, targetLengths, losses, alpha, blank,
          zeroInfinity)
      }
    },
    samples: { s in
      let x = s.tensor([5, 2, 4], low: -3, high: -0.5)
      return [
        Sample(
          .tensor(x), .tensor(Tensor([1, 2, 2, 3, 3, 0] as [Int64], shape: [2, 3])), [5, 4].box(), [3, 2].box(), 0.box(),
          false.box())
      ]
    })

  static let backward: Op<Tensor, Tensor, Tensor, [Int], [Int], Tensor, Tensor, Int, Bool, Tensor> = .structured(
    "aten::_ctc_loss_backward(Tensor grad, Tensor log_probs, Tensor targets, int[] input_lengths, int[] target_lengths, Tensor neg_log_likelihood, Tensor log_alpha, int blank, bool zero_infinity=False) -> Tensor",
    rule: { g, x, targets, inputLengths, targetLengths, losses, alpha, blank, _ in
      let plan = try Plan(x, targets, inputLengths, targetLengths, blank)
      guard g.impl.sizes == [plan.batch], losses.impl.sizes == [plan.batch],
        alpha.impl.sizes == [plan.batch, plan.time, plan.states]
      else {
        throw TorchError(
          .shape,
          "expected grad and neg_log_likelihood of sizes (\(plan.batch)) and log_alpha of (\(plan.batch), \(plan.time), \(plan.states)), got \(g.summary), \(losses.summary) and \(alpha.summary)"
        )
      }
      return TensorSpec(like: x)
    },
    kernel: { out, g, x, targets, inputLengths, targetLengths, losses, alpha, blank, zeroInfinity in
      let plan = try Plan(x, targets, inputLengths, targetLengths, blank)
      let (source, labels) = (x.kernelInput, try plan.labels(targets))
      let (gradient, nll, forward) = (g.kernelInput, losses.kernelInput, alpha.kernelInput)
      let kernels = try LossKernels.table(source.dtype)
      let size = Int(kernels.ctc_scratch(Int64(plan.states)))
      let scratch = try Tensor.allocate(TensorSpec([plan.batch, size], source.dtype))
      try NNKernels.filling(out) { result in
        plan.withSpec(labels) { spec in
          parallelFor(plan.batch, grain: plan.grain) { part in
            kernels.ctc_loss_backward(
              result.address, scratch.address, gradient.address, source.address, nll.address, forward.address, spec,
              zeroInfinity, Int64(part.lowerBound), Int64(part.upperBound))
          }
        }
      }
    },
    vjp: { tape, g, x, targets, inputLengths, targetLengths, losses, _, blank, _ in
      let (gradient, input, labels, losses) = (tape.save(g), tape.save(x), tape.save(targets), tape.save(losses))
      let plan = try Plan(x, targets, inputLengths, targetLengths, blank)
      return { v, sink in
        // An impossible sample has no derivative.
        let finite = try sink.value(losses).detach().isFinite().reshape([1, -1, 1])
        let labels = try plan.labels(try sink.value(labels))
        let pulled = try HigherOrder.pullBack(
          [try sink.value(input)], gradient: try sink.value(gradient),
          cotangents: [v[0].map { `where`(finite, $0, Tensor(scalar: 0)) }], createsGraph: sink.createsGraph
        ) { composed($0[0], labels, plan) }
        sink[0] = pulled.gradient
        sink[1] = pulled.inputs[0]
      }
    })

  /// The losses in tensor ops, one step of time after the other, and added to them what makes their gradient the one of `backward`,
  /// which takes the classes' probabilities to sum to one: the sum of the probabilities.
  private static func composed(_ x: Tensor, _ labels: Tensor, _ plan: Plan) -> Tensor {
    let (states, list) = (plan.states, labels.array(as: Int.self))
    let never = -1e30
    var extended = [Int](repeating: plan.blank, count: plan.batch * states)
    var skips = [Double](repeating: never, count: plan.batch * states)
    var start = [Double](repeating: never, count: plan.batch * states)
    for (b, (offset, length)) in zip(plan.offsets, plan.targetLengths).enumerated() {
      start[b * states] = 0
      if length > 0 { start[b * states + 1] = 0 }
      for i in 0..<length {
        extended[b * states + 2 * i + 1] = list[offset + i]
        if i > 0 && list[offset + i] != list[offset + i - 1] { skips[b * states + 2 * i + 1] = 0 }
      }
    }
    func table(_ values: [Double]) -> Tensor { Tensor(values, shape: [plan.batch, states], dtype: x.dtype) }
    let index = Tensor(extended, shape: [1, plan.batch, states]).expand([plan.time, plan.batch, states])
    let steps = x.gather(2, index)
    let skip = table(skips)
    var alpha = plan.time > 0 ? table(start) + steps[0] : table(start)
    func shifted(_ a: Tensor, _ by: Int) -> Tensor {
      let pad = Tensor.full([plan.batch, Swift.min(by, states)], .double(never), dtype: x.dtype)
      return states <= by ? pad : cat([pad, a.narrow(1, 0, states - by)], dim: 1)
    }
    for t in 1..<Swift.max(plan.time, 1) {
      let ways = stack([alpha, shifted(alpha, 1), shifted(alpha, 2) + skip], dim: 0)
      let running = Tensor(plan.inputLengths.map { $0 > t }, shape: [plan.batch, 1])
      alpha = `where`(running, ways.logSumExp(0) + steps[t], alpha)
    }
    let last = Tensor(plan.targetLengths.map { 2 * $0 }, shape: [plan.batch, 1])
    let label = Tensor(plan.targetLengths.map { Swift.max(2 * $0 - 1, 0) }, shape: [plan.batch, 1])
    let hasLabel = Tensor(plan.targetLengths.map { $0 > 0 }, shape: [plan.batch, 1])
    let byLabel = `where`(hasLabel, alpha.gather(1, label), Tensor(scalar: .double(never)))
    let losses = -cat([alpha.gather(1, last), byLabel], dim: 1).logSumExp(1)
    let inTime = Tensor.arange(Scalar(plan.time)).unsqueeze(1) .< Tensor(plan.inputLengths)
    return losses + `where`(inTime.unsqueeze(-1), x.exp(), Tensor(scalar: 0)).sum([0, 2])
  }

  // MARK: PyTorch's ops

  static let loss = Op<Tensor, Tensor, [Int], [Int], Int, Reduction, Bool, Tensor>.composite(
    "aten::ctc_loss.IntList(Tensor log_probs, Tensor targets, int[] input_lengths, int[] target_lengths, int blank=0, int reduction=1, bool zero_infinity=False) -> Tensor",
    rule: { x, _, _, _, _, _, _ in try checkRank(x) },
    samples: { s in
      let x = s.tensor([5, 2, 4], low: -3, high: -0.5)
      let targets = Tensor([1, 2, 2, 3, 3] as [Int64])
      return [Reduction.none, .mean, .sum].map {
        Sample(.tensor(x), .tensor(targets), [5, 4].box(), [3, 2].box(), 0.box(), $0.box(), true.box())
      }
    }
  ) { x, targets, inputLengths, targetLengths, blank, reduction, zeroInfinity in
    let batched = x.rank == 3
    var losses = try forward.callThrowing(
      batched ? x : x.unsqueeze(1), targets, inputLengths, targetLengths, blank, zeroInfinity
    ).values
    if zeroInfinity { losses = `where`(losses .== Tensor(scalar: .double(.infinity)), losses.zerosLike(), losses) }
    switch reduction {
    case .none: return batched ? losses : losses.squeeze(0)
    case .sum: return losses.sum()
    case .mean:
      let lengths = Tensor(targetLengths.map { Double(Swift.max($0, 1)) }, dtype: losses.dtype)
      return (losses / lengths).mean()
    }
  }

  static let lossTensor = Op<Tensor, Tensor, Tensor, Tensor, Int, Reduction, Bool, Tensor>.composite(
    "aten::ctc_loss.Tensor(Tensor log_probs, Tensor targets, Tensor input_lengths, Tensor target_lengths, int blank=0, int reduction=1, bool zero_infinity=False) -> Tensor",
    rule: { x, _, inputLengths, targetLengths, _, _, _ in
      try checkRank(x)
      for (name, lengths) in [("input_lengths", inputLengths), ("target_lengths", targetLengths)] {
        guard lengths.dtype.isInteger else { throw TorchError(.dtype, "\(name) must be integers, got \(lengths.dtype)") }
      }
    },
    samples: { s in
      let x = s.tensor([5, 2, 4], low: -3, high: -0.5)
      let targets = Tensor([1, 2, 2, 3, 3, 0] as [Int64], shape: [2, 3])
      return [
        Sample(
          .tensor(x), .tensor(targets), .tensor(Tensor([5, 4])), .tensor(Tensor([3, 2])), 0.box(), 1.box(), false.box())
      ]
    }
  ) { x, targets, inputLengths, targetLengths, blank, reduction, zeroInfinity in
    for lengths in [inputLengths, targetLengths] where lengths.isWrapped { try lengths.requireStrided() }
    guard inputLengths.isCPU, targetLengths.isCPU else {
      // Lengths that cannot be read tell nothing about the result's sizes, and nothing has to be known.
      let sizes: Dims = reduction == .none && x.rank == 3 ? [x.impl.sizes[1]] : []
      return try Tensor.allocate(TensorSpec(like: x, sizes: sizes))
    }
    return try loss.callThrowing(
      x, targets, inputLengths.array(as: Int.self), targetLengths.array(as: Int.self), blank, reduction, zeroInfinity)
  }

  private static func checkRank(_ x: Tensor) throws {
    guard x.rank == 2 || x.rank == 3 else {
      throw TorchError(.shape, "expected log_probs of sizes (T, C) or (T, N, C), got \(x.summary)")
    }
  }

  static let table: [AnyOp] = [forward.erased, backward.erased, loss.erased, lossTensor.erased]
}

/// Connectionist temporal classification: the negative logarithm of the probability of each sample's labels, summed over all ways
/// to align them with time. `torch.nn.functional.ctc_loss`.
/// - Parameters:
///   - logProbabilities: sizes (T, N, C), or (T, C) for one sample, floating-point: logarithms, as `logSoftmax` gives them.
///   - targets: labels (N, S), or those of all samples one after the other; none of them `blank`.
///   - inputLengths, targetLengths: how much of the time, and how many labels, each sample has.
///   - blank: the class that stands for no label.
///   - reduction: the mean divides each loss by its number of labels.
///   - zeroInfinity: makes the loss of samples that cannot be aligned zero, and their gradient.
public func ctcLoss(
  _ logProbabilities: Tensor, _ targets: Tensor, inputLengths: [Int], targetLengths: [Int], blank: Int = 0,
  reduction: Reduction = .mean, zeroInfinity: Bool = false
) -> Tensor {
  ConnectionistTemporal.loss(logProbabilities, targets, inputLengths, targetLengths, blank, reduction, zeroInfinity)
}

/// ``ctcLoss(_:_:inputLengths:targetLengths:blank:reduction:zeroInfinity:)`` with the lengths in tensors of integers.
public func ctcLoss(
  _ logProbabilities: Tensor, _ targets: Tensor, inputLengths: Tensor, targetLengths: Tensor, blank: Int = 0,
  reduction: Reduction = .mean, zeroInfinity: Bool = false
) -> Tensor {
  ConnectionistTemporal.lossTensor(logProbabilities, targets, inputLengths, targetLengths, blank, reduction, zeroInfinity)
}
