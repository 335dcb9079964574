import TorchNN
import TorchOps

extension ModuleFactory {
  /// Normalisations.
  static let norms: [String: Maker] = [
    "BatchNorm1d": { a in
      BoxedModule(
        BatchNorm1d(
          try a.int("num_features"), eps: try a.double("eps", 1e-5), momentum: try a.optionalDouble("momentum", 0.1),
          affine: try a.bool("affine", true), trackRunningStats: try a.bool("track_running_stats", true),
          bias: try a.bool("bias", true)))
    },
    "LazyBatchNorm1d": { a in
      BoxedModule(
        LazyBatchNorm1d(
          eps: try a.double("eps", 1e-5), momentum: try a.optionalDouble("momentum", 0.1),
          affine: try a.bool("affine", true), trackRunningStats: try a.bool("track_running_stats", true),
          bias: try a.bool("bias", true)))
    },
    "BatchNorm2d": { a in
      BoxedModule(
        BatchNorm2d(
          try a.int("num_features"), eps: try a.double("eps", 1e-5), momentum: try a.optionalDouble("momentum", 0.1),
          affine: try a.bool("affine", true), trackRunningStats: try a.bool("track_running_stats", true),
          bias: try a.bool("bias", true)))
    },
    "LazyBatchNorm2d": { a in
      BoxedModule(
        LazyBatchNorm2d(
          eps: try a.double("eps", 1e-5), momentum: try a.optionalDouble("momentum", 0.1),
          affine: try a.bool("affine", true), trackRunningStats: try a.bool("track_running_stats", true),
          bias: try a.bool("bias", true)))
    },
    "BatchNorm3d": { a in
      BoxedModule(
        BatchNorm3d(
          try a.int("num_features"), eps: try a.double("eps", 1e-5), momentum: try a.optionalDouble("momentum", 0.1),
          affine: try a.bool("affine", true), trackRunningStats: try a.bool("track_running_stats", true),
          bias: try a.bool("bias", true)))
    },
    "LazyBatchNorm3d": { a in
      BoxedModule(
        LazyBatchNorm3d(
          eps: try a.double("eps", 1e-5), momentum: try a.optionalDouble("momentum", 0.1),
          affine: try a.bool("affine", true), trackRunningStats: try a.bool("track_running_stats", true),
          bias: try a.bool("bias", true)))
    },
    "InstanceNorm1d": { a in
      BoxedModule(
        InstanceNorm1d(
          try a.int("num_features"), eps: try a.double("eps", 1e-5), momentum: try a.optionalDouble("momentum", 0.1),
          affine: try a.bool("affine", false), trackRunningStats: try a.bool("track_running_stats", false),
          bias: try a.bool("bias", true)))
    },
    "LazyInstanceNorm1d": { a in
      BoxedModule(
        LazyInstanceNorm1d(
          eps: try a.double("eps", 1e-5), momentum: try a.optionalDouble("momentum", 0.1),
          affine: try a.bool("affine", true), trackRunningStats: try a.bool("track_running_stats", true),
          bias: try a.bool("bias", true)))
    },
    "InstanceNorm2d": { a in
      BoxedModule(
        InstanceNorm2d(
          try a.int("num_features"), eps: try a.double("eps", 1e-5), momentum: try a.optionalDouble("momentum", 0.1),
          affine: try a.bool("affine", false), trackRunningStats: try a.bool("track_running_stats", false),
          bias: try a.bool("bias", true)))
    },
    "LazyInstanceNorm2d": { a in
      BoxedModule(
        LazyInstanceNorm2d(
          eps: try a.double("eps", 1e-5), momentum: try a.optionalDouble("momentum", 0.1),
          affine: try a.bool("affine", true), trackRunningStats: try a.bool("track_running_stats", true),
          bias: try a.bool("bias", true)))
    },
    "InstanceNorm3d": { a in
      BoxedModule(
        InstanceNorm3d(
          try a.int("num_features"), eps: try a.double("eps", 1e-5), momentum: try a.optionalDouble("momentum", 0.1),
          affine: try a.bool("affine", false), trackRunningStats: try a.bool("track_running_stats", false),
          bias: try a.bool("bias", true)))
    },
    "LazyInstanceNorm3d": { a in
      BoxedModule(
        LazyInstanceNorm3d(
          eps: try a.double("eps", 1e-5), momentum: try a.optionalDouble("momentum", 0.1),
          affine: try a.bool("affine", true), trackRunningStats: try a.bool("track_running_stats", true),
          bias: try a.bool("bias", true)))
    },
    "SyncBatchNorm": { a in
      BoxedModule(
        SyncBatchNorm(
          try a.int("num_features"), eps: try a.double("eps", 1e-5), momentum: try a.optionalDouble("momentum", 0.1),
          affine: try a.bool("affine", true), trackRunningStats: try a.bool("track_running_stats", true)))
    },
    "GroupNorm": { a in
      BoxedModule(
        GroupNorm(
          try a.int("num_groups"), try a.int("num_channels"), eps: try a.double("eps", 1e-5), affine: try a.bool("affine", true),
          bias: try a.bool("bias", true)))
    },
    "LayerNorm": { a in
      BoxedModule(
        LayerNorm(
          try a.sizes("normalized_shape", count: 1), eps: try a.double("eps", 1e-5),
          elementwiseAffine: try a.bool("elementwise_affine", true), bias: try a.bool("bias", true)))
    },
    "RMSNorm": { a in
      BoxedModule(
        RMSNorm(
          try a.sizes("normalized_shape", count: 1), eps: try a.optionalDouble("eps"),
          elementwiseAffine: try a.bool("elementwise_affine", true)))
    },
    "LocalResponseNorm": { a in
      BoxedModule(
        LocalResponseNorm(
          try a.int("size"), alpha: try a.double("alpha", 1e-4), beta: try a.double("beta", 0.75), k: try a.double("k", 1)))
    },
    "CrossMapLRN2d": { a in
      BoxedModule(
        CrossMapLRN2d(
          try a.int("size"), alpha: try a.double("alpha", 1e-4), beta: try a.double("beta", 0.75), k: try a.double("k", 1)))
    },
  ]
}
