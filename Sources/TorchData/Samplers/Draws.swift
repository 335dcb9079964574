import CTorchKernels
import TorchOps

extension Generator {
  /// 0 ..< n in random order: `torch.randperm`.
  func permutation(_ n: Int) -> [Int] {
    var order = [Int64](repeating: 0, count: n)
    order.withUnsafeMutableBufferPointer { buffer in
      guard let out = buffer.baseAddress else { return }
      nonisolated(unsafe) let target = out
      withState { torch_random_permutation($0, Int64(n), target) }
    }
    return order.map(Int.init)
  }

  /// `torch.randint(high, (count,))`.
  func integers(below high: Int, count: Int) -> [Int] {
    var values = [Int64](repeating: 0, count: count)
    values.withUnsafeMutableBufferPointer { buffer in
      guard let out = buffer.baseAddress else { return }
      nonisolated(unsafe) let target = out
      _ = withState { torch_random_integers($0, Int32(DType.int64.rawValue), Int64(count), target, 0, UInt64(high)) }
    }
    return values.map(Int.init)
  }

  /// A seed for another generator: `torch.empty((), dtype=torch.int64).random_()`.
  func drawSeed() -> UInt64 {
    var seed: Int64 = 0
    withUnsafeMutablePointer(to: &seed) { out in
      nonisolated(unsafe) let target = out
      _ = withState { torch_random_integers_full($0, Int32(DType.int64.rawValue), 1, target) }
    }
    return UInt64(bitPattern: seed)
  }
}
