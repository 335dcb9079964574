import Foundation
import Testing
import TorchOps

@Suite("Allocator")
struct AllocatorTests {
  @Test func `size classes hold their sizes with at most a quarter to spare`() {
    var last = -1
    var requests = Array(1...5_000)
    for log in 13...40 {
      let power: Int = 1 << log
      requests += [power - 1, power, power + 1, power / 2 * 3 + 5]
    }
    for bytes in requests {
      let sizeClass = SizeClass.of(bytes)
      let size = SizeClass.bytes(sizeClass)
      #expect(size >= bytes)
      #expect(bytes <= 128 || size <= bytes + bytes / 4 + 1, "\(size) for \(bytes)")
      if sizeClass > 0 { #expect(SizeClass.bytes(sizeClass - 1) < bytes, "\(bytes) would fit a smaller class") }
      if bytes <= 5_000 {
        #expect(sizeClass >= last)
        last = sizeClass
      }
    }
    #expect(SizeClass.bytes(0) == 128)
  }

  @Test func `freed memory is used again and counted`() async {
    await #expect(processExitsWith: .success) {
      _ = Tensor.zeros([5000])
      let before = Memory.statistics
      var address: UnsafeRawPointer?
      do {
        let a = Tensor.empty([5000])
        a.withUnsafeBytes { address = $0.baseAddress }
        #expect(Memory.statistics.live == before.live + SizeClass.bytes(SizeClass.of(20_000)))
      }
      #expect(Memory.statistics.live == before.live)
      let b = Tensor.empty([4990])
      b.withUnsafeBytes { #expect($0.baseAddress == address) }
      #expect(Memory.statistics.reused == before.reused + 2)
      #expect(Memory.statistics.requests == before.requests + 2)
      #expect(Memory.statistics.peak >= Memory.statistics.live)
      Memory.resetPeak()
      #expect(Memory.statistics.peak == Memory.statistics.live)
      Memory.releaseCached()
      #expect(Memory.statistics.cached == 0)
    }
  }

  @Test func `elements are aligned for vectors`() {
    // Blocks of up to 512 bytes are the C library's, aligned to 16 bytes; loads of whole vectors cross them at most once.
    for count in [129, 1_000, 300_000] {
      Tensor.empty([count]).withUnsafeBytes { #expect(UInt(bitPattern: $0.baseAddress) % 64 == 0) }
    }
  }

  @Test func `a request beyond the cap is an error that names both`() async {
    await #expect(processExitsWith: .success) {
      Memory.cap = Memory.statistics.live + (1 << 20)
      let error = failure { try withTorchErrors { Tensor.zeros([1 << 20]) } }
      #expect(error?.kind == .memory)
      #expect(error?.message.contains("cannot allocate 4194304 bytes") == true)
      #expect(error?.message.contains("bytes allowed") == true)
      #expect(Tensor.zeros([1000]).count == 1000, "smaller requests are served")
      Memory.cap = .max
      #expect(Tensor.zeros([1 << 20]).count == 1 << 20)
    }
  }

  @Test func `the environment sets the cap`() async {
    await #expect(processExitsWith: .success) {
      setenv("SWIFTTORCH_MEMORY_CAP", "2M", 1)
      #expect(Memory.cap == 2 << 20)
      #expect(throws: TorchError.self) { try withTorchErrors { Tensor.zeros([1 << 20]) } }
    }
  }

  @Test func `fresh memory can be filled with garbage`() async {
    await #expect(processExitsWith: .success) {
      Memory.fillsWithGarbage = true
      for dtype in [DType.float32, .float64, .float16, .bfloat16] {
        #expect(Tensor.empty([100], dtype: dtype).array(as: Double.self).allSatisfy { $0.isNaN }, "\(dtype)")
      }
      #expect(Tensor.empty([5], dtype: .int32).array(as: Int.self).allSatisfy { $0 == -1 })
      #expect(Tensor.zeros([100]).sum().item(as: Float.self) == 0)
    }
  }

  @Test func `memory is shared by threads`() async {
    await withTaskGroup(of: Bool.self) { group in
      for seed in 0..<8 {
        group.addTask {
          var held: [Tensor] = []
          for i in 0..<300 {
            held.append(Tensor.full([64 + i % 7 * 100], Scalar(seed * 1000 + i)))
            if held.count > 20 { held.removeFirst(10) }
          }
          return held.allSatisfy { tensor in
            let values = tensor.array(as: Int.self)
            return values.allSatisfy { $0 == values[0] && $0 / 1000 == seed }
          }
        }
      }
      for await right in group { #expect(right) }
    }
  }
}
