import TorchCore
import CTorchKernels

/// Carries convolutions out: float32 by oneDNN, float64 by columns and matrix products, half types through float32.
enum ConvolutionKernels {
  static func forward(_ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ geometry: ConvolutionGeometry, into out: Tensor) throws {
    if out.count == 0 { return }
    if x.count == 0 {
      Copying.copy(bias?.reshape([1, -1] + Array(repeating: 1, count: out.rank - 2)) ?? Tensor.zeros([], dtype: out.dtype), into: out)
      return
    }
    switch out.dtype {
    case .float32:
      let channelsLast = out.prefersChannelsLast
      let shape = geometry.shape(
        input: x.impl.sizes, weight: weight.impl.sizes, output: out.impl.sizes, hasBias: bias != nil, channelsLast: channelsLast)
      let (kernel, strides) = weights(weight, shape)
      let plan = try ConvolutionPlan.plan(.forward, shape, weightStrides: strides)
      try plan.run(arranged(x, channelsLast), kernel, bias: bias?.contiguous(), into: out)
    case .float64:
      try ColumnConvolution(x.impl.sizes, weight.impl.sizes, out.impl.sizes, geometry).forward(x, weight, bias, into: out)
    default:
      let wide = try Tensor.allocate(TensorSpec(out.impl.sizes, .float32, strides: out.impl.strides))
      try forward(x.to(.float32), weight.to(.float32), bias?.to(.float32), geometry, into: wide)
      Copying.copy(wide, into: out)
    }
  }

  static func inputGradient(_ g: Tensor, _ weight: Tensor, _ geometry: ConvolutionGeometry, into out: Tensor) throws {
    if out.count == 0 { return }
    if g.count == 0 { return Copying.copy(Tensor.zeros([], dtype: out.dtype), into: out) }
    switch out.dtype {
    case .float32:
      let channelsLast = out.prefersChannelsLast
      let shape = geometry.shape(
        input: out.impl.sizes, weight: weight.impl.sizes, output: g.impl.sizes, hasBias: false, channelsLast: channelsLast)
      let (kernel, strides) = weights(weight, shape)
      let plan = try ConvolutionPlan.plan(.backwardInput, shape, weightStrides: strides)
      try plan.run(arranged(g, channelsLast), kernel, into: out)
    case .float64:
      try ColumnConvolution(out.impl.sizes, weight.impl.sizes, g.impl.sizes, geometry).inputGradient(g, weight, into: out)
    default:
      let wide = try Tensor.allocate(TensorSpec(out.impl.sizes, .float32, strides: out.impl.strides))
      try inputGradient(g.to(.float32), weight.to(.float32), geometry, into: wide)
      Copying.copy(wide, into: out)
    }
  }

  static func weightGradient(_ x: Tensor, _ g: Tensor, _ geometry: ConvolutionGeometry, into out: Tensor) throws {
    if out.count == 0 { return }
    if g.count == 0 || x.count == 0 { return Copying.fill(out, 0) }
    switch out.dtype {
    case .float32:
      let channelsLast = x.prefersChannelsLast || g.prefersChannelsLast
      let shape = geometry.shape(
        input: x.impl.sizes, weight: out.impl.sizes, output: g.impl.sizes, hasBias: false, channelsLast: channelsLast)
      let (target, strides) = weights(out, shape)
      let plan = try ConvolutionPlan.plan(.backwardWeight, shape, weightStrides: strides)
      try plan.run(arranged(x, channelsLast), arranged(g, channelsLast), into: target)
    case .float64:
      try ColumnConvolution(x.impl.sizes, out.impl.sizes, g.impl.sizes, geometry).weightGradient(x, g, into: out)
    default:
      let wide = try Tensor.allocate(TensorSpec(out.impl.sizes, .float32))
      try weightGradient(x.to(.float32), g.to(.float32), geometry, into: wide)
      Copying.copy(wide, into: out)
    }
  }

  private static func arranged(_ x: Tensor, _ channelsLast: Bool) -> Tensor {
    x.contiguous(memoryFormat: channelsLast ? .channelsLast : .contiguous)
  }

  /// A weight whose memory is dense, and its strides with the groups as a dimension of their own.
  private static func weights(_ weight: Tensor, _ shape: ConvolutionShape) -> (Tensor, [Int]) {
    let dense = weight.impl.sizes.isDense(strides: weight.impl.strides) ? weight : weight.contiguous()
    var strides = Array(dense.impl.strides)
    if shape.groups > 1 { strides.insert(strides[0] * (shape.weight[0] / shape.groups), at: 0) }
    return (dense, strides)
  }
}

/// Convolution as matrix products with the columns of the input, for float64 in one or two spatial dimensions.
private struct ColumnConvolution {
  private let window: torch_window2d
  private let batch: Int
  private let channels: Int
  private let outputs: Int
  private let groups: Int
  private let taps: Int
  private let area: Int
  private let inputArea: Int

  init(_ input: Dims, _ weight: Dims, _ output: Dims, _ geometry: ConvolutionGeometry) throws {
    let spatial = geometry.stride.count
    guard spatial <= 2 else { throw TorchError(.dtype, "3-d convolutions are not defined for float64; use float32") }
    func pair(_ values: [Int], _ filler: Int) -> (Int64, Int64) {
      spatial == 2 ? (Int64(values[0]), Int64(values[1])) : (Int64(filler), Int64(values[0]))
    }
    let size = pair(Array(input.dropFirst(2)), 1)
    let out = pair(Array(output.dropFirst(2)), 1)
    let kernel = pair(Array(weight.dropFirst(2)), 1)
    let stride = pair(geometry.stride, 1)
    let padding = pair(geometry.padding, 0)
    let dilation = pair(geometry.dilation, 1)
    window = torch_window2d(
      height: size.0, width: size.1, out_height: out.0, out_width: out.1, kernel_h: kernel.0, kernel_w: kernel.1, stride_h: stride.0,
      stride_w: stride.1, pad_h: padding.0, pad_w: padding.1, dilation_h: dilation.0, dilation_w: dilation.1,
      count_include_pad: false, divisor_override: 0)
    batch = input[0]
    channels = input[1]
    outputs = weight[0]
    groups = geometry.groups
    taps = Int(kernel.0 * kernel.1)
    area = Int(out.0 * out.1)
    inputArea = Int(size.0 * size.1)
  }

  private var kernels: torch_nn_kernels { torch_nn(torch_level_current(), Int32(DType.float64.rawValue))!.pointee }
  private var columnRows: Int { channels * taps }
  private var groupRows: Int { columnRows / groups }
  private var groupOutputs: Int { outputs / groups }

  private func withColumns(_ body: (UnsafeMutablePointer<Double>) throws -> Void) throws {
    let storage = try Storage(byteCount: columnRows * area * 8)
    try withExtendedLifetime(storage) { try body(storage.pointer!.assumingMemoryBound(to: Double.self)) }
  }

  private func gather(_ source: UnsafePointer<Double>, _ columns: UnsafeMutablePointer<Double>) {
    let (kernels, window) = (kernels, window)
    parallelFor(channels, grain: Swift.max(1, 65536 / Swift.max(taps * area, 1))) { range in
      withUnsafePointer(to: window) { kernels.im2col(columns, source, $0, Int64(range.lowerBound), Int64(range.upperBound)) }
    }
  }

  func forward(_ x: Tensor, _ weight: Tensor, _ bias: Tensor?, into out: Tensor) throws {
    let (source, kernel) = (x.contiguous(), weight.contiguous())
    let target = out.isContiguous ? out : try Tensor.allocate(TensorSpec(out.impl.sizes, .float64))
    try withColumns { columns in
      for n in 0..<batch {
        gather(source.pointer(Double.self) + n * channels * inputArea, columns)
        for group in 0..<groups {
          try Gemm.raw(
            .float64, false, false, groupOutputs, area, groupRows, kernel.pointer(Double.self) + group * groupOutputs * groupRows,
            groupRows, columns + group * groupRows * area, area, 0,
            target.pointer(Double.self) + (n * outputs + group * groupOutputs) * area, area)
        }
      }
    }
    if let bias { target.add_(bias.reshape([1, -1] + Array(repeating: 1, count: out.rank - 2))) }
    if !(target === out) { Copying.copy(target, into: out) }
  }

  func inputGradient(_ g: Tensor, _ weight: Tensor, into out: Tensor) throws {
    let (gradient, kernel) = (g.contiguous(), weight.contiguous())
    let target = out.isContiguous ? out : try Tensor.allocate(TensorSpec(out.impl.sizes, .float64))
    let (kernels, window) = (kernels, window)
    try withColumns { columns in
      for n in 0..<batch {
        for group in 0..<groups {
          try Gemm.raw(
            .float64, true, false, groupRows, area, groupOutputs, kernel.pointer(Double.self) + group * groupOutputs * groupRows,
            groupRows, gradient.pointer(Double.self) + (n * outputs + group * groupOutputs) * area, area, 0,
            columns + group * groupRows * area, area)
        }
        let place = target.pointer(Double.self) + n * channels * inputArea
        parallelFor(channels, grain: Swift.max(1, 65536 / Swift.max(taps * area, 1))) { range in
          withUnsafePointer(to: window) { kernels.col2im(place, columns, $0, Int64(range.lowerBound), Int64(range.upperBound)) }
        }
      }
    }
    if !(target === out) { Copying.copy(target, into: out) }
  }

  func weightGradient(_ x: Tensor, _ g: Tensor, into out: Tensor) throws {
    let (source, gradient) = (x.contiguous(), g.contiguous())
    try withColumns { columns in
      for n in 0..<batch {
        gather(source.pointer(Double.self) + n * channels * inputArea, columns)
        for group in 0..<groups {
          try Gemm.raw(
            .float64, false, true, groupOutputs, groupRows, area,
            gradient.pointer(Double.self) + (n * outputs + group * groupOutputs) * area, area, columns + group * groupRows * area,
            area, n == 0 ? 0 : 1, out.pointer(Double.self) + group * groupOutputs * groupRows, groupRows)
        }
      }
    }
  }
}
