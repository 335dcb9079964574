import CTorchKernels

/// Sums and means.
package enum SumOps {
  package static let sum = Op<Tensor, [Int]?, Bool, DType?, Tensor>.structured(
    "aten::sum.dim_IntList(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    rule: { x, dims, keepDim, dtype in
      let reduced = try ReducedDims(x.impl.sizes, dims, keepDim: keepDim)
      return TensorSpec(like: x, sizes: reduced.sizes, dtype: dtype ?? (x.dtype.isDifferentiable ? x.dtype : .int64))
    },
    kernel: { out, x, dims, keepDim, _ in
      try reduce(x, try ReducedDims(x.impl.sizes, dims, keepDim: keepDim), into: out)
    },
    vjp: { _, x, dims, keepDim, _ in expanding(x, try ReducedDims(x.impl.sizes, dims, keepDim: keepDim)) },
    samples: { s in
      [
        Sample(.tensor(s.tensor([2, 3, 4])), [1].box(), false.box(), .none), Sample(.tensor(s.tensor([2, 3])), [0, -1].box(), true.box(), .none),
        Sample(.tensor(s.tensor([2, 3, 4])), [0, 2].box(), false.box(), .none), Sample(.tensor(s.tensor([3])), .none, false.box(), .none),
      ]
    })

  package static let sumAll = Op<Tensor, DType?, Tensor>.composite(
    "aten::sum(Tensor self, *, ScalarType? dtype=None) -> Tensor", samples: { s in [Sample(.tensor(s.tensor([2, 3])), .none)] }
  ) { try sum.callThrowing($0, nil, false, $1) }

  package static let mean = Op<Tensor, [Int]?, Bool, DType?, Tensor>.structured(
    "aten::mean.dim(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    rule: { x, dims, keepDim, dtype in
      let type = dtype ?? x.dtype
      guard type.isDifferentiable else {
        throw TorchError(.dtype, "a mean needs a floating-point or complex type, got \(type); pass dtype:")
      }
      return TensorSpec(like: x, sizes: try ReducedDims(x.impl.sizes, dims, keepDim: keepDim).sizes, dtype: type)
    },
    kernel: { out, x, dims, keepDim, _ in
      let reduced = try ReducedDims(x.impl.sizes, dims, keepDim: keepDim)
      try reduce(x, reduced, into: out)
      out.div_(Tensor(Double(reduced.count)))
    },
    vjp: { _, x, dims, keepDim, _ in
      let reduced = try ReducedDims(x.impl.sizes, dims, keepDim: keepDim)
      let expand = expanding(x, reduced)
      let count = Double(reduced.count)
      return { g, sink in
        try expand(g, &sink)
        if let spread = sink[0] { sink[0] = spread / Tensor(count) }
      }
    },
    samples: { s in
      [Sample(.tensor(s.tensor([2, 3, 4])), [1].box(), false.box(), .none), Sample(.tensor(s.tensor([3])), .none, false.box(), .none)]
    })

  package static let meanAll = Op<Tensor, DType?, Tensor>.composite(
    "aten::mean(Tensor self, *, ScalarType? dtype=None) -> Tensor", samples: { s in [Sample(.tensor(s.tensor([2, 3])), .none)] }
  ) { try mean.callThrowing($0, nil, false, $1) }

  /// Sums into `out`, in `out`'s type or, for half types, in float32. Integers and bool are read as they are and counted in int64.
  private static func reduce(_ x: Tensor, _ reduced: ReducedDims, into out: Tensor) throws {
    let partial: DType = out.dtype.isDifferentiable ? out.dtype.widened : .int64
    let keeps = out.dtype == .int64 && !x.dtype.isDifferentiable
    let source = keeps ? x : x.to(out.dtype.isDifferentiable ? partial : out.dtype)
    try reduced.reduce(source, into: out, partial: partial, { $0.sum }, combine: { $0.sum })
  }

  /// Gives every input element the gradient of the result it went into.
  package static func expanding(_ x: Tensor, _ reduced: ReducedDims) -> Pullback {
    let sizes = x.shape
    let kept = Array(reduced.keptSizes)
    let type = x.dtype
    return { g, sink in
      let spread = g.first.reshape(kept).expand(sizes)
      sink[0] = spread.dtype == type ? spread : spread.to(type)
    }
  }

  package static let table: [AnyOp] = [sum.erased, sumAll.erased, mean.erased, meanAll.erased]
}

extension Tensor {
  /// The sum of all elements. Integers and bool add up in `int64`. `torch.sum`.
  public func sum(dtype: DType? = nil) -> Tensor { SumOps.sumAll(self, dtype) }
  /// Sums over dimensions. `torch.sum`.
  public func sum(_ dims: [Int], keepDim: Bool = false, dtype: DType? = nil) -> Tensor { SumOps.sum(self, dims, keepDim, dtype) }
  /// Sums over a dimension. `torch.sum`.
  public func sum(_ dim: Int, keepDim: Bool = false, dtype: DType? = nil) -> Tensor { SumOps.sum(self, [dim], keepDim, dtype) }
  /// The mean of all elements, which must be floating-point or complex. `torch.mean`.
  public func mean(dtype: DType? = nil) -> Tensor { SumOps.meanAll(self, dtype) }
  /// Means over dimensions. `torch.mean`.
  public func mean(_ dims: [Int], keepDim: Bool = false, dtype: DType? = nil) -> Tensor { SumOps.mean(self, dims, keepDim, dtype) }
  /// Means over a dimension. `torch.mean`.
  public func mean(_ dim: Int, keepDim: Bool = false, dtype: DType? = nil) -> Tensor { SumOps.mean(self, [dim], keepDim, dtype) }

  /// Sums over what broadcasting added, so that the result has `sizes`. `Tensor.sum_to_size`.
  package func sum(toSizes sizes: Dims) -> Tensor {
    if impl.sizes == sizes { return self }
    let lead = rank - sizes.count
    var dims = Array(0..<lead)
    for d in 0..<sizes.count where sizes[d] == 1 && impl.sizes[lead + d] != 1 { dims.append(lead + d) }
    let summed = dims.isEmpty ? self : sum(dims, keepDim: true)
    return lead > 0 ? summed.reshape(Array(sizes)) : summed
  }
}
