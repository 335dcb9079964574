#if canImport(Glibc)
  import Glibc
#endif

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
  /// Gives this tensor other sizes. It keeps its memory where that suffices and gets more otherwise, which begins with the elements it
  /// had. `Tensor.resize_`.
  ///
  /// PyTorch enlarges the storage itself, for every tensor that shares it; here the resized tensor alone moves to the new memory.
  package func resize(_ sizes: Dims, strides: Dims? = nil) throws {
    let count = try Tensor.checkedByteCount(sizes, dtype) / dtype.byteCount
    let available = impl.storage.byteCount / dtype.byteCount - impl.offset
    let steps = strides ?? sizes.contiguousStrides
    if count > available {
      let grown = try Tensor.allocate(TensorSpec(sizes, dtype, device, strides: steps))
      if let old = impl.data, let new = grown.impl.data { memcpy(new, old, available * dtype.byteCount) }
      impl.takeGeometry(of: grown.impl)
      impl.viewBase = nil
    } else {
      impl.sizes = sizes
      impl.strides = steps
      impl.count = count
      impl.isContiguous = TensorImpl.isRowMajor(sizes, steps, count: count)
    }
  }
}
