import TorchCore

/// Recurrent networks of several layers and directions.
enum RecurrentLayers {
  /// A network's shape, and its parameters in PyTorch's order: for each layer and direction the weights of input and hidden
  /// state, their biases if there are any, and the projection's weight if there is one.
  struct Network {
    let mode: RecurrentMode
    let hasBiases: Bool
    let layers: Int
    let dropout: Double
    let train: Bool
    let bidirectional: Bool
    var directions: Int { bidirectional ? 2 : 1 }

    /// The parameters of one direction of one layer.
    struct Parameters {
      let inputWeight: Tensor
      let hiddenWeight: Tensor
      let inputBias: Tensor?
      let hiddenBias: Tensor?
      let projection: Tensor?
    }

    /// Splits the parameters, judging their number and sizes.
    func split(_ parameters: [Tensor], inputWidth: Int, hidden: Int, units: Int) throws -> [Parameters] {
      let plain = hasBiases ? 4 : 2
      guard layers > 0 && layers <= parameters.count else {
        throw TorchError(
          .value, "num_layers must be positive and have parameters, got \(layers) and \(parameters.count) parameters")
      }
      let count = layers * directions
      guard dropout >= 0 && dropout <= 1 else { throw TorchError(.value, "dropout must lie in 0...1, got \(dropout)") }
      let isProjected = mode == .lstm && parameters.count == count * (plain + 1)
      let each = isProjected ? plain + 1 : plain
      guard parameters.count == count * each else {
        throw TorchError(
          .value,
          "expected \(plain) parameters for each of \(layers) layers and \(directions) directions, got \(parameters.count)")
      }
      return try (0..<count).map { i in
        let part = parameters[(i * each)..<((i + 1) * each)].map { $0 }
        let width = i < directions ? inputWidth : hidden * directions
        let gates = mode.gates * units
        guard part[0].impl.sizes == [gates, width], part[1].impl.sizes == [gates, hidden] else {
          throw TorchError(
            .shape,
            "layer \(i / directions) needs weights of sizes (\(gates), \(width)) and (\(gates), \(hidden)), got \(part[0].impl.sizes) and \(part[1].impl.sizes)"
          )
        }
        if hasBiases, part[2].impl.sizes != [gates] || part[3].impl.sizes != [gates] {
          throw TorchError(
            .shape,
            "layer \(i / directions) needs biases of size \(gates), got \(part[2].impl.sizes) and \(part[3].impl.sizes)")
        }
        if isProjected, part[each - 1].impl.sizes != [hidden, units] {
          throw TorchError(
            .shape,
            "layer \(i / directions) needs a projection of sizes (\(hidden), \(units)), got \(part[each - 1].impl.sizes)")
        }
        return Parameters(
          inputWeight: part[0], hiddenWeight: part[1], inputBias: hasBiases ? part[2] : nil,
          hiddenBias: hasBiases ? part[3] : nil, projection: isProjected ? part[each - 1] : nil)
      }
    }
  }

  /// Runs a network over rows (all samples of the first time, then of the second, ...) from states (layers * directions, B, H).
  /// Returns all hidden states and the last states.
  private static func run(
    _ network: Network, _ x: Tensor, _ h0: Tensor, _ c0: Tensor?, _ parameters: [Tensor], _ batchSizes: [Int]
  ) throws -> (output: Tensor, h: Tensor, c: Tensor?) {
    let units = c0?.shape[2] ?? h0.shape[2]
    let parts = try network.split(parameters, inputWidth: x.shape[1], hidden: h0.shape[2], units: units)
    let (mode, directions) = (network.mode, network.directions)
    var layer = x
    var (lastH, lastC): ([Tensor], [Tensor]) = ([], [])
    for l in 0..<network.layers {
      var outputs: [Tensor] = []
      for d in 0..<directions {
        let i = l * directions + d
        let result = try direction(mode, layer, h0[i], c0.map { $0[i] }, parts[i], batchSizes, reverse: d == 1)
        outputs.append(result.output)
        lastH.append(result.h)
        if let c = result.c { lastC.append(c) }
      }
      layer = directions == 1 ? outputs[0] : cat(outputs, dim: 1)
      if network.train && network.dropout > 0 && l + 1 < network.layers {
        layer = try Dropout.dropout.callThrowing(layer, network.dropout, true)
      }
    }
    return (layer, stack(lastH, dim: 0), lastC.isEmpty ? nil : stack(lastC, dim: 0))
  }

  /// One direction of one layer.
  private static func direction(
    _ mode: RecurrentMode, _ x: Tensor, _ h: Tensor, _ c: Tensor?, _ p: Network.Parameters, _ batchSizes: [Int], reverse: Bool
  ) throws -> (output: Tensor, h: Tensor, c: Tensor?) {
    let type = x.dtype.widened
    // A GRU's new gate scales the hidden part with its bias; other gates only add the two biases up.
    let merged = mode == .gru ? p.inputBias : p.inputBias.flatMap { a in p.hiddenBias.map { a + $0 } }
    let gates = try LinearOp.linear.callThrowing(x, p.inputWeight, merged).to(type)
    let (state, cell, weight) = (h.to(type), c?.to(type), p.hiddenWeight.to(type))
    let bias = mode == .gru ? p.hiddenBias?.to(type) : nil
    guard let projection = p.projection?.to(type), let cell else {
      let all = try RecurrentSequence.forward.callThrowing(gates, state, cell, weight, bias, batchSizes, mode, reverse)
      return (all.first.to(x.dtype), all.second.to(x.dtype), c == nil ? nil : all.third.to(x.dtype))
    }
    let result = projected(gates, state, cell, weight, projection, batchSizes, reverse)
    return (result.output.to(x.dtype), result.h.to(x.dtype), result.c.to(x.dtype))
  }

  /// An LSTM whose hidden states are projected to fewer numbers.
  private static func projected(
    _ gates: Tensor, _ h: Tensor, _ c: Tensor, _ weight: Tensor, _ projection: Tensor, _ batchSizes: [Int], _ reverse: Bool
  ) -> (output: Tensor, h: Tensor, c: Tensor) {
    let steps = RecurrentSteps(batchSizes, reverse: reverse)
    let batch = h.shape[0]
    var (state, cell) = (h, c)
    var outputs = [Tensor](repeating: h, count: batchSizes.count)
    for t in steps.order {
      let rows = batchSizes[t]
      let (before, memory) = (state.narrow(0, 0, rows), cell.narrow(0, 0, rows))
      let next = RecurrentCells.step(gates.narrow(0, steps.offsets[t], rows), linear(before, weight), before, memory, .lstm)
      let (short, kept) = (linear(next.h, projection), next.c ?? .poison())
      outputs[t] = short
      state = rows == batch ? short : cat([short, state.narrow(0, rows, batch - rows)], dim: 0)
      cell = rows == batch ? kept : cat([kept, cell.narrow(0, rows, batch - rows)], dim: 0)
    }
    return (outputs.isEmpty ? Tensor.zeros([0, h.shape[1]], dtype: h.dtype) : cat(outputs, dim: 0), state, cell)
  }

  // MARK: Judging

  private static func check(_ network: Network, _ states: [Tensor], batch: Int?, like x: Tensor) throws {
    guard states.count == (network.mode == .lstm ? 2 : 1) else {
      throw TorchError(.value, "hx must be a hidden and a cell state, got \(states.count) tensors")
    }
    guard let h = states.first else { return }
    for state in states {
      guard state.rank == 3, state.impl.sizes[0] == network.layers * network.directions, state.impl.sizes[2] > 0,
        state.impl.sizes[1] == batch ?? h.impl.sizes[1]
      else {
        throw TorchError(
          .shape,
          "states must have sizes (\(network.layers * network.directions), \(batch.map(String.init) ?? "B"), H), got \(state.summary)")
      }
      guard state.dtype == x.dtype else {
        throw TorchError(.dtype, "input and states must have one type, got \(x.dtype) and \(state.dtype)")
      }
    }
    try NNKernels.require(x.dtype, "the input of a recurrent layer")
  }

  /// The samples of each time, from a tensor of them.
  private static func sizes(_ batchSizes: Tensor) throws -> [Int] {
    guard batchSizes.rank == 1, batchSizes.dtype == .int64 else {
      throw TorchError(.dtype, "batch_sizes must be a vector of int64, got \(batchSizes.summary)")
    }
    return batchSizes.array(as: Int.self)
  }

  private static func padded(
    _ network: Network, _ x: Tensor, _ states: [Tensor], _ parameters: [Tensor], batchFirst: Bool
  ) throws -> [Tensor] {
    guard x.rank == 3 else { throw TorchError(.shape, "expected input of three dimensions, got \(x.summary)") }
    let input = batchFirst ? x.transpose(0, 1) : x
    let (time, batch) = (input.shape[0], input.shape[1])
    guard time > 0 else { throw TorchError(.shape, "expected a sequence of at least one step, got \(x.summary)") }
    try check(network, states, batch: batch, like: x)
    let c = states.count > 1 ? states[1] : nil
    if batch == 0 { return try empty(network, input, states, parameters, batchFirst: batchFirst) }
    let result = try run(
      network, input.reshape([time * batch, input.shape[2]]), states[0], c, parameters,
      Array(repeating: batch, count: time))
    let output = result.output.reshape([time, batch, result.output.shape[1]])
    return [batchFirst ? output.transpose(0, 1) : output, result.h] + (result.c.map { [$0] } ?? [])
  }

  /// A batch of no samples: nothing is computed.
  private static func empty(
    _ network: Network, _ input: Tensor, _ states: [Tensor], _ parameters: [Tensor], batchFirst: Bool
  ) throws -> [Tensor] {
    let hidden = states[0].shape[2]
    _ = try network.split(
      parameters, inputWidth: input.shape[2], hidden: hidden, units: states[states.count - 1].shape[2])
    let output = Tensor.zeros([input.shape[0], 0, hidden * network.directions], dtype: input.dtype, device: input.device)
    return [batchFirst ? output.transpose(0, 1) : output] + states.map { $0.clone() }
  }

  private static func packed(
    _ network: Network, _ x: Tensor, _ batchSizes: Tensor, _ states: [Tensor], _ parameters: [Tensor]
  ) throws -> [Tensor] {
    guard x.rank == 2 else { throw TorchError(.shape, "expected packed data of two dimensions, got \(x.summary)") }
    guard batchSizes.isCPU else {
      // Without elements to read, the states say how many samples there are.
      try check(network, states, batch: nil, like: x)
      let output = Tensor.empty([x.shape[0], states[0].shape[2] * network.directions], dtype: x.dtype, device: x.device)
      return [output] + states.map { $0.emptyLike() }
    }
    let sizes = try sizes(batchSizes)
    guard let batch = sizes.first else { throw TorchError(.shape, "batch_sizes must not be empty") }
    try check(network, states, batch: batch, like: x)
    try RecurrentSteps.check(sizes, batch: batch, rows: x.impl.sizes[0])
    let result = try run(network, x, states[0], states.count > 1 ? states[1] : nil, parameters, sizes)
    return [result.output, result.h] + (result.c.map { [$0] } ?? [])
  }

  // MARK: PyTorch's ops

  private typealias Padded = Op<Tensor, Tensor, [Tensor], Bool, Int, Double, Bool, Bool, Bool, TensorPair>
  private typealias Packed = Op<Tensor, Tensor, Tensor, [Tensor], Bool, Int, Double, Bool, Bool, TensorPair>

  private static func padded(_ name: String, _ mode: RecurrentMode) -> Padded {
    .composite(
      "aten::\(name).input(Tensor input, Tensor hx, Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional, bool batch_first) -> (Tensor, Tensor)",
      samples: { s in paddedSamples(&s, mode) }
    ) { x, h, parameters, hasBiases, layers, dropout, train, bidirectional, batchFirst in
      let network = Network(
        mode: mode, hasBiases: hasBiases, layers: layers, dropout: dropout, train: train, bidirectional: bidirectional)
      let all = try padded(network, x, [h], parameters, batchFirst: batchFirst)
      return TensorPair(values: all[0], indices: all[1])
    }
  }

  private static func packed(_ name: String, _ mode: RecurrentMode) -> Packed {
    .composite(
      "aten::\(name).data(Tensor data, Tensor batch_sizes, Tensor hx, Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional) -> (Tensor, Tensor)",
      samples: { s in
        [
          Sample(
            .tensor(s.tensor([3, 2])), .tensor(Tensor([2, 1])), .tensor(s.tensor([2, 2, 3])),
            .list(parameters(&s, mode, layers: 1, directions: 2)), true.box(), 1.box(), 0.0.box(), false.box(), true.box())
        ]
      }
    ) { x, sizes, h, parameters, hasBiases, layers, dropout, train, bidirectional in
      let network = Network(
        mode: mode, hasBiases: hasBiases, layers: layers, dropout: dropout, train: train, bidirectional: bidirectional)
      let all = try packed(network, x, sizes, [h], parameters)
      return TensorPair(values: all[0], indices: all[1])
    }
  }

  private static func paddedSamples(_ s: inout SampleSource, _ mode: RecurrentMode) -> [Sample] {
    func states(_ layers: Int) -> IValue {
      mode == .lstm
        ? .list([.tensor(s.tensor([layers, 2, 3])), .tensor(s.tensor([layers, 2, 3]))]) : .tensor(s.tensor([layers, 2, 3]))
    }
    return [
      Sample(
        .tensor(s.tensor([3, 2, 2])), states(2), .list(parameters(&s, mode, layers: 2, directions: 1)), true.box(), 2.box(),
        0.0.box(), true.box(), false.box(), false.box()),
      Sample(
        .tensor(s.tensor([2, 3, 2])), states(2), .list(parameters(&s, mode, layers: 1, directions: 2)), true.box(), 1.box(),
        0.0.box(), false.box(), true.box(), true.box()),
    ]
  }

  private static func parameters(_ s: inout SampleSource, _ mode: RecurrentMode, layers: Int, directions: Int) -> [IValue] {
    var all: [IValue] = []
    for layer in 0..<layers {
      for _ in 0..<directions {
        let (gates, width) = (mode.gates * 3, layer == 0 ? 2 : 3 * directions)
        for sizes in [[gates, width], [gates, 3], [gates], [gates]] { all.append(.tensor(s.tensor(sizes, low: -1, high: 1))) }
      }
    }
    return all
  }

  static let lstm = Op<Tensor, [Tensor], [Tensor], Bool, Int, Double, Bool, Bool, Bool, TensorTriple>.composite(
    "aten::lstm.input(Tensor input, Tensor[] hx, Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional, bool batch_first) -> (Tensor, Tensor, Tensor)",
    samples: { s in paddedSamples(&s, .lstm) }
  ) { x, states, parameters, hasBiases, layers, dropout, train, bidirectional, batchFirst in
    let network = Network(
      mode: .lstm, hasBiases: hasBiases, layers: layers, dropout: dropout, train: train, bidirectional: bidirectional)
    let all = try padded(network, x, states, parameters, batchFirst: batchFirst)
    return TensorTriple(all[0], all[1], all[2])
  }

  static let lstmPacked = Op<Tensor, Tensor, [Tensor], [Tensor], Bool, Int, Double, Bool, Bool, TensorTriple>.composite(
    "aten::lstm.data(Tensor data, Tensor batch_sizes, Tensor[] hx, Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional) -> (Tensor, Tensor, Tensor)",
    samples: { s in
      [
        Sample(
          .tensor(s.tensor([3, 2])), .tensor(Tensor([2, 1])), .list([.tensor(s.tensor([1, 2, 3])), .tensor(s.tensor([1, 2, 3]))]),
          .list(parameters(&s, .lstm, layers: 1, directions: 1)), true.box(), 1.box(), 0.0.box(), false.box(), false.box())
      ]
    }
  ) { x, sizes, states, parameters, hasBiases, layers, dropout, train, bidirectional in
    let network = Network(
      mode: .lstm, hasBiases: hasBiases, layers: layers, dropout: dropout, train: train, bidirectional: bidirectional)
    let all = try packed(network, x, sizes, states, parameters)
    return TensorTriple(all[0], all[1], all[2])
  }

  private static let gru = padded("gru", .gru)
  private static let rnnTanh = padded("rnn_tanh", .tanh)
  private static let rnnRelu = padded("rnn_relu", .relu)

  private static let gruPacked = packed("gru", .gru)
  private static let rnnTanhPacked = packed("rnn_tanh", .tanh)
  private static let rnnReluPacked = packed("rnn_relu", .relu)

  static let table: [AnyOp] = [
    lstm.erased, lstmPacked.erased, gru.erased, rnnTanh.erased, rnnRelu.erased, gruPacked.erased, rnnTanhPacked.erased,
    rnnReluPacked.erased,
  ]

  /// Runs a padded network for the public functions.
  static func call(
    _ mode: RecurrentMode, _ x: Tensor, _ h: Tensor, _ network: RecurrentOptions, _ parameters: [Tensor]
  ) -> (output: Tensor, hidden: Tensor) {
    let op = mode == .gru ? gru : mode == .tanh ? rnnTanh : rnnRelu
    let all = op(
      x, h, parameters, network.hasBiases, network.layers, network.dropout, network.training, network.bidirectional,
      network.batchFirst)
    return (all.values, all.indices)
  }

  /// Runs a network over packed data for the public functions.
  static func call(
    _ mode: RecurrentMode, packed x: Tensor, _ batchSizes: Tensor, _ h: Tensor, _ network: RecurrentOptions,
    _ parameters: [Tensor]
  ) -> (output: Tensor, hidden: Tensor) {
    let op = mode == .gru ? gruPacked : mode == .tanh ? rnnTanhPacked : rnnReluPacked
    let all = op(
      x, batchSizes, h, parameters, network.hasBiases, network.layers, network.dropout, network.training,
      network.bidirectional)
    return (all.values, all.indices)
  }
}
