import TorchCore

/// Cross products of vectors of three elements.
enum CrossProducts {
  static let cross = Op<Tensor, Tensor, Int, Tensor>.composite(
    "aten::linalg_cross(Tensor self, Tensor other, *, int dim=-1) -> Tensor",
    rule: { a, b, dim in
      guard a.rank == b.rank else {
        throw TorchError(.shape, "self and other must have equally many dimensions, got \(a.impl.sizes) and \(b.impl.sizes)")
      }
      let d = try normalizeDim(dim, rank: a.rank)
      guard a.rank > 0, a.impl.sizes[d] == 3, b.impl.sizes[d] == 3 else {
        throw TorchError(.shape, "dimension \(dim) must have size 3, got \(a.impl.sizes) and \(b.impl.sizes)")
      }
      _ = try broadcastSizes(a.impl.sizes, b.impl.sizes)
      try MatmulOps.checkTypes(a, b, ("self", "other"))
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([2, 3])), .tensor(s.tensor([2, 3])), (-1).box()),
        Sample(.tensor(s.tensor([3, 1])), .tensor(s.tensor([3, 2])), 0.box()),
      ]
    }
  ) { a, b, dim in
    let d = try normalizeDim(dim, rank: a.rank)
    let (x, y) = ((0..<3).map { a.narrow(d, $0, 1) }, (0..<3).map { b.narrow(d, $0, 1) })
    let parts = (0..<3).map { i -> Tensor in
      let (j, k) = ((i + 1) % 3, (i + 2) % 3)
      return x[j] * y[k] - x[k] * y[j]
    }
    return cat(parts, dim: d)
  }

  static let crossFirst = Op<Tensor, Tensor, Int?, Tensor>.composite(
    "aten::cross(Tensor self, Tensor other, int? dim=None) -> Tensor",
    rule: { a, b, dim in
      if dim == nil, !a.impl.sizes.contains(3) { throw TorchError(.shape, "no dimension of self has size 3: \(a.impl.sizes)") }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([2, 3])), .tensor(s.tensor([2, 3])), .none),
        Sample(.tensor(s.tensor([3, 3])), .tensor(s.tensor([3, 3])), 1.box()),
      ]
    }
  ) { a, b, dim in try cross.callThrowing(a, b, dim ?? a.impl.sizes.firstIndex(of: 3) ?? -1) }

  static let table: [AnyOp] = [cross.erased, crossFirst.erased]
}

extension Tensor {
  /// The cross product of vectors along a dimension of size 3, the first such one when nil. `torch.cross`.
  public func cross(_ other: Tensor, dim: Int? = nil) -> Tensor { CrossProducts.crossFirst(self, other, dim) }
}

extension Linalg {
  /// The cross product of vectors along a dimension of size 3; other dimensions broadcast. `torch.linalg.cross`.
  public static func cross(_ a: Tensor, _ b: Tensor, dim: Int = -1) -> Tensor { CrossProducts.cross(a, b, dim) }
}
