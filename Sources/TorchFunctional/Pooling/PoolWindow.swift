import CTorchKernels
import TorchCore

/// The parameters of a window over one to three dimensions.
struct PoolWindow {
  var kernel: [Int]
  var stride: [Int]
  var padding: [Int]
  var dilation: [Int]
  var ceilMode: Bool
  var countIncludePad: Bool
  var divisor: Int?

  /// One number stands for all dimensions; an empty stride for the kernel size.
  init(
    _ dims: Int, _ kernel: [Int], _ stride: [Int], _ padding: [Int], _ dilation: [Int] = [1], ceilMode: Bool,
    _ countIncludePad: Bool = true, _ divisor: Int? = nil
  ) throws {
    self.kernel = try PoolWindow.spread(kernel, "kernel_size", atLeast: 1, dims)
    self.stride = stride.isEmpty ? self.kernel : try PoolWindow.spread(stride, "stride", atLeast: 1, dims)
    self.padding = try PoolWindow.spread(padding, "padding", atLeast: 0, dims)
    self.dilation = try PoolWindow.spread(dilation, "dilation", atLeast: 1, dims)
    self.ceilMode = ceilMode
    self.countIncludePad = countIncludePad
    self.divisor = divisor
    for i in 0..<dims where self.padding[i] > ((self.kernel[i] - 1) * self.dilation[i] + 1) / 2 {
      throw TorchError(.value, "padding must be at most half of what kernel_size reaches over, got \(padding) for \(kernel)")
    }
    if divisor == 0 { throw TorchError(.value, "divisor_override must not be zero") }
  }

  static func spread(_ values: [Int], _ name: String, atLeast least: Int, _ dims: Int) throws -> [Int] {
    guard values.count == 1 || values.count == dims, values.allSatisfy({ $0 >= least && $0 <= Int(Int32.max) }) else {
      throw TorchError(.value, "\(name) must be \(dims == 1 ? "one number" : "1 or \(dims) numbers") of at least \(least), got \(values)")
    }
    return values.count == dims ? values : Array(repeating: values[0], count: dims)
  }

  /// Number of windows along a dimension of the given size.
  private func outSize(_ size: Int, _ i: Int) -> Int {
    let room = size + 2 * padding[i] - dilation[i] * (kernel[i] - 1) - 1
    if room < 0 && !ceilMode { return 0 }
    var count = Int((Double(room + (ceilMode ? stride[i] - 1 : 0)) / Double(stride[i])).rounded(.down)) + 1
    // The last window must start inside the input or its left padding.
    if ceilMode && (count - 1) * stride[i] >= size + padding[i] { count -= 1 }
    return count
  }

  /// Number of windows along each of the last dimensions of `x`, which are judged.
  func outSizes(_ x: Tensor) throws -> [Int] {
    let spatial = try PoolShape.spatial(x, kernel.count)
    let out = spatial.indices.map { outSize(spatial[$0], $0) }
    guard out.allSatisfy({ $0 > 0 }) else {
      throw TorchError(
        .shape, "a window of \(kernel) with padding \(padding) and dilation \(dilation) does not fit into "
          + spatial.map(String.init).joined(separator: " x "))
    }
    return out
  }

  /// The positions that windows along a dimension cover inside the input, as maxima need them.
  func axis(_ size: Int, _ out: Int, _ i: Int) -> WindowAxis {
    var axis = WindowAxis(size: size, step: dilation[i])
    for o in 0..<out {
      var begin = o * stride[i] - padding[i]
      let end = Swift.min(begin + (kernel[i] - 1) * dilation[i] + 1, size)
      if begin < 0 { begin += (-begin + dilation[i] - 1) / dilation[i] * dilation[i] }
      axis.append(begin, end)
    }
    return axis
  }

  /// The means of windows along a dimension; or their sums, if somebody else divides.
  func means(_ size: Int, _ out: Int, _ i: Int, sums: Bool) -> LineMap {
    LineMap(from: size, to: out) { o, add in
      let (begin, end, padded) = covered(o, size, i)
      guard end > begin else { return }
      let weight = sums ? 1 : 1 / Double(countIncludePad ? padded : end - begin)
      for position in begin..<end { add(position, weight) }
    }
  }

  /// What each window along a dimension adds to the number that its sum is divided by.
  func counts(_ size: Int, _ out: Int, _ i: Int) -> [Int] {
    (0..<out).map { o in
      let (begin, end, padded) = covered(o, size, i)
      return Swift.max(countIncludePad ? padded : end - begin, 1)
    }
  }

  /// The part of a window inside the input, and how much of it lies inside the padded input.
  private func covered(_ o: Int, _ size: Int, _ i: Int) -> (begin: Int, end: Int, padded: Int) {
    let begin = o * stride[i] - padding[i]
    let end = Swift.min(begin + kernel[i], size + padding[i])
    return (Swift.max(begin, 0), Swift.min(end, size), end - begin)
  }
}

/// Sizes of inputs and results of poolings over the last one to three dimensions.
enum PoolShape {
  /// The pooled sizes of `x`, which is one example or a batch; only the batch may be empty.
  static func spatial(_ x: Tensor, _ dims: Int) throws -> [Int] {
    guard x.rank == dims + 1 || x.rank == dims + 2 else {
      let names = ["L", "H, W", "D, H, W"][dims - 1]
      throw TorchError(.shape, "expected sizes (N, C, \(names)) or (C, \(names)), got \(x.impl.sizes)")
    }
    guard x.impl.sizes.suffix(dims + 1).allSatisfy({ $0 > 0 }) else {
      throw TorchError(.shape, "only the batch of a pooling's input may be empty, got sizes \(x.impl.sizes)")
    }
    return x.shape.suffix(dims)
  }

  /// `x`'s sizes with other pooled ones.
  static func sizes(_ x: Tensor, _ out: [Int]) -> Dims { Dims(x.shape.dropLast(out.count) + out) }

  /// A result in the layout of `x`, channels-last where that is.
  static func spec(_ x: Tensor, _ out: [Int], dtype: DType? = nil) -> TensorSpec {
    let sizes = sizes(x, out)
    let channelsLast = out.count == 2 && x.rank == 4 && !x.isContiguous && x.isChannelsLast
    return TensorSpec(sizes, dtype ?? x.dtype, strides: channelsLast ? sizes.channelsLastStrides : nil)
  }

  /// Throws unless a gradient has the result's sizes.
  static func check(_ g: Tensor, _ sizes: Dims) throws {
    guard g.impl.sizes == sizes else { throw TorchError(.shape, "grad_output must have sizes \(sizes), got \(g.impl.sizes)") }
  }
}

/// The windows along one dimension: positions from `begin`, in steps, below `end`.
struct WindowAxis {
  let size: Int
  let step: Int
  private(set) var begin: [Int64] = []
  private(set) var end: [Int64] = []

  init(size: Int, step: Int = 1) {
    self.size = size
    self.step = step
  }

  mutating func append(_ begin: Int, _ end: Int) {
    self.begin.append(Int64(begin))
    self.end.append(Int64(end))
  }

  /// As many about equal windows as asked for, which may overlap.
  static func adaptive(_ size: Int, _ out: Int) -> WindowAxis {
    var axis = WindowAxis(size: size)
    for o in 0..<out { axis.append(o * size / out, ((o + 1) * size + out - 1) / out) }
    return axis
  }

  /// The means of the windows.
  var means: LineMap {
    LineMap(from: size, to: begin.count) { o, add in
      for position in begin[o]..<end[o] { add(Int(position), 1 / Double(end[o] - begin[o])) }
    }
  }

  /// Calls `body` with up to three axes as kernels read them.
  static func withKernelForm<R>(_ axes: [WindowAxis], inner: Int, _ body: (UnsafePointer<torch_windows>) throws -> R) rethrows -> R {
    var all = Array(repeating: WindowAxis(size: 1), count: 3 - axes.count)
    for i in all.indices { all[i].append(0, 1) }
    all += axes
    func form(_ axis: WindowAxis, _ body: (torch_window_axis) throws -> R) rethrows -> R {
      try axis.begin.withUnsafeBufferPointer { begin in
        try axis.end.withUnsafeBufferPointer { end in
          try body(
            torch_window_axis(
              size: Int64(axis.size), out: Int64(begin.count), step: Int64(axis.step), begin: begin.baseAddress!,
              end: end.baseAddress!))
        }
      }
    }
    return try form(all[0]) { first in
      try form(all[1]) { second in
        try form(all[2]) { third in
          var windows = torch_windows(axis: (first, second, third), inner: Int64(inner))
          return try withUnsafePointer(to: &windows, body)
        }
      }
    }
  }
}
