import TorchCore

/// A float32 convolution with kernels of one element, stride 1 and no padding: for each image the product of the weights and its
/// positions, as they lie.
struct PointwiseConvolution {
  private let isTurned: Bool
  private let positions: Int

  /// Nil where it is no such product.
  /// - Parameter isTurned: whether `x` is the gradient of the output and the input's is computed.
  init?(_ x: Tensor, _ weight: Tensor, _ out: Tensor, _ geometry: ConvolutionGeometry, isTurned: Bool) {
    guard out.dtype == .float32, geometry.groups == 1, weight.impl.sizes.dropFirst(2).allSatisfy({ $0 == 1 }),
      geometry.stride.allSatisfy({ $0 == 1 }), geometry.padding.allSatisfy({ $0 == 0 }), x.impl.isContiguous, out.impl.isContiguous
    else { return nil }
    self.isTurned = isTurned
    positions = x.impl.sizes.dropFirst(2).reduce(1, *)
    // Panels of few positions are mostly padding.
    guard positions >= 32, out.impl.sizes[1] >= 12 else { return nil }
  }

  func run(_ x: Tensor, _ weight: Tensor, bias: Tensor?, into out: Tensor) throws {
    let (weight, bias) = (weight.contiguous(), bias?.contiguous())
    let (channels, filters, images) = (x.impl.sizes[1], out.impl.sizes[1], x.impl.sizes[0])
    let (row, depth) = isTurned ? (1, filters) : (channels, 1)
    let products = StridedProducts(rows: filters, columns: positions, depth: channels)
    try products.run(
      count: images, weight.address, row, depth, x.address, 4 * channels * positions, rowBias: bias?.address, out.address,
      4 * filters * positions)
    withExtendedLifetime((weight, bias)) {}
  }
}
