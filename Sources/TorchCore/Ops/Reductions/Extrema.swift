import CTorchKernels

/// Largest and smallest elements, and where they are.
package enum Extrema {
  // MARK: Values

  package static let amax = extremum("aten::amax(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor", "a maximum") { $0.max }
  package static let amin = extremum("aten::amin(Tensor self, int[1] dim=[], bool keepdim=False) -> Tensor", "a minimum") { $0.min }

  private static func extremum(
    _ schema: String, _ what: String, _ choice: @escaping ReductionChoice
  ) -> Op<Tensor, [Int], Bool, Tensor> {
    .structured(
      schema,
      rule: { x, dims, keepDim in
        let reduced = try ReducedDims(x.impl.sizes, dims, keepDim: keepDim)
        try reduced.requireElements(x, what)
        try requireOrder(x)
        return TensorSpec(like: x, sizes: reduced.sizes)
      },
      kernel: { out, x, dims, keepDim in
        let reduced = try ReducedDims(x.impl.sizes, dims, keepDim: keepDim)
        try reduced.reduce(x, into: out, partial: x.dtype.widened, .ignored, choice, combine: choice)
      },
      vjp: { tape, x, dims, keepDim in
        let reduced = try ReducedDims(x.impl.sizes, dims, keepDim: keepDim)
        let (input, result) = (tape.save(x), tape.save(result: tape.result))
        return { g, sink in
          // Equal extremes share the gradient evenly.
          let kept = Array(reduced.keptSizes)
          let ties = (try sink.value(input) .== sink.value(result).reshape(kept)).to(g.first.dtype)
          sink[0] = ties * (g.first.reshape(kept) / ties.sum(reduced.indices, keepDim: true))
        }
      },
      samples: { s in
        [
          Sample(.tensor(s.tensor([3, 4])), [Int]().box(), false.box()),
          Sample(.tensor(s.tensor([2, 3, 4])), [0, -1].box(), false.box()),
          Sample(.tensor(s.tensor([2, 3, 4])), [1].box(), true.box()), Sample(.tensor(s.tensor([])), [Int]().box(), false.box()),
        ]
      })
  }

  private static func requireOrder(_ x: Tensor) throws {
    if x.dtype.isComplex { throw TorchError(.dtype, "complex numbers have no order, got \(x.dtype)") }
  }

  package static let max = whole("aten::max(Tensor self) -> Tensor", amax)
  package static let min = whole("aten::min(Tensor self) -> Tensor", amin)

  private static func whole(_ schema: String, _ op: Op<Tensor, [Int], Bool, Tensor>) -> Op<Tensor, Tensor> {
    .composite(schema, samples: { s in [Sample(.tensor(s.tensor([2, 3]))), Sample(.tensor(s.tensor([])))] }) { x in
      try op.callThrowing(x, [], false)
    }
  }

  package static let maxOther = Op<Tensor, Tensor, Tensor>.composite(
    "aten::max.other(Tensor self, Tensor other) -> Tensor", samples: { s in binarySamples(&s, -2, 2) }
  ) { a, b in try PointwiseOps.maximum.op.callThrowing(a, b) }
  package static let minOther = Op<Tensor, Tensor, Tensor>.composite(
    "aten::min.other(Tensor self, Tensor other) -> Tensor", samples: { s in binarySamples(&s, -2, 2) }
  ) { a, b in try PointwiseOps.minimum.op.callThrowing(a, b) }

  // MARK: Values and indices

  package static let maxDim = pair(
    "aten::max.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)", "a maximum"
  ) {
    $0.max_with_index
  }
  package static let minDim = pair(
    "aten::min.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)", "a minimum"
  ) {
    $0.min_with_index
  }

  private static func pair(
    _ schema: String, _ what: String, _ choice: @escaping @Sendable (torch_reduce_kernels) -> torch_reduce_pair_fn?
  ) -> Op<Tensor, Int, Bool, TensorPair> {
    .structured(
      schema,
      rule: { x, dim, keepDim in
        let reduced = try ReducedDims(x.impl.sizes, [dim], keepDim: keepDim)
        try reduced.requireElements(x, what)
        try requireOrder(x)
        return (TensorSpec(like: x, sizes: reduced.sizes), TensorSpec(like: x, sizes: reduced.sizes, dtype: .int64))
      },
      kernel: { out, x, dim, keepDim in
        let d = try normalizeDim(dim, rank: x.rank)
        guard let once = try ReducedDims(x.impl.sizes, [dim], keepDim: keepDim).once(x) else {
          return try find(out, x, d, choice)
        }
        let spec = TensorSpec(like: x, sizes: once.dims.sizes)
        let found = try TensorPair.allocate((spec, TensorSpec(once.dims.sizes, .int64)), device: .cpu)
        try find(found, once.tensor, d, choice)
        Copying.copy(found.values, into: out.values)
        Copying.copy(found.indices, into: out.indices)
      },
      vjp: { tape, x, dim, keepDim in
        let sizes = x.shape
        let d = try normalizeDim(dim, rank: x.rank)
        let indices = tape.result.indices
        return { g, sink in sink[0] = selected(g.first, d, indices, sizes, keepDim: keepDim) }
      },
      samples: { s in
        [
          Sample(.tensor(s.tensor([3, 4])), 1.box(), false.box()), Sample(.tensor(s.tensor([2, 3, 4])), (-2).box(), true.box()),
          Sample(.tensor(s.tensor([])), 0.box(), false.box()),
        ]
      })
  }

  private static func find(
    _ out: TensorPair, _ x: Tensor, _ dim: Int, _ choice: (torch_reduce_kernels) -> torch_reduce_pair_fn?
  ) throws {
    let source = x.to(x.dtype.widened).contiguous()
    guard let fn = choice(try ReductionKernels.table(source.dtype).pointee) else {
      throw TorchError(.dtype, "not defined for \(x.dtype)")
    }
    let values =
      out.values.dtype == source.dtype ? out.values : try Tensor.allocate(TensorSpec(out.values.impl.sizes, source.dtype))
    let indices = out.indices.int64s
    ReductionLoop(x.impl.sizes, dim: dim).forEachRange { fn(values.address, indices, source.address, $0) }
    if !(values === out.values) { Copying.copy(values, into: out.values) }
  }

  /// Zeros of the given sizes with the gradient at the indices along a dimension.
  private static func selected(_ g: Tensor, _ dim: Int, _ indices: Tensor, _ sizes: [Int], keepDim: Bool) -> Tensor {
    if sizes.isEmpty { return g }
    let gradient = keepDim ? g : g.unsqueeze(dim)
    let chosen = keepDim ? indices : indices.unsqueeze(dim)
    var line = Array(repeating: 1, count: sizes.count)
    line[dim] = sizes[dim]
    return `where`(chosen .== Tensor.arange(Scalar(sizes[dim])).reshape(line), gradient, Tensor(scalar: 0))
  }

  // MARK: Indices

  package static let argmax = index("aten::argmax(Tensor self, int? dim=None, bool keepdim=False) -> Tensor", "the place of a maximum") {
    $0.argmax
  }
  package static let argmin = index("aten::argmin(Tensor self, int? dim=None, bool keepdim=False) -> Tensor", "the place of a minimum") {
    $0.argmin
  }

  private static func index(
    _ schema: String, _ what: String, _ choice: @escaping @Sendable (torch_reduce_kernels) -> torch_reduce_index_fn?
  ) -> Op<Tensor, Int?, Bool, Tensor> {
    .structured(
      schema, undifferentiable: "an index does not change continuously",
      rule: { x, dim, keepDim in
        let reduced = try ReducedDims(x.impl.sizes, dim.map { [$0] }, keepDim: keepDim)
        try reduced.requireElements(x, what)
        try requireOrder(x)
        return TensorSpec(like: x, sizes: reduced.sizes, dtype: .int64)
      },
      kernel: { out, x, dim, keepDim in
        let reduced = try ReducedDims(x.impl.sizes, dim.map { [$0] }, keepDim: keepDim)
        guard let once = reduced.once(x) else { return try locate(out, x, dim, choice) }
        let found = try Tensor.allocate(TensorSpec(once.dims.sizes, .int64))
        try locate(found, once.tensor, dim, choice)
        if dim == nil {
          // Counted among the elements read once; the place among all is where it stands first.
          var (rest, step, place) = (Int(found.int64s[0]), 1, 0)
          for d in (0..<x.rank).reversed() {
            place += rest % once.tensor.impl.sizes[d] * step
            rest /= once.tensor.impl.sizes[d]
            step *= x.impl.sizes[d]
          }
          found.int64s[0] = Int64(place)
        }
        Copying.copy(found, into: out)
      },
      samples: { s in
        [
          Sample(.tensor(s.tensor([3, 4])), .none, false.box()), Sample(.tensor(s.tensor([3, 4])), .none, true.box()),
          Sample(.tensor(s.tensor([2, 3, 4])), 1.box(), false.box()),
          Sample(.tensor(s.tensor([2, 3, 4])), (-1).box(), true.box()),
        ]
      })
  }

  private static func locate(
    _ out: Tensor, _ x: Tensor, _ dim: Int?, _ choice: (torch_reduce_kernels) -> torch_reduce_index_fn?
  ) throws {
    let source = x.to(x.dtype.widened).contiguous()
    guard let fn = choice(try ReductionKernels.table(source.dtype).pointee) else {
      throw TorchError(.dtype, "not defined for \(x.dtype)")
    }
    let loop =
      try dim.map { ReductionLoop(x.impl.sizes, dim: try normalizeDim($0, rank: x.rank)) }
      ?? ReductionLoop(outer: 1, n: x.count, inner: 1)
    let indices = out.int64s
    loop.forEachRange { fn(indices, source.address, $0) }
  }

  // MARK: Both extremes

  package static let aminmax = Op<Tensor, Int?, Bool, TensorPair>.composite(
    "aten::aminmax(Tensor self, *, int? dim=None, bool keepdim=False) -> (Tensor min, Tensor max)",
    samples: { s in
      [
        Sample(.tensor(s.tensor([3, 4])), .none, false.box()), Sample(.tensor(s.tensor([3, 4])), 0.box(), true.box()),
        Sample(.tensor(s.tensor([])), .none, false.box()),
      ]
    }
  ) { x, dim, keepDim in
    let dims = dim.map { [$0] } ?? []
    return TensorPair(values: try amin.callThrowing(x, dims, keepDim), indices: try amax.callThrowing(x, dims, keepDim))
  }

  package static let table: [AnyOp] = [
    amax.erased, amin.erased, max.erased, min.erased, maxOther.erased, minOther.erased, maxDim.erased, minDim.erased,
    argmax.erased, argmin.erased, aminmax.erased,
  ]
}

extension Tensor {
  /// The largest elements over dimensions (all when empty); equal ones share the gradient. NaN wins. `torch.amax`.
  public func amax(_ dims: [Int] = [], keepDim: Bool = false) -> Tensor { Extrema.amax(self, dims, keepDim) }
  /// The smallest elements over dimensions (all when empty); equal ones share the gradient. NaN wins. `torch.amin`.
  public func amin(_ dims: [Int] = [], keepDim: Bool = false) -> Tensor { Extrema.amin(self, dims, keepDim) }
  /// The smallest and the largest elements along a dimension, or of all. `torch.aminmax`.
  public func aminmax(_ dim: Int? = nil, keepDim: Bool = false) -> (min: Tensor, max: Tensor) {
    let pair = Extrema.aminmax(self, dim, keepDim)
    return (pair.values, pair.indices)
  }
  /// The largest element. Fails for a tensor without elements. `torch.max`.
  public func max() -> Tensor { Extrema.max(self) }
  /// The smallest element. Fails for a tensor without elements. `torch.min`.
  public func min() -> Tensor { Extrema.min(self) }
  /// The largest elements along a dimension and their `int64` indices; the gradient goes to the element indexed. `torch.max`.
  public func max(_ dim: Int, keepDim: Bool = false) -> TensorPair { Extrema.maxDim(self, dim, keepDim) }
  /// The smallest elements along a dimension and their `int64` indices; the gradient goes to the element indexed. `torch.min`.
  public func min(_ dim: Int, keepDim: Bool = false) -> TensorPair { Extrema.minDim(self, dim, keepDim) }
  /// The index of the largest element along a dimension, or in row-major order over all; the first of equals. `torch.argmax`.
  public func argmax(_ dim: Int? = nil, keepDim: Bool = false) -> Tensor { Extrema.argmax(self, dim, keepDim) }
  /// The index of the smallest element along a dimension, or in row-major order over all; the first of equals. `torch.argmin`.
  public func argmin(_ dim: Int? = nil, keepDim: Bool = false) -> Tensor { Extrema.argmin(self, dim, keepDim) }
}
