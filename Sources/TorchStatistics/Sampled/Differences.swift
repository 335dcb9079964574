import TorchCore

/// Differences of neighbours.
enum Differences {
  static let diff = Op<Tensor, Int, Int, Tensor?, Tensor?, Tensor>.composite(
    "aten::diff(Tensor self, int n=1, int dim=-1, Tensor? prepend=None, Tensor? append=None) -> Tensor",
    rule: { x, n, dim, prepend, append in
      guard x.rank > 0 else { throw TorchError(.shape, "expected at least one dimension, got \(x.summary)") }
      guard n >= 0 else { throw TorchError(.value, "n must not be negative, got \(n)") }
      let d = try normalizeDim(dim, rank: x.rank)
      for (name, other) in [("prepend", prepend), ("append", append)] {
        guard let other else { continue }
        let fits = other.rank == x.rank && (0..<x.rank).allSatisfy { $0 == d || other.impl.sizes[$0] == x.impl.sizes[$0] }
        guard fits else {
          throw TorchError(.shape, "\(name) must have the sizes of self except along dimension \(d), got \(other.impl.sizes) for \(x.impl.sizes)")
        }
      }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([4])), 1.box(), (-1).box(), .none, .none),
        Sample(.tensor(s.tensor([2, 4])), 2.box(), 1.box(), .tensor(s.tensor([2, 1])), .tensor(s.tensor([2, 2]))),
        Sample(.tensor(s.tensor([3, 2])), 1.box(), 0.box(), .none, .none),
      ]
    }
  ) { x, n, dim, prepend, append in
    let d = try normalizeDim(dim, rank: x.rank)
    if n == 0 { return x.clone(memoryFormat: .contiguous) }
    let parts = [prepend, x, append].compactMap { $0 }
    var result = parts.count == 1 ? x : cat(parts, dim: d)
    for _ in 0..<Swift.min(n, result.impl.sizes[d]) {
      let length = result.impl.sizes[d] - 1
      let (after, before) = (result.narrow(d, Swift.min(1, length + 1), length), result.narrow(d, 0, length))
      result = result.dtype == .bool ? after.logicalXor(before) : after - before
    }
    return result
  }

  static let table: [AnyOp] = [diff.erased]
}

extension Tensor {
  /// Differences of neighbours along a dimension, `n` times over; of bool, whether they differ. `torch.diff`.
  /// - Parameters:
  ///   - prepend, append: put before and after along the dimension first.
  public func diff(n: Int = 1, dim: Int = -1, prepend: Tensor? = nil, append: Tensor? = nil) -> Tensor {
    Differences.diff(self, n, dim, prepend, append)
  }
}
