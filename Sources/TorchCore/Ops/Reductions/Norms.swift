import CTorchKernels

/// Norms, and the logarithm of a sum of exponentials.
package enum Norms {
  package static let logsumexp: Op<Tensor, [Int], Bool, Tensor> = .structured(
    "aten::logsumexp(Tensor self, int[1] dim, bool keepdim=False) -> Tensor",
    rule: { x, dims, keepDim in
      let type = x.dtype.isDifferentiable ? x.dtype : defaultDType
      return TensorSpec(like: x, sizes: try ReducedDims(x.impl.sizes, dims, keepDim: keepDim).sizes, dtype: type)
    },
    kernel: { out, x, dims, keepDim in
      let reduced = try ReducedDims(x.impl.sizes, dims, keepDim: keepDim)
      let wide = out.dtype.widened
      try reduced.withoutRepetitions(x, into: out, as: wide, .addsLogarithm) { x, reduced, out in
        if x.dtype.isComplex { return try complexLogSumExp(x, reduced, into: out) }
        try reduced.reduce(x.to(wide), into: out, partial: wide, { $0.logsumexp }, combine: { $0.logsumexp })
      }
    },
    vjp: { tape, x, dims, keepDim in
      let reduced = try ReducedDims(x.impl.sizes, dims, keepDim: keepDim)
      let (input, result) = (tape.save(x), tape.save(result: tape.result))
      return { g, sink in
        let kept = Array(reduced.keptSizes)
        sink[0] = g.first.reshape(kept) * (try sink.value(input) - sink.value(result).reshape(kept)).exp().conj()
      }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([3, 4])), [1].box(), false.box()),
        Sample(.tensor(s.tensor([2, 3, 4])), [0, 2].box(), true.box()),
        Sample(.tensor(s.tensor([2, 3])), [Int]().box(), false.box()),
      ]
    })

  /// Throws unless norms of `x` can be computed in `dtype`: a type of the same kind that is not narrower.
  package static func checkType(_ x: Tensor, _ dtype: DType?) throws {
    guard x.dtype.isDifferentiable else {
      throw TorchError(.dtype, "a norm needs a floating-point or complex type, got \(x.dtype)")
    }
    guard let dtype else { return }
    guard dtype.isDifferentiable, dtype.isComplex == x.dtype.isComplex else {
      throw TorchError(.dtype, "dtype must be \(x.dtype.isComplex ? "complex" : "floating-point") for \(x.dtype), got \(dtype)")
    }
    guard promoteTypes(x.dtype, dtype) == dtype else {
      throw TorchError(.dtype, "dtype must hold \(x.dtype) without narrowing, got \(dtype)")
    }
  }

  /// The largest real part is taken out first, unless it is infinite.
  private static func complexLogSumExp(_ x: Tensor, _ reduced: ReducedDims, into out: Tensor) throws {
    if x.count == 0 { return Copying.fill(out, .double(-.infinity)) }
    let largest = try Extrema.amax.run(x.realAndImaginary.re, reduced.indices, true)
    let shift = largest.maskedFill(largest.isInf(), 0)
    let sum = try SumOps.sum.run((x - shift).exp(), reduced.indices, true, nil)
    Copying.copy((sum.log() + shift).reshape(out.shape), into: out)
  }

  package static let vectorNorm: Op<Tensor, Scalar, [Int]?, Bool, DType?, Tensor> = .structured(
    "aten::linalg_vector_norm(Tensor self, Scalar ord=2, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    rule: { x, order, dims, keepDim, dtype in
      try checkType(x, dtype)
      if case .complex = order { throw TorchError(.value, "the order of a norm must be real, got \(order)") }
      let reduced = try ReducedDims(x.impl.sizes, dims, keepDim: keepDim)
      if order.doubleValue < 0 || order.doubleValue == .infinity {
        try reduced.requireElements(x, "a norm of order \(order)")
      }
      return TensorSpec(like: x, sizes: reduced.sizes, dtype: (dtype ?? x.dtype).realType)
    },
    kernel: { out, x, order, dims, keepDim, dtype in
      let reduced = try ReducedDims(x.impl.sizes, dims, keepDim: keepDim)
      let source = try magnitudes(x.to((dtype ?? x.dtype).widened))
      let type = source.dtype
      let target = out.dtype == type ? out : try Tensor.allocate(TensorSpec(out.impl.sizes, type))
      switch order.doubleValue {
      case 0: try reduced.reduce(source, into: target, partial: .int64, .adds, { $0.count_nonzero }, combine: { $0.sum })
      case 1: try reduced.reduce(source, into: target, partial: type, .adds, { $0.sum_abs }, combine: { $0.sum })
      case 2:
        try reduced.reduce(source, into: target, partial: type, .adds, { $0.sum_squares }, combine: { $0.sum })
        target.sqrt_()
      case .infinity: try reduced.reduce(source, into: target, partial: type, .ignored, { $0.max_abs }, combine: { $0.max })
      case -.infinity: try reduced.reduce(source, into: target, partial: type, .ignored, { $0.min_abs }, combine: { $0.min })
      case let p:
        try reduced.reduce(
          source.abs().pow_(Tensor(scalar: .double(p))), into: target, partial: type, .adds, { $0.sum }, combine: { $0.sum })
        target.pow_(Tensor(scalar: .double(1 / p)))
      }
      if !(target === out) { Copying.copy(target, into: out) }
    },
    vjp: { tape, x, order, dims, keepDim, dtype in
      let reduced = try ReducedDims(x.impl.sizes, dims, keepDim: keepDim)
      let (input, result) = (tape.save(x), tape.save(result: tape.result))
      let (p, type) = (order.doubleValue, dtype ?? x.dtype)
      return { g, sink in
        let kept = Array(reduced.keptSizes)
        let x = try sink.value(input)
        let norm = try sink.value(result).reshape(kept)
        sink[0] = gradient(g.first.reshape(kept), x.to(type), norm, reduced, p).to(x.dtype)
      }
    },
    samples: { s in
      let orders: [Double] = [0, 1, 2, 3, 0.5, 1.5, .infinity, -.infinity]
      var all: [Sample] = orders.map { Sample(.tensor(s.tensor([3, 4])), .scalar(.double($0)), [1].box(), false.box(), .none) }
      all.append(Sample(.tensor(s.tensor([2, 3, 4])), .scalar(.int(2)), [0, 2].box(), true.box(), .none))
      all.append(Sample(.tensor(s.tensor([2, 3])), .scalar(.int(2)), .none, false.box(), .none))
      return all
    })

  /// A real tensor with the elements' magnitudes; a real one is its own, as the reductions take magnitudes themselves.
  private static func magnitudes(_ x: Tensor) throws -> Tensor {
    x.dtype.isComplex ? try PointwiseOps.absolute.op.run(x.detach()).to(x.dtype.realType) : x
  }

  private static func gradient(_ g: Tensor, _ x: Tensor, _ norm: Tensor, _ reduced: ReducedDims, _ p: Double) -> Tensor {
    let zero = Tensor(scalar: 0)
    func power(_ base: Tensor, _ exponent: Double) -> Tensor { base.pow(.double(exponent)) }
    // The gradient is 0 where the norm is, and its own derivatives there are PyTorch's: NaN where they do not exist.
    let isNull = norm .== 0
    if p == 0 { return x.zerosLike() }
    if p == 2 { return `where`(isNull, zero, x / norm) * g }
    // Magnitudes and directions; a complex number's are a norm and a quotient.
    let size = x.dtype.isComplex ? x.unsqueeze(-1).norm(2, [-1]) : x.abs()
    let isZero = size .== 0
    let sign = x.dtype.isComplex ? x * `where`(isZero, zero, `where`(isZero, Tensor(scalar: 1), size).reciprocal()) : x.sign()
    switch p {
    case 1: return sign * g
    case .infinity, -.infinity:
      let ties = (size .== norm).logicalOr(size.isNaN().logicalAnd(norm.isNaN())).to(g.dtype)
      return sign * ties * (g / ties.sum(reduced.indices, keepDim: true))
    case ..<1: return sign * `where`(isZero, zero, power(size, p - 1)) * g * power(norm, 1 - p)
    case ..<2: return sign * power(size, p - 1) * `where`(isNull, zero, g * power(norm, 1 - p))
    default:
      let ratio = size / `where`(isNull, Tensor(scalar: 1), norm)
      return x * power(ratio, p - 2) * `where`(isNull, zero, g / norm)
    }
  }

  package static let norm = Op<Tensor, Scalar, Tensor>.composite(
    "aten::norm.Scalar(Tensor self, Scalar p=2) -> Tensor",
    samples: { s in [Sample(.tensor(s.tensor([2, 3])), .scalar(.int(2)))] }
  ) { x, p in try vectorNorm.callThrowing(x, p, nil, false, nil) }

  package static let normDims = Op<Tensor, Scalar?, [Int], Bool, Tensor>.composite(
    "aten::norm.ScalarOpt_dim(Tensor self, Scalar? p, int[1] dim, bool keepdim=False) -> Tensor",
    samples: { s in [Sample(.tensor(s.tensor([2, 3])), .scalar(.int(1)), [1].box(), true.box())] }
  ) { x, p, dims, keepDim in try vectorNorm.callThrowing(x, p ?? 2, dims, keepDim, nil) }

  package static let table: [AnyOp] = [logsumexp.erased, vectorNorm.erased, norm.erased, normDims.erased]
}

extension Tensor {
  /// The logarithm of the sum of exponentials over dimensions (all when empty), safe from overflow. `torch.logsumexp`.
  public func logSumExp(_ dims: [Int], keepDim: Bool = false) -> Tensor { Norms.logsumexp(self, dims, keepDim) }
  /// The logarithm of the sum of exponentials along a dimension, safe from overflow. `torch.logsumexp`.
  public func logSumExp(_ dim: Int, keepDim: Bool = false) -> Tensor { Norms.logsumexp(self, [dim], keepDim) }
  /// The vector norm of the given order over dimensions (all when nil). 0 counts, infinities take the largest and smallest
  /// magnitude.
  /// `torch.linalg.vector_norm`.
  public func norm(_ order: Scalar = 2, _ dims: [Int]? = nil, keepDim: Bool = false) -> Tensor {
    Norms.vectorNorm(self, order, dims, keepDim, nil)
  }
}
