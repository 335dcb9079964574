import TorchCore
import CTorchKernels

enum RMSNorm {
  private static func epsilon(_ eps: Double?, _ dtype: DType) -> Double {
    if let eps { return eps }
    switch dtype {
    case .float64: return 0x1p-52
    case .bfloat16: return 0x1p-7
    case .float16: return 0x1p-10
    default: return 0x1p-23
    }
  }

  /// The result and the reciprocal root mean square of each row. Without eps, the distance from 1 to the next number of the type.
  static let fused = recorded.differentiableInFirst

  private static let recorded: Op<Tensor, [Int], Tensor?, Double?, TensorPair> = .structured(
    "aten::_fused_rms_norm(Tensor input, int[] normalized_shape, Tensor? weight, float? eps) -> (Tensor, Tensor)",
    rule: { x, shape, weight, _ in
      let rows = try NormalizedRows(x, shape)
      try rows.check(weight, "weight", shape)
      return (TensorSpec(like: x), TensorSpec(like: x, sizes: rows.statisticSizes, dtype: x.dtype.widened))
    },
    kernel: { out, x, shape, weight, eps in
      let rows = try NormalizedRows(x, shape)
      let source = x.kernelInput
      let gamma = weight?.to(source.dtype).contiguous()
      let fn = try NNKernels.table(source.dtype).pointee.rms_norm
      let delta = epsilon(eps, x.dtype)
      try NNKernels.filling(out.values) { result in
        rows.forEachRow { fn(result.address, out.indices.address, source.address, gamma?.address, delta, Int64(rows.n), $0, $1) }
      }
    },
    vjp: { tape, x, shape, weight, _ in
      let (input, gamma) = (tape.save(x), tape.save(weight))
      let rstd = tape.result.indices.alias()
      return { g, sink in
        guard let gradient = g[0] else { return }
        let weight = try gamma.map { try sink.value($0) }
        let mask = [sink.wants(0), weight != nil && sink.wants(1)]
        let all = backward(gradient, try sink.value(input), shape, rstd, weight, mask)
        if mask[0] { sink[0] = all.values }
        if mask[1] { sink[1] = all.indices }
      }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([3, 4])), [4].box(), .tensor(s.tensor([4])), 1e-5.box()),
        Sample(.tensor(s.tensor([2, 3, 2])), [3, 2].box(), .none, .none),
      ]
    })

  static let backward: Op<Tensor, Tensor, [Int], Tensor, Tensor?, [Bool], TensorPair> = .structured(
    "aten::_fused_rms_norm_backward(Tensor grad_out, Tensor input, int[] normalized_shape, Tensor rstd, Tensor? weight, bool[2] output_mask) -> (Tensor, Tensor)",
    rule: { g, x, shape, rstd, weight, mask in
      let rows = try NormalizedRows(x, shape)
      try rows.check(weight, "weight", shape)
      guard g.impl.sizes == x.impl.sizes, rstd.count == rows.rows, mask.count == 2 else {
        throw TorchError(
          .shape, "expected grad_out of sizes \(x.impl.sizes), \(rows.rows) statistics and an output_mask of 2 entries")
      }
      return (
        TensorSpec(like: x, sizes: mask[0] ? x.impl.sizes : [0]),
        TensorSpec(like: x, sizes: mask[1] ? Dims(shape) : [0], dtype: weight?.dtype ?? x.dtype)
      )
    },
    kernel: { out, g, x, shape, rstd, weight, mask in
      let rows = try NormalizedRows(x, shape)
      let source = x.kernelInput
      let type = source.dtype
      let (gradient, deviations) = (g.kernelInput, rstd.to(type).contiguous())
      let gamma = weight?.to(type).contiguous()
      let fn = try NNKernels.table(type).pointee.rms_norm_backward
      try NNKernels.filling(out.values) { result in
        try ParameterSums.run(rows, type, gamma: mask[1] ? out.indices : nil, beta: nil, input: mask[0]) {
          gammaSums, _, begin, end in
          fn(
            mask[0] ? result.address : nil, gammaSums, gradient.address, source.address, deviations.address, gamma?.address,
            Int64(rows.n), begin, end)
        }
      }
    },
    vjp: { tape, g, x, shape, rstd, weight, _ in
      let (gradient, input, gamma, deviations) = (tape.save(g), tape.save(x), tape.save(weight), tape.save(rstd))
      let dims = try NormalizedRows(x, shape).dims
      return { v, sink in
        let x = try sink.value(input)
        let weight = try gamma.map { try sink.value($0) } ?? Tensor.ones(shape, dtype: x.dtype)
        // rstd^-2 is mean square + eps: what it exceeds the mean square by is a constant.
        let rstd = try sink.value(deviations).detach()
        let eps = noGrad {
          let wide = x.detach().to(rstd.dtype)
          return (rstd * rstd).reciprocal() - (wide * wide).mean(dims, keepDim: true)
        }
        let pulled = try HigherOrder.pullBack(
          [x, weight], gradient: try sink.value(gradient), cotangents: [v[0], v[1]], createsGraph: sink.createsGraph
        ) { p in p[0] * ((p[0] * p[0]).mean(dims, keepDim: true) + eps).rsqrt() * p[1] }
        sink[0] = pulled.gradient
        sink[1] = pulled.inputs[0]
        if gamma != nil { sink[3] = pulled.inputs[1] }
      }
    })

  static let rmsNorm = Op<Tensor, [Int], Tensor?, Double?, Tensor>.composite(
    "aten::rms_norm(Tensor input, SymInt[] normalized_shape, Tensor? weight=None, float? eps=None) -> Tensor",
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), [4].box(), .tensor(s.tensor([4])), .none)] }
  ) { x, shape, weight, eps in
    guard x.dtype.isComplex else { return try fused.callThrowing(x, shape, weight, eps).values }
    guard !shape.isEmpty, shape.count <= x.rank, Array(x.shape.suffix(shape.count)) == shape else {
      throw TorchError(.shape, "normalized_shape \(shape) must equal the last of the input's sizes \(x.impl.sizes)")
    }
    if let weight, weight.shape != shape {
      throw TorchError(.shape, "weight must have sizes \(shape), got \(weight.summary)")
    }
    // As PyTorch has it, of squares rather than of squared magnitudes.
    let delta = eps ?? epsilon(nil, x.dtype == .complex128 ? .float64 : .float32)
    let dims = Array((x.rank - shape.count)..<x.rank)
    let normal = x * ((x * x).mean(dims, keepDim: true) + Tensor(scalar: .double(delta))).rsqrt()
    return weight.map { (normal * $0).to(x.dtype) } ?? normal
  }

  static let table: [AnyOp] = [fused.erased, backward.erased, rmsNorm.erased]
}

/// Divides the last dimensions by the root of their mean square. `torch.nn.functional.rms_norm`.
/// - Parameters:
///   - normalizedShape: the sizes of those dimensions.
///   - weight: factors of those sizes.
///   - eps: added to the mean square; nil is the distance from 1 to the next number of the type.
public func rmsNorm(_ input: Tensor, _ normalizedShape: [Int], weight: Tensor? = nil, eps: Double? = nil) -> Tensor {
  RMSNorm.rmsNorm(input, normalizedShape, weight, eps)
}
