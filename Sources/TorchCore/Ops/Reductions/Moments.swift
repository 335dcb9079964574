import CTorchKernels

/// Variances and standard deviations, alone and with means.
package enum Moments {
  package typealias CorrectionOp<R: OpResult> = Op<Tensor, [Int]?, Scalar?, Bool, R>

  // MARK: The ops with kernels

  package static let variance = spread(
    "aten::var.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> Tensor", root: false)
  package static let deviation = spread(
    "aten::std.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> Tensor", root: true)

  private static func spread(_ schema: String, root: Bool) -> CorrectionOp<Tensor> {
    .structured(
      schema,
      rule: { x, dims, _, keepDim in try rule(x, dims, keepDim) },
      kernel: { out, x, dims, correction, keepDim in
        try compute(x, try ReducedDims(x.impl.sizes, dims, keepDim: keepDim), correction, root: root, mean: nil, into: out)
      },
      vjp: { tape, x, dims, correction, keepDim in
        let reduced = try ReducedDims(x.impl.sizes, dims, keepDim: keepDim)
        let (input, result) = (tape.save(x), tape.save(result: tape.result))
        let isWhole = dims == nil || x.rank == 0
        return { g, sink in
          sink[0] = gradient(
            g.first, try sink.value(input), root ? try sink.value(result) : nil, reduced, correction, isWhole: isWhole)
        }
      },
      samples: samples)
  }

  package static let varianceAndMean = spreadAndMean(
    "aten::var_mean.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> (Tensor, Tensor)",
    root: false)
  package static let deviationAndMean = spreadAndMean(
    "aten::std_mean.correction(Tensor self, int[1]? dim=None, *, Scalar? correction=None, bool keepdim=False) -> (Tensor, Tensor)",
    root: true)

  private static func spreadAndMean(_ schema: String, root: Bool) -> CorrectionOp<TensorPair> {
    .structured(
      schema,
      rule: { x, dims, _, keepDim in
        let spec = try rule(x, dims, keepDim)
        return (spec, TensorSpec(like: x, sizes: spec.sizes))
      },
      kernel: { out, x, dims, correction, keepDim in
        let reduced = try ReducedDims(x.impl.sizes, dims, keepDim: keepDim)
        try compute(x, reduced, correction, root: root, mean: out.indices, into: out.values)
      },
      vjp: { tape, x, dims, correction, keepDim in
        let reduced = try ReducedDims(x.impl.sizes, dims, keepDim: keepDim)
        let (input, result) = (tape.save(x), tape.save(result: tape.result.values))
        let sizes = x.shape
        let isWhole = dims == nil || x.rank == 0
        return { g, sink in
          var total: Tensor?
          if let first = g[0] {
            total = gradient(
              first, try sink.value(input), root ? try sink.value(result) : nil, reduced, correction, isWhole: isWhole)
          }
          if let second = g[1] {
            let share = (second.reshape(Array(reduced.keptSizes)) / Tensor(scalar: .double(Double(reduced.count)))).expand(sizes)
            total = total.map { $0 + share } ?? share
          }
          sink[0] = total
        }
      },
      samples: samples)
  }

  private static let samples: SampleMaker = { s in
    [
      Sample(.tensor(s.tensor([3, 4])), .none, .none, false.box()),
      Sample(.tensor(s.tensor([2, 3, 4])), [0, 2].box(), .scalar(.int(0)), true.box()),
      Sample(.tensor(s.tensor([2, 3, 4])), [1].box(), .scalar(.double(1.5)), false.box()),
    ]
  }

  private static func rule(_ x: Tensor, _ dims: [Int]?, _ keepDim: Bool) throws -> TensorSpec {
    guard x.dtype.isDifferentiable else {
      throw TorchError(.dtype, "a variance needs a floating-point or complex type, got \(x.dtype)")
    }
    return TensorSpec(like: x, sizes: try ReducedDims(x.impl.sizes, dims, keepDim: keepDim).sizes, dtype: x.dtype.realType)
  }

  private static func compute(
    _ x: Tensor, _ reduced: ReducedDims, _ correction: Scalar?, root: Bool, mean: Tensor?, into out: Tensor
  ) throws {
    if let once = reduced.once(x) {
      // A correction of c for k times the elements is one of c / k for the elements.
      let fewer = Scalar.double((correction?.doubleValue ?? 1) / Double(once.repeats))
      let result = try Tensor.allocate(TensorSpec(once.dims.sizes, out.dtype))
      let mean = try mean.map { ($0, try Tensor.allocate(TensorSpec(once.dims.sizes, $0.dtype))) }
      try compute(once.tensor, once.dims, fewer, root: root, mean: mean?.1, into: result)
      Copying.copy(result, into: out)
      if let mean { Copying.copy(mean.1, into: mean.0) }
      return
    }
    if x.dtype.isComplex {
      // The variances of both parts add up.
      let (parts, other) = (x.realAndImaginary, try Tensor.allocate(TensorSpec(out.impl.sizes, out.dtype)))
      let means = try mean.map { _ in [try Tensor.allocate(TensorSpec(out.impl.sizes, out.dtype)), other.zerosLike()] }
      try compute(parts.re, reduced, correction, root: false, mean: means?[0], into: out)
      try compute(parts.im, reduced, correction, root: false, mean: means?[1], into: other)
      out.add_(other)
      if root { out.sqrt_() }
      if let mean, let means {
        Copying.copy(means[0], into: mean.realAndImaginary.re)
        Copying.copy(means[1], into: mean.realAndImaginary.im)
      }
      return
    }
    let type = x.dtype.widened
    let kernels = try ReductionKernels.table(type).pointee
    guard let fn = kernels.var, let moments = kernels.moments else { throw TorchError(.dtype, "not defined for \(x.dtype)") }
    let delta = correction?.doubleValue ?? 1
    let converts = out.dtype != type
    let target = converts ? try Tensor.allocate(TensorSpec(out.impl.sizes, type)) : out
    let meanTarget = try mean.map { converts ? try Tensor.allocate(TensorSpec($0.impl.sizes, type)) : $0 }
    reduced.withLoop(x.to(type)) { source, loop in
      let block = Int(TORCH_REDUCE_BLOCK)
      guard loop.outer * loop.inner < 64, loop.inner == 1, loop.n >= 2 * block else {
        loop.forEachRange { fn(meanTarget?.address, target.address, source.address, $0, delta, root) }
        return
      }
      // Long rows: blocks of fixed size, shared among threads, then combined in order.
      let (blocks, rest) = (loop.n / block, loop.n % block)
      let parts = blocks + (rest > 0 ? 1 : 0)
      var counts = [Int64](repeating: Int64(block), count: parts)
      if rest > 0 { counts[blocks] = Int64(rest) }
      withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * parts + 2) { partial in
        let base = partial.baseAddress!
        for row in 0..<loop.outer {
          let start = source.address + row * loop.n * type.byteCount
          ReductionLoop(outer: blocks, n: block, inner: 1).forEachRange { moments(base, start, $0) }
          if rest > 0 {
            ReductionLoop(outer: 1, n: rest, inner: 1).forEachRange {
              moments(base + 2 * blocks, start + blocks * block * type.byteCount, $0)
            }
          }
          let result = base + 2 * parts
          torch_moments_combine(result, base, counts, Int64(parts), 1)
          let variance = result[1] / Swift.max(0, Double(loop.n) - delta)
          store(root ? variance.squareRoot() : variance, target, row)
          if let meanTarget { store(result[0], meanTarget, row) }
        }
      }
    }
    if converts {
      Copying.copy(target, into: out)
      if let mean, let meanTarget { Copying.copy(meanTarget, into: mean) }
    }
  }

  private static func store(_ value: Double, _ target: Tensor, _ i: Int) {
    if target.dtype == .float64 { target.pointer(Double.self)[i] = value } else { target.pointer(Float.self)[i] = Float(value) }
  }

  /// The gradient by the input of a variance or, given the result, of a standard deviation.
  private static func gradient(
    _ g: Tensor, _ x: Tensor, _ deviation: Tensor?, _ reduced: ReducedDims, _ correction: Scalar?, isWhole: Bool
  ) -> Tensor {
    let kept = Array(reduced.keptSizes)
    var gradient = g.reshape(kept)
    if let deviation {
      let d = deviation.reshape(kept)
      gradient = `where`(d .== 0, Tensor(scalar: 0), gradient / (d * 2))
    }
    let freedom = Double(reduced.count) - (correction?.doubleValue ?? 1)
    let centred = x - x.mean(reduced.indices, keepDim: true)
    if freedom <= 0 && isWhole {
      return gradient * `where`(centred .== 0, Tensor(scalar: .double(.nan)), Tensor(scalar: .double(.infinity))).to(x.dtype)
    }
    return centred * (gradient * Tensor(scalar: .double(2 / freedom)))
  }

  // MARK: The overloads

  private static func overall<R: OpResult>(_ schema: String, _ op: CorrectionOp<R>) -> Op<Tensor, Bool, R> {
    .composite(schema, samples: { s in [Sample(.tensor(s.tensor([2, 3])), true.box())] }) { x, unbiased in
      try op.callThrowing(x, nil, unbiased ? 1 : 0, false)
    }
  }

  private static func overDims<R: OpResult>(_ schema: String, _ op: CorrectionOp<R>) -> Op<Tensor, [Int]?, Bool, Bool, R> {
    .composite(
      schema, samples: { s in [Sample(.tensor(s.tensor([2, 3])), [1].box(), false.box(), true.box())] }
    ) { x, dims, unbiased, keepDim in try op.callThrowing(x, dims, unbiased ? 1 : 0, keepDim) }
  }

  package static let table: [AnyOp] = [
    variance.erased, deviation.erased, varianceAndMean.erased, deviationAndMean.erased,
    overall("aten::var(Tensor self, bool unbiased=True) -> Tensor", variance).erased,
    overall("aten::std(Tensor self, bool unbiased=True) -> Tensor", deviation).erased,
    overall("aten::var_mean(Tensor self, bool unbiased=True) -> (Tensor, Tensor)", varianceAndMean).erased,
    overall("aten::std_mean(Tensor self, bool unbiased=True) -> (Tensor, Tensor)", deviationAndMean).erased,
    overDims("aten::var.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> Tensor", variance).erased,
    overDims("aten::std.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> Tensor", deviation).erased,
    overDims(
      "aten::var_mean.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> (Tensor, Tensor)", varianceAndMean
    ).erased,
    overDims(
      "aten::std_mean.dim(Tensor self, int[1]? dim, bool unbiased=True, bool keepdim=False) -> (Tensor, Tensor)", deviationAndMean
    ).erased,
  ]
}

extension Tensor {
  /// The variance over dimensions (all when nil): squared deviations from the mean, divided by the count less `correction`.
  /// Floating-point types, and complex ones, whose variances are real. `torch.var`.
  public func variance(_ dims: [Int]? = nil, correction: Scalar = 1, keepDim: Bool = false) -> Tensor {
    Moments.variance(self, dims, correction, keepDim)
  }
  /// The standard deviation over dimensions (all when nil). `torch.std`.
  public func std(_ dims: [Int]? = nil, correction: Scalar = 1, keepDim: Bool = false) -> Tensor {
    Moments.deviation(self, dims, correction, keepDim)
  }
  /// Variance and mean in one pass. `torch.var_mean`.
  public func varianceAndMean(_ dims: [Int]? = nil, correction: Scalar = 1, keepDim: Bool = false) -> (
    variance: Tensor, mean: Tensor
  ) {
    let pair = Moments.varianceAndMean(self, dims, correction, keepDim)
    return (pair.values, pair.indices)
  }
  /// Standard deviation and mean in one pass. `torch.std_mean`.
  public func stdAndMean(_ dims: [Int]? = nil, correction: Scalar = 1, keepDim: Bool = false) -> (std: Tensor, mean: Tensor) {
    let pair = Moments.deviationAndMean(self, dims, correction, keepDim)
    return (pair.values, pair.indices)
  }
}
