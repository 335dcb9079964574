import TorchCore
import CTorchKernels

/// What the losses over classes share: scores (rows, classes, inner) and targets (rows, inner) that name classes.
struct ClassLayout {
  let rows: Int
  let classes: Int
  let inner: Int
  /// Sizes of the targets, and of a loss that is not reduced.
  let targetSizes: Dims

  /// Scores of sizes (C), (N, C) or (N, C, d1, …).
  init(_ sizes: Dims) throws {
    guard sizes.count > 0 else {
      throw TorchError(.shape, "expected scores of sizes (C), (N, C) or (N, C, d1, …), got a 0-d tensor")
    }
    if sizes.count == 1 {
      (rows, classes, inner, targetSizes) = (1, sizes[0], 1, [])
    } else {
      var rest = sizes
      rest.remove(at: 1)
      (rows, classes, targetSizes) = (sizes[0], sizes[1], rest)
      inner = rest.dropFirst().reduce(1, *)
    }
  }

  /// Judges targets and class weights.
  func check(_ x: Tensor, _ target: Tensor, _ weight: Tensor?) throws {
    try NNKernels.require(x.dtype, "the scores")
    guard target.dtype.isInteger else { throw TorchError(.dtype, "class indices must be int64, got \(target.dtype)") }
    guard target.impl.sizes == targetSizes else {
      throw TorchError(
        .shape, "for scores of sizes \(x.impl.sizes) the targets must have sizes \(targetSizes), got \(target.impl.sizes)")
    }
    if let weight {
      guard weight.rank == 1, weight.count == classes else {
        throw TorchError(.shape, "weight must have one element for each of \(classes) classes, got \(weight.summary)")
      }
      guard weight.dtype == x.dtype else {
        throw TorchError(.dtype, "weight must have the type of the scores, \(x.dtype), got \(weight.dtype)")
      }
    }
  }

  /// The kernels' description of the loss; `weight` has been widened and must outlive it.
  func spec(_ weight: Tensor?, ignoreIndex: Int, smoothing: Double) -> torch_class_loss {
    torch_class_loss(
      classes: Int64(classes), inner: Int64(inner), ignore_index: Int64(ignoreIndex), label_smoothing: smoothing,
      weight: weight.map { UnsafeRawPointer($0.address) })
  }

  /// Rows per thread below which a second thread does not pay.
  var grain: Int { Swift.max(1, 8192 / Swift.max(1, classes * inner)) }

  /// Throws for the row that a kernel found a bad target in, or -1.
  func verify(_ row: Int64, _ targets: Tensor, ignoreIndex: Int) throws {
    if row < 0 { return }
    let values = targets.pointer(Int64.self)
    let start = Int(row) * inner
    let position = (start..<(start + inner)).first { i in
      values[i] != Int64(ignoreIndex) && (values[i] < 0 || values[i] >= Int64(classes))
    }
    throw TorchError(
      .index,
      "target \(position.map { values[$0] } ?? -1) at position \(position ?? start) is out of range: "
        + "expected 0 to \(classes - 1) for \(classes) classes, or the ignored index \(ignoreIndex)"
    )
  }

  /// Reduces losses of rows into `loss` and the sum of their weights into `total`.
  static func reduce(_ losses: Tensor, _ weights: Tensor?, _ reduction: Reduction, into loss: Tensor, total: Tensor) throws {
    func sum(_ x: Tensor, into out: Tensor) throws {
      try ReducedDims(x.impl.sizes, nil, keepDim: false).reduce(x, into: out, partial: out.dtype, { $0.sum }, combine: { $0.sum })
    }
    switch reduction {
    case .none: if !(losses === loss) { Copying.copy(losses, into: loss) }
    case .sum: try NNKernels.filling(loss) { try sum(losses, into: $0) }
    case .mean:
      let all = try Tensor.allocate(TensorSpec([], losses.dtype))
      try sum(losses, into: all)
      if let weights { try sum(weights, into: total) }
      Copying.fill(loss, .double(try all.scalar(at: 0).doubleValue / total.scalar(at: 0).doubleValue))
      return
    }
    Copying.fill(total, 1)
  }

  /// What the mean divides by; 1 for other reductions.
  static func scale(_ total: Tensor, _ reduction: Reduction) throws -> Double {
    reduction == .mean ? 1 / (try total.scalar(at: 0).doubleValue) : 1
  }
}
