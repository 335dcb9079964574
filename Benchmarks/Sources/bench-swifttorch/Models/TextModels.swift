import Torch

/// (batch, length, width) as (batch, heads, length, width / heads).
private func heads(_ x: Tensor, _ count: Int) -> Tensor { x.view(x.size(0), x.size(1), count, -1).transpose(1, 2) }

private final class EncoderLayer: Module {
  let query: Linear, key: Linear, value: Linear, output: Linear
  let norm1: LayerNorm
  let up: Linear, down: Linear
  let norm2: LayerNorm
  private let count: Int

  init(_ width: Int, _ count: Int) {
    self.count = count
    query = Linear(width, width)
    key = Linear(width, width)
    value = Linear(width, width)
    output = Linear(width, width)
    norm1 = LayerNorm(width)
    up = Linear(width, 4 * width)
    down = Linear(4 * width, width)
    norm2 = LayerNorm(width)
  }

  override func forward(_ x: Tensor) -> Tensor {
    let parts = [query, key, value].map { heads($0(x), count) }
    let y = scaledDotProductAttention(parts[0], parts[1], parts[2]).transpose(1, 2).flatten(2)
    let middle = norm1(x + output(y))
    return norm2(middle + down(up(middle).gelu()))
  }
}

/// An encoder of text in the shape of BERT.
final class Encoder: Module {
  let words: Embedding, places: Embedding
  let norm: LayerNorm
  let layers: Sequential

  init(layers count: Int, width: Int, heads: Int) {
    words = Embedding(30_522, width)
    places = Embedding(512, width)
    norm = LayerNorm(width)
    layers = Sequential((0..<count).map { _ in EncoderLayer(width, heads) })
  }

  override func forward(_ tokens: Tensor) -> Tensor {
    layers(norm(words(tokens) + places.weight[0..<tokens.size(1)]))
  }
}

/// Keys and values of the tokens so far, with room for one more.
struct Cache {
  let keys: Tensor, values: Tensor
  let past: Int

  func remember(_ k: Tensor, _ v: Tensor) {
    keys.narrow(2, past, 1).copy_(k)
    values.narrow(2, past, 1).copy_(v)
  }
}

final class GPTBlock: Module {
  let norm1: LayerNorm
  let mix: Linear, output: Linear
  let norm2: LayerNorm
  let up: Linear, down: Linear
  private let count: Int

  init(_ width: Int, _ count: Int) {
    self.count = count
    norm1 = LayerNorm(width)
    mix = Linear(width, 3 * width)
    output = Linear(width, width)
    norm2 = LayerNorm(width)
    up = Linear(width, 4 * width)
    down = Linear(4 * width, width)
  }

  override func forward(_ x: Tensor) -> Tensor { forward(x, nil) }

  func forward(_ x: Tensor, _ cache: Cache?) -> Tensor {
    let parts = mix(norm1(x)).chunk(3, dim: 2).map { heads($0, count) }
    let y: Tensor
    if let cache {
      cache.remember(parts[1], parts[2])
      y = scaledDotProductAttention(parts[0], cache.keys, cache.values)
    } else {
      y = scaledDotProductAttention(parts[0], parts[1], parts[2], isCausal: true)
    }
    let middle = x + output(y.transpose(1, 2).flatten(2))
    return middle + down(up(norm2(middle)).gelu(approximate: .tanh))
  }
}

final class GPT: Module {
  let words: Embedding, places: Embedding
  let blocks: ModuleList
  let norm: LayerNorm
  let head: Linear

  init(layers: Int, width: Int, heads: Int, vocabulary: Int, length: Int) {
    words = Embedding(vocabulary, width)
    places = Embedding(length, width)
    blocks = ModuleList((0..<layers).map { _ in GPTBlock(width, heads) })
    norm = LayerNorm(width)
    head = Linear(width, vocabulary, bias: false)
  }

  override func forward(_ tokens: Tensor) -> Tensor {
    let start = words(tokens) + places.weight[0..<tokens.size(1)]
    return head(norm(blocks.elements.reduce(start) { $1($0) }))
  }

  /// One step of generation: the token behind those in the caches.
  func step(_ token: Tensor, _ caches: [Cache]) -> Tensor {
    var x = words(token) + places.weight[caches[0].past]
    for (block, cache) in zip(blocks.elements, caches) { x = (block as! GPTBlock).forward(x, cache) }
    return head(norm(x))
  }
}

final class LSTMLanguageModel: Module {
  let words = Embedding(5000, 256)
  let lstm = LSTM(256, 256, batchFirst: true)
  let head = Linear(256, 5000)

  override func forward(_ tokens: Tensor) -> Tensor { head(lstm(words(tokens)).output) }
}
