import TorchCore

/// Means and maxima over as many about equal windows as the result is to have positions.
enum AdaptivePool {
  typealias Forward<R: OpResult> = Op<Tensor, [Int], R>

  private static func outSize(_ size: [Int], _ dims: Int) throws -> [Int] {
    guard size.count == dims, size.allSatisfy({ $0 >= 0 && $0 <= Int(Int32.max) }) else {
      throw TorchError(.value, "output_size must be \(dims == 1 ? "one number" : "\(dims) numbers") of at least 0, got \(size)")
    }
    return size
  }

  private static func axes(_ x: Tensor, _ size: [Int]) -> [WindowAxis] {
    size.enumerated().map { .adaptive(x.impl.sizes[x.rank - size.count + $0], $1) }
  }

  // MARK: Means

  static let mean2d: Forward<Tensor> = .structured(
    "aten::_adaptive_avg_pool2d(Tensor self, SymInt[2] output_size) -> Tensor",
    rule: { x, size in TensorSpec(like: x, try PoolPlan(x, adaptive: try outSize(size, 2))) },
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
      return { g, sink in sink[0] = mean2dBackward(g.first, try sink.value(input)) }
    },
    samples: samples2d)

  private static let samples2d: SampleMaker = { s in
    [
      Sample(.tensor(s.tensor([2, 3, 5, 6])), [2, 3].box()), Sample(.tensor(s.tensor([2, 3, 4, 4])), [1, 1].box()),
      Sample(.tensor(s.tensor([3, 5, 5])), [3, 3].box()),
      Sample(.tensor(s.tensor([2, 3, 5, 4]).to(memoryFormat: .channelsLast)), [2, 2].box()),
    ]
  }

  static let mean2dBackward: Op<Tensor, Tensor, Tensor> = .structured(
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
      return { v, sink in if sink.wants(0) { sink[0] = mean2d(v.first, size) } }
    },
    samples: { s in [Sample(.tensor(s.tensor([2, 3, 2, 3])), .tensor(s.tensor([2, 3, 5, 6])))] })

  static let mean3d: Forward<Tensor> = .structured(
    "aten::_adaptive_avg_pool3d(Tensor self, SymInt[3] output_size) -> Tensor",
    rule: { x, size in
      try NNKernels.require(x.dtype, "the input of a pooling")
      _ = try PoolShape.spatial(x, 3)
      return PoolShape.spec(x, try outSize(size, 3))
    },
    kernel: { out, x, size in
      try LineMap.apply(axes(x, size).enumerated().map { (x.rank - 3 + $0, $1.means) }, x, into: out)
    },
    vjp: { tape, x, _ in
      let input = tape.save(x)
      return { g, sink in sink[0] = mean3dBackward(g.first, try sink.value(input)) }
    },
    samples: samples3d)

  private static let samples3d: SampleMaker = { s in
    [
      Sample(.tensor(s.tensor([2, 2, 4, 5, 3])), [2, 3, 1].box()), Sample(.tensor(s.tensor([2, 3, 4, 4])), [2, 6, 3].box()),
    ]
  }

  static let mean3dBackward: Op<Tensor, Tensor, Tensor> = .structured(
    "aten::_adaptive_avg_pool3d_backward(Tensor grad_output, Tensor self) -> Tensor",
    rule: { g, x in
      try NNKernels.require(g.dtype, "the gradient of a pooling")
      _ = try PoolShape.spatial(x, 3)
      try PoolShape.check(g, PoolShape.sizes(x, Array(g.shape.suffix(3))))
      return TensorSpec(like: x, dtype: g.dtype)
    },
    kernel: { out, g, x in
      let size = Array(g.shape.suffix(3))
      try LineMap.apply(axes(x, size).enumerated().map { (x.rank - 3 + $0, $1.means.transposed) }, g, into: out)
    },
    vjp: { _, g, _ in
      let size = Array(g.shape.suffix(3))
      return { v, sink in if sink.wants(0) { sink[0] = mean3d(v.first, size) } }
    })

  static let adaptive1d = Forward<Tensor>.composite(
    "aten::adaptive_avg_pool1d(Tensor self, int[1] output_size) -> Tensor",
    rule: { x, _ in _ = try PoolShape.spatial(x, 1) },
    samples: { s in [Sample(.tensor(s.tensor([2, 3, 7])), [3].box())] }
  ) { x, size in try mean2d.callThrowing(x.unsqueeze(-2), [1] + (try outSize(size, 1))).squeeze(-2) }

  static let adaptive2d = Forward<Tensor>.composite(
    "aten::adaptive_avg_pool2d(Tensor self, SymInt[2] output_size) -> Tensor", samples: samples2d
  ) { try mean2d.callThrowing($0, $1) }

  static let adaptive3d = Forward<Tensor>.composite(
    "aten::adaptive_avg_pool3d(Tensor self, SymInt[3] output_size) -> Tensor", samples: samples3d
  ) { try mean3d.callThrowing($0, $1) }

  // MARK: Maxima

  private static func max(
    _ schema: String, _ dims: Int, samples: @escaping SampleMaker
  ) -> Forward<TensorPair> {
    .structured(
      schema,
      rule: { x, size in
        try MaxWindows.check(x)
        try NNKernels.require(x.dtype, "the input of an adaptive pooling")
        _ = try PoolShape.spatial(x, dims)
        let out = try outSize(size, dims)
        return (PoolShape.spec(x, out), PoolShape.spec(x, out, dtype: .int64))
      },
      kernel: { out, x, size in
        if out.values.count > 0 { try MaxWindows.run(x, axes(x, size), into: out) }
      },
      vjp: { tape, x, _ in
        let sizes = x.shape
        let indices = tape.result.indices.alias()
        return { g, sink in sink[0] = PlaneIndices.spread(g.first, indices, sizes, dims) }
      },
      samples: samples)
  }

  static let max2d: Forward<TensorPair> = max(
    "aten::adaptive_max_pool2d(Tensor self, int[2] output_size) -> (Tensor, Tensor)", 2, samples: samples2d)
  static let max3d: Forward<TensorPair> = max(
    "aten::adaptive_max_pool3d(Tensor self, int[3] output_size) -> (Tensor, Tensor)", 3, samples: samples3d)

  static let max1d = Forward<TensorPair>.composite(
    "aten::adaptive_max_pool1d(Tensor self, int[1] output_size) -> (Tensor, Tensor)",
    rule: { x, _ in _ = try PoolShape.spatial(x, 1) },
    samples: { s in [Sample(.tensor(s.tensor([2, 3, 7])), [3].box())] }
  ) { x, size in
    let pair = try max2d.callThrowing(x.unsqueeze(-2), [1] + (try outSize(size, 1)))
    return TensorPair(values: pair.values.squeeze(-2), indices: pair.indices.squeeze(-2))
  }

  private static func maxBackward(_ schema: String, _ dims: Int) -> Op<Tensor, Tensor, Tensor, Tensor> {
    .composite(
      schema,
      rule: { g, x, indices in
        _ = try PoolShape.spatial(x, dims)
        try PoolShape.check(g, PoolShape.sizes(x, Array(g.shape.suffix(dims))))
        try PoolShape.check(indices, g)
      }
    ) { g, x, indices in PlaneIndices.spread(g, indices, x.shape, dims) }
  }

  static let max2dBackward = maxBackward(
    "aten::adaptive_max_pool2d_backward(Tensor grad_output, Tensor self, Tensor indices) -> Tensor", 2)
  static let max3dBackward = maxBackward(
    "aten::adaptive_max_pool3d_backward(Tensor grad_output, Tensor self, Tensor indices) -> Tensor", 3)

  static let table: [AnyOp] = [
    mean2d.erased, mean2dBackward.erased, mean3d.erased, mean3dBackward.erased, adaptive1d.erased, adaptive2d.erased,
    adaptive3d.erased, max1d.erased, max2d.erased, max3d.erased, max2dBackward.erased, max3dBackward.erased,
  ]
}
