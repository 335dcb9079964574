import TorchCore
import CTorchKernels

/// A float32 convolution of each channel by itself: as many outputs as channels, dilation 1, contiguous planes.
struct DepthwiseConvolution {
  private let shape: torch_depthwise_shape

  /// Nil where the kernel does not apply.
  /// - Parameter isTurned: whether `x` is the gradient of the output and the input's is computed.
  init?(_ x: Tensor, _ weight: Tensor, _ out: Tensor, _ geometry: ConvolutionGeometry, isTurned: Bool) {
    let (sizes, outSizes, kernel) = (x.impl.sizes, out.impl.sizes, weight.impl.sizes)
    guard out.dtype == .float32, x.rank == 4, geometry.groups == sizes[1], outSizes[1] == sizes[1], x.impl.isContiguous,
      out.impl.isContiguous, geometry.dilation == [1, 1], kernel[2] <= Int(TORCH_DEPTHWISE_KERNEL), kernel[3] <= Int(TORCH_DEPTHWISE_KERNEL)
    else { return nil }
    let stride = geometry.stride
    let padding = isTurned ? [kernel[2] - 1 - geometry.padding[0], kernel[3] - 1 - geometry.padding[1]] : geometry.padding
    guard stride.allSatisfy({ $0 <= (isTurned ? 1 : 2) }), padding.allSatisfy({ $0 >= 0 }) else { return nil }
    shape = torch_depthwise_shape(
      channels: Int64(sizes[1]), height: Int64(sizes[2]), width: Int64(sizes[3]), out_height: Int64(outSizes[2]),
      out_width: Int64(outSizes[3]), kernel_y: Int64(kernel[2]), kernel_x: Int64(kernel[3]), stride_y: Int64(stride[0]),
      stride_x: Int64(stride[1]), padding_y: Int64(padding[0]), padding_x: Int64(padding[1]), turned: isTurned)
  }

  func run(_ x: Tensor, _ weight: Tensor, bias: Tensor?, into out: Tensor) throws {
    let (weight, bias) = (weight.contiguous(), bias?.contiguous())
    let run = torch_depthwise(torch_level_current())
    let (source, factors) = (x.address.assumingMemoryBound(to: Float.self), weight.address.assumingMemoryBound(to: Float.self))
    let target = out.address.assumingMemoryBound(to: Float.self)
    let first = bias?.address.assumingMemoryBound(to: Float.self)
    let planes = x.impl.sizes[0] * x.impl.sizes[1]
    let work = Int(shape.out_height * shape.out_width * shape.kernel_y * shape.kernel_x)
    withUnsafePointer(to: shape) { shape in
      let frame = 4 * Int(torch_depthwise_frame(shape))
      parallelFor(planes, grain: Swift.max(1, (1 << 16) / Swift.max(1, work))) { range in
        withUnsafeTemporaryAllocation(byteCount: frame, alignment: 64) { memory in
          run(
            shape, source, factors, first, target, memory.baseAddress!.assumingMemoryBound(to: Float.self), Int64(range.lowerBound),
            Int64(range.upperBound))
        }
      }
    }
    withExtendedLifetime((weight, bias)) {}
  }
}
