import CTorchKernels
import TorchCore

/// Transforms of contiguous memory, along one dimension at a time.
enum FFTKernels {
  /// The kernels for the type of a plan's elements at the level in use.
  private static func table(isDouble: Bool) -> torch_fft_kernels {
    torch_fft(torch_level_current(), Int32((isDouble ? DType.complex128 : .complex64).rawValue)).unsafelyUnwrapped.pointee
  }

  /// Elements a thread should at least have to work on.
  private static let grain = 1 << 13

  /// Runs `body` on ranges of `parts`, each with scratch memory of its own.
  private static func parallel(
    _ parts: Int64, elements: Int, scratch bytes: Int, _ body: (Int64, Int64, UnsafeMutableRawPointer) -> Void
  ) {
    let count = Int(parts)
    if count == 0 { return }
    let grain = Swift.max(1, FFTKernels.grain * count / Swift.max(elements, 1))
    parallelFor(count, grain: grain) { range in
      let scratch = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
      defer { scratch.deallocate() }
      body(Int64(range.lowerBound), Int64(range.upperBound), scratch)
    }
  }

  /// Transforms the lines along the middle dimension of a complex row-major (outer, length, inner); `out` may be `source`.
  static func run(
    _ plan: FFTPlan, _ out: UnsafeMutableRawPointer, _ source: UnsafeRawPointer, outer: Int, inner: Int, inverse: Bool, scale: Double
  ) {
    let kernels = table(isDouble: plan.isDouble)
    let length = Int(plan.raw.pointee.length)
    let scratch = Int(torch_fft_scratch(plan.raw, 0, plan.isDouble))
    if inner == 1 && outer < numThreads && plan.raw.pointee.kind == TORCH_FFT_SPLIT && length >= 4 * grain {
      shared(plan, kernels, out, source, lines: outer, inverse: inverse, scale: scale)
      return
    }
    let lines = torch_fft_lines(outer: Int64(outer), inner: Int64(inner))
    parallel(kernels.block_count(plan.raw, lines), elements: outer * length * inner, scratch: scratch) { begin, end, scratch in
      kernels.c2c(plan.raw, out, source, lines, begin, end, inverse, scale, scratch)
    }
  }

  /// Few long lines, one after the other, all threads at each.
  private static func shared(
    _ plan: FFTPlan, _ kernels: torch_fft_kernels, _ out: UnsafeMutableRawPointer, _ source: UnsafeRawPointer, lines: Int,
    inverse: Bool, scale: Double
  ) {
    let length = Int(plan.raw.pointee.length)
    let bytes = length * (plan.isDouble ? 16 : 8)
    let scratch = Int(torch_fft_scratch(plan.raw, 0, plan.isDouble))
    let between = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    defer { between.deallocate() }
    for line in 0..<lines {
      for phase: Int32 in 0...1 {
        parallel(kernels.split_parts(plan.raw, phase), elements: length, scratch: scratch) { begin, end, scratch in
          kernels.split(
            plan.raw, phase, out + line * bytes, source + line * bytes, between, begin, end, inverse, scale, scratch)
        }
      }
    }
  }

  /// The plan for lines along the middle dimension of (outer, length, inner).
  static func plan(_ length: Int, isDouble: Bool, outer: Int, inner: Int) -> FFTPlan {
    // Fewer lines than half the widest vector has lanes are transformed one by one.
    let few = inner == 1 && outer < Int(TORCH_FFT_MAX_LANES) / (isDouble ? 4 : 2)
    return FFTPlanCache.plan(length, isDouble: isDouble, use: inner > 1 ? .adjacentLines : few ? .singleLines : .manyLines)
  }

  /// Transforms a contiguous complex tensor along `dims` from `source`, which may be `out` itself.
  static func complex(_ out: Tensor, _ source: Tensor, dims: [Int], inverse: Bool, scale: Double) {
    var from = source
    var factor = scale
    for d in dims.sorted(by: >) {
      let (outer, inner) = around(out, d)
      let plan = plan(out.impl.sizes[d], isDouble: out.dtype == .complex128, outer: outer, inner: inner)
      run(plan, out.address, from.address, outer: outer, inner: inner, inverse: inverse, scale: factor)
      from = out
      factor = 1
    }
  }

  /// The half spectra of the contiguous real lines of the last dimension.
  static func realToComplex(_ out: Tensor, _ source: Tensor, scale: Double) {
    let n = source.impl.sizes[source.rank - 1]
    let lines = source.count / n
    let isDouble = out.dtype == .complex128
    let length = n % 2 == 0 ? n / 2 : n
    let plan = plan(length, isDouble: isDouble, outer: lines, inner: 1)
    let halves = n % 2 == 0 ? FFTPlanCache.halves(n / 2, isDouble: isDouble) : nil
    let kernels = table(isDouble: isDouble)
    let blocks = kernels.block_count(plan.raw, torch_fft_lines(outer: Int64(lines), inner: 1))
    let (to, from) = (out.address, UnsafeRawPointer(source.address))
    parallel(blocks, elements: source.count, scratch: Int(torch_fft_scratch(plan.raw, Int64(n), isDouble))) { begin, end, scratch in
      withHalves(halves) { kernels.r2c(plan.raw, $0, Int64(n), to, from, Int64(lines), begin, end, scale, scratch) }
    }
  }

  /// The real lines of the last dimension of `out` from their contiguous half spectra.
  static func complexToReal(_ out: Tensor, _ source: Tensor, scale: Double) {
    let n = out.impl.sizes[out.rank - 1]
    let lines = out.count / n
    let isDouble = source.dtype == .complex128
    let length = n % 2 == 0 ? n / 2 : n
    let plan = plan(length, isDouble: isDouble, outer: lines, inner: 1)
    let halves = n % 2 == 0 ? FFTPlanCache.halves(n / 2, isDouble: isDouble) : nil
    let kernels = table(isDouble: isDouble)
    let blocks = kernels.block_count(plan.raw, torch_fft_lines(outer: Int64(lines), inner: 1))
    let (to, from) = (out.address, UnsafeRawPointer(source.address))
    parallel(blocks, elements: out.count, scratch: Int(torch_fft_scratch(plan.raw, Int64(n), isDouble))) { begin, end, scratch in
      withHalves(halves) { kernels.c2r(plan.raw, $0, Int64(n), to, from, Int64(lines), begin, end, scale, scratch) }
    }
  }

  /// Completes the half spectra of the last dimension; along `dims` the other half runs backwards too.
  static func mirror(_ out: Tensor, dims: [Int]) {
    let sizes = out.impl.sizes.map { Int64($0) }
    let flips = (0..<out.rank).map { dims.contains($0) }
    let rows = out.count / Swift.max(out.impl.sizes[out.rank - 1], 1)
    let to = out.address
    let isDouble = out.dtype == .complex128
    parallelFor(rows, grain: Swift.max(1, grain / Swift.max(out.impl.sizes[out.rank - 1], 1))) { range in
      torch_fft_mirror(to, isDouble, Int32(sizes.count), sizes, flips, Int64(range.lowerBound), Int64(range.upperBound))
    }
  }

  private static func withHalves(_ halves: FFTHalves?, _ body: (UnsafePointer<torch_fft_halves>?) -> Void) {
    guard let halves else { return body(nil) }
    withUnsafePointer(to: halves.raw) { body($0) }
  }

  /// The products of the sizes before and after a dimension.
  private static func around(_ x: Tensor, _ dim: Int) -> (outer: Int, inner: Int) {
    var (outer, inner) = (1, 1)
    for (i, size) in x.impl.sizes.enumerated() {
      if i < dim { outer *= size }
      if i > dim { inner *= size }
    }
    return (outer, inner)
  }
}
