import TorchCore

/// Products with vectors, and sums of products added to something.
enum VectorProducts {
  static func requireVector(_ x: Tensor, _ name: String) throws {
    guard x.rank == 1 else { throw TorchError(.shape, "\(name) must be a vector, got \(x.summary)") }
  }

  static let addmv = Op<Tensor, Tensor, Tensor, Scalar, Scalar, Tensor>.composite(
    "aten::addmv(Tensor self, Tensor mat, Tensor vec, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
    rule: { bias, matrix, vector, beta, alpha in
      guard matrix.rank == 2, vector.rank == 1, matrix.impl.sizes[1] == vector.impl.sizes[0] else {
        throw TorchError(.shape, "expected a matrix (n, m) and a vector (m), got \(matrix.impl.sizes) and \(vector.impl.sizes)")
      }
      try MatmulOps.checkTypes(matrix, vector, ("mat", "vec"))
      try MatmulOps.checkTypes(bias, matrix, ("self", "mat"))
      try MatmulOps.checkFactors(matrix.dtype, alpha: alpha, beta: beta)
      try MatmulOps.checkExpands(bias, to: [matrix.impl.sizes[0]])
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([3])), .tensor(s.tensor([3, 4])), .tensor(s.tensor([4])), .scalar(.double(0.5)), .scalar(.double(2))),
        Sample(.tensor(s.tensor([])), .tensor(s.tensor([3, 4])), .tensor(s.tensor([4])), .scalar(.int(1)), .scalar(.int(1))),
      ]
    }
  ) { bias, matrix, vector, beta, alpha in
    let column = bias.rank == 0 ? bias : bias.unsqueeze(1)
    return try MatmulOps.addmm.callThrowing(column, matrix, vector.unsqueeze(1), beta, alpha).squeeze(1)
  }

  private static func checkBatches(_ bias: Tensor, _ a: Tensor, _ b: Tensor, _ beta: Scalar, _ alpha: Scalar) throws {
    guard a.rank == 3, b.rank == 3, a.impl.sizes[0] == b.impl.sizes[0], a.impl.sizes[2] == b.impl.sizes[1] else {
      throw TorchError(.shape, "expected batches of sizes (b, n, m) and (b, m, p), got \(a.impl.sizes) and \(b.impl.sizes)")
    }
    try MatmulOps.checkTypes(a, b, ("batch1", "batch2"))
    try MatmulOps.checkTypes(bias, a, ("self", "batch1"))
    try MatmulOps.checkFactors(a.dtype, alpha: alpha, beta: beta)
    try MatmulOps.checkExpands(bias, to: [a.impl.sizes[1], b.impl.sizes[2]])
  }

  static let addbmm = Op<Tensor, Tensor, Tensor, Scalar, Scalar, Tensor>.structured(
    "aten::addbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
    rule: { bias, a, b, beta, alpha in
      try checkBatches(bias, a, b, beta, alpha)
      return TensorSpec(like: a, sizes: [a.impl.sizes[1], b.impl.sizes[2]])
    },
    kernel: { out, bias, a, b, beta, alpha in
      let (count, n, m, p) = (a.impl.sizes[0], a.impl.sizes[1], a.impl.sizes[2], b.impl.sizes[2])
      if !out.dtype.isDifferentiable || count == 0 {
        // Exact in any order: one product of the matrices set side by side.
        let wide = a.permute([1, 0, 2]).reshape([n, count * m])
        return try Gemm.affine(wide, b.reshape([count * m, p]), bias: bias, alpha: alpha, beta: beta, into: out)
      }
      // One after another, rounded after each, as PyTorch adds them.
      try Gemm.affine(a.select(0, 0), b.select(0, 0), bias: bias, alpha: alpha, beta: beta, into: out)
      for i in 1..<Swift.max(count, 1) {
        if Gemm.isNative(out.dtype) {
          try Gemm.multiply(a.select(0, i), b.select(0, i), into: out, alpha: alpha, beta: 1)
        } else {
          try Gemm.affine(a.select(0, i), b.select(0, i), bias: out, alpha: alpha, beta: 1, into: out)
        }
      }
    },
    vjp: { tape, bias, a, b, beta, alpha in
      let (x, y) = (tape.save(a), tape.save(b))
      let (sizes, count) = (bias.impl.sizes, a.impl.sizes[0])
      return { g, sink in
        if sink.wants(0) { sink[0] = MatmulOps.scaled(g.first, beta).sum(toSizes: sizes) }
        if !sink.wants(1) && !sink.wants(2) { return }
        let spread = MatmulOps.scaled(g.first, alpha).unsqueeze(0).expand([count] + g.first.shape)
        if sink.wants(1) { sink[1] = spread.bmm(MatmulOps.conjugate(try sink.value(y)).mT) }
        if sink.wants(2) { sink[2] = MatmulOps.conjugate(try sink.value(x)).mT.bmm(spread) }
      }
    },
    samples: { s in
      [
        Sample(
          .tensor(s.tensor([3, 2])), .tensor(s.tensor([2, 3, 4])), .tensor(s.tensor([2, 4, 2])), .scalar(.double(0.5)),
          .scalar(.double(2)))
      ]
    })

  /// In place; a tensor that broadcasts takes the result's sizes.
  static let addbmmInPlace = Op<Tensor, Tensor, Tensor, Scalar, Scalar, Tensor>(
    OpInfo(
      "aten::addbmm_(Tensor(a!) self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1) -> Tensor(a!)", tier: .inPlace,
      derivative: .composed)
  ) { target, a, b, beta, alpha in
    try checkBatches(target, a, b, beta, alpha)
    let recorded = isGradEnabled && (target.requiresGrad || a.requiresGrad || b.requiresGrad)
    try InPlace.check(target, recording: recorded)
    let result = try addbmm.callThrowing(recorded ? target.clone() : target, a, b, beta, alpha)
    if target.impl.sizes != result.impl.sizes { try target.resize(result.impl.sizes) }
    return target.copy_(result)
  }

  static let addr = Op<Tensor, Tensor, Tensor, Scalar, Scalar, Tensor>.composite(
    "aten::addr(Tensor self, Tensor vec1, Tensor vec2, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
    rule: { bias, a, b, beta, alpha in
      try requireVector(a, "vec1")
      try requireVector(b, "vec2")
      let type = promoted(bias, a, b)
      try MatmulOps.checkFactors(type, alpha: alpha, beta: beta)
      for (name, factor) in [("alpha", alpha), ("beta", beta)] {
        if case .bool = factor, type != .bool { throw TorchError(.dtype, "\(name) may be a bool for bool results only, not for \(type)") }
        if case .double = factor, !type.isDifferentiable {
          throw TorchError(.dtype, "\(name) must be whole for results of type \(type), got \(factor)")
        }
      }
      try MatmulOps.checkExpands(bias, to: [a.impl.sizes[0], b.impl.sizes[0]])
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([3, 2])), .tensor(s.tensor([3])), .tensor(s.tensor([2])), .scalar(.double(0.5)), .scalar(.double(2))),
        Sample(.tensor(s.tensor([2])), .tensor(s.tensor([3])), .tensor(s.tensor([2])), .scalar(.int(0)), .scalar(.int(1))),
      ]
    }
  ) { bias, a, b, beta, alpha in
    let type = promoted(bias, a, b)
    if type == .bool {
      let product = a.unsqueeze(1) * b
      if !alpha.boolValue { return beta.boolValue ? bias.expand(product.shape).clone() : product.zerosLike() }
      return beta.boolValue ? product.logicalOr(bias) : product
    }
    // As PyTorch rounds half types: the factors, and after each operation.
    func factor(_ s: Scalar) -> Tensor { type.widened == type ? Tensor(scalar: s) : Tensor(s.doubleValue, dtype: type) }
    let product = (alpha == .int(1) ? a : a * factor(alpha)).unsqueeze(1) * b
    guard beta.boolValue else { return product.to(type) }
    return ((beta == .int(1) ? bias : bias * factor(beta)) + product).to(type)
  }

  private static func promoted(_ a: Tensor, _ b: Tensor, _ c: Tensor) -> DType {
    var promotion = Promotion()
    promotion.add(a)
    promotion.add(b)
    promotion.add(c)
    return promotion.result
  }

  private static func outerProduct(_ schema: String) -> Op<Tensor, Tensor, Tensor> {
    .composite(
      schema,
      rule: { a, b in
        try requireVector(a, "self")
        try requireVector(b, "vec2")
      },
      samples: { s in [Sample(.tensor(s.tensor([3])), .tensor(s.tensor([2])))] }
    ) { a, b in a.unsqueeze(1) * b }
  }
  static let outer = outerProduct("aten::outer(Tensor self, Tensor vec2) -> Tensor")
  static let ger = outerProduct("aten::ger(Tensor self, Tensor vec2) -> Tensor")

  static let vdot = Op<Tensor, Tensor, Tensor>.composite(
    "aten::vdot(Tensor self, Tensor other) -> Tensor",
    rule: { a, b in
      guard a.rank == 1, b.rank == 1, a.count == b.count else {
        throw TorchError(.shape, "expected two vectors of equal length, got \(a.impl.sizes) and \(b.impl.sizes)")
      }
      try MatmulOps.checkTypes(a, b, ("self", "other"))
    },
    samples: { s in [Sample(.tensor(s.tensor([4])), .tensor(s.tensor([4])))] }
  ) { a, b in try MatmulOps.dot.callThrowing(MatmulOps.conjugate(a), b) }

  static let vecdot = Op<Tensor, Tensor, Int, Tensor>.composite(
    "aten::linalg_vecdot(Tensor x, Tensor y, *, int dim=-1) -> Tensor",
    rule: { x, y, dim in
      guard x.dtype.isDifferentiable else { throw TorchError(.dtype, "expected a floating-point or complex type, got \(x.dtype)") }
      try MatmulOps.checkTypes(x, y, ("x", "y"))
      _ = try normalizeDim(dim, rank: try broadcastSizes(x.impl.sizes, y.impl.sizes).count)
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([3, 4])), .tensor(s.tensor([3, 4])), (-1).box()),
        Sample(.tensor(s.tensor([2, 3, 4])), .tensor(s.tensor([3, 1])), 1.box()), Sample(.tensor(s.tensor([4])), .tensor(s.tensor([4])), 0.box()),
      ]
    }
  ) { x, y, dim in
    if x.rank == 1 && y.rank == 1 && x.count == y.count { return try vdot.callThrowing(x, y) }
    return (MatmulOps.conjugate(x) * y).sum(dim)
  }

  static let table: [AnyOp] = [addmv.erased, addbmm.erased, addbmmInPlace.erased, addr.erased, outer.erased, ger.erased, vdot.erased, vecdot.erased]
}

extension Tensor {
  /// `beta * self + alpha * (matrix vector)`; `self` broadcasts. `torch.addmv`.
  public func addmv(_ matrix: Tensor, _ vector: Tensor, beta: Scalar = 1, alpha: Scalar = 1) -> Tensor {
    VectorProducts.addmv(self, matrix, vector, beta, alpha)
  }
  /// `beta * self + alpha * sum(batch1[i] batch2[i])` over a batch of matrices; `self` broadcasts. `torch.addbmm`.
  public func addbmm(_ batch1: Tensor, _ batch2: Tensor, beta: Scalar = 1, alpha: Scalar = 1) -> Tensor {
    VectorProducts.addbmm(self, batch1, batch2, beta, alpha)
  }
  /// `beta * self + alpha * outer(vec1, vec2)`; types are promoted. `torch.addr`.
  public func addr(_ vec1: Tensor, _ vec2: Tensor, beta: Scalar = 1, alpha: Scalar = 1) -> Tensor {
    VectorProducts.addr(self, vec1, vec2, beta, alpha)
  }
  /// All products of two vectors (n) and (m), as (n, m). `torch.outer`.
  public func outer(_ other: Tensor) -> Tensor { VectorProducts.outer(self, other) }
  /// The dot product of two vectors, the first conjugated. `torch.vdot`.
  public func vdot(_ other: Tensor) -> Tensor { VectorProducts.vdot(self, other) }
}

extension Linalg {
  /// Dot products of vectors along a dimension, the first ones conjugated; other dimensions broadcast. `torch.linalg.vecdot`.
  public static func vecdot(_ x: Tensor, _ y: Tensor, dim: Int = -1) -> Tensor { VectorProducts.vecdot(x, y, dim) }
}
