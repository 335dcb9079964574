import Testing
import TorchNN
import TorchOps

@Suite struct TransformerTests {
  private func mask(_ rows: [[Bool]]) -> Tensor { Tensor(rows.flatMap { $0 }).reshape([rows.count, rows[0].count]) }

  @Test func theCausalMask() {
    #expect(flat([Transformer.generateSquareSubsequentMask(2)]) == [0, -.infinity, 0, 0])
    #expect(Transformer.generateSquareSubsequentMask(3, dtype: .float64).dtype == .float64)
  }

  /// What a step makes does not depend on later ones, whichever way the mask is said.
  @Test func causalAttentionLooksBackOnly() {
    let encoder = TransformerEncoder(TransformerEncoderLayer(4, 2, dimFeedforward: 8, normFirst: true), 2).eval()
    let x = Tensor.randn([5, 2, 4])
    let mask = Transformer.generateSquareSubsequentMask(5)
    let all = encoder(x, mask: mask)
    let first = encoder(x.narrow(0, 0, 3), mask: Transformer.generateSquareSubsequentMask(3))
    #expect(distance(flat([all.narrow(0, 0, 3)]), flat([first])) < 1e-5)
    let flags = Tensor.ones([5, 5], dtype: .bool).triu(1)
    for other in [encoder(x, mask: mask, isCausal: true), encoder(x, mask: flags), encoder(x, mask: flags, isCausal: false)] {
      #expect(distance(flat([other]), flat([all])) < 1e-5)
    }
  }

  @Test func aBatchIsItsSamples() throws {
    let model = Transformer(
      dModel: 4, nhead: 2, numEncoderLayers: 1, numDecoderLayers: 1, dimFeedforward: 8, activation: .gelu
    ).eval()
    let (src, tgt) = (Tensor.randn([5, 2, 4]), Tensor.randn([3, 2, 4]))
    let y = model(src, tgt)
    for i in 0..<2 { #expect(distance(flat([model(src.select(1, i), tgt.select(1, i))]), flat([y.select(1, i)])) < 1e-5) }
    // The same with the batch first.
    let turned = Transformer(
      dModel: 4, nhead: 2, numEncoderLayers: 1, numDecoderLayers: 1, dimFeedforward: 8, activation: .function { $0.gelu() },
      batchFirst: true
    ).eval()
    try turned.loadStateDict(model.stateDict())
    #expect(distance(flat([turned(src.transpose(0, 1), tgt.transpose(0, 1)).transpose(0, 1)]), flat([y])) < 1e-5)
  }

  /// Keys that the padding mask takes out change nothing.
  @Test func paddedKeysDoNotCount() {
    let attention = MultiheadAttention(4, 2)
    let (q, k) = (Tensor.randn([2, 1, 4]), Tensor.randn([5, 1, 4]))
    let padding = mask([[false, false, false, true, true]])
    let (output, weights) = attention(q, k, k, keyPaddingMask: padding)
    let cut = k.narrow(0, 0, 3)
    #expect(distance(flat([output]), flat([attention(q, cut, cut).output])) < 1e-6)
    #expect(flat([weights!.narrow(2, 3, 2)]).allSatisfy { $0 == 0 })
    #expect(distance(flat([weights!.sum([2])]), [1, 1]) < 1e-6)
    #expect(distance(flat([attention(q, k, k, keyPaddingMask: padding, needWeights: false).output]), flat([output])) < 1e-6)
    let numbers = padding.to(.float32) * -1e9
    #expect(distance(flat([attention(q, k, k, keyPaddingMask: numbers).output]), flat([output])) < 1e-6)
    // The plain call of three tensors gives the output alone.
    let alone: Tensor = attention(q, k, k)
    #expect(distance(flat([alone]), flat([attention(q, k, k).output])) < 1e-6)
  }

  @Test func hooksAndSequences() {
    let layer = TransformerEncoderLayer(4, 2, dimFeedforward: 8)
    #expect(Sequential(layer, Linear(4, 1))(Tensor.ones(3, 2, 4)).shape == [3, 2, 1])
    var seen: [String] = []
    let decoder = TransformerDecoder(TransformerDecoderLayer(4, 2, dimFeedforward: 8), 1)
    for (name, module) in decoder.namedModules() {
      module.registerForwardHookOnAll { _, inputs, outputs in
        seen.append("\(name) \(inputs.count) \(outputs.count)")
        return nil
      }
    }
    _ = decoder(Tensor.ones(3, 4), Tensor.ones(2, 4), tgtMask: Transformer.generateSquareSubsequentMask(3))
    #expect(seen.contains("layers.0.self_attn 3 1") && seen.contains("layers.0 2 1") && seen.last == " 2 1")
  }

  @Test func inputsAreJudged() {
    let attention = MultiheadAttention(4, 2)
    let x = Tensor.ones(3, 2, 4)
    #expect(message { _ = attention(x, x.narrow(1, 0, 1), x).output }.contains("one batch"))
    #expect(message { _ = attention(x[0, 0], x, x).output }.contains("of 3 dimensions, or of 2 without a batch"))
    #expect(message { _ = attention(x.narrow(2, 0, 2), x, x).output } != "")
    let padding = message { _ = attention(x, x, x, keyPaddingMask: Tensor.ones(3, 2)).output }
    #expect(padding.contains("key padding mask must have sizes [2, 3]"))
    #expect(message { _ = attention(x, x, x, attnMask: Tensor.ones(2, 2)).output }.contains("[3, 3] or [4, 3, 3]"))
    let whole = Tensor.ones([3, 3], dtype: .int64)
    #expect(message { _ = attention(x, x, x, attnMask: whole).output }.contains("bools or floating-point"))
    #expect(message { _ = attention(x, x, x, isCausal: true).output }.contains("there is none"))
    let model = Transformer(dModel: 4, nhead: 2, numEncoderLayers: 1, numDecoderLayers: 1, dimFeedforward: 8)
    #expect(message { _ = model(x, Tensor.ones(3, 1, 4)) }.contains("one batch"))
    #expect(message { _ = model(x, Tensor.ones(3, 2, 5)) }.contains("expected 4 numbers at each step"))
    model.encoder.layers[0] = Linear(4, 4)
    #expect(message { _ = model(x, x) }.contains("expected layers of type TransformerEncoderLayer, got Linear"))
  }
}
