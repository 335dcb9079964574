import CTorchKernels

/// One reduction seen as (outer, n, inner): a contiguous tensor reduced over neighbouring dimensions.
package struct ReductionLoop {
  package var outer: Int
  package var n: Int
  package var inner: Int

  package init(outer: Int, n: Int, inner: Int) {
    self.outer = outer
    self.n = n
    self.inner = inner
  }

  /// The loop over dimension `dim` of a contiguous tensor.
  package init(_ sizes: Dims, dim: Int) {
    outer = 1
    inner = 1
    for d in 0..<dim { outer *= sizes[d] }
    for d in (dim + 1)..<Swift.max(sizes.count, dim + 1) { inner *= sizes[d] }
    n = sizes.count == 0 ? 1 : sizes[dim]
  }

  /// Runs `body` for ranges of the results that together cover all of them, in parallel. Which range a result falls in has no
  /// influence on it.
  package func forEachRange(_ body: (torch_reduce_range) -> Void) {
    var whole = torch_reduce_range()
    whole.n = Int64(n)
    whole.inner = Int64(inner)
    whole.outer_end = Int64(outer)
    whole.inner_end = Int64(inner)
    let range = whole
    let work = Swift.max(n, 1)
    if outer >= numThreads || inner < 64 {
      parallelFor(outer, grain: Swift.max(1, 32768 / Swift.max(work * inner, 1))) { part in
        var r = range
        r.outer_begin = Int64(part.lowerBound)
        r.outer_end = Int64(part.upperBound)
        body(r)
      }
    } else {
      // Few outer positions: the inner ones are split, in whole cache lines.
      parallelFor((inner + 15) / 16, grain: Swift.max(1, 32768 / (work * 16))) { part in
        var r = range
        r.inner_begin = Int64(part.lowerBound * 16)
        r.inner_end = Int64(Swift.min(part.upperBound * 16, inner))
        body(r)
      }
    }
  }

  /// Runs a reduction whose partial results the function `combine` reduces in turn; long rows are cut into blocks so that threads
  /// share them. `partialType` is the type of partial and final results.
  package func run(
    _ fn: torch_reduce_fn, combine: torch_reduce_fn, _ input: UnsafeRawPointer, _ inputBytes: Int, _ out: UnsafeMutableRawPointer,
    _ outBytes: Int
  ) {
    let block = Int(TORCH_REDUCE_BLOCK)
    guard outer * inner < 64, inner == 1, n >= 2 * block else {
      forEachRange { fn(out, input, $0) }
      return
    }
    let blocks = n / block
    let rest = n % block
    let parts = blocks + (rest > 0 ? 1 : 0)
    withUnsafeTemporaryAllocation(byteCount: parts * outBytes, alignment: 64) { partial in
      let base = partial.baseAddress!
      for row in 0..<outer {
        let start = input + row * n * inputBytes
        ReductionLoop(outer: blocks, n: block, inner: 1).forEachRange { fn(base, start, $0) }
        if rest > 0 {
          ReductionLoop(outer: 1, n: rest, inner: 1).forEachRange { fn(base + blocks * outBytes, start + blocks * block * inputBytes, $0) }
        }
        ReductionLoop(outer: 1, n: parts, inner: 1).forEachRange { combine(out + row * outBytes, UnsafeRawPointer(base), $0) }
      }
    }
  }
}

package enum ReductionKernels {
  /// The reductions of a type at the level in use.
  package static func table(_ dtype: DType) throws -> UnsafePointer<torch_reduce_kernels> {
    guard let table = torch_reduce(torch_level_current(), Int32(dtype.rawValue)) else {
      throw TorchError(.dtype, "not defined for \(dtype)")
    }
    return table
  }
}

/// Dimensions to reduce, and the sizes that remain.
package struct ReducedDims {
  /// Bit d tells of dimension d.
  private let mask: UInt64
  private let rank: Int
  private let keepsDims: Bool
  package let sizes: Dims
  /// As `sizes`, with 1 in place of every reduced dimension.
  package let keptSizes: Dims
  /// How many elements go into one result.
  package let count: Int

  /// - Parameter dims: nil or empty means all, unless `emptyMeansNone`.
  package init(_ x: Dims, _ dims: [Int]?, keepDim: Bool, emptyMeansNone: Bool = false) throws {
    guard x.count <= 64 else { throw TorchError(.shape, "reductions take up to 64 dimensions, got \(x.count)") }
    let isWhole = dims == nil || (dims!.isEmpty && !emptyMeansNone)
    var reduced: UInt64 = isWhole && x.count > 0 ? ~0 >> UInt64(64 - x.count) : 0
    for dim in dims ?? [] {
      let d = try normalizeDim(dim, rank: x.count)
      if x.count == 0 { continue }
      if reduced >> UInt64(d) & 1 == 1 { throw TorchError(.value, "dimension \(dim) appears twice in \(dims!)") }
      reduced |= 1 << UInt64(d)
    }
    self.init(x, reduced, keepDim: keepDim)
  }

  private init(_ x: Dims, _ reduced: UInt64, keepDim: Bool) {
    mask = reduced
    rank = x.count
    keepsDims = keepDim
    var (sizes, kept) = (Dims(), Dims())
    var count = 1
    for d in 0..<x.count {
      if reduced >> UInt64(d) & 1 == 1 {
        count *= x[d]
        kept.append(1)
        if keepDim { sizes.append(1) }
      } else {
        kept.append(x[d])
        sizes.append(x[d])
      }
    }
    self.sizes = sizes
    keptSizes = kept
    self.count = count
  }

  /// Whether dimension `d` is reduced.
  package func isReduced(_ d: Int) -> Bool { mask >> UInt64(d) & 1 == 1 }

  /// The same dimensions of a tensor of other sizes.
  package func resized(_ x: Dims) -> ReducedDims { ReducedDims(x, mask, keepDim: keepsDims) }

  /// Calls `body` with a contiguous tensor and one loop over it that reduces everything: the input itself where the reduced dimensions
  /// are neighbours, otherwise a rearranged copy.
  package func withLoop(_ x: Tensor, _ body: (Tensor, ReductionLoop) throws -> Void) rethrows {
    let (first, last) = (mask.trailingZeroBitCount, 63 - mask.leadingZeroBitCount)
    if mask.nonzeroBitCount == rank, x.impl.sizes.isDense(strides: x.impl.strides) {
      return try body(x, ReductionLoop(outer: 1, n: x.count, inner: 1))
    }
    if mask != 0, mask.nonzeroBitCount == last - first + 1 {
      let source = x.contiguous()
      var (outer, n, inner) = (1, 1, 1)
      for d in 0..<x.rank {
        if d < first { outer *= x.impl.sizes[d] } else if d <= last { n *= x.impl.sizes[d] } else { inner *= x.impl.sizes[d] }
      }
      return try body(source, ReductionLoop(outer: outer, n: n, inner: inner))
    }
    let order = (0..<x.rank).filter { !isReduced($0) } + (0..<x.rank).filter { isReduced($0) }
    try body(x.permute(order).contiguous(), ReductionLoop(outer: sizes.product, n: count, inner: 1))
  }
}
