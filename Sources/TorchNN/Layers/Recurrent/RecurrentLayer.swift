import TorchOps

/// The function of a plain recurrent unit.
public enum RecurrentNonlinearity: String, Sendable { case tanh, relu }

/// What ``RNN``, ``LSTM`` and ``GRU`` share: their options, their parameters and the checks of their inputs.
///
/// Sequences have sizes (T, B, inputs), (B, T, inputs) where `batchFirst`, or (T, inputs) without a batch; states have sizes
/// (layers · directions, B, H), without B where the sequence has none. All parameters begin uniform within ±1/√H.
open class RecurrentLayer: Module, SlotCollection {
  public let inputSize: Int
  public let hiddenSize: Int
  public let numLayers: Int
  /// Whether the gates have biases.
  public let bias: Bool
  /// Whether the batch comes before the time in sequences. States do not change.
  public let batchFirst: Bool
  /// The probability of zeroing an output of all layers but the last, in training.
  public let dropout: Double
  /// Whether a second direction goes from the end to the start.
  public let bidirectional: Bool
  /// How many numbers the hidden states of an ``LSTM`` are projected to; 0 where they are not.
  public let projSize: Int
  @Unregistered final var namedSlotList: [(name: String, slot: TensorSlot, role: TensorRole)] = []
  private let gates: Int

  /// What the initialisers take.
  struct Options {
    var numLayers: Int
    var bias: Bool
    var batchFirst: Bool
    var dropout: Double
    var bidirectional: Bool
    var projSize = 0
    var dtype: DType?
  }

  init(_ inputSize: Int, _ hiddenSize: Int, gates: Int, _ options: Options) {
    let name = String(describing: type(of: self))
    let isValid = checked(false, name) {
      for (option, value) in [("inputSize", inputSize), ("hiddenSize", hiddenSize), ("numLayers", options.numLayers)] {
        guard value > 0, value <= Int(Int32.max) else {
          throw TorchError(.value, "\(option): expected a positive number of at most 31 bits, got \(value)")
        }
      }
      guard options.dropout >= 0 && options.dropout <= 1 else {
        throw TorchError(.value, "dropout: expected a probability from 0 to 1, got \(options.dropout)")
      }
      guard options.projSize >= 0 && options.projSize < hiddenSize else {
        throw TorchError(.value, "projSize: expected 0 or a number below hiddenSize \(hiddenSize), got \(options.projSize)")
      }
      return true
    }
    self.inputSize = isValid ? inputSize : 1
    self.hiddenSize = isValid ? hiddenSize : 1
    numLayers = isValid ? options.numLayers : 1
    bias = options.bias
    batchFirst = options.batchFirst
    dropout = isValid ? options.dropout : 0
    bidirectional = options.bidirectional
    projSize = isValid ? options.projSize : 0
    self.gates = gates
    super.init()
    for layer in 0..<numLayers {
      for suffix in bidirectional ? ["", "_reverse"] : [""] {
        addParameters("_l\(layer)\(suffix)", isFirst: layer == 0, options.dtype)
      }
    }
    resetParameters()
  }

  /// The parameters of one direction of one layer, in PyTorch's order.
  private func addParameters(_ suffix: String, isFirst: Bool, _ dtype: DType?) {
    let rows = gates * hiddenSize
    add("weight_ih" + suffix, [rows, isFirst ? inputSize : outputSize * directions], dtype)
    add("weight_hh" + suffix, [rows, outputSize], dtype)
    if bias {
      add("bias_ih" + suffix, [rows], dtype)
      add("bias_hh" + suffix, [rows], dtype)
    }
    if projSize > 0 { add("weight_hr" + suffix, [projSize, hiddenSize], dtype) }
  }

  private func add(_ name: String, _ sizes: [Int], _ dtype: DType?) {
    let tensor = Parameter<Tensor>.trainable(Tensor.empty(sizes, dtype: dtype))
    namedSlotList.append((name, TensorSlot(tensor, key: nil), .parameter))
  }

  /// Draws the parameters anew.
  open func resetParameters() {
    let bound = 1 / Double(hiddenSize).squareRoot()
    for weight in weights { Init.uniform_(weight, -bound, bound) }
  }

  // MARK: Parameters

  /// The parameter of that name, such as "weight_ih_l0" or "bias_hh_l1_reverse"; nil for names that the layer lacks. Assigning
  /// replaces one.
  public final subscript(name: String) -> Tensor? {
    get { namedSlotList.first { $0.name == name }?.slot.tensor }
    set {
      checked((), typeName) {
        guard let entry = namedSlotList.first(where: { $0.name == name }), let newValue else {
          throw TorchError(
            .value, "expected a tensor for one of \(namedSlotList.map(\.name)), got \(newValue?.summary ?? "nil") for \(name)")
        }
        entry.slot.tensor = Parameter<Tensor>.trainable(newValue)
      }
    }
  }

  /// The parameters of each layer and direction. `all_weights`.
  public final var allWeights: [[Tensor]] {
    let all = weights
    let each = all.count / (numLayers * directions)
    return stride(from: 0, to: all.count, by: each).map { Array(all[$0..<($0 + each)]) }
  }

  private final var weights: [Tensor] { namedSlotList.compactMap(\.slot.tensor) }
  private final var directions: Int { bidirectional ? 2 : 1 }
  /// The numbers of a hidden state.
  private final var outputSize: Int { projSize > 0 ? projSize : hiddenSize }
  /// The last sizes of the states: the hidden one, and a cell's.
  var stateSizes: [Int] { [outputSize] }

  // MARK: Running

  /// The layers' output and last states; `batchSizes` are a packed sequence's.
  func network(
    _ x: Tensor, _ batchSizes: Tensor?, _ states: [Tensor], _ parameters: [Tensor], _ options: RecurrentOptions
  ) -> [Tensor] { [.poison()] }

  private func network(_ x: Tensor, _ batchSizes: Tensor?, _ states: [Tensor]) -> [Tensor] {
    let options = RecurrentOptions(
      layers: numLayers, bidirectional: bidirectional, hasBiases: bias, batchFirst: batchFirst, dropout: dropout,
      training: isTraining)
    return network(x, batchSizes, states, weights, options)
  }

  private final var failed: [Tensor] { Array(repeating: .poison(), count: stateSizes.count + 1) }

  /// Calls the layer between its hooks. Results are the output and the last states.
  final func call(_ x: Tensor, _ states: [Tensor]) -> [Tensor] {
    withHooks([x] + states, outputs: failed.count) { self.padded($0[0], Array($0.dropFirst())) }
  }

  final func call(_ packed: PackedSequence, _ states: [Tensor]) -> (output: PackedSequence, states: [Tensor]) {
    let all = withHooks([packed.data] + states, outputs: failed.count) {
      self.packed(packed.with(data: $0[0]), Array($0.dropFirst()))
    }
    return (packed.with(data: all[0]), Array(all.dropFirst()))
  }

  /// Over a sequence with or without a batch.
  final func padded(_ x: Tensor, _ given: [Tensor]) -> [Tensor] {
    checked(failed, typeName) {
      guard x.isDefined, given.allSatisfy(\.isDefined) else { return failed }
      guard x.rank == 2 || x.rank == 3 else {
        throw TorchError(.shape, "expected a sequence of 2 or 3 dimensions, got \(x.summary)")
      }
      for state in given where state.rank != x.rank {
        throw TorchError(.shape, "states must have \(x.rank) dimensions as the sequence does, got \(state.summary)")
      }
      let batchDim = batchFirst ? 0 : 1
      let isBatched = x.rank == 3
      let input = isBatched ? x : x.unsqueeze(batchDim)
      let states = try states(isBatched ? given : given.map { $0.unsqueeze(1) }, input, batch: input.size(batchDim))
      let all = network(input, nil, states)
      return isBatched ? all : [all[0].squeeze(batchDim)] + all.dropFirst().map { $0.squeeze(1) }
    }
  }

  /// Over a packed sequence; the states are in the order of its samples before sorting.
  private func packed(_ sequence: PackedSequence, _ given: [Tensor]) -> [Tensor] {
    checked(failed, typeName) {
      let (x, sizes) = (sequence.data, sequence.batchSizes)
      guard x.isDefined, sizes.isDefined, given.allSatisfy(\.isDefined) else { return failed }
      guard x.rank == 2 else { throw TorchError(.shape, "expected packed data of 2 dimensions, got \(x.summary)") }
      guard sizes.rank == 1, sizes.count > 0 else {
        throw TorchError(.shape, "expected the batch sizes of at least one step, got \(sizes.summary)")
      }
      func ordered(_ states: [Tensor], _ order: Tensor?) -> [Tensor] {
        order.map { order in states.map { $0.indexSelect(1, order) } } ?? states
      }
      let batch = sizes.select(0, 0).item(as: Int.self)
      guard batch > 0, batch <= x.size(0) else {
        throw TorchError(.value, "batch sizes must begin with 1...\(x.size(0)), got \(batch)")
      }
      let states = try states(given, x, batch: batch)
      let all = network(x, sizes, ordered(states, sequence.sortedIndices))
      return [all[0]] + ordered(Array(all.dropFirst()), sequence.unsortedIndices)
    }
  }

  /// The states that were given, or zeros, after all checks.
  private func states(_ given: [Tensor], _ x: Tensor, batch: Int) throws -> [Tensor] {
    guard x.size(-1) == inputSize else {
      throw TorchError(.shape, "expected \(inputSize) numbers at each step, got \(x.summary)")
    }
    if let weight = weights.first, weight.dtype != x.dtype {
      throw TorchError(.dtype, "the sequence is of \(x.dtype), but the parameters are of \(weight.dtype); convert one of them")
    }
    let expected = stateSizes.map { [numLayers * directions, batch, $0] }
    if given.isEmpty { return expected.map { Tensor.zeros($0, dtype: x.dtype, device: x.device) } }
    for (state, sizes) in zip(given, expected) where state.shape != sizes {
      throw TorchError(.shape, "expected a state of sizes \(sizes), got \(state.summary)")
    }
    return given
  }

  open override var extraDescription: String {
    var text = "\(inputSize), \(hiddenSize)"
    if projSize != 0 { text += ", proj_size=\(projSize)" }
    if numLayers != 1 { text += ", num_layers=\(numLayers)" }
    if !bias { text += ", bias=False" }
    if batchFirst { text += ", batch_first=True" }
    if dropout != 0 { text += ", dropout=\(Described.number(dropout))" }
    if bidirectional { text += ", bidirectional=True" }
    return text
  }
}
