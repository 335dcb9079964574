import TorchCore
import CTorchKernels

/// Normalisation of channels over batch and positions.
enum BatchNorm {
  typealias NativeOp = Op<Tensor, Tensor?, Tensor?, Tensor?, Tensor?, Bool, Double, Double, TensorTriple>

  /// The result, and in training the mean and the reciprocal standard deviation of each channel. Updates running statistics in
  /// place.
  static let native = recorded.differentiableInFirst

  private static let recorded: NativeOp = .structured(
    "aten::native_batch_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool training, float momentum, float eps) -> (Tensor, Tensor, Tensor)",
    rule: { x, weight, bias, runningMean, runningVar, training, _, _ in
      let layout = try ChannelLayout(x)
      try NNKernels.require(x.dtype, "the input of batch norm")
      let parameters: [(String, Tensor?)] = [
        ("weight", weight), ("bias", bias), ("running_mean", runningMean), ("running_var", runningVar),
      ]
      for case (let name, let tensor?) in parameters {
        guard tensor.rank == 1, tensor.count == layout.channels, tensor.dtype.isFloatingPoint else {
          throw TorchError(
            .shape, "\(name) must have one floating-point element for each of \(layout.channels) channels, got \(tensor.summary)")
        }
      }
      if !training && (runningMean == nil || runningVar == nil) {
        throw TorchError(.value, "evaluation needs running_mean and running_var")
      }
      let type = try StatisticType.of(x, parameters)
      let statistics = TensorSpec(like: x, sizes: [training ? layout.channels : 0], dtype: type)
      return (TensorSpec(x.impl.sizes, x.dtype, x.device, strides: layout.strides), statistics, statistics)
    },
    kernel: { out, x, weight, bias, runningMean, runningVar, training, momentum, eps in
      let layout = try ChannelLayout(x)
      let source = layout.source(x)
      let type = source.dtype
      let kernels = try NNKernels.table(type).pointee
      let channels = layout.channels
      var mean: [Double]
      var variance: [Double]
      if training {
        if layout.rows == 0 { throw TorchError(.shape, "batch norm cannot train on an empty batch, got \(x.summary)") }
        let statistics = try layout.statistics(source, kernels).array(as: Double.self)
        let count = Double(layout.rows)
        mean = Array(statistics[..<channels])
        var squares = statistics[channels...].map { $0 * count }
        variance = Array(statistics[channels...])
        let kept = out.second.dtype
        if kept.byteCount == 2 {
          // Statistics of a half type are rounded to it at every step, as PyTorch's are.
          (mean, squares) = (rounded(mean, kept), rounded(squares, kept))
          let divisor = rounded([count], kept)[0]
          variance = rounded(squares.map { $0 / divisor }, kept)
        }
        update(runningMean, with: mean, momentum)
        update(runningVar, with: squares.map { $0 / (count - 1) }, momentum)
      } else {
        mean = ChannelValues.read(runningMean) ?? []
        variance = ChannelValues.read(runningVar) ?? []
      }
      var rstd = variance.map { 1 / ($0 + eps).squareRoot() }
      if training {
        Copying.copy(Tensor(mean, dtype: .float64), into: out.second)
        Copying.copy(Tensor(rstd, dtype: .float64), into: out.third)
        if out.third.dtype.byteCount == 2 { rstd = out.third.array(as: Double.self) }
      }
      if out.second.dtype.byteCount == 2, !x.isContiguous, layout.strides == nil || x.rank < 4 {
        let statistics = training ? (out.second, out.third) : nil
        return Copying.copy(stepwise(x, weight, bias, statistics, runningMean, runningVar, eps), into: out.first)
      }
      let (gamma, beta) = (ChannelValues.read(weight), ChannelValues.read(bias))
      let factors = (0..<channels).map { rstd[$0] * (gamma?[$0] ?? 1) }
      let scale = try ChannelValues.make(channels, type) { factors[$0] }
      let shift = try ChannelValues.make(channels, type) { (beta?[$0] ?? 0) - mean[$0] * factors[$0] }
      try NNKernels.filling(out.first) { layout.affine($0, source, scale: scale, shift: shift, kernels) }
    },
    vjp: { tape, x, weight, bias, runningMean, runningVar, training, _, eps in
      let (input, gamma) = (tape.save(x), tape.save(weight))
      // Training changes the running statistics again and again, and does not read them.
      let running = training ? (nil, nil) : (tape.save(runningMean), tape.save(runningVar))
      let (mean, rstd) = (tape.result.second.alias(), tape.result.third.alias())
      let hasBias = bias != nil
      return { g, sink in
        guard let gradient = g[0] else { return }
        let mask = [sink.wants(0), sink.wants(1), hasBias && sink.wants(2)]
        let all = backward(
          gradient, try sink.value(input), try gamma.map { try sink.value($0) }, try running.0.map { try sink.value($0) },
          try running.1.map { try sink.value($0) }, mean, rstd, training, eps, mask)
        if mask[0] { sink[0] = all.first }
        if mask[1] { sink[1] = all.second }
        if mask[2] { sink[2] = all.third }
      }
    },
    samples: { s in
      let (weight, bias) = (s.tensor([3], low: 0.5, high: 2), s.tensor([3]))
      let none = IValue.none
      return [
        Sample(.tensor(s.tensor([2, 3, 2, 2])), .tensor(weight), .tensor(bias), none, none, true.box(), 0.1.box(), 1e-5.box()),
        Sample(
          .tensor(s.tensor([2, 3, 2, 2]).to(memoryFormat: .channelsLast)), .tensor(weight), .tensor(bias), none, none, true.box(),
          0.1.box(),
          1e-3.box()),
        Sample(.tensor(s.tensor([5, 3])), none, none, none, none, true.box(), 0.1.box(), 1e-5.box()),
        Sample(
          .tensor(s.tensor([2, 3, 4])), .tensor(weight), .tensor(bias), .tensor(s.tensor([3])),
          .tensor(s.tensor([3], low: 0.5, high: 2)),
          false.box(), 0.1.box(), 1e-5.box()),
      ]
    })

  /// The result for a half type in an unusual layout, where PyTorch rounds after every step.
  private static func stepwise(
    _ x: Tensor, _ weight: Tensor?, _ bias: Tensor?, _ statistics: (mean: Tensor, rstd: Tensor)?, _ runningMean: Tensor?,
    _ runningVar: Tensor?, _ eps: Double
  ) -> Tensor {
    noGrad {
      var line = Array(repeating: 1, count: x.rank)
      line[1] = x.shape[1]
      let mean = statistics?.mean ?? runningMean
      let rstd = statistics?.rstd ?? runningVar.map { ($0 + Tensor(scalar: .double(eps))).sqrt().reciprocal() }
      var out = x.detach()
      if let mean { out = out - mean.reshape(line) }
      if let rstd { out = out * rstd.reshape(line) }
      if let weight { out = out * weight.reshape(line) }
      if let bias { out = out + bias.reshape(line) }
      return out
    }
  }

  private static func rounded(_ values: [Double], _ type: DType) -> [Double] {
    Tensor(values, dtype: type).array(as: Double.self)
  }

  private static func update(_ running: Tensor?, with values: [Double], _ momentum: Double) {
    guard let running else { return }
    let old = running.array(as: Double.self)
    let new = zip(old, values).map { (1 - momentum) * $0 + momentum * $1 }
    Copying.copy(Tensor(new, dtype: .float64), into: running)
    InPlace.changed(running)
  }

  static let backward: Op<Tensor, Tensor, Tensor?, Tensor?, Tensor?, Tensor?, Tensor?, Bool, Double, [Bool], TensorTriple> =
    .structured(
      "aten::native_batch_norm_backward(Tensor grad_out, Tensor input, Tensor? weight, Tensor? running_mean, Tensor? running_var, Tensor? save_mean, Tensor? save_invstd, bool train, float eps, bool[3] output_mask) -> (Tensor, Tensor, Tensor)",
      rule: { g, x, weight, runningMean, runningVar, mean, rstd, training, _, mask in
        let layout = try ChannelLayout(x)
        guard g.impl.sizes == x.impl.sizes else {
          throw TorchError(.shape, "grad_out must have the input's sizes \(x.impl.sizes), got \(g.impl.sizes)")
        }
        guard mask.count == 3 else { throw TorchError(.value, "output_mask must have 3 entries, got \(mask.count)") }
        let statistics = training ? [mean, rstd] : [runningMean, runningVar]
        guard statistics.allSatisfy({ $0?.count == layout.channels }) else {
          throw TorchError(
            .value,
            "expected \(training ? "save_mean and save_invstd" : "running_mean and running_var") of \(layout.channels) channels")
        }
        let parameterType = weight?.dtype ?? x.dtype
        return (
          TensorSpec(mask[0] ? x.impl.sizes : [0], x.dtype, x.device, strides: mask[0] ? layout.strides : nil),
          TensorSpec(like: x, sizes: [mask[1] ? layout.channels : 0], dtype: parameterType),
          TensorSpec(like: x, sizes: [mask[2] ? layout.channels : 0], dtype: parameterType)
        )
      },
      kernel: { out, g, x, weight, runningMean, runningVar, mean, rstd, training, eps, mask in
        let layout = try ChannelLayout(x)
        let source = layout.source(x)
        let gradient = try g.kernelInput(layoutOf: source)
        let type = source.dtype
        let kernels = try NNKernels.table(type).pointee
        let (channels, count) = (layout.channels, Double(layout.rows))
        let centres = ChannelValues.read(training ? mean : runningMean) ?? []
        let r =
          training ? ChannelValues.read(rstd) ?? [] : (ChannelValues.read(runningVar) ?? []).map { 1 / ($0 + eps).squareRoot() }
        let centre = try ChannelValues.make(channels, type) { centres[$0] }
        let gamma = ChannelValues.read(weight)
        let needsSums = training || mask[1] || mask[2]
        let sums = needsSums ? try layout.gradientSums(gradient, source, centre: centre, kernels).array(as: Double.self) : []
        if mask[0] {
          let factors = (0..<channels).map { r[$0] * (gamma?[$0] ?? 1) }
          let a = try ChannelValues.make(channels, type) { factors[$0] }
          let b = try ChannelValues.make(channels, type) {
            training ? -factors[$0] * r[$0] * r[$0] * sums[channels + $0] / count : 0
          }
          let d = try ChannelValues.make(channels, type) { training ? -factors[$0] * sums[$0] / count : 0 }
          try NNKernels.filling(out.first) { layout.gradient($0, gradient, source, centre: centre, a: a, b: b, d: d, kernels) }
        }
        if mask[1] { try NNKernels.filling(out.second) { ChannelValues.fill($0) { sums[channels + $0] * r[$0] } } }
        if mask[2] { try NNKernels.filling(out.third) { ChannelValues.fill($0) { sums[$0] } } }
      },
      vjp: { tape, g, x, weight, runningMean, runningVar, _, _, training, eps, _ in
        let (gradient, input, gamma) = (tape.save(g), tape.save(x), tape.save(weight))
        let running = training ? (nil, nil) : (tape.save(runningMean), tape.save(runningVar))
        return { v, sink in
          let x = try sink.value(input)
          let channels = x.shape[1]
          let weight = try gamma.map { try sink.value($0) } ?? Tensor.ones([channels], dtype: x.dtype)
          let statistics = try running.0.map { (try sink.value($0), try sink.value(running.1!)) }
          let pulled = try HigherOrder.pullBack(
            [x, weight, Tensor.zeros([channels], dtype: weight.dtype)], gradient: try sink.value(gradient),
            cotangents: [v[0], v[1], v[2]], createsGraph: sink.createsGraph
          ) { composed($0[0], $0[1], $0[2], statistics, eps) }
          sink[0] = pulled.gradient
          sink[1] = pulled.inputs[0]
          if gamma != nil { sink[2] = pulled.inputs[1] }
        }
      })

  /// Batch norm in terms of tensor ops; over the batch's own statistics unless others are given.
  private static func composed(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor, _ running: (mean: Tensor, variance: Tensor)?, _ eps: Double
  ) -> Tensor {
    var line = Array(repeating: 1, count: x.rank)
    line[1] = x.shape[1]
    let dims = [0] + Array(2..<x.rank)
    let centred = x - (running?.mean.reshape(line) ?? x.mean(dims, keepDim: true))
    let variance = running?.variance.reshape(line) ?? (centred * centred).mean(dims, keepDim: true)
    return centred * (variance + Tensor(scalar: .double(eps))).rsqrt() * weight.reshape(line) + bias.reshape(line)
  }

  static let batchNorm = Op<Tensor, Tensor?, Tensor?, Tensor?, Tensor?, Bool, Double, Double, Bool, Tensor>.composite(
    "aten::batch_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool training, float momentum, float eps, bool cudnn_enabled) -> Tensor",
    samples: { s in
      [
        Sample(
          .tensor(s.tensor([2, 3, 4])), .none, .none, .tensor(s.tensor([3])), .tensor(s.tensor([3], low: 0.5, high: 2)),
          false.box(),
          0.1.box(), 1e-5.box(), false.box())
      ]
    }
  ) { x, weight, bias, mean, variance, training, momentum, eps, _ in
    guard x.count == 0 else { return try native.callThrowing(x, weight, bias, mean, variance, training, momentum, eps).first }
    // Nothing to normalise; the parameters still get gradients.
    var out = x.clone()
    for parameter in [weight, bias] where parameter.map({ $0.rank != 1 || $0.count == 0 }) ?? false {
      throw TorchError(.shape, "weight and bias must have one element for each channel, got \(parameter?.summary ?? "none")")
    }
    if let weight { out = out * weight[0] }
    if let bias { out = out + bias[0] }
    return out
  }

  static let table: [AnyOp] = [native.erased, backward.erased, batchNorm.erased] + BatchNormForms.table
}

/// Normalises each channel of sizes (N, C, …) over batch and positions; the result keeps the input's layout.
/// `torch.nn.functional.batch_norm`.
/// - Parameters:
///   - runningMean, runningVar: one element a channel. In training they move by `momentum` toward the batch's mean and unbiased
///     variance, in place; in evaluation they are required and used instead of the batch's.
///   - weight, bias: one factor and one summand a channel.
///   - training: whether to normalise by the batch's own statistics, which takes more than one value a channel.
public func batchNorm(
  _ input: Tensor, runningMean: Tensor?, runningVar: Tensor?, weight: Tensor? = nil, bias: Tensor? = nil, training: Bool = false,
  momentum: Double = 0.1, eps: Double = 1e-5
) -> Tensor {
  let valid = checked(false, "batchNorm") {
    if training, input.isDefined, input.rank >= 2, input.count == input.impl.sizes[1], input.count > 0 {
      throw TorchError(.shape, "training takes more than one value for each channel, got \(input.summary)")
    }
    return true
  }
  return valid ? BatchNorm.batchNorm(input, weight, bias, runningMean, runningVar, training, momentum, eps, false) : .poison()
}
