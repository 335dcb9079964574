import TorchCore

/// Scaled dot-product attention: fused where it can be, in tensor ops elsewhere.
enum Attention {
  static let scaledDotProduct = Op<Tensor, Tensor, Tensor, Tensor?, Double, Bool, Double?, Bool, Tensor>.composite(
    "aten::scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask=None, float dropout_p=0., bool is_causal=False, *, float? scale=None, bool enable_gqa=False) -> Tensor",
    rule: { q, k, v, mask, dropout, causal, _, grouped in
      guard q.rank >= 2, k.rank >= 2, v.rank >= 2 else {
        throw TorchError(
          .shape, "query, key and value need at least 2 dimensions, got \(q.impl.sizes), \(k.impl.sizes) and \(v.impl.sizes)")
      }
      guard q.dtype == k.dtype, q.dtype == v.dtype else {
        throw TorchError(.dtype, "query, key and value must have one type, got \(q.dtype), \(k.dtype) and \(v.dtype)")
      }
      try NNKernels.require(q.dtype, "query, key and value")
      guard dropout >= 0 && dropout <= 1 else { throw TorchError(.value, "dropout_p must lie in 0...1, got \(dropout)") }
      if causal && mask != nil { throw TorchError(.value, "attn_mask must be absent when is_causal is set") }
      let (width, keyWidth) = (q.impl.sizes[q.rank - 1], k.impl.sizes[k.rank - 1])
      guard width == keyWidth, k.impl.sizes[k.rank - 2] == v.impl.sizes[v.rank - 2] else {
        throw TorchError(
          .shape,
          "query and key must have equal last sizes, key and value as many rows; got \(q.impl.sizes), \(k.impl.sizes) and \(v.impl.sizes)"
        )
      }
      let leading = try leadingSizes(q, k, v, grouped: grouped)
      try ScoreMask.check(mask, q, Dims(leading + [q.impl.sizes[q.rank - 2], k.impl.sizes[k.rank - 2]]))
    },
    samples: { s in
      let (q, k, v) = (s.tensor([2, 3, 4]), s.tensor([2, 5, 4]), s.tensor([2, 5, 4]))
      return [
        Sample(.tensor(q), .tensor(k), .tensor(v), .none, 0.0.box(), true.box(), .none, false.box()),
        Sample(.tensor(q), .tensor(k), .tensor(v), .tensor(s.tensor([3, 5])), 0.0.box(), false.box(), 0.3.box(), false.box()),
        Sample(
          .tensor(s.tensor([1, 4, 3, 2])), .tensor(s.tensor([1, 2, 3, 2])), .tensor(s.tensor([1, 2, 3, 2])), .none, 0.0.box(),
          true.box(), .none, true.box()),
      ]
    }
  ) { q, k, v, mask, dropout, causal, scale, grouped in
    let rank = Swift.max(q.rank, k.rank, v.rank)
    let learnsMask = mask.map { $0.requiresGrad && isGradEnabled } ?? false
    guard dropout == 0, !learnsMask, rank <= 4, !grouped || rank == 4 else {
      return try composed(q, k, v, mask, causal: causal, scale: scale, grouped: grouped, dropout: dropout)
    }
    // A batch of three dimensions is one of a single head.
    func spread(_ x: Tensor) -> Tensor {
      if rank == 3 { return (x.rank == 2 ? x.unsqueeze(0) : x).unsqueeze(1) }
      return x.reshape(Array(repeating: 1, count: 4 - x.rank) + x.shape)
    }
    var parts = [q, k, v].map(spread)
    if !grouped {
      let leading = try leadingSizes(parts[0], parts[1], parts[2], grouped: false)
      parts = parts.map { $0.shape.prefix(2).elementsEqual(leading) ? $0 : $0.expand(leading + $0.shape.suffix(2)) }
    }
    let broadcast = mask.map { rank == 3 && $0.rank == 3 ? $0.unsqueeze(1) : $0 }
    let out = try FlashAttention.forward.callThrowing(parts[0], parts[1], parts[2], 0, causal, broadcast, scale).values
    return rank == 4 ? out : rank == 3 ? out.squeeze(1) : out.reshape(Array(out.shape.suffix(2)))
  }

  /// The sizes in front of the matrices: those of query, key and value broadcast.
  private static func leadingSizes(_ q: Tensor, _ k: Tensor, _ v: Tensor, grouped: Bool) throws -> [Int] {
    func front(_ x: Tensor) -> Dims { Dims(x.impl.sizes.dropLast(2)) }
    guard grouped else { return Array(try broadcastSizes(try broadcastSizes(front(q), front(k)), front(v))) }
    guard q.rank >= 3, k.rank >= 3, v.rank >= 3 else {
      throw TorchError(
        .shape, "grouped queries need at least 3 dimensions, got \(q.impl.sizes), \(k.impl.sizes) and \(v.impl.sizes)")
    }
    let (heads, keys, values) = (q.impl.sizes[q.rank - 3], k.impl.sizes[k.rank - 3], v.impl.sizes[v.rank - 3])
    guard keys > 0, values > 0, heads % keys == 0, heads % values == 0 else {
      throw TorchError(.shape, "the \(heads) heads of query must be a multiple of the \(keys) of key and the \(values) of value")
    }
    func outer(_ x: Tensor) -> Dims { Dims(x.impl.sizes.dropLast(3)) }
    return Array(try broadcastSizes(try broadcastSizes(outer(q), outer(k)), outer(v))) + [heads]
  }

  /// Attention in tensor ops. A query that no key is left for gets zeros.
  /// - Parameter grouped: heads of keys and values are repeated to those of queries.
  static func composed(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, _ mask: Tensor?, causal: Bool, scale: Double?, grouped: Bool, dropout p: Double = 0
  ) throws -> Tensor {
    let type = q.dtype.widened
    var (key, value) = (k.to(type), v.to(type))
    if grouped {
      let heads = q.shape[q.rank - 3]
      func repeated(_ x: Tensor) -> Tensor {
        let own = x.shape[x.rank - 3]
        return own == heads ? x : x.repeatInterleave(heads / own, dim: -3)
      }
      (key, value) = (repeated(key), repeated(value))
    }
    let factor = scale ?? 1 / Double(q.shape[q.rank - 1]).squareRoot()
    var scores = (q.to(type) * Tensor(scalar: .double(factor))).matmul(key.mT)
    var added = mask.map { ScoreMask.additive($0, type) }
    if causal {
      let seen = Tensor.ones([q.shape[q.rank - 2], k.shape[k.rank - 2]], dtype: .bool).tril()
      added = ScoreMask.additive(seen, type)
    }
    guard let added else { return Dropped(p)(scores.softmax(dim: -1)).matmul(value).to(q.dtype) }
    scores = scores + added
    guard scores.shape[scores.rank - 1] > 0 else { return scores.matmul(value).to(q.dtype) }
    let unseen = noGrad { scores.detach().amax([-1], keepDim: true) .== Tensor(scalar: .double(-.infinity)) }
    let weights = scores.maskedFill(unseen, 0).softmax(dim: -1).maskedFill(unseen, 0)
    return Dropped(p)(weights).matmul(value).to(q.dtype)
  }

  /// Dropout of attention weights.
  private struct Dropped {
    let p: Double
    init(_ p: Double) { self.p = p }
    func callAsFunction(_ weights: Tensor) -> Tensor { p == 0 ? weights : Dropout.dropout(weights, p, true) }
  }

  static let table: [AnyOp] = [scaledDotProduct.erased] + FlashAttention.table
}

/// softmax(query keyᵀ * scale + mask) value, for queries (…, L, E), keys (…, S, E) and values (…, S, V) of one floating-point
/// type. The matrix of weights is never stored unless `dropout` is wanted or the mask's gradient is.
/// `torch.nn.functional.scaled_dot_product_attention`.
/// - Parameters:
///   - mask: broadcasts to (…, L, S): true where a key counts, or numbers to add to the scores.
///   - dropout: the probability of dropping a weight. It applies whenever it is not 0, outside training too.
///   - isCausal: lets each query see the keys up to its own position only; excludes a mask.
///   - scale: the factor of the scores; nil is 1 / √E.
///   - groupedQueries: lets every head of keys and values (the third last dimension) serve several heads of queries.
public func scaledDotProductAttention(
  _ query: Tensor, _ key: Tensor, _ value: Tensor, mask: Tensor? = nil, dropout: Double = 0, isCausal: Bool = false,
  scale: Double? = nil, groupedQueries: Bool = false
) -> Tensor {
  Attention.scaledDotProduct(query, key, value, mask, dropout, isCausal, scale, groupedQueries)
}
