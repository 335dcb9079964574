/// One set of arguments for the table-driven tests.
package struct Sample: Sendable {
  package let arguments: [IValue]
  package init(_ arguments: IValue...) { self.arguments = arguments }
  package init(_ arguments: [IValue]) { self.arguments = arguments }
}

/// Makes deterministic tensors for samples.
package struct SampleSource {
  package let dtype: DType
  private var state: UInt64

  package init(dtype: DType, seed: UInt64 = 1) {
    self.dtype = dtype
    state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
  }

  private mutating func next() -> Double {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Double(state >> 11) * 0x1p-53
  }

  /// Values spread over `low..<high`, never twice the same and away from whole numbers, where many functions have kinks.
  package mutating func tensor(_ sizes: [Int], low: Double = -2, high: Double = 2, dtype: DType? = nil) -> Tensor {
    let count = sizes.reduce(1, *)
    var values: [Double] = []
    values.reserveCapacity(count)
    for _ in 0..<count { values.append(low + (high - low) * next()) }
    let type = dtype ?? self.dtype
    return Tensor(values, shape: sizes, dtype: type)
  }

  /// Whole numbers from `low` to `high` - 1.
  package mutating func integers(_ sizes: [Int], low: Int = 0, high: Int, dtype: DType = .int64) -> Tensor {
    let count = sizes.reduce(1, *)
    let values = (0..<count).map { _ in Double(low + Int(next() * Double(high - low))) }
    return Tensor(values, shape: sizes, dtype: dtype)
  }
}
