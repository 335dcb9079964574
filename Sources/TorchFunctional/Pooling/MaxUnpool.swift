import TorchCore

/// Elements put back where a maximum pooling took them from.
enum MaxUnpool {
  private static func spec(_ x: Tensor, _ indices: Tensor, _ size: [Int], _ dims: Int) throws -> TensorSpec {
    _ = try PoolShape.spatial(x, dims)
    guard indices.dtype == .int64, indices.impl.sizes == x.impl.sizes else {
      throw TorchError(.shape, "indices must be int64 of self's sizes \(x.impl.sizes), got \(indices.summary)")
    }
    guard size.count == dims, size.allSatisfy({ $0 >= 0 && $0 <= Int(Int32.max) }) else {
      throw TorchError(.value, "output_size must be \(dims) numbers of at least 0, got \(size)")
    }
    return TensorSpec(like: x, sizes: PoolShape.sizes(x, size))
  }

  private static func pullback(_ tape: Tape<Tensor>, _ indices: Tensor, _ dims: Int) -> Pullback {
    let places = tape.save(indices)
    return { g, sink in if sink.wants(0) { sink[0] = PlaneIndices.pick(g.first, try sink.value(places), dims) } }
  }

  static let unpool2d: Op<Tensor, Tensor, [Int], Tensor> = .structured(
    "aten::max_unpool2d(Tensor self, Tensor indices, SymInt[2] output_size) -> Tensor",
    rule: { x, indices, size in try spec(x, indices, size, 2) },
    kernel: { out, x, indices, _ in try PlaneIndices.place(x, indices, 2, into: out) },
    vjp: { tape, _, indices, _ in pullback(tape, indices, 2) },
    samples: { s in
      [
        Sample(
          .tensor(s.tensor([1, 2, 2, 2])), .tensor(Tensor([0, 3, 8, 11, 1, 2, 9, 15]).reshape([1, 2, 2, 2])), [4, 4].box()),
        Sample(.tensor(s.tensor([1, 1, 2])), .tensor(Tensor([1, 4]).reshape([1, 1, 2])), [2, 3].box()),
      ]
    })

  static let unpool3d: Op<Tensor, Tensor, [Int], [Int], [Int], Tensor> = .structured(
    "aten::max_unpool3d(Tensor self, Tensor indices, SymInt[3] output_size, int[3] stride, int[3] padding) -> Tensor",
    rule: { x, indices, size, stride, padding in
      guard stride.count == 3, padding.count == 3, stride.allSatisfy({ $0 > 0 }) else {
        throw TorchError(.value, "stride must be 3 positive numbers and padding 3 numbers, got \(stride) and \(padding)")
      }
      return try spec(x, indices, size, 3)
    },
    kernel: { out, x, indices, _, _, _ in try PlaneIndices.place(x, indices, 3, into: out) },
    vjp: { tape, _, indices, _, _, _ in pullback(tape, indices, 3) },
    samples: { s in
      [
        Sample(
          .tensor(s.tensor([1, 1, 1, 2, 2])), .tensor(Tensor([0, 3, 8, 21]).reshape([1, 1, 1, 2, 2])), [2, 4, 4].box(),
          [2, 2, 2].box(), [0, 0, 0].box())
      ]
    })

  static let table: [AnyOp] = [unpool2d.erased, unpool3d.erased]
}
