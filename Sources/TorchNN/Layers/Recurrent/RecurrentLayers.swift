import TorchOps

/// What ``RNN`` and ``GRU`` share: hidden states are all that they keep.
///
/// A call gives the output and the last states; where one tensor is wanted, as in a ``Sequential``, it gives the output alone.
open class HiddenStateLayer: RecurrentLayer {
  /// The last layer's hidden states at all times, and every layer's last one.
  /// - Parameters:
  ///   - input: (T, B, inputs), (B, T, inputs) where `batchFirst`, or (T, inputs).
  ///   - hidden: the first hidden states (layers · directions, B, H), or without B; zeros where nil.
  public final func callAsFunction(_ input: Tensor, _ hidden: Tensor? = nil) -> (output: Tensor, hidden: Tensor) {
    let all = call(input, hidden.map { [$0] } ?? [])
    return (all[0], all[1])
  }

  /// As above, over sequences of several lengths.
  public final func callAsFunction(
    _ input: PackedSequence, _ hidden: Tensor? = nil
  ) -> (output: PackedSequence, hidden: Tensor) {
    let (output, states) = call(input, hidden.map { [$0] } ?? [])
    return (output, states[0])
  }

  /// The output alone.
  open override func forward(_ x: Tensor) -> Tensor { padded(x, [])[0] }
  /// The output alone, from given hidden states.
  open override func forward(_ x: Tensor, _ y: Tensor) -> Tensor { padded(x, [y])[0] }
}

/// Recurrent layers with tanh or max(0, ·): hₜ = f(W x + b + U hₜ₋₁ + d). `torch.nn.RNN`.
///
/// ```swift
/// let rnn = RNN(10, 20, numLayers: 2)
/// let (output, hidden) = rnn(x)
/// ```
open class RNN: HiddenStateLayer {
  public let nonlinearity: RecurrentNonlinearity

  /// - Parameters:
  ///   - inputSize: the numbers of each step of a sequence.
  ///   - hiddenSize: the numbers of a hidden state.
  public init(
    _ inputSize: Int, _ hiddenSize: Int, numLayers: Int = 1, nonlinearity: RecurrentNonlinearity = .tanh, bias: Bool = true,
    batchFirst: Bool = false, dropout: Double = 0, bidirectional: Bool = false, dtype: DType? = nil
  ) {
    self.nonlinearity = nonlinearity
    super.init(
      inputSize, hiddenSize, gates: 1,
      Options(
        numLayers: numLayers, bias: bias, batchFirst: batchFirst, dropout: dropout, bidirectional: bidirectional, dtype: dtype))
  }

  override func network(
    _ x: Tensor, _ batchSizes: Tensor?, _ states: [Tensor], _ parameters: [Tensor], _ options: RecurrentOptions
  ) -> [Tensor] {
    let isRelu = nonlinearity == .relu
    let result =
      batchSizes.map { rnn(x, batchSizes: $0, states[0], parameters: parameters, options: options, relu: isRelu) }
      ?? rnn(x, states[0], parameters: parameters, options: options, relu: isRelu)
    return [result.output, result.hidden]
  }
}

/// Layers of gated recurrent units. `torch.nn.GRU`.
///
/// The weights stack those of the reset, update and new gate.
open class GRU: HiddenStateLayer {
  /// - Parameters:
  ///   - inputSize: the numbers of each step of a sequence.
  ///   - hiddenSize: the numbers of a hidden state.
  public init(
    _ inputSize: Int, _ hiddenSize: Int, numLayers: Int = 1, bias: Bool = true, batchFirst: Bool = false, dropout: Double = 0,
    bidirectional: Bool = false, dtype: DType? = nil
  ) {
    super.init(
      inputSize, hiddenSize, gates: 3,
      Options(
        numLayers: numLayers, bias: bias, batchFirst: batchFirst, dropout: dropout, bidirectional: bidirectional, dtype: dtype))
  }

  override func network(
    _ x: Tensor, _ batchSizes: Tensor?, _ states: [Tensor], _ parameters: [Tensor], _ options: RecurrentOptions
  ) -> [Tensor] {
    let result =
      batchSizes.map { gru(x, batchSizes: $0, states[0], parameters: parameters, options: options) }
      ?? gru(x, states[0], parameters: parameters, options: options)
    return [result.output, result.hidden]
  }
}

/// Layers of long short-term memory. `torch.nn.LSTM`.
///
/// The weights stack those of the input, forget, cell and output gate.
///
/// ```swift
/// let lstm = LSTM(10, 20, numLayers: 2, batchFirst: true)
/// let (output, (hidden, cell)) = lstm(x)
/// ```
open class LSTM: RecurrentLayer {
  /// - Parameters:
  ///   - inputSize: the numbers of each step of a sequence.
  ///   - hiddenSize: the numbers of a cell state, and of a hidden state that is not projected.
  ///   - projSize: projects hidden states to so many numbers, fewer than `hiddenSize`; 0 does not.
  public init(
    _ inputSize: Int, _ hiddenSize: Int, numLayers: Int = 1, bias: Bool = true, batchFirst: Bool = false, dropout: Double = 0,
    bidirectional: Bool = false, projSize: Int = 0, dtype: DType? = nil
  ) {
    super.init(
      inputSize, hiddenSize, gates: 4,
      Options(
        numLayers: numLayers, bias: bias, batchFirst: batchFirst, dropout: dropout, bidirectional: bidirectional,
        projSize: projSize, dtype: dtype))
  }

  override final var stateSizes: [Int] { super.stateSizes + [hiddenSize] }

  override func network(
    _ x: Tensor, _ batchSizes: Tensor?, _ states: [Tensor], _ parameters: [Tensor], _ options: RecurrentOptions
  ) -> [Tensor] {
    let result =
      batchSizes.map { lstm(x, batchSizes: $0, states[0], states[1], parameters: parameters, options: options) }
      ?? lstm(x, states[0], states[1], parameters: parameters, options: options)
    return [result.output, result.hidden, result.cell]
  }

  /// The last layer's hidden states at all times, and every layer's last hidden and cell state.
  /// - Parameters:
  ///   - input: (T, B, inputs), (B, T, inputs) where `batchFirst`, or (T, inputs).
  ///   - state: the first hidden states (layers · directions, B, H or projSize) and cell states (layers · directions, B, H), or
  ///     without B; zeros where nil.
  public final func callAsFunction(
    _ input: Tensor, _ state: (hidden: Tensor, cell: Tensor)? = nil
  ) -> (output: Tensor, state: (hidden: Tensor, cell: Tensor)) {
    let all = call(input, state.map { [$0.hidden, $0.cell] } ?? [])
    return (all[0], (all[1], all[2]))
  }

  /// As above, over sequences of several lengths.
  public final func callAsFunction(
    _ input: PackedSequence, _ state: (hidden: Tensor, cell: Tensor)? = nil
  ) -> (output: PackedSequence, state: (hidden: Tensor, cell: Tensor)) {
    let (output, states) = call(input, state.map { [$0.hidden, $0.cell] } ?? [])
    return (output, (states[0], states[1]))
  }

  /// The output alone.
  open override func forward(_ x: Tensor) -> Tensor { padded(x, [])[0] }
  /// The output alone, from given hidden and cell states.
  open override func forward(_ x: Tensor, _ y: Tensor, _ z: Tensor) -> Tensor { padded(x, [y, z])[0] }
}
