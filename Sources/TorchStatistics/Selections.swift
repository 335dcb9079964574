import TorchCore

/// The most frequent and the middle elements along a dimension.
enum Selections {
  /// An op that chooses one element of each row; the gradient goes to the element chosen.
  private static func choice(
    _ schema: String, samples: @escaping SampleMaker, refuses: DType? = nil,
    _ choose: @escaping @Sendable (Tensor, Tensor, Tensor) throws -> Void
  ) -> Op<Tensor, Int, Bool, TensorPair> {
    .structured(
      schema,
      rule: { x, dim, keepDim in
        if x.dtype == refuses { throw TorchError(.dtype, "not defined for \(x.dtype)") }
        let sizes = try SortOps.reducedSizes(x, dim, keepDim)
        return (TensorSpec(like: x, sizes: sizes), TensorSpec(like: x, sizes: sizes, dtype: .int64))
      },
      kernel: { out, x, dim, _ in
        if out.values.count > 0 { try choose(try SortOps.choices(x, dim), out.values, out.indices) }
      },
      vjp: { tape, x, dim, keepDim in SortOps.picked(tape, x, dim, keepDim: keepDim) }, samples: samples)
  }

  static let mode = choice(
    "aten::mode(Tensor self, int dim=-1, bool keepdim=False) -> (Tensor values, Tensor indices)",
    samples: { s in
      [Sample(.tensor(s.tensor([3, 4])), (-1).box(), false.box()), Sample(.tensor(s.tensor([5, 3])), 0.box(), true.box())]
    }
  ) { try OrderingKernels.mode($0, $1, $2) }

  static let nanmedian = choice(
    "aten::nanmedian.dim(Tensor self, int dim, bool keepdim=False) -> (Tensor values, Tensor indices)",
    samples: { s in
      [
        Sample(.tensor(s.tensor([3, 4])), (-1).box(), false.box()), Sample(.tensor(s.tensor([5, 3])), 0.box(), true.box()),
        Sample(.tensor(Tensor([1.0, .nan, 3.0, 2.0], dtype: s.dtype)), 0.box(), false.box()),
      ]
    }, refuses: .bool
  ) { try OrderingKernels.median($0, skipsNaN: true, $1, $2) }

  static let nanmedianAll = Op<Tensor, Tensor>.composite(
    "aten::nanmedian(Tensor self) -> Tensor", samples: { s in [Sample(.tensor(s.tensor([3, 4])))] }
  ) { x in
    if x.count == 0 {
      guard x.dtype.isFloatingPoint else { throw TorchError(.value, "no elements to choose from in \(x.summary)") }
      return try Tensor.filled(.double(.nan), TensorSpec(like: x, sizes: []))
    }
    return try nanmedian.callThrowing(x.reshape(-1), 0, false).values
  }

  static let table: [AnyOp] = [mode.erased, nanmedian.erased, nanmedianAll.erased]
}

extension Tensor {
  /// The most frequent value along a dimension, the smallest of several, and where it is. `torch.mode`.
  public func mode(_ dim: Int = -1, keepDim: Bool = false) -> TensorPair { Selections.mode(self, dim, keepDim) }
  /// The lower median along a dimension of the elements that are not NaN, and where it is. `torch.nanmedian`.
  public func nanmedian(_ dim: Int, keepDim: Bool = false) -> TensorPair { Selections.nanmedian(self, dim, keepDim) }
  /// The lower median of all elements that are not NaN; NaN if there are none. `torch.nanmedian`.
  public func nanmedian() -> Tensor { Selections.nanmedianAll(self) }
}
