/// Distinct elements.
package enum UniqueOps {
  /// Values, inverse and counts of the runs of equal neighbours in a 1-d tensor of rows. `order`: where each came from, if it
  /// was moved.
  private static func runs(
    _ x: Tensor, order: Tensor?, inverse: Bool, counts: Bool
  ) throws -> TensorTriple {
    let n = x.rank == 0 ? 1 : x.impl.sizes[0]
    let none = Tensor.empty([0], dtype: .int64)
    if n == 0 { return TensorTriple(x, none, none) }
    let isNew = Tensor.zeros([n], dtype: .bool)
    isNew.select(0, 0).fill_(Scalar.bool(true))
    if n > 1 {
      let differs = x.slice(0, from: 1).ne(x.slice(0, to: n - 1))
      isNew.slice(0, from: 1).copy_(x.rank > 1 ? differs.reshape([n - 1, -1]).sum(1).bool() : differs)
    }
    let starts = isNew.nonzero().reshape([-1])
    var places = none
    if inverse {
      let flags = isNew.array(as: Int64.self)
      var run: Int64 = -1
      let numbers = Tensor(
        flags.map { flag -> Int64 in
          run += flag
          return run
        })
      places = order.map { Tensor.zeros([n], dtype: .int64).scatter(0, $0, numbers) } ?? numbers
    }
    var sizes = none
    if counts {
      let ends = cat([starts.slice(0, from: 1), Tensor([n])])
      sizes = ends - starts
    }
    return TensorTriple(x.indexSelect(0, starts), places, sizes)
  }

  package static let unique = Op<Tensor, Bool, Bool, Bool, TensorTriple>.factory(
    "aten::_unique2(Tensor self, bool sorted=True, bool return_inverse=False, bool return_counts=False) -> (Tensor, Tensor, Tensor)",
    samples: { s in [Sample(.tensor(s.integers([3, 4], high: 5)), true.box(), true.box(), true.box())] }
  ) { x, _, inverse, counts in
    if x.device == .poison { throw PoisonedInput() }
    try checkMemory(x)
    return try noGrad {
      let sorted = try SortOps.stable.run(x.detach().reshape([-1]), true, 0, false)
      let result = try runs(sorted.values, order: sorted.indices, inverse: inverse, counts: counts)
      return TensorTriple(result.first, inverse ? result.second.reshape(x.shape) : result.second, result.third)
    }
  }

  package static let consecutive = Op<Tensor, Bool, Bool, Int?, TensorTriple>.factory(
    "aten::unique_consecutive(Tensor self, bool return_inverse=False, bool return_counts=False, int? dim=None) -> (Tensor, Tensor, Tensor)",
    samples: { s in
      [
        Sample(.tensor(Tensor([1, 1, 2, 2, 3, 1])), true.box(), true.box(), .none),
        Sample(.tensor(Tensor([[1, 1], [1, 1], [2, 1]])), true.box(), true.box(), 0.box()),
      ]
    }
  ) { x, inverse, counts, dim in
    if x.device == .poison { throw PoisonedInput() }
    try checkMemory(x)
    return try noGrad {
      guard let dim else {
        let result = try runs(x.detach().reshape([-1]), order: nil, inverse: inverse, counts: counts)
        return TensorTriple(result.first, inverse ? result.second.reshape(x.shape) : result.second, result.third)
      }
      let d = try normalizeDim(dim, rank: x.rank)
      guard x.rank > 0 else { throw TorchError(.shape, "a 0-d tensor has no dimension \(dim)") }
      let result = try runs(x.detach().transpose(0, d).contiguous(), order: nil, inverse: inverse, counts: counts)
      return TensorTriple(result.first.transpose(0, d).contiguous(), result.second, result.third)
    }
  }

  package static let uniqueDim = Op<Tensor, Int, Bool, Bool, Bool, TensorTriple>.factory(
    "aten::unique_dim(Tensor self, int dim, bool sorted=True, bool return_inverse=False, bool return_counts=False) -> (Tensor, Tensor, Tensor)",
    samples: { s in [Sample(.tensor(Tensor([[2, 1], [1, 3], [2, 1]])), 0.box(), true.box(), true.box(), true.box())] }
  ) { x, dim, _, inverse, counts in
    if x.device == .poison { throw PoisonedInput() }
    try checkMemory(x)
    let d = try normalizeDim(dim, rank: x.rank)
    guard x.rank > 0 else { throw TorchError(.shape, "a 0-d tensor has no dimension \(dim)") }
    return try noGrad {
      let rows = x.detach().transpose(0, d).contiguous()
      let n = rows.impl.sizes[0]
      var order = Tensor.arange(.int(Int64(n)))
      if rows.count > 0 {
        // Rows in dictionary order: stable sorts from the last column to the first.
        let columns = rows.reshape([n, -1])
        for column in stride(from: columns.impl.sizes[1] - 1, through: 0, by: -1) {
          let keys = columns.select(1, column).indexSelect(0, order)
          order = order.indexSelect(0, try SortOps.stable.run(keys, true, 0, false).indices)
        }
      }
      let result = try runs(rows.indexSelect(0, order), order: order, inverse: inverse, counts: counts)
      return TensorTriple(result.first.transpose(0, d).contiguous(), result.second, result.third)
    }
  }

  private static func checkMemory(_ x: Tensor) throws {
    guard x.isCPU else {
      throw TorchError(.elements, "the number of distinct elements depends on the values, which \(x.device) tensors lack")
    }
    if x.dtype.isComplex { throw TorchError(.dtype, "complex numbers have no order, got \(x.dtype)") }
  }

  package static let table: [AnyOp] = [unique.erased, consecutive.erased, uniqueDim.erased]
}

extension Tensor {
  /// The distinct elements in ascending order. `torch.unique`.
  public func unique() -> Tensor { UniqueOps.unique(self, true, false, false).first }
  /// The distinct elements in ascending order, the place of each element of this tensor among them, and how often each occurs
  /// (both
  /// int64). `torch.unique(return_inverse=True, return_counts=True)`.
  public func uniqueWithCounts() -> (values: Tensor, inverse: Tensor, counts: Tensor) {
    let result = UniqueOps.unique(self, true, true, true)
    return (result.first, result.second, result.third)
  }
  /// The distinct slices along a dimension in dictionary order, the place of each slice among them, and how often each occurs.
  /// `torch.unique(dim=)`.
  public func unique(dim: Int) -> (values: Tensor, inverse: Tensor, counts: Tensor) {
    let result = UniqueOps.uniqueDim(self, dim, true, true, true)
    return (result.first, result.second, result.third)
  }
  /// Without repetitions of neighbours, over all elements or of slices along a dimension. `torch.unique_consecutive`.
  public func uniqueConsecutive(dim: Int? = nil) -> (values: Tensor, inverse: Tensor, counts: Tensor) {
    let result = UniqueOps.consecutive(self, true, true, dim)
    return (result.first, result.second, result.third)
  }
}
