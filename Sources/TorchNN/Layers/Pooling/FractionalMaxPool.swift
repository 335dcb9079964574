import TorchOps

/// What the layers share that take maxima of windows whose places are drawn at random.
open class FractionalMaxPoolLayer: Module {
  public let kernelSize: [Int]
  /// The result's spatial sizes, or nil where they are parts of the input's.
  public let outputSize: [Int]?
  /// The result's sizes as parts of the input's, between 0 and 1.
  public let outputRatio: [Double]?
  /// Numbers from 0 to 1 of sizes (N, C, dimensions) that place the windows; drawn for each call where nil.
  @Buffer(key: "_random_samples") public var randomSamples: Tensor? = nil

  fileprivate init(dims: Int, _ kernelSize: any SpatialSize, _ outputSize: any SpatialSize, _ randomSamples: Tensor?) {
    let name = String(describing: Self.self)
    self.kernelSize = kernelSize.numbers(dims, "kernelSize", minimum: 1, in: name)
    self.outputSize = outputSize.numbers(dims, "outputSize", minimum: 1, in: name)
    outputRatio = nil
    super.init()
    self.randomSamples = randomSamples
  }

  fileprivate init(dims: Int, _ kernelSize: any SpatialSize, ratio: [Double], _ randomSamples: Tensor?) {
    let name = String(describing: Self.self)
    self.kernelSize = kernelSize.numbers(dims, "kernelSize", minimum: 1, in: name)
    outputSize = nil
    outputRatio = checked(Array(repeating: 0.5, count: dims), name) {
      guard ratio.count == 1 || ratio.count == dims, ratio.allSatisfy({ $0 > 0 && $0 < 1 }) else {
        throw TorchError(.value, "outputRatio: expected one number or \(dims) between 0 and 1, got \(ratio)")
      }
      return ratio.count == dims ? ratio : Array(repeating: ratio[0], count: dims)
    }
    super.init()
    self.randomSamples = randomSamples
  }

  fileprivate func pooled(_ x: Tensor) -> TensorPair { TensorPair(values: .poison(), indices: .poison()) }

  fileprivate final func sizes(for x: Tensor) -> [Int] {
    if let outputSize { return outputSize }
    let dims = kernelSize.count
    return outputRatio!.enumerated().map { i, part in x.isDefined && x.rank >= dims ? Int(Double(x.size(i - dims)) * part) : 1 }
  }

  open override func forward(_ x: Tensor) -> Tensor { pooled(x).values }

  /// The maxima, and where in their planes they are. `return_indices=True`.
  public final func withIndices(_ x: Tensor) -> (output: Tensor, indices: Tensor) {
    let results = withHooks([x], outputs: 2) { pooled($0[0]).tensors }
    return (results[0], results[1])
  }
}

/// Maxima of windows of inputs (N, C, H, W) or (C, H, W) that are placed at random. `torch.nn.FractionalMaxPool2d`.
open class FractionalMaxPool2d: FractionalMaxPoolLayer {
  /// - Parameters:
  ///   - outputSize: the result's spatial sizes.
  ///   - randomSamples: numbers from 0 to 1 of sizes (N, C, 2) that place the windows; drawn for each call where nil.
  public init(_ kernelSize: any SpatialSize, outputSize: any SpatialSize, randomSamples: Tensor? = nil) {
    super.init(dims: 2, kernelSize, outputSize, randomSamples)
  }
  /// - Parameter outputRatio: the result's spatial sizes as parts of the input's.
  public init(_ kernelSize: any SpatialSize, outputRatio: Double..., randomSamples: Tensor? = nil) {
    super.init(dims: 2, kernelSize, ratio: outputRatio, randomSamples)
  }

  fileprivate override func pooled(_ x: Tensor) -> TensorPair {
    fractionalMaxPool2d(x, kernelSize, outputSize: sizes(for: x), randomSamples: randomSamples)
  }
}

/// Maxima of windows of inputs (N, C, D, H, W) or (C, D, H, W) that are placed at random. `torch.nn.FractionalMaxPool3d`.
open class FractionalMaxPool3d: FractionalMaxPoolLayer {
  /// - Parameters:
  ///   - outputSize: the result's spatial sizes.
  ///   - randomSamples: numbers from 0 to 1 of sizes (N, C, 3) that place the windows; drawn for each call where nil.
  public init(_ kernelSize: any SpatialSize, outputSize: any SpatialSize, randomSamples: Tensor? = nil) {
    super.init(dims: 3, kernelSize, outputSize, randomSamples)
  }
  /// - Parameter outputRatio: the result's spatial sizes as parts of the input's.
  public init(_ kernelSize: any SpatialSize, outputRatio: Double..., randomSamples: Tensor? = nil) {
    super.init(dims: 3, kernelSize, ratio: outputRatio, randomSamples)
  }

  fileprivate override func pooled(_ x: Tensor) -> TensorPair {
    fractionalMaxPool3d(x, kernelSize, outputSize: sizes(for: x), randomSamples: randomSamples)
  }
}
