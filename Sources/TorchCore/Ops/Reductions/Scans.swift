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
    kernel: { out, x, dim, keepDim, _ in try product(x, try ReducedDims(x.impl.sizes, [dim], keepDim: keepDim), into: out) },
    vjp: { tape, x, dim, keepDim, _ in
      let reduced = try ReducedDims(x.impl.sizes, [dim], keepDim: keepDim)
      let d = try normalizeDim(dim, rank: x.rank)
      let (input, result) = (tape.save(x), tape.save(result: tape.result))
      return { g, sink in
        let kept = Array(reduced.keptSizes)
        let (x, y) = (try sink.value(input), try sink.value(result).reshape(kept))
        sink[0] = x.rank == 0 ? g.first.to(x.dtype) : productGradient(g.first.reshape(kept), x, y, d)
      }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([3, 4])), 1.box(), false.box(), .none),
        Sample(.tensor(s.tensor([2, 3, 4])), (-2).box(), true.box(), .none),
        Sample(.tensor(s.tensor([])), 0.box(), false.box(), .none),
        Sample(.tensor(Tensor([[0, 2, 3], [0, 1, 0]], dtype: s.dtype)), 1.box(), false.box(), .none),
      ]
    })

  private static func product(_ x: Tensor, _ reduced: ReducedDims, into out: Tensor) throws {
    let type = kernelType(out.dtype)
    try reduced.withoutRepetitions(x, into: out, as: type, .multiplies) { x, reduced, result in
      try reduced.reduce(x.to(out.dtype), into: result, partial: type, { $0.prod }, combine: { $0.prod })
    }
  }

  private static func productGradient(_ g: Tensor, _ x: Tensor, _ y: Tensor, _ dim: Int) -> Tensor {
    let hasZero = noGrad { (x.inAllCalls .== 0).any().item().boolValue }
    return (g * (hasZero ? productOfOthers(x.to(g.dtype), dim) : y / x).conj()).to(x.dtype)
  }

  /// For each position along a dimension the product of all the others, without a division.
  private static func productOfOthers(_ x: Tensor, _ dim: Int) -> Tensor {
    let n = x.shape[dim]
    if n == 0 { return x }
    let one = Tensor.ones(x.shape.enumerated().map { $0.offset == dim ? 1 : $0.element }, dtype: x.dtype)
    let before = cat([one, x.narrow(dim, 0, n - 1)], dim: dim).cumprod(dim)
    let after = cat([one, x.narrow(dim, 1, n - 1).flip([dim])], dim: dim).cumprod(dim).flip([dim])
    return before * after
  }

  package static let prod: Op<Tensor, DType?, Tensor> = .structured(
    "aten::prod(Tensor self, *, ScalarType? dtype=None) -> Tensor",
    rule: { x, dtype in TensorSpec(like: x, sizes: [], dtype: resultType(x, dtype)) },
    kernel: { out, x, _ in try product(x, try ReducedDims(x.impl.sizes, nil, keepDim: false), into: out) },
    vjp: { tape, x, _ in
      let (input, result) = (tape.save(x), tape.save(result: tape.result))
      return { g, sink in
        let x = try sink.value(input)
        sink[0] = productGradient(g.first, x.reshape([-1]), try sink.value(result), 0).reshape(x.shape)
      }
    },
    samples: { s in [Sample(.tensor(s.tensor([2, 3])), .none), Sample(.tensor(Tensor([0.5, 0, 2], dtype: s.dtype)), .none)] })

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
      let input = tape.save(x)
      return { g, sink in
        let saved = try sink.value(input)
        if saved.rank == 0 || saved.count == 0 {
          sink[0] = g.first.to(saved.dtype)
          return
        }
        // An element is a factor of its own and all later products: of each, what is before it, and what is behind it.
        let x = saved.to(g.first.dtype).conj()
        let one = Tensor.ones(x.shape.enumerated().map { $0.offset == d ? 1 : $0.element }, dtype: x.dtype)
        let before = cat([one, x.narrow(d, 0, x.shape[d] - 1)], dim: d).cumprod(d)
        let behind = LinearScan.op(g.first, LinearScan.shifted(x, d, by: -1), d, true)
        sink[0] = (before * behind).to(saved.dtype)
      }
    },
    samples: { s in
      scanSamples(&s) + [Sample(.tensor(Tensor([[0, 2, 3], [1, 0, 0]], dtype: s.dtype)), 1.box(), .none)]
    })

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
