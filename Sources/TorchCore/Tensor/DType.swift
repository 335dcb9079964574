/// The type of a tensor's elements. `torch.dtype`.
public enum DType: UInt8, CaseIterable, Sendable, Hashable {
  // The order is the kernels' order (torch_dtype.h).
  case bool, uint8, int8, int16, int32, int64, float16, bfloat16, float32, float64, complex64, complex128
  // Types that are kept, moved and converted, and that few ops compute with, as in PyTorch.
  case uint16, uint32, uint64
  /// Four bits of exponent, three of mantissa, no infinities. `torch.float8_e4m3fn`.
  case float8E4M3FN
  /// Five bits of exponent, two of mantissa. `torch.float8_e5m2`.
  case float8E5M2
  /// Two `float16`. `torch.complex32`.
  case complex32

  /// Bytes of one element.
  public var byteCount: Int { Int(DType.byteCounts[Int(rawValue)]) }

  private static let byteCounts: InlineArray<18, UInt8> = [1, 1, 1, 2, 4, 8, 2, 2, 4, 8, 8, 16, 2, 4, 8, 1, 1, 4]

  // By the bits of a word, because these are asked on every call.
  @inline(__always) private func isAmong(_ types: UInt32) -> Bool { types >> UInt32(rawValue) & 1 != 0 }

  /// Whether the elements are 16-bit floating-point numbers.
  package var isHalf: Bool { self == .float16 || self == .bfloat16 }
  /// Whether the elements are real floating-point numbers.
  public var isFloatingPoint: Bool { isAmong(0b1_1000_0011_1100_0000) }
  /// Whether the elements are complex numbers.
  public var isComplex: Bool { isAmong(0b10_0000_1100_0000_0000) }
  /// Whether the elements are integers; `bool` does not count as one.
  public var isInteger: Bool { isAmong(0b0_0111_0000_0011_1110) }
  /// Whether gradients exist for this type: floating-point and complex.
  public var isDifferentiable: Bool { isAmong(0b11_1000_1111_1100_0000) }
  /// Whether the type is kept, moved and converted only: ops with kernels do not take it unless they say so.
  package var isCarriedOnly: Bool { rawValue > DType.complex128.rawValue }

  /// The real type of a complex type's parts; any other type is its own.
  public var realType: DType {
    switch self {
    case .complex64: .float32
    case .complex128: .float64
    case .complex32: .float16
    default: self
    }
  }

  /// The complex type whose parts have this precision.
  public var complexType: DType {
    switch self {
    case .float64, .complex128: .complex128
    case .complex32: .complex32
    default: .complex64
    }
  }

  /// The type that PyTorch's schemas, programs and files write as this number, or nil.
  package init?(torchNumber: Int64) {
    let order: [DType?] = [
      .uint8, .int8, .int16, .int32, .int64, .float16, .float32, .float64, .complex32, .complex64, .complex128, .bool, nil, nil, nil,
      .bfloat16, nil, nil, nil, nil, nil, nil, nil, .float8E5M2, .float8E4M3FN, nil, nil, .uint16, .uint32, .uint64,
    ]
    guard order.indices.contains(Int(torchNumber)), let dtype = order[Int(torchNumber)] else { return nil }
    self = dtype
  }

  /// PyTorch's name for it: `"float32"`.
  public var name: String { DType.names[Int(rawValue)] }

  private static let names = [
    "bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64", "complex64", "complex128", "uint16",
    "uint32", "uint64", "float8_e4m3fn", "float8_e5m2", "complex32",
  ]

  /// The type that a pointwise kernel computes in. Narrow integers and floats are widened on load and narrowed on store.
  package var computeType: DType {
    switch self {
    case .bool, .uint8, .int8, .int16, .int32: .int32
    case .int64: .int64
    case .float16, .bfloat16, .float32: .float32
    case .float64: .float64
    case .complex64: .complex64
    case .complex128: .complex128
    case .uint16: .int32
    case .uint32, .uint64: .int64
    case .float8E4M3FN, .float8E5M2: .float32
    case .complex32: .complex64
    }
  }

  /// 0 bool, 1 integer, 2 floating point, 3 complex: the order of promotion between categories.
  package var category: Int { self == .bool ? 0 : isInteger ? 1 : isFloatingPoint ? 2 : 3 }

  /// Whether the elements are integers without a sign.
  fileprivate var isUnsigned: Bool { self == .uint8 || self == .uint16 || self == .uint32 || self == .uint64 }
}

extension DType: CustomStringConvertible {
  public var description: String { name }
}

/// The type that floating-point literals, `zeros`, `rand`, … get when none is named. `torch.get_default_dtype()`.
public var defaultDType: DType { DefaultDType.current }

/// Sets the default floating-point type. `torch.set_default_dtype`. Only `float16`, `bfloat16`, `float32` and `float64` are taken.
public func setDefaultDType(_ dtype: DType) throws {
  guard dtype.isFloatingPoint else {
    throw TorchError(.dtype, "setDefaultDType: expected a floating-point type, got \(dtype)")
  }
  DefaultDType.current = dtype
}

package enum DefaultDType {
  // One byte, written rarely and read everywhere: a torn value cannot be observed.
  @exclusivity(unchecked) nonisolated(unsafe) package static var current = DType.float32
}

/// The smallest type that holds values of both, by PyTorch's table. `torch.promote_types`.
public func promoteTypes(_ a: DType, _ b: DType) -> DType {
  if a == b { return a }
  if a == .bool { return b }
  if b == .bool { return a }
  let (low, high) = a.category <= b.category ? (a, b) : (b, a)
  switch (low.category, high.category) {
  case (1, 1): return promoteIntegers(low, high)
  case (2, 2):
    if low.byteCount <= 2 && low.byteCount == high.byteCount { return .float32 }
    return low.byteCount > high.byteCount ? low : high
  case (1, 2), (1, 3):
    return high
  case (2, 3):
    if low == .float64 { return .complex128 }
    return high == .complex32 && (low == .float32 || low == .bfloat16) ? .complex64 : high
  default:
    return low.byteCount > high.byteCount ? low : high
  }
}

/// An unsigned type with a signed one gives the next signed type that holds both, as far as there is one.
private func promoteIntegers(_ a: DType, _ b: DType) -> DType {
  let (x, y) = (a.isUnsigned, b.isUnsigned)
  if x == y { return a.byteCount > b.byteCount ? a : b }
  let (unsigned, signed) = x ? (a, b) : (b, a)
  if signed.byteCount > unsigned.byteCount { return signed }
  switch unsigned.byteCount {
  case 1: return .int16
  case 2: return .int32
  default: return .int64
  }
}

extension DType {
  /// A number rounded to a floating-point type.
  package func rounded(_ value: Double) -> Double {
    switch self {
    case .float64: return value
    case .float32: return Double(Float(value))
    default:
      // The half types, to nearest even: float16 keeps 11 significant bits, bfloat16 8.
      let single = Float(value)
      guard single != 0, single.isFinite else { return Double(single) }
      let bits = self == .float16 ? 11 : 8
      let unit = Double(sign: .plus, exponent: Int(single.exponent) - bits + 1, significand: 1)
      return (Double(single) / unit).rounded(.toNearestOrEven) * unit
    }
  }
}
