/// The ops of this module, by family. A new family adds its table here; a new op adds itself to its family's.
package enum CoreOps {
  package static let table: [AnyOp] = [
    CopyOps.table,
    ReadingOps.table,
    Factories.table, NewTensorOps.table, RangeOps.table, CombinationOps.table,
    ViewOps.table,
    ReinterpretOps.table,
    ScatterViewOps.table, PixelShuffleOps.table, ResizeOps.table,
    ShapeOps.table,
    PointwiseOps.table,
    SpecialOps.table,
    SumOps.table,
    Extrema.table,
    Scans.table,
    RunningExtrema.table,
    LinearScan.table,
    Moments.table,
    Truth.table,
    Norms.table,
    MatmulOps.table,
    RandomOps.table,
    IndexingOps.table, OrderingOps.table, TriangleOps.table, PadOps.table, ArrangementOps.table,
  ].flatMap { $0 }
}
