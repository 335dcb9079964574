import Testing
import TorchOps
import TorchTestSupport

@Suite("Thread count")
struct ThreadCountTests {
  @Test func `results do not depend on the number of threads`() async {
    await #expect(processExitsWith: .success) {
      let values = (0..<600_000).map { Double(($0 * 7919) % 1000) / 500 - 1 }
      let x = Tensor(values, shape: [600, 1000])
      var reference: [Tensor] = []
      for count in [1, 2, 3, 7, 1] {
        try setNumThreads(count)
        #expect(numThreads == count)
        let results = [x.exp(), x.t() + x.reshape(1000, 600), x.sum(1), x.t().clone(memoryFormat: .contiguous)]
        if reference.isEmpty { reference = results }
        for (i, (a, b)) in zip(results, reference).enumerated() {
          if let text = try difference(a, b, i == 2 ? nil : .exact) { Issue.record("\(count) threads, result \(i): \(text)") }
        }
      }
    }
  }

  @Test(arguments: [0, -1, 1 << 20])
  func `other counts are errors`(_ count: Int) {
    let before = numThreads
    let error = failure { try setNumThreads(count) }
    #expect(error?.message.contains("from 1 to 4096, got \(count)") == true)
    #expect(numThreads == before)
  }
}
