import CTorchKernels

/// Running extremes, and running logarithms of sums of exponentials.
package enum RunningExtrema {
  package static let cummax = running("aten::cummax(Tensor self, int dim) -> (Tensor values, Tensor indices)") { $0.cummax }
  package static let cummin = running("aten::cummin(Tensor self, int dim) -> (Tensor values, Tensor indices)") { $0.cummin }

  private static func running(
    _ schema: String, _ choice: @escaping @Sendable (torch_reduce_kernels) -> torch_reduce_pair_fn?
  ) -> Op<Tensor, Int, TensorPair> {
    .structured(
      schema,
      rule: { x, dim in
        _ = try normalizeDim(dim, rank: x.rank)
        if x.dtype.isComplex { throw TorchError(.dtype, "complex numbers have no order, got \(x.dtype)") }
        return (TensorSpec(like: x), TensorSpec(like: x, dtype: .int64))
      },
      kernel: { out, x, dim in
        let source = x.to(x.dtype.widened).contiguous()
        guard let fn = choice(try ReductionKernels.table(source.dtype).pointee) else {
          throw TorchError(.dtype, "not defined for \(x.dtype)")
        }
        let values = out.values.dtype == source.dtype ? out.values : try Tensor.allocate(TensorSpec(x.impl.sizes, source.dtype))
        let indices = out.indices.int64s
        ReductionLoop(x.impl.sizes, dim: try normalizeDim(dim, rank: x.rank)).forEachRange {
          fn(values.address, indices, source.address, $0)
        }
        if !(values === out.values) { Copying.copy(values, into: out.values) }
      },
      vjp: { tape, x, dim in
        let sizes = x.shape
        let indices = SavedTensor(tape.result.indices.detach())
        return { g, sink in
          guard let gradient = g[0] else { return }
          sink[0] = Tensor.zeros(sizes, dtype: gradient.dtype).scatterAdd(dim, try sink.value(indices), gradient)
        }
      },
      samples: { s in
        [
          Sample(.tensor(s.tensor([3, 4])), 1.box()), Sample(.tensor(s.tensor([2, 3, 4])), (-2).box()),
          Sample(.tensor(s.tensor([])), 0.box()),
        ]
      })
  }

  package static let logcumsumexp = Op<Tensor, Int, Tensor>.structured(
    "aten::logcumsumexp(Tensor self, int dim) -> Tensor",
    rule: { x, dim in
      _ = try normalizeDim(dim, rank: x.rank)
      guard x.dtype.isDifferentiable else {
        throw TorchError(.dtype, "expected a floating-point or complex type, got \(x.dtype)")
      }
      return TensorSpec(like: x)
    },
    kernel: { out, x, dim in
      let type = x.dtype.widened
      let source = x.to(type).contiguous()
      let target = out.dtype == type ? out : try Tensor.allocate(TensorSpec(out.impl.sizes, type))
      ReductionLoop(x.impl.sizes, dim: try normalizeDim(dim, rank: x.rank)).forEachRange {
        _ = torch_logcumsumexp(Int32(type.rawValue), target.address, source.address, $0)
      }
      if !(target === out) { Copying.copy(target, into: out) }
    },
    vjp: { tape, x, dim in
      let d = try normalizeDim(dim, rank: x.rank)
      let (input, result) = (tape.save(x), tape.save(result: tape.result))
      return { g, sink in
        if g.first.rank == 0 || g.first.count == 0 {
          sink[0] = g.first
          return
        }
        // The gradient is the sum over all later results of g[j] exp(x[i] - y[j]): from the end, each step weighs the sum so far
        // by exp(y[i] - y[i + 1]), which cannot overflow.
        let (x, y) = (try sink.value(input), try sink.value(result))
        let n = y.shape[d]
        let steps = (y.narrow(d, 0, n - 1) - y.narrow(d, 1, n - 1)).exp()
        let last = Tensor.zeros(y.shape.enumerated().map { $0.offset == d ? 1 : $0.element }, dtype: y.dtype)
        let sums = LinearScan.op(g.first, cat([steps, last], dim: d).conj(), d, true)
        sink[0] = (x - y).exp().conj() * sums
      }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([3, 4])), 1.box()), Sample(.tensor(s.tensor([2, 3, 4])), (-3).box()),
        Sample(.tensor(s.tensor([])), 0.box()),
      ]
    })

  package static let table: [AnyOp] = [cummax.erased, cummin.erased, logcumsumexp.erased]
}

extension Tensor {
  /// The largest element so far along a dimension, and where it was: the last of equals; NaN stays. `torch.cummax`.
  public func cummax(_ dim: Int) -> TensorPair { RunningExtrema.cummax(self, dim) }
  /// The smallest element so far along a dimension, and where it was: the last of equals; NaN stays. `torch.cummin`.
  public func cummin(_ dim: Int) -> TensorPair { RunningExtrema.cummin(self, dim) }
  /// Logarithms of running sums of exponentials along a dimension, safe from overflow. Floating-point and complex types.
  /// `torch.logcumsumexp`.
  public func logCumSumExp(_ dim: Int) -> Tensor { RunningExtrema.logcumsumexp(self, dim) }
}
