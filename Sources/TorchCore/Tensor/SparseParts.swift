/// What stands behind a tensor whose elements do not lie in strided memory: the tensors that describe it. Its `TensorImpl` has the
/// sizes and type of the whole, no memory, and a device of its own, so that kernels cannot meet it unawares.
///
/// Ops know strided tensors only. One that meets such a tensor fails with `UnstridedArgument`, at the same test that finds poison and meta
/// tensors; the call is then handed to the parts (`answer`), which know the ops that make sense for them.
package protocol SparseParts: AnyObject, Sendable {
  var layout: Layout { get }
  /// Where the parts are: the CPU, or the meta device.
  var device: Device { get }
  /// How many entries are kept.
  var entryCount: Int { get }
  /// The op's results for these arguments, of which one or more are sparse; nil for an op that sparse tensors do not have.
  func answer(_ op: AnyOp, _ arguments: [IValue]) throws -> [IValue]?
  /// The parts as they are printed, without `tensor(` and what is told of the whole.
  var text: String { get }
}

extension TensorImpl {
  /// The parts of a sparse tensor; only for those.
  package var parts: any SparseParts {
    guard let parts = storage.owner as? any SparseParts else { fatalError("a strided tensor was asked for its sparse parts") }
    return parts
  }
}

extension Tensor {
  /// A tensor of the given parts.
  package init(parts: any SparseParts, sizes: Dims, dtype: DType) throws {
    var count = 1
    for size in sizes {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard size >= 0, !overflow else { throw TorchError(.shape, "sizes \(sizes) have a negative entry or more elements than can be counted") }
      count = product
    }
    self.init(
      TensorImpl(
        storage: Storage(foreign: nil, byteCount: 0, owner: parts), data: nil, sizes: sizes, strides: sizes.contiguousStrides,
        count: count, dtype: dtype, device: .sparse, isContiguous: false))
  }

  /// Fails for a tensor without strided elements: poison, sparse, or wrapped by a transform.
  @inline(__always)
  package func requireStrided() throws {
    if impl.device == .poison { throw PoisonedInput() }
    if impl.device == .sparse || impl.device == .wrapped { throw UnstridedArgument(tensor: self) }
  }

  /// Whether the elements are not kept one by one but as entries with coordinates. `Tensor.is_sparse`, for all sparse layouts.
  public var isSparse: Bool { impl.device == .sparse }
}
