import Testing

@testable import TorchCore
import TorchOps

@Suite struct OrderingTests {
  @Test func recordedCalls() throws {
    #expect(try RecordedCalls.replay("Ordering") > 60)
  }

  @Test func samplesRun() throws {
    for op in OrderingOps.table {
      #expect(!op.info.schema.arguments.isEmpty)
      for dtype in [DType.float64, .float32] {
        var source = SampleSource(dtype: dtype)
        for sample in op.info.samples(&source) { _ = try withTorchErrors { try op.call(sample.arguments) } }
      }
    }
  }

  /// Long rows, which threads and radix passes take part in, against Swift's own sort.
  @Test func longRows() {
    let x = Tensor.randint(0, 500, [3, 20_000], generator: Generator(seed: 4))
    let sorted = x.sort(1, stable: true)
    let (rows, values, indices) = (x.array(as: Int.self), sorted.values.array(as: Int.self), sorted.indices.array(as: Int.self))
    for row in 0..<3 {
      let range = (row * 20_000)..<((row + 1) * 20_000)
      let expected = rows[range].enumerated().sorted { ($0.element, $0.offset) < ($1.element, $1.offset) }
      #expect(Array(values[range]) == expected.map(\.element))
      #expect(Array(indices[range]) == expected.map(\.offset))
    }
    let unique = x.uniqueWithCounts()
    #expect(unique.counts.sum().item(as: Int.self) == 60_000)
    #expect(unique.values[.tensor(unique.inverse)].array(as: Int.self) == rows)
  }
}
