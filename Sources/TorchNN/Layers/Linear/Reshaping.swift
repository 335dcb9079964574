import TorchOps

/// Its input. `torch.nn.Identity`.
open class Identity: Module {
  open override func forward(_ x: Tensor) -> Tensor { x }
}

/// Joins neighbouring dimensions into one; all but the first where nothing is said. `torch.nn.Flatten`.
open class Flatten: Module {
  public let startDim: Int, endDim: Int

  public init(startDim: Int = 1, endDim: Int = -1) {
    self.startDim = startDim
    self.endDim = endDim
  }

  open override func forward(_ x: Tensor) -> Tensor { x.flatten(startDim, endDim) }
  open override var extraDescription: String { "start_dim=\(startDim), end_dim=\(endDim)" }
}

/// Splits a dimension into several. `torch.nn.Unflatten`.
open class Unflatten: Module {
  public let dim: Int
  public let unflattenedSize: [Int]

  /// - Parameter unflattenedSize: the sizes that replace the dimension's; one may be -1, which is what is left.
  public init(_ dim: Int, _ unflattenedSize: [Int]) {
    self.dim = dim
    self.unflattenedSize = unflattenedSize
  }

  open override func forward(_ x: Tensor) -> Tensor { x.unflatten(dim, unflattenedSize) }
  open override var extraDescription: String { "dim=\(dim), unflattened_size=\(Described.tuple(unflattenedSize))" }
}
