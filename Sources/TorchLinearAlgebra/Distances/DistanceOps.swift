import CTorchKernels
import TorchCore

/// Distances between the rows of two matrices.
enum DistanceOps {
  private static func check(_ a: Tensor, _ b: Tensor, _ p: Double) throws {
    guard a.rank >= 2, b.rank >= 2 else { throw TorchError(.shape, "expected batches of rows, got \(a.summary) and \(b.summary)") }
    guard a.impl.sizes[a.rank - 1] == b.impl.sizes[b.rank - 1] else {
      throw TorchError(.shape, "the rows must have equal lengths, got \(a.impl.sizes) and \(b.impl.sizes)")
    }
    guard a.dtype == .float32 || a.dtype == .float64, a.dtype == b.dtype else {
      throw TorchError(.dtype, "expected two tensors of float32 or float64, got \(a.dtype) and \(b.dtype)")
    }
    try checkOrder(p)
  }

  static func checkOrder(_ p: Double) throws {
    guard p >= 0 else { throw TorchError(.value, "the order of a distance must not be negative, got \(p)") }
  }

  /// Sizes of the leading dimensions, broadcast.
  private static func batch(_ a: Tensor, _ b: Tensor) throws -> [Int] {
    Array(try broadcastSizes(Dims(a.impl.sizes.dropLast(2)), Dims(b.impl.sizes.dropLast(2))))
  }

  private static func sizes(_ a: Tensor, _ b: Tensor) throws -> Dims {
    Dims(try batch(a, b) + [a.impl.sizes[a.rank - 2], b.impl.sizes[b.rank - 2]])
  }

  /// Many Euclidean distances are cheaper as one matrix product: PyTorch's choice, which its compute_mode forces or forbids.
  private static func usesProduct(_ a: Tensor, _ b: Tensor, _ p: Double, _ mode: Int?) -> Bool {
    guard p == 2, mode != 2 else { return false }
    return mode == 1 || a.impl.sizes[a.rank - 2] > 25 || b.impl.sizes[b.rank - 2] > 25
  }

  private static func checkMode(_ mode: Int?) throws {
    guard (0...2).contains(mode ?? 0) else { throw TorchError(.value, "compute_mode must be 0, 1 or 2, got \(mode ?? 0)") }
  }

  private static let modeSamples: SampleMaker = { s in
    var all = [0.0, 1, 1.5, 2, 3, .infinity].map { p in
      Sample(.tensor(s.tensor([3, 4])), .tensor(s.tensor([2, 4])), p.box(), .none)
    }
    all.append(Sample(.tensor(s.tensor([2, 3, 4])), .tensor(s.tensor([2, 4])), 2.0.box(), 1.box()))
    return all
  }

  static let euclidean: Op<Tensor, Tensor, Tensor> = .structured(
    "aten::_euclidean_dist(Tensor x1, Tensor x2) -> Tensor",
    rule: { a, b in
      try check(a, b, 2)
      return TensorSpec(like: a, sizes: try sizes(a, b))
    },
    kernel: { out, a, b in try products(a, b, into: out) },
    vjp: { tape, a, b in
      let (x, y, distance) = (tape.save(a), tape.save(b), tape.save(result: tape.result))
      return { g, sink in
        let (a, b, d) = (try sink.value(x), try sink.value(y), try sink.value(distance))
        let isZero = d .== Tensor(scalar: 0)
        let ratio = `where`(isZero, Tensor(scalar: 0), g.first / `where`(isZero, Tensor(scalar: 1), d))
        if sink.wants(0) { sink[0] = (a * ratio.sum(-1, keepDim: true) - ratio.matmul(b)).sum(toSizes: a.impl.sizes) }
        if sink.wants(1) { sink[1] = (b * ratio.sum(-2).unsqueeze(-1) - ratio.mT.matmul(a)).sum(toSizes: b.impl.sizes) }
      }
    },
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), .tensor(s.tensor([2, 4])))] })

  /// |x|² + |y|² - 2 x·y, as one product of rows with their squared lengths attached.
  private static func products(_ a: Tensor, _ b: Tensor, into out: Tensor) throws {
    let (lengthA, lengthB) = (a.square().sum(-1, keepDim: true), b.square().sum(-1, keepDim: true))
    let left = cat([a * Tensor(scalar: .double(-2)), lengthA, lengthA.onesLike()], dim: -1)
    let right = cat([b, lengthB.onesLike(), lengthB], dim: -1)
    Copying.copy(left.matmul(right.mT).clamp_(min: 0).sqrt_(), into: out)
  }

  static let forward: Op<Tensor, Tensor, Double, Int?, Tensor> = .structured(
    "aten::_cdist_forward(Tensor x1, Tensor x2, float p, int? compute_mode) -> Tensor",
    rule: { a, b, p, mode in
      try check(a, b, p)
      try checkMode(mode)
      return TensorSpec(like: a, sizes: try sizes(a, b))
    },
    kernel: { out, a, b, p, mode in
      if out.count == 0 { return }
      if usesProduct(a, b, p, mode) && a.count > 0 { return try products(a, b, into: out) }
      let lead = Array(out.shape.dropLast(2))
      let (n, m, width) = (a.impl.sizes[a.rank - 2], b.impl.sizes[b.rank - 2], a.impl.sizes[a.rank - 1])
      let (x, y) = (a.expand(lead + [n, width]).contiguous(), b.expand(lead + [m, width]).contiguous())
      let (type, bytes) = (Int32(out.dtype.rawValue), out.dtype.byteCount)
      for i in 0..<lead.reduce(1, *) {
        parallelFor(n, grain: Swift.max(1, 16384 / Swift.max(m * width, 1))) { rows in
          _ = torch_distances(
            type, p, Int64(rows.lowerBound), Int64(rows.upperBound), Int64(m), Int64(width), x.address + i * n * width * bytes,
            y.address + i * m * width * bytes, out.address + i * n * m * bytes)
        }
      }
    },
    vjp: { tape, a, b, p, _ in
      let (x, y, distance) = (tape.save(a), tape.save(b), tape.save(result: tape.result))
      return { g, sink in
        let (a, b, d) = (try sink.value(x), try sink.value(y), try sink.value(distance))
        if sink.wants(0) { sink[0] = try backward.callThrowing(g.first, a, b, p, d) }
        if sink.wants(1) { sink[1] = try backward.callThrowing(g.first.mT, b, a, p, d.mT) }
      }
    },
    samples: modeSamples)

  private static let backwardInfo: OpInfo = OpInfo(
    "aten::_cdist_backward(Tensor grad, Tensor x1, Tensor x2, float p, Tensor cdist) -> Tensor", tier: .structured, derivative: .composed
  ) { s in
    [1.0, 1.5, 2, 3].map { p in
      let (a, b) = (s.tensor([3, 4]), s.tensor([2, 4]))
      return Sample(.tensor(s.tensor([3, 2])), .tensor(a), .tensor(b), p.box(), .tensor(forward(a.to(.float64), b.to(.float64), p, 2).to(s.dtype)))
    }
  }

  /// The gradient for the first matrix's rows: a kernel, or, where it is itself recorded, the tensor ops it equals.
  static let backward: Op<Tensor, Tensor, Tensor, Double, Tensor, Tensor> = Op(backwardInfo) { g, a, b, p, distance in
    let tensors = [g, a, b, distance]
    for tensor in tensors where !tensor.isWrapped { try tensor.requireStrided() }
    try check(a, b, p)
    let full = try sizes(a, b)
    guard g.impl.sizes == full, distance.impl.sizes == full, g.dtype == a.dtype, distance.dtype == a.dtype else {
      throw TorchError(.shape, "grad and cdist must be \(a.dtype) of sizes \(full), got \(g.summary) and \(distance.summary)")
    }
    if isGradEnabled && tensors.contains(where: \.requiresGrad) || tensors.contains(where: \.isWrapped) {
      return DistanceGradient.formula(g, a.unsqueeze(-2) - b.unsqueeze(-3), p, distance).sum(-2).sum(toSizes: a.impl.sizes)
    }
    let lead = Array(full.dropLast(2))
    let (n, m, width) = (a.impl.sizes[a.rank - 2], b.impl.sizes[b.rank - 2], a.impl.sizes[a.rank - 1])
    let out = try Tensor.allocate(TensorSpec(Dims(lead + [n, width]), a.dtype, tensors.first { !$0.isCPU }?.device ?? .cpu))
    if out.isCPU && out.count > 0 {
      let (x, y) = (a.expand(lead + [n, width]).contiguous(), b.expand(lead + [m, width]).contiguous())
      let (gradient, lengths) = (g.contiguous(), distance.contiguous())
      let (type, bytes) = (Int32(out.dtype.rawValue), out.dtype.byteCount)
      for i in 0..<lead.reduce(1, *) {
        parallelFor(n, grain: Swift.max(1, 16384 / Swift.max(m * width, 1))) { rows in
          _ = torch_distances_backward(
            type, p, Int64(rows.lowerBound), Int64(rows.upperBound), Int64(m), Int64(width), x.address + i * n * width * bytes,
            y.address + i * m * width * bytes, gradient.address + i * n * m * bytes, lengths.address + i * n * m * bytes,
            out.address + i * n * width * bytes)
        }
      }
    }
    return out.sum(toSizes: a.impl.sizes)
  }

  static let cdist: Op<Tensor, Tensor, Double, Int?, Tensor> = .composite(
    "aten::cdist(Tensor x1, Tensor x2, float p=2., int? compute_mode=None) -> Tensor",
    rule: { a, b, p, mode in
      try check(a, b, p)
      try checkMode(mode)
      _ = try batch(a, b)
    },
    samples: modeSamples
  ) { a, b, p, mode in
    if a.count > 0, b.count > 0, usesProduct(a, b, p, mode) { return try euclidean.callThrowing(a, b) }
    return try forward.callThrowing(a, b, p, mode)
  }

  static let table: [AnyOp] = [euclidean.erased, forward.erased, backward.erased, cdist.erased]
}

enum DistanceGradient {
  /// `g` times the derivative of a p-distance by each difference; differences have one dimension more, the last.
  static func formula(_ g: Tensor, _ difference: Tensor, _ p: Double, _ distance: Tensor) -> Tensor {
    let (zero, one) = (Tensor(scalar: 0), Tensor(scalar: 1))
    let isZero = distance .== zero
    let length = `where`(isZero, one, distance)
    func weighted(_ exponent: Double) -> Tensor { `where`(isZero, zero, g / length.pow(.double(exponent))).unsqueeze(-1) }
    let same = difference .== zero
    let size = `where`(same, one, difference.abs())
    switch p {
    case 0: return difference.zerosLike() * g.unsqueeze(-1)
    case 1: return difference.sign() * g.unsqueeze(-1)
    case 2: return difference * `where`(isZero, zero, g / length).unsqueeze(-1)
    case .infinity:
      let largest = difference.abs() .== distance.unsqueeze(-1)
      return `where`(largest, difference.sign() * g.unsqueeze(-1), zero)
    case ..<2: return `where`(same, zero, difference.sign() * size.pow(.double(p - 1))) * weighted(p - 1)
    default: return `where`(same, zero, difference * size.pow(.double(p - 2))) * weighted(p - 1)
    }
  }
}

extension Tensor {
  /// The p-norm distances between the rows of `self` (…, n, width) and of `other` (…, m, width), as (…, n, m); leading dimensions
  /// broadcast. float32 or float64. `torch.cdist`.
  /// - Parameter computeMode: for p = 2: 0 lets the sizes decide, 1 takes a matrix product, 2 does not.
  public func cdist(_ other: Tensor, p: Double = 2, computeMode: Int? = nil) -> Tensor { DistanceOps.cdist(self, other, p, computeMode) }
}
