import TorchCore
import CTorchKernels

/// Softmax, its logarithm, and their derivatives.
enum Softmax {
  static let softmax: Op<Tensor, Int, Bool, Tensor> = .structured(
    "aten::_softmax(Tensor self, int dim, bool half_to_float) -> Tensor",
    rule: { x, dim, halfToFloat in try rule(x, dim, halfToFloat) },
    kernel: { out, x, dim, _ in try run(out, x, dim) { $0.softmax } },
    vjp: { tape, x, dim, _ in
      let result = tape.save(result: tape.result)
      let type = x.dtype
      return { g, sink in sink[0] = softmaxBackward(g.first, try sink.value(result), dim, type) }
    },
    samples: samples)

  static let logSoftmax: Op<Tensor, Int, Bool, Tensor> = .structured(
    "aten::_log_softmax(Tensor self, int dim, bool half_to_float) -> Tensor",
    rule: { x, dim, halfToFloat in try rule(x, dim, halfToFloat) },
    kernel: { out, x, dim, halfToFloat in
      let last = try normalizeDim(dim, rank: x.rank) == x.rank - 1
      if x.dtype.byteCount == 2 && last && !halfToFloat && x.count > 0 { return logOfHalves(out, x) }
      try run(out, x, dim) { $0.log_softmax }
    },
    vjp: { tape, x, dim, _ in
      let result = tape.save(result: tape.result)
      let type = x.dtype
      return { g, sink in sink[0] = logSoftmaxBackward(g.first, try sink.value(result), dim, type) }
    },
    samples: samples)

  static let softmaxBackward: Op<Tensor, Tensor, Int, DType, Tensor> = .structured(
    "aten::_softmax_backward_data(Tensor grad_output, Tensor output, int dim, ScalarType input_dtype) -> Tensor",
    rule: { g, y, dim, type in try backwardRule(g, y, dim, type) },
    kernel: { out, g, y, dim, _ in try runBackward(out, g, y, dim) { $0.softmax_backward } },
    vjp: { tape, g, y, dim, type in
      let (gradient, result) = (tape.save(g), tape.save(y))
      return { v, sink in
        let (g, y) = (try sink.value(gradient), try sink.value(result))
        let v = v.first.to(y.dtype)
        if sink.wants(0) { sink[0] = softmaxBackward(v, y, dim, y.dtype) }
        if sink.wants(1) {
          sink[1] = v * (g - (g * y).sum(dim, keepDim: true)) - g * (v * y).sum(dim, keepDim: true)
        }
      }
    },
    samples: { s in backwardSamples(&s) })

  static let logSoftmaxBackward: Op<Tensor, Tensor, Int, DType, Tensor> = .structured(
    "aten::_log_softmax_backward_data(Tensor grad_output, Tensor output, int dim, ScalarType input_dtype) -> Tensor",
    rule: { g, y, dim, type in try backwardRule(g, y, dim, type) },
    kernel: { out, g, y, dim, _ in try runBackward(out, g, y, dim) { $0.log_softmax_backward } },
    vjp: { tape, g, y, dim, type in
      let (gradient, result) = (tape.save(g), tape.save(y))
      return { v, sink in
        let (g, y) = (try sink.value(gradient), try sink.value(result))
        let v = v.first.to(y.dtype)
        let weighted = v * y.exp()
        if sink.wants(0) { sink[0] = v - weighted.sum(dim, keepDim: true) }
        if sink.wants(1) { sink[1] = -(weighted * g.sum(dim, keepDim: true)) }
      }
    },
    samples: { s in backwardSamples(&s) })

  private static let samples: SampleMaker = { s in
    [
      Sample(.tensor(s.tensor([3, 4])), (-1).box(), false.box()), Sample(.tensor(s.tensor([2, 3, 4])), 1.box(), false.box()),
      Sample(.tensor(s.tensor([])), 0.box(), false.box()),
    ]
  }

  private static func backwardSamples(_ s: inout SampleSource) -> [Sample] {
    [Sample(.tensor(s.tensor([2, 3, 4])), .tensor(s.tensor([2, 3, 4], low: 0.1, high: 0.9)), 1.box(), .dtype(s.dtype))]
  }

  private static func rule(_ x: Tensor, _ dim: Int, _ halfToFloat: Bool) throws -> TensorSpec {
    _ = try normalizeDim(dim, rank: x.rank)
    try NNKernels.require(x.dtype, "the input of softmax")
    return TensorSpec(like: x, dtype: halfToFloat ? x.dtype.widened : x.dtype)
  }

  private static func backwardRule(_ g: Tensor, _ y: Tensor, _ dim: Int, _ type: DType) throws -> TensorSpec {
    _ = try normalizeDim(dim, rank: y.rank)
    try NNKernels.require(y.dtype, "the result of softmax")
    guard g.impl.sizes == y.impl.sizes, g.dtype == y.dtype else {
      throw TorchError(.shape, "grad_output must be like output \(y.summary), got \(g.summary)")
    }
    return TensorSpec(like: y, dtype: type)
  }

  /// Along the last dimension of a half type, where PyTorch keeps the sums, and then their logarithms, in that type.
  private static func logOfHalves(_ out: Tensor, _ x: Tensor) {
    noGrad {
      let wide = x.detach().to(x.dtype.widened)
      let shifted = wide - wide.amax([-1], keepDim: true)
      let sums = shifted.exp().sum(-1, keepDim: true).to(x.dtype)
      Copying.copy(shifted - sums.to(wide.dtype).log().to(x.dtype).to(wide.dtype), into: out)
    }
  }

  private typealias Kernel = @convention(c) (UnsafeMutableRawPointer, UnsafeRawPointer, torch_reduce_range) -> Void
  private typealias BackwardKernel =
    @convention(c) (UnsafeMutableRawPointer, UnsafeRawPointer, UnsafeRawPointer, torch_reduce_range) -> Void

  private static func run(_ out: Tensor, _ x: Tensor, _ dim: Int, _ choice: (torch_nn_kernels) -> Kernel) throws {
    let source = x.kernelInput
    let fn = choice(try NNKernels.table(source.dtype).pointee)
    let loop = ReductionLoop(x.impl.sizes, dim: try normalizeDim(dim, rank: x.rank))
    try NNKernels.filling(out) { target in loop.forEachRange { fn(target.address, source.address, $0) } }
  }

  private static func runBackward(
    _ out: Tensor, _ g: Tensor, _ y: Tensor, _ dim: Int, _ choice: (torch_nn_kernels) -> BackwardKernel
  ) throws {
    let (gradient, result) = (g.kernelInput, y.kernelInput)
    let fn = choice(try NNKernels.table(result.dtype).pointee)
    let loop = ReductionLoop(y.impl.sizes, dim: try normalizeDim(dim, rank: y.rank))
    try NNKernels.filling(out) { target in
      loop.forEachRange { fn(target.address, gradient.address, result.address, $0) }
    }
  }

  static let softmaxInt = Op<Tensor, Int, DType?, Tensor>.composite(
    "aten::softmax.int(Tensor self, int dim, ScalarType? dtype=None) -> Tensor",
    samples: { s in
      [Sample(.tensor(s.tensor([2, 3])), 1.box(), .none), Sample(.tensor(s.tensor([2, 3])), 0.box(), .dtype(.float64))]
    }
  ) { x, dim, dtype in try softmax.callThrowing(dtype.map { x.to($0) } ?? x, dim, false) }

  static let logSoftmaxInt = Op<Tensor, Int, DType?, Tensor>.composite(
    "aten::log_softmax.int(Tensor self, int dim, ScalarType? dtype=None) -> Tensor",
    samples: { s in
      [Sample(.tensor(s.tensor([2, 3])), 1.box(), .none), Sample(.tensor(s.tensor([2, 3])), 0.box(), .dtype(.float64))]
    }
  ) { x, dim, dtype in try logSoftmax.callThrowing(dtype.map { x.to($0) } ?? x, dim, false) }

  /// As softmax, but lines of minus infinity alone give zeros rather than NaN: rows of attention that are masked altogether.
  static let safeSoftmax = Op<Tensor, Int, DType?, Tensor>.composite(
    "aten::_safe_softmax(Tensor self, int dim, ScalarType? dtype=None) -> Tensor",
    samples: { s in [Sample(.tensor(s.tensor([2, 3])), 1.box(), .none), Sample(.tensor(s.tensor([2, 3])), 0.box(), .dtype(.float64))] }
  ) { x, dim, dtype in
    let isMasked = (x .== Tensor(scalar: .double(-.infinity))).all(dim, keepDim: true)
    // Such lines take part as zeros, so that neither they nor their gradients hold NaN.
    let zero = Tensor(scalar: .int(0))
    return `where`(isMasked, zero, try softmaxInt.callThrowing(`where`(isMasked, zero, x), dim, dtype))
  }

  static let table: [AnyOp] = [
    safeSoftmax.erased, softmax.erased, logSoftmax.erased, softmaxBackward.erased, logSoftmaxBackward.erased, softmaxInt.erased, logSoftmaxInt.erased,
  ]
}

extension Tensor {
  /// Exponentials divided by their sum along a dimension. Floating-point types. `torch.softmax`.
  public func softmax(dim: Int, dtype: DType? = nil) -> Tensor { Softmax.softmaxInt(self, dim, dtype) }
  /// The logarithm of `softmax`, computed without overflow. Floating-point types. `torch.log_softmax`.
  public func logSoftmax(dim: Int, dtype: DType? = nil) -> Tensor { Softmax.logSoftmaxInt(self, dim, dtype) }
}
