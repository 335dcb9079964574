import TorchCore
import CTorchKernels

/// The trailing dimensions that a layer norm works on: rows of n elements.
struct NormalizedRows {
  let rows: Int
  let n: Int
  /// Sizes of the statistics: 1 in place of every normalised dimension.
  let statisticSizes: Dims
  /// The normalised dimensions.
  let dims: [Int]

  init(_ x: Tensor, _ shape: [Int]) throws {
    try NNKernels.require(x.dtype, "the input of a layer norm")
    guard !shape.isEmpty, shape.count <= x.rank, Array(x.shape.suffix(shape.count)) == shape else {
      throw TorchError(.shape, "normalized_shape \(shape) must equal the last of the input's sizes \(x.impl.sizes)")
    }
    n = shape.reduce(1, *)
    var sizes = x.impl.sizes
    for d in (x.rank - shape.count)..<x.rank { sizes[d] = 1 }
    statisticSizes = sizes
    rows = sizes.product
    dims = Array((x.rank - shape.count)..<x.rank)
  }

  func check(_ parameter: Tensor?, _ name: String, _ shape: [Int]) throws {
    guard let parameter else { return }
    guard parameter.shape == shape, parameter.dtype.isFloatingPoint else {
      throw TorchError(.shape, "\(name) must be floating-point of sizes \(shape), got \(parameter.summary)")
    }
  }

  func forEachRow(_ body: (Int64, Int64) -> Void) {
    parallelFor(rows, grain: Swift.max(1, 16384 / Swift.max(1, n))) { body(Int64($0.lowerBound), Int64($0.upperBound)) }
  }
}

enum LayerNorm {
  /// The result, mean and reciprocal standard deviation of each row.
  static let native = recorded.differentiableInFirst

  private static let recorded: Op<Tensor, [Int], Tensor?, Tensor?, Double, TensorTriple> = .structured(
    "aten::native_layer_norm(Tensor input, SymInt[] normalized_shape, Tensor? weight, Tensor? bias, float eps) -> (Tensor, Tensor, Tensor)",
    rule: { x, shape, weight, bias, _ in
      let rows = try NormalizedRows(x, shape)
      try rows.check(weight, "weight", shape)
      try rows.check(bias, "bias", shape)
      let type = try StatisticType.of(x, [("weight", weight), ("bias", bias)])
      let statistics = TensorSpec(like: x, sizes: rows.statisticSizes, dtype: type)
      return (TensorSpec(like: x), statistics, statistics)
    },
    kernel: { out, x, shape, weight, bias, eps in
      let rows = try NormalizedRows(x, shape)
      let source = x.kernelInput
      let (gamma, beta) = (weight?.to(source.dtype).contiguous(), bias?.to(source.dtype).contiguous())
      let fn = try NNKernels.table(source.dtype).pointee.layer_norm
      try NNKernels.filling(out.first) { result in
        try NNKernels.filling(out.second) { mean in
          try NNKernels.filling(out.third) { rstd in
            rows.forEachRow {
              fn(
                result.address, mean.address, rstd.address, source.address, gamma?.address, beta?.address, eps, Int64(rows.n), $0,
                $1)
            }
          }
        }
      }
    },
    vjp: { tape, x, shape, weight, bias, eps in
      let (input, gamma, beta) = (tape.save(x), tape.save(weight), tape.save(bias))
      let (mean, rstd) = (tape.result.second.alias(), tape.result.third.alias())
      return { g, sink in
        guard let gradient = g[0] else { return }
        let weight = try gamma.map { try sink.value($0) }
        let bias = try beta.map { try sink.value($0) }
        let mask = [sink.wants(0), weight != nil && sink.wants(1), bias != nil && sink.wants(2)]
        let all = backward(gradient, try sink.value(input), shape, mean, rstd, weight, bias, mask)
        if mask[0] { sink[0] = all.first }
        if mask[1] { sink[1] = all.second }
        if mask[2] { sink[2] = all.third }
      }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([3, 4])), [4].box(), .tensor(s.tensor([4])), .tensor(s.tensor([4])), 1e-5.box()),
        Sample(.tensor(s.tensor([2, 3, 2])), [3, 2].box(), .none, .tensor(s.tensor([3, 2])), 1e-3.box()),
        Sample(.tensor(s.tensor([3, 4])), [4].box(), .none, .none, 1e-5.box()),
      ]
    })

  /// Does not know eps: it is part of the reciprocal deviations. The second derivative recovers it from them.
  static let backward: Op<Tensor, Tensor, [Int], Tensor, Tensor, Tensor?, Tensor?, [Bool], TensorTriple> = .structured(
    "aten::native_layer_norm_backward(Tensor grad_out, Tensor input, SymInt[] normalized_shape, Tensor mean, Tensor rstd, Tensor? weight, Tensor? bias, bool[3] output_mask) -> (Tensor, Tensor, Tensor)",
    rule: { g, x, shape, mean, rstd, weight, bias, mask in
      let rows = try NormalizedRows(x, shape)
      try rows.check(weight, "weight", shape)
      guard g.impl.sizes == x.impl.sizes, mean.count == rows.rows, rstd.count == rows.rows, mask.count == 3 else {
        throw TorchError(
          .shape, "expected grad_out of sizes \(x.impl.sizes), \(rows.rows) statistics and an output_mask of 3 entries")
      }
      let none: Dims = [0]
      return (
        TensorSpec(like: x, sizes: mask[0] ? x.impl.sizes : none),
        TensorSpec(like: x, sizes: mask[1] ? Dims(shape) : none, dtype: weight?.dtype ?? x.dtype),
        TensorSpec(like: x, sizes: mask[2] ? Dims(shape) : none, dtype: bias?.dtype ?? x.dtype)
      )
    },
    kernel: { out, g, x, shape, mean, rstd, weight, _, mask in
      let rows = try NormalizedRows(x, shape)
      let source = x.kernelInput
      let type = source.dtype
      let (gradient, means, deviations) = (g.kernelInput, mean.to(type).contiguous(), rstd.to(type).contiguous())
      let gamma = weight?.to(type).contiguous()
      let fn = try NNKernels.table(type).pointee.layer_norm_backward
      try NNKernels.filling(out.first) { result in
        try ParameterSums.run(rows, type, gamma: mask[1] ? out.second : nil, beta: mask[2] ? out.third : nil, input: mask[0]) {
          gammaSums, betaSums, begin, end in
          fn(
            mask[0] ? result.address : nil, gammaSums, betaSums, gradient.address, source.address, means.address,
            deviations.address,
            gamma?.address, Int64(rows.n), begin, end)
        }
      }
    },
    vjp: { tape, g, x, shape, mean, rstd, weight, bias, _ in
      let (gradient, input, gamma) = (tape.save(g), tape.save(x), tape.save(weight))
      let (means, deviations) = (tape.save(mean), tape.save(rstd))
      let dims = try NormalizedRows(x, shape).dims
      let biasType = bias?.dtype ?? x.dtype
      return { v, sink in
        let x = try sink.value(input)
        let weight = try gamma.map { try sink.value($0) } ?? Tensor.ones(shape, dtype: x.dtype)
        // rstd^-2 is variance + eps: what it exceeds the variance by is a constant.
        let (mean, rstd) = (try sink.value(means).detach(), try sink.value(deviations).detach())
        let eps = noGrad {
          let centred = x.detach().to(rstd.dtype) - mean
          return (rstd * rstd).reciprocal() - (centred * centred).mean(dims, keepDim: true)
        }
        let pulled = try HigherOrder.pullBack(
          [x, weight, Tensor.zeros(shape, dtype: biasType)], gradient: try sink.value(gradient), cotangents: [v[0], v[1], v[2]],
          createsGraph: sink.createsGraph
        ) { p in
          let centred = p[0] - p[0].mean(dims, keepDim: true)
          let variance = (centred * centred).mean(dims, keepDim: true)
          return centred * (variance + eps).rsqrt() * p[1] + p[2]
        }
        sink[0] = pulled.gradient
        sink[1] = pulled.inputs[0]
        if gamma != nil { sink[4] = pulled.inputs[1] }
      }
    })

  static let layerNorm = Op<Tensor, [Int], Tensor?, Tensor?, Double, Bool, Tensor>.composite(
    "aten::layer_norm(Tensor input, SymInt[] normalized_shape, Tensor? weight=None, Tensor? bias=None, float eps=1.0000000000000001e-05, bool cudnn_enable=True) -> Tensor",
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), [4].box(), .tensor(s.tensor([4])), .none, 1e-5.box(), true.box())] }
  ) { x, shape, weight, bias, eps, _ in try native.callThrowing(x, shape, weight, bias, eps).first }

  static let table: [AnyOp] = [native.erased, backward.erased, layerNorm.erased]
}

/// Gradients of parameters that every row shares: sums over rows, in blocks.
enum ParameterSums {
  /// Calls `body` for blocks of rows with zeroed memory to add the gradients of gamma and beta to, and adds the blocks up.
  static func run(
    _ rows: NormalizedRows, _ type: DType, gamma: Tensor?, beta: Tensor?, input: Bool,
    _ body: (UnsafeMutableRawPointer?, UnsafeMutableRawPointer?, Int64, Int64) -> Void
  ) throws {
    if gamma == nil && beta == nil {
      if input { rows.forEachRow { body(nil, nil, $0, $1) } }
      return
    }
    let length = ChannelLayout.blockLength(rows.rows)
    let blocks = (rows.rows + length - 1) / length
    let spec = TensorSpec([blocks, rows.n], type)
    let gammaParts = gamma == nil ? nil : try Tensor.filled(0, spec)
    let betaParts = beta == nil ? nil : try Tensor.filled(0, spec)
    let bytes = rows.n * type.byteCount
    ChannelLayout.forEachBlock(rows: rows.rows, columns: rows.n) { block, begin, end in
      body(gammaParts.map { $0.address + block * bytes }, betaParts.map { $0.address + block * bytes }, begin, end)
    }
    for (parts, out) in [(gammaParts, gamma), (betaParts, beta)] {
      guard let parts, let out else { continue }
      if out.dtype == type {
        try ChannelLayout.addUp(parts, blocks: blocks, into: out)
      } else {
        let wide = try Tensor.allocate(TensorSpec(out.impl.sizes, type))
        try ChannelLayout.addUp(parts, blocks: blocks, into: wide)
        Copying.copy(wide, into: out)
      }
    }
  }
}

/// Normalises the last dimensions to mean 0 and variance 1. `torch.nn.functional.layer_norm`.
/// - Parameters:
///   - normalizedShape: the sizes of those dimensions.
///   - weight, bias: factors and summands of those sizes.
public func layerNorm(
  _ input: Tensor, _ normalizedShape: [Int], weight: Tensor? = nil, bias: Tensor? = nil, eps: Double = 1e-5
) -> Tensor {
  LayerNorm.layerNorm(input, normalizedShape, weight, bias, eps, false)
}
