/// The common sizes of operands under PyTorch's broadcasting rule.
package func broadcastSizes(_ a: Dims, _ b: Dims) throws(TorchError) -> Dims {
  if a == b { return a }
  var out = a.count >= b.count ? a : b
  let short = a.count >= b.count ? b : a
  let lead = out.count - short.count
  for i in 0..<short.count {
    let (x, y) = (out[lead + i], short[i])
    if x == y || y == 1 { continue }
    guard x == 1 else {
      throw TorchError(.shape, "sizes \(a) and \(b) do not broadcast: dimension \(lead + i) has \(a.count >= b.count ? x : y) and \(a.count >= b.count ? y : x)")
    }
    out[lead + i] = y
  }
  return out
}

/// How the type of a result follows from the operands, by PyTorch's rules: dimensioned tensors first, then 0-d tensors, then literals;
/// a lower class matters only when its category is higher.
package struct Promotion {
  private var dimensioned: DType?
  private var zeroDim: DType?
  private var wrapped: DType?

  package init() {}

  package mutating func add(_ tensor: Tensor) {
    let impl = tensor.impl
    if impl.isWrappedNumber {
      let type: DType = impl.dtype.isFloatingPoint ? defaultDType : impl.dtype.isComplex ? defaultDType.complexType : impl.dtype
      wrapped = wrapped.map { promoteTypes($0, type) } ?? type
    } else if impl.sizes.count == 0 {
      zeroDim = zeroDim.map { promoteTypes($0, impl.dtype) } ?? impl.dtype
    } else {
      dimensioned = dimensioned.map { promoteTypes($0, impl.dtype) } ?? impl.dtype
    }
  }

  package mutating func add(_ scalar: Scalar) {
    wrapped = wrapped.map { promoteTypes($0, scalar.dtype) } ?? scalar.dtype
  }

  package var result: DType {
    combine(dimensioned, combine(zeroDim, wrapped)) ?? defaultDType
  }

  private func combine(_ higher: DType?, _ lower: DType?) -> DType? {
    guard let higher else { return lower }
    guard let lower else { return higher }
    if lower.category > higher.category {
      // A complex literal beside float64 becomes complex128, and so on.
      return lower.isComplex && higher.isFloatingPoint ? promoteTypes(higher.complexType, higher) : promoteTypes(higher, lower)
    }
    return higher
  }
}

/// The type of a result of these operands. `torch.result_type`.
public func resultType(_ a: Tensor, _ b: Tensor) -> DType {
  if a.dtype == b.dtype && a.impl.isWrappedNumber == b.impl.isWrappedNumber { return a.impl.isWrappedNumber ? wrappedType(a) : a.dtype }
  var promotion = Promotion()
  promotion.add(a)
  promotion.add(b)
  return promotion.result
}

private func wrappedType(_ a: Tensor) -> DType {
  var promotion = Promotion()
  promotion.add(a)
  return promotion.result
}

extension Dims {
  /// Strides that read a tensor of sizes `from` with strides `strides` as if it had these sizes.
  package func broadcastStrides(from: Dims, strides: Dims) -> Dims {
    var out = Dims(repeating: 0, count: count)
    let lead = count - from.count
    for i in 0..<from.count { out[lead + i] = from[i] == 1 && self[lead + i] != 1 ? 0 : strides[i] }
    return out
  }

  /// Whether strides describe memory without gaps or overlaps, in some order of the dimensions.
  package func isDense(strides: Dims) -> Bool {
    if contains(0) { return true }
    var order = (0..<count).filter { self[$0] != 1 }
    order.sort { strides[$0] < strides[$1] }
    var expected = 1
    for i in order {
      if strides[i] != expected { return false }
      expected *= self[i]
    }
    return true
  }

  /// Strides without gaps in the order in which operands of these strides lie in memory: the first that tells two dimensions apart
  /// decides on them. `TensorIterator::reorder_dimensions`.
  package func commonOrder(of operands: [Dims]) -> Dims {
    /// Above 0 if dimension `a` is to be outside of `b`, below 0 if inside.
    func compare(_ a: Int, _ b: Int) -> Int {
      for strides in operands where strides[a] != 0 && strides[b] != 0 {
        if strides[a] != strides[b] { return strides[a] < strides[b] ? -1 : 1 }
        if self[a] > self[b] { return 1 }
      }
      return 0
    }
    // Innermost first. Not any sort: what cannot be told apart is passed over, which the result depends on.
    var order = Array((0..<count).reversed())
    for i in 0..<count {
      var moving = i
      for other in (0..<i).reversed() {
        let result = compare(order[other], order[moving])
        if result < 0 { break }
        if result > 0 {
          order.swapAt(other, moving)
          moving = other
        }
      }
    }
    var strides = Dims(repeating: 0, count: count)
    var next = 1
    for d in order {
      strides[d] = next
      next *= Swift.max(self[d], 1)
    }
    return strides
  }
}
