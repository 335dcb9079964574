import TorchOps

/// An encoder and a decoder with attention to its results. `torch.nn.Transformer`.
///
/// Source and target have sizes (S, N, E) and (T, N, E), the batch first where `batchFirst`, or no batch; results are as the
/// target. All matrices begin as Glorot's.
///
/// ```swift
/// let model = Transformer(nhead: 16, numEncoderLayers: 12)
/// let y = model(src, tgt, tgtMask: Transformer.generateSquareSubsequentMask(20))
/// ```
open class Transformer: Module {
  public let encoder: TransformerEncoder
  public let decoder: TransformerDecoder
  public let dModel: Int
  public let nhead: Int
  public let batchFirst: Bool

  /// - Parameters:
  ///   - dModel: the numbers of each step of a sequence, a multiple of `nhead`.
  ///   - nhead: the heads of each attention.
  ///   - dimFeedforward: the numbers between the two linear functions of a layer.
  ///   - customEncoder, customDecoder: stand in for those of the other options; their matrices are drawn anew too.
  ///   - normFirst: whether norms stand before attention and linear functions rather than behind their residuals.
  ///   - bias: whether linear functions, attentions and norms have biases.
  public init(
    dModel: Int = 512, nhead: Int = 8, numEncoderLayers: Int = 6, numDecoderLayers: Int = 6, dimFeedforward: Int = 2048,
    dropout: Double = 0.1, activation: TransformerActivation = .relu, customEncoder: TransformerEncoder? = nil,
    customDecoder: TransformerDecoder? = nil, layerNormEps: Double = 1e-5, batchFirst: Bool = false, normFirst: Bool = false,
    bias: Bool = true, dtype: DType? = nil
  ) {
    func norm() -> LayerNorm { LayerNorm(dModel, eps: layerNormEps, bias: bias, dtype: dtype) }
    if let customEncoder {
      encoder = customEncoder
    } else {
      let layer = TransformerEncoderLayer(
        dModel, nhead, dimFeedforward: dimFeedforward, dropout: dropout, activation: activation, layerNormEps: layerNormEps,
        batchFirst: batchFirst, normFirst: normFirst, bias: bias, dtype: dtype)
      encoder = TransformerEncoder(layer, numEncoderLayers, norm: norm())
    }
    if let customDecoder {
      decoder = customDecoder
    } else {
      let layer = TransformerDecoderLayer(
        dModel, nhead, dimFeedforward: dimFeedforward, dropout: dropout, activation: activation, layerNormEps: layerNormEps,
        batchFirst: batchFirst, normFirst: normFirst, bias: bias, dtype: dtype)
      decoder = TransformerDecoder(layer, numDecoderLayers, norm: norm())
    }
    self.dModel = dModel
    self.nhead = nhead
    self.batchFirst = batchFirst
    super.init()
    resetParameters()
  }

  /// Draws all matrices anew.
  open func resetParameters() {
    for parameter in parameters() where parameter.rank > 1 { Init.xavierUniform_(parameter) }
  }

  /// - Parameters:
  ///   - srcMask, tgtMask, memoryMask: of the attentions of the encoder, the decoder and from the decoder to the encoder: true
  ///     where a step does not see another, or numbers to add to the scores.
  ///   - srcKeyPaddingMask, tgtKeyPaddingMask, memoryKeyPaddingMask: (N, S), (N, T) and (N, S), or without N: true where a step
  ///     does not count, or numbers to add to its scores.
  ///   - srcIsCausal, tgtIsCausal: whether the masks are causal ones; they are looked at where nil.
  ///   - memoryIsCausal: says that `memoryMask` is.
  public final func callAsFunction(
    _ src: Tensor, _ tgt: Tensor, srcMask: Tensor? = nil, tgtMask: Tensor? = nil, memoryMask: Tensor? = nil,
    srcKeyPaddingMask: Tensor? = nil, tgtKeyPaddingMask: Tensor? = nil, memoryKeyPaddingMask: Tensor? = nil,
    srcIsCausal: Bool? = nil, tgtIsCausal: Bool? = nil, memoryIsCausal: Bool = false
  ) -> Tensor {
    let source = TransformerMasks(mask: srcMask, keyPaddingMask: srcKeyPaddingMask, isCausal: srcIsCausal)
    let target = TransformerMasks(mask: tgtMask, keyPaddingMask: tgtKeyPaddingMask, isCausal: tgtIsCausal)
    let memory = TransformerMasks(mask: memoryMask, keyPaddingMask: memoryKeyPaddingMask, isCausal: memoryIsCausal)
    return withHooks([src, tgt]) { [self.run($0[0], $0[1], source, target, memory)] }[0]
  }

  open override func forward(_ x: Tensor, _ y: Tensor) -> Tensor {
    run(x, y, TransformerMasks(), TransformerMasks(), TransformerMasks())
  }

  private func run(
    _ src: Tensor, _ tgt: Tensor, _ source: TransformerMasks, _ target: TransformerMasks, _ memory: TransformerMasks
  ) -> Tensor {
    let fits = checked(false, typeName) {
      guard src.isDefined, tgt.isDefined else { return false }
      guard src.rank == tgt.rank, src.rank == 2 || src.rank == 3 else {
        throw TorchError(.shape, "expected sequences of 2 or of 3 dimensions, got \(src.summary) and \(tgt.summary)")
      }
      let batchDim = batchFirst ? 0 : 1
      guard src.rank == 2 || src.size(batchDim) == tgt.size(batchDim) else {
        throw TorchError(.shape, "source and target must have one batch, got \(src.summary) and \(tgt.summary)")
      }
      guard src.size(-1) == dModel, tgt.size(-1) == dModel else {
        throw TorchError(.shape, "expected \(dModel) numbers at each step, got \(src.summary) and \(tgt.summary)")
      }
      return true
    }
    guard fits else { return .poison() }
    let encoded = encoder(src, mask: source.mask, srcKeyPaddingMask: source.keyPaddingMask, isCausal: source.isCausal)
    return decoder(
      tgt, encoded, tgtMask: target.mask, memoryMask: memory.mask, tgtKeyPaddingMask: target.keyPaddingMask,
      memoryKeyPaddingMask: memory.keyPaddingMask, tgtIsCausal: target.isCausal, memoryIsCausal: memory.isCausal ?? false)
  }

  /// The mask (n, n) that lets each step see itself and the ones before: 0 there, -∞ elsewhere.
  /// `Transformer.generate_square_subsequent_mask`.
  public static func generateSquareSubsequentMask(_ size: Int, dtype: DType? = nil) -> Tensor {
    Tensor.full([size, size], .double(-.infinity), dtype: dtype ?? defaultDType).triu(1)
  }
}
