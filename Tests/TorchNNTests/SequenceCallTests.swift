import Testing
import TorchNN
import TorchOps

/// Calls of recurrent layers and transformers whose results PyTorch recorded, with the same random numbers.
@Suite struct SequenceCallTests {
  static let calls: [(name: String, call: @Sendable () throws -> [Tensor])] = [
    ("packed_lstm", packedLSTM), ("packed_gru", packedGRU), ("batched_states", batchedStates),
    ("dropout_between_layers", dropoutBetweenLayers), ("attention_of_other_widths", attentionOfOtherWidths),
    ("attention_dropout", attentionDropout), ("padded_encoder_in_evaluation", paddedEncoderInEvaluation),
    ("transformer_training", transformerTraining),
  ]

  @Test(arguments: calls.map(\.name)) func givesWhatPyTorchGives(_ name: String) throws {
    let recorded = try #require(SequenceFixture.shared.get().calls[name])
    let call = try #require(SequenceCallTests.calls.first { $0.name == name }).call
    let found = distance(flat(try withGenerator(Generator(seed: 9)) { try call() }), recorded)
    #expect(found < 1e-5, "\(found)")
  }

  @Test func everyRecordedCallIsTested() throws {
    #expect(Set(try SequenceFixture.shared.get().calls.keys) == Set(SequenceCallTests.calls.map(\.name)))
  }

  private static func mask(_ rows: [[Bool]]) -> Tensor { Tensor(rows.flatMap { $0 }).reshape([rows.count, rows[0].count]) }

  @Sendable private static func packedLSTM() throws -> [Tensor] {
    let layer = LSTM(3, 4, numLayers: 2, bidirectional: true, projSize: 2)
    let (x, h, c) = (Tensor.randn([5, 3, 3]), Tensor.randn([4, 3, 2]), Tensor.randn([4, 3, 4]))
    let packed = packPaddedSequence(x, lengths: [2, 5, 3], enforceSorted: false)
    let (output, (hidden, cell)) = layer(packed, (h, c))
    let (padded, lengths) = padPackedSequence(output, paddingValue: -1, totalLength: 6)
    let loss = (padded * padded).sum() + hidden.sum() + cell.sum()
    let gradients = try grad([loss], layer.parameters()).map { try #require($0).sum() }
    let order = try [#require(packed.sortedIndices), #require(packed.unsortedIndices)]
    return [packed.data, packed.batchSizes] + order + [padded, lengths, hidden, cell] + gradients
  }

  @Sendable private static func packedGRU() throws -> [Tensor] {
    let layer = GRU(3, 4, bidirectional: true)
    let (output, hidden) = layer(packSequence([4, 2, 1].map { Tensor.randn([$0, 3]) }))
    return [output.data, output.batchSizes, hidden]
  }

  @Sendable private static func batchedStates() throws -> [Tensor] {
    let layer = RNN(3, 4, numLayers: 2, batchFirst: true)
    let x = Tensor.randn([2, 5, 3])
    let (output, hidden) = layer(x, Tensor.randn([2, 2, 4]))
    return [output, hidden]
  }

  @Sendable private static func dropoutBetweenLayers() throws -> [Tensor] {
    let layer = GRU(3, 4, numLayers: 3, dropout: 0.5)
    let (output, hidden) = layer(Tensor.randn([5, 2, 3]))
    return [output, hidden]
  }

  @Sendable private static func attentionOfOtherWidths() throws -> [Tensor] {
    let attention = MultiheadAttention(4, 2, addBiasKV: true, addZeroAttention: true, kdim: 3, vdim: 5, batchFirst: true)
    let (q, k, v) = (Tensor.randn([2, 3, 4]), Tensor.randn([2, 5, 3]), Tensor.randn([2, 5, 5]))
    let padding = mask([[false, false, true, true, true], [false, true, false, false, false]])
    let scores = Tensor.randn([4, 3, 5])
    let (output, weights) = attention(q, k, v, keyPaddingMask: padding, attnMask: scores, averageAttnWeights: false)
    let alone = attention(q, k, v, keyPaddingMask: padding, needWeights: false, attnMask: scores)
    #expect(alone.weights == nil)
    return [output, try #require(weights), alone.output]
  }

  @Sendable private static func attentionDropout() throws -> [Tensor] {
    let attention = MultiheadAttention(4, 2, dropout: 0.5)
    let x = Tensor.randn([5, 3, 4])
    let (output, weights) = attention(x, x, x)
    return [output, try #require(weights), attention(x, x, x, needWeights: false).output]
  }

  /// Without gradients, in evaluation, steps padded at the end are left out; others only do not count.
  @Sendable private static func paddedEncoderInEvaluation() throws -> [Tensor] {
    let layer = TransformerEncoderLayer(4, 2, dimFeedforward: 8, batchFirst: true)
    let norm = LayerNorm(4)
    let encoder = TransformerEncoder(layer, 2, norm: norm).eval()
    Init.constant_(try #require(norm.bias), 0.5)
    let x = Tensor.randn([2, 5, 4])
    let end = mask([[false, false, false, false, false], [false, false, true, true, true]])
    let middle = mask([[false, false, false, false, false], [false, false, true, false, true]])
    let results = noGrad { [encoder(x, srcKeyPaddingMask: end), encoder(x, srcKeyPaddingMask: middle)] }
    return results + [encoder(x, srcKeyPaddingMask: end)]
  }

  @Sendable private static func transformerTraining() throws -> [Tensor] {
    let model = Transformer(
      dModel: 4, nhead: 2, numEncoderLayers: 2, numDecoderLayers: 2, dimFeedforward: 8, dropout: 0.25, batchFirst: true)
    let (src, tgt) = (Tensor.randn([2, 5, 4]), Tensor.randn([2, 3, 4]))
    let padding = mask([[false, false, false, false, false], [false, false, false, true, true]])
    let y = model(
      src, tgt, tgtMask: Transformer.generateSquareSubsequentMask(3), srcKeyPaddingMask: padding, memoryKeyPaddingMask: padding)
    return [y] + (try grad([(y * y * y).sum()], model.parameters()).map { try #require($0).abs().sum() })
  }
}
