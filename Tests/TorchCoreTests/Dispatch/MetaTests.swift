import Testing
import TorchOps

/// Shape rules without data.
@Suite("Meta device")
struct MetaTests {
  /// A decoder of GPT-2 XL's configuration: 48 layers of width 1600, 25 heads, 1024 positions.
  @Test func `a billion parameters' output sizes take milliseconds`() {
    let (layers, width, heads, vocabulary, batch, length) = (48, 1600, 25, 50257, 8, 1024)
    var parameters = 0
    func weight(_ sizes: Int...) -> Tensor {
      let tensor = Tensor.empty(sizes, device: .meta)
      parameters += tensor.count
      return tensor
    }
    func block(_ x: Tensor) -> Tensor {
      func normalised(_ x: Tensor) -> Tensor { layerNorm(x, [width], weight: weight(width), bias: weight(width)) }
      func projected(_ x: Tensor, _ from: Int, _ to: Int) -> Tensor { linear(x, weight(to, from), weight(to)) }
      let parts = projected(normalised(x), width, 3 * width).chunk(3, dim: -1).map {
        $0.view([batch, length, heads, width / heads]).transpose(1, 2)
      }
      let scores = (parts[0].matmul(parts[1].transpose(-2, -1)) * 0.125).softmax(dim: -1)
      let mixed = scores.matmul(parts[2]).transpose(1, 2).reshape([batch, length, width])
      let attended = x + projected(mixed, width, width)
      return attended + projected(projected(normalised(attended), width, 4 * width).gelu(), 4 * width, width)
    }
    let clock = ContinuousClock()
    let start = clock.now
    let tokens = Tensor.empty([batch, length], dtype: .int64, device: .meta)
    let table = weight(vocabulary, width)
    var x = embedding(tokens, table)
    for _ in 0..<layers { x = block(x) }
    let logits = x.matmul(table.t())
    let elapsed = clock.now - start

    #expect(logits.shape == [batch, length, vocabulary])
    #expect(logits.dtype == .float32)
    #expect(logits.device == .meta)
    #expect(parameters > 1_500_000_000)
    // Under a millisecond on an idle machine in release; a real forward pass would take minutes and 6 GB.
    #expect(elapsed < .milliseconds(250))
  }
}
