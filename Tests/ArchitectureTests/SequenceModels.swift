import Torch

final class LSTMLanguageModel: Module {
  let encoder = Embedding(30, 12)
  let rnn = LSTM(12, 12, numLayers: 2, batchFirst: true, dropout: 0.1)
  let decoder = Linear(12, 30)

  override init() {
    super.init()
    decoder.weight = encoder.weight
  }
  override func forward(_ tokens: Tensor) -> Tensor { decoder(rnn.forward(encoder(tokens))) }
}

final class Seq2Seq: Module {
  let embedding = Embedding(20, 8, paddingIndex: 0)
  let encoder = GRU(8, 6, bidirectional: true)
  let bridge = Linear(12, 10)
  let cell = GRUCell(8, 10)
  let attention = Bilinear(10, 12, 1)
  let out = Linear(10, 20)

  override func forward(_ source: Tensor, _ target: Tensor) -> Tensor {
    let (memory, last): (Tensor, Tensor) = encoder(embedding(source), nil)
    var h = bridge(cat([last[0], last[1]], dim: 1)).tanh()
    return stack(
      (0..<target.size(0)).map { t in
        h = cell(embedding(target[t]), h)
        let scores = attention(h.expand([memory.size(0), -1, -1]).contiguous(), memory)
        return out(h) * scores.softmax(dim: 0).amax([0])
      })
  }
}

/// An encoder of text in the manner of BERT.
final class Encoder: Module {
  let wordEmbeddings = Embedding(40, 16)
  let positionEmbeddings = Embedding(12, 16)
  @Child("LayerNorm") var layerNorm = LayerNorm(16, eps: 1e-12)
  let encoder = TransformerEncoder(
    TransformerEncoderLayer(16, 4, dimFeedforward: 32, activation: .gelu, batchFirst: true), 2, enableNestedTensor: false)
  let pooler = Linear(16, 16)

  override func forward(_ tokens: Tensor, _ padding: Tensor) -> Tensor {
    let x = wordEmbeddings(tokens) + positionEmbeddings.weight[0..<tokens.size(1)]
    return pooler(encoder(layerNorm(x), srcKeyPaddingMask: padding).select(1, 0)).tanh()
  }
}

final class GPTBlock: Module {
  @Child("ln_1") var norm1 = LayerNorm(16)
  let attn: ModuleDict = ["c_attn": Linear(16, 48), "c_proj": Linear(16, 16)]
  @Child("ln_2") var norm2 = LayerNorm(16)
  let mlp: ModuleDict = ["c_fc": Linear(16, 64), "c_proj": Linear(64, 16)]

  override func forward(_ x: Tensor) -> Tensor {
    let (b, t) = (x.size(0), x.size(1))
    let parts = attn["c_attn"]!(norm1(x)).split(16, dim: 2).map { $0.view(b, t, 4, 4).transpose(1, 2) }
    let y = scaledDotProductAttention(parts[0], parts[1], parts[2], isCausal: true)
    let middle = x + attn["c_proj"]!(y.transpose(1, 2).reshape([b, t, 16]))
    return middle + mlp["c_proj"]!(mlp["c_fc"]!(norm2(middle)).gelu(approximate: .tanh))
  }
}

final class GPT: Module {
  let transformer: ModuleDict = [
    "wte": Embedding(40, 16), "wpe": Embedding(12, 16), "h": ModuleList(GPTBlock(), GPTBlock()), "ln_f": LayerNorm(16),
  ]
  @Child("lm_head") var head = Linear(16, 40, bias: false)

  override init() {
    super.init()
    (transformer["wte"] as! Embedding).weight = head.weight
  }
  override func forward(_ tokens: Tensor) -> Tensor {
    let start = transformer["wte"]!(tokens) + transformer["wpe"]!(Tensor.arange(Scalar(tokens.size(1))))
    let blocks = (transformer["h"] as! ModuleList).elements
    return head(transformer["ln_f"]!(blocks.reduce(start) { $1($0) }))
  }
}

final class ViTBlock: Module {
  @Child("ln_1") var norm1 = LayerNorm(16, eps: 1e-6)
  let selfAttention = MultiheadAttention(16, 4, batchFirst: true)
  @Child("ln_2") var norm2 = LayerNorm(16, eps: 1e-6)
  let mlp = Sequential(Linear(16, 32), GELU(), Dropout(0), Linear(32, 16))
  override func forward(_ x: Tensor) -> Tensor {
    let y = norm1(x)
    let middle = x + selfAttention(y, y, y, needWeights: false).output
    return middle + mlp(norm2(middle))
  }
}

final class VisionTransformer: Module {
  let convProj = Conv2d(3, 16, kernelSize: 4, stride: 4)
  @Parameter var classToken = Tensor.randn([1, 1, 16])
  @Parameter var posEmbedding = Tensor.randn([1, 17, 16])
  let layers = Sequential(ViTBlock(), ViTBlock())
  let ln = LayerNorm(16, eps: 1e-6)
  let heads = Linear(16, 10)
  override func forward(_ images: Tensor) -> Tensor {
    let patches = convProj(images).flatten(2).transpose(1, 2)
    let x = cat([classToken.expand([images.size(0), -1, -1]), patches], dim: 1) + posEmbedding
    return heads(ln(layers(x)).select(1, 0))
  }
}

final class DLRM: Module {
  @Child("emb_l") var embeddings = [10, 20, 30].map { EmbeddingBag($0, 8, mode: .sum) }
  @Child("bot_l") var bottom = Sequential(Linear(5, 16), ReLU(), Linear(16, 8), ReLU())
  @Child("top_l") var top = Sequential(Linear(14, 16), ReLU(), Linear(16, 1), Sigmoid())

  func callAsFunction(_ dense: Tensor, _ categories: [Tensor]) -> Tensor {
    let x = bottom(dense)
    let z = stack([x] + zip(embeddings, categories).map { $0($1) }, dim: 1)
    let products = z.bmm(z.transpose(1, 2))
    let pairs = (1..<4).flatMap { i in (0..<i).map { j in products.select(1, i).select(1, j) } }
    return top(cat([x, stack(pairs, dim: 1)], dim: 1))
  }
}
