import TorchCore

/// Products that sum over chosen dimensions.
enum Contractions {
  static let tensordot = Op<Tensor, Tensor, [Int], [Int], Tensor>.composite(
    "aten::tensordot(Tensor self, Tensor other, int[] dims_self, int[] dims_other) -> Tensor",
    rule: { a, b, dimsA, dimsB in
      guard dimsA.count == dimsB.count else {
        throw TorchError(.value, "dims_self and dims_other must have equal lengths, got \(dimsA) and \(dimsB)")
      }
      let (x, y) = (try distinct(dimsA, a.rank), try distinct(dimsB, b.rank))
      for (i, j) in zip(x, y) where !(a.rank == 0 && b.rank == 0) {
        let (m, n) = (a.rank == 0 ? 1 : a.impl.sizes[i], b.rank == 0 ? 1 : b.impl.sizes[j])
        guard m == n || m == 1 || n == 1 else {
          throw TorchError(.shape, "contracted sizes must be equal: dimension \(i) of self has \(m), dimension \(j) of other has \(n)")
        }
      }
      try MatmulOps.checkTypes(a, b, ("self", "other"))
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([2, 3, 4])), .tensor(s.tensor([4, 3, 2])), [1, 2].box(), [1, 0].box()),
        Sample(.tensor(s.tensor([2, 3])), .tensor(s.tensor([2])), [Int]().box(), [Int]().box()),
        Sample(.tensor(s.tensor([1, 3])), .tensor(s.tensor([2, 3])), [0, 1].box(), [0, 1].box()),
      ]
    }
  ) { a, b, dimsA, dimsB in
    let (x, y) = (try distinct(dimsA, a.rank), try distinct(dimsB, b.rank))
    if a.rank == 0 || b.rank == 0 {
      let sum = (a.rank == 0 ? b : a)
      let dims = a.rank == 0 ? y : x
      return (sum.rank == 0 || dims.isEmpty ? sum : sum.sum(dims, dtype: sum.dtype)) * (a.rank == 0 ? a : b)
    }
    var (left, right) = (a, b)
    // A size of 1 broadcasts: the other side is summed first.
    for (i, j) in zip(x, y) where a.impl.sizes[i] != b.impl.sizes[j] {
      if a.impl.sizes[i] == 1 { right = right.sum(j, keepDim: true, dtype: b.dtype) } else { left = left.sum(i, keepDim: true, dtype: a.dtype) }
    }
    let freeA = (0..<a.rank).filter { !x.contains($0) }
    let freeB = (0..<b.rank).filter { !y.contains($0) }
    let inner = x.reduce(1) { $0 * left.impl.sizes[$1] }
    let (sizesA, sizesB) = (freeA.map { a.impl.sizes[$0] }, freeB.map { b.impl.sizes[$0] })
    let p = left.permute(freeA + x).reshape([sizesA.reduce(1, *), inner])
    let q = right.permute(y + freeB).reshape([inner, sizesB.reduce(1, *)])
    return try MatmulOps.mm.callThrowing(p, q).reshape(sizesA + sizesB)
  }

  private static func distinct(_ dims: [Int], _ rank: Int) throws -> [Int] {
    var found: [Int] = []
    for dim in dims {
      let d = try normalizeDim(dim, rank: rank)
      if found.contains(d) { throw TorchError(.value, "dimension \(dim) appears twice in \(dims)") }
      found.append(d)
    }
    return found
  }

  static let inner = Op<Tensor, Tensor, Tensor>.composite(
    "aten::inner(Tensor self, Tensor other) -> Tensor",
    rule: { a, b in
      if a.rank == 0 || b.rank == 0 { return }
      guard a.impl.sizes[a.rank - 1] == b.impl.sizes[b.rank - 1] else {
        throw TorchError(.shape, "the last sizes must be equal, got \(a.impl.sizes) and \(b.impl.sizes)")
      }
      try MatmulOps.checkTypes(a, b, ("self", "other"))
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([2, 3])), .tensor(s.tensor([4, 3]))), Sample(.tensor(s.tensor([3])), .tensor(s.tensor([3]))),
        Sample(.tensor(s.tensor([2, 3])), .tensor(s.tensor([]))),
      ]
    }
  ) { a, b in a.rank == 0 || b.rank == 0 ? a * b : try tensordot.callThrowing(a, b, [-1], [-1]) }

  static let kron = Op<Tensor, Tensor, Tensor>.composite(
    "aten::kron(Tensor self, Tensor other) -> Tensor",
    samples: { s in
      [
        Sample(.tensor(s.tensor([2, 3])), .tensor(s.tensor([3, 2]))), Sample(.tensor(s.tensor([2])), .tensor(s.tensor([2, 1, 3]))),
        Sample(.tensor(s.tensor([])), .tensor(s.tensor([2]))),
      ]
    }
  ) { a, b in
    let rank = Swift.max(a.rank, b.rank)
    let sizesA = Array(repeating: 1, count: rank - a.rank) + a.shape
    let sizesB = Array(repeating: 1, count: rank - b.rank) + b.shape
    let left = a.reshape(sizesA.flatMap { [$0, 1] })
    let right = b.reshape(sizesB.flatMap { [1, $0] })
    return (left * right).reshape(zip(sizesA, sizesB).map { $0 * $1 })
  }

  static let bilinear = Op<Tensor, Tensor, Tensor, Tensor?, Tensor>.composite(
    "aten::bilinear(Tensor input1, Tensor input2, Tensor weight, Tensor? bias=None) -> Tensor",
    rule: { a, b, weight, bias in
      guard weight.rank == 3, a.rank >= 1, a.rank == b.rank, a.impl.sizes.dropLast().elementsEqual(b.impl.sizes.dropLast()) else {
        throw TorchError(
          .shape, "expected inputs (…, in1) and (…, in2) and weight (out, in1, in2), got \(a.impl.sizes), \(b.impl.sizes), \(weight.impl.sizes)")
      }
      guard a.impl.sizes[a.rank - 1] == weight.impl.sizes[1], b.impl.sizes[b.rank - 1] == weight.impl.sizes[2] else {
        throw TorchError(
          .shape, "the inputs have \(a.impl.sizes[a.rank - 1]) and \(b.impl.sizes[b.rank - 1]) features but the weight has sizes \(weight.impl.sizes)")
      }
      try MatmulOps.checkTypes(a, b, ("input1", "input2"))
      try MatmulOps.checkTypes(a, weight, ("input1", "weight"))
      if let bias {
        guard bias.impl.sizes == [weight.impl.sizes[0]] else {
          throw TorchError(.shape, "the bias must have sizes [\(weight.impl.sizes[0])], got \(bias.impl.sizes)")
        }
        try MatmulOps.checkTypes(a, bias, ("input1", "bias"))
      }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([2, 3])), .tensor(s.tensor([2, 4])), .tensor(s.tensor([2, 3, 4])), .tensor(s.tensor([2]))),
        Sample(.tensor(s.tensor([3])), .tensor(s.tensor([4])), .tensor(s.tensor([2, 3, 4])), .none),
      ]
    }
  ) { a, b, weight, bias in
    let (outputs, n, m) = (weight.impl.sizes[0], weight.impl.sizes[1], weight.impl.sizes[2])
    let batch = Array(a.shape.dropLast())
    let rows = batch.reduce(1, *)
    let matrix = weight.permute([1, 0, 2]).reshape([n, outputs * m])
    let left = try MatmulOps.mm.callThrowing(a.reshape([rows, n]), matrix).reshape([rows, outputs, m])
    let out = try MatmulOps.bmm.callThrowing(left, b.reshape([rows, m, 1])).reshape(batch + [outputs])
    return bias.map { out + $0 } ?? out
  }

  static let table: [AnyOp] = [tensordot.erased, inner.erased, kron.erased, bilinear.erased]
}

/// The sum of products over pairs of dimensions: those of `a` in `dimsA` with those of `b` in `dimsB`. The result has the remaining
/// dimensions of `a`, then of `b`. `torch.tensordot`.
public func tensordot(_ a: Tensor, _ b: Tensor, _ dimsA: [Int], _ dimsB: [Int]) -> Tensor { Contractions.tensordot(a, b, dimsA, dimsB) }

/// The sum of products over the last `dims` dimensions of `a` and the first of `b`. `torch.tensordot`.
public func tensordot(_ a: Tensor, _ b: Tensor, dims: Int = 2) -> Tensor {
  Contractions.tensordot(a, b, (0..<Swift.max(dims, 0)).map { $0 - dims }, Array(0..<Swift.max(dims, 0)))
}

/// `x1 weight x2 + bias` for each output: inputs (…, n) and (…, m), weight (out, n, m), bias (out). `torch.nn.functional.bilinear`.
public func bilinear(_ x1: Tensor, _ x2: Tensor, _ weight: Tensor, _ bias: Tensor? = nil) -> Tensor {
  Contractions.bilinear(x1, x2, weight, bias)
}

extension Tensor {
  /// Sums of products over the last dimensions; a 0-d tensor multiplies. `torch.inner`.
  public func inner(_ other: Tensor) -> Tensor { Contractions.inner(self, other) }
  /// The Kronecker product: every element of `self` times all of `other`, in blocks. `torch.kron`.
  public func kron(_ other: Tensor) -> Tensor { Contractions.kron(self, other) }
}
