import TorchCore

// MARK: Maxima

/// The largest elements of windows over the last dimension of sizes (N, C, L) or (C, L). `torch.nn.functional.max_pool1d`.
public func maxPool1d(
  _ input: Tensor, _ kernelSize: Int, stride: Int? = nil, padding: Int = 0, dilation: Int = 1, ceilMode: Bool = false
) -> Tensor {
  MaxPool.pool1d(input, [kernelSize], stride.map { [$0] } ?? [], [padding], [dilation], ceilMode)
}
/// `maxPool1d` and the `int64` places of the largest elements in their lines.
public func maxPool1dWithIndices(
  _ input: Tensor, _ kernelSize: Int, stride: Int? = nil, padding: Int = 0, dilation: Int = 1, ceilMode: Bool = false
) -> TensorPair {
  MaxPool.pool1dWithIndices(input, [kernelSize], stride.map { [$0] } ?? [], [padding], [dilation], ceilMode)
}
/// The largest elements of windows over (H, W) of sizes (N, C, H, W) or (C, H, W). The result keeps the input's layout.
/// `torch.nn.functional.max_pool2d`.
/// - Parameters:
///   - kernelSize, padding, dilation: one number for both dimensions, or two.
///   - stride: the kernel size when nil.
///   - ceilMode: lets the last windows hang over the edge.
public func maxPool2d(
  _ input: Tensor, _ kernelSize: [Int], stride: [Int]? = nil, padding: [Int] = [0], dilation: [Int] = [1], ceilMode: Bool = false
) -> Tensor {
  MaxPool.pool2d(input, kernelSize, stride ?? [], padding, dilation, ceilMode)
}
/// `maxPool2d` and the `int64` indices h * W + w of the largest elements in their planes.
public func maxPool2dWithIndices(
  _ input: Tensor, _ kernelSize: [Int], stride: [Int]? = nil, padding: [Int] = [0], dilation: [Int] = [1], ceilMode: Bool = false
) -> TensorPair {
  MaxPool.pool2dWithIndices(input, kernelSize, stride ?? [], padding, dilation, ceilMode)
}
/// The largest elements of windows over (D, H, W) of sizes (N, C, D, H, W) or (C, D, H, W); see `maxPool2d`.
/// `torch.nn.functional.max_pool3d`.
public func maxPool3d(
  _ input: Tensor, _ kernelSize: [Int], stride: [Int]? = nil, padding: [Int] = [0], dilation: [Int] = [1], ceilMode: Bool = false
) -> Tensor {
  MaxPool.pool3d(input, kernelSize, stride ?? [], padding, dilation, ceilMode)
}
/// `maxPool3d` and the `int64` indices (d * H + h) * W + w of the largest elements in their volumes.
public func maxPool3dWithIndices(
  _ input: Tensor, _ kernelSize: [Int], stride: [Int]? = nil, padding: [Int] = [0], dilation: [Int] = [1], ceilMode: Bool = false
) -> TensorPair {
  MaxPool.pool3dWithIndices(input, kernelSize, stride ?? [], padding, dilation, ceilMode)
}

// MARK: Means

/// The means of windows over the last dimension of sizes (N, C, L) or (C, L). `torch.nn.functional.avg_pool1d`.
public func avgPool1d(
  _ input: Tensor, _ kernelSize: Int, stride: Int? = nil, padding: Int = 0, ceilMode: Bool = false, countIncludePad: Bool = true
) -> Tensor {
  AveragePool.pool1d(input, [kernelSize], stride.map { [$0] } ?? [], [padding], ceilMode, countIncludePad)
}
/// The means of windows over (H, W) of sizes (N, C, H, W) or (C, H, W). The result keeps the input's layout.
/// `torch.nn.functional.avg_pool2d`.
/// - Parameters:
///   - countIncludePad: whether padding counts in the divisor.
///   - divisorOverride: divides by this number instead.
public func avgPool2d(
  _ input: Tensor, _ kernelSize: [Int], stride: [Int]? = nil, padding: [Int] = [0], ceilMode: Bool = false,
  countIncludePad: Bool = true, divisorOverride: Int? = nil
) -> Tensor {
  AveragePool.pool2d(input, kernelSize, stride ?? [], padding, ceilMode, countIncludePad, divisorOverride)
}
/// The means of windows over (D, H, W) of sizes (N, C, D, H, W) or (C, D, H, W); see `avgPool2d`.
/// `torch.nn.functional.avg_pool3d`.
public func avgPool3d(
  _ input: Tensor, _ kernelSize: [Int], stride: [Int]? = nil, padding: [Int] = [0], ceilMode: Bool = false,
  countIncludePad: Bool = true, divisorOverride: Int? = nil
) -> Tensor {
  AveragePool.pool3d(input, kernelSize, stride ?? [], padding, ceilMode, countIncludePad, divisorOverride)
}

// MARK: Adaptive

/// An output size, where one number stands for all dimensions.
private func all(_ size: [Int], _ dims: Int) -> [Int] { size.count == 1 ? Array(repeating: size[0], count: dims) : size }

/// Means over as many about equal windows of the last dimension as asked for. `torch.nn.functional.adaptive_avg_pool1d`.
public func adaptiveAvgPool1d(_ input: Tensor, _ outputSize: Int) -> Tensor { AdaptivePool.adaptive1d(input, [outputSize]) }
/// Means over as many about equal windows as the result has positions. One number stands for both sizes.
/// `torch.nn.functional.adaptive_avg_pool2d`.
public func adaptiveAvgPool2d(_ input: Tensor, _ outputSize: [Int]) -> Tensor { AdaptivePool.adaptive2d(input, all(outputSize, 2)) }
/// Means over as many about equal windows of (D, H, W) as the result has positions. One number stands for all sizes.
/// `torch.nn.functional.adaptive_avg_pool3d`.
public func adaptiveAvgPool3d(_ input: Tensor, _ outputSize: [Int]) -> Tensor { AdaptivePool.adaptive3d(input, all(outputSize, 3)) }

/// Maxima over as many about equal windows of the last dimension as asked for, and their places.
/// `torch.nn.functional.adaptive_max_pool1d`.
public func adaptiveMaxPool1d(_ input: Tensor, _ outputSize: Int) -> TensorPair { AdaptivePool.max1d(input, [outputSize]) }
/// Maxima over as many about equal windows of (H, W) as the result has positions, and their indices as `maxPool2dWithIndices`
/// gives them. `torch.nn.functional.adaptive_max_pool2d`.
public func adaptiveMaxPool2d(_ input: Tensor, _ outputSize: [Int]) -> TensorPair { AdaptivePool.max2d(input, all(outputSize, 2)) }
/// Maxima over as many about equal windows of (D, H, W) as the result has positions, and their indices as `maxPool3dWithIndices`
/// gives them. `torch.nn.functional.adaptive_max_pool3d`.
public func adaptiveMaxPool3d(_ input: Tensor, _ outputSize: [Int]) -> TensorPair { AdaptivePool.max3d(input, all(outputSize, 3)) }

// MARK: Fractional

/// Maxima over (H, W) windows whose places are drawn at random, and their indices. `torch.nn.functional.fractional_max_pool2d`.
/// - Parameters:
///   - outputSize: positions of the result; one number stands for both.
///   - randomSamples: numbers in [0, 1) of sizes (N, C, 2) that place the windows; drawn when nil.
public func fractionalMaxPool2d(
  _ input: Tensor, _ kernelSize: [Int], outputSize: [Int], randomSamples: Tensor? = nil
) -> TensorPair {
  FractionalMaxPool.pool2d(
    input, all(kernelSize, 2), all(outputSize, 2), randomSamples ?? FractionalMaxPool.samples(input, 2))
}
/// Maxima over (D, H, W) windows whose places are drawn at random, and their indices; see `fractionalMaxPool2d`.
/// `torch.nn.functional.fractional_max_pool3d`.
public func fractionalMaxPool3d(
  _ input: Tensor, _ kernelSize: [Int], outputSize: [Int], randomSamples: Tensor? = nil
) -> TensorPair {
  FractionalMaxPool.pool3d(
    input, all(kernelSize, 3), all(outputSize, 3), randomSamples ?? FractionalMaxPool.samples(input, 3))
}

extension FractionalMaxPool {
  /// Places of the windows, one set for each plane.
  fileprivate static func samples(_ x: Tensor, _ dims: Int) -> Tensor {
    let channels = x.rank > dims ? x.shape[x.rank - dims - 1] : 1
    return Tensor.rand([x.rank == dims + 2 ? x.shape[0] : 1, channels, dims], dtype: x.dtype.isFloatingPoint ? x.dtype : nil)
  }
}

// MARK: Unpooling

/// The sizes that pooling shrank to `x`'s, as far as they can be known.
private func unpooledSize(_ x: Tensor, _ kernel: [Int], _ stride: [Int], _ padding: [Int]) -> [Int] {
  let spatial = x.shape.suffix(kernel.count)
  // The op names what is wrong with an empty size.
  guard stride.count == kernel.count, padding.count == kernel.count else { return [] }
  return zip(spatial.indices, kernel.indices).map { d, i in
    (spatial[d] &- 1) &* stride[i] &+ kernel[i] &- 2 &* padding[i]
  }
}

/// Undoes `maxPool1d`: elements go to where their maxima were, everything else is 0. `torch.nn.functional.max_unpool1d`.
/// - Parameters:
///   - indices: from `maxPool1dWithIndices`.
///   - outputSize: the length before the pooling; the least that fits when nil.
public func maxUnpool1d(
  _ input: Tensor, _ indices: Tensor, _ kernelSize: Int, stride: Int? = nil, padding: Int = 0, outputSize: Int? = nil
) -> Tensor {
  let size = outputSize.map { [$0] } ?? unpooledSize(input, [kernelSize], [stride ?? kernelSize], [padding])
  return MaxUnpool.unpool2d(input.unsqueeze(-1), indices.unsqueeze(-1), size + [1]).squeeze(-1)
}
/// Undoes `maxPool2d`; see `maxUnpool1d`. `torch.nn.functional.max_unpool2d`.
public func maxUnpool2d(
  _ input: Tensor, _ indices: Tensor, _ kernelSize: [Int], stride: [Int]? = nil, padding: [Int] = [0], outputSize: [Int]? = nil
) -> Tensor {
  let kernel = all(kernelSize, 2)
  let size = outputSize ?? unpooledSize(input, kernel, all(stride ?? kernel, 2), all(padding, 2))
  return MaxUnpool.unpool2d(input, indices, size)
}
/// Undoes `maxPool3d`; see `maxUnpool1d`. `torch.nn.functional.max_unpool3d`.
public func maxUnpool3d(
  _ input: Tensor, _ indices: Tensor, _ kernelSize: [Int], stride: [Int]? = nil, padding: [Int] = [0], outputSize: [Int]? = nil
) -> Tensor {
  let (kernel, padding) = (all(kernelSize, 3), all(padding, 3))
  let stride = all(stride ?? kernel, 3)
  let size = outputSize ?? unpooledSize(input, kernel, stride, padding)
  return MaxUnpool.unpool3d(input, indices, size, stride, padding)
}

// MARK: Powers

/// (Σ xᵖ)^(1/p) from the means of windows of `count` elements.
private func rootOfSums(_ means: Tensor, _ norm: Double, count: Int) -> Tensor {
  (means.sign() * means.abs().relu() * Tensor(scalar: .double(Double(count)))).pow(.double(1 / norm))
}

/// The largest or smallest distances from 0 in windows.
private func extremes(_ input: Tensor, _ norm: Double, _ pool: (Tensor) -> Tensor) -> Tensor {
  norm > 0 ? pool(input.abs()) : -pool(-input.abs())
}

/// The p-norm of windows over the last dimension: (Σ xᵖ)^(1/p). `torch.nn.functional.lp_pool1d`.
public func lpPool1d(_ input: Tensor, normType: Double, _ kernelSize: Int, stride: Int? = nil, ceilMode: Bool = false) -> Tensor {
  if normType.isInfinite { return extremes(input, normType) { maxPool1d($0, kernelSize, stride: stride, ceilMode: ceilMode) } }
  let means = avgPool1d(input.pow(.double(normType)), kernelSize, stride: stride, ceilMode: ceilMode)
  return rootOfSums(means, normType, count: kernelSize)
}
/// The p-norm of windows over (H, W). `torch.nn.functional.lp_pool2d`.
public func lpPool2d(_ input: Tensor, normType: Double, _ kernelSize: [Int], stride: [Int]? = nil, ceilMode: Bool = false) -> Tensor {
  if normType.isInfinite { return extremes(input, normType) { maxPool2d($0, kernelSize, stride: stride, ceilMode: ceilMode) } }
  let means = avgPool2d(input.pow(.double(normType)), kernelSize, stride: stride, ceilMode: ceilMode)
  return rootOfSums(means, normType, count: all(kernelSize, 2).reduce(1, &*))
}
/// The p-norm of windows over (D, H, W). `torch.nn.functional.lp_pool3d`.
public func lpPool3d(_ input: Tensor, normType: Double, _ kernelSize: [Int], stride: [Int]? = nil, ceilMode: Bool = false) -> Tensor {
  if normType.isInfinite { return extremes(input, normType) { maxPool3d($0, kernelSize, stride: stride, ceilMode: ceilMode) } }
  let means = avgPool3d(input.pow(.double(normType)), kernelSize, stride: stride, ceilMode: ceilMode)
  return rootOfSums(means, normType, count: all(kernelSize, 3).reduce(1, &*))
}
