import TorchCore
import CTorchKernels

/// Maxima and means over windows of the last two dimensions.
enum Pooling {
  // MARK: Maximum

  typealias MaxArguments<R: OpResult> = Op<Tensor, [Int], [Int], [Int], [Int], Bool, R>
  private static let maxTail = "int[2] kernel_size, int[2] stride=[], int[2] padding=0, int[2] dilation=1, bool ceil_mode=False"

  static let maxWithIndices: MaxArguments<TensorPair> = .structured(
    "aten::max_pool2d_with_indices(Tensor self, \(maxTail)) -> (Tensor, Tensor)",
    rule: { x, kernel, stride, padding, dilation, ceil in
      let plan = try PoolPlan(x, PoolWindow(kernel, stride, padding, dilation, ceilMode: ceil))
      return (TensorSpec(like: x, plan), TensorSpec(like: x, plan, dtype: .int64))
    },
    kernel: { out, x, kernel, stride, padding, dilation, ceil in
      let plan = try PoolPlan(x, PoolWindow(kernel, stride, padding, dilation, ceilMode: ceil))
      let source = plan.source(x)
      let table = try NNKernels.table(source.dtype).pointee
      let indices = out.indices.pointer(Int64.self)
      try NNKernels.filling(out.values) { values in
        plan.forward(
          nchw: { table.max_pool2d_nchw(values.address, indices, source.address, $0, $1, $2) },
          nhwc: { table.max_pool2d_nhwc(values.address, indices, source.address, $0, $1, $2, $3) })
      }
    },
    vjp: { tape, x, kernel, stride, padding, dilation, ceil in
      let input = tape.save(x)
      let indices = tape.result.indices.alias()
      return { g, sink in
        sink[0] = maxBackward(g.first, try sink.value(input), kernel, stride, padding, dilation, ceil, indices)
      }
    },
    samples: maxSamples)

  private static let maxSamples: SampleMaker = { s in
    [
      Sample(.tensor(s.tensor([2, 3, 5, 6])), [2].box(), [Int]().box(), [0].box(), [1].box(), false.box()),
      Sample(.tensor(s.tensor([1, 2, 7, 7])), [3, 2].box(), [2, 1].box(), [1, 0].box(), [1, 2].box(), true.box()),
      Sample(.tensor(s.tensor([2, 5, 5])), [3].box(), [2].box(), [1].box(), [1].box(), false.box()),
      Sample(
        .tensor(s.tensor([2, 3, 4, 4]).to(memoryFormat: .channelsLast)), [2].box(), [2].box(), [0].box(), [1].box(), false.box()),
    ]
  }

  static let maxBackward: Op<Tensor, Tensor, [Int], [Int], [Int], [Int], Bool, Tensor, Tensor> = .structured(
    "aten::max_pool2d_with_indices_backward(Tensor grad_output, Tensor self, int[2] kernel_size, int[2] stride, int[2] padding, int[2] dilation, bool ceil_mode, Tensor indices) -> Tensor",
    rule: { g, x, kernel, stride, padding, dilation, ceil, indices in
      let plan = try PoolPlan(x, PoolWindow(kernel, stride, padding, dilation, ceilMode: ceil))
      try plan.check(g)
      guard indices.impl.sizes == plan.outSizes, indices.dtype == .int64 else {
        throw TorchError(.shape, "indices must be int64 of sizes \(plan.outSizes), got \(indices.summary)")
      }
      return TensorSpec(x.impl.sizes, x.dtype, strides: plan.isChannelsLast ? x.impl.strides : nil)
    },
    kernel: { out, g, x, kernel, stride, padding, dilation, ceil, indices in
      let plan = try PoolPlan(x, PoolWindow(kernel, stride, padding, dilation, ceilMode: ceil))
      let gradient = plan.result(g)
      let places = plan.result(indices, as: .int64)
      let table = try NNKernels.table(gradient.dtype).pointee
      try NNKernels.filling(out) { result in
        plan.backward(
          nchw: { table.max_pool2d_backward_nchw(result.address, gradient.address, places.pointer(Int64.self), $0, $1, $2) },
          nhwc: { table.max_pool2d_backward_nhwc(result.address, gradient.address, places.pointer(Int64.self), $0, $1, $2, $3) })
      }
    },
    vjp: { tape, g, x, _, _, _, _, _, indices in
      let indices = tape.save(indices)
      let planes = x.shape.dropLast(2).reduce(1, *)
      let area = x.shape.suffix(2).reduce(1, *)
      return { v, sink in
        // Each result came from one input element: its gradient is read from there.
        let places = try sink.value(indices)
        let starts = Tensor.arange(Scalar(planes)).reshape([planes, 1]) * Tensor(area)
        let flat = (places.reshape([planes, -1]) + starts).reshape([-1])
        sink[0] = v.first.reshape([-1]).indexSelect(0, flat).reshape(places.shape)
      }
    })

  static let max2d = MaxArguments<Tensor>.composite(
    "aten::max_pool2d(Tensor self, \(maxTail)) -> Tensor", samples: maxSamples
  ) { x, kernel, stride, padding, dilation, ceil in
    try maxWithIndices.callThrowing(x, kernel, stride, padding, dilation, ceil).values
  }

  // MARK: Mean

  private static let averageTail =
    "int[2] kernel_size, int[2] stride=[], int[2] padding=0, bool ceil_mode=False, bool count_include_pad=True, "
    + "int? divisor_override=None"

  static let average2d: Op<Tensor, [Int], [Int], [Int], Bool, Bool, Int?, Tensor> = .structured(
    "aten::avg_pool2d(Tensor self, \(averageTail)) -> Tensor",
    rule: { x, kernel, stride, padding, ceil, counts, divisor in
      TensorSpec(like: x, try PoolPlan(x, PoolWindow(kernel, stride, padding, ceilMode: ceil, counts, divisor)))
    },
    kernel: { out, x, kernel, stride, padding, ceil, counts, divisor in
      let plan = try PoolPlan(x, PoolWindow(kernel, stride, padding, ceilMode: ceil, counts, divisor))
      let source = plan.source(x)
      let table = try NNKernels.table(source.dtype).pointee
      try NNKernels.filling(out) { result in
        plan.forward(
          nchw: { table.avg_pool2d_nchw(result.address, source.address, $0, $1, $2) },
          nhwc: { table.avg_pool2d_nhwc(result.address, source.address, $0, $1, $2, $3) })
      }
    },
    vjp: { tape, x, kernel, stride, padding, ceil, counts, divisor in
      let input = tape.save(x)
      return { g, sink in
        sink[0] = averageBackward(g.first, try sink.value(input), kernel, stride, padding, ceil, counts, divisor)
      }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([2, 3, 5, 6])), [2].box(), [Int]().box(), [0].box(), false.box(), true.box(), .none),
        Sample(.tensor(s.tensor([1, 2, 6, 6])), [3, 2].box(), [2, 1].box(), [1, 0].box(), true.box(), false.box(), .none),
        Sample(.tensor(s.tensor([2, 5, 5])), [3].box(), [2].box(), [1].box(), false.box(), true.box(), 4.box()),
        Sample(
          .tensor(s.tensor([2, 3, 4, 4]).to(memoryFormat: .channelsLast)), [2].box(), [2].box(), [1].box(), false.box(),
          true.box(), .none),
      ]
    })

  static let averageBackward: Op<Tensor, Tensor, [Int], [Int], [Int], Bool, Bool, Int?, Tensor> = .structured(
    "aten::avg_pool2d_backward(Tensor grad_output, Tensor self, int[2] kernel_size, int[2] stride, int[2] padding, bool ceil_mode, bool count_include_pad, int? divisor_override) -> Tensor",
    rule: { g, x, kernel, stride, padding, ceil, counts, divisor in
      let plan = try PoolPlan(x, PoolWindow(kernel, stride, padding, ceilMode: ceil, counts, divisor))
      try plan.check(g)
      return TensorSpec(x.impl.sizes, x.dtype, strides: plan.isChannelsLast ? x.impl.strides : nil)
    },
    kernel: { out, g, x, kernel, stride, padding, ceil, counts, divisor in
      let plan = try PoolPlan(x, PoolWindow(kernel, stride, padding, ceilMode: ceil, counts, divisor))
      let gradient = plan.result(g)
      let table = try NNKernels.table(gradient.dtype).pointee
      try NNKernels.filling(out) { result in
        plan.backward(
          nchw: { table.avg_pool2d_backward_nchw(result.address, gradient.address, $0, $1, $2) },
          nhwc: { table.avg_pool2d_backward_nhwc(result.address, gradient.address, $0, $1, $2, $3) })
      }
    },
    vjp: { _, _, _, kernel, stride, padding, ceil, counts, divisor in
      { v, sink in sink[0] = average2d(v.first, kernel, stride, padding, ceil, counts, divisor) }
    })

  // MARK: Adaptive mean

  static let adaptive2d: Op<Tensor, [Int], Tensor> = .structured(
    "aten::adaptive_avg_pool2d(Tensor self, SymInt[2] output_size) -> Tensor",
    rule: { x, size in TensorSpec(like: x, try PoolPlan(x, adaptive: size)) },
    kernel: { out, x, size in
      let plan = try PoolPlan(x, adaptive: size)
      let source = plan.source(x)
      let table = try NNKernels.table(source.dtype).pointee
      try NNKernels.filling(out) { result in
        plan.forward(
          nchw: { table.adaptive_avg_pool2d_nchw(result.address, source.address, $0, $1, $2) },
          nhwc: { table.adaptive_avg_pool2d_nhwc(result.address, source.address, $0, $1, $2, $3) })
      }
    },
    vjp: { tape, x, _ in
      let input = tape.save(x)
      return { g, sink in sink[0] = adaptiveBackward(g.first, try sink.value(input)) }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([2, 3, 5, 6])), [2, 3].box()), Sample(.tensor(s.tensor([2, 3, 4, 4])), [1].box()),
        Sample(.tensor(s.tensor([3, 5, 5])), [3].box()),
        Sample(.tensor(s.tensor([2, 3, 5, 4]).to(memoryFormat: .channelsLast)), [2].box()),
      ]
    })

  static let adaptiveBackward: Op<Tensor, Tensor, Tensor> = .structured(
    "aten::_adaptive_avg_pool2d_backward(Tensor grad_output, Tensor self) -> Tensor",
    rule: { g, x in
      let plan = try PoolPlan(x, adaptive: Array(g.shape.suffix(2)))
      try plan.check(g)
      return TensorSpec(x.impl.sizes, x.dtype, strides: plan.isChannelsLast ? x.impl.strides : nil)
    },
    kernel: { out, g, x in
      let plan = try PoolPlan(x, adaptive: Array(g.shape.suffix(2)))
      let gradient = plan.result(g)
      let table = try NNKernels.table(gradient.dtype).pointee
      try NNKernels.filling(out) { result in
        plan.backward(
          nchw: { table.adaptive_avg_pool2d_backward_nchw(result.address, gradient.address, $0, $1, $2) },
          nhwc: { table.adaptive_avg_pool2d_backward_nhwc(result.address, gradient.address, $0, $1, $2, $3) })
      }
    },
    vjp: { _, g, _ in
      let size = Array(g.shape.suffix(2))
      return { v, sink in sink[0] = adaptive2d(v.first, size) }
    })

  static let table: [AnyOp] = [
    maxWithIndices.erased, maxBackward.erased, max2d.erased, average2d.erased, averageBackward.erased, adaptive2d.erased,
    adaptiveBackward.erased, max1d.erased, average1d.erased, adaptive1d.erased,
  ]
}

/// The largest elements of windows over (H, W) of sizes (N, C, H, W) or (C, H, W). The result keeps the input's layout.
/// `torch.nn.functional.max_pool2d`.
/// - Parameters:
///   - kernelSize, padding, dilation: one number for both dimensions, or two.
///   - stride: the kernel size when nil.
///   - ceilMode: lets the last windows hang over the edge.
public func maxPool2d(
  _ input: Tensor, _ kernelSize: [Int], stride: [Int]? = nil, padding: [Int] = [0], dilation: [Int] = [1], ceilMode: Bool = false
) -> Tensor {
  Pooling.max2d(input, kernelSize, stride ?? [], padding, dilation, ceilMode)
}
/// `maxPool2d` and the `int64` indices h * W + w of the largest elements in their planes.
public func maxPool2dWithIndices(
  _ input: Tensor, _ kernelSize: [Int], stride: [Int]? = nil, padding: [Int] = [0], dilation: [Int] = [1], ceilMode: Bool = false
) -> TensorPair {
  Pooling.maxWithIndices(input, kernelSize, stride ?? [], padding, dilation, ceilMode)
}
/// The means of windows over (H, W) of sizes (N, C, H, W) or (C, H, W). The result keeps the input's layout.
/// `torch.nn.functional.avg_pool2d`.
/// - Parameters:
///   - countIncludePad: whether padding counts in the divisor.
///   - divisorOverride: divides by this number instead.
public func avgPool2d(
  _ input: Tensor, _ kernelSize: [Int], stride: [Int]? = nil, padding: [Int] = [0], ceilMode: Bool = false,
  countIncludePad: Bool = true, divisorOverride: Int? = nil
) -> Tensor {
  Pooling.average2d(input, kernelSize, stride ?? [], padding, ceilMode, countIncludePad, divisorOverride)
}
/// Means over as many about equal windows as the result has positions. One number stands for both sizes.
/// `torch.nn.functional.adaptive_avg_pool2d`.
public func adaptiveAvgPool2d(_ input: Tensor, _ outputSize: [Int]) -> Tensor { Pooling.adaptive2d(input, outputSize) }
