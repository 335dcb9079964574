import TorchCore
import CTorchKernels

enum GroupNorm {
  /// Groups of channels of each sample: every (sample, channel) is a plane with coefficients of its own.
  private struct Geometry {
    let batch: Int
    let channels: Int
    let area: Int
    let groups: Int
    var perGroup: Int { channels / groups }
    var planes: Int { batch * channels }
    /// Elements of one group of one sample.
    var count: Int { perGroup * area }

    init(_ x: Tensor, _ groups: Int) throws {
      try NNKernels.require(x.dtype, "the input of a group norm")
      guard x.rank >= 2 else { throw TorchError(.shape, "expected sizes (N, C, …), got \(x.impl.sizes)") }
      (batch, channels, self.groups) = (x.impl.sizes[0], x.impl.sizes[1], groups)
      area = x.shape.dropFirst(2).reduce(1, *)
      guard groups > 0, channels % groups == 0 else {
        throw TorchError(.shape, "\(channels) channels cannot be divided into \(groups) groups")
      }
    }

    func check(_ parameter: Tensor?, _ name: String) throws {
      guard let parameter else { return }
      guard parameter.rank == 1, parameter.count == channels, parameter.dtype.isFloatingPoint else {
        throw TorchError(
          .shape, "\(name) must have one floating-point element for each of \(channels) channels, got \(parameter.summary)")
      }
    }

    /// The group, counted over all samples, that a plane belongs to.
    func group(_ plane: Int) -> Int { plane / perGroup }

    /// The tensor as one sample of `planes` channels, whose memory is row-major.
    func layout(_ x: Tensor) throws -> ChannelLayout {
      try ChannelLayout(x.alias(sizes: [1, planes, area], strides: [planes * area, area, 1]))
    }
  }

  private static func checkSizes(_ x: Tensor, _ n: Int, _ c: Int, _ area: Int, _ geometry: Geometry) throws {
    guard n == geometry.batch, c == geometry.channels, area == geometry.area else {
      throw TorchError(
        .shape, "N, C and HxW must be \(geometry.batch), \(geometry.channels) and \(geometry.area), got \(n), \(c) and \(area)")
    }
  }

  /// The result, and mean and reciprocal standard deviation of each group (N, groups), all of which have gradients.
  static let native: Op<Tensor, Tensor?, Tensor?, Int, Int, Int, Int, Double, TensorTriple> = .structured(
    "aten::native_group_norm(Tensor input, Tensor? weight, Tensor? bias, SymInt N, SymInt C, SymInt HxW, int group, float eps) -> (Tensor, Tensor, Tensor)",
    rule: { x, weight, bias, n, c, area, groups, _ in
      let geometry = try Geometry(x, groups)
      try checkSizes(x, n, c, area, geometry)
      try geometry.check(weight, "weight")
      try geometry.check(bias, "bias")
      let type = try StatisticType.of(x, [("weight", weight), ("bias", bias)])
      let statistics = TensorSpec(like: x, sizes: [geometry.batch, groups], dtype: type)
      return (TensorSpec(like: x), statistics, statistics)
    },
    kernel: { out, x, weight, bias, _, _, _, groups, eps in
      let geometry = try Geometry(x, groups)
      let source = x.kernelInput
      let type = source.dtype
      let kernels = try NNKernels.table(type).pointee
      guard let variance = try ReductionKernels.table(type).pointee.var else {
        throw TorchError(.dtype, "not defined for \(type)")
      }
      let means = try Tensor.allocate(TensorSpec(out.second.impl.sizes, type))
      let spreads = try Tensor.allocate(TensorSpec(out.third.impl.sizes, type))
      ReductionLoop(outer: geometry.batch * groups, n: geometry.count, inner: 1).forEachRange {
        variance(means.address, spreads.address, source.address, $0, 0, false)
      }
      let spread = spreads.array(as: Double.self)
      ChannelValues.fill(spreads) { 1 / (spread[$0] + eps).squareRoot() }
      Copying.copy(means, into: out.second)
      Copying.copy(spreads, into: out.third)
      let (mean, rstd) = (means.array(as: Double.self), spreads.array(as: Double.self))
      let (gamma, beta) = (ChannelValues.read(weight), ChannelValues.read(bias))
      let scale = try ChannelValues.make(geometry.planes, type) {
        rstd[geometry.group($0)] * (gamma?[$0 % geometry.channels] ?? 1)
      }
      let shift = try ChannelValues.make(geometry.planes, type) { plane in
        let (group, channel) = (geometry.group(plane), plane % geometry.channels)
        return (beta?[channel] ?? 0) - mean[group] * rstd[group] * (gamma?[channel] ?? 1)
      }
      let layout = try geometry.layout(source)
      try NNKernels.filling(out.first) { layout.affine($0, source, scale: scale, shift: shift, kernels) }
    },
    vjp: { tape, x, weight, bias, n, c, area, groups, eps in
      let (input, gamma) = (tape.save(x), tape.save(weight))
      let (mean, rstd) = (tape.save(result: tape.result.second, index: 1), tape.save(result: tape.result.third, index: 2))
      let hasBias = bias != nil
      return { g, sink in
        let x = try sink.value(input)
        if let gradient = g[0] {
          let weight = try gamma.map { try sink.value($0) }
          let mask = [sink.wants(0), weight != nil && sink.wants(1), hasBias && sink.wants(2)]
          let statistics = (try sink.value(mean).detach(), try sink.value(rstd).detach())
          let all = backward(gradient, x, statistics.0, statistics.1, weight, n, c, area, groups, mask)
          if mask[0] { sink[0] = all.first }
          if mask[1] { sink[1] = all.second }
          if mask[2] { sink[2] = all.third }
        }
        guard sink.wants(0), g[1] != nil || g[2] != nil, n > 0 else { return }
        // The mean moves with every element of its group, the reciprocal deviation with its distance from the mean.
        let size = c / groups * area
        let rows = x.reshape([n, groups, size])
        var spread = g[1].map { $0.unsqueeze(-1).expand([n, groups, size]) }
        if let gradient = g[2] {
          let r = try sink.value(rstd)
          let slope = (gradient * r * r * r).unsqueeze(-1) * (rows - (try sink.value(mean)).unsqueeze(-1))
          spread = spread.map { $0 - slope } ?? -slope
        }
        guard let spread else { return }
        let part = (spread / Tensor(scalar: .double(Double(size)))).reshape(x.shape).to(x.dtype)
        sink[0] = sink[0].map { $0 + part } ?? part
      }
    },
    samples: { s in
      [
        Sample(
          .tensor(s.tensor([2, 4, 3])), .tensor(s.tensor([4])), .tensor(s.tensor([4])), 2.box(), 4.box(), 3.box(), 2.box(),
          1e-5.box()),
        Sample(.tensor(s.tensor([3, 4])), .none, .none, 3.box(), 4.box(), 1.box(), 2.box(), 1e-3.box()),
      ]
    })

  static let backward: Op<Tensor, Tensor, Tensor, Tensor, Tensor?, Int, Int, Int, Int, [Bool], TensorTriple> = .structured(
    "aten::native_group_norm_backward(Tensor grad_out, Tensor input, Tensor mean, Tensor rstd, Tensor? weight, SymInt N, SymInt C, SymInt HxW, int group, bool[3] output_mask) -> (Tensor, Tensor, Tensor)",
    rule: { g, x, mean, rstd, weight, n, c, area, groups, mask in
      let geometry = try Geometry(x, groups)
      try checkSizes(x, n, c, area, geometry)
      try geometry.check(weight, "weight")
      let statistics = geometry.batch * groups
      guard g.impl.sizes == x.impl.sizes, mean.count == statistics, rstd.count == statistics, mask.count == 3 else {
        throw TorchError(
          .shape, "expected grad_out of sizes \(x.impl.sizes), \(statistics) statistics and an output_mask of 3 entries")
      }
      let type = weight?.dtype ?? x.dtype
      return (
        TensorSpec(like: x, sizes: mask[0] ? x.impl.sizes : [0]),
        TensorSpec(like: x, sizes: [mask[1] ? geometry.channels : 0], dtype: type),
        TensorSpec(like: x, sizes: [mask[2] ? geometry.channels : 0], dtype: type)
      )
    },
    kernel: { out, g, x, mean, rstd, weight, _, _, _, groups, mask in
      let geometry = try Geometry(x, groups)
      let (source, gradient) = (x.kernelInput, g.kernelInput)
      let type = source.dtype
      let kernels = try NNKernels.table(type).pointee
      let (means, r) = (mean.array(as: Double.self), rstd.array(as: Double.self))
      let (planes, channels) = (geometry.planes, geometry.channels)
      let gamma = ChannelValues.read(weight)
      let centre = try ChannelValues.make(planes, type) { means[geometry.group($0)] }
      let layout = try geometry.layout(source)
      let sums = try layout.gradientSums(gradient, source, centre: centre, kernels).array(as: Double.self)
      if mask[0] {
        // Per group: the weighted sums of the gradient, and of the gradient times the distance from the mean.
        var (total, centred) = ([Double](repeating: 0, count: r.count), [Double](repeating: 0, count: r.count))
        for plane in 0..<planes {
          let factor = gamma?[plane % channels] ?? 1
          total[geometry.group(plane)] += factor * sums[plane]
          centred[geometry.group(plane)] += factor * sums[planes + plane]
        }
        let count = Double(geometry.count)
        let a = try ChannelValues.make(planes, type) { r[geometry.group($0)] * (gamma?[$0 % channels] ?? 1) }
        let b = try ChannelValues.make(planes, type) { plane in
          let group = geometry.group(plane)
          return -r[group] * r[group] * r[group] * centred[group] / count
        }
        let d = try ChannelValues.make(planes, type) { -r[geometry.group($0)] * total[geometry.group($0)] / count }
        try NNKernels.filling(out.first) { layout.gradient($0, gradient, source, centre: centre, a: a, b: b, d: d, kernels) }
      }
      if mask[1] {
        try NNKernels.filling(out.second) { result in
          ChannelValues.fill(result) { channel in
            (0..<geometry.batch).reduce(0) { sum, sample in
              let plane = sample * channels + channel
              return sum + sums[planes + plane] * r[geometry.group(plane)]
            }
          }
        }
      }
      if mask[2] {
        try NNKernels.filling(out.third) { result in
          ChannelValues.fill(result) { channel in (0..<geometry.batch).reduce(0) { $0 + sums[$1 * channels + channel] } }
        }
      }
    },
    vjp: { tape, g, x, mean, rstd, weight, _, _, _, groups, _ in
      let (gradient, input, gamma, deviations) = (tape.save(g), tape.save(x), tape.save(weight), tape.save(rstd))
      let geometry = try Geometry(x, groups)
      let sizes = x.shape
      let grouped = [geometry.batch, groups, geometry.count]
      var line = Array(repeating: 1, count: x.rank)
      line[1] = geometry.channels
      return { [line] v, sink in
        let x = try sink.value(input)
        let weight = try gamma.map { try sink.value($0) } ?? Tensor.ones([geometry.channels], dtype: x.dtype)
        // rstd^-2 is variance + eps: what it exceeds the variance by is a constant.
        let rstd = try sink.value(deviations).detach().unsqueeze(-1)
        let eps = noGrad {
          (rstd * rstd).reciprocal() - x.detach().reshape(grouped).to(rstd.dtype).variance([2], correction: 0, keepDim: true)
        }
        let pulled = try HigherOrder.pullBack(
          [x, weight, Tensor.zeros([geometry.channels], dtype: weight.dtype)], gradient: try sink.value(gradient),
          cotangents: [v[0], v[1], v[2]], createsGraph: sink.createsGraph
        ) { p in
          let rows = p[0].reshape(grouped)
          let centred = rows - rows.mean(2, keepDim: true)
          let normal = centred * ((centred * centred).mean(2, keepDim: true) + eps).rsqrt()
          return normal.reshape(sizes) * p[1].reshape(line) + p[2].reshape(line)
        }
        sink[0] = pulled.gradient
        sink[1] = pulled.inputs[0]
        if gamma != nil { sink[4] = pulled.inputs[1] }
      }
    })

  static let groupNorm = Op<Tensor, Int, Tensor?, Tensor?, Double, Bool, Tensor>.composite(
    "aten::group_norm(Tensor input, int num_groups, Tensor? weight=None, Tensor? bias=None, float eps=1.0000000000000001e-05, bool cudnn_enabled=True) -> Tensor",
    rule: { x, groups, _, _, _, _ in _ = try Geometry(x, groups) },
    samples: { s in [Sample(.tensor(s.tensor([2, 4, 3])), 2.box(), .tensor(s.tensor([4])), .none, 1e-5.box(), true.box())] }
  ) { x, groups, weight, bias, eps, _ in
    let geometry = try Geometry(x, groups)
    return try native.callThrowing(x, weight, bias, geometry.batch, geometry.channels, geometry.area, groups, eps).first
  }

  static let table: [AnyOp] = [native.erased, backward.erased, groupNorm.erased]
}

/// Normalises groups of channels of each sample of sizes (N, C, …). `torch.nn.functional.group_norm`.
/// - Parameters:
///   - groups: divides the number of channels.
///   - weight, bias: one factor and one summand a channel.
public func groupNorm(
  _ input: Tensor, groups: Int, weight: Tensor? = nil, bias: Tensor? = nil, eps: Double = 1e-5
) -> Tensor {
  GroupNorm.groupNorm(input, groups, weight, bias, eps, false)
}
