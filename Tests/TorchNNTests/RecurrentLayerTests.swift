import Testing
import TorchNN
import TorchOps

@Suite struct RecurrentLayerTests {
  /// Each sequence alone gives what the packed ones give together.
  @Test(arguments: [false, true]) func packingChangesNothing(_ bidirectional: Bool) {
    let sequences = [3, 6, 1, 4].map { Tensor.randn([$0, 2]) }
    let packed = packSequence(sequences, enforceSorted: false)
    let (rnn, gru) = (RNN(2, 3, numLayers: 2, bidirectional: bidirectional), GRU(2, 3, bidirectional: bidirectional))
    let lstm = LSTM(2, 3, numLayers: 2, bidirectional: bidirectional)
    let (a, b, c) = (rnn(packed), gru(packed), lstm(packed))
    let (outA, outB, outC) = (unpackSequence(a.output), unpackSequence(b.output), unpackSequence(c.output))
    for (i, sequence) in sequences.enumerated() {
      let (x, y, z) = (rnn(sequence), gru(sequence), lstm(sequence))
      #expect(distance(flat([outA[i], a.hidden.select(1, i)]), flat([x.output, x.hidden])) < 1e-6)
      #expect(distance(flat([outB[i], b.hidden.select(1, i)]), flat([y.output, y.hidden])) < 1e-6)
      let states = [c.state.hidden.select(1, i), c.state.cell.select(1, i)]
      #expect(distance(flat([outC[i]] + states), flat([z.output, z.state.hidden, z.state.cell])) < 1e-6)
    }
  }

  @Test func aCellIsAStepOfALayer() {
    let (layer, cell, x) = (LSTM(2, 3), LSTMCell(2, 3), Tensor.randn([4, 5, 2]))
    for (to, from) in zip(cell.parameters(), layer.parameters()) { noGrad { _ = to.copy_(from) } }
    var state: (hidden: Tensor, cell: Tensor)?
    for t in 0..<4 { state = cell(x[t], state) }
    let whole = layer(x).state
    #expect(distance(flat([state!.hidden, state!.cell]), flat([whole.hidden, whole.cell])) < 1e-6)
    // Without a batch.
    let alone = cell(x[0, 0])
    #expect(alone.hidden.shape == [3] && distance(flat([alone.hidden]), flat([cell(x[0]).hidden[0]])) < 1e-6)

    let (gru, gruCell) = (GRU(2, 3), GRUCell(2, 3))
    for (to, from) in zip(gruCell.parameters(), gru.parameters()) { noGrad { _ = to.copy_(from) } }
    #expect(distance(flat([gruCell(x[1], gruCell(x[0]))]), flat([gru(x.narrow(0, 0, 2)).hidden[0]])) < 1e-6)
    let (rnn, rnnCell) = (RNN(2, 3, nonlinearity: .relu), RNNCell(2, 3, nonlinearity: .relu))
    for (to, from) in zip(rnnCell.parameters(), rnn.parameters()) { noGrad { _ = to.copy_(from) } }
    #expect(distance(flat([rnnCell(x[1], rnnCell(x[0]))]), flat([rnn(x.narrow(0, 0, 2)).hidden[0]])) < 1e-6)
  }

  @Test func layersStandInASequence() {
    let gru = GRU(2, 4, batchFirst: true, bidirectional: true)
    let model = Sequential(gru, LSTM(8, 5, batchFirst: true), Linear(5, 1))
    let x = Tensor.randn([3, 6, 2])
    #expect(model(x).shape == [3, 6, 1])
    let output: Tensor = gru(x)
    let all = gru(x)
    #expect(flat([output]) == flat([all.output]) && all.hidden.shape == [2, 3, 4])
    let again = gru(x, all.hidden)
    #expect(again.output.shape == [3, 6, 8])
  }

  @Test func hooksSeeEveryTensor() {
    let (lstm, cell) = (LSTM(2, 3), LSTMCell(2, 3))
    var seen: [[Int]] = []
    for layer in [lstm, cell] as [Module] {
      layer.registerForwardHookOnAll { _, inputs, outputs in
        seen.append([inputs.count, outputs.count])
        return outputs.map { $0 * 0 }
      }
    }
    let x = Tensor.ones(4, 1, 2)
    let (output, state) = lstm(x)
    #expect(flat([output, state.hidden, state.cell]).allSatisfy { $0 == 0 })
    _ = lstm(packSequence([Tensor.ones(2, 2)]), (Tensor.zeros(1, 1, 3), Tensor.zeros(1, 1, 3)))
    _ = cell(x[0])
    #expect(seen == [[1, 3], [3, 3], [1, 2]])
    lstm.registerForwardPreHook { _, _ in throw TorchError(.value, "stop") }
    #expect(message { _ = lstm(x).state.cell }.contains("stop"))
    #expect(message { _ = lstm(packSequence([Tensor.ones(2, 2)])).state.cell }.contains("stop"))
  }

  @Test func inputsAreJudged() {
    let lstm = LSTM(2, 3, numLayers: 2)
    let x = Tensor.ones(4, 1, 2)
    #expect(message { _ = lstm(Tensor.ones(4)).output }.contains("2 or 3 dimensions"))
    #expect(message { _ = lstm(Tensor.ones(4, 1, 5)).output }.contains("expected 2 numbers at each step"))
    #expect(message { _ = lstm(x.to(.float64)).output }.contains("float64, but the parameters are of float32"))
    #expect(message { _ = lstm(x, (Tensor.zeros(2, 3), Tensor.zeros(2, 3))).output }.contains("must have 3 dimensions"))
    #expect(message { _ = lstm(x, (Tensor.zeros(2, 1, 3), Tensor.zeros(1, 1, 3))).output }.contains("a state of sizes [2, 1, 3]"))
    #expect(message { _ = lstm(Tensor.ones(0, 1, 2)).output }.contains("at least one step"))
    let odd = PackedSequence(data: Tensor.ones(3, 2), batchSizes: Tensor([1, 2]))
    #expect(message { _ = lstm(odd).output }.contains("never grow"))
    #expect(message { _ = lstm(odd.with(data: Tensor.ones(3))).output }.contains("packed data of 2 dimensions"))
    #expect(message { _ = GRUCell(2, 3)(Tensor.ones(1, 1, 2)) } != "")
  }
}
