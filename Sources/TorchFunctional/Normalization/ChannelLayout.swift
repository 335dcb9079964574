import TorchCore
import CTorchKernels

/// How the channels of sizes (N, C, …) lie in memory, and how work on them is split.
///
/// Sums over rows are taken in blocks whose length follows from the shape alone, so that results do not depend on the number of
/// threads.
struct ChannelLayout {
  let batch: Int
  let channels: Int
  /// Positions of one channel of one sample.
  let area: Int
  /// Whether memory is (rows, channels), with rows = batch * area, rather than (batch, channels, area).
  let isLast: Bool
  /// Strides of tensors in this layout; nil is row-major.
  let strides: Dims?

  var rows: Int { batch * area }

  init(_ x: Tensor) throws {
    let sizes = x.impl.sizes
    guard sizes.count >= 2 else { throw TorchError(.shape, "expected sizes (N, C, …), got \(sizes)") }
    batch = sizes[0]
    channels = sizes[1]
    area = sizes.dropFirst(2).reduce(1, *)
    if x.isContiguous || !ChannelLayout.channelsAreLast(sizes, x.impl.strides) {
      isLast = area == 1
      strides = nil
    } else {
      isLast = true
      strides = x.impl.strides
    }
  }

  private static func channelsAreLast(_ sizes: Dims, _ strides: Dims) -> Bool {
    if sizes[1] != 1 && strides[1] != 1 { return false }
    var expected = sizes[1]
    for d in (2..<Swift.max(sizes.count, 2)).reversed() + [0] where sizes[d] != 1 {
      if strides[d] != expected { return false }
      expected *= sizes[d]
    }
    return true
  }

  /// The elements in the widened type and this layout.
  func source(_ x: Tensor) -> Tensor {
    let wide = x.to(x.dtype.widened)
    return strides == nil ? wide.contiguous() : wide
  }

  /// Length of the blocks of rows that sums are taken in.
  static func blockLength(_ rows: Int) -> Int { Swift.min(Int(TORCH_NN_ROW_BLOCK), Swift.max(32, (rows + 15) / 16)) }

  private var blockLength: Int { ChannelLayout.blockLength(rows) }
  private var blocks: Int { (rows + blockLength - 1) / blockLength }

  /// Calls `body` for every block of rows, in parallel, with the block's number and its rows.
  static func forEachBlock(rows: Int, columns: Int, _ body: (Int, Int64, Int64) -> Void) {
    let length = blockLength(rows)
    parallelFor((rows + length - 1) / length, grain: Swift.max(1, 16384 / Swift.max(1, length * columns))) { part in
      for block in part { body(block, Int64(block * length), Int64(Swift.min(rows, (block + 1) * length))) }
    }
  }

  private func forEachChannel(_ body: (Int64, Int64) -> Void) {
    parallelFor(channels, grain: Swift.max(1, 16384 / Swift.max(1, rows))) { body(Int64($0.lowerBound), Int64($0.upperBound)) }
  }

  /// Mean and biased variance of each channel: two rows of doubles.
  func statistics(_ x: Tensor, _ kernels: torch_nn_kernels) throws -> Tensor {
    let out = try Tensor.allocate(TensorSpec([2, channels], .float64))
    let (mean, variance) = (out.pointer(Double.self), out.pointer(Double.self) + channels)
    if !isLast {
      forEachChannel { kernels.channel_stats_nchw(mean, variance, x.address, Int64(batch), Int64(channels), Int64(area), $0, $1) }
      return out
    }
    let parts = try Tensor.allocate(TensorSpec([blocks + 1, channels, 2], .float64))
    let base = parts.pointer(Double.self)
    ChannelLayout.forEachBlock(rows: rows, columns: channels) { block, begin, end in
      kernels.channel_moments_nhwc(base + 2 * channels * block, x.address, Int64(channels), begin, end)
    }
    var counts = [Int64](repeating: Int64(blockLength), count: blocks)
    if blocks > 0 { counts[blocks - 1] = Int64(rows - (blocks - 1) * blockLength) }
    let combined = base + 2 * channels * blocks
    torch_moments_combine(combined, base, counts, Int64(blocks), Int64(channels))
    for c in 0..<channels {
      mean[c] = combined[2 * c]
      variance[c] = combined[2 * c + 1] / Double(rows)
    }
    return out
  }

  /// Per channel the sums of the gradient and of the gradient times the distance from `centre`: two rows of doubles.
  func gradientSums(_ g: Tensor, _ x: Tensor, centre: Tensor, _ kernels: torch_nn_kernels) throws -> Tensor {
    let out = try Tensor.allocate(TensorSpec([2, channels], .float64))
    if !isLast {
      let sums = out.pointer(Double.self)
      forEachChannel {
        kernels.channel_grad_sums_nchw(
          sums, sums + channels, g.address, x.address, nil, centre.address, Int64(batch), Int64(channels), Int64(area), $0, $1)
      }
      return out
    }
    let parts = try Tensor.allocate(TensorSpec([blocks, 2, channels], .float64))
    let base = parts.pointer(Double.self)
    ChannelLayout.forEachBlock(rows: rows, columns: channels) { block, begin, end in
      let sums = base + 2 * channels * block
      kernels.channel_grad_sums_nhwc(
        sums, sums + channels, g.address, x.address, nil, centre.address, Int64(channels), begin, end)
    }
    try ChannelLayout.addUp(parts, blocks: blocks, into: out)
    return out
  }

  /// Adds the partial results of blocks, in their order.
  static func addUp(_ parts: Tensor, blocks: Int, into out: Tensor) throws {
    guard let sum = try ReductionKernels.table(parts.dtype).pointee.sum else {
      throw TorchError(.dtype, "not defined for \(parts.dtype)")
    }
    ReductionLoop(outer: 1, n: blocks, inner: out.count).forEachRange { sum(out.address, parts.address, $0) }
  }

  /// out = in * scale + shift, by channel.
  func affine(_ out: Tensor, _ x: Tensor, scale: Tensor, shift: Tensor, _ kernels: torch_nn_kernels) {
    parallelFor(isLast ? rows : batch * channels, grain: grain) { part in
      let (begin, end) = (Int64(part.lowerBound), Int64(part.upperBound))
      if isLast {
        kernels.channel_affine_nhwc(out.address, x.address, scale.address, shift.address, false, Int64(channels), begin, end)
      } else {
        kernels.channel_affine_nchw(
          out.address, x.address, scale.address, shift.address, false, Int64(channels), Int64(area), begin, end)
      }
    }
  }

  /// out = g * a + (in - centre) * b + d, by channel.
  func gradient(
    _ out: Tensor, _ g: Tensor, _ x: Tensor, centre: Tensor, a: Tensor, b: Tensor, d: Tensor, _ kernels: torch_nn_kernels
  ) {
    parallelFor(isLast ? rows : batch * channels, grain: grain) { part in
      let (begin, end) = (Int64(part.lowerBound), Int64(part.upperBound))
      if isLast {
        kernels.channel_grad_in_nhwc(
          out.address, g.address, x.address, nil, centre.address, a.address, b.address, d.address, Int64(channels), begin, end)
      } else {
        kernels.channel_grad_in_nchw(
          out.address, g.address, x.address, nil, centre.address, a.address, b.address, d.address, Int64(channels), Int64(area),
          begin, end)
      }
    }
  }

  private var grain: Int { Swift.max(1, 32768 / Swift.max(1, isLast ? channels : area)) }
}

/// One number for each channel, computed in double and kept in a kernel's type.
enum ChannelValues {
  /// A tensor of `count` values of the type.
  static func make(_ count: Int, _ dtype: DType, _ value: (Int) -> Double) throws -> Tensor {
    let out = try Tensor.allocate(TensorSpec([count], dtype))
    fill(out, value)
    return out
  }

  /// Sets a contiguous float32 or float64 tensor.
  static func fill(_ out: Tensor, _ value: (Int) -> Double) {
    if out.dtype == .float64 {
      let p = out.pointer(Double.self)
      for i in 0..<out.count { p[i] = value(i) }
    } else {
      let p = out.pointer(Float.self)
      for i in 0..<out.count { p[i] = Float(value(i)) }
    }
  }

  /// Doubles, in order.
  static func read(_ x: Tensor?) -> [Double]? { x?.array(as: Double.self) }
}
