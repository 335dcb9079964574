import CTorchKernels
import TorchOps

#if canImport(Glibc)
  import Glibc
#endif

/// Scales the gradients of all parameters together so that the norm of all of them taken as one vector is at most `maxNorm`.
/// `torch.nn.utils.clip_grad_norm_`.
/// - Parameters:
///   - normType: the p of the p-norm; infinity takes the largest magnitude.
///   - errorIfNonFinite: fails instead of scaling by a norm that is infinite or NaN.
/// - Returns: the norm before scaling; 0 without gradients.
@discardableResult
public func clipGradNorm_(
  _ parameters: [Tensor], maxNorm: Double, normType: Double = 2, errorIfNonFinite: Bool = false
) -> Double {
  checked(0, "clipGradNorm_") {
    try noGrad {
      guard maxNorm >= 0 else { throw TorchError(.value, "maxNorm: expected a number of at least 0, got \(maxNorm)") }
      guard normType > 0 else { throw TorchError(.value, "normType: expected a number above 0, got \(normType)") }
      let gradients = parameters.compactMap(\.grad)
      let norm = totalNorm(gradients, normType)
      if errorIfNonFinite && !norm.isFinite { throw TorchError(.value, "the norm of the gradients is \(norm)") }
      let factor = maxNorm / (norm + 1e-6)
      if factor >= 1 { return norm }
      for gradient in gradients { gradient.scaleInPlace(by: factor) }
      return norm
    }
  }
}

/// Limits each element of the gradients to -`clipValue` … `clipValue`. `torch.nn.utils.clip_grad_value_`.
public func clipGradValue_(_ parameters: [Tensor], clipValue: Double) {
  checked((), "clipGradValue_") {
    guard clipValue >= 0 else { throw TorchError(.value, "clipValue: expected a number of at least 0, got \(clipValue)") }
    noGrad {
      for gradient in parameters.compactMap(\.grad) { gradient.clamp_(min: Scalar(-clipValue), max: Scalar(clipValue)) }
    }
  }
}

/// The norm of tensors taken as one vector. `torch.nn.utils.get_total_norm`.
public func getTotalNorm(_ tensors: [Tensor], normType: Double = 2) -> Double {
  checked(0, "getTotalNorm") {
    guard normType > 0 else { throw TorchError(.value, "normType: expected a number above 0, got \(normType)") }
    return noGrad { totalNorm(tensors, normType) }
  }
}

private func totalNorm(_ gradients: [Tensor], _ p: Double) -> Double {
  if p == 2 {
    // Blocks are added in order, so that the number of threads does not show.
    return gradients.reduce(0) { $0 + squaredNorm($1) }.squareRoot()
  }
  let norms = gradients.map { $0.norm(.double(p)).item(as: Double.self) }
  if p == .infinity { return norms.reduce(0) { $1.isNaN || $0.isNaN ? .nan : max($0, $1) } }
  return pow(norms.reduce(0) { $0 + pow($1, p) }, 1 / p)
}

private func squaredNorm(_ gradient: Tensor) -> Double {
  let real = gradient.dtype.realType
  let source: Tensor
  if real.byteCount < 4 {
    source = gradient.to(.float32).contiguous()
  } else if gradient.impl.sizes.isDense(strides: gradient.impl.strides) {
    source = gradient
  } else {
    source = gradient.contiguous()
  }
  let kind = Int32(source.dtype.realType.rawValue)
  let count = source.count * (gradient.dtype.isComplex ? 2 : 1)
  let size = Int(TORCH_NORM_BLOCK)
  let blocks = (count + size - 1) / size
  return withUnsafeTemporaryAllocation(of: Double.self, capacity: max(blocks, 1)) { sums in
    guard let out = sums.baseAddress else { return 0 }
    // Each part writes the sums of its own blocks.
    nonisolated(unsafe) let base = out
    parallelFor(blocks, grain: 4) { range in
      _ = torch_squared_norm_blocks(kind, Int64(count), source.address, Int64(range.lowerBound), Int64(range.upperBound), base)
    }
    return (0..<blocks).reduce(0) { $0 + base[$1] }
  }
}

extension Tensor {
  fileprivate func scaleInPlace(by factor: Double) {
    let real = dtype.realType
    guard isCPU, real.byteCount >= 4, impl.sizes.isDense(strides: impl.strides) else {
      mul_(Tensor(scalar: .double(factor)))
      return
    }
    let numbers = count * (dtype.isComplex ? 2 : 1)
    parallelFor(numbers, grain: parallelGrainBytes / 4) { range in
      _ = torch_scale(Int32(real.rawValue), Int64(range.count), address + range.lowerBound * real.byteCount, factor)
    }
    InPlace.changed(self)
  }
}
