#if canImport(Glibc)
  import Glibc
#endif

/// What reading the same elements several times does to a reduction of them. Expanded dimensions have stride 0: they are read
/// once, however large they are.
package enum Repetition {
  /// Nothing: extremes, conditions, means.
  case ignored
  /// The result is multiplied: sums, counts.
  case adds
  /// The result is raised to a power: products.
  case multiplies
  /// Its logarithm is added: logarithms of sums.
  case addsLogarithm

  /// The result for `count` repetitions, given that for one.
  fileprivate func apply(_ result: Tensor, _ count: Int) -> Tensor {
    if count == 1 { return result }
    switch self {
    case .ignored: return result
    case .adds: return result * Tensor(scalar: .int(Int64(count)))
    case .addsLogarithm: return result + Tensor(scalar: .double(log(Double(count))))
    case .multiplies:
      var (power, square, rest) = (Tensor?.none, result, count)
      while rest > 0 {
        if rest & 1 == 1 { power = power.map { $0 * square } ?? square }
        rest >>= 1
        if rest > 0 { square = square * square }
      }
      return power ?? result
    }
  }
}

extension ReducedDims {
  /// A tensor without its repetitions, the reduction of it, and how often each of its elements counts in a result.
  package struct Once {
    package let tensor: Tensor
    package let dims: ReducedDims
    package let repeats: Int
  }

  /// `x` read once; nil when no dimension repeats anything.
  package func once(_ x: Tensor) -> Once? {
    var (sizes, repeats) = (x.impl.sizes, 1)
    for d in 0..<x.rank where x.impl.strides[d] == 0 && sizes[d] > 1 {
      if isReduced(d) { repeats *= sizes[d] }
      sizes[d] = 1
    }
    if sizes == x.impl.sizes { return nil }
    return Once(tensor: x.alias(sizes: sizes, strides: x.impl.strides), dims: resized(sizes), repeats: repeats)
  }

  /// Runs `body`, which reduces a tensor into another, on `x` read once; the results, of `type`, are then put into `out`.
  package func withoutRepetitions(
    _ x: Tensor, into out: Tensor, as type: DType, _ repetition: Repetition, _ body: (Tensor, ReducedDims, Tensor) throws -> Void
  ) throws {
    guard let once = once(x) else { return try body(x, self, out) }
    let result = try Tensor.allocate(TensorSpec(once.dims.sizes, type))
    try body(once.tensor, once.dims, result)
    Copying.copy(repetition.apply(result, once.repeats), into: out)
  }
}
