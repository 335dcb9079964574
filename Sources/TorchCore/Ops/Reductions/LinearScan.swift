import CTorchKernels

/// Linear recurrences along a dimension, out of which the derivatives of scans are made. PyTorch has no such op.
package enum LinearScan {
  /// `s[i] = x[i] + factor[i] s[i - 1]`, or from the end, `s[i] = x[i] + factor[i] s[i + 1]`. The factor at the start is not
  /// used.
  package static let op: Op<Tensor, Tensor, Int, Bool, Tensor> = .structured(
    "torch::linear_scan(Tensor self, Tensor factor, int dim, bool reverse) -> Tensor",
    rule: { x, factor, dim, _ in
      _ = try normalizeDim(dim, rank: x.rank)
      guard x.impl.sizes == factor.impl.sizes, x.dtype == factor.dtype, x.dtype.isDifferentiable else {
        throw TorchError(.shape, "expected factors like the summands, got \(factor.summary) and \(x.summary)")
      }
      return TensorSpec(like: x)
    },
    kernel: { out, x, factor, dim, reverse in
      let type = x.dtype.widened
      let (source, factors) = (x.to(type).contiguous(), factor.to(type).contiguous())
      let target = out.dtype == type ? out : try Tensor.allocate(TensorSpec(out.impl.sizes, type))
      ReductionLoop(x.impl.sizes, dim: try normalizeDim(dim, rank: x.rank)).forEachRange {
        _ = torch_linear_scan(Int32(type.rawValue), target.address, source.address, factors.address, reverse, $0)
      }
      if !(target === out) { Copying.copy(target, into: out) }
    },
    vjp: { tape, x, factor, dim, reverse in
      let d = try normalizeDim(dim, rank: x.rank)
      let (factors, result) = (tape.save(factor), tape.save(result: tape.result))
      return { g, sink in
        let turned = shifted(try sink.value(factors).conj(), d, by: reverse ? 1 : -1)
        let sums = op(g.first, turned, d, !reverse)
        if sink.wants(0) { sink[0] = sums }
        if sink.wants(1) { sink[1] = sums * shifted(try sink.value(result).conj(), d, by: reverse ? -1 : 1) }
      }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([2, 3])), .tensor(s.tensor([2, 3])), 1.box(), false.box()),
        Sample(.tensor(s.tensor([3, 2])), .tensor(s.tensor([3, 2])), 0.box(), true.box()),
      ]
    })

  package static let table: [AnyOp] = [op.erased]

  /// The elements moved along a dimension by one position, zero where there was none.
  package static func shifted(_ x: Tensor, _ dim: Int, by step: Int) -> Tensor {
    if x.rank == 0 { return x.zerosLike() }
    let n = x.shape[dim]
    if n == 0 { return x }
    let none = Tensor.zeros(x.shape.enumerated().map { $0.offset == dim ? 1 : $0.element }, dtype: x.dtype)
    return step > 0 ? cat([none, x.narrow(dim, 0, n - 1)], dim: dim) : cat([x.narrow(dim, 1, n - 1), none], dim: dim)
  }
}
