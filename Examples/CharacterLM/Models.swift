import Torch

/// A model of the next character: token numbers (N, T) to logits (N, T, V).
protocol LanguageModel: Module {}

/// An embedding, a long short-term memory, and a linear layer.
final class LSTMModel: Module, LanguageModel {
  let embedding: Embedding
  let rnn: LSTM
  let dropout: Dropout
  let head: Linear

  init(vocabulary: Int, width: Int = 256, layers: Int = 2, dropout: Double = 0.2) {
    embedding = Embedding(vocabulary, 64)
    rnn = LSTM(64, width, numLayers: layers, batchFirst: true, dropout: dropout)
    self.dropout = Dropout(dropout)
    head = Linear(width, vocabulary)
  }

  override func forward(_ tokens: Tensor) -> Tensor { head(dropout(rnn(embedding(tokens)).output)) }
}

/// Embeddings of characters and places, encoder layers that look back only, and a linear layer.
final class TransformerModel: Module, LanguageModel {
  let embedding: Embedding
  let position: Embedding
  let encoder: TransformerEncoder
  let head: Linear

  init(vocabulary: Int, context: Int, width: Int = 128, layers: Int = 3, heads: Int = 4, dropout: Double = 0.1) {
    embedding = Embedding(vocabulary, width)
    position = Embedding(context, width)
    let layer = TransformerEncoderLayer(
      width, heads, dimFeedforward: 4 * width, dropout: dropout, activation: .gelu, batchFirst: true, normFirst: true)
    encoder = TransformerEncoder(layer, layers, norm: LayerNorm(width), enableNestedTensor: false)
    head = Linear(width, vocabulary)
    super.init()
    Init.normal_(embedding.weight, std: 0.02)
    Init.normal_(position.weight, std: 0.02)
  }

  override func forward(_ tokens: Tensor) -> Tensor {
    let length = tokens.size(1)
    let x = embedding(tokens) + position.weight[0..<length]
    return head(encoder(x, mask: Transformer.generateSquareSubsequentMask(length), isCausal: true))
  }
}
