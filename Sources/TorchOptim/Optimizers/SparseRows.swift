import TorchOps

/// The entries of a sparse gradient, and those of dense tensors at the same places.
struct SparseRows {
  /// One row for each entry.
  let values: Tensor
  /// The place of each entry among all, row-major over the sparse dimensions.
  private let places: Tensor
  private let flatShape: [Int]
  private let shape: [Int]

  /// Sums entries at one place first.
  init(_ gradient: Tensor) throws {
    guard gradient.layout == .sparseCOO else {
      throw TorchError(.unsupported, "expected gradients of layout sparse_coo, got \(gradient.summary)")
    }
    let coalesced = gradient.coalesce()
    shape = coalesced.shape
    let sparse = shape.prefix(coalesced.sparseDim)
    let dense = Array(shape.dropFirst(sparse.count))
    flatShape = [sparse.reduce(1, *)] + dense
    values = coalesced.values()
    let indices = coalesced.indices()
    var place = indices.select(0, 0)
    for (i, size) in sparse.enumerated().dropFirst() { place = place * Tensor(scalar: .int(Int64(size))) + indices.select(0, i) }
    places = place
  }

  /// What a dense tensor of the gradient's sizes holds there.
  func entries(of tensor: Tensor) -> Tensor { flat(tensor).indexSelect(0, places) }

  /// Adds to a dense tensor there, in place.
  func add(_ values: Tensor, to tensor: Tensor, alpha: Double = 1) {
    if tensor.isContiguous {
      tensor.view(flatShape).indexAdd_(0, places, values, alpha: .double(alpha))
    } else {
      tensor.copy_(flat(tensor).indexAdd(0, places, values, alpha: .double(alpha)).view(shape))
    }
  }

  private func flat(_ tensor: Tensor) -> Tensor { tensor.reshape(flatShape) }
}
