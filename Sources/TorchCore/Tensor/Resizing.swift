extension TensorImpl {
  /// Looks at the same memory as `view` does, with its sizes and strides.
  package func takeGeometry(of view: TensorImpl) {
    storage = view.storage
    data = view.data
    sizes = view.sizes
    strides = view.strides
    count = view.count
    isContiguous = view.isContiguous
  }
}

extension Tensor {
  /// Gives this tensor other sizes, row-major; it keeps its memory where that suffices and gets fresh, uninitialised memory otherwise.
  /// `Tensor.resize_`.
  package func resize(_ sizes: Dims) throws {
    let count = try Tensor.checkedByteCount(sizes, dtype) / dtype.byteCount
    let available = impl.storage.byteCount / dtype.byteCount - impl.offset
    if device == .cpu, count > available {
      impl.takeGeometry(of: try Tensor.allocate(TensorSpec(sizes, dtype)).impl)
    } else {
      impl.sizes = sizes
      impl.strides = sizes.contiguousStrides
      impl.count = count
      impl.isContiguous = true
    }
  }
}
