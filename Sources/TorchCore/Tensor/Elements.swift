import CTorchKernels

/// A Swift number type that elements can be read as and written from. `Bool`, the integers up to 64 bits, `Float`, `Double`.
public protocol TensorElement: Sendable {
  /// The tensor type with this memory layout.
  static var dtype: DType { get }
}
extension Bool: TensorElement { public static var dtype: DType { .bool } }
extension UInt8: TensorElement { public static var dtype: DType { .uint8 } }
extension UInt16: TensorElement { public static var dtype: DType { .uint16 } }
extension UInt32: TensorElement { public static var dtype: DType { .uint32 } }
extension UInt64: TensorElement { public static var dtype: DType { .uint64 } }
extension Int8: TensorElement { public static var dtype: DType { .int8 } }
extension Int16: TensorElement { public static var dtype: DType { .int16 } }
extension Int32: TensorElement { public static var dtype: DType { .int32 } }
extension Int64: TensorElement { public static var dtype: DType { .int64 } }
extension Int: TensorElement { public static var dtype: DType { .int64 } }
extension Float: TensorElement { public static var dtype: DType { .float32 } }
extension Double: TensorElement { public static var dtype: DType { .float64 } }

extension Tensor {
  // MARK: Making

  /// A tensor of the given elements in row-major order. Doubles become the default floating-point type unless `dtype` says
  /// otherwise, as Python floats do; other elements keep their type.
  /// - Parameter shape: sizes whose product is the number of elements; one dimension when omitted.
  public init<T: TensorElement>(_ elements: [T], shape: [Int]? = nil, dtype: DType? = nil, requiresGrad: Bool = false) {
    self = checked(.poison(), "Tensor.init") {
      let sizes = Dims(shape ?? [elements.count])
      let negative = sizes.contains { $0 < 0 }
      guard !negative, sizes.product == elements.count else {
        throw TorchError(.shape, "\(elements.count) elements cannot fill sizes \(sizes)")
      }
      let target = dtype ?? (T.dtype == .float64 ? defaultDType : T.dtype)
      let out = try Tensor.allocate(TensorSpec(sizes, target))
      elements.withUnsafeBytes { source in
        if let from = source.baseAddress {
          torch_convert(Int32(target.rawValue), out.address, Int32(T.dtype.rawValue), from, Int64(elements.count))
        }
      }
      return out
    }
    if requiresGrad { requiresGrad_() }
  }

  /// A matrix from rows of equal length.
  public init<T: TensorElement>(_ rows: [[T]], dtype: DType? = nil, requiresGrad: Bool = false) {
    let width = rows.first?.count ?? 0
    if rows.contains(where: { $0.count != width }) {
      Failure.raise(TorchError(.shape, "rows must have equal lengths, got \(rows.map(\.count))"), op: "Tensor.init")
      self = .poison()
      return
    }
    self.init(rows.flatMap { $0 }, shape: [rows.count, width], dtype: dtype, requiresGrad: requiresGrad)
  }

  /// A 0-d tensor of one number.
  public init<T: TensorElement>(_ value: T, dtype: DType? = nil, requiresGrad: Bool = false) {
    self.init([value], shape: [], dtype: dtype, requiresGrad: requiresGrad)
  }

  /// A 0-d tensor of a number; it takes part in type promotion by its category alone, like a literal.
  public init(scalar: Scalar) {
    let storageType: DType
    switch scalar {
    case .bool: storageType = .bool
    case .int: storageType = .int64
    case .double: storageType = .float64
    case .complex: storageType = .complex128
    }
    self = checked(.poison(), "Tensor.init") { try Tensor.allocate(TensorSpec([], storageType)) }
    guard isDefined else { return }
    switch scalar {
    case .bool(let b): address.storeBytes(of: b, as: Bool.self)
    case .int(let i): address.storeBytes(of: i, as: Int64.self)
    case .double(let d): address.storeBytes(of: d, as: Double.self)
    case .complex(let re, let im):
      address.storeBytes(of: re, as: Double.self)
      address.storeBytes(of: im, toByteOffset: 8, as: Double.self)
    }
    impl.isWrappedNumber = true
  }

  /// A tensor over memory that belongs to `owner`, without a copy. The owner is kept alive as long as the tensor.
  /// - Parameter strides: in elements; row-major when omitted.
  public init(
    over pointer: UnsafeMutableRawPointer, shape: [Int], strides: [Int]? = nil, dtype: DType, owner: AnyObject?
  ) {
    let sizes = Dims(shape)
    let steps = strides.map { Dims($0) } ?? sizes.contiguousStrides
    let count = sizes.product
    let storage = Storage(foreign: pointer, byteCount: count * dtype.byteCount, owner: owner)
    self.init(
      TensorImpl(
        storage: storage, data: pointer, sizes: sizes, strides: steps, count: count, dtype: dtype, device: .cpu,
        isContiguous: TensorImpl.isRowMajor(sizes, steps, count: count)))
  }

  // MARK: Reading

  /// The only element. `Tensor.item()`. Fails for other than one element.
  public func item() -> Scalar {
    checked(.int(0), "item") {
      try requireStrided()
      guard count == 1 else { throw TorchError(.shape, "only a tensor of one element has an item, got \(summary)") }
      return try scalar(at: 0)
    }
  }

  /// The only element as a `Float`, `Double`, `Int`, …, converted.
  public func item<T: TensorElement & Numeric>(as type: T.Type) -> T {
    let one = checked([T.zero], "item") { () throws -> [T] in
      try requireStrided()
      guard isCPU else { throw TorchError(.elements, "a tensor on \(device) has no elements to read") }
      guard count == 1 else { throw TorchError(.shape, "only a tensor of one element has an item, got \(summary)") }
      return array(as: type)
    }
    return one[0]
  }

  /// All elements in row-major order, converted to the given type. `Tensor.tolist()`, flat.
  public func array<T: TensorElement>(as type: T.Type) -> [T] {
    checked([], "array") {
      try requireStrided()
      guard isCPU else { throw TorchError(.elements, "a tensor on \(device) has no elements to read") }
      let source = impl.isContiguous ? self : noGrad { contiguous() }
      return [T](unsafeUninitializedCapacity: count) { buffer, filled in
        if let to = buffer.baseAddress, count > 0 {
          torch_convert(Int32(T.dtype.rawValue), to, Int32(dtype.rawValue), source.address, Int64(count))
        }
        filled = count
      }
    }
  }

  /// Gives the elements of a contiguous CPU tensor, in row-major order, without a copy; others are made contiguous first.
  public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    let source = impl.isContiguous ? self : noGrad { contiguous() }
    return try withExtendedLifetime(source) {
      try body(UnsafeRawBufferPointer(start: source.impl.data, count: source.isCPU ? count * dtype.byteCount : 0))
    }
  }

  /// Gives the elements of a contiguous CPU tensor for writing. Fails for other tensors. The change counts as an in-place change.
  public func withUnsafeMutableBytes<R>(_ body: (UnsafeMutableRawBufferPointer) throws -> R) throws -> R {
    guard isCPU, isContiguous else { throw TorchError(.value, "expected a contiguous CPU tensor, got \(summary)") }
    defer { InPlace.changed(self) }
    return try withExtendedLifetime(self) {
      try body(UnsafeMutableRawBufferPointer(start: impl.data, count: count * dtype.byteCount))
    }
  }

  /// The element at a position in the storage, counted from the first element.
  package func scalar(at position: Int) throws -> Scalar {
    try requireStrided()
    guard isCPU else { throw TorchError(.elements, "a tensor on \(device) has no elements to read") }
    let p = address + position * dtype.byteCount
    switch dtype {
    case .bool: return .bool(p.load(as: UInt8.self) != 0)
    case .uint8: return .int(Int64(p.load(as: UInt8.self)))
    case .int8: return .int(Int64(p.load(as: Int8.self)))
    case .int16: return .int(Int64(p.load(as: Int16.self)))
    case .int32: return .int(Int64(p.load(as: Int32.self)))
    case .int64: return .int(p.load(as: Int64.self))
    case .float32: return .double(Double(p.load(as: Float.self)))
    case .float64: return .double(p.load(as: Double.self))
    case .uint16: return .int(Int64(p.load(as: UInt16.self)))
    case .uint32: return .int(Int64(p.load(as: UInt32.self)))
    case .uint64:
      let value = p.load(as: UInt64.self)
      return Int64(exactly: value).map { .int($0) } ?? .double(Double(value))
    case .complex32:
      var parts: (Float, Float) = (0, 0)
      torch_convert(Int32(DType.complex64.rawValue), &parts, Int32(dtype.rawValue), p, 1)
      return .complex(Double(parts.0), Double(parts.1))
    case .float16, .bfloat16, .float8E4M3FN, .float8E5M2:
      var value: Float = 0
      torch_convert(Int32(DType.float32.rawValue), &value, Int32(dtype.rawValue), p, 1)
      return .double(Double(value))
    case .complex64: return .complex(Double(p.load(as: Float.self)), Double(p.load(fromByteOffset: 4, as: Float.self)))
    case .complex128: return .complex(p.load(as: Double.self), p.load(fromByteOffset: 8, as: Double.self))
    }
  }
}

extension Tensor: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
  /// A literal beside a tensor: `x * 0.5`. It does not widen the tensor's type.
  public init(floatLiteral value: Double) { self.init(scalar: .double(value)) }
  public init(integerLiteral value: Int64) { self.init(scalar: .int(value)) }
}
