import CTorchKernels
import Synchronization

/// The lowest position that any part of a parallel loop complained about.
package final class FirstBadIndex: Sendable {
  private let lowest = Mutex<Int64>(-1)
  package init() {}
  package func note(_ position: Int64) {
    if position == -1 { return }
    lowest.withLock { $0 = $0 == -1 ? position : min($0, position) }
  }
  package var position: Int64 { lowest.withLock { $0 } }
}

package enum IndexCheck {
  /// Throws if a kernel found a bad index: `position` is its place, or -1.
  package static func verify(_ position: Int64, _ indices: Tensor, size: Int, dim: Int) throws {
    if position == -1 { return }
    if position < -1 { throw TorchError(.dtype, "not defined for this type") }
    let value = indices.int64s[Int(position)]
    throw TorchError(.index, "index \(value) at position \(position) is out of range for dimension \(dim) of size \(size)")
  }

  /// Throws at the first index outside `0 ..< size`, or `-size ..< size`.
  package static func range(_ indices: Tensor, size: Int, dim: Int, negative: Bool = false) throws {
    try verify(
      torch_index_check(indices.int64s, Int64(indices.count), Int64(size), negative), indices, size: size, dim: dim)
  }

  /// The op takes int32 and int64 indices.
  package static func type(_ index: Tensor) throws {
    guard index.dtype == .int64 || index.dtype == .int32 else {
      throw TorchError(.dtype, "indices must be int32 or int64, got \(index.dtype)")
    }
  }

  /// An index of at most one dimension, for ops on whole rows.
  package static func vector(_ index: Tensor) throws {
    try type(index)
    guard index.rank <= 1 else { throw TorchError(.shape, "the index must have at most one dimension, got \(index.summary)") }
  }

  package static func sameType(_ x: Tensor, _ other: Tensor, _ name: String) throws {
    guard x.dtype == other.dtype else {
      throw TorchError(.dtype, "self and \(name) must have one type, got \(x.dtype) and \(other.dtype)")
    }
  }

  /// Contiguous int64 indices.
  package static func indices(_ index: Tensor) -> Tensor { index.detach().to(.int64).contiguous() }
}

extension Tensor {
  // Any address will do for a tensor without elements: no one reads there.

  /// The elements of an int64 tensor.
  package var int64s: UnsafeMutablePointer<Int64> { address.assumingMemoryBound(to: Int64.self) }
  /// The elements of a bool tensor.
  package var flags: UnsafeMutablePointer<UInt8> { address.assumingMemoryBound(to: UInt8.self) }

  /// Contiguous elements that stay as they are while `target` is written.
  package func stable(besides target: Tensor) -> Tensor {
    let source = detach()
    return source.impl.storage === target.impl.storage ? source.clone(memoryFormat: .contiguous) : source.contiguous()
  }

  /// Runs `body` on this tensor if it is contiguous, or on a contiguous copy whose elements are then copied back.
  package func withContiguousTarget(_ body: (Tensor) throws -> Void) throws {
    if isContiguous { return try body(self) }
    let buffer = contiguous()
    try body(buffer)
    Copying.copy(buffer, into: self)
  }
}
