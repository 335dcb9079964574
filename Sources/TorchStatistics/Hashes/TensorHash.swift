import CTorchKernels
import TorchCore

/// Hashes of elements, independent of their order.
enum TensorHash {
  static let op: Op<Tensor, [Int], Bool, Int, Tensor> = .structured(
    "aten::hash_tensor(Tensor self, int[1] dim=[], *, bool keepdim=False, int mode=0) -> Tensor",
    undifferentiable: "a hash is a whole number",
    rule: { x, dims, keepDim, mode in
      guard mode == 0 else { throw TorchError(.value, "mode must be 0, exclusive or, got \(mode)") }
      guard !x.dtype.isComplex, !x.dtype.isCarriedOnly else { throw TorchError(.dtype, "hashes of \(x.dtype) are not defined") }
      let reduced = try ReducedDims(x.impl.sizes, dims, keepDim: keepDim)
      if dims.isEmpty || !reduced.sizes.contains(0) { try reduced.requireElements(x, "a hash") }
      return TensorSpec(like: x, sizes: reduced.sizes, dtype: .uint64)
    },
    kernel: { out, x, dims, keepDim, _ in
      // The bits of the number as float64, or as int64.
      let wide = x.to(x.dtype.isFloatingPoint ? .float64 : .int64)
      try ReducedDims(x.impl.sizes, dims, keepDim: keepDim).withLoop(wide) { source, loop in
        parallelFor(loop.outer, grain: Swift.max(1, 65536 / Swift.max(loop.n * loop.inner, 1))) { part in
          torch_xor_reduce(
            Int64(part.lowerBound), Int64(part.upperBound), Int64(loop.n), Int64(loop.inner),
            source.address.assumingMemoryBound(to: UInt64.self), out.address.assumingMemoryBound(to: UInt64.self))
        }
      }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([2, 3])), [Int]().box(), false.box(), 0.box()),
        Sample(.tensor(s.tensor([2, 3, 2])), [1].box(), true.box(), 0.box()),
      ]
    })

  static let table: [AnyOp] = [op.erased]
}

extension Tensor {
  /// The exclusive or of the elements' bits over dimensions (all when empty), as `uint64`: a checksum that does not depend on the
  /// elements' order. `torch.hash_tensor`.
  public func hashTensor(_ dims: [Int] = [], keepDim: Bool = false) -> Tensor { TensorHash.op(self, dims, keepDim, 0) }
}
