import CTorchKernels

/// Whether elements differ from zero, and how many do.
package enum Truth {
  package static let anyDims = quantifier("aten::any.dims(Tensor self, int[]? dim=None, bool keepdim=False) -> Tensor") { $0.any }
  package static let allDims = quantifier("aten::all.dims(Tensor self, int[]? dim=None, bool keepdim=False) -> Tensor") { $0.all }

  private static func quantifier(_ schema: String, _ choice: @escaping ReductionChoice) -> Op<Tensor, [Int]?, Bool, Tensor> {
    .structured(
      schema, undifferentiable: "a condition is not differentiable",
      rule: { x, dims, keepDim in
        let reduced = try ReducedDims(x.impl.sizes, dims, keepDim: keepDim, emptyMeansNone: true)
        // Bytes stay bytes, as in PyTorch.
        return TensorSpec(like: x, sizes: reduced.sizes, dtype: x.dtype == .uint8 ? .uint8 : .bool)
      },
      kernel: { out, x, dims, keepDim in
        let reduced = try ReducedDims(x.impl.sizes, dims, keepDim: keepDim, emptyMeansNone: true)
        try reduced.reduce(x, into: out, partial: .bool, .ignored, choice, combine: choice)
      },
      samples: { s in
        [
          Sample(.tensor(s.integers([2, 3], high: 2)), .none, false.box()),
          Sample(.tensor(s.integers([2, 3, 2], high: 2)), [0, 2].box(), true.box()),
          Sample(.tensor(s.tensor([3])), [Int]().box(), false.box()),
        ]
      })
  }

  package static let any = whole("aten::any(Tensor self) -> Tensor", anyDims)
  package static let all = whole("aten::all(Tensor self) -> Tensor", allDims)
  package static let anyDim = line("aten::any.dim(Tensor self, int dim, bool keepdim=False) -> Tensor", anyDims)
  package static let allDim = line("aten::all.dim(Tensor self, int dim, bool keepdim=False) -> Tensor", allDims)

  private static func whole(_ schema: String, _ op: Op<Tensor, [Int]?, Bool, Tensor>) -> Op<Tensor, Tensor> {
    .composite(schema, samples: { s in [Sample(.tensor(s.integers([2, 3], high: 2)))] }) { x in try op.callThrowing(x, nil, false)
    }
  }

  private static func line(_ schema: String, _ op: Op<Tensor, [Int]?, Bool, Tensor>) -> Op<Tensor, Int, Bool, Tensor> {
    .composite(schema, samples: { s in [Sample(.tensor(s.integers([2, 3], high: 2)), 1.box(), true.box())] }) { x, dim, keepDim in
      try op.callThrowing(x, [dim], keepDim)
    }
  }

  package static let countDims: Op<Tensor, [Int], Tensor> = .structured(
    "aten::count_nonzero.dim_IntList(Tensor self, int[] dim) -> Tensor", undifferentiable: "a count does not change continuously",
    rule: { x, dims in TensorSpec(like: x, sizes: try ReducedDims(x.impl.sizes, dims, keepDim: false).sizes, dtype: .int64) },
    kernel: { out, x, dims in
      let reduced = try ReducedDims(x.impl.sizes, dims, keepDim: false)
      try reduced.reduce(x, into: out, partial: .int64, .adds, { $0.count_nonzero }, combine: { $0.sum })
    },
    samples: { s in [Sample(.tensor(s.integers([2, 3, 4], high: 2)), [0, 2].box())] })

  package static let count = Op<Tensor, Int?, Tensor>.composite(
    "aten::count_nonzero(Tensor self, int? dim=None) -> Tensor",
    samples: { s in
      [Sample(.tensor(s.integers([2, 3], high: 2)), .none), Sample(.tensor(s.integers([2, 3], high: 2)), 1.box())]
    }
  ) { x, dim in try countDims.callThrowing(x, dim.map { [$0] } ?? []) }

  package static let table: [AnyOp] = [
    anyDims.erased, allDims.erased, any.erased, all.erased, anyDim.erased, allDim.erased, countDims.erased, count.erased,
  ]
}

extension Tensor {
  /// Whether any element differs from zero, over dimensions or all; NaN does. A bool tensor. `torch.any`.
  public func any(_ dims: [Int]? = nil, keepDim: Bool = false) -> Tensor { Truth.anyDims(self, dims, keepDim) }
  /// Whether any element along a dimension differs from zero. `torch.any`.
  public func any(_ dim: Int, keepDim: Bool = false) -> Tensor { Truth.anyDims(self, [dim], keepDim) }
  /// Whether all elements differ from zero, over dimensions or all; NaN does. A bool tensor. `torch.all`.
  public func all(_ dims: [Int]? = nil, keepDim: Bool = false) -> Tensor { Truth.allDims(self, dims, keepDim) }
  /// Whether all elements along a dimension differ from zero. `torch.all`.
  public func all(_ dim: Int, keepDim: Bool = false) -> Tensor { Truth.allDims(self, [dim], keepDim) }
  /// How many elements differ from zero, over dimensions (all when empty), as `int64`. `torch.count_nonzero`.
  public func countNonzero(_ dims: [Int] = []) -> Tensor { Truth.countDims(self, dims) }
}
