/// Every op by its schema name: what boxed calls, TorchScript programs and recorded tests look ops up in.
public enum OpTable {
  /// All ops, by family. A new family adds its table here; a new op adds itself to its family's.
  public static let all: [AnyOp] = [
    CopyOps.table,
    Factories.table,
    ViewOps.table,
    ShapeOps.table,
    PointwiseOps.table,
    SumOps.table,
    Extrema.table,
    Scans.table,
    Moments.table,
    Truth.table,
    Norms.table,
    MatmulOps.table,
    ConvolutionOps.table,
    Softmax.table,
    CrossEntropy.table,
    NegativeLogLikelihood.table,
    ElementLosses.table,
    Pooling.table,
    BatchNorm.table,
    LayerNorm.table,
    RMSNorm.table,
    GroupNorm.table,
    Dropout.table,
    Embedding.table,
    RandomOps.table,
    IndexingOps.table,
  ].flatMap { $0 }

  private static let byName: [String: AnyOp] = Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

  /// The op with this name, such as `aten::add.Tensor`, or nil.
  public static func op(named name: String) -> AnyOp? { byName[name] }
}
