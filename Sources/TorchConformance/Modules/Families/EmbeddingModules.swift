import TorchNN
import TorchOps

extension ModuleFactory {
  /// Tables of rows.
  static let embeddings: [String: Maker] = [
    "Embedding": { a in
      BoxedModule(
        Embedding(
          try a.int("num_embeddings"), try a.int("embedding_dim"), paddingIndex: try a.optionalInt("padding_idx"),
          maxNorm: try a.optionalDouble("max_norm"), normType: try a.double("norm_type", 2),
          scaleGradByFrequency: try a.bool("scale_grad_by_freq", false), sparse: try a.bool("sparse", false)))
    },
    "EmbeddingBag": { a in
      let (count, width, limit) = (try a.int("num_embeddings"), try a.int("embedding_dim"), try a.optionalDouble("max_norm"))
      let (order, byFrequency) = (try a.double("norm_type", 2), try a.bool("scale_grad_by_freq", false))
      let modes: [String: BagMode] = ["sum": .sum, "mean": .mean, "max": .max]
      guard let mode = modes[try a.string("mode", "mean")] else { throw FormatError("unknown mode of EmbeddingBag") }
      let (sparse, given) = (try a.bool("sparse", false), try a.optionalTensor("_weight"))
      guard given == nil else { throw Unsupported("the argument _weight") }
      let module = EmbeddingBag(
        count, width, maxNorm: limit, normType: order, scaleGradByFrequency: byFrequency, mode: mode, sparse: sparse,
        includesLastOffset: try a.bool("include_last_offset", false), paddingIndex: try a.optionalInt("padding_idx"))
      return BoxedModule(module) { call in
        let indices = try call.tensor("input")
        return [
          module(
            indices, offsets: try call.optionalTensor("offsets"), perSampleWeights: try call.optionalTensor("per_sample_weights"))
        ]
      }
    },
  ]
}
