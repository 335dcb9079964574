import CTorchKernels

/// Numbers of events.
package enum CountDistributions {
  package static let poisson = Op<Tensor, Generator?, Tensor>.factory(
    "aten::poisson(Tensor self, Generator? generator=None) -> Tensor", tier: .random,
    samples: { s in [Sample(.tensor(s.tensor([2, 3], low: 0.5, high: 20)), .none)] }
  ) { rates, generator in
    if rates.device == .poison { throw PoisonedInput() }
    try RandomFill.needFloat(rates)
    let out = try Tensor.allocate(TensorSpec(like: rates))
    if !out.isCPU || out.count == 0 { return out }
    let source = noGrad { rates.contiguous() }
    let bad = (generator ?? .default).withState {
      torch_random_poisson($0, Int32(rates.dtype.rawValue), Int64(out.count), source.address, out.address)
    }
    if bad >= 0 {
      throw TorchError(.value, "a rate must not be negative, got \(try source.scalar(at: Int(bad))) at position \(bad)")
    }
    return out
  }

  package static let binomial = Op<Tensor, Tensor, Generator?, Tensor>.factory(
    "aten::binomial(Tensor count, Tensor prob, Generator? generator=None) -> Tensor", tier: .random,
    samples: { s in [Sample(.tensor(Tensor([3.0, 40.0], dtype: .float32)), .tensor(Tensor([0.3, 0.6], dtype: .float32)), .none)] }
  ) { counts, probabilities, generator in
    if counts.device == .poison || probabilities.device == .poison { throw PoisonedInput() }
    guard counts.dtype == .float32 || counts.dtype == .float64, counts.dtype == probabilities.dtype else {
      throw TorchError(.dtype, "expected two float32 or float64 tensors, got \(counts.summary) and \(probabilities.summary)")
    }
    guard try broadcastSizes(counts.impl.sizes, probabilities.impl.sizes) == counts.impl.sizes else {
      throw TorchError(.shape, "probabilities of sizes \(probabilities.impl.sizes) do not broadcast to \(counts.impl.sizes)")
    }
    let out = try Tensor.allocate(TensorSpec(like: counts))
    if !out.isCPU || out.count == 0 { return out }
    let trials = noGrad { counts.contiguous() }
    let chances = noGrad { probabilities.expand(counts.shape).contiguous() }
    (generator ?? .default).withState {
      _ = torch_random_binomial(
        $0, Int32(counts.dtype.rawValue), Int64(out.count), trials.address, chances.address, out.address)
    }
    return out
  }

  package static let table: [AnyOp] = [poisson.erased, binomial.erased]
}

extension Tensor {
  /// Numbers of events, Poisson distributed with these rates, in this tensor's type, which is floating-point. `torch.poisson`.
  public func poisson(generator: Generator? = nil) -> Tensor { CountDistributions.poisson(self, generator) }
  /// Numbers of successes in `counts` trials of the given probabilities, which broadcast; float32 or float64. `torch.binomial`.
  public static func binomial(_ counts: Tensor, _ probabilities: Tensor, generator: Generator? = nil) -> Tensor {
    CountDistributions.binomial(counts, probabilities, generator)
  }
}
