import TorchOps

extension BatchingRules {
  /// Layers: samples are counted by the first dimension, so that a batch of batches is one larger batch.
  static let neuralRules: [String: BatchingForms.Apply] = {
    var rules: [String: BatchingForms.Apply] = [:]
    for (dims, rank) in [("1d", 3), ("2d", 4), ("3d", 5)] {
      for name in ["conv\(dims)", "conv_transpose\(dims).input", "avg_pool\(dims)", "adaptive_avg_pool\(dims)", "_adaptive_avg_pool\(dims)",
        "max_pool\(dims)", "max_pool\(dims)_with_indices", "adaptive_max_pool\(dims)", "pixel_shuffle", "reflection_pad\(dims)",
        "replication_pad\(dims)", "upsample_nearest\(dims)", "upsample_linear\(dims)", "upsample_bilinear\(dims)", "upsample_trilinear\(dims)"]
      where rules["aten::" + name] == nil {
        rules["aten::" + name] = BatchingForms.folded([0], rank: name == "pixel_shuffle" ? 4 : rank)
      }
      rules["aten::max_pool\(dims)_with_indices_backward"] = BatchingForms.folded([0, 1, 7], rank: rank)
      rules["aten::avg_pool\(dims)_backward"] = BatchingForms.folded([0, 1], rank: rank)
      rules["aten::_adaptive_avg_pool\(dims)_backward"] = BatchingForms.folded([0, 1], rank: rank)
    }
    for rank in 3...5 {
      // One op for convolutions of all ranks.
      let fold = BatchingForms.folded([0], rank: rank)
      let before = rules["aten::convolution"]
      rules["aten::convolution"] = { call in try fold(call) ?? before?(call) }
    }
    for name in ["layer_norm", "native_layer_norm", "rms_norm", "_fused_rms_norm"] {
      rules["aten::" + name] = { call in
        guard call.onlyFirst, let x = call.tensor(0), let sizes = try? [Int].unbox(call.arguments[1]), x.rank >= sizes.count else { return nil }
        return call.wrap(try call.op.invoke([.tensor(call.front(x))] + call.arguments.dropFirst()))
      }
    }
    rules["aten::embedding"] = { call in
      // Rows of one table by the indices of all calls.
      guard !call.isBatched(0), let indices = call.tensor(1) else { return nil }
      return call.wrap(try call.op.invoke([call.arguments[0], .tensor(call.front(indices))] + call.arguments.dropFirst(2)))
    }
    return rules
  }()
}
