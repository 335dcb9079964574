/// Indexing where a mask is set, with indices that may lie outside elsewhere. Derivatives of resampling are made of them.
package enum MaskedIndex {
  /// Indices moved inside; a type other than int32 and int64 is refused.
  private static func inside(_ x: Tensor, _ indices: [Tensor?]) throws -> [Tensor?] {
    guard indices.count <= x.rank else {
      throw TorchError(.index, "too many indices: \(indices.count) for a tensor of \(x.rank) dimensions")
    }
    return try indices.enumerated().map { d, index in
      guard let index else { return nil }
      try IndexCheck.type(index)
      let size = Int64(x.impl.sizes[d])
      return index.clamp(min: .int(-size), max: .int(Swift.max(size - 1, 0)))
    }
  }

  private static func samples(_ s: inout SampleSource) -> (x: IValue, mask: IValue, indices: IValue) {
    (
      .tensor(s.tensor([3, 4])), .tensor(Tensor([[true, false], [true, true]])),
      [Optional(Tensor([[0, 7], [2, 1]])), Optional(Tensor([[1, 0], [-1, 3]]))].box()
    )
  }

  package static let get = Op<Tensor, Tensor, [Tensor?], Scalar, Tensor>.composite(
    "aten::_unsafe_masked_index(Tensor self, Tensor mask, Tensor?[] indices, Scalar fill) -> Tensor",
    samples: { s in
      let a = samples(&s)
      return [Sample(a.x, a.mask, a.indices, .scalar(.double(0.5)))]
    }
  ) { x, mask, indices, fill in
    var (source, places) = (x, try inside(x, indices))
    if x.count == 0 {
      // Nothing can be read; one element a dimension gives the result its sizes.
      var sizes = x.impl.sizes
      for (d, place) in places.enumerated() where place != nil { sizes[d] = 1 }
      source = try Tensor.filled(fill, TensorSpec(like: x, sizes: sizes))
      places = places.map { $0?.zerosLike() }
    }
    return try Masks.fillScalar.callThrowing(AdvancedIndex.get.callThrowing(source, places), mask.logicalNot(), fill)
  }

  package static let add = Op<Tensor, Tensor, [Tensor?], Tensor, Tensor>.composite(
    "aten::_unsafe_masked_index_put_accumulate(Tensor self, Tensor mask, Tensor?[] indices, Tensor values) -> Tensor",
    samples: { s in
      let a = samples(&s)
      return [Sample(a.x, a.mask, a.indices, .tensor(s.tensor([2, 2])))]
    }
  ) { x, mask, indices, values in
    let places = try inside(x, indices)
    if x.count == 0 { return x.clone() }
    let kept = try Masks.fillScalar.callThrowing(values, mask.logicalNot(), 0)
    return try AdvancedIndex.put.op.callThrowing(x, places, kept, true)
  }

  package static let table: [AnyOp] = [get.erased, add.erased]
}
