/// Whether tensors share memory in part, which ops that write one while they read another must not meet.
package enum Overlap {
  package enum Status { case none, full, partial, unknown }

  /// How two tensors share memory. `unknown` where one of them has gaps or repeats elements.
  package static func status(_ a: Tensor, _ b: Tensor) -> Status {
    if a === b { return .full }
    let (x, y) = (a.impl, b.impl)
    guard x.storage === y.storage, x.count > 0, y.count > 0, let first = x.data, let second = y.data else { return .none }
    guard x.sizes.isDense(strides: x.strides), y.sizes.isDense(strides: y.strides) else { return .unknown }
    let (firstEnd, secondEnd) = (first + x.count * x.dtype.byteCount, second + y.count * y.dtype.byteCount)
    if first == second && firstEnd == secondEnd { return x.strides == y.strides ? .full : .partial }
    return first < secondEnd && second < firstEnd ? .partial : .none
  }

  /// Throws if an input shares a part of the written-to tensor's memory.
  @inline(__always)
  package static func check(_ target: Tensor, _ inputs: [Tensor]) throws {
    for input in inputs where input.impl.storage === target.impl.storage && status(target, input) == .partial {
      throw TorchError(
        .value,
        "some elements of an input (\(input.summary)) and of the written-to tensor (\(target.summary)) are the same memory; clone one of them first")
    }
  }
}
