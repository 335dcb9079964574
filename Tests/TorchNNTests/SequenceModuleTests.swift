import Testing
import TorchNN
import TorchOps

/// Recurrent layers and transformers as PyTorch makes them and prints them.
@Suite struct SequenceModuleTests {
  static let makers: [(name: String, make: @Sendable () -> Module)] = [
    ("rnn", { RNN(3, 4, numLayers: 2, nonlinearity: .relu, bidirectional: true) }),
    ("rnn without biases", { RNN(3, 4, bias: false, batchFirst: true, dropout: 0.25) }),
    ("gru", { GRU(3, 4, numLayers: 2, dropout: 0.5) }),
    ("lstm", { LSTM(3, 4, numLayers: 2, batchFirst: true, bidirectional: true) }),
    ("lstm with projections", { LSTM(3, 4, numLayers: 2, bias: false, bidirectional: true, projSize: 2) }),
    ("rnn cell", { RNNCell(3, 4, nonlinearity: .relu) }),
    ("gru cell", { GRUCell(3, 4, bias: false) }),
    ("lstm cell", { LSTMCell(3, 4) }),
    ("attention", { MultiheadAttention(4, 2) }),
    ("attention with everything", { MultiheadAttention(4, 2, addBiasKV: true, addZeroAttention: true, kdim: 3, vdim: 5) }),
    ("attention without biases", { MultiheadAttention(4, 2, bias: false) }),
    ("encoder layer", { TransformerEncoderLayer(4, 2, dimFeedforward: 8, activation: .module { PReLU() }) }),
    ("decoder layer", { TransformerDecoderLayer(4, 2, dimFeedforward: 8, layerNormEps: 1e-3, normFirst: true) }),
    ("encoder", { TransformerEncoder(TransformerEncoderLayer(4, 2, dimFeedforward: 8), 3, norm: LayerNorm(4)) }),
    ("decoder", { TransformerDecoder(TransformerDecoderLayer(4, 2, dimFeedforward: 8, bias: false), 2) }),
    ("transformer", { Transformer(dModel: 4, nhead: 2, numEncoderLayers: 2, numDecoderLayers: 1, dimFeedforward: 8) }),
  ]

  @Test(arguments: makers.map(\.name)) func beginsAndPrintsAsInPyTorch(_ name: String) throws {
    let recorded = try #require(SequenceFixture.shared.get().modules[name])
    let make = try #require(SequenceModuleTests.makers.first { $0.name == name }).make
    let (module, next) = withGenerator(Generator(seed: 5)) { (make(), Tensor.rand([3])) }
    #expect(hash(next) == recorded.next)
    #expect(module.description == recorded.description)
    let state = module.stateDict()
    #expect(state.keys == recorded.keys)
    #expect(state.map { hash($0.tensor) } == recorded.initial)
    #expect(module.parameters().allSatisfy { $0.requiresGrad && $0.isLeaf })
  }

  @Test func everyRecordedModuleIsTested() throws {
    #expect(Set(try SequenceFixture.shared.get().modules.keys) == Set(SequenceModuleTests.makers.map(\.name)))
  }

  @Test func parametersOfARecurrentLayerHaveNames() {
    let lstm = LSTM(2, 3, numLayers: 2, bidirectional: true, projSize: 1)
    #expect(
      lstm["weight_hr_l1_reverse"]?.shape == [1, 3] && lstm["weight_ih_l1"]?.shape == [12, 2] && lstm["bias_ih_l2"] == nil)
    #expect(lstm.allWeights.map(\.count) == [5, 5, 5, 5])
    lstm["bias_hh_l0"] = Tensor.ones(12)
    #expect(lstm.namedParameters().first { $0.name == "bias_hh_l0" }?.tensor.sum().item(as: Double.self) == 12)
    #expect(message { lstm["bias"] = Tensor.ones(12) }.contains("bias_hh_l0"))
    lstm.to(.float64)
    #expect(lstm.parameters().count == 20 && lstm.parameters().allSatisfy { $0.dtype == .float64 && $0.requiresGrad })
    #expect(lstm(Tensor.ones([4, 2], dtype: .float64)).output.dtype == .float64)
  }

  @Test func optionsAreJudged() {
    #expect(message { _ = GRU(1, .max) }.contains("hiddenSize"))
    #expect(message { _ = LSTMCell(1, .max) }.contains("hiddenSize"))
    #expect(message { _ = MultiheadAttention(.max, 1) }.contains("embedDim"))
    #expect(message { _ = Transformer(dModel: -1) } != "")
    #expect(message { _ = GRU(0, 3) }.contains("inputSize: expected a positive number of at most 31 bits, got 0"))
    #expect(message { _ = RNN(2, -1) }.contains("hiddenSize"))
    #expect(message { _ = RNN(2, 1, numLayers: 0) }.contains("numLayers"))
    #expect(message { _ = LSTM(2, 3, projSize: 3) }.contains("projSize: expected 0 or a number below hiddenSize 3, got 3"))
    #expect(message { _ = LSTM(2, 3, dropout: 1.5) }.contains("dropout"))
    #expect(message { _ = MultiheadAttention(5, 2) }.contains("a positive multiple of numHeads of at most 31 bits, got 5 and 2"))
    #expect(message { _ = MultiheadAttention(4, 2, kdim: 0) }.contains("kdim"))
    #expect(message { _ = TransformerEncoderLayer(3, 2) }.contains("multiple of numHeads"))
    #expect(message { _ = TransformerEncoder(TransformerEncoderLayer(4, 2, dimFeedforward: 4), 0) }.contains("numLayers"))
  }

  @Test func stacksHoldCopies() {
    let layer = TransformerEncoderLayer(4, 2, dimFeedforward: 8, activation: .module { PReLU() })
    layer.to(.float64)
    layer.linear1.bias!.requiresGrad_(false)
    layer.eval()
    let encoder = TransformerEncoder(layer, 2)
    let keys = layer.stateDict().keys
    let state = encoder.stateDict()
    for i in 0..<2 {
      for key in keys {
        let (copy, own) = (state["layers.\(i).\(key)"]!, layer.stateDict()[key]!)
        #expect(copy.dtype == .float64 && flat([copy]) == flat([own]))
      }
    }
    noGrad { _ = layer.linear2.weight.zero_() }
    #expect(flat([encoder.stateDict()["layers.0.linear2.weight"]!]).contains { $0 != 0 })
    let frozen = encoder.namedParameters().filter { !$0.tensor.requiresGrad }
    #expect(frozen.map(\.name) == ["layers.0.linear1.bias", "layers.1.linear1.bias"])
    #expect(!encoder.layers[0].isTraining && encoder.numLayers == 2)
    #expect(encoder.parameters().count == 2 * layer.parameters().count)

    final class Loud: TransformerEncoderLayer {}
    #expect(message { _ = TransformerEncoder(Loud(4, 2, dimFeedforward: 8), 1) }.contains("Loud must override copy()"))
  }
}
