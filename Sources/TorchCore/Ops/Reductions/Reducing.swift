import CTorchKernels

extension DType {
  /// The type that kernels for float32 and float64 alone compute in: narrower floats are widened to float32.
  package var widened: DType { isFloatingPoint && byteCount <= 2 ? .float32 : self == .complex32 ? .complex64 : self }
}

/// Picks one reduction from a type's table.
package typealias ReductionChoice = @Sendable (torch_reduce_kernels) -> torch_reduce_fn?

extension ReducedDims {
  /// The reduced dimensions, counted from the front.
  package var indices: [Int] { (0..<keptSizes.count).filter { isReduced($0) } }

  /// Throws unless there is an element in every group that is reduced.
  package func requireElements(_ x: Tensor, _ what: String) throws {
    guard count > 0 else {
      throw TorchError(.shape, "\(what) of no elements is not defined, got \(x.summary) reduced over \(indices)")
    }
  }

  /// Reduces `x` into `out`, whose sizes are `sizes`, without copying what is expanded; half types are widened on the way.
  /// - Parameters:
  ///   - partial: the type of the kernel's results, from which they are converted to `out`'s.
  ///   - repetition: what expanded dimensions do to a result.
  ///   - combine: reduces partial results, which have type `partial`.
  package func reduce(
    _ x: Tensor, into out: Tensor, partial: DType, _ repetition: Repetition, _ choice: ReductionChoice, combine: ReductionChoice
  ) throws {
    try withoutRepetitions(x, into: out, as: partial, repetition) { x, dims, out in
      try dims.reduce(x, into: out, partial: partial, choice, combine: combine)
    }
  }

  /// The same by reading every element, expanded dimensions included.
  package func reduce(
    _ x: Tensor, into out: Tensor, partial: DType, _ choice: ReductionChoice, combine: ReductionChoice
  ) throws {
    // A kernel of the type itself, or of the one it is widened to.
    var source = x
    var fn = torch_reduce(torch_level_current(), Int32(x.dtype.rawValue)).flatMap { choice($0.pointee) }
    if fn == nil {
      source = x.to(x.dtype.widened)
      fn = choice(try ReductionKernels.table(source.dtype).pointee)
    }
    guard let fn, let merge = combine(try ReductionKernels.table(partial).pointee) else {
      throw TorchError(.dtype, "not defined for \(x.dtype)")
    }
    let target = out.dtype == partial ? out : try Tensor.allocate(TensorSpec(out.impl.sizes, partial))
    withLoop(source) { source, loop in
      loop.run(fn, combine: merge, source.address, source.dtype.byteCount, target.address, partial.byteCount)
    }
    if !(target === out) { Copying.copy(target, into: out) }
  }
}

extension Tensor {
  /// Real and imaginary parts of a complex tensor, as views off the tape.
  package var realAndImaginary: (re: Tensor, im: Tensor) {
    let strides = Dims(impl.strides.map { $0 * 2 })
    let start = impl.offset * 2
    return (
      alias(sizes: impl.sizes, strides: strides, offset: start, dtype: dtype.realType),
      alias(sizes: impl.sizes, strides: strides, offset: start + 1, dtype: dtype.realType)
    )
  }
}
