import CTorchKernels
import TorchCore

/// How often each whole number occurs.
enum Counts {
  static let bincount = Op<Tensor, Tensor?, Int, Tensor>.structured(
    "aten::bincount(Tensor self, Tensor? weights=None, SymInt minlength=0) -> Tensor",
    undifferentiable: "a count does not change continuously",
    rule: { x, weights, minLength in
      guard x.dtype.isInteger else { throw TorchError(.dtype, "expected integers, got \(x.dtype)") }
      guard x.rank == 1 else { throw TorchError(.shape, "expected one dimension, got \(x.summary)") }
      guard minLength >= 0 else { throw TorchError(.value, "minlength must not be negative, got \(minLength)") }
      if let weights, weights.impl.sizes != x.impl.sizes {
        throw TorchError(.shape, "weights must have sizes \(x.impl.sizes), got \(weights.summary)")
      }
      guard x.isCPU else {
        throw TorchError(.elements, "the length of the result depends on the values, which \(x.device) tensors lack")
      }
      let type: DType = weights.map { $0.dtype == .float32 ? .float32 : .float64 } ?? .int64
      if x.count == 0 { return TensorSpec([minLength], .int64) }
      let range = noGrad { x.detach().aminmax() }
      let (least, largest) = (range.min.item(as: Int.self), range.max.item(as: Int.self))
      guard least >= 0 else { throw TorchError(.value, "expected no negative numbers, got \(least)") }
      guard largest < Int.max else { throw TorchError(.value, "\(largest) is too large to count up to") }
      return TensorSpec([Swift.max(largest + 1, minLength)], type)
    },
    kernel: { out, x, weights, _ in
      Copying.fill(out, 0)
      if x.count == 0 { return }
      let numbers = x.to(.int64).contiguous()
      let shares = weights?.to(out.dtype).contiguous()
      torch_bincount(
        Int64(x.count), numbers.int64s, Int32(out.dtype.rawValue), shares.map { UnsafeRawPointer($0.address) }, out.address)
    },
    samples: { s in
      [
        Sample(.tensor(s.integers([7], high: 4)), .none, 0.box()),
        Sample(.tensor(s.integers([7], high: 4)), .tensor(s.tensor([7])), 6.box()),
      ]
    })

  static let table: [AnyOp] = [bincount.erased]
}

extension Tensor {
  /// How often each number from 0 to the largest occurs in a vector of integers that are not negative: `int64`, or sums of
  /// weights. `torch.bincount`.
  public func bincount(weights: Tensor? = nil, minLength: Int = 0) -> Tensor { Counts.bincount(self, weights, minLength) }
}
