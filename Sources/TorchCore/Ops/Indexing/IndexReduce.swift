/// Rows reduced into the places that an index names.
package enum IndexReduce {
  private static let reductions = ["prod", "mean", "amax", "amin"]

  package static let op = Op<Tensor, Int, Tensor, Tensor, String, Bool, Tensor>.composite(
    "aten::index_reduce(Tensor self, int dim, Tensor index, Tensor source, str reduce, *, bool include_self=True) -> Tensor",
    rule: { x, dim, index, source, reduce, _ in
      guard reductions.contains(reduce) else {
        throw TorchError(.value, "reduce must be one of \(reductions.joined(separator: ", ")), got \"\(reduce)\"")
      }
      if x.dtype.isComplex || x.dtype == .bool { throw TorchError(.dtype, "not defined for \(x.dtype)") }
      try RowUpdates.checkSource(x, dim, index, source)
    },
    samples: { s in
      reductions.flatMap { reduce in
        [true, false].map { includeSelf in
          Sample(
            .tensor(s.tensor([4, 3], low: 0.5, high: 2)), 0.box(), .tensor(Tensor([2, 0, 2])),
            .tensor(s.tensor([3, 3], low: 0.5, high: 2)), .string(reduce), includeSelf.box())
        }
      }
    }
  ) { x, dim, index, source, reduce, includeSelf in
    let d = try normalizeDim(dim, rank: x.rank)
    if x.rank == 0 {
      return try ScatterReduce.op.callThrowing(x, 0, index.reshape([]), source.reshape([]), reduce, includeSelf)
    }
    var line = Array(repeating: 1, count: x.rank)
    line[d] = index.count
    let places = index.reshape(line).expand(source.shape)
    return try ScatterReduce.op.callThrowing(x, d, places, source, reduce, includeSelf)
  }

  package static let table: [AnyOp] = [op.erased]
}

extension Tensor {
  /// This tensor with the rows of `source` reduced into the places `index` along a dimension: prod, mean, amax or amin. Real
  /// types. `torch.index_reduce`.
  /// - Parameter includeSelf: whether the old values take part.
  public func indexReduce(
    _ dim: Int, _ index: Tensor, _ source: Tensor, _ reduce: ScatterReduction, includeSelf: Bool = true
  ) -> Tensor { IndexReduce.op(self, dim, index, source, reduce.rawValue, includeSelf) }
}
