import CTorchKernels
import Synchronization

enum IndexAdd {
  static let op = Op<Tensor, Int, Tensor, Tensor, Scalar, Tensor>.structured(
    "aten::index_add(Tensor self, int dim, Tensor index, Tensor source, *, Scalar alpha=1) -> Tensor",
    rule: { x, dim, index, source, _ in
      let d = try normalizeDim(dim, rank: x.rank)
      guard index.dtype == .int64 || index.dtype == .int32 else {
        throw TorchError(.dtype, "indices must be int32 or int64, got \(index.dtype)")
      }
      guard index.rank <= 1 else { throw TorchError(.shape, "the index must have at most one dimension, got \(index.summary)") }
      guard source.dtype == x.dtype else {
        throw TorchError(.dtype, "self and source must have one type, got \(x.dtype) and \(source.dtype)")
      }
      var expected = x.impl.sizes
      if x.rank > 0 { expected[d] = index.count }
      guard source.impl.sizes == expected || (x.rank == 0 && source.count == 1) else {
        throw TorchError(.shape, "source must have sizes \(expected), got \(source.impl.sizes)")
      }
      return TensorSpec(like: x)
    },
    kernel: { out, x, dim, index, source, alpha in
      Copying.copy(x, into: out)
      let d = try normalizeDim(dim, rank: x.rank)
      let loop = ReductionLoop(out.impl.sizes, dim: d)
      let indices = index.to(.int64).contiguous()
      let values = source.contiguous()
      let factor = try Tensor.filled(alpha, TensorSpec([], x.dtype))
      let bad = torch_index_add(
        Int32(x.dtype.rawValue), Int32(TORCH_SCATTER_ADD), 0, Int64(loop.n), out.address,
        indices.address.assumingMemoryBound(to: Int64.self), values.address, factor.address, Int64(loop.outer), Int64(loop.n),
        Int64(indices.count), Int64(loop.inner))
      try IndexCheck.verify(bad, indices, size: loop.n, dim: d)
    },
    vjp: { tape, _, dim, index, _, alpha in
      let index = tape.save(index)
      return { g, sink in
        if sink.wants(0) { sink[0] = g.first }
        if sink.wants(2) { sink[2] = g.first.indexSelect(dim, try sink.value(index)) * Tensor(scalar: alpha) }
      }
    },
    samples: { s in
      [Sample(.tensor(s.tensor([4, 3])), 0.box(), .tensor(s.integers([5], high: 4)), .tensor(s.tensor([5, 3])), .scalar(.double(1.5)))]
    })
}

enum IndexSelect {
  static let op = Op<Tensor, Int, Tensor, Tensor>.structured(
    "aten::index_select(Tensor self, int dim, Tensor index) -> Tensor",
    rule: { x, dim, index in
      let d = try normalizeDim(dim, rank: x.rank)
      guard index.dtype == .int64 || index.dtype == .int32 else {
        throw TorchError(.dtype, "indices must be int32 or int64, got \(index.dtype)")
      }
      guard index.rank <= 1 else { throw TorchError(.shape, "the index must have at most one dimension, got \(index.summary)") }
      var sizes = x.impl.sizes
      if x.rank > 0 { sizes[d] = index.count }
      return TensorSpec(like: x, sizes: sizes)
    },
    kernel: { out, x, dim, index in
      let d = try normalizeDim(dim, rank: x.rank)
      let source = x.contiguous()
      let indices = index.to(.int64).contiguous()
      let loop = ReductionLoop(x.impl.sizes, dim: d)
      let rowBytes = loop.inner * x.dtype.byteCount
      let bad = FirstBadIndex()
      parallelFor(loop.outer * indices.count, grain: Swift.max(1, parallelGrainBytes / Swift.max(rowBytes, 1))) { rows in
        bad.note(
          torch_index_select(
            Int64(rows.lowerBound), Int64(rows.upperBound), out.address, source.address,
            indices.address.assumingMemoryBound(to: Int64.self), Int64(indices.count), Int64(loop.n), Int64(rowBytes),
            Int64(rowBytes), Int64(loop.n * rowBytes), false))
      }
      try IndexCheck.verify(bad.position, indices, size: loop.n, dim: d)
    },
    vjp: { tape, x, dim, index in
      let sizes = x.shape
      let index = tape.save(index)
      return { g, sink in
        let zeros = Tensor.zeros(sizes, dtype: g.first.dtype)
        sink[0] = zeros.indexAdd(dim, try sink.value(index), g.first)
      }
    },
    samples: { s in [Sample(.tensor(s.tensor([4, 3])), 1.box(), .tensor(s.integers([5], high: 3)))] })
}

/// The lowest position that any part of a parallel loop complained about.
package final class FirstBadIndex: Sendable {
  private let lowest = Mutex<Int64>(-1)
  package init() {}
  package func note(_ position: Int64) {
    if position == -1 { return }
    lowest.withLock { $0 = $0 == -1 ? position : min($0, position) }
  }
  package var position: Int64 { lowest.withLock { $0 } }
}

package enum IndexCheck {
  /// Throws if a kernel found a bad index: `position` is its place, or -1.
  package static func verify(_ position: Int64, _ indices: Tensor, size: Int, dim: Int) throws {
    if position == -1 { return }
    if position < -1 { throw TorchError(.dtype, "not defined for this type") }
    let value = indices.address.assumingMemoryBound(to: Int64.self)[Int(position)]
    throw TorchError(.index, "index \(value) at position \(position) is out of range for dimension \(dim) of size \(size)")
  }
}

extension Tensor {
  /// This tensor with `alpha` times the rows of `source` added at `index` along a dimension. `torch.index_add`.
  public func indexAdd(_ dim: Int, _ index: Tensor, _ source: Tensor, alpha: Scalar = 1) -> Tensor {
    IndexAdd.op(self, dim, index, source, alpha)
  }
  /// The positions `index` along a dimension. `torch.index_select`.
  public func indexSelect(_ dim: Int, _ index: Tensor) -> Tensor { IndexSelect.op(self, dim, index) }
}
