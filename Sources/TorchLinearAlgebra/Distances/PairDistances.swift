import CTorchKernels
import TorchCore

/// Distances between all pairs of rows of one matrix.
enum PairDistances {
  private static func check(_ x: Tensor, _ p: Double) throws {
    guard x.rank == 2 else { throw TorchError(.shape, "expected a matrix of rows, got \(x.summary)") }
    guard x.dtype == .float32 || x.dtype == .float64 else { throw TorchError(.dtype, "expected float32 or float64, got \(x.dtype)") }
    try DistanceOps.checkOrder(p)
  }

  private static func pairs(_ rows: Int) -> Int { rows < 2 ? 0 : rows * (rows - 1) / 2 }

  private static let orders: SampleMaker = { s in
    [1.0, 1.5, 2, 3, .infinity].map { Sample(.tensor(s.tensor([4, 3])), $0.box()) }
  }

  static let forward: Op<Tensor, Double, Tensor> = .structured(
    "aten::_pdist_forward(Tensor self, float p=2.) -> Tensor",
    rule: { x, p in
      try check(x, p)
      return TensorSpec(like: x, sizes: [pairs(x.impl.sizes[0])])
    },
    kernel: { out, x, p in
      let source = x.contiguous()
      let (n, width) = (x.impl.sizes[0], x.impl.sizes[1])
      let (type, bytes) = (Int32(out.dtype.rawValue), out.dtype.byteCount)
      // Row i has n - 1 - i pairs: rows from both ends make parts of equal work.
      parallelFor((n + 1) / 2, grain: Swift.max(1, 16384 / Swift.max(n * width, 1))) { range in
        for half in range {
          for i in Set([half, n - 1 - half]) where i < n - 1 {
            _ = torch_distances(
              type, p, 0, 1, Int64(n - 1 - i), Int64(width), source.address + i * width * bytes,
              source.address + (i + 1) * width * bytes, out.address + (pairs(n) - pairs(n - i)) * bytes)
          }
        }
      }
    },
    vjp: { tape, x, p in
      let (input, distance) = (tape.save(x), tape.save(result: tape.result))
      return { g, sink in sink[0] = try backward.callThrowing(g.first, try sink.value(input), p, try sink.value(distance)) }
    },
    samples: orders)

  private static let backwardInfo: OpInfo = OpInfo(
    "aten::_pdist_backward(Tensor grad, Tensor self, float p, Tensor pdist) -> Tensor", tier: .structured, derivative: .composed
  ) { s in
    [1.0, 1.5, 2, 3].map { p in
      let x = s.tensor([4, 3])
      return Sample(.tensor(s.tensor([6])), .tensor(x), p.box(), .tensor(forward(x.to(.float64), p).to(s.dtype)))
    }
  }

  static let backward: Op<Tensor, Tensor, Double, Tensor, Tensor> = Op(backwardInfo) { g, x, p, distance in
    for tensor in [g, x, distance] where !tensor.isWrapped { try tensor.requireStrided() }
    try check(x, p)
    let n = x.impl.sizes[0]
    guard g.impl.sizes == [pairs(n)], distance.impl.sizes == [pairs(n)] else {
      throw TorchError(.shape, "grad and pdist must have \(pairs(n)) elements, got \(g.summary) and \(distance.summary)")
    }
    if n < 2 { return x.zerosLike() }
    // Where the matrix of all pairs finds its entries: a pair of equal rows is a distance of 0, at the end.
    func whole(_ list: Tensor) -> Tensor {
      cat([list, list.zerosLike().narrow(0, 0, 1)]).indexSelect(0, places(n, device: x.device)).reshape([n, n])
    }
    return try DistanceOps.backward.callThrowing(whole(g), x, x, p, whole(distance))
  }

  private static func places(_ n: Int, device: Device) -> Tensor {
    if device != .cpu { return Tensor.zeros([n * n], dtype: .int64, device: device) }
    var list = [Int](repeating: pairs(n), count: n * n)
    var next = 0
    for i in 0..<n {
      for j in (i + 1)..<Swift.max(n, i + 1) {
        (list[i * n + j], list[j * n + i]) = (next, next)
        next += 1
      }
    }
    return Tensor(list)
  }

  static let pdist: Op<Tensor, Double, Tensor> = .composite(
    "aten::pdist(Tensor self, float p=2.) -> Tensor", rule: { x, p in try check(x, p) }, samples: orders
  ) { x, p in try forward.callThrowing(x, p) }

  static let table: [AnyOp] = [forward.erased, backward.erased, pdist.erased]
}

extension Tensor {
  /// The p-norm distances between all pairs of rows: (0, 1), (0, 2), …, (n - 2, n - 1). float32 or float64.
  /// `torch.nn.functional.pdist`.
  public func pdist(p: Double = 2) -> Tensor { PairDistances.pdist(self, p) }
}
