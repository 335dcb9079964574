import CTorchKernels

/// Overwriting tensors with random numbers.
package enum InPlaceRandom {
  private static func info(_ schema: String) -> OpInfo { OpInfo(schema, tier: .random, derivative: .own) }

  private static let uniformInfo = info(
    "aten::uniform_(Tensor(a!) self, float from=0., float to=1., *, Generator? generator=None) -> Tensor(a!)")
  package static let uniform = Op<Tensor, Double, Double, Generator?, Tensor>(uniformInfo) { x, from, to, generator in
    try RandomFill.overwrite(x, uniformInfo) { try RandomFill.uniform(x, from, to, generator) }
  }

  private static let normalInfo = info(
    "aten::normal_(Tensor(a!) self, float mean=0., float std=1., *, Generator? generator=None) -> Tensor(a!)")
  package static let normal = Op<Tensor, Double, Double, Generator?, Tensor>(normalInfo) { x, mean, std, generator in
    try RandomFill.overwrite(x, normalInfo) { try RandomFill.normal(x, mean, std, generator) }
  }

  private static let randomInfo = info("aten::random_(Tensor(a!) self, *, Generator? generator=None) -> Tensor(a!)")
  package static let random = Op<Tensor, Generator?, Tensor>(randomInfo) { x, generator in
    try RandomFill.overwrite(x, randomInfo) { try RandomFill.integersFull(x, generator) }
  }

  private static let randomFromInfo = info(
    "aten::random_.from(Tensor(a!) self, int from, int? to, *, Generator? generator=None) -> Tensor(a!)")
  package static let randomFrom = Op<Tensor, Int, Int?, Generator?, Tensor>(randomFromInfo) { x, from, to, generator in
    if x.device == .poison { throw PoisonedInput() }
    let range = try IntegerRange(from: Int64(from), to: to.map { Int64($0) }, x.dtype)
    return try RandomFill.overwrite(x, randomFromInfo) { try RandomFill.integers(x, range.from, range.count, generator) }
  }

  package static let randomTo = Op<Tensor, Int, Generator?, Tensor>(
    info("aten::random_.to(Tensor(a!) self, int to, *, Generator? generator=None) -> Tensor(a!)")
  ) { x, to, generator in try randomFrom.run(x, 0, to, generator) }

  private static let bernoulliInfo = info(
    "aten::bernoulli_.float(Tensor(a!) self, float p=0.5, *, Generator? generator=None) -> Tensor(a!)")
  package static let bernoulli = Op<Tensor, Double, Generator?, Tensor>(bernoulliInfo) { x, p, generator in
    try RandomFill.overwrite(x, bernoulliInfo) { try RandomFill.bernoulli(x, p, generator) }
  }

  private static let bernoulliTensorInfo = info(
    "aten::bernoulli_.Tensor(Tensor(a!) self, Tensor p, *, Generator? generator=None) -> Tensor(a!)")
  package static let bernoulliTensor = Op<Tensor, Tensor, Generator?, Tensor>(bernoulliTensorInfo) { x, p, generator in
    if p.device == .poison { throw PoisonedInput() }
    return try RandomFill.overwrite(x, bernoulliTensorInfo) { try RandomFill.bernoulli(x, p, generator) }
  }

  private static let exponentialInfo = info(
    "aten::exponential_(Tensor(a!) self, float lambd=1., *, Generator? generator=None) -> Tensor(a!)")
  package static let exponential = Op<Tensor, Double, Generator?, Tensor>(exponentialInfo) { x, rate, generator in
    try RandomFill.overwrite(x, exponentialInfo) {
      try RandomFill.needFloat(x)
      guard rate > 0 else { throw TorchError(.value, "lambd must be positive, got \(rate)") }
      try RandomFill.simple(x, generator) { g, type, n, p in torch_random_exponential(g, type, n, p, rate) }
    }
  }

  private static let cauchyInfo = info(
    "aten::cauchy_(Tensor(a!) self, float median=0., float sigma=1., *, Generator? generator=None) -> Tensor(a!)")
  package static let cauchy = Op<Tensor, Double, Double, Generator?, Tensor>(cauchyInfo) { x, median, sigma, generator in
    try RandomFill.overwrite(x, cauchyInfo) {
      try RandomFill.needFloat(x)
      guard sigma > 0 else { throw TorchError(.value, "sigma must be positive, got \(sigma)") }
      try RandomFill.simple(x, generator) { g, type, n, p in torch_random_cauchy(g, type, n, p, median, sigma) }
    }
  }

  private static let logNormalInfo = info(
    "aten::log_normal_(Tensor(a!) self, float mean=1., float std=2., *, Generator? generator=None) -> Tensor(a!)")
  package static let logNormal = Op<Tensor, Double, Double, Generator?, Tensor>(logNormalInfo) { x, mean, std, generator in
    try RandomFill.overwrite(x, logNormalInfo) {
      try RandomFill.needFloat(x)
      guard std > 0 else { throw TorchError(.value, "std must be positive, got \(std)") }
      try RandomFill.simple(x, generator) { g, type, n, p in torch_random_log_normal(g, type, n, p, mean, std) }
    }
  }

  private static let geometricInfo = info(
    "aten::geometric_(Tensor(a!) self, float p, *, Generator? generator=None) -> Tensor(a!)")
  package static let geometric = Op<Tensor, Double, Generator?, Tensor>(geometricInfo) { x, p, generator in
    try RandomFill.overwrite(x, geometricInfo) {
      guard p > 0 && p < 1 else { throw TorchError(.value, "p must lie between 0 and 1, got \(p)") }
      try RandomFill.simple(x, generator) { g, type, n, out in torch_random_geometric(g, type, n, out, p) }
    }
  }

  package static let table: [AnyOp] = [
    uniform.erased, normal.erased, random.erased, randomFrom.erased, randomTo.erased, bernoulli.erased, bernoulliTensor.erased,
    exponential.erased, cauchy.erased, logNormal.erased, geometric.erased,
  ]
}

/// All ops that draw random numbers.
package enum RandomOps {
  package static let table: [AnyOp] = [
    InPlaceRandom.table, RandomFactories.table, OutRandom.table, Distributions.table, CountDistributions.table,
  ].flatMap { $0 }
}

extension Tensor {
  /// Uniform numbers from `low` up to but without `high`; floating-point and complex types. `Tensor.uniform_`.
  @discardableResult
  public func uniform_(_ low: Double = 0, _ high: Double = 1, generator: Generator? = nil) -> Tensor {
    InPlaceRandom.uniform(self, low, high, generator)
  }
  /// Normally distributed numbers; floating-point and complex types. `Tensor.normal_`.
  @discardableResult
  public func normal_(_ mean: Double = 0, _ std: Double = 1, generator: Generator? = nil) -> Tensor {
    InPlaceRandom.normal(self, mean, std, generator)
  }
  /// Whole numbers from 0 to the largest of the type (2 to the number of mantissa bits for floating-point types).
  /// `Tensor.random_`.
  @discardableResult
  public func random_(generator: Generator? = nil) -> Tensor { InPlaceRandom.random(self, generator) }
  /// Whole numbers from 0 up to but without `high`. `Tensor.random_`.
  @discardableResult
  public func random_(_ high: Int, generator: Generator? = nil) -> Tensor { InPlaceRandom.randomTo(self, high, generator) }
  /// Whole numbers from `low` up to but without `high` (nil: up to the largest of the type). `Tensor.random_`.
  @discardableResult
  public func random_(_ low: Int, _ high: Int?, generator: Generator? = nil) -> Tensor {
    InPlaceRandom.randomFrom(self, low, high, generator)
  }
  /// 1 with probability `p`, else 0; any type. `Tensor.bernoulli_`.
  @discardableResult
  public func bernoulli_(_ p: Double = 0.5, generator: Generator? = nil) -> Tensor { InPlaceRandom.bernoulli(self, p, generator) }
  /// 1 with a probability for each element, else 0; `p` broadcasts. `Tensor.bernoulli_`.
  @discardableResult
  public func bernoulli_(_ p: Tensor, generator: Generator? = nil) -> Tensor { InPlaceRandom.bernoulliTensor(self, p, generator) }
  /// Exponentially distributed numbers of mean 1 / `rate`. `Tensor.exponential_`.
  @discardableResult
  public func exponential_(_ rate: Double = 1, generator: Generator? = nil) -> Tensor {
    InPlaceRandom.exponential(self, rate, generator)
  }
  /// Cauchy distributed numbers. `Tensor.cauchy_`.
  @discardableResult
  public func cauchy_(_ median: Double = 0, _ sigma: Double = 1, generator: Generator? = nil) -> Tensor {
    InPlaceRandom.cauchy(self, median, sigma, generator)
  }
  /// Exponentials of normally distributed numbers of the given mean and deviation. `Tensor.log_normal_`.
  @discardableResult
  public func logNormal_(_ mean: Double = 1, _ std: Double = 2, generator: Generator? = nil) -> Tensor {
    InPlaceRandom.logNormal(self, mean, std, generator)
  }
  /// The number of trials up to the first success, each with probability `p`. `Tensor.geometric_`.
  @discardableResult
  public func geometric_(_ p: Double, generator: Generator? = nil) -> Tensor { InPlaceRandom.geometric(self, p, generator) }
}
