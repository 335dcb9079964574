import TorchNN
import TorchOps

extension ModuleFactory {
  /// Padding, resizing and layouts of images.
  static let spatial: [String: Maker] = [
    "PixelShuffle": { a in BoxedModule(PixelShuffle(try a.int("upscale_factor"))) },
    "PixelUnshuffle": { a in BoxedModule(PixelUnshuffle(try a.int("downscale_factor"))) },
    "ChannelShuffle": { a in BoxedModule(ChannelShuffle(groups: try a.int("groups"))) },
    "Fold": { a in
      BoxedModule(
        Fold(
          outputSize: try a.size("output_size"), try a.size("kernel_size"), dilation: try a.size("dilation", 1),
          padding: try a.size("padding", 0), stride: try a.size("stride", 1)))
    },
    "Unfold": { a in
      BoxedModule(
        Unfold(
          try a.size("kernel_size"), dilation: try a.size("dilation", 1), padding: try a.size("padding", 0),
          stride: try a.size("stride", 1)))
    },
    "Upsample": { a in
      let (size, factor) = (try a.optionalSize("size"), try a.optionalDouble("scale_factor"))
      let word = try a.string("mode", "nearest")
      let mode = ["bilinear", "trilinear"].contains(word) ? .linear : InterpolationMode(rawValue: word) ?? .nearest
      let corners = try a.optionalBool("align_corners") ?? false
      let recompute = try a.optionalBool("recompute_scale_factor") ?? false
      return BoxedModule(
        size.map { Upsample(size: $0, mode: mode, alignCorners: corners) }
          ?? Upsample(scaleFactor: factor ?? 1, mode: mode, alignCorners: corners, recomputeScaleFactor: recompute))
    },
    "UpsamplingNearest2d": { a in
      let (size, factor) = (try a.optionalSize("size"), try a.optionalDouble("scale_factor"))
      return BoxedModule(size.map { UpsamplingNearest2d(size: $0) } ?? UpsamplingNearest2d(scaleFactor: factor ?? 1))
    },
    "UpsamplingBilinear2d": { a in
      let (size, factor) = (try a.optionalSize("size"), try a.optionalDouble("scale_factor"))
      return BoxedModule(size.map { UpsamplingBilinear2d(size: $0) } ?? UpsamplingBilinear2d(scaleFactor: factor ?? 1))
    },
    "CircularPad1d": { a in BoxedModule(CircularPad1d(try a.size("padding"))) },
    "ReflectionPad1d": { a in BoxedModule(ReflectionPad1d(try a.size("padding"))) },
    "ReplicationPad1d": { a in BoxedModule(ReplicationPad1d(try a.size("padding"))) },
    "ZeroPad1d": { a in BoxedModule(ZeroPad1d(try a.size("padding"))) },
    "ConstantPad1d": { a in BoxedModule(ConstantPad1d(try a.size("padding"), value: try a.double("value"))) },
    "CircularPad2d": { a in BoxedModule(CircularPad2d(try a.size("padding"))) },
    "ReflectionPad2d": { a in BoxedModule(ReflectionPad2d(try a.size("padding"))) },
    "ReplicationPad2d": { a in BoxedModule(ReplicationPad2d(try a.size("padding"))) },
    "ZeroPad2d": { a in BoxedModule(ZeroPad2d(try a.size("padding"))) },
    "ConstantPad2d": { a in BoxedModule(ConstantPad2d(try a.size("padding"), value: try a.double("value"))) },
    "CircularPad3d": { a in BoxedModule(CircularPad3d(try a.size("padding"))) },
    "ReflectionPad3d": { a in BoxedModule(ReflectionPad3d(try a.size("padding"))) },
    "ReplicationPad3d": { a in BoxedModule(ReplicationPad3d(try a.size("padding"))) },
    "ZeroPad3d": { a in BoxedModule(ZeroPad3d(try a.size("padding"))) },
    "ConstantPad3d": { a in BoxedModule(ConstantPad3d(try a.size("padding"), value: try a.double("value"))) },
  ]
}
