import TorchOps

/// What the layers share that reduce windows of the last dimensions.
open class PoolingLayer: Module {
  public let kernelSize: [Int]
  public let stride: [Int]
  public let padding: [Int]
  public let ceilMode: Bool
  /// Kernel, stride and padding as they were given, which the description shows.
  final let given: (kernelSize: String, stride: String, padding: String)

  init(
    dims: Int, _ kernelSize: any SpatialSize, _ stride: (any SpatialSize)?, _ padding: any SpatialSize, _ ceilMode: Bool
  ) {
    let name = String(describing: Self.self)
    self.kernelSize = kernelSize.numbers(dims, "kernelSize", minimum: 1, in: name)
    self.stride = (stride ?? kernelSize).numbers(dims, "stride", minimum: 1, in: name)
    self.padding = padding.numbers(dims, "padding", minimum: 0, in: name)
    self.ceilMode = ceilMode
    given = (kernelSize.described, stride?.described ?? "None", padding.described)
  }

  /// The stride as it was given, or the kernel where it was not.
  final var givenStride: String { given.stride == "None" ? given.kernelSize : given.stride }
}
