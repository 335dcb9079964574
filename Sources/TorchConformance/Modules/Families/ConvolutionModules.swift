import TorchNN
import TorchOps

extension ModuleFactory {
  /// Convolutions.
  static let convolutions: [String: Maker] = [
    "Conv1d": { a in
      let channels = (try a.int("in_channels"), try a.int("out_channels"))
      let o = try ConvolutionArguments(a)
      let module = o.named.map {
        Conv1d(
          channels.0, channels.1, kernelSize: o.kernel, stride: o.stride, padding: $0, dilation: o.dilation, groups: o.groups,
          bias: o.bias,
          paddingMode: o.mode)
      }
      return BoxedModule(
        module
          ?? Conv1d(
            channels.0, channels.1, kernelSize: o.kernel, stride: o.stride, padding: o.padding, dilation: o.dilation,
            groups: o.groups,
            bias: o.bias, paddingMode: o.mode))
    },
    "ConvTranspose1d": { a in
      BoxedModule(
        ConvTranspose1d(
          try a.int("in_channels"), try a.int("out_channels"), kernelSize: try a.size("kernel_size"),
          stride: try a.size("stride", 1),
          padding: try a.size("padding", 0), outputPadding: try a.size("output_padding", 0), groups: try a.int("groups", 1),
          bias: try a.bool("bias", true), dilation: try a.size("dilation", 1)))
    },
    "Conv2d": { a in
      let channels = (try a.int("in_channels"), try a.int("out_channels"))
      let o = try ConvolutionArguments(a)
      let module = o.named.map {
        Conv2d(
          channels.0, channels.1, kernelSize: o.kernel, stride: o.stride, padding: $0, dilation: o.dilation, groups: o.groups,
          bias: o.bias,
          paddingMode: o.mode)
      }
      return BoxedModule(
        module
          ?? Conv2d(
            channels.0, channels.1, kernelSize: o.kernel, stride: o.stride, padding: o.padding, dilation: o.dilation,
            groups: o.groups,
            bias: o.bias, paddingMode: o.mode))
    },
    "ConvTranspose2d": { a in
      BoxedModule(
        ConvTranspose2d(
          try a.int("in_channels"), try a.int("out_channels"), kernelSize: try a.size("kernel_size"),
          stride: try a.size("stride", 1),
          padding: try a.size("padding", 0), outputPadding: try a.size("output_padding", 0), groups: try a.int("groups", 1),
          bias: try a.bool("bias", true), dilation: try a.size("dilation", 1)))
    },
    "Conv3d": { a in
      let channels = (try a.int("in_channels"), try a.int("out_channels"))
      let o = try ConvolutionArguments(a)
      let module = o.named.map {
        Conv3d(
          channels.0, channels.1, kernelSize: o.kernel, stride: o.stride, padding: $0, dilation: o.dilation, groups: o.groups,
          bias: o.bias,
          paddingMode: o.mode)
      }
      return BoxedModule(
        module
          ?? Conv3d(
            channels.0, channels.1, kernelSize: o.kernel, stride: o.stride, padding: o.padding, dilation: o.dilation,
            groups: o.groups,
            bias: o.bias, paddingMode: o.mode))
    },
    "ConvTranspose3d": { a in
      BoxedModule(
        ConvTranspose3d(
          try a.int("in_channels"), try a.int("out_channels"), kernelSize: try a.size("kernel_size"),
          stride: try a.size("stride", 1),
          padding: try a.size("padding", 0), outputPadding: try a.size("output_padding", 0), groups: try a.int("groups", 1),
          bias: try a.bool("bias", true), dilation: try a.size("dilation", 1)))
    },
    "LazyConv1d": { a in
      let channels = (try a.int("out_channels"))
      let o = try ConvolutionArguments(a)
      let module = o.named.map {
        LazyConv1d(
          channels, kernelSize: o.kernel, stride: o.stride, padding: $0, dilation: o.dilation, groups: o.groups, bias: o.bias,
          paddingMode: o.mode)
      }
      return BoxedModule(
        module
          ?? LazyConv1d(
            channels, kernelSize: o.kernel, stride: o.stride, padding: o.padding, dilation: o.dilation, groups: o.groups,
            bias: o.bias, paddingMode: o.mode))
    },
    "LazyConvTranspose1d": { a in
      BoxedModule(
        LazyConvTranspose1d(
          try a.int("out_channels"), kernelSize: try a.size("kernel_size"), stride: try a.size("stride", 1),
          padding: try a.size("padding", 0), outputPadding: try a.size("output_padding", 0), groups: try a.int("groups", 1),
          bias: try a.bool("bias", true), dilation: try a.size("dilation", 1)))
    },
    "LazyConv2d": { a in
      let channels = (try a.int("out_channels"))
      let o = try ConvolutionArguments(a)
      let module = o.named.map {
        LazyConv2d(
          channels, kernelSize: o.kernel, stride: o.stride, padding: $0, dilation: o.dilation, groups: o.groups, bias: o.bias,
          paddingMode: o.mode)
      }
      return BoxedModule(
        module
          ?? LazyConv2d(
            channels, kernelSize: o.kernel, stride: o.stride, padding: o.padding, dilation: o.dilation, groups: o.groups,
            bias: o.bias, paddingMode: o.mode))
    },
    "LazyConvTranspose2d": { a in
      BoxedModule(
        LazyConvTranspose2d(
          try a.int("out_channels"), kernelSize: try a.size("kernel_size"), stride: try a.size("stride", 1),
          padding: try a.size("padding", 0), outputPadding: try a.size("output_padding", 0), groups: try a.int("groups", 1),
          bias: try a.bool("bias", true), dilation: try a.size("dilation", 1)))
    },
    "LazyConv3d": { a in
      let channels = (try a.int("out_channels"))
      let o = try ConvolutionArguments(a)
      let module = o.named.map {
        LazyConv3d(
          channels, kernelSize: o.kernel, stride: o.stride, padding: $0, dilation: o.dilation, groups: o.groups, bias: o.bias,
          paddingMode: o.mode)
      }
      return BoxedModule(
        module
          ?? LazyConv3d(
            channels, kernelSize: o.kernel, stride: o.stride, padding: o.padding, dilation: o.dilation, groups: o.groups,
            bias: o.bias, paddingMode: o.mode))
    },
    "LazyConvTranspose3d": { a in
      BoxedModule(
        LazyConvTranspose3d(
          try a.int("out_channels"), kernelSize: try a.size("kernel_size"), stride: try a.size("stride", 1),
          padding: try a.size("padding", 0), outputPadding: try a.size("output_padding", 0), groups: try a.int("groups", 1),
          bias: try a.bool("bias", true), dilation: try a.size("dilation", 1)))
    },
  ]
}

/// The options of a convolution.
private struct ConvolutionArguments {
  let kernel: any SpatialSize, stride: any SpatialSize
  var padding: any SpatialSize = 0
  var named: ConvolutionPadding?
  let dilation: any SpatialSize
  let groups: Int
  let bias: Bool
  let mode: PaddingMode

  init(_ a: CallArguments) throws {
    kernel = try a.size("kernel_size")
    stride = try a.size("stride", 1)
    switch a.read("padding") {
    case .string(let name): named = ConvolutionPadding(rawValue: name)
    case .int(let number): padding = number
    case .list(let entries): padding = entries.compactMap { if case .int(let number) = $0 { number } else { nil } }
    default: break
    }
    dilation = try a.size("dilation", 1)
    groups = try a.int("groups", 1)
    bias = try a.bool("bias", true)
    let word = try a.string("padding_mode", "zeros")
    mode = word == "zeros" ? .zeros : PaddingMode(rawValue: word) ?? .zeros
  }
}
