/// Factories that draw into a given tensor, in its type.
package enum OutRandom {
  /// Gives `out` the sizes and lets `draw` overwrite it.
  private static func fill(_ out: Tensor, _ sizes: [Int], _ draw: (Tensor) throws -> Void) throws -> Tensor {
    if isGradEnabled && out.requiresGrad {
      throw TorchError(
        .autograd, "results in given tensors are not recorded, but out requires gradients; use noGrad, or the form without out")
    }
    try InPlace.check(out, recording: false)
    let sizes = try Factories.checkedSizes(sizes)
    if out.impl.sizes != sizes { try out.resize(sizes) }
    try draw(out)
    InPlace.changed(out)
    return out
  }

  private static func integers(_ low: Int, _ high: Int, _ sizes: [Int], _ generator: Generator?, _ out: Tensor) throws -> Tensor {
    try fill(out, sizes) {
      let range = try IntegerRange(from: Int64(low), to: Int64(high), $0.dtype)
      try RandomFill.integers($0, range.from, range.count, generator)
    }
  }

  private static func permutation(_ n: Int, _ generator: Generator?, _ out: Tensor) throws -> Tensor {
    let numbers = try RandomFactories.randperm.run(n, generator, out.dtype, nil, out.device == .poison ? nil : out.device, nil)
    return try fill(out, [n]) { Copying.copy(numbers, into: $0) }
  }

  package static let table: [AnyOp] = [
    Op<[Int], Tensor, Tensor>.factory("aten::rand.out(SymInt[] size, *, Tensor(a!) out) -> Tensor(a!)", tier: .random) { sizes, out in
      try fill(out, sizes) { try RandomFill.uniform($0, 0, 1, nil) }
    }.erased,
    Op<[Int], Generator?, Tensor, Tensor>.factory(
      "aten::rand.generator_out(SymInt[] size, *, Generator? generator, Tensor(a!) out) -> Tensor(a!)", tier: .random
    ) { sizes, generator, out in try fill(out, sizes) { try RandomFill.uniform($0, 0, 1, generator) } }.erased,
    Op<[Int], Tensor, Tensor>.factory("aten::randn.out(SymInt[] size, *, Tensor(a!) out) -> Tensor(a!)", tier: .random) { sizes, out in
      try fill(out, sizes) { try RandomFill.normal($0, 0, 1, nil) }
    }.erased,
    Op<[Int], Generator?, Tensor, Tensor>.factory(
      "aten::randn.generator_out(SymInt[] size, *, Generator? generator, Tensor(a!) out) -> Tensor(a!)", tier: .random
    ) { sizes, generator, out in try fill(out, sizes) { try RandomFill.normal($0, 0, 1, generator) } }.erased,
    Op<Double, Double, [Int], Generator?, Tensor, Tensor>.factory(
      "aten::normal.float_float_out(float mean, float std, SymInt[] size, *, Generator? generator=None, Tensor(a!) out) -> Tensor(a!)",
      tier: .random
    ) { mean, std, sizes, generator, out in try fill(out, sizes) { try RandomFill.normal($0, mean, std, generator) } }.erased,
    Op<Int, [Int], Tensor, Tensor>.factory(
      "aten::randint.out(SymInt high, SymInt[] size, *, Tensor(a!) out) -> Tensor(a!)", tier: .random
    ) { high, sizes, out in try integers(0, high, sizes, nil, out) }.erased,
    Op<Int, [Int], Generator?, Tensor, Tensor>.factory(
      "aten::randint.generator_out(SymInt high, SymInt[] size, *, Generator? generator, Tensor(a!) out) -> Tensor(a!)", tier: .random
    ) { high, sizes, generator, out in try integers(0, high, sizes, generator, out) }.erased,
    Op<Int, Int, [Int], Tensor, Tensor>.factory(
      "aten::randint.low_out(SymInt low, SymInt high, SymInt[] size, *, Tensor(a!) out) -> Tensor(a!)", tier: .random
    ) { low, high, sizes, out in try integers(low, high, sizes, nil, out) }.erased,
    Op<Int, Int, [Int], Generator?, Tensor, Tensor>.factory(
      "aten::randint.low_generator_out(SymInt low, SymInt high, SymInt[] size, *, Generator? generator, Tensor(a!) out) -> Tensor(a!)",
      tier: .random
    ) { low, high, sizes, generator, out in try integers(low, high, sizes, generator, out) }.erased,
    Op<Int, Tensor, Tensor>.factory("aten::randperm.out(SymInt n, *, Tensor(a!) out) -> Tensor(a!)", tier: .random) { n, out in
      try permutation(n, nil, out)
    }.erased,
    Op<Int, Generator?, Tensor, Tensor>.factory(
      "aten::randperm.generator_out(SymInt n, *, Generator? generator, Tensor(a!) out) -> Tensor(a!)", tier: .random
    ) { n, generator, out in try permutation(n, generator, out) }.erased,
  ]
}
