/// The element types of NumPy's files that a tensor can have.
public enum NPYDType: String, CaseIterable, Sendable {
  case bool = "b1"
  case uint8 = "u1"
  case int8 = "i1"
  case uint16 = "u2"
  case int16 = "i2"
  case uint32 = "u4"
  case int32 = "i4"
  case uint64 = "u8"
  case int64 = "i8"
  case float16 = "f2"
  case float32 = "f4"
  case float64 = "f8"
  case complex64 = "c8"
  case complex128 = "c16"

  /// Bytes of one element.
  public var byteWidth: Int { Int(rawValue.dropFirst())! }

  /// The spelling in a file's header, little-endian: `<f4`, `|u1`.
  var descriptor: String { (byteWidth == 1 ? "|" : "<") + rawValue }

  /// Reads a spelling; `isSwapped` is true for the big-endian ones. Nil for types a tensor cannot have.
  static func parse(_ descriptor: String) -> (dtype: NPYDType, isSwapped: Bool)? {
    guard let order = descriptor.first, let dtype = NPYDType(rawValue: String(descriptor.dropFirst())) else { return nil }
    switch order {
    case "<", "=": return (dtype, false)
    case "|": return dtype.byteWidth == 1 ? (dtype, false) : nil
    case ">": return (dtype, dtype.byteWidth > 1)
    default: return nil
    }
  }

  /// Width of the units whose bytes are swapped: a complex number is two units.
  var swapUnit: Int { self == .complex64 || self == .complex128 ? byteWidth / 2 : byteWidth }

  /// Bytes that `shape` takes, or nil when that overflows or an extent is negative.
  func byteCount(shape: [Int]) -> Int? {
    var bytes = byteWidth
    for extent in shape where extent != 0 {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: extent)
      guard extent > 0, !overflow else { return nil }
      bytes = product
    }
    return shape.contains(0) ? 0 : bytes
  }
}
