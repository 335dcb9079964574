import TorchOps

/// Encoder layers one after the other. `torch.nn.TransformerEncoder`.
open class TransformerEncoder: Module {
  /// The layers, which are ``TransformerEncoderLayer``s.
  public let layers: ModuleList
  /// Of the last layer's results.
  public let norm: Module?
  /// Whether steps that the padding mask takes out are zeros behind the last layer in evaluation without gradients, where PyTorch
  /// computes on nested tensors: `batchFirst`, heads of even number, relu or gelu, norms behind, and padding at the end only.
  public let enableNestedTensor: Bool
  /// Whether it is looked up that the padding stands at the end; else it is taken to.
  public let maskCheck: Bool

  /// Of copies of a layer.
  public init(
    _ layer: TransformerEncoderLayer, _ numLayers: Int, norm: Module? = nil, enableNestedTensor: Bool = true,
    maskCheck: Bool = true
  ) {
    let count = checked(0, "TransformerEncoder") {
      guard numLayers > 0 else { throw TorchError(.value, "numLayers: expected a positive number, got \(numLayers)") }
      return numLayers
    }
    layers = ModuleList((0..<count).map { _ in layer.copy() })
    self.norm = norm
    self.enableNestedTensor = enableNestedTensor
    self.maskCheck = maskCheck
  }

  public final var numLayers: Int { layers.count }

  /// - Parameters:
  ///   - mask: (S, S), or (N · heads, S, S): true where a step does not see another, or numbers to add to the scores.
  ///   - srcKeyPaddingMask: (N, S), or (S) without N: true where a step does not count, or numbers to add to its scores.
  ///   - isCausal: whether `mask` is the causal one; it is looked at where nil.
  public final func callAsFunction(
    _ src: Tensor, mask: Tensor? = nil, srcKeyPaddingMask: Tensor? = nil, isCausal: Bool? = nil
  ) -> Tensor {
    let masks = TransformerMasks(mask: mask, keyPaddingMask: srcKeyPaddingMask, isCausal: isCausal)
    return withHooks([src]) { [self.forward($0[0], masks)] }[0]
  }

  open override func forward(_ x: Tensor) -> Tensor { forward(x, TransformerMasks()) }

  /// What a call with masks gives; subclasses override it.
  open func forward(_ src: Tensor, _ masks: TransformerMasks) -> Tensor {
    let stack = checked([TransformerEncoderLayer](), typeName) { try layers.elements(of: TransformerEncoderLayer.self) }
    guard let first = stack.first, src.isDefined else { return .poison() }
    let known = masks.resolved(length: src.stepCount(batchFirst: first.selfAttn.batchFirst))
    var x = src
    for layer in stack {
      x = layer(x, srcMask: known.mask, srcKeyPaddingMask: known.keyPaddingMask, isCausal: known.isCausal ?? false)
    }
    if let padding = masks.keyPaddingMask, masks.mask == nil, skipsPadding(x, src, padding, first) {
      x = x.maskedFill(padding.to(.bool).unsqueeze(-1), 0)
    }
    return norm?(x) ?? x
  }

  /// Whether padded steps are left out.
  private func skipsPadding(_ x: Tensor, _ src: Tensor, _ padding: Tensor, _ first: TransformerEncoderLayer) -> Bool {
    guard enableNestedTensor, !first.isTraining, first.skipsPadding, x.isDefined, !x.requiresGrad, src.rank == 3, padding.isCPU
    else { return false }
    if !maskCheck { return true }
    let kept = padding.logicalNot()
    let leading = Tensor.arange(Scalar(kept.size(1))) .< kept.sum([1], keepDim: true)
    return (kept .== leading).all().item(as: Int.self) != 0
  }
}

/// Decoder layers one after the other. `torch.nn.TransformerDecoder`.
open class TransformerDecoder: Module {
  /// The layers, which are ``TransformerDecoderLayer``s.
  public let layers: ModuleList
  /// Of the last layer's results.
  public let norm: Module?

  /// Of copies of a layer.
  public init(_ layer: TransformerDecoderLayer, _ numLayers: Int, norm: Module? = nil) {
    let count = checked(0, "TransformerDecoder") {
      guard numLayers > 0 else { throw TorchError(.value, "numLayers: expected a positive number, got \(numLayers)") }
      return numLayers
    }
    layers = ModuleList((0..<count).map { _ in layer.copy() })
    self.norm = norm
  }

  public final var numLayers: Int { layers.count }

  /// - Parameters:
  ///   - memory: the encoder's results.
  ///   - tgtMask: (T, T), or (N · heads, T, T): true where a step does not see another, or numbers to add to the scores.
  ///   - memoryMask: (T, S), or (N · heads, T, S), of the attention to `memory`.
  ///   - tgtKeyPaddingMask, memoryKeyPaddingMask: (N, T) and (N, S), or without N: true where a step does not count, or numbers
  ///     to add to its scores.
  ///   - tgtIsCausal: whether `tgtMask` is the causal one; it is looked at where nil.
  ///   - memoryIsCausal: says that `memoryMask` is.
  public final func callAsFunction(
    _ tgt: Tensor, _ memory: Tensor, tgtMask: Tensor? = nil, memoryMask: Tensor? = nil, tgtKeyPaddingMask: Tensor? = nil,
    memoryKeyPaddingMask: Tensor? = nil, tgtIsCausal: Bool? = nil, memoryIsCausal: Bool = false
  ) -> Tensor {
    let masks = TransformerMasks(mask: tgtMask, keyPaddingMask: tgtKeyPaddingMask, isCausal: tgtIsCausal)
    let memoryMasks = TransformerMasks(mask: memoryMask, keyPaddingMask: memoryKeyPaddingMask, isCausal: memoryIsCausal)
    return withHooks([tgt, memory]) { [self.forward($0[0], $0[1], masks, memoryMasks)] }[0]
  }

  open override func forward(_ x: Tensor, _ y: Tensor) -> Tensor { forward(x, y, TransformerMasks(), TransformerMasks()) }

  /// What a call with masks gives; subclasses override it.
  open func forward(_ tgt: Tensor, _ memory: Tensor, _ masks: TransformerMasks, _ memoryMasks: TransformerMasks) -> Tensor {
    let stack = checked([TransformerDecoderLayer](), typeName) { try layers.elements(of: TransformerDecoderLayer.self) }
    guard let first = stack.first, tgt.isDefined else { return .poison() }
    let known = masks.resolved(length: tgt.stepCount(batchFirst: first.selfAttn.batchFirst))
    let x = stack.reduce(tgt) { x, layer in
      layer(
        x, memory, tgtMask: known.mask, memoryMask: memoryMasks.mask, tgtKeyPaddingMask: known.keyPaddingMask,
        memoryKeyPaddingMask: memoryMasks.keyPaddingMask, tgtIsCausal: known.isCausal ?? false,
        memoryIsCausal: memoryMasks.isCausal ?? false)
    }
    return norm?(x) ?? x
  }
}

extension ModuleList {
  /// The modules as layers of a stack.
  fileprivate final func elements<Layer: Module>(of type: Layer.Type) throws -> [Layer] {
    try elements.map { module in
      guard let layer = module as? Layer else {
        throw TorchError(.value, "expected layers of type \(type), got \(module.typeName)")
      }
      return layer
    }
  }
}

extension Tensor {
  /// The number of steps of a sequence with or without a batch.
  fileprivate func stepCount(batchFirst: Bool) -> Int { rank < 2 ? 0 : size(rank == 3 && batchFirst ? 1 : 0) }
}
