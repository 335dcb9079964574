import TorchOps

/// What the cells share: the parameters of one step. All begin uniform within ±1/√H.
open class RecurrentCell: Module {
  public let inputSize: Int
  public let hiddenSize: Int
  @Parameter public var weightIh: Tensor
  @Parameter public var weightHh: Tensor
  @Parameter public var biasIh: Tensor?
  @Parameter public var biasHh: Tensor?

  init(_ inputSize: Int, _ hiddenSize: Int, bias: Bool, gates: Int, dtype: DType?) {
    let units = checked(0, String(describing: type(of: self))) {
      guard hiddenSize >= 0 && hiddenSize <= Int(Int32.max) else {
        throw TorchError(.value, "hiddenSize: expected a number of 31 bits, got \(hiddenSize)")
      }
      return hiddenSize
    }
    self.inputSize = inputSize
    self.hiddenSize = units
    weightIh = Tensor.empty([gates * units, inputSize], dtype: dtype)
    weightHh = Tensor.empty([gates * units, units], dtype: dtype)
    biasIh = bias ? Tensor.empty([gates * units], dtype: dtype) : nil
    biasHh = bias ? Tensor.empty([gates * units], dtype: dtype) : nil
    super.init()
    resetParameters()
  }

  /// Draws the parameters anew.
  open func resetParameters() {
    let bound = hiddenSize > 0 ? 1 / Double(hiddenSize).squareRoot() : 0
    for weight in [weightIh, weightHh, biasIh, biasHh] { if let weight { Init.uniform_(weight, -bound, bound) } }
  }

  /// Zeros for a first state.
  fileprivate final func zeros(for x: Tensor) -> Tensor {
    guard x.isDefined else { return .poison() }
    return Tensor.zeros(x.shape.dropLast() + [hiddenSize], dtype: x.dtype, device: x.device)
  }

  open override var extraDescription: String { "\(inputSize), \(hiddenSize)" + (biasIh == nil ? ", bias=False" : "") }
}

/// One step of an ``RNN``: inputs (B, in) and hidden states (B, H), or both without B, give the next hidden states.
/// `torch.nn.RNNCell`.
open class RNNCell: RecurrentCell {
  public let nonlinearity: RecurrentNonlinearity

  public init(
    _ inputSize: Int, _ hiddenSize: Int, bias: Bool = true, nonlinearity: RecurrentNonlinearity = .tanh, dtype: DType? = nil
  ) {
    self.nonlinearity = nonlinearity
    super.init(inputSize, hiddenSize, bias: bias, gates: 1, dtype: dtype)
  }

  /// From a hidden state of zeros.
  open override func forward(_ x: Tensor) -> Tensor { forward(x, zeros(for: x)) }

  open override func forward(_ x: Tensor, _ y: Tensor) -> Tensor {
    rnnCell(
      x, y, inputWeight: weightIh, hiddenWeight: weightHh, inputBias: biasIh, hiddenBias: biasHh, relu: nonlinearity == .relu)
  }

  open override var extraDescription: String {
    super.extraDescription + (nonlinearity == .tanh ? "" : ", nonlinearity=\(nonlinearity.rawValue)")
  }
}

/// One step of a ``GRU``: inputs (B, in) and hidden states (B, H), or both without B, give the next hidden states.
/// `torch.nn.GRUCell`.
open class GRUCell: RecurrentCell {
  public init(_ inputSize: Int, _ hiddenSize: Int, bias: Bool = true, dtype: DType? = nil) {
    super.init(inputSize, hiddenSize, bias: bias, gates: 3, dtype: dtype)
  }

  /// From a hidden state of zeros.
  open override func forward(_ x: Tensor) -> Tensor { forward(x, zeros(for: x)) }

  open override func forward(_ x: Tensor, _ y: Tensor) -> Tensor {
    gruCell(x, y, inputWeight: weightIh, hiddenWeight: weightHh, inputBias: biasIh, hiddenBias: biasHh)
  }
}

/// One step of an ``LSTM``: inputs (B, in), hidden and cell states (B, H), or all without B, give the next states.
/// `torch.nn.LSTMCell`.
open class LSTMCell: RecurrentCell {
  public init(_ inputSize: Int, _ hiddenSize: Int, bias: Bool = true, dtype: DType? = nil) {
    super.init(inputSize, hiddenSize, bias: bias, gates: 4, dtype: dtype)
  }

  /// - Parameter state: the states before; zeros where nil.
  public final func callAsFunction(
    _ input: Tensor, _ state: (hidden: Tensor, cell: Tensor)? = nil
  ) -> (hidden: Tensor, cell: Tensor) {
    let all = withHooks([input] + (state.map { [$0.hidden, $0.cell] } ?? []), outputs: 2) { inputs in
      let next = inputs.count == 3 ? self.step(inputs[0], inputs[1], inputs[2]) : self.step(inputs[0])
      return [next.hidden, next.cell]
    }
    return (all[0], all[1])
  }

  private func step(_ x: Tensor) -> (hidden: Tensor, cell: Tensor) {
    let start = zeros(for: x)
    return step(x, start, start)
  }

  private func step(_ x: Tensor, _ hidden: Tensor, _ cell: Tensor) -> (hidden: Tensor, cell: Tensor) {
    lstmCell(x, hidden, cell, inputWeight: weightIh, hiddenWeight: weightHh, inputBias: biasIh, hiddenBias: biasHh)
  }

  /// The next hidden state alone.
  open override func forward(_ x: Tensor) -> Tensor { step(x).hidden }
  /// The next hidden state alone, from given states.
  open override func forward(_ x: Tensor, _ y: Tensor, _ z: Tensor) -> Tensor { step(x, y, z).hidden }
}
