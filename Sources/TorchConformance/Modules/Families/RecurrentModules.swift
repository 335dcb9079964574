import TorchNN
import TorchOps

extension ModuleFactory {
  /// Recurrent layers and their cells.
  static let recurrent: [String: Maker] = [
    "RNN": { a in
      let sizes = (try a.int("input_size"), try a.int("hidden_size"))
      let (layers, nonlinearity) = (try a.int("num_layers", 1), try a.choice("nonlinearity", RecurrentNonlinearity.tanh))
      let layer = RNN(
        sizes.0, sizes.1, numLayers: layers, nonlinearity: nonlinearity, bias: try a.bool("bias", true),
        batchFirst: try a.bool("batch_first", false), dropout: try a.double("dropout", 0),
        bidirectional: try a.bool("bidirectional", false))
      return BoxedModule(layer) { a in
        let (output, hidden) = layer(try a.tensor("input"), try a.optionalTensor("hx"))
        return [output, hidden]
      }
    },
    "GRU": { a in
      let layer = GRU(
        try a.int("input_size"), try a.int("hidden_size"), numLayers: try a.int("num_layers", 1), bias: try a.bool("bias", true),
        batchFirst: try a.bool("batch_first", false), dropout: try a.double("dropout", 0),
        bidirectional: try a.bool("bidirectional", false))
      return BoxedModule(layer) { a in
        let (output, hidden) = layer(try a.tensor("input"), try a.optionalTensor("hx"))
        return [output, hidden]
      }
    },
    "LSTM": { a in
      let layer = LSTM(
        try a.int("input_size"), try a.int("hidden_size"), numLayers: try a.int("num_layers", 1), bias: try a.bool("bias", true),
        batchFirst: try a.bool("batch_first", false), dropout: try a.double("dropout", 0),
        bidirectional: try a.bool("bidirectional", false), projSize: try a.int("proj_size", 0))
      return BoxedModule(layer) { a in
        let (output, (hidden, cell)) = layer(try a.tensor("input"), try states(a))
        return [output, hidden, cell]
      }
    },
    "RNNCell": { a in
      let cell = RNNCell(
        try a.int("input_size"), try a.int("hidden_size"), bias: try a.bool("bias", true),
        nonlinearity: try a.choice("nonlinearity", .tanh))
      return BoxedModule(cell) { a in
        let (x, h) = (try a.tensor("input"), try a.optionalTensor("hx"))
        return [h.map { cell(x, $0) } ?? cell(x)]
      }
    },
    "GRUCell": { a in
      let cell = GRUCell(try a.int("input_size"), try a.int("hidden_size"), bias: try a.bool("bias", true))
      return BoxedModule(cell) { a in
        let (x, h) = (try a.tensor("input"), try a.optionalTensor("hx"))
        return [h.map { cell(x, $0) } ?? cell(x)]
      }
    },
    "LSTMCell": { a in
      let cell = LSTMCell(try a.int("input_size"), try a.int("hidden_size"), bias: try a.bool("bias", true))
      return BoxedModule(cell) { a in
        let (hidden, state) = cell(try a.tensor("input"), try states(a))
        return [hidden, state]
      }
    },
  ]

  private static func states(_ arguments: CallArguments) throws -> (hidden: Tensor, cell: Tensor)? {
    guard let states = try arguments.optionalTensors("hx") else { return nil }
    guard states.count == 2 else { throw FormatError("argument hx: expected two states, found \(states.count)") }
    return (states[0], states[1])
  }
}
