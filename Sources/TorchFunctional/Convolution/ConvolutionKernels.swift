import TorchCore

/// Carries convolutions out: float32 by kernels of our own where they are faster, and by oneDNN; the other types by columns and matrix products. Half types are computed in float32
/// and narrow integers in int64, and rounded once.
enum ConvolutionKernels {
  private static func computeType(_ dtype: DType) -> DType { dtype.isInteger ? .int64 : dtype.widened }

  /// The convolution, or the transposed one, with its bias.
  static func run(_ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ geometry: ConvolutionGeometry, into out: Tensor) throws {
    if out.count == 0 { return }
    let type = computeType(out.dtype)
    if out.dtype != type {
      let wide = try Tensor.allocate(TensorSpec(out.impl.sizes, type, strides: out.impl.strides))
      try run(x.to(type), weight.to(type), bias?.to(type), geometry, into: wide)
      return Copying.copy(wide, into: out)
    }
    let shaped = bias?.reshape([1, -1] + Array(repeating: 1, count: out.rank - 2))
    if x.count == 0 { return Copying.copy(shaped ?? Tensor.zeros([], dtype: out.dtype), into: out) }
    if geometry.isTransposed {
      try inputGradient(x, weight, geometry, into: out)
      if let shaped { out.add_(shaped) }
    } else {
      try forward(x, weight, bias, geometry, into: out)
    }
  }

  private static func forward(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ geometry: ConvolutionGeometry, into out: Tensor
  ) throws {
    let channelsLast = out.prefersChannelsLast
    let x = arranged(x, channelsLast)
    if try runDirectly(x, weight, bias, geometry, isTurned: false, into: out) { return }
    let shape = geometry.shape(
      input: x.impl.sizes, weight: weight.impl.sizes, output: out.impl.sizes, hasBias: bias != nil, channelsLast: channelsLast)
    let (kernel, strides) = weights(weight, shape)
    if let plan = try plan(.forward, out.dtype, shape, strides) {
      return try plan.run(x, kernel, bias: bias?.contiguous(), into: out)
    }
    try ColumnConvolution(x.impl.sizes, weight.impl.sizes, out.impl.sizes, geometry, out.dtype).forward(x, weight, bias, into: out)
  }

  private static func inputGradient(_ g: Tensor, _ weight: Tensor, _ geometry: ConvolutionGeometry, into out: Tensor) throws {
    let channelsLast = out.prefersChannelsLast
    let g = arranged(g, channelsLast)
    if try runDirectly(g, weight, nil, geometry, isTurned: true, into: out) { return }
    let shape = geometry.shape(
      input: out.impl.sizes, weight: weight.impl.sizes, output: g.impl.sizes, hasBias: false, channelsLast: channelsLast)
    let (kernel, strides) = weights(weight, shape)
    if let plan = try plan(.backwardInput, out.dtype, shape, strides) {
      return try plan.run(g, kernel, into: out)
    }
    try ColumnConvolution(out.impl.sizes, weight.impl.sizes, g.impl.sizes, geometry, out.dtype).inputGradient(g, weight, into: out)
  }

  /// For each weight the sum of products of elements of the image `x` and of `g`.
  static func weightGradient(_ x: Tensor, _ g: Tensor, _ geometry: ConvolutionGeometry, into out: Tensor) throws {
    if out.count == 0 { return }
    if g.count == 0 || x.count == 0 { return Copying.fill(out, 0) }
    let type = computeType(out.dtype)
    if out.dtype != type {
      let wide = try Tensor.allocate(TensorSpec(out.impl.sizes, type))
      try weightGradient(x.to(type), g.to(type), geometry, into: wide)
      return Copying.copy(wide, into: out)
    }
    let channelsLast = x.prefersChannelsLast || g.prefersChannelsLast
    let (x, g) = (arranged(x, channelsLast), arranged(g, channelsLast))
    if out.impl.isContiguous, let winograd = WinogradConvolution(x, out, g, geometry, isTurned: false) {
      return try winograd.weightGradient(x, g, into: out)
    }
    let shape = geometry.shape(
      input: x.impl.sizes, weight: out.impl.sizes, output: g.impl.sizes, hasBias: false, channelsLast: channelsLast)
    let (target, strides) = weights(out, shape)
    if let plan = try plan(.backwardWeight, type, shape, strides) {
      return try plan.run(x, g, into: target)
    }
    try ColumnConvolution(x.impl.sizes, out.impl.sizes, g.impl.sizes, geometry, type).weightGradient(x, g, into: out)
  }

  /// Our own kernels, where one applies. `isTurned` marks the gradient of the input, for which `x` is that of the output.
  private static func runDirectly(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ geometry: ConvolutionGeometry, isTurned: Bool, into out: Tensor
  ) throws -> Bool {
    if let winograd = WinogradConvolution(x, weight, out, geometry, isTurned: isTurned) {
      try winograd.run(x, weight, bias: bias, into: out)
    } else if let depthwise = DepthwiseConvolution(x, weight, out, geometry, isTurned: isTurned) {
      try depthwise.run(x, weight, bias: bias, into: out)
    } else if let pointwise = PointwiseConvolution(x, weight, out, geometry, isTurned: isTurned) {
      try pointwise.run(x, weight, bias: bias, into: out)
    } else {
      return false
    }
    return true
  }

  /// oneDNN's way, where it has one: for float32 and all but unusual arguments.
  private static func plan(
    _ kind: ConvolutionPlan.Kind, _ type: DType, _ shape: ConvolutionShape, _ weightStrides: [Int]
  ) throws -> ConvolutionPlan? {
    guard type == .float32 else { return nil }
    do { return try ConvolutionPlan.plan(kind, shape, weightStrides: weightStrides) } catch let error as TorchError {
      if error.kind == .unsupported { return nil }
      throw error
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
