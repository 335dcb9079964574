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
      // Half types are divided before they are rounded: their sum may lie out of range.
      let wide = out.dtype.widened
      let target = wide == out.dtype ? out : try Tensor.allocate(TensorSpec(out.impl.sizes, wide))
      try reduced.withoutRepetitions(x, into: target, as: wide, .ignored) { x, reduced, target in
        try add(x, reduced, into: target)
        target.div_(Tensor(Double(reduced.count)))
      }
      if !(target === out) { Copying.copy(target, into: out) }
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

  // MARK: Without NaN

  package static let nansum = Op<Tensor, [Int]?, Bool, DType?, Tensor>.structured(
    "aten::nansum(Tensor self, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    rule: { x, dims, keepDim, dtype in
      if x.dtype.isComplex || dtype?.isComplex == true {
        throw TorchError(.dtype, "not defined for complex numbers, got \(x.dtype)")
      }
      let reduced = try ReducedDims(x.impl.sizes, dims, keepDim: keepDim)
      return TensorSpec(like: x, sizes: reduced.sizes, dtype: dtype ?? (x.dtype.isDifferentiable ? x.dtype : .int64))
    },
    kernel: { out, x, dims, keepDim, _ in
      let reduced = try ReducedDims(x.impl.sizes, dims, keepDim: keepDim)
      let skips = x.dtype.isFloatingPoint && out.dtype.isFloatingPoint
      try reduce(x, reduced, into: out) { skips ? $0.nansum : $0.sum }
    },
    vjp: { tape, x, dims, keepDim, _ in
      let expand = expanding(x, try ReducedDims(x.impl.sizes, dims, keepDim: keepDim))
      let input = tape.save(x)
      return { g, sink in
        try expand(g, &sink)
        if let spread = sink[0] { sink[0] = spread * (try sink.value(input)).detach().isNaN().logicalNot().to(spread.dtype) }
      }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([2, 3, 4])), [0, 2].box(), true.box(), .none),
        Sample(.tensor(Tensor([1.0, .nan, 3.0], dtype: s.dtype)), .none, false.box(), .none),
      ]
    })

  package static let nanmean = Op<Tensor, [Int]?, Bool, DType?, Tensor>.composite(
    "aten::nanmean(Tensor self, int[1]? dim=None, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor",
    rule: { x, _, _, _ in
      guard x.dtype.isFloatingPoint else {
        throw TorchError(.dtype, "a mean without NaN needs a floating-point type, got \(x.dtype)")
      }
    },
    samples: { s in [Sample(.tensor(s.tensor([2, 3, 4])), [1].box(), false.box(), .none)] }
  ) { x, dims, keepDim, dtype in
    let count = try sum.callThrowing(x.detach().isNaN().logicalNot(), dims, keepDim, nil)
    return try nansum.callThrowing(x, dims, keepDim, dtype) / count
  }

  /// Sums into `out`, in `out`'s type or, for half types, in float32. Integers and bool are read as they are and counted in int64.
  private static func reduce(
    _ x: Tensor, _ reduced: ReducedDims, into out: Tensor, _ choice: @escaping ReductionChoice = { $0.sum }
  ) throws {
    let partial: DType = out.dtype.isDifferentiable ? out.dtype.widened : .int64
    try reduced.withoutRepetitions(x, into: out, as: partial, .adds) { x, reduced, out in
      try add(x, reduced, into: out, choice)
    }
  }

  private static func add(
    _ x: Tensor, _ reduced: ReducedDims, into out: Tensor, _ choice: ReductionChoice = { $0.sum }
  ) throws {
    let partial: DType = out.dtype.isDifferentiable ? out.dtype.widened : .int64
    // Integers are counted, and half types added up in float32, as they are read.
    let isHalf = x.dtype.isFloatingPoint && x.dtype.byteCount == 2
    let keeps = out.dtype == .int64 && !x.dtype.isDifferentiable || isHalf && partial == .float32
    let source = keeps ? x : x.to(out.dtype.isDifferentiable ? partial : out.dtype)
    try reduced.reduce(source, into: out, partial: partial, choice, combine: { $0.sum })
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

  package static let table: [AnyOp] = [
    sum.erased, sumAll.erased, mean.erased, meanAll.erased, nansum.erased, nanmean.erased,
  ]
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

  /// The sum over dimensions (all when nil), in which NaN counts as zero. Real types. `torch.nansum`.
  public func nansum(_ dims: [Int]? = nil, keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
    SumOps.nansum(self, dims, keepDim, dtype)
  }
  /// The mean over dimensions (all when nil) of the elements that are not NaN. Floating-point types. `torch.nanmean`.
  public func nanmean(_ dims: [Int]? = nil, keepDim: Bool = false, dtype: DType? = nil) -> Tensor {
    SumOps.nanmean(self, dims, keepDim, dtype)
  }

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
