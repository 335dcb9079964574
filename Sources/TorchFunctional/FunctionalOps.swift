import TorchCore

/// The ops of this module, by family: `torch.nn.functional`.
package enum FunctionalOps {
  package static let table: [AnyOp] = [
    ConvolutionOps.table,
    Unfold.table,
    Resample.table,
    GridSampler.table,
    Softmax.table,
    Activations.table,
    CrossEntropy.table,
    NegativeLogLikelihood.table,
    ElementLosses.table,
    MaxPool.table,
    AveragePool.table,
    AdaptivePool.table,
    FractionalMaxPool.table,
    MaxUnpool.table,
    MarginLosses.table,
    MultilabelMargin.table,
    PoissonLoss.table,
    ConnectionistTemporal.table,
    Attention.table,
    RecurrentCells.table,
    RecurrentSequence.table,
    RecurrentLayers.table,
    BatchNorm.table,
    LayerNorm.table,
    RMSNorm.table,
    GroupNorm.table,
    Dropout.table,
    NoiseDropout.table,
    Embedding.table,
    EmbeddingBag.table,
    InstanceNorm.table,
  ].flatMap { $0 }
}
