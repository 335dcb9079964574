import TorchNN
import TorchOps

extension ModuleFactory {
  /// Pooling.
  static let pooling: [String: Maker] = [
    "MaxPool1d": { a in
      let kernel = try a.size("kernel_size")
      let (stride, padding, dilation) = (try a.optionalSize("stride"), try a.size("padding", 0), try a.size("dilation", 1))
      let withIndices = try a.bool("return_indices", false)
      let module = MaxPool1d(
        kernel, stride: stride, padding: padding, dilation: dilation, ceilMode: try a.bool("ceil_mode", false))
      return withIndices ? BoxedModule(module) { pair(module.withIndices(try $0.tensor("input"))) } : BoxedModule(module)
    },
    "MaxUnpool1d": { a in
      let module = MaxUnpool1d(try a.size("kernel_size"), stride: try a.optionalSize("stride"), padding: try a.size("padding", 0))
      return BoxedModule(module) { call in
        let (x, indices) = (try call.tensor("input"), try call.tensor("indices"))
        return [try call.optionalSizes("output_size", count: 1).map { module(x, indices, outputSize: $0) } ?? module(x, indices)]
      }
    },
    "AvgPool1d": { a in
      BoxedModule(
        AvgPool1d(
          try a.size("kernel_size"), stride: try a.optionalSize("stride"), padding: try a.size("padding", 0),
          ceilMode: try a.bool("ceil_mode", false), countIncludePad: try a.bool("count_include_pad", true)))
    },
    "AdaptiveAvgPool1d": { a in
      switch try OutputSize(a) {
      case .full(let size): return BoxedModule(AdaptiveAvgPool1d(size))
      case .partial(let sizes): return BoxedModule(AdaptiveAvgPool1d(sizes))
      }
    },
    "AdaptiveMaxPool1d": { a in
      let module =
        switch try OutputSize(a) {
        case .full(let size): AdaptiveMaxPool1d(size)
        case .partial(let sizes): AdaptiveMaxPool1d(sizes)
        }
      guard try a.bool("return_indices", false) else { return BoxedModule(module) }
      return BoxedModule(module) { pair(module.withIndices(try $0.tensor("input"))) }
    },
    "LPPool1d": { a in
      BoxedModule(
        LPPool1d(
          try a.double("norm_type"), try a.size("kernel_size"), stride: try a.optionalSize("stride"),
          ceilMode: try a.bool("ceil_mode", false)))
    },
    "MaxPool2d": { a in
      let kernel = try a.size("kernel_size")
      let (stride, padding, dilation) = (try a.optionalSize("stride"), try a.size("padding", 0), try a.size("dilation", 1))
      let withIndices = try a.bool("return_indices", false)
      let module = MaxPool2d(
        kernel, stride: stride, padding: padding, dilation: dilation, ceilMode: try a.bool("ceil_mode", false))
      return withIndices ? BoxedModule(module) { pair(module.withIndices(try $0.tensor("input"))) } : BoxedModule(module)
    },
    "MaxUnpool2d": { a in
      let module = MaxUnpool2d(try a.size("kernel_size"), stride: try a.optionalSize("stride"), padding: try a.size("padding", 0))
      return BoxedModule(module) { call in
        let (x, indices) = (try call.tensor("input"), try call.tensor("indices"))
        return [try call.optionalSizes("output_size", count: 2).map { module(x, indices, outputSize: $0) } ?? module(x, indices)]
      }
    },
    "AvgPool2d": { a in
      BoxedModule(
        AvgPool2d(
          try a.size("kernel_size"), stride: try a.optionalSize("stride"), padding: try a.size("padding", 0),
          ceilMode: try a.bool("ceil_mode", false), countIncludePad: try a.bool("count_include_pad", true),
          divisorOverride: try a.optionalInt("divisor_override")))
    },
    "AdaptiveAvgPool2d": { a in
      switch try OutputSize(a) {
      case .full(let size): return BoxedModule(AdaptiveAvgPool2d(size))
      case .partial(let sizes): return BoxedModule(AdaptiveAvgPool2d(sizes))
      }
    },
    "AdaptiveMaxPool2d": { a in
      let module =
        switch try OutputSize(a) {
        case .full(let size): AdaptiveMaxPool2d(size)
        case .partial(let sizes): AdaptiveMaxPool2d(sizes)
        }
      guard try a.bool("return_indices", false) else { return BoxedModule(module) }
      return BoxedModule(module) { pair(module.withIndices(try $0.tensor("input"))) }
    },
    "LPPool2d": { a in
      BoxedModule(
        LPPool2d(
          try a.double("norm_type"), try a.size("kernel_size"), stride: try a.optionalSize("stride"),
          ceilMode: try a.bool("ceil_mode", false)))
    },
    "FractionalMaxPool2d": { a in
      let (kernel, size) = (try a.size("kernel_size"), try a.optionalSize("output_size"))
      let ratio = try a.optionalDouble("output_ratio")
      let withIndices = try a.bool("return_indices", false)
      let samples = try a.optionalTensor("_random_samples")
      let module =
        size.map { FractionalMaxPool2d(kernel, outputSize: $0, randomSamples: samples) }
        ?? FractionalMaxPool2d(kernel, outputRatio: ratio ?? 0.5, randomSamples: samples)
      return withIndices ? BoxedModule(module) { pair(module.withIndices(try $0.tensor("input"))) } : BoxedModule(module)
    },
    "MaxPool3d": { a in
      let kernel = try a.size("kernel_size")
      let (stride, padding, dilation) = (try a.optionalSize("stride"), try a.size("padding", 0), try a.size("dilation", 1))
      let withIndices = try a.bool("return_indices", false)
      let module = MaxPool3d(
        kernel, stride: stride, padding: padding, dilation: dilation, ceilMode: try a.bool("ceil_mode", false))
      return withIndices ? BoxedModule(module) { pair(module.withIndices(try $0.tensor("input"))) } : BoxedModule(module)
    },
    "MaxUnpool3d": { a in
      let module = MaxUnpool3d(try a.size("kernel_size"), stride: try a.optionalSize("stride"), padding: try a.size("padding", 0))
      return BoxedModule(module) { call in
        let (x, indices) = (try call.tensor("input"), try call.tensor("indices"))
        return [try call.optionalSizes("output_size", count: 3).map { module(x, indices, outputSize: $0) } ?? module(x, indices)]
      }
    },
    "AvgPool3d": { a in
      BoxedModule(
        AvgPool3d(
          try a.size("kernel_size"), stride: try a.optionalSize("stride"), padding: try a.size("padding", 0),
          ceilMode: try a.bool("ceil_mode", false), countIncludePad: try a.bool("count_include_pad", true),
          divisorOverride: try a.optionalInt("divisor_override")))
    },
    "AdaptiveAvgPool3d": { a in
      switch try OutputSize(a) {
      case .full(let size): return BoxedModule(AdaptiveAvgPool3d(size))
      case .partial(let sizes): return BoxedModule(AdaptiveAvgPool3d(sizes))
      }
    },
    "AdaptiveMaxPool3d": { a in
      let module =
        switch try OutputSize(a) {
        case .full(let size): AdaptiveMaxPool3d(size)
        case .partial(let sizes): AdaptiveMaxPool3d(sizes)
        }
      guard try a.bool("return_indices", false) else { return BoxedModule(module) }
      return BoxedModule(module) { pair(module.withIndices(try $0.tensor("input"))) }
    },
    "LPPool3d": { a in
      BoxedModule(
        LPPool3d(
          try a.double("norm_type"), try a.size("kernel_size"), stride: try a.optionalSize("stride"),
          ceilMode: try a.bool("ceil_mode", false)))
    },
    "FractionalMaxPool3d": { a in
      let (kernel, size) = (try a.size("kernel_size"), try a.optionalSize("output_size"))
      let ratio = try a.optionalDouble("output_ratio")
      let withIndices = try a.bool("return_indices", false)
      let samples = try a.optionalTensor("_random_samples")
      let module =
        size.map { FractionalMaxPool3d(kernel, outputSize: $0, randomSamples: samples) }
        ?? FractionalMaxPool3d(kernel, outputRatio: ratio ?? 0.5, randomSamples: samples)
      return withIndices ? BoxedModule(module) { pair(module.withIndices(try $0.tensor("input"))) } : BoxedModule(module)
    },
  ]

  private static func pair(_ results: (output: Tensor, indices: Tensor)) -> [Tensor?] { [results.output, results.indices] }
}

/// The sizes that an adaptive pooling is to give.
private enum OutputSize {
  case full(any SpatialSize)
  /// None keeps the input's.
  case partial([Int?])

  init(_ a: CallArguments) throws {
    switch a.read("output_size") {
    case .int(let number): self = .full(number)
    case .list(let entries):
      let sizes: [Int?] = entries.map { if case .int(let number) = $0 { number } else { nil } }
      let known = sizes.compactMap { $0 }
      self = known.count == sizes.count ? .full(known) : .partial(sizes)
    default: throw Unsupported("an output size of another form")
    }
  }
}
