extension Tensor {
  /// The elements under other sizes, sharing memory where the layout allows it. One size may be -1. `torch.reshape`.
  public func reshape(_ sizes: [Int]) -> Tensor { ViewOps.reshape(self, sizes) }
  /// The elements under other sizes, sharing memory where the layout allows it. One size may be -1. `torch.reshape`.
  public func reshape(_ sizes: Int...) -> Tensor { ViewOps.reshape(self, sizes) }
  /// The same memory under other sizes; fails where the layout does not allow it. `Tensor.view`.
  public func view(_ sizes: [Int]) -> Tensor { ViewOps.view(self, sizes) }
  /// The same memory under other sizes; fails where the layout does not allow it. `Tensor.view`.
  public func view(_ sizes: Int...) -> Tensor { ViewOps.view(self, sizes) }
  /// Dimensions in another order. `torch.permute`.
  public func permute(_ dims: [Int]) -> Tensor { ViewOps.permute(self, dims) }
  /// Dimensions in another order. `torch.permute`.
  public func permute(_ dims: Int...) -> Tensor { ViewOps.permute(self, dims) }
  /// Two dimensions exchanged. `torch.transpose`.
  public func transpose(_ dim0: Int, _ dim1: Int) -> Tensor { ViewOps.transpose(self, dim0, dim1) }
  /// A matrix transposed; vectors and scalars stay. `torch.t`.
  public func t() -> Tensor { ViewOps.t(self) }
  /// Dimensions of size 1 repeated without copying; -1 keeps a size. `Tensor.expand`.
  public func expand(_ sizes: [Int]) -> Tensor { ViewOps.expand(self, sizes, false) }
  /// Dimensions of size 1 repeated without copying; -1 keeps a size. `Tensor.expand`.
  public func expand(_ sizes: Int...) -> Tensor { ViewOps.expand(self, sizes, false) }
  /// Without dimensions of size 1. `torch.squeeze`.
  public func squeeze() -> Tensor { ViewOps.squeeze(self) }
  /// Without the dimension, if its size is 1. `torch.squeeze`.
  public func squeeze(_ dim: Int) -> Tensor { ViewOps.squeezeDim(self, dim) }
  /// Without those of the dimensions whose size is 1. `torch.squeeze`.
  public func squeeze(_ dims: [Int]) -> Tensor { ViewOps.squeezeDims(self, dims) }
  /// With a dimension of size 1 inserted. `torch.unsqueeze`.
  public func unsqueeze(_ dim: Int) -> Tensor { ViewOps.unsqueeze(self, dim) }
  /// One position along a dimension, which disappears. `torch.select`.
  public func select(_ dim: Int, _ index: Int) -> Tensor { ViewOps.select(self, dim, index) }
  /// Every `step`-th position from `start` up to but without `end`; out-of-range bounds are clamped, negative ones count from the end.
  /// Python's `x[start:end:step]`.
  public func slice(_ dim: Int, from start: Int? = nil, to end: Int? = nil, step: Int = 1) -> Tensor {
    ViewOps.slice(self, dim, start, end, step)
  }
  /// `length` positions from `start`. `torch.narrow`.
  public func narrow(_ dim: Int, _ start: Int, _ length: Int) -> Tensor {
    let valid = checked(false, "narrow") {
      let d = try normalizeDim(dim, rank: rank)
      let size = rank == 0 ? 1 : impl.sizes[d]
      let first = start < 0 ? start + size : start
      guard first >= 0, length >= 0, first + length <= size else {
        throw TorchError(.index, "start \(start) and length \(length) exceed dimension \(d) of size \(size) in \(summary)")
      }
      return true
    }
    guard valid else { return .poison() }
    let first = start < 0 ? start + size(dim) : start
    return slice(dim, from: first, to: first + length)
  }
  /// The diagonal along two dimensions, as a last dimension. `torch.diagonal`.
  public func diagonal(offset: Int = 0, _ dim1: Int = 0, _ dim2: Int = 1) -> Tensor { ViewOps.diagonal(self, offset, dim1, dim2) }
  /// Sliding windows along a dimension, as a last dimension. `Tensor.unfold`.
  public func unfold(_ dim: Int, size: Int, step: Int) -> Tensor { ViewOps.unfold(self, dim, size, step) }
  /// The storage under any sizes, strides and offset, in elements. `torch.as_strided`.
  public func asStrided(_ sizes: [Int], _ strides: [Int], offset: Int? = nil) -> Tensor {
    ViewOps.asStrided(self, sizes, strides, offset)
  }
  package func asStrided(_ sizes: Dims, _ strides: Dims, offset: Int) -> Tensor {
    ViewOps.asStrided(self, Array(sizes), Array(strides), impl.offset + offset)
  }
  /// The same tensor as a new object: memory and history shared.
  package func alias(keepingHistoryOf source: Tensor) -> Tensor { ReinterpretOps.alias(source) }

  /// One position of the first dimension. `x[i]`
  public subscript(_ index: Int) -> Tensor { select(0, index) }
  /// A range of positions of the first dimension. `x[a:b]`
  public subscript(_ range: Range<Int>) -> Tensor { narrow(0, range.lowerBound, range.count) }
}
