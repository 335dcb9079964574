import TorchOps

/// What the layers share whose results have the sizes that are asked for, whatever the input's.
open class AdaptivePoolLayer: Module {
  /// The result's spatial sizes; nil keeps the input's.
  public let outputSize: [Int?]
  private let given: String

  fileprivate init(dims: Int, _ size: any SpatialSize) {
    outputSize = size.numbers(dims, "outputSize", minimum: 0, in: String(describing: Self.self))
    given = size.described
  }

  fileprivate init(dims: Int, _ size: [Int?]) {
    outputSize = checked(Array(repeating: 1, count: dims), String(describing: Self.self)) {
      guard size.count == dims, size.allSatisfy({ $0.map { $0 >= 0 } ?? true }) else {
        throw TorchError(.value, "outputSize: expected \(dims) sizes, got \(size)")
      }
      return size
    }
    given = "(\(size.map { $0.map(String.init) ?? "None" }.joined(separator: ", "))\(dims == 1 ? "," : ""))"
  }

  /// The sizes for an input.
  fileprivate final func sizes(for x: Tensor) -> [Int] {
    let dims = outputSize.count
    return outputSize.enumerated().map { i, size in size ?? (x.isDefined && x.rank >= dims ? x.size(i - dims) : 1) }
  }

  open override var extraDescription: String { "output_size=\(given)" }
}

/// Means of as many about equal windows of inputs (N, C, L) or (C, L) as the result has positions.
/// `torch.nn.AdaptiveAvgPool1d`.
open class AdaptiveAvgPool1d: AdaptivePoolLayer {
  public init(_ outputSize: any SpatialSize) { super.init(dims: 1, outputSize) }
  /// Sizes of which nil keeps the input's.
  public init(_ outputSize: [Int?]) { super.init(dims: 1, outputSize) }

  open override func forward(_ x: Tensor) -> Tensor { adaptiveAvgPool1d(x, sizes(for: x)[0]) }
}

/// Maxima of as many about equal windows of inputs (N, C, L) or (C, L) as the result has positions.
/// `torch.nn.AdaptiveMaxPool1d`.
open class AdaptiveMaxPool1d: AdaptivePoolLayer {
  public init(_ outputSize: any SpatialSize) { super.init(dims: 1, outputSize) }
  /// Sizes of which nil keeps the input's.
  public init(_ outputSize: [Int?]) { super.init(dims: 1, outputSize) }

  open override func forward(_ x: Tensor) -> Tensor { adaptiveMaxPool1d(x, sizes(for: x)[0]).values }

  /// The maxima, and where in their planes they are. `return_indices=True`.
  public final func withIndices(_ x: Tensor) -> (output: Tensor, indices: Tensor) {
    let results = withHooks([x], outputs: 2) { adaptiveMaxPool1d($0[0], sizes(for: $0[0])[0]).tensors }
    return (results[0], results[1])
  }
}

/// Means of as many about equal windows of inputs (N, C, H, W) or (C, H, W) as the result has positions.
/// `torch.nn.AdaptiveAvgPool2d`.
open class AdaptiveAvgPool2d: AdaptivePoolLayer {
  public init(_ outputSize: any SpatialSize) { super.init(dims: 2, outputSize) }
  /// Sizes of which nil keeps the input's.
  public init(_ outputSize: [Int?]) { super.init(dims: 2, outputSize) }

  open override func forward(_ x: Tensor) -> Tensor { adaptiveAvgPool2d(x, sizes(for: x)) }
}

/// Maxima of as many about equal windows of inputs (N, C, H, W) or (C, H, W) as the result has positions.
/// `torch.nn.AdaptiveMaxPool2d`.
open class AdaptiveMaxPool2d: AdaptivePoolLayer {
  public init(_ outputSize: any SpatialSize) { super.init(dims: 2, outputSize) }
  /// Sizes of which nil keeps the input's.
  public init(_ outputSize: [Int?]) { super.init(dims: 2, outputSize) }

  open override func forward(_ x: Tensor) -> Tensor { adaptiveMaxPool2d(x, sizes(for: x)).values }

  /// The maxima, and where in their planes they are. `return_indices=True`.
  public final func withIndices(_ x: Tensor) -> (output: Tensor, indices: Tensor) {
    let results = withHooks([x], outputs: 2) { adaptiveMaxPool2d($0[0], sizes(for: $0[0])).tensors }
    return (results[0], results[1])
  }
}

/// Means of as many about equal windows of inputs (N, C, D, H, W) or (C, D, H, W) as the result has positions.
/// `torch.nn.AdaptiveAvgPool3d`.
open class AdaptiveAvgPool3d: AdaptivePoolLayer {
  public init(_ outputSize: any SpatialSize) { super.init(dims: 3, outputSize) }
  /// Sizes of which nil keeps the input's.
  public init(_ outputSize: [Int?]) { super.init(dims: 3, outputSize) }

  open override func forward(_ x: Tensor) -> Tensor { adaptiveAvgPool3d(x, sizes(for: x)) }
}

/// Maxima of as many about equal windows of inputs (N, C, D, H, W) or (C, D, H, W) as the result has positions.
/// `torch.nn.AdaptiveMaxPool3d`.
open class AdaptiveMaxPool3d: AdaptivePoolLayer {
  public init(_ outputSize: any SpatialSize) { super.init(dims: 3, outputSize) }
  /// Sizes of which nil keeps the input's.
  public init(_ outputSize: [Int?]) { super.init(dims: 3, outputSize) }

  open override func forward(_ x: Tensor) -> Tensor { adaptiveMaxPool3d(x, sizes(for: x)).values }

  /// The maxima, and where in their planes they are. `return_indices=True`.
  public final func withIndices(_ x: Tensor) -> (output: Tensor, indices: Tensor) {
    let results = withHooks([x], outputs: 2) { adaptiveMaxPool3d($0[0], sizes(for: $0[0])).tensors }
    return (results[0], results[1])
  }
}
