import CTorchKernels

/// The dimensions that an element-wise loop walks, after reordering and merging: contiguous operands of any rank become one dimension.
package struct StridedLoop {
  package var sizes: [Int64] = []
  /// By operand, then dimension; in bytes.
  package var strides: [Int64] = []
  package let operandCount: Int
  package let count: Int

  /// `operands[0]` is the result; its strides order the loop. All have been broadcast to `sizes`.
  package init(sizes full: Dims, operands: [(strides: Dims, byteCount: Int)]) {
    operandCount = operands.count
    count = full.product
    var order = (0..<full.count).filter { full[$0] != 1 }
    // Slowest first; the result decides, then the inputs; a stable sort keeps the given order otherwise.
    order.sort { a, b in
      for operand in operands {
        let (x, y) = (operand.strides[a], operand.strides[b])
        if x != y && x != 0 && y != 0 { return x > y }
      }
      return a < b
    }
    // Merge neighbours that every operand walks as one.
    var merged: [(size: Int, dim: Int)] = []
    for dim in order {
      if let last = merged.last,
        operands.allSatisfy({ $0.strides[last.dim] == $0.strides[dim] * full[dim] })
      {
        merged[merged.count - 1] = (last.size * full[dim], dim)
      } else {
        merged.append((full[dim], dim))
      }
    }
    if merged.isEmpty {
      sizes = [1]
      strides = Array(repeating: 0, count: operandCount)
      return
    }
    sizes = merged.map { Int64($0.size) }
    strides.reserveCapacity(operandCount * merged.count)
    for operand in operands { for entry in merged { strides.append(Int64(operand.strides[entry.dim] * operand.byteCount)) } }
  }

  /// Whether operand `i` is one run of elements of `byteCount` bytes.
  package func isContiguous(_ i: Int, byteCount: Int) -> Bool {
    sizes.count == 1 && (strides[i] == Int64(byteCount) || count <= 1)
  }
}
