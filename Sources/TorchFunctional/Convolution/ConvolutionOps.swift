import TorchCore
/// Stride, padding, dilation and groups of a convolution.
struct ConvolutionGeometry: Sendable {
  let stride: [Int]
  let padding: [Int]
  let dilation: [Int]
  let groups: Int

  /// One entry for each spatial dimension; a single one stands for all.
  init(_ stride: [Int], _ padding: [Int], _ dilation: [Int], _ groups: Int, spatial: Int) throws {
    func spread(_ values: [Int], _ name: String, least: Int) throws -> [Int] {
      let all = values.count == 1 ? Array(repeating: values[0], count: spatial) : values
      guard all.count == spatial, all.allSatisfy({ $0 >= least }) else {
        throw TorchError(.value, "\(name) must be 1 or \(spatial) numbers of at least \(least), got \(values)")
      }
      return all
    }
    self.stride = try spread(stride, "stride", least: 1)
    self.padding = try spread(padding, "padding", least: 0)
    self.dilation = try spread(dilation, "dilation", least: 1)
    guard groups >= 1 else { throw TorchError(.value, "groups must be at least 1, got \(groups)") }
    self.groups = groups
  }

  /// Sizes of the result; throws where input and weight do not fit.
  func outputSizes(_ x: Tensor, _ weight: Tensor) throws -> Dims {
    let spatial = stride.count
    guard x.rank == spatial + 2, weight.rank == spatial + 2 else {
      throw TorchError(.shape, "expected input and weight with \(spatial + 2) dimensions, got \(x.impl.sizes) and \(weight.impl.sizes)")
    }
    let (sizes, kernel) = (x.impl.sizes, weight.impl.sizes)
    guard kernel[0] % groups == 0, kernel[0] > 0 else {
      throw TorchError(.shape, "the \(kernel[0]) output channels cannot be divided into \(groups) groups")
    }
    guard sizes[1] == kernel[1] * groups else {
      throw TorchError(
        .shape, "the input has \(sizes[1]) channels but weight \(kernel) with \(groups) group\(groups == 1 ? "" : "s") takes \(kernel[1] * groups)")
    }
    var out: Dims = [sizes[0], kernel[0]]
    for i in 0..<spatial {
      let reach = dilation[i] * (kernel[i + 2] - 1) + 1
      let padded = sizes[i + 2] + 2 * padding[i]
      guard kernel[i + 2] > 0, padded >= reach else {
        throw TorchError(.shape, "the kernel reaches over \(reach) elements but the padded input has \(padded) in spatial dimension \(i)")
      }
      out.append((padded - reach) / stride[i] + 1)
    }
    return out
  }

  func shape(input: Dims, weight: Dims, output: Dims, hasBias: Bool, channelsLast: Bool) -> ConvolutionShape {
    ConvolutionShape(
      input: Array(input), weight: Array(weight), output: Array(output), stride: stride, padding: padding, dilation: dilation,
      groups: groups, hasBias: hasBias, channelsLast: channelsLast)
  }
}

/// Convolutions and the two gradients they have; each of the three is the derivative of the others.
enum ConvolutionOps {
  private static func checkTypes(_ a: Tensor, _ b: Tensor, _ bias: Tensor?) throws {
    guard a.dtype == b.dtype, bias == nil || bias!.dtype == a.dtype else {
      throw TorchError(.dtype, "input, weight and bias must have one type, got \(a.dtype), \(b.dtype)\(bias.map { " and \($0.dtype)" } ?? "")")
    }
    guard a.dtype.isFloatingPoint else { throw TorchError(.dtype, "convolutions need a floating-point type, got \(a.dtype)") }
  }

  private static func spec(_ sizes: Dims, like x: Tensor, channelsLast: Bool) -> TensorSpec {
    TensorSpec(sizes, x.dtype, x.device, strides: channelsLast && sizes.count == 4 ? sizes.channelsLastStrides : nil)
  }

  static let forward: Op<Tensor, Tensor, Tensor?, [Int], [Int], [Int], Int, Tensor> = .structured(
    "torch::convolution(Tensor input, Tensor weight, Tensor? bias, int[] stride, int[] padding, int[] dilation, int groups) -> Tensor",
    rule: { x, weight, bias, stride, padding, dilation, groups in
      try checkTypes(x, weight, bias)
      let geometry = try ConvolutionGeometry(stride, padding, dilation, groups, spatial: Swift.max(weight.rank - 2, 1))
      let sizes = try geometry.outputSizes(x, weight)
      if let bias, bias.impl.sizes != [weight.impl.sizes[0]] {
        throw TorchError(.shape, "the bias must have sizes [\(weight.impl.sizes[0])], got \(bias.impl.sizes)")
      }
      return spec(sizes, like: x, channelsLast: x.prefersChannelsLast || weight.prefersChannelsLast)
    },
    kernel: { out, x, weight, bias, stride, padding, dilation, groups in
      let geometry = try ConvolutionGeometry(stride, padding, dilation, groups, spatial: weight.rank - 2)
      try ConvolutionKernels.forward(x, weight, bias, geometry, into: out)
    },
    vjp: { tape, x, weight, bias, stride, padding, dilation, groups in
      let (input, kernel) = (tape.save(x), tape.save(weight))
      return { g, sink in
        let (x, weight) = (try sink.value(input), try sink.value(kernel))
        if sink.wants(0) { sink[0] = inputGradient(g.first, weight, x.shape, stride, padding, dilation, groups, x.prefersChannelsLast) }
        if sink.wants(1) { sink[1] = weightGradient(x, g.first, weight.shape, stride, padding, dilation, groups) }
        if sink.wants(2) { sink[2] = channelSums(g.first) }
      }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([2, 4, 5, 5])), .tensor(s.tensor([6, 2, 3, 3])), .tensor(s.tensor([6])), [2].box(), [1].box(), [1].box(), 2.box()),
        Sample(.tensor(s.tensor([1, 2, 7])), .tensor(s.tensor([3, 2, 3])), .none, [1].box(), [2].box(), [2].box(), 1.box()),
      ]
    })

  /// Sums over all but the channels.
  private static func channelSums(_ g: Tensor) -> Tensor {
    if g.isChannelsLast { return g.permute(0, 2, 3, 1).reshape([g.count / Swift.max(g.impl.sizes[1], 1), g.impl.sizes[1]]).sum(0) }
    return g.sum([0] + Array(2..<g.rank))
  }

  static let inputGradient: Op<Tensor, Tensor, [Int], [Int], [Int], [Int], Int, Bool, Tensor> = .structured(
    "torch::convolution_input_gradient(Tensor grad_output, Tensor weight, int[] input_size, int[] stride, int[] padding, int[] dilation, int groups, bool channels_last) -> Tensor",
    rule: { g, weight, sizes, stride, padding, dilation, groups, channelsLast in
      try checkTypes(g, weight, nil)
      return spec(Dims(sizes), like: g, channelsLast: channelsLast || g.prefersChannelsLast)
    },
    kernel: { out, g, weight, _, stride, padding, dilation, groups, _ in
      let geometry = try ConvolutionGeometry(stride, padding, dilation, groups, spatial: weight.rank - 2)
      try ConvolutionKernels.inputGradient(g, weight, geometry, into: out)
    },
    vjp: { tape, g, weight, sizes, stride, padding, dilation, groups, channelsLast in
      let (gradient, kernel) = (tape.save(g), tape.save(weight))
      return { gg, sink in
        let (g, weight) = (try sink.value(gradient), try sink.value(kernel))
        if sink.wants(0) { sink[0] = forward(gg.first, weight, nil, stride, padding, dilation, groups) }
        if sink.wants(1) { sink[1] = weightGradient(gg.first, g, weight.shape, stride, padding, dilation, groups) }
      }
    },
    samples: { s in
      [
        Sample(
          .tensor(s.tensor([2, 3, 3, 3])), .tensor(s.tensor([3, 2, 3, 3])), [2, 2, 5, 5].box(), [2].box(), [1].box(), [1].box(), 1.box(), false.box())
      ]
    })

  static let weightGradient: Op<Tensor, Tensor, [Int], [Int], [Int], [Int], Int, Tensor> = .structured(
    "torch::convolution_weight_gradient(Tensor input, Tensor grad_output, int[] weight_size, int[] stride, int[] padding, int[] dilation, int groups) -> Tensor",
    rule: { x, g, sizes, stride, padding, dilation, groups in
      try checkTypes(x, g, nil)
      return TensorSpec(like: x, sizes: Dims(sizes))
    },
    kernel: { out, x, g, _, stride, padding, dilation, groups in
      let geometry = try ConvolutionGeometry(stride, padding, dilation, groups, spatial: x.rank - 2)
      try ConvolutionKernels.weightGradient(x, g, geometry, into: out)
    },
    vjp: { tape, x, g, sizes, stride, padding, dilation, groups in
      let (input, gradient) = (tape.save(x), tape.save(g))
      return { gg, sink in
        let (x, g) = (try sink.value(input), try sink.value(gradient))
        if sink.wants(0) { sink[0] = inputGradient(g, gg.first, x.shape, stride, padding, dilation, groups, x.prefersChannelsLast) }
        if sink.wants(1) { sink[1] = forward(x, gg.first, nil, stride, padding, dilation, groups) }
      }
    },
    samples: { s in
      [Sample(.tensor(s.tensor([2, 2, 5, 5])), .tensor(s.tensor([2, 3, 3, 3])), [3, 2, 3, 3].box(), [2].box(), [1].box(), [1].box(), 1.box())]
    })

  /// A convolution over `spatial` dimensions, of a batch or of one example.
  private static func convolution(
    _ schema: String, spatial: Int, samples: @escaping SampleMaker
  ) -> Op<Tensor, Tensor, Tensor?, [Int], [Int], [Int], Int, Tensor> {
    .composite(schema, samples: samples) { x, weight, bias, stride, padding, dilation, groups in
      if x.rank == spatial + 1 {
        return try forward.callThrowing(x.unsqueeze(0), weight, bias, stride, padding, dilation, groups).squeeze(0)
      }
      guard x.rank == spatial + 2 else {
        throw TorchError(.shape, "expected an input of \(spatial + 1) or \(spatial + 2) dimensions, got \(x.impl.sizes)")
      }
      return try forward.callThrowing(x, weight, bias, stride, padding, dilation, groups)
    }
  }

  static let conv1d = convolution(
    "aten::conv1d(Tensor input, Tensor weight, Tensor? bias=None, SymInt[1] stride=[1], SymInt[1] padding=[0], SymInt[1] dilation=[1], SymInt groups=1) -> Tensor",
    spatial: 1,
    samples: { s in
      [Sample(.tensor(s.tensor([2, 2, 6])), .tensor(s.tensor([3, 2, 3])), .tensor(s.tensor([3])), [2].box(), [1].box(), [1].box(), 1.box())]
    })
  static let conv2d = convolution(
    "aten::conv2d(Tensor input, Tensor weight, Tensor? bias=None, SymInt[2] stride=[1, 1], SymInt[2] padding=[0, 0], SymInt[2] dilation=[1, 1], SymInt groups=1) -> Tensor",
    spatial: 2,
    samples: { s in
      [
        Sample(.tensor(s.tensor([2, 2, 5, 4])), .tensor(s.tensor([3, 2, 3, 2])), .tensor(s.tensor([3])), [2, 1].box(), [1, 0].box(), [1].box(), 1.box()),
        Sample(.tensor(s.tensor([2, 6, 6])), .tensor(s.tensor([2, 1, 3, 3])), .none, [1].box(), [0].box(), [2].box(), 2.box()),
      ]
    })
  static let conv3d = convolution(
    "aten::conv3d(Tensor input, Tensor weight, Tensor? bias=None, SymInt[3] stride=[1, 1, 1], SymInt[3] padding=[0, 0, 0], SymInt[3] dilation=[1, 1, 1], SymInt groups=1) -> Tensor",
    spatial: 3,
    samples: { _ in [] })

  static let table: [AnyOp] = [
    forward.erased, inputGradient.erased, weightGradient.erased, conv1d.erased, conv2d.erased, conv3d.erased,
  ]
}

/// Cross-correlation of (N, C, L) with (O, C / groups, K). `torch.nn.functional.conv1d`.
public func conv1d(
  _ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1
) -> Tensor {
  ConvolutionOps.conv1d(x, weight, bias, [stride], [padding], [dilation], groups)
}

/// Cross-correlation of (N, C, H, W) with (O, C / groups, KH, KW). One number stands for both dimensions. A result keeps the
/// channels-last layout of its input or weight. `torch.nn.functional.conv2d`.
public func conv2d(
  _ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: [Int] = [1], padding: [Int] = [0], dilation: [Int] = [1], groups: Int = 1
) -> Tensor {
  ConvolutionOps.conv2d(x, weight, bias, stride, padding, dilation, groups)
}

/// Cross-correlation of (N, C, D, H, W) with (O, C / groups, KD, KH, KW). float32 and the half types. `torch.nn.functional.conv3d`.
public func conv3d(
  _ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: [Int] = [1], padding: [Int] = [0], dilation: [Int] = [1], groups: Int = 1
) -> Tensor {
  ConvolutionOps.conv3d(x, weight, bias, stride, padding, dilation, groups)
}
