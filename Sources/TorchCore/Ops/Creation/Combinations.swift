/// Elements combined with each other.
package enum CombinationOps {
  package static let combinations = Op<Tensor, Int, Bool, Tensor>.composite(
    "aten::combinations(Tensor self, int r=2, bool with_replacement=False) -> Tensor",
    samples: { s in
      [Sample(.tensor(s.tensor([4])), 2.box(), false.box()), Sample(.tensor(s.tensor([3])), 3.box(), true.box())]
    }
  ) { x, length, replaces in
    guard x.rank == 1 else { throw TorchError(.shape, "expected a vector, got \(x.summary)") }
    guard length >= 0 else { throw TorchError(.value, "the length of a combination must not be negative, got \(length)") }
    if length == 0 { return try ViewOps.slice.callThrowing(x, 0, 0, 0, 1).clone() }
    let places = positions(x.count, length, replaces)
    let index = Tensor(places, shape: [places.count])
    return try ViewOps.view.callThrowing(try IndexSelect.op.callThrowing(x, 0, index), [places.count / length, length])
  }

  /// The positions of all combinations in lexicographic order, one after the other.
  private static func positions(_ count: Int, _ length: Int, _ replaces: Bool) -> [Int] {
    guard count > 0, replaces || length <= count else { return [] }
    var current = replaces ? Array(repeating: 0, count: length) : Array(0..<length)
    var all = current
    while true {
      // The last place that can still move on, and everything behind it starts over.
      guard let place = current.indices.last(where: { current[$0] < (replaces ? count - 1 : count - length + $0) }) else { return all }
      let next = current[place] + 1
      for i in place..<length { current[i] = replaces ? next : next + i - place }
      all += current
    }
  }

  package static let product = Op<[Tensor], Tensor>.composite(
    "aten::cartesian_prod(Tensor[] tensors) -> Tensor",
    samples: { s in [Sample([s.tensor([2]), s.tensor([3])].box())] }
  ) { tensors in
    guard let first = tensors.first else { throw TorchError(.value, "expected at least one tensor") }
    if let bad = tensors.first(where: { $0.rank != 1 }) { throw TorchError(.shape, "expected vectors, got \(bad.summary)") }
    if tensors.count == 1 { return first }
    let grids = try ArrangementOps.meshgrid.callThrowing(tensors, "ij")
    return try ShapeOps.stack.callThrowing(try grids.map { try ViewOps.reshape.callThrowing($0, [-1]) }, 1)
  }

  package static let table: [AnyOp] = [combinations.erased, product.erased]
}

extension Tensor {
  /// All choices of `length` elements of this vector in order, one a row; an element may come again with `replacement`.
  /// `torch.combinations`.
  public func combinations(_ length: Int = 2, replacement: Bool = false) -> Tensor {
    CombinationOps.combinations(self, length, replacement)
  }
}

/// All choices of one element of each vector, one a row. `torch.cartesian_prod`.
public func cartesianProduct(_ vectors: [Tensor]) -> Tensor { CombinationOps.product(vectors) }
