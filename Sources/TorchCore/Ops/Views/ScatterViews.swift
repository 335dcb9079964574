/// Copies of a tensor in which a part, which a view names, is replaced: the functional form of changing a view in place.
package enum ScatterViewOps {
  /// - Parameters:
  ///   - view: the part's place, for a tensor of self's sizes and strides.
  ///   - erase: the op itself with its parameters, on the gradient with a part of zeros.
  ///   - pick: the view itself with its parameters, on the gradient.
  private static func op<each P: Boxable>(
    _ text: String, view: Op<Tensor, repeat each P, Tensor>,
    again: @escaping @Sendable (Tensor, Tensor, repeat each P) -> Tensor,
    samples: @escaping @Sendable (inout SampleSource) -> [Sample]
  ) -> Op<Tensor, Tensor, repeat each P, Tensor> {
    Op<Tensor, Tensor, repeat each P, Tensor>.structured(
      text,
      rule: { (x: Tensor, part: Tensor, p: repeat each P) in
        let place = try noGrad { try view.run(x.detach(), repeat each p) }
        guard place.impl.sizes == part.impl.sizes else {
          throw TorchError(.shape, "src has sizes \(part.impl.sizes), but the part of self has \(place.impl.sizes)")
        }
        return TensorSpec(x.impl.sizes, x.dtype, x.device, strides: try CopyOps.strides(x, .preserve))
      },
      kernel: { (out: Tensor, x: Tensor, part: Tensor, p: repeat each P) in
        Copying.copy(x, into: out)
        Copying.copy(part, into: try view.run(out, repeat each p))
      },
      vjp: { (_: Tape<Tensor>, _: Tensor, part: Tensor, p: repeat each P) in
        let (sizes, dtype) = (part.shape, part.dtype)
        return { g, sink in
          if sink.wants(0) { sink[0] = again(g.first, .zeros(sizes, dtype: g.first.dtype, device: g.first.device), repeat each p) }
          if sink.wants(1) { sink[1] = view(g.first, repeat each p).to(dtype) }
        }
      },
      samples: samples)
  }

  package static let slice: Op<Tensor, Tensor, Int, Int?, Int?, Int, Tensor> = op(
    "aten::slice_scatter(Tensor self, Tensor src, int dim=0, SymInt? start=None, SymInt? end=None, SymInt step=1) -> Tensor",
    view: ViewOps.slice, again: { slice($0, $1, $2, $3, $4, $5) },
    samples: { s in [Sample(.tensor(s.tensor([5, 3])), .tensor(s.tensor([2, 3])), 0.box(), 1.box(), 4.box(), 2.box())] })

  package static let select: Op<Tensor, Tensor, Int, Int, Tensor> = op(
    "aten::select_scatter(Tensor self, Tensor src, int dim, SymInt index) -> Tensor",
    view: ViewOps.select, again: { select($0, $1, $2, $3) },
    samples: { s in [Sample(.tensor(s.tensor([2, 3])), .tensor(s.tensor([2])), 1.box(), (-1).box())] })

  package static let diagonal: Op<Tensor, Tensor, Int, Int, Int, Tensor> = op(
    "aten::diagonal_scatter(Tensor self, Tensor src, int offset=0, int dim1=0, int dim2=1) -> Tensor",
    view: ViewOps.diagonal, again: { diagonal($0, $1, $2, $3, $4) },
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), .tensor(s.tensor([3])), 1.box(), 0.box(), 1.box())] })

  /// The strides are those of self's memory, which the copy keeps where it has no gaps.
  package static let strided = Op<Tensor, Tensor, [Int], [Int], Int?, Tensor>.composite(
    "aten::as_strided_scatter(Tensor self, Tensor src, SymInt[] size, SymInt[] stride, SymInt? storage_offset=None) -> Tensor",
    samples: { s in [Sample(.tensor(s.tensor([4, 5])), .tensor(s.tensor([2, 3])), [2, 3].box(), [5, 1].box(), 1.box())] }
  ) { x, part, sizes, strides, offset in
    guard part.shape == sizes else {
      throw TorchError(.shape, "src has sizes \(part.impl.sizes), but the part of self has \(sizes)")
    }
    // The whole storage is copied where self has gaps, so that offset and strides mean the same in the copy. Elements that share
    // a place cannot keep it.
    let dense = x.impl.offset == 0 && x.impl.sizes.isDense(strides: x.impl.strides)
    let repeats = (0..<x.rank).contains { x.impl.strides[$0] == 0 && x.impl.sizes[$0] > 1 }
    let length = x.impl.storage.byteCount / x.dtype.byteCount
    let copy: Tensor
    if dense || repeats {
      copy = try CopyOps.clone.callThrowing(x, .preserve)
    } else {
      let all = try CopyOps.clone.callThrowing(try ViewOps.asStrided.callThrowing(x, [length], [1], 0), .contiguous)
      copy = try ViewOps.asStrided.callThrowing(all, x.shape, x.strides, x.impl.offset)
    }
    let place = try ViewOps.asStrided.callThrowing(copy, sizes, strides, offset)
    _ = try CopyOps.copy.callThrowing(place, part, false)
    return copy
  }

  package static let table: [AnyOp] = [slice.erased, select.erased, diagonal.erased, strided.erased]
}

extension Tensor {
  /// A copy with every `step`-th position from `start` to `end` replaced by `part`. `torch.slice_scatter`.
  public func sliceScatter(
    _ part: Tensor, _ dim: Int = 0, from start: Int? = nil, to end: Int? = nil, step: Int = 1
  ) -> Tensor {
    ScatterViewOps.slice(self, part, dim, start, end, step)
  }
  /// A copy with one position along a dimension replaced by `part`. `torch.select_scatter`.
  public func selectScatter(_ part: Tensor, _ dim: Int, _ index: Int) -> Tensor {
    ScatterViewOps.select(self, part, dim, index)
  }
  /// A copy with a diagonal replaced by `part`. `torch.diagonal_scatter`.
  public func diagonalScatter(_ part: Tensor, offset: Int = 0, _ dim1: Int = 0, _ dim2: Int = 1) -> Tensor {
    ScatterViewOps.diagonal(self, part, offset, dim1, dim2)
  }
  /// A copy with a strided part of its memory replaced by `part`. `torch.as_strided_scatter`.
  public func asStridedScatter(_ part: Tensor, _ sizes: [Int], _ strides: [Int], offset: Int? = nil) -> Tensor {
    ScatterViewOps.strided(self, part, sizes, strides, offset)
  }
}
