import TorchCore
import CTorchKernels

/// The parameters of a window over two dimensions.
struct PoolWindow {
  var kernel: (Int, Int)
  var stride: (Int, Int)
  var padding: (Int, Int)
  var dilation: (Int, Int)
  var ceilMode: Bool
  var countIncludePad: Bool
  var divisor: Int?

  init(
    _ kernel: [Int], _ stride: [Int], _ padding: [Int], _ dilation: [Int] = [1], ceilMode: Bool, _ countIncludePad: Bool = true,
    _ divisor: Int? = nil
  ) throws {
    self.kernel = try PoolWindow.two(kernel, "kernel_size", atLeast: 1)
    self.stride = stride.isEmpty ? self.kernel : try PoolWindow.two(stride, "stride", atLeast: 1)
    self.padding = try PoolWindow.two(padding, "padding", atLeast: 0)
    self.dilation = try PoolWindow.two(dilation, "dilation", atLeast: 1)
    self.ceilMode = ceilMode
    self.countIncludePad = countIncludePad
    self.divisor = divisor
    guard self.padding.0 <= self.kernel.0 / 2, self.padding.1 <= self.kernel.1 / 2 else {
      throw TorchError(.value, "padding must be at most half of kernel_size, got \(padding) for \(kernel)")
    }
    if divisor == 0 { throw TorchError(.value, "divisor_override must not be zero") }
  }

  static func two(_ values: [Int], _ name: String, atLeast least: Int) throws -> (Int, Int) {
    guard values.count == 1 || values.count == 2, values.allSatisfy({ $0 >= least && $0 <= Int(Int32.max) }) else {
      throw TorchError(.value, "\(name) must be one or two numbers of at least \(least), got \(values)")
    }
    return (values[0], values[values.count - 1])
  }

  /// Number of windows along a dimension.
  static func outSize(_ size: Int, _ kernel: Int, _ stride: Int, _ padding: Int, _ dilation: Int, ceil: Bool) -> Int {
    let room = size + 2 * padding - dilation * (kernel - 1) - 1
    if room < 0 && !ceil { return 0 }
    var count = Int((Double(room + (ceil ? stride - 1 : 0)) / Double(stride)).rounded(.down)) + 1
    // The last window must start inside the input or its left padding.
    if ceil && (count - 1) * stride >= size + padding { count -= 1 }
    return count
  }
}

/// One pooling call: geometry, layout, and the split of its work.
struct PoolPlan {
  let outSizes: Dims
  /// Whether the channels of a position are neighbours in memory.
  let isChannelsLast: Bool
  private let window: torch_window2d
  private let batch: Int
  private let channels: Int
  private let outStrides: Dims?

  init(_ x: Tensor, _ window: PoolWindow) throws {
    let (height, width) = try PoolPlan.check(x)
    let out = (
      PoolWindow.outSize(height, window.kernel.0, window.stride.0, window.padding.0, window.dilation.0, ceil: window.ceilMode),
      PoolWindow.outSize(width, window.kernel.1, window.stride.1, window.padding.1, window.dilation.1, ceil: window.ceilMode)
    )
    guard out.0 > 0, out.1 > 0 else {
      throw TorchError(
        .shape,
        "a window of \(window.kernel) with padding \(window.padding) and dilation \(window.dilation) does not fit into "
          + "\(height) x \(width)"
      )
    }
    self.init(
      x,
      torch_window2d(
        height: Int64(height), width: Int64(width), out_height: Int64(out.0), out_width: Int64(out.1),
        kernel_h: Int64(window.kernel.0), kernel_w: Int64(window.kernel.1), stride_h: Int64(window.stride.0),
        stride_w: Int64(window.stride.1), pad_h: Int64(window.padding.0), pad_w: Int64(window.padding.1),
        dilation_h: Int64(window.dilation.0), dilation_w: Int64(window.dilation.1), count_include_pad: window.countIncludePad,
        divisor_override: Int64(window.divisor ?? 0)))
  }

  init(_ x: Tensor, adaptive size: [Int]) throws {
    let (height, width) = try PoolPlan.check(x)
    let out = try PoolWindow.two(size, "output_size", atLeast: 0)
    var window = torch_window2d()
    (window.height, window.width) = (Int64(height), Int64(width))
    (window.out_height, window.out_width) = (Int64(out.0), Int64(out.1))
    self.init(x, window)
  }

  private static func check(_ x: Tensor) throws -> (Int, Int) {
    try NNKernels.require(x.dtype, "the input of a pooling")
    guard x.rank == 3 || x.rank == 4 else {
      throw TorchError(.shape, "expected sizes (N, C, H, W) or (C, H, W), got \(x.impl.sizes)")
    }
    let sizes = x.impl.sizes
    let (height, width) = (sizes[x.rank - 2], sizes[x.rank - 1])
    guard height > 0, width > 0, sizes[x.rank - 3] > 0 else {
      throw TorchError(.shape, "only the batch of a pooling's input may be empty, got sizes \(sizes)")
    }
    return (height, width)
  }

  private init(_ x: Tensor, _ window: torch_window2d) {
    self.window = window
    let sizes = x.impl.sizes
    var out = sizes
    out[x.rank - 2] = Int(window.out_height)
    out[x.rank - 1] = Int(window.out_width)
    outSizes = out
    isChannelsLast = x.rank == 4 && !x.isContiguous && x.isChannelsLast
    batch = x.rank == 4 ? sizes[0] : 1
    channels = sizes[x.rank - 3]
    outStrides = isChannelsLast ? out.channelsLastStrides : nil
  }

  /// Throws unless a gradient has the result's sizes.
  func check(_ g: Tensor) throws {
    guard g.impl.sizes == outSizes else {
      throw TorchError(.shape, "grad_output must have sizes \(outSizes), got \(g.impl.sizes)")
    }
  }

  /// Strides of a result; nil is row-major.
  var strides: Dims? { outStrides }

  /// The input in the widened type and the plan's layout.
  func source(_ x: Tensor) -> Tensor {
    x.to(x.dtype.widened).contiguous(memoryFormat: isChannelsLast ? .channelsLast : .contiguous)
  }

  /// A tensor of the result's sizes in the plan's layout, in the given or the widened type.
  func result(_ g: Tensor, as type: DType? = nil) -> Tensor {
    g.to(type ?? g.dtype.widened).contiguous(memoryFormat: isChannelsLast ? .channelsLast : .contiguous)
  }

  typealias Window = UnsafePointer<torch_window2d>

  /// Work of one result in elements read.
  private var effort: Int {
    let area = Int(window.kernel_h * window.kernel_w)
    return area > 0
      ? area : Swift.max(1, Int(window.height * window.width) / Swift.max(1, Int(window.out_height * window.out_width)))
  }

  private func grain(_ results: Int) -> Int { Swift.max(1, 16384 / Swift.max(1, results * effort)) }

  /// Runs kernels that compute results: over planes, or over rows of the result.
  func forward(nchw: (Window, Int64, Int64) -> Void, nhwc: (Window, Int64, Int64, Int64) -> Void) {
    withUnsafePointer(to: window) { window in
      if isChannelsLast {
        parallelFor(batch * Int(self.window.out_height), grain: grain(Int(self.window.out_width) * channels)) {
          nhwc(window, Int64(channels), Int64($0.lowerBound), Int64($0.upperBound))
        }
      } else {
        planes(window, nchw)
      }
    }
  }

  /// Runs kernels that compute gradients of inputs: over planes, or over the batch.
  func backward(nchw: (Window, Int64, Int64) -> Void, nhwc: (Window, Int64, Int64, Int64) -> Void) {
    withUnsafePointer(to: window) { window in
      if isChannelsLast {
        parallelFor(batch, grain: grain(Int(self.window.out_height * self.window.out_width) * channels)) {
          nhwc(window, Int64(channels), Int64($0.lowerBound), Int64($0.upperBound))
        }
      } else {
        planes(window, nchw)
      }
    }
  }

  private func planes(_ window: Window, _ body: (Window, Int64, Int64) -> Void) {
    parallelFor(batch * channels, grain: grain(Int(self.window.out_height * self.window.out_width))) {
      body(window, Int64($0.lowerBound), Int64($0.upperBound))
    }
  }
}

extension TensorSpec {
  /// The result of a pooling of `x`.
  init(like x: Tensor, _ plan: PoolPlan, dtype: DType? = nil) {
    self.init(plan.outSizes, dtype ?? x.dtype, x.device, strides: plan.strides)
  }
}
