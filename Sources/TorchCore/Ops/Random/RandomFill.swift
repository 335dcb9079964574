import CTorchKernels

/// Filling tensors from a generator, in the order in which PyTorch draws.
package enum RandomFill {
  package typealias State = UnsafeMutablePointer<torch_generator>

  /// The tensor with its dimensions in the order of memory, slowest first: the order in which elements are drawn.
  package static func memoryOrder(_ x: Tensor) -> [Int] {
    let strides = x.impl.strides
    return (0..<x.rank).sorted { a, b in strides[a] != strides[b] ? strides[a] > strides[b] : a < b }
  }

  package static func permuted(_ x: Tensor, _ order: [Int]) -> Tensor {
    x.alias(sizes: Dims(order.map { x.impl.sizes[$0] }), strides: Dims(order.map { x.impl.strides[$0] }))
  }

  /// Calls `draw` with contiguous memory for all elements of the target, in drawing order, and puts what it wrote in place.
  package static func fill(
    _ target: Tensor, _ generator: Generator?, _ draw: (State, UnsafeMutableRawPointer, Int64) throws -> Void
  ) throws {
    if target.count == 0 || !target.isCPU { return }
    let source = generator ?? .default
    if target.impl.sizes.isDense(strides: target.impl.strides) {
      return try source.withState { try draw($0, target.address, Int64(target.count)) }
    }
    let place = permuted(target, memoryOrder(target))
    let buffer = try Tensor.allocate(TensorSpec(place.impl.sizes, target.dtype))
    try source.withState { try draw($0, buffer.address, Int64(buffer.count)) }
    Copying.copy(buffer, into: place)
  }

  /// Overwrites `target` as `body` says. The old values no longer matter to the tape: their gradient is zero.
  package static func overwrite(_ target: Tensor, _ info: OpInfo, _ body: () throws -> Void) throws -> Tensor {
    let recorded = isGradEnabled && target.requiresGrad
    try InPlace.check(target, recording: recorded)
    let edges = recorded ? Edges(target) : Edges()
    try body()
    InPlace.changed(target)
    if recorded { InPlace.rebase(target, to: RecordedNode(info, edges: edges, resultCount: 1) { _, _ in }) }
    return target
  }

  /// A complex tensor seen as pairs of real numbers; any other tensor itself.
  package static func realView(_ x: Tensor) -> Tensor {
    guard x.dtype.isComplex else { return x }
    var strides = Dims(x.impl.strides.map { $0 * 2 })
    strides.append(1)
    var sizes = x.impl.sizes
    sizes.append(2)
    return x.alias(sizes: sizes, strides: strides, dtype: x.dtype.realType)
  }

  package static func needFloat(_ x: Tensor, complexToo: Bool = false) throws {
    guard x.dtype.isFloatingPoint || (complexToo && x.dtype.isComplex) else {
      throw TorchError(.dtype, "expected a floating-point\(complexToo ? " or complex" : "") tensor, got \(x.dtype)")
    }
  }

  private static func demand(_ done: Bool, _ x: Tensor) throws {
    if !done { throw TorchError(.dtype, "not defined for \(x.dtype)") }
  }

  package static func uniform(_ target: Tensor, _ from: Double, _ to: Double, _ generator: Generator?) throws {
    try needFloat(target, complexToo: true)
    guard from.isFinite && to.isFinite && from <= to else {
      throw TorchError(.value, "expected a range [from, to) of finite numbers with from <= to, got from=\(from), to=\(to)")
    }
    let x = realView(target)
    try fill(x, generator) { g, p, n in try demand(torch_random_uniform(g, Int32(x.dtype.rawValue), n, p, from, to), x) }
  }

  package static func normal(_ target: Tensor, _ mean: Double, _ std: Double, _ generator: Generator?) throws {
    try needFloat(target, complexToo: true)
    guard std >= 0 else { throw TorchError(.value, "std must not be negative, got \(std)") }
    let x = realView(target)
    // Real and imaginary parts have half the variance each.
    let deviation = target.dtype.isComplex ? std / 2.0.squareRoot() : std
    let contiguous = x.isContiguous
    let type = Int32(x.dtype.rawValue)
    let blocks = contiguous && x.count >= 4096 && (x.dtype == .float32 || x.dtype == .float64)
    try fill(x, generator) { g, p, n in
      guard blocks else { return try demand(torch_random_normal(g, type, n, p, mean, deviation, contiguous), x) }
      // Drawing is serial; turning the draws into normal numbers, which takes most of the time, is not.
      try demand(torch_random_uniform(g, type, n, p, 0, 1), x)
      parallelFor(Int(n / 16), grain: 1024) {
        _ = torch_random_normal_blocks(type, Int64($0.lowerBound), Int64($0.upperBound), p, mean, deviation)
      }
      if n % 16 != 0 { try demand(torch_random_normal_tail(g, type, n, p, mean, deviation), x) }
    }
  }

  package static func integers(_ target: Tensor, _ from: Int64, _ range: UInt64, _ generator: Generator?) throws {
    try fill(target, generator) { g, p, n in
      try demand(torch_random_integers(g, Int32(target.dtype.rawValue), n, p, from, range), target)
    }
  }

  package static func integersFull(_ target: Tensor, _ generator: Generator?) throws {
    try fill(target, generator) { g, p, n in
      try demand(torch_random_integers_full(g, Int32(target.dtype.rawValue), n, p), target)
    }
  }

  /// A distribution that is drawn one by one.
  package static func simple(
    _ target: Tensor, _ generator: Generator?,
    _ draw: (State, Int32, Int64, UnsafeMutableRawPointer) -> Bool
  ) throws {
    try fill(target, generator) { g, p, n in try demand(draw(g, Int32(target.dtype.rawValue), n, p), target) }
  }

  /// Bytes 0 and 1, in drawing order, converted to the target's type.
  package static func flags(
    _ target: Tensor, _ generator: Generator?, _ draw: (State, UnsafeMutablePointer<UInt8>, Int64) throws -> Void
  ) throws {
    if target.count == 0 || !target.isCPU { return }
    let place = permuted(target, memoryOrder(target))
    let buffer = try Tensor.allocate(TensorSpec(place.impl.sizes, .uint8))
    try (generator ?? .default).withState { try draw($0, buffer.pointer(UInt8.self), Int64(buffer.count)) }
    Copying.copy(buffer, into: place)
  }

  package static func bernoulli(_ target: Tensor, _ p: Double, _ generator: Generator?) throws {
    guard p >= 0 && p <= 1 else { throw TorchError(.value, "a probability must lie in 0...1, got \(p)") }
    try flags(target, generator) { g, out, n in torch_random_bernoulli(g, n, p, out) }
  }

  package static func bernoulli(_ target: Tensor, _ p: Tensor, _ generator: Generator?) throws {
    guard p.dtype.isFloatingPoint else {
      throw TorchError(.dtype, "probabilities must be floating-point numbers, got \(p.dtype)")
    }
    guard try broadcastSizes(target.impl.sizes, p.impl.sizes) == target.impl.sizes else {
      throw TorchError(.shape, "probabilities of sizes \(p.impl.sizes) do not broadcast to \(target.impl.sizes)")
    }
    let wide = p.alias(
      sizes: target.impl.sizes, strides: target.impl.sizes.broadcastStrides(from: p.impl.sizes, strides: p.impl.strides))
    let ordered = noGrad { permuted(wide, memoryOrder(target)).contiguous() }
    try flags(target, generator) { g, out, n in
      let bad = torch_random_bernoulli_tensor(g, Int32(p.dtype.rawValue), n, ordered.address, out)
      if bad >= 0 {
        throw TorchError(.value, "a probability must lie in 0...1, got \(try ordered.scalar(at: Int(bad)))")
      }
    }
  }
}
