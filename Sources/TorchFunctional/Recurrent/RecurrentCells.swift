import TorchCore

/// Single steps of recurrent layers.
enum RecurrentCells {
  /// One step from the input's and the hidden state's parts of the gates.
  static func step(
    _ input: Tensor, _ hidden: Tensor, _ h: Tensor, _ c: Tensor?, _ mode: RecurrentMode
  ) -> (h: Tensor, c: Tensor?) {
    switch mode {
    case .relu: return ((input + hidden).relu(), nil)
    case .tanh: return ((input + hidden).tanh(), nil)
    case .lstm:
      let gates = (input + hidden).chunk(4, dim: -1)
      guard gates.count == 4, let c else { return (.poison(), .poison()) }
      let cell = gates[1].sigmoid() * c + gates[0].sigmoid() * gates[2].tanh()
      return (gates[3].sigmoid() * cell.tanh(), cell)
    case .gru:
      let (x, u) = (input.chunk(3, dim: -1), hidden.chunk(3, dim: -1))
      guard x.count == 3, u.count == 3 else { return (.poison(), nil) }
      let (reset, update) = ((x[0] + u[0]).sigmoid(), (x[1] + u[1]).sigmoid())
      let new = (x[2] + reset * u[2]).tanh()
      return ((h - new) * update + new, nil)
    }
  }

  /// Judges the arguments of a cell.
  private static func check(
    _ x: Tensor, _ h: Tensor, _ wX: Tensor, _ wH: Tensor, _ bX: Tensor?, _ bH: Tensor?, _ mode: RecurrentMode
  ) throws {
    guard x.rank == 1 || x.rank == 2, h.rank == x.rank else {
      throw TorchError(.shape, "expected input (B, in) and hx (B, H), or both without B, got \(x.summary) and \(h.summary)")
    }
    guard x.rank == 1 || x.impl.sizes[0] == h.impl.sizes[0] else {
      throw TorchError(.shape, "input has \(x.impl.sizes[0]) samples, but hx \(h.impl.sizes[0])")
    }
    let n = h.impl.sizes[h.rank - 1]
    guard n > 0, wX.rank == 2, wH.rank == 2, wX.impl.sizes[0] == mode.gates * n, wH.impl.sizes == [mode.gates * n, n] else {
      throw TorchError(
        .shape,
        "for \(n) hidden units the weights must have sizes (\(mode.gates * n), in) and (\(mode.gates * n), \(n)), got \(wX.impl.sizes) and \(wH.impl.sizes)"
      )
    }
    guard (bX == nil) == (bH == nil) else { throw TorchError(.value, "expected both biases or none") }
  }

  typealias Cell = Op<Tensor, Tensor, Tensor, Tensor, Tensor?, Tensor?, Tensor>

  private static func cell(_ name: String, _ mode: RecurrentMode) -> Cell {
    .composite(
      "aten::\(name)(Tensor input, Tensor hx, Tensor w_ih, Tensor w_hh, Tensor? b_ih=None, Tensor? b_hh=None) -> Tensor",
      rule: { x, h, wX, wH, bX, bH in try check(x, h, wX, wH, bX, bH, mode) },
      samples: { s in
        let width = mode.gates * 3
        return [
          Sample(
            .tensor(s.tensor([2, 4])), .tensor(s.tensor([2, 3])), .tensor(s.tensor([width, 4])), .tensor(s.tensor([width, 3])),
            .tensor(s.tensor([width])), .tensor(s.tensor([width]))),
          Sample(
            .tensor(s.tensor([4])), .tensor(s.tensor([3])), .tensor(s.tensor([width, 4])), .tensor(s.tensor([width, 3])), .none,
            .none),
        ]
      }
    ) { x, h, wX, wH, bX, bH in
      step(try LinearOp.linear.callThrowing(x, wX, bX), try LinearOp.linear.callThrowing(h, wH, bH), h, nil, mode).h
    }
  }

  static let rnnTanh = cell("rnn_tanh_cell", .tanh)
  static let rnnRelu = cell("rnn_relu_cell", .relu)
  static let gru = cell("gru_cell", .gru)

  static let lstm = Op<Tensor, [Tensor], Tensor, Tensor, Tensor?, Tensor?, TensorPair>.composite(
    "aten::lstm_cell(Tensor input, Tensor[] hx, Tensor w_ih, Tensor w_hh, Tensor? b_ih=None, Tensor? b_hh=None) -> (Tensor, Tensor)",
    rule: { x, state, wX, wH, bX, bH in
      guard state.count == 2, state[0].impl.sizes == state[1].impl.sizes else {
        throw TorchError(.shape, "hx must be a hidden and a cell state of equal sizes, got \(state.map(\.summary))")
      }
      try check(x, state[0], wX, wH, bX, bH, .lstm)
    },
    samples: { s in
      [
        Sample(
          .tensor(s.tensor([2, 4])), .list([.tensor(s.tensor([2, 3])), .tensor(s.tensor([2, 3]))]), .tensor(s.tensor([12, 4])),
          .tensor(s.tensor([12, 3])), .tensor(s.tensor([12])), .tensor(s.tensor([12])))
      ]
    }
  ) { x, state, wX, wH, bX, bH in
    let (h, c) = (state[0], state[1])
    let next = step(try LinearOp.linear.callThrowing(x, wX, bX), try LinearOp.linear.callThrowing(h, wH, bH), h, c, .lstm)
    return TensorPair(values: next.h, indices: next.c ?? .poison())
  }

  static let table: [AnyOp] = [rnnTanh.erased, rnnRelu.erased, gru.erased, lstm.erased]
}

/// One step of a recurrent layer: activation(W x + b + U h + d), for input (B, in) and hidden state (B, H), or both without B.
/// `torch.rnn_tanh_cell`, `torch.rnn_relu_cell`.
public func rnnCell(
  _ input: Tensor, _ hidden: Tensor, inputWeight: Tensor, hiddenWeight: Tensor, inputBias: Tensor? = nil,
  hiddenBias: Tensor? = nil, relu: Bool = false
) -> Tensor {
  (relu ? RecurrentCells.rnnRelu : RecurrentCells.rnnTanh)(input, hidden, inputWeight, hiddenWeight, inputBias, hiddenBias)
}
/// One step of a gated recurrent unit, whose weights stack those of the reset, update and new gate. `torch.gru_cell`.
public func gruCell(
  _ input: Tensor, _ hidden: Tensor, inputWeight: Tensor, hiddenWeight: Tensor, inputBias: Tensor? = nil,
  hiddenBias: Tensor? = nil
) -> Tensor {
  RecurrentCells.gru(input, hidden, inputWeight, hiddenWeight, inputBias, hiddenBias)
}
/// One step of a long short-term memory, whose weights stack those of the input, forget, cell and output gate. Returns the next
/// hidden and cell state. `torch.lstm_cell`.
public func lstmCell(
  _ input: Tensor, _ hidden: Tensor, _ cell: Tensor, inputWeight: Tensor, hiddenWeight: Tensor, inputBias: Tensor? = nil,
  hiddenBias: Tensor? = nil
) -> (hidden: Tensor, cell: Tensor) {
  let next = RecurrentCells.lstm(input, [hidden, cell], inputWeight, hiddenWeight, inputBias, hiddenBias)
  return (next.values, next.indices)
}
