/// The whole numbers that `random_` may draw, cut to what the element type holds.
package struct IntegerRange {
  package let from: Int64
  /// 0 means all of 64 bits.
  package let count: UInt64

  /// - Parameter to: one past the largest number; nil is the largest number of the type.
  package init(from: Int64, to: Int64?, _ dtype: DType) throws {
    guard !dtype.isComplex else { throw TorchError(.dtype, "not defined for \(dtype)") }
    if to == nil && from == .min {
      (self.from, count) = (from, 0)
      return
    }
    var first = from
    var last: Int64
    let digits = IntegerRange.digits(dtype)
    if let to {
      guard from < to else { throw TorchError(.value, "expected from < to, got from=\(from), to=\(to)") }
      var end = to
      if let digits {
        first = IntegerRange.raised(first, dtype, digits)
        end = IntegerRange.lowered(end, dtype, digits)
        guard first < end else {
          throw TorchError(.value, "\(dtype) has no number in the range from=\(from), to=\(to)")
        }
      }
      last = end - 1
    } else {
      last = digits.map { Int64(1) << Int64($0) } ?? IntegerRange.bounds(dtype).upperBound
      if let digits { first = IntegerRange.raised(first, dtype, digits) }
      guard first <= last else { throw TorchError(.value, "from=\(from) is larger than \(last), the largest number of \(dtype)") }
    }
    let bounds = IntegerRange.bounds(dtype)
    guard bounds.contains(first) else {
      throw TorchError(.value, "from=\(first) is out of bounds for \(dtype), which holds \(bounds)")
    }
    guard bounds.contains(last) else {
      throw TorchError(.value, "to - 1 = \(last) is out of bounds for \(dtype), which holds \(bounds)")
    }
    self.from = first
    count = UInt64(bitPattern: last) &- UInt64(bitPattern: first) &+ 1
  }

  private static func digits(_ dtype: DType) -> Int? {
    switch dtype {
    case .float16: 11
    case .bfloat16: 8
    case .float32: 24
    case .float64: 53
    default: nil
    }
  }

  private static func bounds(_ dtype: DType) -> ClosedRange<Int64> {
    switch dtype {
    case .bool: 0...1
    case .uint8: 0...255
    case .int8: Int64(Int8.min)...Int64(Int8.max)
    case .int16: Int64(Int16.min)...Int64(Int16.max)
    case .int32: Int64(Int32.min)...Int64(Int32.max)
    case .float16: -65504...65504
    default: Int64.min...Int64.max
    }
  }

  /// The number after a conversion to the type and back.
  private static func rounded(_ value: Int64, _ dtype: DType) -> Int64 {
    let elements = Tensor([value], dtype: dtype).array(as: Double.self)
    return Scalar.double(elements[0]).intValue
  }

  // Bounds that the type cannot hold move inward, by PyTorch's arithmetic.
  private static func raised(_ from: Int64, _ dtype: DType, _ digits: Int) -> Int64 {
    let next = rounded(from &+ 1, dtype)
    if next >= from { return from }
    let bits = 63 - (from &+ 1).magnitude.leadingZeroBitCount
    return next &+ Int64(1) << Int64(bits - digits + 1)
  }

  private static func lowered(_ to: Int64, _ dtype: DType, _ digits: Int) -> Int64 {
    let previous = rounded(to &- 1, dtype)
    if previous < to { return to }
    let bits = 63 - (to &- 1).magnitude.leadingZeroBitCount
    return previous &- Int64(1) << Int64(bits - digits + 1)
  }
}
