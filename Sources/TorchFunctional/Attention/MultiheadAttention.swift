import TorchCore

/// The parameters of attention with several heads, as `multiHeadAttention` takes them.
public struct AttentionParameters: Sendable {
  /// How queries (E), keys (K) and values (V) are brought to E numbers.
  public enum Projections: Sendable {
    /// One weight (3 E, E) for all, where K and V are E.
    case packed(Tensor)
    /// Weights (E, E), (E, K) and (E, V).
    case separate(query: Tensor, key: Tensor, value: Tensor)
  }

  public var projections: Projections
  /// Of the projections (3 E).
  public var bias: Tensor?
  /// One more key and value (1, 1, E) for every sample.
  public var keyBias: Tensor?, valueBias: Tensor?
  /// Of the last linear function: (E, E) and (E).
  public var outputWeight: Tensor, outputBias: Tensor?

  public init(
    projections: Projections, bias: Tensor? = nil, keyBias: Tensor? = nil, valueBias: Tensor? = nil, outputWeight: Tensor,
    outputBias: Tensor? = nil
  ) {
    self.projections = projections
    self.bias = bias
    self.keyBias = keyBias
    self.valueBias = valueBias
    self.outputWeight = outputWeight
    self.outputBias = outputBias
  }
}

/// How attention with several heads is computed.
public struct AttentionOptions: Sendable {
  /// The probability of dropping a weight, in training.
  public var dropout: Double
  public var training: Bool
  /// Whether every query may also see a key and a value of zeros.
  public var addZeroAttention: Bool
  /// Whether the weights are results too; without them the scores are never stored.
  public var needWeights: Bool
  /// Whether the weights are the mean over the heads.
  public var averageWeights: Bool
  /// Says that the attention mask is the causal one, so that it need not be read.
  public var isCausal: Bool

  public init(
    dropout: Double = 0, training: Bool = false, addZeroAttention: Bool = false, needWeights: Bool = true,
    averageWeights: Bool = true, isCausal: Bool = false
  ) {
    self.dropout = dropout
    self.training = training
    self.addZeroAttention = addZeroAttention
    self.needWeights = needWeights
    self.averageWeights = averageWeights
    self.isCausal = isCausal
  }
}

/// Attention of several heads over projections of queries (L, N, E), keys (S, N, K) and values (S, N, V), or all without N.
/// `torch.nn.functional.multi_head_attention_forward`.
/// - Parameters:
///   - keyPaddingMask: (N, S), or (S) without N: true where a key does not count, or numbers to add to its scores.
///   - attentionMask: (L, S), or (N · heads, L, S): true where a query does not see a key, or numbers to add to the scores.
/// - Returns: the output (L, N, E), and the weights (N, L, S), or (N, heads, L, S) where they are not averaged, all without N
///   where the queries have none; nil where they are not needed.
public func multiHeadAttention(
  _ query: Tensor, _ key: Tensor, _ value: Tensor, heads: Int, parameters: AttentionParameters, keyPaddingMask: Tensor? = nil,
  attentionMask: Tensor? = nil, options: AttentionOptions = AttentionOptions()
) -> (output: Tensor, weights: Tensor?) {
  checked((.poison(), options.needWeights ? .poison() : nil), "multiHeadAttention") {
    let given = [query, key, value, keyPaddingMask, attentionMask].compactMap { $0 }
    guard given.allSatisfy(\.isDefined) else { throw PoisonedInput() }
    let call = try MultiheadAttentionCall(query, key, value, heads, parameters, options, keyPaddingMask, attentionMask)
    return try call.run(keyPaddingMask, attentionMask)
  }
}

private func given(_ query: Tensor, _ key: Tensor, _ value: Tensor) -> String {
  "\(query.summary), \(key.summary) and \(value.summary)"
}

/// One call of `multiHeadAttention`, whose sizes have been judged.
private struct MultiheadAttentionCall {
  let query: Tensor, key: Tensor, value: Tensor
  let heads: Int
  let parameters: AttentionParameters
  let options: AttentionOptions
  let isBatched: Bool
  /// The number of queries, samples, keys and of the numbers of a query.
  let queries: Int, batch: Int, keys: Int, width: Int

  init(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, _ heads: Int, _ parameters: AttentionParameters, _ options: AttentionOptions,
    _ padding: Tensor?, _ mask: Tensor?
  ) throws {
    guard query.rank == 2 || query.rank == 3, key.rank == query.rank, value.rank == query.rank else {
      throw TorchError(
        .shape,
        "expected query, key and value of 3 dimensions, or of 2 without a batch; got "
          + given(query, key, value))
    }
    let hasBatch = query.rank == 3
    isBatched = hasBatch
    // The one tensor of self-attention stays one, so that it is projected at once.
    func batched(_ x: Tensor) -> Tensor { hasBatch ? x : x.unsqueeze(1) }
    let q = batched(query)
    let k = key === query ? q : batched(key)
    let v = value === key ? k : value === query ? q : batched(value)
    (self.query, self.key, self.value) = (q, k, v)
    (queries, batch, width, keys) = (q.size(0), q.size(1), q.size(2), k.size(0))
    self.heads = heads
    self.parameters = parameters
    self.options = options
    guard heads > 0, width % heads == 0 else {
      throw TorchError(.value, "the \(width) numbers of a query must be a multiple of the \(heads) heads")
    }
    guard k.size(1) == batch, v.size(1) == batch, v.size(0) == keys else {
      throw TorchError(
        .shape, "query, key and value must have one batch, key and value one length; got " + given(query, key, value))
    }
    try checkProjections()
    let paddingSizes = isBatched ? [batch, keys] : [keys]
    if let padding, padding.shape != paddingSizes {
      throw TorchError(.shape, "the key padding mask must have sizes \(paddingSizes), got \(padding.summary)")
    }
    if let mask, mask.shape != [queries, keys], mask.shape != [batch * heads, queries, keys] {
      throw TorchError(
        .shape, "the attention mask must have sizes \([queries, keys]) or \([batch * heads, queries, keys]), got \(mask.summary)")
    }
    guard (parameters.keyBias == nil) == (parameters.valueBias == nil) else {
      throw TorchError(.value, "expected a bias of keys and of values, or none")
    }
    guard !options.isCausal || mask != nil else {
      throw TorchError(
        .value, "isCausal says that the attention mask is causal, but there is none; generateSquareSubsequentMask makes it")
    }
  }

  private func checkProjections() throws {
    switch parameters.projections {
    case .packed(let weight):
      guard weight.shape == [3 * width, width], key.size(2) == width, value.size(2) == width else {
        throw TorchError(
          .shape,
          "the projection of sizes \(weight.shape) does not fit \(given(query, key, value))")
      }
    case .separate(let q, let k, let v):
      guard q.shape == [width, width], k.shape == [width, key.size(2)], v.shape == [width, value.size(2)] else {
        throw TorchError(
          .shape,
          "the projections of sizes \(q.shape), \(k.shape) and \(v.shape) do not fit \(given(query, key, value))")
      }
    }
  }

  /// A mask as numbers to add to scores.
  private func additive(_ mask: Tensor, _ name: String) throws -> Tensor {
    guard mask.dtype == .bool else {
      guard mask.dtype.isFloatingPoint else {
        throw TorchError(.dtype, "the \(name) mask must hold bools or floating-point numbers, got \(mask.summary)")
      }
      return mask
    }
    return mask.zerosLike(dtype: query.dtype).maskedFill(mask, .double(-.infinity))
  }

  private func projected() -> [Tensor] {
    let bias = parameters.bias
    switch parameters.projections {
    case .packed(let weight):
      if query === key && key === value { return linear(query, weight, bias).chunk(3, dim: -1) }
      func part(_ start: Int, _ parts: Int, _ x: Tensor) -> Tensor {
        linear(x, weight.narrow(0, start * width, parts * width), bias.map { $0.narrow(0, start * width, parts * width) })
      }
      return key === value
        ? [part(0, 1, query)] + part(1, 2, key).chunk(2, dim: -1) : [part(0, 1, query), part(1, 1, key), part(2, 1, value)]
    case .separate(let q, let k, let v):
      let biases = bias?.chunk(3, dim: 0)
      return [linear(query, q, biases?[0]), linear(key, k, biases?[1]), linear(value, v, biases?[2])]
    }
  }

  /// (L, N, E) as (N, heads, L, E / heads).
  private func split(_ x: Tensor) -> Tensor { x.reshape([x.size(0), batch, heads, width / heads]).permute(1, 2, 0, 3) }

  func run(_ padding: Tensor?, _ mask: Tensor?) throws -> (output: Tensor, weights: Tensor?) {
    var parts = projected()
    guard parts.count == 3 else { throw PoisonedInput() }
    // Scores are masked by one sum, whose sizes broadcast to (N, heads, L, S).
    var masks: [Tensor] = []
    let isCausal = options.isCausal && padding == nil && !options.needWeights
    if let mask, !isCausal {
      let sum = try additive(mask, "attention")
      masks.append(sum.rank == 2 ? sum.reshape([1, 1, queries, keys]) : sum.reshape([batch, heads, queries, keys]))
    }
    if let padding { masks.append(try additive(padding, "key padding").reshape([batch, 1, 1, keys])) }
    var extra = 0
    if let keyBias = parameters.keyBias, let valueBias = parameters.valueBias {
      parts[1] = cat([parts[1], keyBias.expand([1, batch, width])], dim: 0)
      parts[2] = cat([parts[2], valueBias.expand([1, batch, width])], dim: 0)
      extra += 1
    }
    if options.addZeroAttention {
      for i in 1...2 {
        parts[i] = cat([parts[i], Tensor.zeros([1, batch, width], dtype: parts[i].dtype, device: parts[i].device)], dim: 0)
      }
      extra += 1
    }
    if extra > 0 { masks = masks.map { $0.constantPad([0, extra]) } }
    let total = masks.count == 2 ? masks[0] + masks[1] : masks.first
    let (q, k, v) = (split(parts[0]), split(parts[1]), split(parts[2]))
    let dropped = options.training ? options.dropout : 0
    guard options.needWeights else {
      let mixed = scaledDotProductAttention(q, k, v, mask: total, dropout: dropped, isCausal: isCausal)
      return (output(mixed), nil)
    }
    let scores = (q * Tensor(scalar: .double((1 / Double(width / heads)).squareRoot()))).matmul(k.mT)
    var weights = (total.map { scores + $0 } ?? scores).softmax(dim: -1)
    if dropped > 0 { weights = dropout(weights, p: dropped, training: true) }
    let result = output(weights.matmul(v))
    let shown = options.averageWeights ? weights.mean([1]) : weights
    return (result, isBatched ? shown : shown.squeeze(0))
  }

  /// The heads' results (N, heads, L, E / heads) through the last linear function.
  private func output(_ mixed: Tensor) -> Tensor {
    let rows = mixed.permute(2, 0, 1, 3).reshape([queries, batch, width])
    let result = linear(rows, parameters.outputWeight, parameters.outputBias)
    return isBatched ? result : result.squeeze(1)
  }
}
