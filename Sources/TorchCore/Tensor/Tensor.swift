/// A strided, multi-dimensional array of one element type, on which gradients can be recorded. `torch.Tensor`.
///
/// Type, shape and device are values known at run time. A `Tensor` is a reference: copying it copies one word, and in-place methods
/// (whose names end in an underscore) change what every copy and view sees. Concurrent reads are safe; mutation is the caller's
/// business, as in PyTorch.
///
/// ```swift
/// let x = Tensor([[1, 2], [3, 4]], requiresGrad: true)
/// let y = (x * x).sum()
/// y.backward()
/// print(x.grad!)  // tensor([[2., 4.], [6., 8.]])
/// ```
public struct Tensor: @unchecked Sendable {
  // Sendable by PyTorch's rule: concurrent reads are safe, writers synchronise themselves.
  package let impl: TensorImpl

  @inline(__always) package init(_ impl: TensorImpl) { self.impl = impl }

  /// Sizes by dimension. `Tensor.shape`.
  public var shape: [Int] { Array(impl.sizes) }
  /// Sizes by dimension, without an allocation.
  public var sizes: Dims { impl.sizes }
  /// Distance in elements between neighbours along each dimension. `Tensor.stride()`.
  public var strides: [Int] { Array(impl.strides) }
  /// Number of dimensions. `Tensor.ndim`.
  public var rank: Int { impl.sizes.count }
  /// Number of elements. `Tensor.numel()`.
  public var count: Int { impl.count }
  public var dtype: DType { impl.dtype }
  public var device: Device {
    switch impl.device {
    case .sparse: impl.parts.device
    case .wrapped: impl.wrapper.device
    default: impl.device
    }
  }
  /// How the elements are kept. `Tensor.layout`.
  public var layout: Layout { impl.device == .sparse ? impl.parts.layout : .strided }
  /// Position of the first element in the storage, in elements. `Tensor.storage_offset()`.
  public var storageOffset: Int { impl.offset }
  /// Whether the elements lie in row-major order without gaps. `Tensor.is_contiguous()`.
  public var isContiguous: Bool { impl.isContiguous }

  /// The size along `dim`; negative counts from the end. `Tensor.size(dim)`.
  public func size(_ dim: Int) -> Int {
    checked(0, "size") {
      guard rank > 0 else { throw TorchError(.index, "a 0-d tensor has no dimension \(dim)") }
      return impl.sizes[try normalizeDim(dim, rank: rank)]
    }
  }

  /// Whether the elements lie as (N, H, W, C) in memory for sizes (N, C, H, W).
  /// `Tensor.is_contiguous(memory_format=torch.channels_last)`.
  public var isChannelsLast: Bool {
    guard rank == 4 else { return false }
    let expected = impl.sizes.channelsLastStrides
    for i in 0..<4 where impl.sizes[i] != 1 && impl.strides[i] != expected[i] { return false }
    return true
  }

  /// Whether results should be laid out channels-last: the strides say so even where sizes of 1 leave both readings open.
  package var prefersChannelsLast: Bool {
    rank == 4 && impl.strides == impl.sizes.channelsLastStrides && impl.strides != impl.sizes.contiguousStrides
  }

  /// How many in-place changes this tensor's memory has seen. `Tensor._version`.
  public var version: Int { Int(impl.storage.version) }

  /// Whether both are one and the same tensor object. Python's `is`.
  public static func === (a: Tensor, b: Tensor) -> Bool { a.impl === b.impl }

  @inline(__always) package var isCPU: Bool { impl.device == .cpu }
  @inline(__always) package var isMeta: Bool { impl.device == .meta }
  @inline(__always) package var isDefined: Bool { impl.device != .poison }

  /// The elements' address as the given type, which the caller has checked; any address for a tensor without elements.
  @inline(__always)
  package func pointer<T>(_ type: T.Type) -> UnsafeMutablePointer<T> { address.assumingMemoryBound(to: type) }
  /// The first element, or any address for a tensor without elements, whose memory no one reads.
  @inline(__always)
  package var address: UnsafeMutableRawPointer { impl.data ?? UnsafeMutableRawPointer(bitPattern: 64)! }
}

/// Layouts that some ops preserve. `torch.memory_format`.
public enum MemoryFormat: Sendable { case contiguous, channelsLast, preserve }

/// `dim` counted from the front, for a tensor of `rank` dimensions (a 0-d tensor counts as having one).
package func normalizeDim(_ dim: Int, rank: Int, _ name: String = "dim") throws(TorchError) -> Int {
  let n = Swift.max(rank, 1)
  if dim >= 0 && dim < n { return dim }
  if dim < 0 && dim >= -n { return dim + n }
  throw TorchError(.index, "\(name) \(dim) is out of range for \(rank) dimensions; expected \(-n) to \(n - 1)")
}

/// Shape and type of a result, as a shape rule announces it.
package struct TensorSpec {
  package var sizes: Dims
  package var dtype: DType
  package var device: Device
  /// Nil is row-major.
  package var strides: Dims?

  @inline(__always)
  package init(_ sizes: Dims, _ dtype: DType, _ device: Device = .cpu, strides: Dims? = nil) {
    self.sizes = sizes
    self.dtype = dtype
    self.device = device
    self.strides = strides
  }

  /// As `other`, with other sizes or type.
  @inline(__always)
  package init(like other: Tensor, sizes: Dims? = nil, dtype: DType? = nil) {
    self.init(sizes ?? other.impl.sizes, dtype ?? other.dtype, other.device)
  }
}

extension Tensor {
  /// Uninitialised memory of the announced shape.
  @inline(__always)
  package static func allocate(_ spec: TensorSpec) throws(TorchError) -> Tensor {
    let count = spec.sizes.product
    let bytes = try checkedByteCount(spec.sizes, spec.dtype)
    let storage = spec.device == .cpu ? try Storage(byteCount: bytes) : Storage.absent(byteCount: bytes)
    let contiguous = spec.strides == nil || TensorImpl.isRowMajor(spec.sizes, spec.strides!, count: count)
    return Tensor(
      TensorImpl(
        storage: storage, data: storage.pointer, sizes: spec.sizes, strides: spec.strides ?? spec.sizes.contiguousStrides,
        count: count, dtype: spec.dtype, device: spec.device, isContiguous: contiguous))
  }

  /// Uninitialised row-major memory of a contiguous tensor's sizes on the CPU.
  @inline(__always)
  package static func allocate(contiguousLike model: TensorImpl, _ dtype: DType) throws(TorchError) -> Tensor {
    let storage = try Storage(byteCount: model.count * dtype.byteCount)
    return Tensor(
      TensorImpl(
        storage: storage, data: storage.pointer, sizes: model.sizes, strides: model.strides, count: model.count, dtype: dtype,
        device: .cpu, isContiguous: true))
  }

  @inline(__always)
  package static func checkedByteCount(_ sizes: Dims, _ dtype: DType) throws(TorchError) -> Int {
    var bytes = dtype.byteCount
    for size in sizes {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: size)
      if overflow || size < 0 { throw TorchError(.shape, "sizes \(sizes) have a negative entry or more elements than memory can address") }
      bytes = product
    }
    return bytes
  }

  /// Another tensor over the same memory, off the tape.
  @inline(__always)
  package func alias(sizes: Dims, strides: Dims, offset: Int? = nil, dtype: DType? = nil) -> Tensor {
    let count = sizes.product
    let base = impl.storage.pointer
    let type = dtype ?? impl.dtype
    let data = offset.map { at in base.map { $0 + at * type.byteCount } } ?? impl.data
    return Tensor(
      TensorImpl(
        storage: impl.storage, data: data, sizes: sizes, strides: strides, count: count, dtype: type, device: impl.device,
        isContiguous: TensorImpl.isRowMajor(sizes, strides, count: count)))
  }

  /// Another tensor over the same memory and geometry, off the tape.
  @inline(__always)
  package func alias() -> Tensor {
    if impl.device == .wrapped { return impl.wrapper.again() }
    let out = Tensor(
      TensorImpl(
        storage: impl.storage, data: impl.data, sizes: impl.sizes, strides: impl.strides, count: impl.count, dtype: impl.dtype,
        device: impl.device, isContiguous: impl.isContiguous))
    out.impl.isWrappedNumber = impl.isWrappedNumber
    return out
  }

  /// What a failed op returns inside an error scope.
  package static func poison() -> Tensor {
    Tensor(
      TensorImpl(
        storage: .absent(byteCount: 0), data: nil, sizes: [0], strides: [1], count: 0, dtype: .float32, device: .poison,
        isContiguous: true))
  }
}
