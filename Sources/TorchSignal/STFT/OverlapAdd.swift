import CTorchKernels
import TorchCore

/// The sums of overlapping windows: what `unfold` is transposed.
package enum OverlapAdd {
  package static let op: Op<Tensor, [Int], Int, Int, Int, Tensor> = .structured(
    "torch::_overlap_add(Tensor grad_in, SymInt[] input_sizes, int dim, int size, int step) -> Tensor",
    rule: { x, sizes, dim, size, step in
      guard x.dtype.isDifferentiable else { throw TorchError(.dtype, "expected a floating-point or complex tensor, got \(x.dtype)") }
      if let bad = sizes.first(where: { $0 < 0 }) { throw TorchError(.shape, "input_sizes must not be negative, got \(bad)") }
      guard !sizes.isEmpty else { throw TorchError(.shape, "input_sizes must have a dimension") }
      guard step > 0, size >= 0 else { throw TorchError(.value, "size must not be negative and step positive, got \(size) and \(step)") }
      let d = try normalizeDim(dim, rank: sizes.count)
      guard size <= sizes[d] else { throw TorchError(.shape, "size \(size) exceeds the \(sizes[d]) elements of dimension \(d)") }
      var expected = Dims(sizes)
      expected[d] = (sizes[d] - size) / step + 1
      expected.append(size)
      guard x.impl.sizes == expected else {
        throw TorchError(.shape, "windows of \(size) every \(step) elements of \(sizes) have sizes \(expected), got \(x.impl.sizes)")
      }
      return TensorSpec(like: x, sizes: Dims(sizes))
    },
    kernel: { out, x, sizes, dim, size, step in
      if out.count == 0 { return }
      let rank = sizes.count
      let d = try normalizeDim(dim, rank: rank)
      let others = (0..<rank).filter { $0 != d }
      let type: DType = out.dtype == .float16 || out.dtype == .bfloat16 ? .float32 : out.dtype
      let frames = x.to(type).permute(others + [d, rank]).contiguous()
      let moved = out.permute(others + [d])
      let target = out.dtype == type && moved.isContiguous ? moved : try Tensor.allocate(TensorSpec(moved.impl.sizes, type))
      let parts = type.isComplex ? 2 : 1
      let length = sizes[d]
      let count = (length - size) / step + 1
      let (to, from) = (target.address, UnsafeRawPointer(frames.address))
      let isDouble = type.realType == .float64
      parallelFor(out.count / length, grain: Swift.max(1, 16384 / Swift.max(count * size, 1))) { range in
        torch_overlap_add(
          to, from, isDouble, Int64(count), Int64(size * parts), Int64(step * parts), Int64(length * parts),
          Int64(range.lowerBound), Int64(range.upperBound))
      }
      if !(target === moved) { Copying.copy(target, into: moved) }
    },
    vjp: { _, _, _, dim, size, step in { g, sink in sink[0] = g.first.unfold(dim, size: size, step: step) } },
    samples: { s in
      [
        Sample(.tensor(s.tensor([2, 3, 4])), [2, 8].box(), 1.box(), 4.box(), 2.box()),
        Sample(.tensor(s.tensor([3, 2, 3])), [7, 2].box(), 0.box(), 3.box(), 2.box()),
      ]
    })
}
