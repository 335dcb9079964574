import CTorchKernels
import TorchCore

/// Maxima over windows of the last one to three dimensions.
enum MaxPool {
  typealias Arguments<R: OpResult> = Op<Tensor, [Int], [Int], [Int], [Int], Bool, R>
  typealias Backward = Op<Tensor, Tensor, [Int], [Int], [Int], [Int], Bool, Tensor, Tensor>
  private static let tail2d = "int[2] kernel_size, int[2] stride=[], int[2] padding=0, int[2] dilation=1, bool ceil_mode=False"
  private static let tail3d = "int[3] kernel_size, int[3] stride=[], int[3] padding=0, int[3] dilation=1, bool ceil_mode=False"
  private static let tail1d =
    "int[1] kernel_size, int[1] stride=[], int[1] padding=[0], int[1] dilation=[1], bool ceil_mode=False"

  private static func specs(_ x: Tensor, _ window: PoolWindow) throws -> (TensorSpec, TensorSpec) {
    try MaxWindows.check(x)
    let out = try window.outSizes(x)
    return (PoolShape.spec(x, out), PoolShape.spec(x, out, dtype: .int64))
  }

  private static func run(_ x: Tensor, _ window: PoolWindow, into out: TensorPair) throws {
    let sizes = try window.outSizes(x)
    let spatial = Array(x.shape.suffix(sizes.count))
    try MaxWindows.run(x, sizes.indices.map { window.axis(spatial[$0], sizes[$0], $0) }, into: out)
  }

  // MARK: Two dimensions

  static let pool2dWithIndices: Arguments<TensorPair> = .structured(
    "aten::max_pool2d_with_indices(Tensor self, \(tail2d)) -> (Tensor, Tensor)",
    rule: { x, kernel, stride, padding, dilation, ceil in
      try specs(x, PoolWindow(2, kernel, stride, padding, dilation, ceilMode: ceil))
    },
    kernel: { out, x, kernel, stride, padding, dilation, ceil in
      let window = try PoolWindow(2, kernel, stride, padding, dilation, ceilMode: ceil)
      guard x.dtype.isFloatingPoint else { return try run(x, window, into: out) }
      let plan = try PoolPlan(x, window)
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
        sink[0] = pool2dBackward(g.first, try sink.value(input), kernel, stride, padding, dilation, ceil, indices)
      }
    },
    samples: samples2d)

  private static let samples2d: SampleMaker = { s in
    [
      Sample(.tensor(s.tensor([2, 3, 5, 6])), [2].box(), [Int]().box(), [0].box(), [1].box(), false.box()),
      Sample(.tensor(s.tensor([1, 2, 7, 7])), [3, 2].box(), [2, 1].box(), [1, 0].box(), [1, 2].box(), true.box()),
      Sample(.tensor(s.tensor([2, 5, 5])), [3].box(), [2].box(), [1].box(), [1].box(), false.box()),
      Sample(
        .tensor(s.tensor([2, 3, 4, 4]).to(memoryFormat: .channelsLast)), [2].box(), [2].box(), [0].box(), [1].box(), false.box()),
    ]
  }

  static let pool2dBackward: Backward = .structured(
    "aten::max_pool2d_with_indices_backward(Tensor grad_output, Tensor self, int[2] kernel_size, int[2] stride, int[2] padding, int[2] dilation, bool ceil_mode, Tensor indices) -> Tensor",
    rule: { g, x, kernel, stride, padding, dilation, ceil, indices in
      let plan = try PoolPlan(x, PoolWindow(2, kernel, stride, padding, dilation, ceilMode: ceil))
      try plan.check(g)
      guard indices.impl.sizes == plan.outSizes, indices.dtype == .int64 else {
        throw TorchError(.shape, "indices must be int64 of sizes \(plan.outSizes), got \(indices.summary)")
      }
      guard g.dtype == x.dtype else { throw TorchError(.dtype, "grad_output must have self's type \(x.dtype), got \(g.dtype)") }
      return TensorSpec(x.impl.sizes, x.dtype, strides: plan.isChannelsLast ? x.impl.strides : nil)
    },
    kernel: { out, g, x, kernel, stride, padding, dilation, ceil, indices in
      let plan = try PoolPlan(x, PoolWindow(2, kernel, stride, padding, dilation, ceilMode: ceil))
      let gradient = plan.result(g)
      let places = plan.result(indices, as: .int64)
      let table = try NNKernels.table(gradient.dtype).pointee
      try NNKernels.filling(out) { result in
        plan.backward(
          nchw: { table.max_pool2d_backward_nchw(result.address, gradient.address, places.pointer(Int64.self), $0, $1, $2) },
          nhwc: { table.max_pool2d_backward_nhwc(result.address, gradient.address, places.pointer(Int64.self), $0, $1, $2, $3) })
      }
    },
    vjp: { tape, _, _, _, _, _, _, _, indices in
      let indices = tape.save(indices)
      // Each result came from one input element: its gradient is read from there.
      return { v, sink in if sink.wants(0) { sink[0] = PlaneIndices.pick(v.first, try sink.value(indices), 2) } }
    })

  static let pool2d = Arguments<Tensor>.composite(
    "aten::max_pool2d(Tensor self, \(tail2d)) -> Tensor", samples: samples2d
  ) { x, kernel, stride, padding, dilation, ceil in
    try pool2dWithIndices.callThrowing(x, kernel, stride, padding, dilation, ceil).values
  }

  // MARK: Three dimensions

  static let pool3dWithIndices: Arguments<TensorPair> = .structured(
    "aten::max_pool3d_with_indices(Tensor self, \(tail3d)) -> (Tensor, Tensor)",
    rule: { x, kernel, stride, padding, dilation, ceil in
      try specs(x, PoolWindow(3, kernel, stride, padding, dilation, ceilMode: ceil))
    },
    kernel: { out, x, kernel, stride, padding, dilation, ceil in
      try run(x, PoolWindow(3, kernel, stride, padding, dilation, ceilMode: ceil), into: out)
    },
    vjp: { tape, x, kernel, stride, padding, dilation, ceil in
      let input = tape.save(x)
      let indices = tape.result.indices.alias()
      return { g, sink in
        sink[0] = pool3dBackward(g.first, try sink.value(input), kernel, stride, padding, dilation, ceil, indices)
      }
    },
    samples: samples3d)

  private static let samples3d: SampleMaker = { s in
    [
      Sample(.tensor(s.tensor([2, 2, 4, 4, 5])), [2].box(), [Int]().box(), [0].box(), [1].box(), false.box()),
      Sample(.tensor(s.tensor([2, 3, 5, 4])), [2, 3, 2].box(), [1, 2, 1].box(), [1, 1, 0].box(), [1, 1, 2].box(), true.box()),
    ]
  }

  static let pool3dBackward = Backward.composite(
    "aten::max_pool3d_with_indices_backward(Tensor grad_output, Tensor self, int[3] kernel_size, int[3] stride, int[3] padding, int[3] dilation, bool ceil_mode, Tensor indices) -> Tensor",
    rule: { g, x, kernel, stride, padding, dilation, ceil, indices in
      let out = try PoolWindow(3, kernel, stride, padding, dilation, ceilMode: ceil).outSizes(x)
      try PoolShape.check(g, PoolShape.sizes(x, out))
      try PoolShape.check(indices, g)
    }
  ) { g, x, _, _, _, _, _, indices in PlaneIndices.spread(g, indices, x.shape, 3) }

  static let pool3d = Arguments<Tensor>.composite(
    "aten::max_pool3d(Tensor self, \(tail3d)) -> Tensor", samples: samples3d
  ) { x, kernel, stride, padding, dilation, ceil in
    try pool3dWithIndices.callThrowing(x, kernel, stride, padding, dilation, ceil).values
  }

  // MARK: One dimension: two with a window of height 1

  static let pool1dWithIndices = Arguments<TensorPair>.composite(
    "aten::max_pool1d_with_indices(Tensor self, \(tail1d)) -> (Tensor, Tensor)",
    rule: { x, _, _, _, _, _ in _ = try PoolShape.spatial(x, 1) }, samples: samples1d
  ) { x, kernel, stride, padding, dilation, ceil in
    let pair = try pool2dWithIndices.callThrowing(
      x.unsqueeze(-2), try flat(kernel, "kernel_size", 1), stride.isEmpty ? [] : try flat(stride, "stride", 1),
      try flat(padding, "padding", 0), try flat(dilation, "dilation", 1), ceil)
    return TensorPair(values: pair.values.squeeze(-2), indices: pair.indices.squeeze(-2))
  }

  private static let samples1d: SampleMaker = { s in
    [
      Sample(.tensor(s.tensor([2, 3, 7])), [2].box(), [Int]().box(), [0].box(), [1].box(), false.box()),
      Sample(.tensor(s.tensor([3, 8])), [3].box(), [2].box(), [1].box(), [2].box(), true.box()),
    ]
  }

  static let pool1d = Arguments<Tensor>.composite(
    "aten::max_pool1d(Tensor self, \(tail1d)) -> Tensor", samples: samples1d
  ) { x, kernel, stride, padding, dilation, ceil in
    try pool1dWithIndices.callThrowing(x, kernel, stride, padding, dilation, ceil).values
  }

  /// A parameter over one dimension as one over two.
  static func flat(_ values: [Int], _ name: String, _ filler: Int) throws -> [Int] {
    guard values.count == 1 else { throw TorchError(.value, "\(name) must be one number, got \(values)") }
    return [filler, values[0]]
  }

  static let table: [AnyOp] = [
    pool1d.erased, pool1dWithIndices.erased, pool2d.erased, pool2dWithIndices.erased, pool2dBackward.erased, pool3d.erased,
    pool3dWithIndices.erased, pool3dBackward.erased,
  ]
}

extension PoolShape {
  /// Throws unless indices belong to a gradient.
  static func check(_ indices: Tensor, _ g: Tensor) throws {
    guard indices.impl.sizes == g.impl.sizes, indices.dtype == .int64 else {
      throw TorchError(.shape, "indices must be int64 of sizes \(g.impl.sizes), got \(indices.summary)")
    }
  }
}
