import Testing
import TorchOps
import TorchTestSupport

@Suite struct ProfilerTests {
  @Test func `ops and backward steps are counted with their times and memory`() throws {
    let x = Tensor.ones([64, 64]).requiresGrad_()
    let profiler = Profiler()
    let result = profiler.run {
      let y = (x.matmul(x) + x).sum()
      y.backward()
      return y
    }
    #expect(result.item(as: Float.self) == 64 * 64 * 65)
    func entry(_ name: String) throws -> Profiler.Entry { try #require(profiler.entries.first { $0.name == name }) }
    let product = try entry("aten::matmul")
    #expect(product.calls == 1 && !product.isBackward)
    // Its result, in a size class of its own.
    #expect(product.memory >= 64 * 64 * 4 && product.memory < 2 * 64 * 64 * 4)
    #expect(product.peak >= product.memory)
    let backward = try entry("MmBackward0")
    #expect(backward.calls == 1 && backward.isBackward)
    #expect(profiler.entries.allSatisfy { $0.selfTime >= .zero })
    #expect(profiler.entries.map(\.selfTime) == profiler.entries.map(\.selfTime).sorted(by: >))
    #expect(profiler.total == profiler.entries.reduce(.zero) { $0 + $1.selfTime })
    profiler.reset()
    #expect(profiler.entries.isEmpty)
  }

  @Test func `an error passes through and the call counts`() {
    let (profiler, x) = (Profiler(), Tensor.ones([2, 3]))
    #expect(throws: TorchError.self) { try withTorchErrors { profiler.run { x.mm(x) } } }
    #expect(profiler.entries.map(\.name) == ["aten::mm"])
  }
}
