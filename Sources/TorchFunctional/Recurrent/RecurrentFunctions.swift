import TorchCore

/// How the layers of a recurrent network are put together.
public struct RecurrentOptions: Sendable {
  public var layers: Int
  /// Whether there is a second direction, from the end to the start.
  public var bidirectional: Bool
  public var hasBiases: Bool
  /// Whether the input's sizes are (B, T, in) rather than (T, B, in).
  public var batchFirst: Bool
  /// Of the results of all layers but the last, in training.
  public var dropout: Double
  public var training: Bool

  public init(
    layers: Int = 1, bidirectional: Bool = false, hasBiases: Bool = true, batchFirst: Bool = false, dropout: Double = 0,
    training: Bool = false
  ) {
    self.layers = layers
    self.bidirectional = bidirectional
    self.hasBiases = hasBiases
    self.batchFirst = batchFirst
    self.dropout = dropout
    self.training = training
  }
}

/// A long short-term memory over a sequence (T, B, in). `torch.lstm`.
/// - Parameters:
///   - hidden, cell: the first states (layers * directions, B, H).
///   - parameters: for each layer and direction the weights (4 H, in) and (4 H, H), the biases if there are any, and, where hidden
///     states are projected, that weight.
/// - Returns: the hidden states (T, B, H * directions), and the last states.
public func lstm(
  _ input: Tensor, _ hidden: Tensor, _ cell: Tensor, parameters: [Tensor], options: RecurrentOptions = RecurrentOptions()
) -> (output: Tensor, hidden: Tensor, cell: Tensor) {
  let all = RecurrentLayers.lstm(
    input, [hidden, cell], parameters, options.hasBiases, options.layers, options.dropout, options.training,
    options.bidirectional, options.batchFirst)
  return (all.first, all.second, all.third)
}
/// A gated recurrent unit over a sequence; see `lstm`. `torch.gru`.
public func gru(
  _ input: Tensor, _ hidden: Tensor, parameters: [Tensor], options: RecurrentOptions = RecurrentOptions()
) -> (output: Tensor, hidden: Tensor) {
  RecurrentLayers.call(.gru, input, hidden, options, parameters)
}
/// A plain recurrent network over a sequence, with tanh or max(0, .); see `lstm`. `torch.rnn_tanh`, `torch.rnn_relu`.
public func rnn(
  _ input: Tensor, _ hidden: Tensor, parameters: [Tensor], options: RecurrentOptions = RecurrentOptions(), relu: Bool = false
) -> (output: Tensor, hidden: Tensor) {
  RecurrentLayers.call(relu ? .relu : .tanh, input, hidden, options, parameters)
}

// MARK: Packed sequences

/// A long short-term memory over packed sequences (rows, in): all samples of the first time, then of the second, ..., the longest
/// sample first. The options' `batchFirst` does not matter. `torch.lstm` with `batch_sizes`.
/// - Parameter batchSizes: how many samples each time has (T), int64: positive and never growing.
/// - Returns: the hidden states (rows, H * directions), and the last states (layers * directions, B, H).
public func lstm(
  _ data: Tensor, batchSizes: Tensor, _ hidden: Tensor, _ cell: Tensor, parameters: [Tensor],
  options: RecurrentOptions = RecurrentOptions()
) -> (output: Tensor, hidden: Tensor, cell: Tensor) {
  let all = RecurrentLayers.lstmPacked(
    data, batchSizes, [hidden, cell], parameters, options.hasBiases, options.layers, options.dropout, options.training,
    options.bidirectional)
  return (all.first, all.second, all.third)
}
/// A gated recurrent unit over packed sequences; see `lstm`. `torch.gru` with `batch_sizes`.
public func gru(
  _ data: Tensor, batchSizes: Tensor, _ hidden: Tensor, parameters: [Tensor], options: RecurrentOptions = RecurrentOptions()
) -> (output: Tensor, hidden: Tensor) {
  RecurrentLayers.call(.gru, packed: data, batchSizes, hidden, options, parameters)
}
/// A plain recurrent network over packed sequences, with tanh or max(0, .); see `lstm`. `torch.rnn_tanh` and `torch.rnn_relu`
/// with `batch_sizes`.
public func rnn(
  _ data: Tensor, batchSizes: Tensor, _ hidden: Tensor, parameters: [Tensor], options: RecurrentOptions = RecurrentOptions(),
  relu: Bool = false
) -> (output: Tensor, hidden: Tensor) {
  RecurrentLayers.call(relu ? .relu : .tanh, packed: data, batchSizes, hidden, options, parameters)
}
