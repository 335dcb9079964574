import TorchCore

/// Products of several matrices, in the order that takes the fewest multiplications.
enum MatrixChains {
  static let multiDot = Op<[Tensor], Tensor>.composite(
    "aten::linalg_multi_dot(Tensor[] tensors) -> Tensor",
    rule: { tensors in
      guard tensors.count >= 2 else { throw TorchError(.value, "expected at least 2 tensors, got \(tensors.count)") }
      for (i, t) in tensors.enumerated() {
        let isEnd = i == 0 || i == tensors.count - 1
        guard t.rank == 2 || (isEnd && t.rank == 1) else {
          throw TorchError(.shape, "tensor \(i) must be a matrix\(isEnd ? " or a vector" : ""), got \(t.summary)")
        }
      }
      try check(tensors)
    },
    samples: { s in
      [
        Sample([.list([.tensor(s.tensor([2, 3])), .tensor(s.tensor([3, 4])), .tensor(s.tensor([4, 2]))])]),
        Sample([.list([.tensor(s.tensor([3])), .tensor(s.tensor([3, 4])), .tensor(s.tensor([4]))])]),
      ]
    }
  ) { tensors in
    let (first, last) = (tensors[0], tensors[tensors.count - 1])
    var matrices = tensors
    if first.rank == 1 { matrices[0] = first.unsqueeze(0) }
    if last.rank == 1 { matrices[matrices.count - 1] = last.unsqueeze(-1) }
    var product = try multiply(matrices)
    if last.rank == 1 { product = product.squeeze(-1) }
    return first.rank == 1 ? product.squeeze(0) : product
  }

  static let chain = Op<[Tensor], Tensor>.composite(
    "aten::chain_matmul(Tensor[] matrices) -> Tensor",
    rule: { matrices in
      guard !matrices.isEmpty else { throw TorchError(.value, "expected at least one matrix") }
      for (i, t) in matrices.enumerated() where t.rank != 2 { throw TorchError(.shape, "tensor \(i) must be a matrix, got \(t.summary)") }
      try check(matrices)
    },
    samples: { s in [Sample([.list([.tensor(s.tensor([2, 3])), .tensor(s.tensor([3, 4])), .tensor(s.tensor([4, 2]))])])] }
  ) { try multiply($0) }

  private static func check(_ tensors: [Tensor]) throws {
    for (i, (a, b)) in zip(tensors, tensors.dropFirst()).enumerated() {
      guard a.impl.sizes[a.rank - 1] == b.impl.sizes[0] else {
        throw TorchError(.shape, "tensors \(i) and \(i + 1) with sizes \(a.impl.sizes) and \(b.impl.sizes) cannot be multiplied")
      }
      try MatmulOps.checkTypes(a, b, ("tensor \(i)", "tensor \(i + 1)"))
    }
  }

  private static func multiply(_ matrices: [Tensor]) throws -> Tensor {
    if matrices.count == 1 { return matrices[0] }
    let count = matrices.count
    let sizes = matrices.map { Double($0.impl.sizes[0]) } + [Double(matrices[count - 1].impl.sizes[1])]
    // cost[i][j]: multiplications for matrices i ... j; cut[i][j]: where the best product is cut.
    var cost = Array(repeating: Array(repeating: 0.0, count: count), count: count)
    var cut = Array(repeating: Array(repeating: 0, count: count), count: count)
    for length in 1..<count {
      for i in 0..<(count - length) {
        let j = i + length
        cost[i][j] = .infinity
        for k in i..<j {
          let total = cost[i][k] + cost[k + 1][j] + sizes[i] * sizes[k + 1] * sizes[j + 1]
          if total < cost[i][j] { (cost[i][j], cut[i][j]) = (total, k) }
        }
      }
    }
    func product(_ i: Int, _ j: Int) throws -> Tensor {
      if i == j { return matrices[i] }
      return try MatmulOps.mm.callThrowing(try product(i, cut[i][j]), try product(cut[i][j] + 1, j))
    }
    return try product(0, count - 1)
  }

  static let table: [AnyOp] = [multiDot.erased, chain.erased]
}

/// The product of matrices, in the cheapest order. `torch.chain_matmul`.
public func chainMatmul(_ matrices: [Tensor]) -> Tensor { MatrixChains.chain(matrices) }

extension Linalg {
  /// The product of matrices, in the cheapest order; the first and the last may be vectors. `torch.linalg.multi_dot`.
  public static func multiDot(_ tensors: [Tensor]) -> Tensor { MatrixChains.multiDot(tensors) }
}
