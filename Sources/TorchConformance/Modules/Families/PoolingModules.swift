import TorchNN
import TorchOps

extension ModuleFactory {
  /// Pooling.
  static let pooling: [String: Maker] = [
    "MaxPool1d": { a in
      let kernel = try a.size("kernel_size")
      let (stride, padding, dilation) = (try a.optionalSize("stride"), try a.size("padding", 0), try a.size("dilation", 1))
      let withIndices = try a.bool("return_indices", false)
      let module = MaxPool1d(kernel, stride: stride, padding: padding, dilation: dilation, ceilMode: try a.bool("ceil_mode", false))
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
    "AdaptiveAvgPool1d": { a in BoxedModule(AdaptiveAvgPool1d(try partialSizes(a, 1))) },
    "AdaptiveMaxPool1d": { a in
      let module = AdaptiveMaxPool1d(try partialSizes(a, 1))
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
      let module = MaxPool2d(kernel, stride: stride, padding: padding, dilation: dilation, ceilMode: try a.bool("ceil_mode", false))
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
    "AdaptiveAvgPool2d": { a in BoxedModule(AdaptiveAvgPool2d(try partialSizes(a, 2))) },
    "AdaptiveMaxPool2d": { a in
      let module = AdaptiveMaxPool2d(try partialSizes(a, 2))
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
      let module = MaxPool3d(kernel, stride: stride, padding: padding, dilation: dilation, ceilMode: try a.bool("ceil_mode", false))
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
    "AdaptiveAvgPool3d": { a in BoxedModule(AdaptiveAvgPool3d(try partialSizes(a, 3))) },
    "AdaptiveMaxPool3d": { a in
      let module = AdaptiveMaxPool3d(try partialSizes(a, 3))
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

  /// Sizes of which None keeps the input's.
  private static func partialSizes(_ a: CallArguments, _ dims: Int) throws -> [Int?] {
    switch a.read("output_size") {
    case .int(let number): return Array(repeating: number, count: dims)
    case .list(let entries): return entries.map { if case .int(let number) = $0 { number } else { nil } }
    default: return Array(repeating: nil, count: dims)
    }
  }
}
