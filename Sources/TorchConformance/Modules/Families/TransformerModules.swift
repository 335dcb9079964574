import TorchNN
import TorchOps

extension ModuleFactory {
  /// Attention and transformers.
  static let transformers: [String: Maker] = [
    "MultiheadAttention": { a in
      let layer = MultiheadAttention(
        try a.int("embed_dim"), try a.int("num_heads"), dropout: try a.double("dropout", 0), bias: try a.bool("bias", true),
        addBiasKV: try a.bool("add_bias_kv", false), addZeroAttention: try a.bool("add_zero_attn", false),
        kdim: try a.optionalInt("kdim"), vdim: try a.optionalInt("vdim"), batchFirst: try a.bool("batch_first", false))
      return BoxedModule(layer) { a in
        let (output, weights) = layer(
          try a.tensor("query"), try a.tensor("key"), try a.tensor("value"),
          keyPaddingMask: try a.optionalTensor("key_padding_mask"), needWeights: try a.bool("need_weights", true),
          attnMask: try a.optionalTensor("attn_mask"), averageAttnWeights: try a.bool("average_attn_weights", true),
          isCausal: try a.bool("is_causal", false))
        return [output, weights]
      }
    },
    "TransformerEncoderLayer": { a in
      let layer = try encoderLayer(a)
      return BoxedModule(layer) { a in
        [
          layer(
            try a.tensor("src"), srcMask: try a.optionalTensor("src_mask"),
            srcKeyPaddingMask: try a.optionalTensor("src_key_padding_mask"), isCausal: try a.bool("is_causal", false))
        ]
      }
    },
    "TransformerDecoderLayer": { a in
      let layer = try decoderLayer(a)
      return BoxedModule(layer) { a in
        [
          layer(
            try a.tensor("tgt"), try a.tensor("memory"), tgtMask: try a.optionalTensor("tgt_mask"),
            memoryMask: try a.optionalTensor("memory_mask"), tgtKeyPaddingMask: try a.optionalTensor("tgt_key_padding_mask"),
            memoryKeyPaddingMask: try a.optionalTensor("memory_key_padding_mask"),
            tgtIsCausal: try a.bool("tgt_is_causal", false), memoryIsCausal: try a.bool("memory_is_causal", false))
        ]
      }
    },
    "TransformerEncoder": { a in
      let inner = try module(a, "encoder_layer", "TransformerEncoderLayer")
      let encoder = TransformerEncoder(try encoderLayer(inner), try a.int("num_layers"), norm: try norm(a))
      try inner.finish()
      return BoxedModule(encoder) { a in
        [
          encoder(
            try a.tensor("src"), mask: try a.optionalTensor("mask"),
            srcKeyPaddingMask: try a.optionalTensor("src_key_padding_mask"), isCausal: try a.optionalBool("is_causal"))
        ]
      }
    },
    "TransformerDecoder": { a in
      let inner = try module(a, "decoder_layer", "TransformerDecoderLayer")
      let decoder = TransformerDecoder(try decoderLayer(inner), try a.int("num_layers"), norm: try norm(a))
      try inner.finish()
      return BoxedModule(decoder) { a in
        [
          decoder(
            try a.tensor("tgt"), try a.tensor("memory"), tgtMask: try a.optionalTensor("tgt_mask"),
            memoryMask: try a.optionalTensor("memory_mask"), tgtKeyPaddingMask: try a.optionalTensor("tgt_key_padding_mask"),
            memoryKeyPaddingMask: try a.optionalTensor("memory_key_padding_mask"),
            tgtIsCausal: try a.optionalBool("tgt_is_causal"), memoryIsCausal: try a.bool("memory_is_causal", false))
        ]
      }
    },
    "Transformer": { a in
      let (width, heads) = (try a.int("d_model", 512), try a.int("nhead", 8))
      let (encoders, decoders) = (try a.int("num_encoder_layers", 6), try a.int("num_decoder_layers", 6))
      let (inner, dropout) = (try a.int("dim_feedforward", 2048), try a.double("dropout", 0.1))
      let function = try activation(a)
      for name in ["custom_encoder", "custom_decoder"] { _ = try a.optionalTensor(name) }
      let model = Transformer(
        dModel: width, nhead: heads, numEncoderLayers: encoders, numDecoderLayers: decoders, dimFeedforward: inner,
        dropout: dropout, activation: function, layerNormEps: try a.double("layer_norm_eps", 1e-5),
        batchFirst: try a.bool("batch_first", false), normFirst: try a.bool("norm_first", false), bias: try a.bool("bias", true))
      return BoxedModule(model) { a in
        [
          model(
            try a.tensor("src"), try a.tensor("tgt"), srcMask: try a.optionalTensor("src_mask"),
            tgtMask: try a.optionalTensor("tgt_mask"), memoryMask: try a.optionalTensor("memory_mask"),
            srcKeyPaddingMask: try a.optionalTensor("src_key_padding_mask"),
            tgtKeyPaddingMask: try a.optionalTensor("tgt_key_padding_mask"),
            memoryKeyPaddingMask: try a.optionalTensor("memory_key_padding_mask"),
            srcIsCausal: try a.optionalBool("src_is_causal"), tgtIsCausal: try a.optionalBool("tgt_is_causal"),
            memoryIsCausal: try a.bool("memory_is_causal", false))
        ]
      }
    },
  ]

  private static func encoderLayer(_ a: CallArguments) throws -> TransformerEncoderLayer {
    TransformerEncoderLayer(
      try a.int("d_model"), try a.int("nhead"), dimFeedforward: try a.int("dim_feedforward", 2048),
      dropout: try a.double("dropout", 0.1), activation: try activation(a), layerNormEps: try a.double("layer_norm_eps", 1e-5),
      batchFirst: try a.bool("batch_first", false), normFirst: try a.bool("norm_first", false), bias: try a.bool("bias", true))
  }

  private static func decoderLayer(_ a: CallArguments) throws -> TransformerDecoderLayer {
    TransformerDecoderLayer(
      try a.int("d_model"), try a.int("nhead"), dimFeedforward: try a.int("dim_feedforward", 2048),
      dropout: try a.double("dropout", 0.1), activation: try activation(a), layerNormEps: try a.double("layer_norm_eps", 1e-5),
      batchFirst: try a.bool("batch_first", false), normFirst: try a.bool("norm_first", false), bias: try a.bool("bias", true))
  }

  private static func activation(_ a: CallArguments) throws -> TransformerActivation {
    let value = a.read("activation")
    switch value {
    case nil, .string("relu"), .function("relu"): return .relu
    case .string("gelu"), .function("gelu"): return .gelu
    default: throw Unsupported("the activation \(value.map { "\($0)" } ?? "")")
    }
  }

  private static func module(_ a: CallArguments, _ argument: String, _ name: String) throws -> CallArguments {
    let value = a.read(argument)
    guard case .module(name, let inner)? = value else {
      throw FormatError("argument \(argument): expected a \(name), found \(value.map { "\($0)" } ?? "nothing")")
    }
    return inner
  }

  /// A stack's norm, which is a layer norm.
  private static func norm(_ a: CallArguments) throws -> Module? {
    let value = a.read("norm")
    switch value {
    case nil, .some(.none): return nil
    case .module("LayerNorm", let inner):
      let sizes = try inner.sizes("normalized_shape", count: 1)
      return LayerNorm(sizes, eps: try inner.double("eps", 1e-5))
    default: throw Unsupported("the norm \(value.map { "\($0)" } ?? "")")
    }
  }
}
