import CTorchKernels

/// Tensors made of random numbers.
package enum RandomFactories {
  package typealias SizedOp = Op<[Int], Generator?, DType?, Layout?, Device?, Bool?, Tensor>
  package typealias PlainOp = Op<[Int], DType?, Layout?, Device?, Bool?, Tensor>
  package typealias LikeOp = Op<Tensor, Generator?, DType?, Layout?, Device?, Bool?, MemoryFormat?, Tensor>
  package typealias PlainLikeOp = Op<Tensor, DType?, Layout?, Device?, Bool?, MemoryFormat?, Tensor>
  private static let tail = "ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None"
  private static let integerTail = "ScalarType? dtype=4, Layout? layout=None, Device? device=None, bool? pin_memory=None"
  private static let format = "MemoryFormat? memory_format=None"

  private static func sized(_ samples: inout SampleSource) -> [Sample] {
    [Sample([2, 3].box(), .none, .none, .none, .none), Sample([0].box(), .dtype(.float64), .none, .none, .none)]
  }
  private static func sizedWithGenerator(_ samples: inout SampleSource) -> [Sample] {
    [Sample([2, 3].box(), .generator(Generator(seed: 1)), .none, .none, .none, .none)]
  }
  private static func alike(_ s: inout SampleSource) -> [Sample] {
    [Sample(.tensor(s.tensor([2, 3])), .none, .none, .none, .none, .none)]
  }
  private static func alikeWithGenerator(_ s: inout SampleSource) -> [Sample] {
    [Sample(.tensor(s.tensor([2, 3])), .generator(Generator(seed: 1)), .none, .none, .none, .none, .none)]
  }

  private static func like(_ x: Tensor, _ dtype: DType?, _ device: Device?, _ format: MemoryFormat?) throws -> Tensor {
    try Factories.emptyLike.run(x, dtype, nil, device, nil, format)
  }

  // MARK: Uniform and normal

  package static let rand = SizedOp.factory(
    "aten::rand.generator(SymInt[] size, *, Generator? generator, \(tail)) -> Tensor", tier: .random, samples: sizedWithGenerator
  ) { sizes, generator, dtype, _, device, _ in
    let out = try Factories.make(nil, sizes, dtype ?? defaultDType, device)
    try RandomFill.uniform(out, 0, 1, generator)
    return out
  }
  package static let plainRand = PlainOp.factory(
    "aten::rand(SymInt[] size, *, \(tail)) -> Tensor", tier: .random, samples: sized
  ) { sizes, dtype, layout, device, pin in try rand.run(sizes, nil, dtype, layout, device, pin) }

  package static let randn = SizedOp.factory(
    "aten::randn.generator(SymInt[] size, *, Generator? generator, \(tail)) -> Tensor", tier: .random, samples: sizedWithGenerator
  ) { sizes, generator, dtype, _, device, _ in
    let out = try Factories.make(nil, sizes, dtype ?? defaultDType, device)
    try RandomFill.normal(out, 0, 1, generator)
    return out
  }
  package static let plainRandn = PlainOp.factory(
    "aten::randn(SymInt[] size, *, \(tail)) -> Tensor", tier: .random, samples: sized
  ) { sizes, dtype, layout, device, pin in try randn.run(sizes, nil, dtype, layout, device, pin) }

  package static let randLike = LikeOp.factory(
    "aten::rand_like.generator(Tensor self, *, Generator? generator, \(tail), \(format)) -> Tensor", tier: .random,
    samples: alikeWithGenerator
  ) { x, generator, dtype, _, device, _, format in
    let out = try like(x, dtype, device, format)
    try RandomFill.uniform(out, 0, 1, generator)
    return out
  }
  package static let plainRandLike = PlainLikeOp.factory(
    "aten::rand_like(Tensor self, *, \(tail), \(format)) -> Tensor", tier: .random, samples: alike
  ) { x, dtype, layout, device, pin, format in try randLike.run(x, nil, dtype, layout, device, pin, format) }

  package static let randnLike = LikeOp.factory(
    "aten::randn_like.generator(Tensor self, *, Generator? generator, \(tail), \(format)) -> Tensor", tier: .random,
    samples: alikeWithGenerator
  ) { x, generator, dtype, _, device, _, format in
    let out = try like(x, dtype, device, format)
    try RandomFill.normal(out, 0, 1, generator)
    return out
  }
  package static let plainRandnLike = PlainLikeOp.factory(
    "aten::randn_like(Tensor self, *, \(tail), \(format)) -> Tensor", tier: .random, samples: alike
  ) { x, dtype, layout, device, pin, format in try randnLike.run(x, nil, dtype, layout, device, pin, format) }

  // MARK: Whole numbers

  package static let randint = Op<Int, Int, [Int], Generator?, DType?, Layout?, Device?, Bool?, Tensor>.factory(
    "aten::randint.low_generator(SymInt low, SymInt high, SymInt[] size, *, Generator? generator, \(integerTail)) -> Tensor",
    tier: .random,
    samples: { _ in
      [Sample((-2).box(), 5.box(), [2, 3].box(), .generator(Generator(seed: 1)), .dtype(.int32), .none, .none, .none)]
    }
  ) { low, high, sizes, generator, dtype, _, device, _ in
    let out = try Factories.make(nil, sizes, dtype ?? .int64, device)
    let range = try IntegerRange(from: Int64(low), to: Int64(high), out.dtype)
    try RandomFill.integers(out, range.from, range.count, generator)
    return out
  }
  package static let plainRandint = Op<Int, Int, [Int], DType?, Layout?, Device?, Bool?, Tensor>.factory(
    "aten::randint.low(SymInt low, SymInt high, SymInt[] size, *, \(integerTail)) -> Tensor", tier: .random,
    samples: { _ in [Sample(0.box(), 5.box(), [2, 3].box(), .none, .none, .none, .none)] }
  ) { low, high, sizes, dtype, layout, device, pin in try randint.run(low, high, sizes, nil, dtype, layout, device, pin) }
  package static let randintHigh = Op<Int, [Int], Generator?, DType?, Layout?, Device?, Bool?, Tensor>.factory(
    "aten::randint.generator(SymInt high, SymInt[] size, *, Generator? generator, \(integerTail)) -> Tensor", tier: .random,
    samples: { _ in [Sample(5.box(), [2, 3].box(), .none, .dtype(.float32), .none, .none, .none)] }
  ) { high, sizes, generator, dtype, layout, device, pin in
    try randint.run(0, high, sizes, generator, dtype, layout, device, pin)
  }
  package static let plainRandintHigh = Op<Int, [Int], DType?, Layout?, Device?, Bool?, Tensor>.factory(
    "aten::randint(SymInt high, SymInt[] size, *, \(integerTail)) -> Tensor", tier: .random,
    samples: { _ in [Sample(5.box(), [2, 3].box(), .none, .none, .none, .none)] }
  ) { high, sizes, dtype, layout, device, pin in try randint.run(0, high, sizes, nil, dtype, layout, device, pin) }

  package static let randintLikeLow = Op<Tensor, Int, Int, DType?, Layout?, Device?, Bool?, MemoryFormat?, Tensor>.factory(
    "aten::randint_like.low_dtype(Tensor self, SymInt low, SymInt high, *, \(tail), \(format)) -> Tensor", tier: .random,
    samples: { s in [Sample(.tensor(s.tensor([2, 3])), 2.box(), 9.box(), .none, .none, .none, .none, .none)] }
  ) { x, low, high, dtype, layout, device, pin, format in
    try randintLikeLowGenerator.run(x, low, high, nil, dtype, layout, device, pin, format)
  }
  package static let randintLike = Op<Tensor, Int, DType?, Layout?, Device?, Bool?, MemoryFormat?, Tensor>.factory(
    "aten::randint_like(Tensor self, SymInt high, *, \(tail), \(format)) -> Tensor", tier: .random,
    samples: { s in [Sample(.tensor(s.tensor([2, 3])), 9.box(), .none, .none, .none, .none, .none)] }
  ) { x, high, dtype, layout, device, pin, format in try randintLikeLow.run(x, 0, high, dtype, layout, device, pin, format) }

  package static let randintLikeLowGenerator = Op<
    Tensor, Int, Int, Generator?, DType?, Layout?, Device?, Bool?, MemoryFormat?, Tensor
  >.factory(
    "aten::randint_like.low_generator_dtype(Tensor self, SymInt low, SymInt high, *, Generator? generator, \(tail), \(format)) -> Tensor",
    tier: .random,
    samples: { s in
      [Sample(.tensor(s.tensor([2, 3])), 2.box(), 9.box(), .generator(Generator(seed: 1)), .none, .none, .none, .none, .none)]
    }
  ) { x, low, high, generator, dtype, _, device, _, format in
    let out = try like(x, dtype, device, format)
    let range = try IntegerRange(from: Int64(low), to: Int64(high), out.dtype)
    try RandomFill.integers(out, range.from, range.count, generator)
    return out
  }
  package static let randintLikeGenerator = Op<
    Tensor, Int, Generator?, DType?, Layout?, Device?, Bool?, MemoryFormat?, Tensor
  >.factory(
    "aten::randint_like.generator(Tensor self, SymInt high, *, Generator? generator, \(tail), \(format)) -> Tensor", tier: .random,
    samples: { s in
      [Sample(.tensor(s.tensor([2, 3])), 9.box(), .generator(Generator(seed: 1)), .none, .none, .none, .none, .none)]
    }
  ) { x, high, generator, dtype, layout, device, pin, format in
    try randintLikeLowGenerator.run(x, 0, high, generator, dtype, layout, device, pin, format)
  }

  package static let randperm = Op<Int, Generator?, DType?, Layout?, Device?, Bool?, Tensor>.factory(
    "aten::randperm.generator(SymInt n, *, Generator? generator, \(integerTail)) -> Tensor", tier: .random,
    samples: { _ in [Sample(6.box(), .generator(Generator(seed: 1)), .none, .none, .none, .none)] }
  ) { n, generator, dtype, _, device, _ in
    let type = dtype ?? .int64
    guard n >= 0 else { throw TorchError(.value, "n must not be negative, got \(n)") }
    guard !type.isComplex && type != .bool else { throw TorchError(.dtype, "not defined for \(type)") }
    if n > 0 { _ = try IntegerRange(from: 0, to: Int64(n), type) }
    let out = try Factories.make(nil, [n], type, device)
    if n == 0 || !out.isCPU { return out }
    let numbers = type == .int64 ? out : try Tensor.allocate(TensorSpec([n], .int64))
    (generator ?? .default).withState { torch_random_permutation($0, Int64(n), numbers.pointer(Int64.self)) }
    if type != .int64 { Copying.copy(numbers, into: out) }
    return out
  }
  package static let plainRandperm = Op<Int, DType?, Layout?, Device?, Bool?, Tensor>.factory(
    "aten::randperm(SymInt n, *, \(integerTail)) -> Tensor", tier: .random,
    samples: { _ in [Sample(6.box(), .dtype(.int32), .none, .none, .none)] }
  ) { n, dtype, layout, device, pin in try randperm.run(n, nil, dtype, layout, device, pin) }

  package static let table: [AnyOp] = [
    rand.erased, plainRand.erased, randn.erased, plainRandn.erased, randLike.erased, plainRandLike.erased, randnLike.erased,
    plainRandnLike.erased, randint.erased, plainRandint.erased, randintHigh.erased, plainRandintHigh.erased,
    randintLikeLow.erased, randintLike.erased, randintLikeLowGenerator.erased, randintLikeGenerator.erased,
    randperm.erased, plainRandperm.erased,
  ]
}

extension Tensor {
  private func marked(_ requiresGrad: Bool) -> Tensor { requiresGrad ? requiresGrad_() : self }

  /// Uniform numbers from 0 up to but without 1. `torch.rand`.
  public static func rand(
    _ sizes: [Int], dtype: DType? = nil, device: Device = defaultDevice, generator: Generator? = nil, requiresGrad: Bool = false
  ) -> Tensor { RandomFactories.rand(sizes, generator, dtype, nil, device, nil).marked(requiresGrad) }
  /// Uniform numbers from 0 up to but without 1. `torch.rand`.
  public static func rand(
    _ sizes: Int..., dtype: DType? = nil, device: Device = defaultDevice, generator: Generator? = nil, requiresGrad: Bool = false
  ) -> Tensor { rand(sizes, dtype: dtype, device: device, generator: generator, requiresGrad: requiresGrad) }

  /// Normally distributed numbers of mean 0 and variance 1. `torch.randn`.
  public static func randn(
    _ sizes: [Int], dtype: DType? = nil, device: Device = defaultDevice, generator: Generator? = nil, requiresGrad: Bool = false
  ) -> Tensor { RandomFactories.randn(sizes, generator, dtype, nil, device, nil).marked(requiresGrad) }
  /// Normally distributed numbers of mean 0 and variance 1. `torch.randn`.
  public static func randn(
    _ sizes: Int..., dtype: DType? = nil, device: Device = defaultDevice, generator: Generator? = nil, requiresGrad: Bool = false
  ) -> Tensor { randn(sizes, dtype: dtype, device: device, generator: generator, requiresGrad: requiresGrad) }

  /// Whole numbers from `low` up to but without `high`. `torch.randint`.
  public static func randint(
    _ low: Int = 0, _ high: Int, _ sizes: [Int], dtype: DType = .int64, device: Device = defaultDevice, generator: Generator? = nil
  ) -> Tensor { RandomFactories.randint(low, high, sizes, generator, dtype, nil, device, nil) }
  /// Whole numbers from 0 up to but without `high`. `torch.randint`.
  public static func randint(
    _ high: Int, _ sizes: [Int], dtype: DType = .int64, device: Device = defaultDevice, generator: Generator? = nil
  ) -> Tensor { RandomFactories.randint(0, high, sizes, generator, dtype, nil, device, nil) }

  /// The numbers 0 ..< n in random order. `torch.randperm`.
  public static func randperm(
    _ n: Int, dtype: DType = .int64, device: Device = defaultDevice, generator: Generator? = nil
  ) -> Tensor { RandomFactories.randperm(n, generator, dtype, nil, device, nil) }

  /// Uniform numbers in this tensor's sizes, type and layout. `torch.rand_like`.
  public func randLike(dtype: DType? = nil, generator: Generator? = nil) -> Tensor {
    RandomFactories.randLike(self, generator, dtype, nil, nil, nil, nil)
  }
  /// Normally distributed numbers in this tensor's sizes, type and layout. `torch.randn_like`.
  public func randnLike(dtype: DType? = nil, generator: Generator? = nil) -> Tensor {
    RandomFactories.randnLike(self, generator, dtype, nil, nil, nil, nil)
  }
}
