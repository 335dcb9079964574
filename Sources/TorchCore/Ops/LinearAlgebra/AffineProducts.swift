/// Products that are added to something: `beta self + alpha a b`.
extension MatmulOps {
  /// What the factors of a sum may be: numbers of the result's kind.
  package static func checkFactors(_ dtype: DType, alpha: Scalar, beta: Scalar) throws {
    for (name, factor) in [("alpha", alpha), ("beta", beta)] {
      if case .complex = factor, !dtype.isComplex { throw TorchError(.dtype, "\(name) must be real for \(dtype), got \(factor)") }
    }
  }

  /// `self` must expand to the product's sizes.
  package static func checkExpands(_ bias: Tensor, to sizes: Dims) throws {
    let fits = bias.rank <= sizes.count && (try? broadcastSizes(bias.impl.sizes, sizes)) == sizes
    guard fits else { throw TorchError(.shape, "self has sizes \(bias.impl.sizes), which do not expand to \(sizes)") }
  }

  private static func conjugated(_ factor: Scalar) -> Scalar {
    if case .complex(let re, let im) = factor { .complex(re, -im) } else { factor }
  }

  /// A gradient times the conjugate of a factor.
  package static func scaled(_ g: Tensor, _ factor: Scalar) -> Tensor {
    if case .complex = factor { return g * Tensor(scalar: conjugated(factor)) }
    return factor.doubleValue == 1 ? g : g * Tensor(scalar: factor)
  }

  package static let addmm = Op<Tensor, Tensor, Tensor, Scalar, Scalar, Tensor>.structured(
    "aten::addmm(Tensor self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
    rule: { bias, a, b, beta, alpha in
      guard a.rank == 2, b.rank == 2 else { throw TorchError(.shape, "mat1 and mat2 must be matrices, got \(a.summary) and \(b.summary)") }
      guard a.impl.sizes[1] == b.impl.sizes[0] else {
        throw TorchError(.shape, "mat1 has \(a.impl.sizes[1]) columns but mat2 has \(b.impl.sizes[0]) rows; they must be equal")
      }
      try checkTypes(a, b, ("mat1", "mat2"))
      try checkTypes(bias, a, ("self", "mat1"))
      try checkFactors(a.dtype, alpha: alpha, beta: beta)
      let sizes: Dims = [a.impl.sizes[0], b.impl.sizes[1]]
      try checkExpands(bias, to: sizes)
      return TensorSpec(like: a, sizes: sizes)
    },
    kernel: { out, bias, a, b, beta, alpha in try Gemm.affine(a, b, bias: bias, alpha: alpha, beta: beta, into: out) },
    vjp: { tape, bias, a, b, beta, alpha in
      let (x, y) = (tape.save(a), tape.save(b))
      let sizes = bias.impl.sizes
      return { g, sink in
        if sink.wants(0) { sink[0] = scaled(g.first, beta).sum(toSizes: sizes) }
        if sink.wants(1) { sink[1] = scaled(g.first.mm(conjugate(try sink.value(y)).t()), alpha) }
        if sink.wants(2) { sink[2] = scaled(conjugate(try sink.value(x)).t().mm(g.first), alpha) }
      }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([2])), .tensor(s.tensor([3, 4])), .tensor(s.tensor([4, 2])), .scalar(.double(0.5)), .scalar(.double(2))),
        Sample(.tensor(s.tensor([3, 2])), .tensor(s.tensor([3, 4])), .tensor(s.tensor([4, 2])), .scalar(.int(1)), .scalar(.int(1))),
      ]
    })

  package static let baddbmm = Op<Tensor, Tensor, Tensor, Scalar, Scalar, Tensor>.structured(
    "aten::baddbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1) -> Tensor",
    rule: { bias, a, b, beta, alpha in
      guard a.rank == 3, b.rank == 3, a.impl.sizes[0] == b.impl.sizes[0], a.impl.sizes[2] == b.impl.sizes[1] else {
        throw TorchError(.shape, "expected batches of sizes (b, n, m) and (b, m, p), got \(a.impl.sizes) and \(b.impl.sizes)")
      }
      try checkTypes(a, b, ("batch1", "batch2"))
      try checkTypes(bias, a, ("self", "batch1"))
      try checkFactors(a.dtype, alpha: alpha, beta: beta)
      let sizes: Dims = [a.impl.sizes[0], a.impl.sizes[1], b.impl.sizes[2]]
      try checkExpands(bias, to: sizes)
      return TensorSpec(like: a, sizes: sizes)
    },
    kernel: { out, bias, a, b, beta, alpha in
      guard out.dtype.isDifferentiable else {
        try batched(out, a, b)
        if alpha.intValue != 1 { out.mul_(Tensor(scalar: .int(alpha.intValue))) }
        if beta.intValue != 0 { out.add_(bias, alpha: .int(beta.intValue)) }
        return
      }
      if beta.boolValue { Copying.copy(bias.expand(out.shape), into: out) }
      try batched(out, a, b, alpha: alpha, beta: beta)
    },
    vjp: { tape, bias, a, b, beta, alpha in
      let (x, y) = (tape.save(a), tape.save(b))
      let sizes = bias.impl.sizes
      return { g, sink in
        if sink.wants(0) { sink[0] = scaled(g.first, beta).sum(toSizes: sizes) }
        if sink.wants(1) { sink[1] = scaled(g.first.bmm(conjugate(try sink.value(y)).mT), alpha) }
        if sink.wants(2) { sink[2] = scaled(conjugate(try sink.value(x)).mT.bmm(g.first), alpha) }
      }
    },
    samples: { s in
      [
        Sample(
          .tensor(s.tensor([3, 2])), .tensor(s.tensor([2, 3, 4])), .tensor(s.tensor([2, 4, 2])), .scalar(.double(0.5)),
          .scalar(.double(2)))
      ]
    })
}

extension Tensor {
  /// `beta * self + alpha * (mat1 mat2)`; `self` broadcasts, and is not read where beta is 0. `torch.addmm`.
  public func addmm(_ mat1: Tensor, _ mat2: Tensor, beta: Scalar = 1, alpha: Scalar = 1) -> Tensor {
    MatmulOps.addmm(self, mat1, mat2, beta, alpha)
  }
  /// `beta * self + alpha * (batch1 batch2)` for batches of matrices (b, n, m) and (b, m, p). `torch.baddbmm`.
  public func baddbmm(_ batch1: Tensor, _ batch2: Tensor, beta: Scalar = 1, alpha: Scalar = 1) -> Tensor {
    MatmulOps.baddbmm(self, batch1, batch2, beta, alpha)
  }
}
