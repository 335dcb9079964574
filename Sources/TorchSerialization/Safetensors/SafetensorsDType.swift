/// The element types of the safetensors format, in the order the format ranks them (writers put the highest first).
///
/// Types that the format does not have, complex128 among them, have no case: see `init(spelling:)`.
public enum SafetensorsDType: String, CaseIterable, Sendable, Comparable {
  case bool = "BOOL"
  case float4 = "F4"
  case float6e2m3 = "F6_E2M3"
  case float6e3m2 = "F6_E3M2"
  case uint8 = "U8"
  case int8 = "I8"
  case float8e5m2 = "F8_E5M2"
  case float8e4m3 = "F8_E4M3"
  case float8e8m0 = "F8_E8M0"
  case float8e4m3fnuz = "F8_E4M3FNUZ"
  case float8e5m2fnuz = "F8_E5M2FNUZ"
  case int16 = "I16"
  case uint16 = "U16"
  case float16 = "F16"
  case bfloat16 = "BF16"
  case int32 = "I32"
  case uint32 = "U32"
  case float32 = "F32"
  case complex64 = "C64"
  case float64 = "F64"
  case int64 = "I64"
  case uint64 = "U64"

  /// Bits of one element: 4 and 6 for the packed types, a multiple of 8 for all others.
  public var bitWidth: Int {
    switch self {
    case .float4: 4
    case .float6e2m3, .float6e3m2: 6
    case .bool, .uint8, .int8, .float8e5m2, .float8e4m3, .float8e8m0, .float8e4m3fnuz, .float8e5m2fnuz: 8
    case .int16, .uint16, .float16, .bfloat16: 16
    case .int32, .uint32, .float32: 32
    case .complex64, .float64, .int64, .uint64: 64
    }
  }

  /// Bytes of one element, or nil for the types packed below a byte.
  public var byteWidth: Int? { bitWidth % 8 == 0 ? bitWidth / 8 : nil }

  /// Bytes that `shape` takes, or nil when that is not a whole number or overflows, or an extent is negative.
  public func byteCount(shape: [Int]) -> Int? {
    // Extents that are not zero must not overflow either: strides are computed from them.
    var elements = 1
    for extent in shape where extent != 0 {
      let (product, overflow) = elements.multipliedReportingOverflow(by: extent)
      guard extent > 0, !overflow else { return nil }
      elements = product
    }
    let (bits, overflow) = elements.multipliedReportingOverflow(by: bitWidth)
    guard !overflow else { return nil }
    if shape.contains(0) { return 0 }
    return bits % 8 == 0 ? bits / 8 : nil
  }

  /// Why `spelling` names no type of the format, for messages.
  static func rejection(of spelling: String) -> String {
    switch spelling {
    case "C128": "dtype C128 (complex128) is not part of the safetensors format; store it as F64 with a last dimension of 2"
    default:
      "unknown dtype \"\(printable(spelling, limit: 40))\"; expected one of \(allCases.map(\.rawValue).joined(separator: ", "))"
    }
  }

  /// Position in the format's ranking.
  private var rank: Int { Self.allCases.firstIndex(of: self)! }

  public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
}
