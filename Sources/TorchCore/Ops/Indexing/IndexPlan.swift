import CTorchKernels

/// Where the elements of `x[i, j, …]` lie, for index tensors `i`, `j`, … of which some may be absent.
package struct IndexPlan {
  /// Sizes of the result.
  private(set) var sizes = Dims()
  /// By dimension of self: int64 indices, or nil for all positions.
  private let indices: [Tensor?]
  private let x: Tensor
  private let outerDims: [Int]
  private let innerDims: [Int]
  private let pointSizes: Dims

  /// Judges the indices: int32, int64, or masks, which count for as many dimensions as they have.
  package init(_ x: Tensor, _ given: [Tensor?]) throws {
    self.x = x
    var indices: [Tensor?] = []
    for (place, index) in given.enumerated() {
      guard let index else {
        indices.append(nil)
        continue
      }
      switch index.dtype {
      case .int64, .int32: indices.append(index)
      case .bool, .uint8:
        guard index.rank > 0 else { throw TorchError(.index, "index \(place) is a 0-d mask; masks need at least one dimension") }
        for d in 0..<index.rank {
          let dim = indices.count + d
          guard dim < x.rank, x.impl.sizes[dim] == index.impl.sizes[d] else {
            throw TorchError(
              .index, "the mask \(index.summary) at index \(place) does not match self \(x.summary) at dimension \(dim)")
          }
        }
        let positions = try ThreadState.with(setting: ThreadState.noGrad) { try TakePut.nonzero.run(index.detach()) }
        for d in 0..<index.rank { indices.append(positions.select(1, d)) }
      default: throw TorchError(.dtype, "index \(place) must be int32, int64 or bool, got \(index.dtype)")
      }
    }
    guard indices.count <= x.rank else {
      throw TorchError(.index, "too many indices: \(indices.count) for a tensor of \(x.rank) dimensions")
    }
    while indices.count < x.rank { indices.append(nil) }
    let indexed = (0..<x.rank).filter { indices[$0] != nil }
    guard let first = indexed.first, let last = indexed.last else {
      throw TorchError(.index, "expected at least one index tensor")
    }
    var points = Dims()
    for d in indexed {
      do { points = try broadcastSizes(points, indices[d]!.impl.sizes) } catch {
        throw TorchError(
          .index,
          "index tensors of sizes \(indexed.map { indices[$0]!.impl.sizes.description }.joined(separator: ", ")) do not broadcast"
        )
      }
    }
    self.indices = indices
    pointSizes = points
    // Neighbouring indices put their dimensions in their own place; others, in front.
    let adjacent = last - first + 1 == indexed.count
    outerDims = adjacent ? Array(0..<first) : []
    innerDims = adjacent ? Array((last + 1)..<x.rank) : (0..<x.rank).filter { indices[$0] == nil }
    for d in outerDims { sizes.append(x.impl.sizes[d]) }
    for size in points { sizes.append(size) }
    for d in innerDims { sizes.append(x.impl.sizes[d]) }
  }

  /// Offsets, in elements, of all positions in the given dimensions of `t`.
  private static func offsets(_ t: Tensor, _ dims: [Int]) -> [Int64] {
    var out: [Int64] = [0]
    for d in dims {
      let (size, stride) = (t.impl.sizes[d], Int64(t.impl.strides[d]))
      var next: [Int64] = []
      next.reserveCapacity(out.count * size)
      for base in out { for i in 0..<size { next.append(base + Int64(i) * stride) } }
      out = next
    }
    return out
  }

  /// Calls `body` with the places in `t`, which has self's sizes; every index has been checked.
  package func withOffsets(in t: Tensor, _ body: (inout torch_offset_plan) throws -> Void) throws {
    let count = pointSizes.product
    let points = try Tensor.filled(0, TensorSpec([count], .int64))
    for (d, index) in indices.enumerated() {
      guard let index else { continue }
      let wide = IndexCheck.indices(index.detach().expand(Array(pointSizes)))
      let size = t.impl.sizes[d]
      let bad = torch_index_offsets(
        Int64(count), points.int64s, wide.int64s, Int64(size), Int64(t.impl.strides[d]))
      try IndexCheck.verify(bad, wide, size: size, dim: d)
    }
    let outer = IndexPlan.offsets(t, outerDims)
    let inner = IndexPlan.offsets(t, innerDims)
    let plainInner = inner.indices.allSatisfy { inner[$0] == Int64($0) }
    try outer.withUnsafeBufferPointer { outerPointer in
      try inner.withUnsafeBufferPointer { innerPointer in
        var plan = torch_offset_plan(
          outer: Int64(outer.count), n: Int64(count), inner: Int64(inner.count), outer_offsets: outerPointer.baseAddress,
          offsets: points.int64s, inner_offsets: plainInner ? nil : innerPointer.baseAddress)
        try body(&plan)
      }
    }
  }
}
