/// What a `Tensor` points to: geometry over a storage, and its place on the tape.
///
/// Its fields are read and written on every op: the compiler's dynamic exclusivity checks, which cost more than the op, are off for them.
package final class TensorImpl {
  @exclusivity(unchecked) package var storage: Storage
  /// The first element: the storage's pointer plus the offset. Nil without memory.
  @exclusivity(unchecked) package var data: UnsafeMutableRawPointer?
  @exclusivity(unchecked) package var sizes: Dims
  @exclusivity(unchecked) package var strides: Dims
  /// Number of elements.
  @exclusivity(unchecked) package var count: Int
  package let dtype: DType
  package let device: Device
  /// Row-major without gaps (a tensor of at most one element always is).
  @exclusivity(unchecked) package var isContiguous: Bool
  /// Made from a literal: takes part in promotion by its category alone.
  @exclusivity(unchecked) package var isWrappedNumber = false
  /// A leaf whose gradient is wanted.
  @exclusivity(unchecked) package var leafRequiresGrad = false
  /// Which of the node's results this is.
  @exclusivity(unchecked) package var gradIndex: Int32 = 0
  /// The node that made this tensor, when gradients are recorded.
  @exclusivity(unchecked) package var gradNode: Node?
  /// Gradient and hooks: absent on most tensors.
  @exclusivity(unchecked) package var extra: AutogradExtra?
  /// For a view: the tensor it was taken from, itself no view, so that in-place changes of either reach the other's gradient.
  @exclusivity(unchecked) package var viewBase: TensorImpl?
  /// The storage version at which `gradNode` of this view was last right.
  @exclusivity(unchecked) package var viewVersion: UInt32 = 0

  @inline(__always)
  package init(
    storage: Storage, data: UnsafeMutableRawPointer?, sizes: Dims, strides: Dims, count: Int, dtype: DType, device: Device,
    isContiguous: Bool
  ) {
    self.storage = storage
    self.data = data
    self.sizes = sizes
    self.strides = strides
    self.count = count
    self.dtype = dtype
    self.device = device
    self.isContiguous = isContiguous
  }

  deinit {
    if gradNode != nil { Teardown.release(&gradNode) }
  }

  /// Position of the first element in the storage, in elements.
  package var offset: Int {
    guard let data, let base = storage.pointer else { return 0 }
    return (data - base) / dtype.byteCount
  }

  @inline(__always) package var requiresGrad: Bool { leafRequiresGrad || gradNode != nil }

  package static func isRowMajor(_ sizes: Dims, _ strides: Dims, count: Int) -> Bool {
    if count <= 1 { return true }
    var expected = 1
    var i = sizes.count - 1
    while i >= 0 {
      if sizes[i] != 1 {
        if strides[i] != expected { return false }
        expected &*= sizes[i]
      }
      i -= 1
    }
    return true
  }
}

/// How a view of a wrapped tensor is taken, so that an in-place change of the view reaches the gradient of the whole.
package struct ViewRecipe {
  package let whole: Tensor
  package let take: (Tensor) throws -> Tensor

  package init(_ whole: Tensor, _ take: @escaping (Tensor) throws -> Tensor) {
    self.whole = whole
    self.take = take
  }
}

/// The rarely present part of a tensor's autograd state.
package final class AutogradExtra {
  package var grad: Tensor?
  package var retainsGrad = false
  package var hooks: [(id: Int, hook: (Tensor) throws -> Tensor?)] = []
  package var postAccumulateHooks: [(id: Int, hook: (Tensor) throws -> Void)] = []
  package var nextHook = 0
  /// What hooks made of the saved tensor that this one stands for.
  package var packed: PackedTensor?
  /// What a wrapped tensor stands for.
  package var wrapper: (any WrappedTensor)?
  /// A wrapped tensor that shares memory with another: which, and how it is taken from it.
  package var viewRecipe: ViewRecipe?
}
