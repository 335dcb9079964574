import TorchCore
import CTorchKernels

/// The matrix products and kernels of attention over blocks of scores: small enough for the cache, large enough for the products.
struct AttentionBlocks {
  let batch: Int
  let heads: Int
  /// Heads of keys and values, each of which serves `group` heads of queries.
  let keyHeads: Int
  let queries: Int
  let keys: Int
  let width: Int
  let valueWidth: Int
  var group: Int { keyHeads == 0 ? 0 : heads / keyHeads }

  /// Judges (B, H, L, E), (B, K, S, E) and (B, K, S, V), with H a multiple of K.
  init(_ q: Tensor, _ k: Tensor, _ v: Tensor) throws {
    guard q.rank == 4, k.rank == 4, v.rank == 4 else {
      throw TorchError(
        .shape, "expected query, key and value of sizes (B, H, L, E), got \(q.impl.sizes), \(k.impl.sizes) and \(v.impl.sizes)")
    }
    guard q.dtype == k.dtype, q.dtype == v.dtype else {
      throw TorchError(.dtype, "query, key and value must have one type, got \(q.dtype), \(k.dtype) and \(v.dtype)")
    }
    try NNKernels.require(q.dtype, "query, key and value")
    let (a, b, c) = (q.impl.sizes, k.impl.sizes, v.impl.sizes)
    guard a[0] == b[0], a[0] == c[0], b[1] == c[1], b[2] == c[2], a[3] == b[3] else {
      throw TorchError(.shape, "query, key and value do not fit: sizes \(a), \(b) and \(c)")
    }
    guard b[1] == a[1] || (b[1] > 0 && a[1] % b[1] == 0) else {
      throw TorchError(.shape, "the \(a[1]) heads of query must be a multiple of the \(b[1]) heads of key and value")
    }
    (batch, heads, keyHeads, queries, keys, width, valueWidth) = (a[0], a[1], b[1], a[2], b[2], a[3], c[3])
  }

  /// How many queries a block has.
  var queryBlock: Int { queries >= 768 ? 128 : queries >= 192 ? 64 : 32 }
  /// How many keys a block has.
  var keyBlock: Int { Swift.min(512, Swift.max(keys, 1)) }
  var queryBlocks: Int { (queries + queryBlock - 1) / queryBlock }

  /// Sizes (B, heads, rows, width) over memory (B, rows, heads, width), as layers of attention use it next.
  static func strides(_ sizes: Dims) -> Dims { [sizes[1] * sizes[2] * sizes[3], sizes[3], sizes[1] * sizes[3], 1] }

  /// The elements in the kernels' type, each row contiguous.
  static func operand(_ x: Tensor, _ type: DType) -> Tensor {
    let wide = x.to(type)
    let (sizes, strides) = (wide.impl.sizes, wide.impl.strides)
    let rowsFit = sizes[2] <= 1 || strides[2] >= Swift.max(sizes[3], 1)
    return (sizes[3] <= 1 || strides[3] == 1) && rowsFit ? wide : wide.contiguous()
  }

  /// The number of workers for a number of tasks, each with scratch memory of its own.
  static func workers(_ tasks: Int) -> Int { Swift.max(1, Swift.min(numThreads, tasks)) }

  /// Runs every task, spread over the workers; `body` is given the worker and the task.
  static func forEach(_ tasks: Int, workers: Int, _ body: (_ worker: Int, _ task: Int) throws -> Void) throws {
    let failed = FirstBadIndex()
    parallelFor(workers, grain: 1) { part in
      for worker in part {
        for task in stride(from: worker, to: tasks, by: workers) {
          do { try body(worker, task) } catch { failed.note(Int64(task)) }
        }
      }
    }
    if failed.position >= 0 { throw TorchError(.internal, "a matrix product of attention failed") }
  }
}

/// A matrix of a batch's entry and head: an address and the distance between rows.
struct HeadMatrix {
  let base: UnsafeMutableRawPointer
  let batchBytes: Int
  let headBytes: Int
  let leading: Int
  let bytes: Int

  init(_ x: Tensor) {
    bytes = x.dtype.byteCount
    base = x.address
    batchBytes = x.impl.strides[0] * bytes
    headBytes = x.impl.strides[1] * bytes
    leading = Swift.max(x.impl.sizes[2] <= 1 ? x.impl.sizes[3] : x.impl.strides[2], 1)
  }

  func row(_ batch: Int, _ head: Int, _ row: Int) -> UnsafeMutableRawPointer {
    base + batch * batchBytes + head * headBytes + row * leading * bytes
  }
}

/// A mask that is added to scores, broadcast over what it lacks.
struct ScoreMask {
  private let tensor: Tensor?
  private var steps = [0, 0, 0, 0]
  private let bytes: Int

  /// `mask` is bool (which scores count) or a number to add.
  init(_ mask: Tensor?, _ type: DType) {
    bytes = type.byteCount
    guard let mask else {
      tensor = nil
      return
    }
    let added = ScoreMask.additive(mask, type).contiguous()
    tensor = added
    for d in 0..<added.rank where added.impl.sizes[d] != 1 { steps[4 - added.rank + d] = added.impl.strides[d] }
  }

  /// The mask as numbers to add: minus infinity where a score does not count.
  static func additive(_ mask: Tensor, _ type: DType) -> Tensor {
    guard mask.dtype == .bool else { return mask.to(type) }
    return Tensor.zeros(mask.shape, dtype: type, device: mask.device).maskedFill(mask.logicalNot(), .double(-.infinity))
  }

  /// The scores of a block, as the kernels see them.
  func block(
    _ batch: Int, _ head: Int, rows: Range<Int>, columns: Range<Int>, leading: Int, scale: Double, causal: Bool
  ) -> torch_scores {
    let place = batch * steps[0] + head * steps[1] + rows.lowerBound * steps[2] + columns.lowerBound * steps[3]
    return torch_scores(
      rows: Int64(rows.count), columns: Int64(columns.count), leading: Int64(leading), first_row: Int64(rows.lowerBound),
      first_column: Int64(columns.lowerBound), scale: scale, causal: causal,
      mask: tensor.map { UnsafeRawPointer($0.address + place * bytes) }, mask_row: Int64(steps[2]),
      mask_column: Int64(steps[3]))
  }

  /// Judges a mask for scores of sizes (B, H, L, S).
  static func check(_ mask: Tensor?, _ q: Tensor, _ scores: Dims) throws {
    guard let mask else { return }
    guard mask.dtype == .bool || mask.dtype == .float32 || mask.dtype == q.dtype else {
      throw TorchError(.dtype, "attn_mask must be bool, float32 or of query's type \(q.dtype), got \(mask.dtype)")
    }
    guard mask.rank <= scores.count, try broadcastSizes(mask.impl.sizes, scores) == scores else {
      throw TorchError(.shape, "attn_mask of sizes \(mask.impl.sizes) does not broadcast to the scores' sizes \(scores)")
    }
  }

  /// Keeps the memory of the mask while kernels read it.
  func keepAlive() { withExtendedLifetime(tensor) {} }
}
