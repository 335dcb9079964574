import TorchCore

/// Convolutions and the gradients they have, which are convolutions again: that of the input is the transposed one.
enum ConvolutionOps {
  private static func checkTypes(_ a: Tensor, _ b: Tensor, _ bias: Tensor? = nil) throws {
    guard a.dtype == b.dtype, bias == nil || bias!.dtype == a.dtype else {
      throw TorchError(.dtype, "input, weight and bias must have one type, got \(a.dtype), \(b.dtype)\(bias.map { " and \($0.dtype)" } ?? "")")
    }
    guard a.dtype != .bool else { throw TorchError(.dtype, "convolutions are not defined for bool") }
  }

  private static func spec(_ sizes: Dims, like x: Tensor, _ weight: Tensor) -> TensorSpec {
    let channelsLast = sizes.count == 4 && (x.prefersChannelsLast || weight.prefersChannelsLast)
    return TensorSpec(sizes, x.dtype, x.device, strides: channelsLast ? sizes.channelsLastStrides : nil)
  }

  private static func conjugate(_ x: Tensor) -> Tensor { x.dtype.isComplex ? x.conj() : x }

  // MARK: The convolution

  static let convolution: Op<Tensor, Tensor, Tensor?, [Int], [Int], [Int], Bool, [Int], Int, Tensor> = .structured(
    "aten::convolution(Tensor input, Tensor weight, Tensor? bias, SymInt[] stride, SymInt[] padding, SymInt[] dilation, bool transposed, SymInt[] output_padding, SymInt groups) -> Tensor",
    rule: { x, weight, bias, stride, padding, dilation, transposed, outputPadding, groups in
      try checkTypes(x, weight, bias)
      let geometry = try ConvolutionGeometry(
        stride, padding, dilation, transposed: transposed, outputPadding: outputPadding, groups, spatial: Swift.max(weight.rank - 2, 1))
      let sizes = try geometry.outputSizes(x, weight)
      if let bias, bias.impl.sizes != [sizes[1]] {
        throw TorchError(.shape, "the bias must have sizes [\(sizes[1])], got \(bias.impl.sizes)")
      }
      return spec(sizes, like: x, weight)
    },
    kernel: { out, x, weight, bias, stride, padding, dilation, transposed, outputPadding, groups in
      let geometry = try ConvolutionGeometry(
        stride, padding, dilation, transposed: transposed, outputPadding: outputPadding, groups, spatial: weight.rank - 2)
      try ConvolutionKernels.run(x, weight, bias, geometry, into: out)
    },
    vjp: { tape, x, weight, bias, stride, padding, dilation, transposed, outputPadding, groups in
      let (input, kernel) = (tape.save(x), tape.save(weight))
      let geometry = try ConvolutionGeometry(
        stride, padding, dilation, transposed: transposed, outputPadding: outputPadding, groups, spatial: weight.rank - 2)
      return { g, sink in
        let (x, weight) = (try sink.value(input), try sink.value(kernel))
        if sink.wants(0) { sink[0] = try inputGradient(g.first, x.shape, weight, geometry) }
        if sink.wants(1) { sink[1] = try weightGradient(g.first, x, weight.shape, geometry) }
        if sink.wants(2) { sink[2] = channelSums(g.first) }
      }
    },
    samples: { s in
      [
        Sample(
          .tensor(s.tensor([2, 4, 5, 5])), .tensor(s.tensor([6, 2, 3, 3])), .tensor(s.tensor([6])), [2].box(), [1].box(), [1].box(),
          false.box(), [0].box(), 2.box()),
        Sample(
          .tensor(s.tensor([1, 2, 7])), .tensor(s.tensor([3, 2, 3])), .none, [1].box(), [2].box(), [2].box(), false.box(), [0].box(),
          1.box()),
        Sample(
          .tensor(s.tensor([1, 2, 2, 3, 3])), .tensor(s.tensor([2, 2, 2, 2, 2])), .tensor(s.tensor([2])), [1].box(), [1, 0, 1].box(),
          [1].box(), false.box(), [0].box(), 1.box()),
        Sample(
          .tensor(s.tensor([2, 4, 3, 2])), .tensor(s.tensor([4, 2, 3, 2])), .tensor(s.tensor([4])), [2, 1].box(), [1, 0].box(),
          [1, 2].box(), true.box(), [1, 1].box(), 2.box()),
        Sample(
          .tensor(s.tensor([1, 3, 4])), .tensor(s.tensor([3, 2, 3])), .none, [3].box(), [1].box(), [1].box(), true.box(), [2].box(),
          1.box()),
      ]
    })

  /// A convolution without bias, cut to as many positions as asked for: a geometry can give more where a stride does not divide.
  private static func convolve(_ x: Tensor, _ weight: Tensor, _ geometry: ConvolutionGeometry, positions: [Int]) throws -> Tensor {
    var out = try convolution.callThrowing(
      x, weight, nil, geometry.stride, geometry.padding, geometry.dilation, geometry.isTransposed, geometry.outputPadding,
      geometry.groups)
    for (i, size) in positions.enumerated() where out.impl.sizes[i + 2] > size { out = out.slice(i + 2, from: 0, to: size) }
    return out
  }

  private static func transposed(
    _ g: Tensor, _ weight: Tensor, _ geometry: ConvolutionGeometry, positions: [Int]
  ) throws -> Tensor {
    let extra = geometry.outputPadding(input: positions, output: Array(g.shape.dropFirst(2)), kernel: Array(weight.shape.dropFirst(2)))
    return try convolve(g, weight, try geometry.reversed(transposed: true, outputPadding: extra), positions: positions)
  }

  private static func inputGradient(
    _ g: Tensor, _ sizes: [Int], _ weight: Tensor, _ geometry: ConvolutionGeometry
  ) throws -> Tensor {
    let positions = Array(sizes.dropFirst(2))
    if geometry.isTransposed {
      return try convolve(g, conjugate(weight), try geometry.reversed(transposed: false), positions: positions)
    }
    return try transposed(g, conjugate(weight), geometry, positions: positions)
  }

  private static func weightGradient(
    _ g: Tensor, _ x: Tensor, _ sizes: [Int], _ geometry: ConvolutionGeometry
  ) throws -> Tensor {
    // Transposed, input and result change places.
    let (image, positions) = geometry.isTransposed ? (g, conjugate(x)) : (conjugate(x), g)
    return try weightProducts.callThrowing(
      image, positions, sizes, geometry.stride, geometry.padding, geometry.dilation, geometry.groups)
  }

  /// Sums over all but the channels.
  private static func channelSums(_ g: Tensor) -> Tensor {
    if g.isChannelsLast { return g.permute(0, 2, 3, 1).reshape([g.count / Swift.max(g.impl.sizes[1], 1), g.impl.sizes[1]]).sum(0) }
    return g.sum([0] + Array(2..<g.rank))
  }

  // MARK: Gradients

  /// For each weight the sum of the products of what it multiplies and what it adds to; linear in both.
  static let weightProducts: Op<Tensor, Tensor, [Int], [Int], [Int], [Int], Int, Tensor> = .structured(
    "torch::convolution_weight_gradient(Tensor input, Tensor grad_output, int[] weight_size, int[] stride, int[] padding, int[] dilation, int groups) -> Tensor",
    rule: { x, g, sizes, stride, padding, dilation, groups in
      try checkTypes(x, g)
      guard x.dtype.isDifferentiable else { throw TorchError(.dtype, "gradients need a floating-point or complex type, got \(x.dtype)") }
      let spatial = x.rank - 2
      let geometry = try ConvolutionGeometry(stride, padding, dilation, groups, spatial: Swift.max(spatial, 1))
      guard spatial >= 1, g.rank == x.rank, sizes.count == x.rank, x.impl.sizes[0] == g.impl.sizes[0],
        sizes.allSatisfy({ (0...Int(Int32.max)).contains($0) }), x.impl.sizes[1] == sizes[1] * groups, g.impl.sizes[1] == sizes[0],
        sizes[0] % groups == 0
      else {
        throw TorchError(.shape, "a weight of sizes \(sizes) does not connect \(x.impl.sizes) with \(g.impl.sizes) in \(groups) groups")
      }
      for i in 0..<spatial {
        let reach = geometry.dilation[i] * (sizes[i + 2] - 1) + 1
        let most = (x.impl.sizes[i + 2] + 2 * geometry.padding[i] - reach) / geometry.stride[i] + 1
        guard sizes[i + 2] > 0, g.impl.sizes[i + 2] <= Swift.max(most, 0) else {
          throw TorchError(.shape, "grad_output \(g.impl.sizes) has more positions than \(most) in spatial dimension \(i)")
        }
      }
      return TensorSpec(like: x, sizes: Dims(sizes))
    },
    kernel: { out, x, g, _, stride, padding, dilation, groups in
      let geometry = try ConvolutionGeometry(stride, padding, dilation, groups, spatial: x.rank - 2)
      try ConvolutionKernels.weightGradient(x, g, geometry, into: out)
    },
    vjp: { tape, x, g, sizes, stride, padding, dilation, groups in
      let (input, gradient) = (tape.save(x), tape.save(g))
      let geometry = try ConvolutionGeometry(stride, padding, dilation, groups, spatial: x.rank - 2)
      return { v, sink in
        let (x, g) = (try sink.value(input), try sink.value(gradient))
        if sink.wants(0) { sink[0] = try transposed(conjugate(g), v.first, geometry, positions: Array(x.shape.dropFirst(2))) }
        if sink.wants(1) { sink[1] = try convolve(conjugate(x), v.first, geometry, positions: Array(g.shape.dropFirst(2))) }
      }
    },
    samples: { s in
      [Sample(.tensor(s.tensor([2, 2, 5, 5])), .tensor(s.tensor([2, 3, 3, 3])), [3, 2, 3, 3].box(), [2].box(), [1].box(), [1].box(), 1.box())]
    })

  static let backward: Op<Tensor, Tensor, Tensor, [Int]?, [Int], [Int], [Int], Bool, [Int], Int, [Bool], TensorTriple> = .composite(
    "aten::convolution_backward(Tensor grad_output, Tensor input, Tensor weight, SymInt[]? bias_sizes, SymInt[] stride, SymInt[] padding, SymInt[] dilation, bool transposed, SymInt[] output_padding, SymInt groups, bool[3] output_mask) -> (Tensor, Tensor, Tensor)",
    rule: { g, x, weight, bias, stride, padding, dilation, transposed, outputPadding, groups, mask in
      try checkTypes(x, weight, g)
      let geometry = try ConvolutionGeometry(
        stride, padding, dilation, transposed: transposed, outputPadding: outputPadding, groups, spatial: Swift.max(weight.rank - 2, 1))
      let sizes = try geometry.outputSizes(x, weight)
      guard g.impl.sizes == sizes, mask.count == 3 else {
        throw TorchError(.shape, "expected grad_output of sizes \(sizes) and an output_mask of 3 entries, got \(g.impl.sizes) and \(mask)")
      }
    },
    samples: { s in
      [
        Sample(
          .tensor(s.tensor([2, 3, 6])), .tensor(s.tensor([2, 2, 6])), .tensor(s.tensor([3, 2, 3])), [3].box(), [1].box(), [1].box(),
          [1].box(), false.box(), [0].box(), 1.box(), [true, true, true].box()),
        Sample(
          .tensor(s.tensor([1, 3, 7, 6])), .tensor(s.tensor([1, 2, 3, 4])), .tensor(s.tensor([2, 3, 2, 2])), .none, [2, 2].box(),
          [0, 1].box(), [1, 1].box(), true.box(), [1, 0].box(), 1.box(), [true, true, false].box()),
      ]
    }
  ) { g, x, weight, _, stride, padding, dilation, transposed, outputPadding, groups, mask in
    let geometry = try ConvolutionGeometry(
      stride, padding, dilation, transposed: transposed, outputPadding: outputPadding, groups, spatial: weight.rank - 2)
    // A gradient that is not asked for is an empty tensor.
    let absent = try Tensor.allocate(TensorSpec(like: g, sizes: [0]))
    return TensorTriple(
      mask[0] ? try inputGradient(g, x.shape, weight, geometry) : absent,
      mask[1] ? try weightGradient(g, x, weight.shape, geometry) : absent, mask[2] ? channelSums(g) : absent)
  }

  static let table: [AnyOp] = [convolution.erased, weightProducts.erased, backward.erased] + ConvolutionForms.table
}
