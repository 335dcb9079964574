import TorchOps

/// Self-attention, attention to an encoder's results and two linear functions, each with a residual connection and layer norm.
/// `torch.nn.TransformerDecoderLayer`.
///
/// Sequences have sizes (T, N, E), (N, T, E) where `batchFirst`, or (T, E) without a batch; so have the encoder's results, with
/// their own length.
open class TransformerDecoderLayer: Module {
  public let selfAttn: MultiheadAttention
  public let multiheadAttn: MultiheadAttention
  public let linear1: Linear
  public let dropout: Dropout
  public let linear2: Linear
  /// Whether the norms stand before attention and linear functions rather than behind their residuals.
  public let normFirst: Bool
  public let norm1: LayerNorm
  public let norm2: LayerNorm
  public let norm3: LayerNorm
  public let dropout1: Dropout
  public let dropout2: Dropout
  public let dropout3: Dropout
  public let activation: TransformerActivation
  @Child("activation") private final var activationModule: Module? = nil

  /// - Parameters:
  ///   - dModel: the numbers of each step of a sequence, a multiple of `heads`.
  ///   - heads: those of the attentions.
  ///   - dimFeedforward: the numbers between the two linear functions.
  ///   - bias: whether linear functions, attentions and norms have biases.
  public init(
    _ dModel: Int, _ heads: Int, dimFeedforward: Int = 2048, dropout: Double = 0.1, activation: TransformerActivation = .relu,
    layerNormEps: Double = 1e-5, batchFirst: Bool = false, normFirst: Bool = false, bias: Bool = true, dtype: DType? = nil
  ) {
    selfAttn = MultiheadAttention(dModel, heads, dropout: dropout, bias: bias, batchFirst: batchFirst, dtype: dtype)
    multiheadAttn = MultiheadAttention(dModel, heads, dropout: dropout, bias: bias, batchFirst: batchFirst, dtype: dtype)
    let width = selfAttn.embedDim
    linear1 = Linear(width, dimFeedforward, bias: bias, dtype: dtype)
    self.dropout = Dropout(dropout)
    linear2 = Linear(dimFeedforward, width, bias: bias, dtype: dtype)
    self.normFirst = normFirst
    norm1 = LayerNorm(width, eps: layerNormEps, bias: bias, dtype: dtype)
    norm2 = LayerNorm(width, eps: layerNormEps, bias: bias, dtype: dtype)
    norm3 = LayerNorm(width, eps: layerNormEps, bias: bias, dtype: dtype)
    dropout1 = Dropout(dropout)
    dropout2 = Dropout(dropout)
    dropout3 = Dropout(dropout)
    self.activation = activation
    activationModule = activation.made
  }

  /// With copies of another's parameters; nothing is drawn.
  public init(copyOf other: TransformerDecoderLayer) {
    selfAttn = MultiheadAttention(copyOf: other.selfAttn)
    multiheadAttn = MultiheadAttention(copyOf: other.multiheadAttn)
    linear1 = Linear(copyOf: other.linear1)
    dropout = Dropout(other.dropout.p)
    linear2 = Linear(copyOf: other.linear2)
    normFirst = other.normFirst
    norm1 = LayerNorm(copyOf: other.norm1)
    norm2 = LayerNorm(copyOf: other.norm2)
    norm3 = LayerNorm(copyOf: other.norm3)
    dropout1 = Dropout(other.dropout1.p)
    dropout2 = Dropout(other.dropout2.p)
    dropout3 = Dropout(other.dropout3.p)
    activation = other.activation
    activationModule = activation.made
    super.init()
    takeParameters(of: other)
  }

  /// A layer of equal values in memory of its own. Subclasses override it; ``init(copyOf:)`` helps.
  open func copy() -> TransformerDecoderLayer {
    checked((), typeName) {
      guard type(of: self) == TransformerDecoderLayer.self else {
        throw TorchError(.unsupported, "\(typeName) must override copy() to be stacked")
      }
    }
    return TransformerDecoderLayer(copyOf: self)
  }

  /// - Parameters:
  ///   - memory: the encoder's results.
  ///   - tgtMask: (T, T), or (N · heads, T, T): true where a step does not see another, or numbers to add to the scores.
  ///   - memoryMask: (T, S), or (N · heads, T, S), of the attention to `memory`.
  ///   - tgtKeyPaddingMask, memoryKeyPaddingMask: (N, T) and (N, S), or without N: true where a step does not count, or numbers
  ///     to add to its scores.
  ///   - tgtIsCausal, memoryIsCausal: say that the masks are causal ones.
  public final func callAsFunction(
    _ tgt: Tensor, _ memory: Tensor, tgtMask: Tensor? = nil, memoryMask: Tensor? = nil, tgtKeyPaddingMask: Tensor? = nil,
    memoryKeyPaddingMask: Tensor? = nil, tgtIsCausal: Bool = false, memoryIsCausal: Bool = false
  ) -> Tensor {
    let masks = TransformerMasks(mask: tgtMask, keyPaddingMask: tgtKeyPaddingMask, isCausal: tgtIsCausal)
    let memoryMasks = TransformerMasks(mask: memoryMask, keyPaddingMask: memoryKeyPaddingMask, isCausal: memoryIsCausal)
    return withHooks([tgt, memory]) { [self.forward($0[0], $0[1], masks, memoryMasks)] }[0]
  }

  open override func forward(_ x: Tensor, _ y: Tensor) -> Tensor { forward(x, y, TransformerMasks(), TransformerMasks()) }

  /// What a call with masks gives; subclasses override it.
  open func forward(_ tgt: Tensor, _ memory: Tensor, _ masks: TransformerMasks, _ memoryMasks: TransformerMasks) -> Tensor {
    func own(_ x: Tensor) -> Tensor {
      let all = selfAttn(
        x, x, x, keyPaddingMask: masks.keyPaddingMask, needWeights: false, attnMask: masks.mask,
        isCausal: masks.isCausal ?? false)
      return dropout1(all.output)
    }
    func cross(_ x: Tensor) -> Tensor {
      let all = multiheadAttn(
        x, memory, memory, keyPaddingMask: memoryMasks.keyPaddingMask, needWeights: false, attnMask: memoryMasks.mask,
        isCausal: memoryMasks.isCausal ?? false)
      return dropout2(all.output)
    }
    if normFirst {
      let x = tgt + own(norm1(tgt))
      let y = x + cross(norm2(x))
      return y + transformed(norm3(y))
    }
    let x = norm1(tgt + own(tgt))
    let y = norm2(x + cross(x))
    return norm3(y + transformed(y))
  }

  private func transformed(_ x: Tensor) -> Tensor { dropout3(linear2(dropout(activation(linear1(x), activationModule)))) }
}

/// What an attention of a transformer must not see.
public struct TransformerMasks: Sendable {
  /// Of pairs of steps: true where a step does not see another, or numbers to add to the scores.
  public var mask: Tensor?
  /// Of steps: true where a step does not count, or numbers to add to its scores.
  public var keyPaddingMask: Tensor?
  /// Whether `mask` is the causal one; stacks of layers look where this is nil.
  public var isCausal: Bool?

  public init(mask: Tensor? = nil, keyPaddingMask: Tensor? = nil, isCausal: Bool? = nil) {
    self.mask = mask
    self.keyPaddingMask = keyPaddingMask
    self.isCausal = isCausal
  }

  /// With `isCausal` known, for sequences of `length` steps.
  func resolved(length: Int) -> TransformerMasks {
    var result = self
    if isCausal == nil, let mask { result.isCausal = TransformerMasks.isCausal(mask, length) }
    return result
  }

  private static func isCausal(_ mask: Tensor, _ length: Int) -> Bool {
    guard mask.isDefined, mask.isCPU, mask.shape == [length, length] else { return false }
    guard mask.dtype == .bool else {
      return (mask .== Transformer.generateSquareSubsequentMask(length, dtype: mask.dtype)).all().item(as: Int.self) != 0
    }
    return (mask .== Tensor.ones([length, length], dtype: .bool).triu(1)).all().item(as: Int.self) != 0
  }
}
