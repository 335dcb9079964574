import TorchOps

/// Exponentials that sum to 1 along a dimension. `torch.nn.Softmax`.
open class Softmax: Module {
  public let dim: Int?

  /// - Parameter dim: where nil, the first dimension of inputs of none, one or three dimensions, and the second of others.
  public init(dim: Int? = nil) { self.dim = dim }

  open override func forward(_ x: Tensor) -> Tensor { x.softmax(dim: dim ?? implicitDim(x)) }
  open override var extraDescription: String { "dim=\(dim.map(String.init) ?? "None")" }
}

/// ``Softmax`` of -x. `torch.nn.Softmin`.
open class Softmin: Module {
  public let dim: Int?

  /// - Parameter dim: where nil, as for ``Softmax``.
  public init(dim: Int? = nil) { self.dim = dim }

  open override func forward(_ x: Tensor) -> Tensor { x.softmin(dim: dim ?? implicitDim(x)) }
  open override var extraDescription: String { "dim=\(dim.map(String.init) ?? "None")" }
}

/// The logarithm of ``Softmax``. `torch.nn.LogSoftmax`.
open class LogSoftmax: Module {
  public let dim: Int?

  /// - Parameter dim: where nil, as for ``Softmax``.
  public init(dim: Int? = nil) { self.dim = dim }

  open override func forward(_ x: Tensor) -> Tensor { x.logSoftmax(dim: dim ?? implicitDim(x)) }
  open override var extraDescription: String { "dim=\(dim.map(String.init) ?? "None")" }
}

/// ``Softmax`` over the channels of images (N, C, H, W) or (C, H, W). `torch.nn.Softmax2d`.
open class Softmax2d: Module {
  open override func forward(_ x: Tensor) -> Tensor {
    checked(.poison(), "Softmax2d") {
      guard !x.isDefined || x.rank == 3 || x.rank == 4 else {
        throw TorchError(.shape, "expected an input of 3 or 4 dimensions, got \(x.summary)")
      }
      return x.softmax(dim: -3)
    }
  }
}

private func implicitDim(_ x: Tensor) -> Int { x.isDefined && [0, 1, 3].contains(x.rank) ? 0 : 1 }
