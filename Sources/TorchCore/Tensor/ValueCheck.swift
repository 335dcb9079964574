/// Whether a number can be an element of a type.
package enum ValueCheck {
  /// Throws where a number would lose its imaginary part or lies outside what the type holds. Fractions are truncated, negative
  /// whole numbers wrap around in unsigned types, and any number is a bool, as in PyTorch.
  package static func fits(_ value: Scalar, _ dtype: DType) throws {
    if dtype == .bool { return }
    if case .complex(_, let imaginary) = value, !dtype.isComplex, imaginary != 0 {
      throw TorchError(.dtype, "\(dtype) cannot hold the complex value \(value)")
    }
    let fits: Bool
    if dtype.isInteger {
      fits = isInside(value, dtype)
    } else {
      fits = isFloat(value.doubleValue, inside: dtype) && isFloat(value.imaginaryPart, inside: dtype)
    }
    guard fits else { throw TorchError(.value, "\(value) lies outside what \(dtype) holds") }
  }

  private static func isInside(_ value: Scalar, _ dtype: DType) -> Bool {
    let bits = dtype.byteCount * 8
    let (low, high): (Double, Double) =
      dtype == .uint8 ? (0, 255) : (-Double(sign: .plus, exponent: bits - 1, significand: 1), Double(sign: .plus, exponent: bits - 1, significand: 1))
    switch value {
    case .bool: return true
    case .int(let i):
      if dtype == .int64 { return true }
      return dtype == .uint8 ? i >= -255 && i <= 255 : Double(i) >= low && Double(i) < high
    case .double(let d), .complex(let d, _): return dtype == .uint8 ? d >= low && d <= high : d >= low && d < high
    }
  }

  private static func isFloat(_ value: Double, inside dtype: DType) -> Bool {
    if !value.isFinite { return true }
    switch dtype {
    case .float16: return value.magnitude <= 65504
    case .bfloat16: return value.magnitude <= 0x1.FEp127
    case .float32, .complex64: return value.magnitude <= Double(Float.greatestFiniteMagnitude)
    default: return true
    }
  }
}
