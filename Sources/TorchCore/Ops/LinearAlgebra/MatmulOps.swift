/// Matrix products.
package enum MatmulOps {
  package static func checkTypes(_ a: Tensor, _ b: Tensor, _ names: (String, String)) throws {
    guard a.dtype == b.dtype else {
      throw TorchError(.dtype, "\(names.0) and \(names.1) must have one type, got \(a.dtype) and \(b.dtype)")
    }
    try requireNumbers(a)
  }

  /// Products are defined for numbers, not for truth values.
  package static func requireNumbers(_ t: Tensor) throws {
    if t.dtype == .bool { throw TorchError(.dtype, "products are not defined for bool; convert to an integer type") }
  }

  package static let mm = Op<Tensor, Tensor, Tensor>.structured(
    "aten::mm(Tensor self, Tensor mat2) -> Tensor",
    rule: { a, b in
      guard a.rank == 2, b.rank == 2 else { throw TorchError(.shape, "expected two matrices, got \(a.summary) and \(b.summary)") }
      guard a.impl.sizes[1] == b.impl.sizes[0] else {
        throw TorchError(.shape, "self has \(a.impl.sizes[1]) columns but mat2 has \(b.impl.sizes[0]) rows; they must be equal")
      }
      try checkTypes(a, b, ("self", "mat2"))
      return TensorSpec(like: a, sizes: [a.impl.sizes[0], b.impl.sizes[1]])
    },
    kernel: { out, a, b in try Gemm.product(a, b, into: out) },
    vjp: { tape, a, b in
      let (x, y) = (tape.save(a), tape.save(b))
      return { g, sink in
        if sink.wants(0) { sink[0] = g.first.mm(conjugate(try sink.value(y)).t()) }
        if sink.wants(1) { sink[1] = conjugate(try sink.value(x)).t().mm(g.first) }
      }
    },
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), .tensor(s.tensor([4, 2])))] })

  package static let bmm = Op<Tensor, Tensor, Tensor>.structured(
    "aten::bmm(Tensor self, Tensor mat2) -> Tensor",
    rule: { a, b in
      guard a.rank == 3, b.rank == 3 else { throw TorchError(.shape, "expected two batches of matrices, got \(a.summary) and \(b.summary)") }
      guard a.impl.sizes[0] == b.impl.sizes[0], a.impl.sizes[2] == b.impl.sizes[1] else {
        throw TorchError(
          .shape, "expected sizes (b, n, m) and (b, m, p), got \(a.impl.sizes) and \(b.impl.sizes)")
      }
      try checkTypes(a, b, ("self", "mat2"))
      return TensorSpec(like: a, sizes: [a.impl.sizes[0], a.impl.sizes[1], b.impl.sizes[2]])
    },
    kernel: { out, a, b in try batched(out, a, b) },
    vjp: { tape, a, b in
      let (x, y) = (tape.save(a), tape.save(b))
      return { g, sink in
        if sink.wants(0) { sink[0] = g.first.bmm(conjugate(try sink.value(y)).mT) }
        if sink.wants(1) { sink[1] = conjugate(try sink.value(x)).mT.bmm(g.first) }
      }
    },
    samples: { s in [Sample(.tensor(s.tensor([2, 3, 4])), .tensor(s.tensor([2, 4, 2])))] })

  /// The products of batches; in place of rounding twice, `alpha` and `beta out` take part in them.
  package static func batched(_ out: Tensor, _ a: Tensor, _ b: Tensor, alpha: Scalar = 1, beta: Scalar = 0) throws {
    let count = out.impl.sizes[0]
    if out.count == 0 { return }
    let work = out.impl.sizes[1] * out.impl.sizes[2] * a.impl.sizes[2]
    guard Gemm.isNative(out.dtype) else {
      if out.dtype.isDifferentiable {
        let type = out.dtype.widened
        let wide = try Tensor.allocate(TensorSpec(out.impl.sizes, type))
        if beta.boolValue { Copying.copy(out, into: wide) }
        try batched(wide, a.to(type), b.to(type), alpha: alpha, beta: beta)
        return Copying.copy(wide, into: out)
      }
      for i in 0..<count { try Gemm.product(matrix(a, i), matrix(b, i), into: matrix(out, i)) }
      return
    }
    // Small matrices: each thread multiplies whole ones. Large ones: all threads share each.
    let failures = FirstBadIndex()
    if count >= numThreads && work < 1 << 21 {
      let (x, y, z) = (a.detach(), b.detach(), out.detach())
      parallelFor(count, grain: Swift.max(1, (1 << 15) / Swift.max(work, 1))) { range in
        for i in range {
          do { try Gemm.multiply(matrix(x, i), matrix(y, i), into: matrix(z, i), alpha: alpha, beta: beta) } catch {
            failures.note(Int64(i))
          }
        }
      }
    } else {
      for i in 0..<count { try Gemm.multiply(matrix(a, i), matrix(b, i), into: matrix(out, i), alpha: alpha, beta: beta) }
    }
    if failures.position >= 0 { throw TorchError(.internal, "the product of batch entry \(failures.position) failed") }
  }

  private static func matrix(_ t: Tensor, _ i: Int) -> Tensor {
    t.alias(
      sizes: [t.impl.sizes[1], t.impl.sizes[2]], strides: [t.impl.strides[1], t.impl.strides[2]],
      offset: t.impl.offset + i * t.impl.strides[0])
  }

  /// The complex conjugate, for gradients; real tensors are their own.
  package static func conjugate(_ t: Tensor) -> Tensor { t.dtype.isComplex ? t.conj() : t }

  package static let mv = Op<Tensor, Tensor, Tensor>.composite(
    "aten::mv(Tensor self, Tensor vec) -> Tensor",
    rule: { a, v in
      guard a.rank == 2, v.rank == 1, a.impl.sizes[1] == v.impl.sizes[0] else {
        throw TorchError(.shape, "expected a matrix (n, m) and a vector (m), got \(a.impl.sizes) and \(v.impl.sizes)")
      }
      try checkTypes(a, v, ("self", "vec"))
    },
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), .tensor(s.tensor([4])))] }
  ) { a, v in try mm.callThrowing(a, v.unsqueeze(1)).squeeze(1) }

  package static let dot = Op<Tensor, Tensor, Tensor>.composite(
    "aten::dot(Tensor self, Tensor tensor) -> Tensor",
    rule: { a, b in
      guard a.rank == 1, b.rank == 1, a.count == b.count else {
        throw TorchError(.shape, "expected two vectors of equal length, got \(a.impl.sizes) and \(b.impl.sizes)")
      }
      try checkTypes(a, b, ("self", "tensor"))
    },
    samples: { s in [Sample(.tensor(s.tensor([4])), .tensor(s.tensor([4])))] }
  ) { a, b in try mm.callThrowing(a.unsqueeze(0), b.unsqueeze(1)).reshape([]) }

  package static let matmul = Op<Tensor, Tensor, Tensor>.composite(
    "aten::matmul(Tensor self, Tensor other) -> Tensor",
    rule: { a, b in
      guard a.rank > 0, b.rank > 0 else { throw TorchError(.shape, "both tensors must have at least one dimension") }
      try checkTypes(a, b, ("self", "other"))
      let inner = a.impl.sizes[a.rank - 1]
      let outer = b.impl.sizes[Swift.max(b.rank - 2, 0)]
      guard inner == outer else {
        throw TorchError(.shape, "the last size of self (\(inner)) must equal the \(b.rank == 1 ? "" : "last but one ")size of other (\(outer))")
      }
      if a.rank > 2 || b.rank > 2 {
        _ = try broadcastSizes(Dims(a.impl.sizes.dropLast(2)), Dims(b.impl.sizes.dropLast(2)))
      }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([3])), .tensor(s.tensor([3]))), Sample(.tensor(s.tensor([2, 3])), .tensor(s.tensor([3]))),
        Sample(.tensor(s.tensor([3])), .tensor(s.tensor([3, 2]))), Sample(.tensor(s.tensor([2, 2, 3])), .tensor(s.tensor([3, 2]))),
        Sample(.tensor(s.tensor([2, 1, 2, 3])), .tensor(s.tensor([3, 3, 2]))),
      ]
    }
  ) { a, b in
    switch (a.rank, b.rank) {
    case (1, 1): return try dot.callThrowing(a, b)
    case (2, 1): return try mv.callThrowing(a, b)
    case (1, 2): return try mm.callThrowing(a.unsqueeze(0), b).squeeze(0)
    case (2, 2): return try mm.callThrowing(a, b)
    default: break
    }
    if b.rank <= 2 {
      // A batch times one matrix is one tall product.
      let matrix = b.rank == 1 ? b.unsqueeze(1) : b
      let lead = Array(a.shape.dropLast())
      let flat = try mm.callThrowing(a.reshape([-1, a.impl.sizes[a.rank - 1]].inferred(a)), matrix)
      return flat.reshape(b.rank == 1 ? lead : lead + [b.impl.sizes[1]])
    }
    let left = a.rank == 1 ? a.unsqueeze(0) : a
    let batch = Array(try broadcastSizes(Dims(left.impl.sizes.dropLast(2)), Dims(b.impl.sizes.dropLast(2))))
    let count = batch.reduce(1, *)
    let (n, m, p) = (left.impl.sizes[left.rank - 2], left.impl.sizes[left.rank - 1], b.impl.sizes[b.rank - 1])
    let x = left.expand(batch + [n, m]).reshape([count, n, m])
    let y = b.expand(batch + [m, p]).reshape([count, m, p])
    let out = try bmm.callThrowing(x, y).reshape(batch + [n, p])
    return a.rank == 1 ? out.squeeze(-2) : out
  }

  package static let table: [AnyOp] = [mm.erased, bmm.erased, mv.erased, dot.erased, addmm.erased, baddbmm.erased, matmul.erased, LinearOp.linear.erased]
}

extension [Int] {
  /// The sizes with a leading -1 replaced, which an empty tensor needs.
  fileprivate func inferred(_ x: Tensor) -> [Int] {
    let rest = self[1]
    return [rest == 0 ? x.impl.sizes.dropLast().reduce(1, *) : x.count / rest, rest]
  }
}

extension Tensor {
  /// The product of two matrices. `torch.mm`.
  public func mm(_ other: Tensor) -> Tensor { MatmulOps.mm(self, other) }
  /// The products of two batches of matrices. `torch.bmm`.
  public func bmm(_ other: Tensor) -> Tensor { MatmulOps.bmm(self, other) }
  /// A matrix times a vector. `torch.mv`.
  public func mv(_ vector: Tensor) -> Tensor { MatmulOps.mv(self, vector) }
  /// The sum of products of two vectors. `torch.dot`.
  public func dot(_ other: Tensor) -> Tensor { MatmulOps.dot(self, other) }
  /// Matrix product with batch dimensions broadcast; vectors count as rows or columns. `torch.matmul`.
  public func matmul(_ other: Tensor) -> Tensor { MatmulOps.matmul(self, other) }
}
