import CTorchKernels

/// Draws whose distribution is given by tensors.
package enum Distributions {
  private static func probabilities(_ s: inout SampleSource) -> Tensor { s.tensor([2, 3], low: 0.1, high: 0.9) }

  package static let bernoulli = Op<Tensor, Generator?, Tensor>.factory(
    "aten::bernoulli(Tensor self, *, Generator? generator=None) -> Tensor", tier: .random,
    samples: { s in [Sample(.tensor(probabilities(&s)), .none)] }
  ) { p, generator in
    let out = try Factories.emptyLike.run(p, nil, nil, nil, nil, nil)
    try RandomFill.bernoulli(out, p, generator)
    return out
  }

  package static let bernoulliNumber = Op<Tensor, Double, Generator?, Tensor>.factory(
    "aten::bernoulli.p(Tensor self, float p, *, Generator? generator=None) -> Tensor", tier: .random,
    samples: { s in [Sample(.tensor(s.tensor([2, 3])), 0.3.box(), .none)] }
  ) { x, p, generator in
    let out = try Factories.emptyLike.run(x, nil, nil, nil, nil, nil)
    try RandomFill.bernoulli(out, p, generator)
    return out
  }

  package static let bernoulliTensor = Op<Tensor, Tensor, Generator?, Tensor>.factory(
    "aten::bernoulli.Tensor(Tensor self, Tensor p, *, Generator? generator=None) -> Tensor", tier: .random,
    samples: { s in [Sample(.tensor(s.tensor([2, 3])), .tensor(probabilities(&s)), .none)] }
  ) { x, p, generator in
    let out = try Factories.emptyLike.run(x, nil, nil, nil, nil, nil)
    try RandomFill.bernoulli(out, p, generator)
    return out
  }

  package static let normalSized = Op<Double, Double, [Int], Generator?, DType?, Layout?, Device?, Bool?, Tensor>.factory(
    "aten::normal.float_float(float mean, float std, SymInt[] size, *, Generator? generator=None, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None) -> Tensor",
    tier: .random,
    samples: { _ in [Sample(1.0.box(), 2.0.box(), [2, 3].box(), .none, .none, .none, .none, .none)] }
  ) { mean, std, sizes, generator, dtype, _, device, _ in
    let out = try Factories.make(nil, sizes, dtype ?? defaultDType, device)
    try RandomFill.normal(out, mean, std, generator)
    return out
  }

  package static let normalMean = Op<Tensor, Double, Generator?, Tensor>.factory(
    "aten::normal.Tensor_float(Tensor mean, float std=1., *, Generator? generator=None) -> Tensor", tier: .random,
    samples: { s in [Sample(.tensor(s.tensor([2, 3])), 2.0.box(), .none)] }
  ) { mean, std, generator in
    let out = try Factories.emptyLike.run(mean, nil, nil, nil, nil, .contiguous)
    try RandomFill.normal(out, 0, std, generator)
    return noGrad { out.add_(mean.detach()) }
  }

  package static let normalStd = Op<Double, Tensor, Generator?, Tensor>.factory(
    "aten::normal.float_Tensor(float mean, Tensor std, *, Generator? generator=None) -> Tensor", tier: .random,
    samples: { s in [Sample(1.0.box(), .tensor(s.tensor([2, 3], low: 0.5, high: 2)), .none)] }
  ) { mean, std, generator in
    try checkDeviations(std)
    let out = try Factories.emptyLike.run(std, nil, nil, nil, nil, .contiguous)
    try RandomFill.normal(out, 0, 1, generator)
    return noGrad { out.mul_(std.detach()).add_(Tensor(mean, dtype: out.dtype)) }
  }

  package static let normal = Op<Tensor, Tensor, Generator?, Tensor>.factory(
    "aten::normal.Tensor_Tensor(Tensor mean, Tensor std, *, Generator? generator=None) -> Tensor", tier: .random,
    samples: { s in [Sample(.tensor(s.tensor([2, 3])), .tensor(s.tensor([3], low: 0.5, high: 2)), .none)] }
  ) { mean, std, generator in
    if mean.device == .poison { throw PoisonedInput() }
    try checkDeviations(std)
    let out = try Tensor.allocate(TensorSpec(like: mean, sizes: try broadcastSizes(mean.impl.sizes, std.impl.sizes)))
    try RandomFill.normal(out, 0, 1, generator)
    return noGrad { out.mul_(std.detach()).add_(mean.detach()) }
  }

  private static func checkDeviations(_ std: Tensor) throws {
    if std.device == .poison { throw PoisonedInput() }
    guard !std.dtype.isComplex else { throw TorchError(.dtype, "standard deviations must be real, got \(std.dtype)") }
    guard std.isCPU else { return }
    let values = std.detach().array(as: Double.self)
    if let bad = values.firstIndex(where: { $0 < 0 }) {
      throw TorchError(.value, "std must not be negative, got \(values[bad]) at position \(bad)")
    }
  }

  // MARK: Categories

  package static let multinomial = Op<Tensor, Int, Bool, Generator?, Tensor>.factory(
    "aten::multinomial(Tensor self, SymInt num_samples, bool replacement=False, *, Generator? generator=None) -> Tensor",
    tier: .random,
    samples: { s in
      [
        Sample(.tensor(probabilities(&s)), 2.box(), false.box(), .none),
        Sample(.tensor(probabilities(&s)), 5.box(), true.box(), .none),
        Sample(.tensor(s.tensor([4], low: 0.1, high: 1)), 1.box(), false.box(), .none),
      ]
    }
  ) { weights, samples, replacement, generator in
    if weights.device == .poison { throw PoisonedInput() }
    try RandomFill.needFloat(weights)
    guard weights.rank == 1 || weights.rank == 2 else {
      throw TorchError(.shape, "expected weights of 1 or 2 dimensions, got \(weights.summary)")
    }
    let categories = weights.size(-1)
    guard categories > 0 else { throw TorchError(.shape, "expected at least one category, got \(weights.summary)") }
    guard samples > 0 else { throw TorchError(.value, "num_samples must be positive, got \(samples)") }
    guard replacement || samples <= categories else {
      throw TorchError(.value, "cannot draw \(samples) of \(categories) categories without replacement")
    }
    var sizes = weights.impl.sizes
    sizes[weights.rank - 1] = samples
    let out = try Tensor.allocate(TensorSpec(like: weights, sizes: sizes, dtype: .int64))
    if !out.isCPU || out.count == 0 { return out }
    try noGrad {
      if replacement && samples > 1 {
        try drawWithReplacement(weights.detach(), categories, samples, generator, out)
      } else {
        try drawLargest(weights.detach(), categories, samples, generator, out)
      }
    }
    return out
  }

  private static func drawWithReplacement(
    _ weights: Tensor, _ categories: Int, _ samples: Int, _ generator: Generator?, _ out: Tensor
  ) throws {
    let rows = (weights.dtype == .float64 ? weights : weights.to(.float32)).contiguous()
    let type = Int32(rows.dtype.rawValue)
    let rowBytes = categories * rows.dtype.byteCount
    let scratch = try Tensor.allocate(TensorSpec([categories], rows.dtype))
    let to = out.pointer(Int64.self)
    let complaint = (generator ?? .default).withState { g -> String? in
      for row in 0..<(out.count / samples) {
        let fault = torch_random_multinomial(
          g, type, Int64(categories), rows.address + row * rowBytes, Int64(samples), to + row * samples, scratch.address)
        if let fault { return String(cString: fault) + (rows.rank == 2 ? " (row \(row))" : "") }
      }
      return nil
    }
    if let complaint { throw TorchError(.value, complaint) }
  }

  /// The categories of the largest quotients of weight and exponential noise: each is drawn in proportion to its weight.
  private static func drawLargest(
    _ weights: Tensor, _ categories: Int, _ samples: Int, _ generator: Generator?, _ out: Tensor
  ) throws {
    let values = weights.array(as: Double.self)
    if let bad = values.firstIndex(where: { !($0 >= 0 && $0.isFinite) }) {
      throw TorchError(.value, "weights must be finite and not negative, got \(values[bad]) at position \(bad)")
    }
    for row in 0..<(values.count / categories)
    where !values[(row * categories)..<((row + 1) * categories)].contains(where: { $0 > 0 }) {
      throw TorchError(.value, "the weights of row \(row) sum to zero")
    }
    let noise = try Factories.emptyLike.run(weights, nil, nil, nil, nil, nil)
    try RandomFill.simple(noise, generator) { g, type, n, p in torch_random_exponential(g, type, n, p, 1) }
    let quotients = (weights / noise).contiguous()
    let largest = try Tensor.allocate(TensorSpec(out.impl.sizes, weights.dtype))
    try OrderingKernels.topk(quotients, samples, largest: true, sorted: true, largest, out)
  }

  package static let table: [AnyOp] = [
    bernoulli.erased, bernoulliNumber.erased, bernoulliTensor.erased, normalSized.erased, normalMean.erased, normalStd.erased,
    normal.erased, multinomial.erased,
  ]
}

extension Tensor {
  /// 1 with the probability that each element gives, else 0. `torch.bernoulli`.
  public func bernoulli(generator: Generator? = nil) -> Tensor { Distributions.bernoulli(self, generator) }
  /// A tensor like this one of 1 with probability `p`, else 0. `torch.bernoulli`.
  public func bernoulli(_ p: Double, generator: Generator? = nil) -> Tensor { Distributions.bernoulliNumber(self, p, generator) }

  /// Normally distributed numbers. `torch.normal`.
  public static func normal(
    _ mean: Double, _ std: Double, _ sizes: [Int], dtype: DType? = nil, generator: Generator? = nil
  ) -> Tensor { Distributions.normalSized(mean, std, sizes, generator, dtype, nil, nil, nil) }
  /// Normally distributed numbers around each mean. `torch.normal`.
  public static func normal(_ mean: Tensor, _ std: Double = 1, generator: Generator? = nil) -> Tensor {
    Distributions.normalMean(mean, std, generator)
  }
  /// Normally distributed numbers of each deviation. `torch.normal`.
  public static func normal(_ mean: Double, _ std: Tensor, generator: Generator? = nil) -> Tensor {
    Distributions.normalStd(mean, std, generator)
  }
  /// Normally distributed numbers of each mean and deviation, which broadcast. `torch.normal`.
  public static func normal(_ mean: Tensor, _ std: Tensor, generator: Generator? = nil) -> Tensor {
    Distributions.normal(mean, std, generator)
  }

  /// Category numbers drawn in proportion to the weights of each row (1 or 2 dimensions, floating-point, not negative, not all
  /// zero); int64. `torch.multinomial`.
  public func multinomial(_ samples: Int, replacement: Bool = false, generator: Generator? = nil) -> Tensor {
    Distributions.multinomial(self, samples, replacement, generator)
  }
}
