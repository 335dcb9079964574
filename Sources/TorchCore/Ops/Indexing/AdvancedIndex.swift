import CTorchKernels

/// Indexing with tensors: `x[i, :, j]` and `x[mask] = y`.
package enum AdvancedIndex {
  package static let get = Op<Tensor, [Tensor?], Tensor>.structured(
    "aten::index.Tensor(Tensor self, Tensor?[] indices) -> Tensor",
    rule: { x, indices in TensorSpec(like: x, sizes: try IndexPlan(x, indices).sizes) },
    kernel: { out, x, indices in
      if out.count == 0 {
        // Nothing to read, but a bad index is still one.
        return try IndexPlan(x, indices).withOffsets(in: x) { _ in }
      }
      try IndexPlan(x, indices).withOffsets(in: x) { plan in
        let width = x.dtype.byteCount
        let inner = Swift.max(Int(plan.inner), 1)
        withUnsafePointer(to: &plan) { plan in
          parallelFor(out.count / inner, grain: Swift.max(1, 32768 / inner)) { rows in
            torch_offset_gather(plan, Int32(width), Int64(rows.lowerBound), Int64(rows.upperBound), out.address, x.address)
          }
        }
      }
    },
    vjp: { tape, x, indices in
      let sizes = x.shape
      let saved = indices.map { $0.map { SavedTensor($0) } }
      return { g, sink in
        let positions = try saved.map { entry in try entry.map { try sink.value($0) } }
        sink[0] = Tensor.zeros(sizes, dtype: g.first.dtype).indexPut(positions, g.first, accumulate: true)
      }
    },
    samples: { s in
      let (i, j) = (s.integers([5], low: -3, high: 3), s.integers([2, 1], high: 4))
      return [
        Sample(.tensor(s.tensor([3, 4])), [Optional(i)].box()),
        Sample(.tensor(s.tensor([3, 4])), [nil, Optional(j)].box()),
        Sample(.tensor(s.tensor([3, 4, 2])), [Optional(i), Optional(j)].box()),
        Sample(.tensor(s.tensor([3, 2, 4])), [Optional(i), nil, Optional(j)].box()),
        Sample(.tensor(s.tensor([3, 4])), [Optional(s.integers([3, 4], high: 2, dtype: .bool))].box()),
        Sample(.tensor(s.tensor([2, 3])), [nil, Optional(Tensor([true, false, true]))].box()),
      ]
    })

  private static func write(_ target: Tensor, _ plan: IndexPlan, _ values: Tensor, accumulate: Bool) throws {
    let wide = values.detach().to(target.dtype).expand(Array(plan.sizes)).stable(besides: target)
    try plan.withOffsets(in: target) { offsets in
      if wide.count == 0 { return }
      let type = Int32(target.dtype.rawValue)
      let mode = Int32(accumulate ? TORCH_SCATTER_ADD : TORCH_SCATTER_SET)
      let (outer, inner) = (offsets.outer, offsets.inner)
      withUnsafePointer(to: &offsets) { plan in
        let work = Swift.max(wide.count / Int(Swift.max(outer, inner)), 1)
        if outer > inner {
          parallelFor(Int(outer), grain: Swift.max(1, 32768 / work)) { range in
            _ = torch_offset_put(
              plan, type, mode, Int64(range.lowerBound), Int64(range.upperBound), 0, inner, target.address, wide.address)
          }
        } else {
          parallelFor(Int(inner), grain: Swift.max(16, 32768 / work)) { range in
            _ = torch_offset_put(
              plan, type, mode, 0, outer, Int64(range.lowerBound), Int64(range.upperBound), target.address, wide.address)
          }
        }
      }
    }
  }

  package static let put = Update<[Tensor?], Tensor, Bool>.op(
    "aten::index_put(Tensor self, Tensor?[] indices, Tensor values, bool accumulate=False) -> Tensor",
    rule: { x, indices, values, _ in
      let sizes = try IndexPlan(x, indices).sizes
      // A literal takes self's type.
      if !values.impl.isWrappedNumber { try IndexCheck.sameType(x, values, "values") }
      var fits = false
      do { fits = try broadcastSizes(sizes, values.impl.sizes) == sizes } catch { fits = false }
      guard fits else {
        throw TorchError(.shape, "values of sizes \(values.impl.sizes) do not broadcast to the indexed sizes \(sizes)")
      }
    },
    apply: { target, indices, values, accumulate in
      // Indices inside the target's memory must not change under way.
      let steady = indices.map { index in index.map { $0.impl.storage === target.impl.storage ? $0.detach().clone() : $0 } }
      try write(target, try IndexPlan(target, steady), values, accumulate: accumulate)
    },
    vjp: { _, indices, values, accumulate in
      let saved = indices.map { $0.map { SavedTensor($0) } }
      let sizes = values.impl.sizes
      let valuesAt = indices.count + 1
      return { g, sink in
        let positions = try saved.map { entry in try entry.map { try sink.value($0) } }
        if sink.wants(0) {
          sink[0] = accumulate ? g.first : g.first.indexPut(positions, Tensor.zeros([], dtype: g.first.dtype))
        }
        if sink.wants(valuesAt) { sink[valuesAt] = AdvancedIndex.get(g.first, positions).sum(toSizes: sizes) }
      }
    },
    samples: { s in
      let (i, j) = (Tensor([0, 2]), Tensor([[1], [3]]))
      return [
        Sample(.tensor(s.tensor([3, 4])), [Optional(i)].box(), .tensor(s.tensor([2, 4])), false.box()),
        Sample(.tensor(s.tensor([3, 4, 2])), [Optional(i), Optional(j)].box(), .tensor(s.tensor([2])), false.box()),
        Sample(.tensor(s.tensor([3, 4])), [nil, Optional(Tensor([1, 1, 3]))].box(), .tensor(s.tensor([3, 3])), true.box()),
        Sample(
          .tensor(s.tensor([3, 4])), [Optional(s.integers([3, 4], high: 2, dtype: .bool))].box(), .tensor(s.tensor([])),
          false.box()),
      ]
    })

  package static let table: [AnyOp] = [[get.erased], put.erased].flatMap { $0 }
}

/// All ops that read or write by index.
package enum IndexingOps {
  package static let table: [AnyOp] = [
    [IndexSelect.op.erased], RowUpdates.table, GatherScatter.table, ScatterReduce.table, Masks.table, TakePut.table,
    AdvancedIndex.table, MaskedIndex.table, IndexReduce.table, Narrowing.table, Choices.table,
  ].flatMap { $0 }
}

extension Tensor {
  /// Elements picked by int or mask tensors, one a dimension; nil keeps a dimension whole. `x[i, :, j]`, `aten::index`.
  public func index(_ indices: [Tensor?]) -> Tensor { AdvancedIndex.get(self, indices) }
  /// This tensor with `values`, broadcast, at the indices; the last of equal indices wins, or all add up. `torch.index_put`.
  public func indexPut(_ indices: [Tensor?], _ values: Tensor, accumulate: Bool = false) -> Tensor {
    AdvancedIndex.put.op(self, indices, values, accumulate)
  }
  /// Writes `values`, broadcast, to the indices, or adds them there. `Tensor.index_put_`.
  @discardableResult
  public func indexPut_(_ indices: [Tensor?], _ values: Tensor, accumulate: Bool = false) -> Tensor {
    AdvancedIndex.put.inPlace(self, indices, values, accumulate)
  }
}
