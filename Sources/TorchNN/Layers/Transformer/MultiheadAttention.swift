import TorchOps

/// Attention of several heads over linear projections. `torch.nn.MultiheadAttention`.
///
/// Queries have sizes (L, N, E), keys (S, N, kdim) and values (S, N, vdim), the batch first where `batchFirst`; all may come
/// without N. The projections begin as Glorot's, their biases at 0.
///
/// ```swift
/// let attention = MultiheadAttention(512, 8, batchFirst: true)
/// let (output, weights) = attention(x, x, x)
/// ```
open class MultiheadAttention: Module {
  public let embedDim: Int
  public let numHeads: Int
  /// The probability of dropping a weight, in training.
  public let dropout: Double
  /// The numbers of a key and of a value.
  public let kdim: Int, vdim: Int
  /// Whether the batch comes before the length.
  public let batchFirst: Bool
  /// Whether every query may also see a key and a value of zeros.
  public let addZeroAttention: Bool
  @Parameter public var qProjWeight: Tensor?
  @Parameter public var kProjWeight: Tensor?
  @Parameter public var vProjWeight: Tensor?
  @Parameter public var inProjWeight: Tensor?
  @Parameter public var inProjBias: Tensor?
  @Parameter public var biasK: Tensor?
  @Parameter public var biasV: Tensor?
  public let outProj: Linear

  /// - Parameters:
  ///   - embedDim: the numbers of a query and of an output, a multiple of `numHeads`.
  ///   - addBiasKV: whether there is one more key and value for every sample.
  ///   - addZeroAttention: whether there are a key and a value of zeros.
  ///   - kdim, vdim: the numbers of a key and of a value, where they are not those of a query.
  public init(
    _ embedDim: Int, _ numHeads: Int, dropout: Double = 0, bias: Bool = true, addBiasKV: Bool = false,
    addZeroAttention: Bool = false, kdim: Int? = nil, vdim: Int? = nil, batchFirst: Bool = false, dtype: DType? = nil
  ) {
    let isValid = checked(false, String(describing: type(of: self))) {
      guard embedDim > 0, embedDim <= Int(Int32.max), numHeads > 0, embedDim % numHeads == 0 else {
        throw TorchError(
          .value, "embedDim must be a positive multiple of numHeads of at most 31 bits, got \(embedDim) and \(numHeads)")
      }
      guard (kdim ?? 1) > 0, (vdim ?? 1) > 0 else {
        throw TorchError(.value, "kdim and vdim: expected positive numbers, got \(kdim ?? embedDim) and \(vdim ?? embedDim)")
      }
      guard dropout >= 0 && dropout <= 1 else {
        throw TorchError(.value, "dropout: expected a probability from 0 to 1, got \(dropout)")
      }
      return true
    }
    let width = isValid ? embedDim : 1
    self.embedDim = width
    self.numHeads = isValid ? numHeads : 1
    self.dropout = isValid ? dropout : 0
    self.kdim = isValid ? kdim ?? width : 1
    self.vdim = isValid ? vdim ?? width : 1
    self.batchFirst = batchFirst
    self.addZeroAttention = addZeroAttention
    let isPacked = self.kdim == width && self.vdim == width
    qProjWeight = isPacked ? nil : Tensor.empty([width, width], dtype: dtype)
    kProjWeight = isPacked ? nil : Tensor.empty([width, self.kdim], dtype: dtype)
    vProjWeight = isPacked ? nil : Tensor.empty([width, self.vdim], dtype: dtype)
    inProjWeight = isPacked ? Tensor.empty([3 * width, width], dtype: dtype) : nil
    inProjBias = bias ? Tensor.empty([3 * width], dtype: dtype) : nil
    biasK = addBiasKV ? Tensor.empty([1, 1, width], dtype: dtype) : nil
    biasV = addBiasKV ? Tensor.empty([1, 1, width], dtype: dtype) : nil
    outProj = NonDynamicallyQuantizableLinear(width, width, bias: bias, dtype: dtype)
    super.init()
    resetParameters()
  }

  /// With copies of another's parameters; nothing is drawn.
  init(copyOf other: MultiheadAttention) {
    (embedDim, numHeads, dropout) = (other.embedDim, other.numHeads, other.dropout)
    (kdim, vdim, batchFirst, addZeroAttention) = (other.kdim, other.vdim, other.batchFirst, other.addZeroAttention)
    (qProjWeight, kProjWeight, vProjWeight, inProjWeight) = (nil, nil, nil, nil)
    (inProjBias, biasK, biasV) = (nil, nil, nil)
    outProj = NonDynamicallyQuantizableLinear(copyOf: other.outProj)
    super.init()
    takeParameters(of: other)
  }

  /// Draws the projections anew; the last linear function keeps its weight.
  open func resetParameters() {
    for weight in [inProjWeight, qProjWeight, kProjWeight, vProjWeight] { if let weight { Init.xavierUniform_(weight) } }
    for bias in [inProjBias, outProj.bias] { if let bias { Init.zeros_(bias) } }
    for bias in [biasK, biasV] { if let bias { Init.xavierNormal_(bias) } }
  }

  /// The mixture of the values that each query makes, and the weights of the mixture.
  /// - Parameters:
  ///   - keyPaddingMask: (N, S), or (S) without N: true where a key does not count, or numbers to add to its scores.
  ///   - needWeights: whether the weights are wanted; without them less memory is used.
  ///   - attnMask: (L, S), or (N · heads, L, S): true where a query does not see a key, or numbers to add to the scores.
  ///   - averageAttnWeights: whether the weights are the mean over the heads.
  ///   - isCausal: says that `attnMask` is the causal one, so that it need not be read.
  /// - Returns: the output in the layout of the queries, and the weights (N, L, S), or (N, heads, L, S) where they are not
  ///   averaged; without N where the queries have none.
  public final func callAsFunction(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, keyPaddingMask: Tensor? = nil, needWeights: Bool = true,
    attnMask: Tensor? = nil, averageAttnWeights: Bool = true, isCausal: Bool = false
  ) -> (output: Tensor, weights: Tensor?) {
    let options = AttentionOptions(
      dropout: dropout, training: isTraining, addZeroAttention: addZeroAttention, needWeights: needWeights,
      averageWeights: averageAttnWeights, isCausal: isCausal)
    let all = withHooks([query, key, value], outputs: needWeights ? 2 : 1) { inputs in
      let result = self.attend(inputs[0], inputs[1], inputs[2], keyPaddingMask, attnMask, options)
      return [result.output] + (result.weights.map { [$0] } ?? [])
    }
    return (all[0], needWeights ? all[1] : nil)
  }

  private func attend(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, _ keyPaddingMask: Tensor?, _ mask: Tensor?, _ options: AttentionOptions
  ) -> (output: Tensor, weights: Tensor?) {
    let turns = batchFirst && query.rank == 3
    // One tensor stays one: self-attention projects it at once.
    let q = turns ? query.transpose(0, 1) : query
    let k = key === query ? q : turns && key.rank == 3 ? key.transpose(0, 1) : key
    let v = value === key ? k : value === query ? q : turns && value.rank == 3 ? value.transpose(0, 1) : value
    let result = multiHeadAttention(
      q, k, v, heads: numHeads, parameters: parameterSet, keyPaddingMask: keyPaddingMask, attentionMask: mask, options: options)
    return (turns ? result.output.transpose(0, 1) : result.output, result.weights)
  }

  private var parameterSet: AttentionParameters {
    let projections: AttentionParameters.Projections =
      if let inProjWeight {
        .packed(inProjWeight)
      } else {
        .separate(query: qProjWeight ?? .poison(), key: kProjWeight ?? .poison(), value: vProjWeight ?? .poison())
      }
    return AttentionParameters(
      projections: projections, bias: inProjBias, keyBias: biasK, valueBias: biasV, outputWeight: outProj.weight,
      outputBias: outProj.bias)
  }

  /// The output alone.
  open override func forward(_ x: Tensor, _ y: Tensor, _ z: Tensor) -> Tensor {
    let options = AttentionOptions(dropout: dropout, training: isTraining, addZeroAttention: addZeroAttention, needWeights: false)
    return attend(x, y, z, nil, nil, options).output
  }

  /// Self-attention: the output alone.
  open override func forward(_ x: Tensor) -> Tensor { forward(x, x, x) }
}

/// The last linear function of attention, under PyTorch's name.
final class NonDynamicallyQuantizableLinear: Linear {}
