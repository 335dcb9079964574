/// The type of a tensor's elements. `torch.dtype`.
public enum DType: UInt8, CaseIterable, Sendable, Hashable {
  // The order is the kernels' order (torch_dtype.h).
  case bool, uint8, int8, int16, int32, int64, float16, bfloat16, float32, float64, complex64, complex128

  /// Bytes of one element.
  public var byteCount: Int { Int(DType.byteCounts[Int(rawValue)]) }

  private static let byteCounts: InlineArray<12, UInt8> = [1, 1, 1, 2, 4, 8, 2, 2, 4, 8, 8, 16]

  /// Whether the elements are real floating-point numbers.
  public var isFloatingPoint: Bool { rawValue >= DType.float16.rawValue && rawValue <= DType.float64.rawValue }
  /// Whether the elements are complex numbers.
  public var isComplex: Bool { rawValue >= DType.complex64.rawValue }
  /// Whether the elements are integers; `bool` does not count as one.
  public var isInteger: Bool { rawValue >= DType.uint8.rawValue && rawValue <= DType.int64.rawValue }
  /// Whether gradients exist for this type: floating-point and complex.
  public var isDifferentiable: Bool { rawValue >= DType.float16.rawValue }

  /// The real type of a complex type's parts; any other type is its own.
  public var realType: DType {
    switch self {
    case .complex64: .float32
    case .complex128: .float64
    default: self
    }
  }

  /// The complex type whose parts have this precision.
  public var complexType: DType {
    switch self {
    case .float64, .complex128: .complex128
    default: .complex64
    }
  }

  /// PyTorch's name for it: `"float32"`.
  public var name: String { "\(self)" }

  /// The type that a pointwise kernel computes in. Narrow integers and floats are widened on load and narrowed on store.
  package var computeType: DType {
    switch self {
    case .bool, .uint8, .int8, .int16, .int32: .int32
    case .int64: .int64
    case .float16, .bfloat16, .float32: .float32
    case .float64: .float64
    case .complex64: .complex64
    case .complex128: .complex128
    }
  }

  /// 0 bool, 1 integer, 2 floating point, 3 complex: the order of promotion between categories.
  package var category: Int {
    if self == .bool { return 0 }
    if isInteger { return 1 }
    return isFloatingPoint ? 2 : 3
  }
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
  case (1, 1):
    // uint8 with a signed type: the next signed type that holds both.
    if low == .uint8 || high == .uint8 {
      let signed = low == .uint8 ? high : low
      return signed == .int8 ? .int16 : signed
    }
    return low.rawValue > high.rawValue ? low : high
  case (2, 2):
    if low.byteCount == 2 && high.byteCount == 2 { return .float32 }
    return low.byteCount > high.byteCount ? low : high
  case (1, 2), (1, 3):
    return high
  case (2, 3):
    return low == .float64 ? .complex128 : high
  default:
    return low.rawValue > high.rawValue ? low : high
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
