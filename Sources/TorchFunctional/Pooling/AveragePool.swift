import TorchCore

/// Means over windows of the last one to three dimensions.
enum AveragePool {
  typealias Forward = Op<Tensor, [Int], [Int], [Int], Bool, Bool, Int?, Tensor>
  typealias Backward = Op<Tensor, Tensor, [Int], [Int], [Int], Bool, Bool, Int?, Tensor>

  private static func check(_ dtype: DType) throws {
    guard dtype.isFloatingPoint || dtype == .int64 else {
      throw TorchError(.dtype, "the input of a mean pooling must be floating-point or int64, got \(dtype)")
    }
  }

  /// Means are products of means along each dimension.
  private static func maps(_ x: Tensor, _ window: PoolWindow, sums: Bool = false) throws -> [(dim: Int, map: LineMap)] {
    let out = try window.outSizes(x)
    let first = x.rank - out.count
    return out.indices.map { (first + $0, window.means(x.impl.sizes[first + $0], out[$0], $0, sums: sums || window.divisor != nil)) }
  }

  private static func run(_ x: Tensor, _ window: PoolWindow, into out: Tensor) throws {
    guard x.dtype.isFloatingPoint else { return try divideSums(x, window, into: out) }
    try LineMap.apply(try maps(x, window), x, into: out)
    if let divisor = window.divisor { out.div_(Tensor(scalar: .double(Double(divisor)))) }
  }

  /// Integers are summed and divided, rounding towards zero.
  private static func divideSums(_ x: Tensor, _ window: PoolWindow, into out: Tensor) throws {
    try LineMap.apply(try maps(x, window, sums: true), x, into: out)
    if let divisor = window.divisor { return Copying.copy(out.truncDivide(Tensor(divisor)), into: out) }
    let positions = try window.outSizes(x)
    var counts = Tensor(1)
    for (i, count) in positions.enumerated() {
      let own = Tensor(window.counts(x.impl.sizes[x.rank - positions.count + i], count, i))
      counts = counts.unsqueeze(-1) * own
    }
    Copying.copy(out.truncDivide(counts), into: out)
  }

  // MARK: Two dimensions

  static let pool2d: Forward = .structured(
    "aten::avg_pool2d(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0, bool ceil_mode=False, bool count_include_pad=True, int? divisor_override=None) -> Tensor",
    rule: { x, kernel, stride, padding, ceil, counts, divisor in
      try check(x.dtype)
      return PoolShape.spec(x, try PoolWindow(2, kernel, stride, padding, ceilMode: ceil, counts, divisor).outSizes(x))
    },
    kernel: { out, x, kernel, stride, padding, ceil, counts, divisor in
      let window = try PoolWindow(2, kernel, stride, padding, ceilMode: ceil, counts, divisor)
      guard x.dtype.isFloatingPoint else { return try run(x, window, into: out) }
      let plan = try PoolPlan(x, window)
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
        sink[0] = pool2dBackward(g.first, try sink.value(input), kernel, stride, padding, ceil, counts, divisor)
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

  static let pool2dBackward: Backward = .structured(
    "aten::avg_pool2d_backward(Tensor grad_output, Tensor self, int[2] kernel_size, int[2] stride, int[2] padding, bool ceil_mode, bool count_include_pad, int? divisor_override) -> Tensor",
    rule: { g, x, kernel, stride, padding, ceil, counts, divisor in
      let plan = try PoolPlan(x, PoolWindow(2, kernel, stride, padding, ceilMode: ceil, counts, divisor))
      try plan.check(g)
      return TensorSpec(x.impl.sizes, x.dtype, strides: plan.isChannelsLast ? x.impl.strides : nil)
    },
    kernel: { out, g, x, kernel, stride, padding, ceil, counts, divisor in
      let plan = try PoolPlan(x, PoolWindow(2, kernel, stride, padding, ceilMode: ceil, counts, divisor))
      let gradient = plan.result(g)
      let table = try NNKernels.table(gradient.dtype).pointee
      try NNKernels.filling(out) { result in
        plan.backward(
          nchw: { table.avg_pool2d_backward_nchw(result.address, gradient.address, $0, $1, $2) },
          nhwc: { table.avg_pool2d_backward_nhwc(result.address, gradient.address, $0, $1, $2, $3) })
      }
    },
    vjp: { _, _, _, kernel, stride, padding, ceil, counts, divisor in
      { v, sink in if sink.wants(0) { sink[0] = pool2d(v.first, kernel, stride, padding, ceil, counts, divisor) } }
    },
    samples: { s in
      [
        Sample(
          .tensor(s.tensor([2, 3, 2, 3])), .tensor(s.tensor([2, 3, 5, 6])), [2].box(), [2].box(), [0].box(), false.box(), true.box(),
          .none)
      ]
    })

  // MARK: Three dimensions

  static let pool3d: Forward = .structured(
    "aten::avg_pool3d(Tensor self, int[3] kernel_size, int[3] stride=[], int[3] padding=0, bool ceil_mode=False, bool count_include_pad=True, int? divisor_override=None) -> Tensor",
    rule: { x, kernel, stride, padding, ceil, counts, divisor in
      try check(x.dtype)
      return PoolShape.spec(x, try PoolWindow(3, kernel, stride, padding, ceilMode: ceil, counts, divisor).outSizes(x))
    },
    kernel: { out, x, kernel, stride, padding, ceil, counts, divisor in
      try run(x, PoolWindow(3, kernel, stride, padding, ceilMode: ceil, counts, divisor), into: out)
    },
    vjp: { tape, x, kernel, stride, padding, ceil, counts, divisor in
      let input = tape.save(x)
      return { g, sink in
        sink[0] = pool3dBackward(g.first, try sink.value(input), kernel, stride, padding, ceil, counts, divisor)
      }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([2, 2, 4, 4, 5])), [2].box(), [Int]().box(), [0].box(), false.box(), true.box(), .none),
        Sample(.tensor(s.tensor([1, 2, 4, 5, 4])), [3, 2, 2].box(), [2, 1, 2].box(), [1, 0, 1].box(), true.box(), false.box(), .none),
        Sample(.tensor(s.tensor([2, 4, 4, 4])), [3].box(), [2].box(), [1].box(), false.box(), true.box(), 5.box()),
      ]
    })

  static let pool3dBackward: Backward = .structured(
    "aten::avg_pool3d_backward(Tensor grad_output, Tensor self, int[3] kernel_size, int[3] stride, int[3] padding, bool ceil_mode, bool count_include_pad, int? divisor_override) -> Tensor",
    rule: { g, x, kernel, stride, padding, ceil, counts, divisor in
      try NNKernels.require(g.dtype, "the gradient of a pooling")
      let out = try PoolWindow(3, kernel, stride, padding, ceilMode: ceil, counts, divisor).outSizes(x)
      try PoolShape.check(g, PoolShape.sizes(x, out))
      return TensorSpec(like: x, dtype: g.dtype)
    },
    kernel: { out, g, x, kernel, stride, padding, ceil, counts, divisor in
      let window = try PoolWindow(3, kernel, stride, padding, ceilMode: ceil, counts, divisor)
      try LineMap.apply(try maps(x, window).map { ($0.dim, $0.map.transposed) }, g, into: out)
      if let divisor { out.div_(Tensor(scalar: .double(Double(divisor)))) }
    },
    vjp: { _, _, _, kernel, stride, padding, ceil, counts, divisor in
      { v, sink in if sink.wants(0) { sink[0] = pool3d(v.first, kernel, stride, padding, ceil, counts, divisor) } }
    })

  // MARK: One dimension: two with a window of height 1

  static let pool1d = Op<Tensor, [Int], [Int], [Int], Bool, Bool, Tensor>.composite(
    "aten::avg_pool1d(Tensor self, int[1] kernel_size, int[1] stride=[], int[1] padding=[0], bool ceil_mode=False, bool count_include_pad=True) -> Tensor",
    rule: { x, _, _, _, _, _ in _ = try PoolShape.spatial(x, 1) },
    samples: { s in
      [
        Sample(.tensor(s.tensor([2, 3, 7])), [2].box(), [Int]().box(), [0].box(), false.box(), true.box()),
        Sample(.tensor(s.tensor([3, 8])), [3].box(), [2].box(), [1].box(), true.box(), false.box()),
      ]
    }
  ) { x, kernel, stride, padding, ceil, counts in
    try pool2d.callThrowing(
      x.unsqueeze(-2), try MaxPool.flat(kernel, "kernel_size", 1), stride.isEmpty ? [] : try MaxPool.flat(stride, "stride", 1),
      try MaxPool.flat(padding, "padding", 0), ceil, counts, nil
    ).squeeze(-2)
  }

  static let table: [AnyOp] = [
    pool1d.erased, pool2d.erased, pool2dBackward.erased, pool3d.erased, pool3dBackward.erased,
  ]
}
