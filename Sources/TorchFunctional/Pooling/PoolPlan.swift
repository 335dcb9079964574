import TorchCore
import CTorchKernels

/// One pooling call over two dimensions in floating point: geometry, layout, and the split of its work.
struct PoolPlan {
  let outSizes: Dims
  /// Whether the channels of a position are neighbours in memory.
  let isChannelsLast: Bool
  private let window: torch_window2d
  private let batch: Int
  private let channels: Int
  private let outStrides: Dims?

  init(_ x: Tensor, _ window: PoolWindow) throws {
    try NNKernels.require(x.dtype, "the input of a pooling")
    let out = try window.outSizes(x)
    let size = x.shape.suffix(2).map { Int64($0) }
    func pair(_ values: [Int]) -> (Int64, Int64) { (Int64(values[0]), Int64(values[1])) }
    let (kernel, stride, pad, dilation) = (pair(window.kernel), pair(window.stride), pair(window.padding), pair(window.dilation))
    self.init(
      x,
      torch_window2d(
        height: size[0], width: size[1], out_height: Int64(out[0]), out_width: Int64(out[1]), kernel_h: kernel.0, kernel_w: kernel.1,
        stride_h: stride.0, stride_w: stride.1, pad_h: pad.0, pad_w: pad.1, dilation_h: dilation.0, dilation_w: dilation.1,
        count_include_pad: window.countIncludePad, divisor_override: Int64(window.divisor ?? 0)))
  }

  init(_ x: Tensor, adaptive size: [Int]) throws {
    try NNKernels.require(x.dtype, "the input of a pooling")
    let spatial = try PoolShape.spatial(x, 2)
    let out = try PoolWindow.spread(size, "output_size", atLeast: 0, 2)
    var window = torch_window2d()
    (window.height, window.width) = (Int64(spatial[0]), Int64(spatial[1]))
    (window.out_height, window.out_width) = (Int64(out[0]), Int64(out[1]))
    self.init(x, window)
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
