import TorchOps

/// Self-attention and two linear functions, each with a residual connection and layer norm. `torch.nn.TransformerEncoderLayer`.
///
/// Sequences have sizes (S, N, E), (N, S, E) where `batchFirst`, or (S, E) without a batch.
open class TransformerEncoderLayer: Module {
  public let selfAttn: MultiheadAttention
  public let linear1: Linear
  public let dropout: Dropout
  public let linear2: Linear
  /// Whether the norms stand before attention and linear functions rather than behind their residuals.
  public let normFirst: Bool
  public let norm1: LayerNorm
  public let norm2: LayerNorm
  public let dropout1: Dropout
  public let dropout2: Dropout
  public let activation: TransformerActivation
  @Child("activation") private final var activationModule: Module? = nil

  /// - Parameters:
  ///   - dModel: the numbers of each step of a sequence, a multiple of `heads`.
  ///   - heads: those of the attention.
  ///   - dimFeedforward: the numbers between the two linear functions.
  ///   - bias: whether linear functions, attention and norms have biases.
  public init(
    _ dModel: Int, _ heads: Int, dimFeedforward: Int = 2048, dropout: Double = 0.1, activation: TransformerActivation = .relu,
    layerNormEps: Double = 1e-5, batchFirst: Bool = false, normFirst: Bool = false, bias: Bool = true, dtype: DType? = nil
  ) {
    selfAttn = MultiheadAttention(dModel, heads, dropout: dropout, bias: bias, batchFirst: batchFirst, dtype: dtype)
    let width = selfAttn.embedDim
    linear1 = Linear(width, dimFeedforward, bias: bias, dtype: dtype)
    self.dropout = Dropout(dropout)
    linear2 = Linear(dimFeedforward, width, bias: bias, dtype: dtype)
    self.normFirst = normFirst
    norm1 = LayerNorm(width, eps: layerNormEps, bias: bias, dtype: dtype)
    norm2 = LayerNorm(width, eps: layerNormEps, bias: bias, dtype: dtype)
    dropout1 = Dropout(dropout)
    dropout2 = Dropout(dropout)
    self.activation = activation
    activationModule = activation.made
  }

  /// With copies of another's parameters; nothing is drawn.
  public init(copyOf other: TransformerEncoderLayer) {
    selfAttn = MultiheadAttention(copyOf: other.selfAttn)
    linear1 = Linear(copyOf: other.linear1)
    dropout = Dropout(other.dropout.p)
    linear2 = Linear(copyOf: other.linear2)
    normFirst = other.normFirst
    norm1 = LayerNorm(copyOf: other.norm1)
    norm2 = LayerNorm(copyOf: other.norm2)
    dropout1 = Dropout(other.dropout1.p)
    dropout2 = Dropout(other.dropout2.p)
    activation = other.activation
    activationModule = activation.made
    super.init()
    takeParameters(of: other)
  }

  /// A layer of equal values in memory of its own. Subclasses override it; ``init(copyOf:)`` helps.
  open func copy() -> TransformerEncoderLayer {
    checked((), typeName) {
      guard type(of: self) == TransformerEncoderLayer.self else {
        throw TorchError(.unsupported, "\(typeName) must override copy() to be stacked")
      }
    }
    return TransformerEncoderLayer(copyOf: self)
  }

  /// - Parameters:
  ///   - srcMask: (S, S), or (N · heads, S, S): true where a step does not see another, or numbers to add to the scores.
  ///   - srcKeyPaddingMask: (N, S), or (S) without N: true where a step does not count, or numbers to add to its scores.
  ///   - isCausal: says that `srcMask` is the causal one.
  public final func callAsFunction(
    _ src: Tensor, srcMask: Tensor? = nil, srcKeyPaddingMask: Tensor? = nil, isCausal: Bool = false
  ) -> Tensor {
    withHooks([src]) { [self.forward($0[0], srcMask, srcKeyPaddingMask, isCausal: isCausal)] }[0]
  }

  open override func forward(_ x: Tensor) -> Tensor { forward(x, nil, nil, isCausal: false) }

  /// What a call with masks gives; subclasses override it.
  open func forward(_ src: Tensor, _ mask: Tensor?, _ keyPaddingMask: Tensor?, isCausal: Bool) -> Tensor {
    func attended(_ x: Tensor) -> Tensor {
      dropout1(selfAttn(x, x, x, keyPaddingMask: keyPaddingMask, needWeights: false, attnMask: mask, isCausal: isCausal).output)
    }
    if normFirst {
      let x = src + attended(norm1(src))
      return x + transformed(norm2(x))
    }
    let x = norm1(src + attended(src))
    return norm2(x + transformed(x))
  }

  private func transformed(_ x: Tensor) -> Tensor { dropout2(linear2(dropout(activation(linear1(x), activationModule)))) }

  /// Whether a stack of such layers leaves padded steps out in evaluation, as PyTorch's fused layers do.
  final var skipsPadding: Bool {
    !normFirst && selfAttn.batchFirst && selfAttn.inProjWeight != nil && selfAttn.inProjBias != nil
      && activation.isFused(activationModule) && norm1.eps == norm2.eps && selfAttn.numHeads % 2 == 0
  }
}
