import CTorchKernels

/// Products, and running sums and products.
package enum Scans {
  // MARK: Products

  private static func resultType(_ x: Tensor, _ dtype: DType?) -> DType { dtype ?? (x.dtype.isDifferentiable ? x.dtype : .int64) }

  /// Integer kernels deliver int64, the others their own type, half types widened.
  private static func kernelType(_ dtype: DType) -> DType { dtype.isDifferentiable ? dtype.widened : .int64 }

  package static let prodDim: Op<Tensor, Int, Bool, DType?, Tensor> = .structured(
    "aten::prod.dim_int(Tensor self, int dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    rule: { x, dim, keepDim, dtype in
      TensorSpec(like: x, sizes: try ReducedDims(x.impl.sizes, [dim], keepDim: keepDim).sizes, dtype: resultType(x, dtype))
    },
    kernel: { out, x, dim, keepDim, _ in
      let reduced = try ReducedDims(x.impl.sizes, [dim], keepDim: keepDim)
      try reduced.reduce(x.to(out.dtype), into: out, partial: kernelType(out.dtype), { $0.prod }, combine: { $0.prod })
    },
    vjp: { tape, x, dim, keepDim, _ in
      let reduced = try ReducedDims(x.impl.sizes, [dim], keepDim: keepDim)
      let d = try normalizeDim(dim, rank: x.rank)
      let (input, result) = (tape.save(x), tape.save(result: tape.result))
      return { g, sink in
        let x = try sink.value(input).conjugatedForGradient()
        let kept = Array(reduced.keptSizes)
        let gradient = g.first.reshape(kept)
        if noGrad({ (x .== 0).any().item().boolValue }) {
          sink[0] = (gradient * productOfOthers(x.to(gradient.dtype), d)).to(x.dtype)
        } else {
          sink[0] = (gradient * (try sink.value(result)).reshape(kept) / x).to(x.dtype)
        }
      }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([3, 4])), 1.box(), false.box(), .none),
        Sample(.tensor(s.tensor([2, 3, 4])), (-2).box(), true.box(), .none),
        Sample(.tensor(s.tensor([])), 0.box(), false.box(), .none),
      ]
    })

  /// For each position along a dimension the product of all the others, without a division.
  private static func productOfOthers(_ x: Tensor, _ dim: Int) -> Tensor {
    if x.rank == 0 { return x.onesLike() }
    let n = x.shape[dim]
    let one = Tensor.ones(x.shape.enumerated().map { $0.offset == dim ? 1 : $0.element }, dtype: x.dtype)
    let before = cat([one, x.narrow(dim, 0, n - 1)], dim: dim).cumprod(dim)
    let after = cat([one, x.narrow(dim, 1, n - 1).flip([dim])], dim: dim).cumprod(dim).flip([dim])
    return before * after
  }

  package static let prod = Op<Tensor, DType?, Tensor>.composite(
    "aten::prod(Tensor self, *, ScalarType? dtype=None) -> Tensor", samples: { s in [Sample(.tensor(s.tensor([2, 3])), .none)] }
  ) { x, dtype in try prodDim.callThrowing(x.reshape([-1]), 0, false, dtype) }

  // MARK: Running sums and products

  package static let cumsum: Op<Tensor, Int, DType?, Tensor> = .structured(
    "aten::cumsum(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor",
    rule: { x, dim, dtype in
      _ = try normalizeDim(dim, rank: x.rank)
      return TensorSpec(like: x, dtype: resultType(x, dtype))
    },
    kernel: { out, x, dim, _ in try scan(x, dim, into: out) { $0.cumsum } },
    vjp: { _, x, dim, _ in
      let d = try normalizeDim(dim, rank: x.rank)
      let type = x.dtype
      return { g, sink in sink[0] = reversedSum(g.first, d).to(type) }
    },
    samples: scanSamples)

  package static let cumprod: Op<Tensor, Int, DType?, Tensor> = .structured(
    "aten::cumprod(Tensor self, int dim, *, ScalarType? dtype=None) -> Tensor",
    rule: { x, dim, dtype in
      _ = try normalizeDim(dim, rank: x.rank)
      return TensorSpec(like: x, dtype: resultType(x, dtype))
    },
    kernel: { out, x, dim, _ in try scan(x, dim, into: out) { $0.cumprod } },
    vjp: { tape, x, dim, _ in
      let d = try normalizeDim(dim, rank: x.rank)
      let (input, result) = (tape.save(x), tape.save(result: tape.result))
      return { g, sink in
        let saved = try sink.value(input).conjugatedForGradient()
        let x = saved.to(g.first.dtype)
        if x.rank == 0 {
          sink[0] = g.first.to(saved.dtype)
        } else if noGrad({ (x .== 0).any().item().boolValue }) {
          let gradient = sink.createsGraph ? gradientByPosition(g.first, x, d) : gradientAroundZeros(g.first, x, d)
          sink[0] = gradient.to(saved.dtype)
        } else {
          sink[0] = (reversedSum(g.first * (try sink.value(result)), d) / x).to(saved.dtype)
        }
      }
    },
    samples: scanSamples)

  private static let scanSamples: SampleMaker = { s in
    [
      Sample(.tensor(s.tensor([3, 4])), 1.box(), .none), Sample(.tensor(s.tensor([2, 3, 4])), 0.box(), .none),
      Sample(.tensor(s.tensor([])), (-1).box(), .none),
    ]
  }

  private static func scan(_ x: Tensor, _ dim: Int, into out: Tensor, _ choice: ReductionChoice) throws {
    let type = kernelType(out.dtype)
    guard let fn = choice(try ReductionKernels.table(type).pointee) else {
      throw TorchError(.dtype, "not defined for \(x.dtype)")
    }
    let source = x.to(out.dtype).to(type).contiguous()
    let target = out.dtype == type ? out : try Tensor.allocate(TensorSpec(out.impl.sizes, type))
    ReductionLoop(x.impl.sizes, dim: try normalizeDim(dim, rank: x.rank)).forEachRange { fn(target.address, source.address, $0) }
    if !(target === out) { Copying.copy(target, into: out) }
  }

  /// Sums from each position to the end.
  private static func reversedSum(_ g: Tensor, _ dim: Int) -> Tensor {
    g.rank == 0 ? g : g.flip([dim]).cumsum(dim).flip([dim])
  }

  /// The gradient of a running product where elements are zero. Up to the first zero of a line the usual formula holds, at the
  /// zero the products with the zero left out count, and behind it everything stays zero.
  private static func gradientAroundZeros(_ g: Tensor, _ x: Tensor, _ dim: Int) -> Tensor {
    let isZero = x .== 0
    let zerosSoFar = isZero.cumsum(dim)
    let isFirst = isZero.logicalAnd(zerosSoFar .== 1)
    let zero = Tensor(scalar: 0)
    let one = Tensor(scalar: 1)
    let before = reversedSum(g * x.cumprod(dim), dim) / `where`(isZero, one, x)
    let at = reversedSum(g * `where`(isFirst, one, x).cumprod(dim), dim)
    return `where`(isFirst, at, `where`(zerosSoFar .== 0, before, zero))
  }

  /// The same position by position, in quadratic time: right for derivatives of higher order too.
  private static func gradientByPosition(_ g: Tensor, _ x: Tensor, _ dim: Int) -> Tensor {
    let n = x.shape[dim]
    var parts: [Tensor] = []
    for k in 0..<n {
      let before = x.narrow(dim, 0, k).prod(dim, keepDim: true)
      let one = before.onesLike()
      let after = k + 1 < n ? cat([one, x.narrow(dim, k + 1, n - k - 1)], dim: dim).cumprod(dim) : one
      parts.append((g.narrow(dim, k, n - k) * (before * after)).sum(dim, keepDim: true))
    }
    return cat(parts, dim: dim)
  }

  package static let table: [AnyOp] = [prodDim.erased, prod.erased, cumsum.erased, cumprod.erased]
}

extension Tensor {
  /// The product of all elements. Integers and bool multiply in `int64`. `torch.prod`.
  public func prod(dtype: DType? = nil) -> Tensor { Scans.prod(self, dtype) }
  /// Products along a dimension. `torch.prod`.
  public func prod(_ dim: Int, keepDim: Bool = false, dtype: DType? = nil) -> Tensor { Scans.prodDim(self, dim, keepDim, dtype) }
  /// Running sums along a dimension. Integers and bool add up in `int64`. `torch.cumsum`.
  public func cumsum(_ dim: Int, dtype: DType? = nil) -> Tensor { Scans.cumsum(self, dim, dtype) }
  /// Running products along a dimension. Integers and bool multiply in `int64`. `torch.cumprod`.
  public func cumprod(_ dim: Int, dtype: DType? = nil) -> Tensor { Scans.cumprod(self, dim, dtype) }
}
