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

  /// Of equal elements PyTorch names certain ones, here those that PyTorch 2.13 named.
  @Test func choiceAmongEquals() {
    let x = Tensor((0..<300).map { $0 * 37 % 11 })
    func indices(_ pair: TensorPair) -> [Int] { pair.indices.array(as: Int.self) }
    #expect(indices(x.topk(3)) == [30, 19, 8])
    #expect(indices(x.topk(7)) == [272, 85, 250, 173, 217, 162, 184])
    #expect(indices(x.topk(6, sorted: false)) == [272, 85, 250, 173, 217, 162])
    #expect(indices(x.topk(5, largest: false)) == [242, 66, 77, 253, 231])
    #expect([1, 100, 300].flatMap { indices(x.kthvalue($0)) } == [22, 196, 151])
    #expect(indices(x.median(0)) == [136])
    #expect(indices(x.mode(0)) == [22])
    #expect(indices((x.narrow(0, 0, 100).floorDivide(2)).mode(0)) == [88])
    #expect(
      indices(x.narrow(0, 0, 40).to(.int8).sort()) == [
        33, 22, 0, 11, 36, 3, 25, 14, 39, 6, 28, 17, 20, 31, 9, 1, 12, 34, 23, 15, 37, 4, 26, 7, 29, 18, 21, 10, 32, 24, 13, 2, 35,
        5, 27, 16, 38, 19, 30, 8,
      ])
    let gaps = x.double()
    gaps.slice(0, step: 7).fill_(Scalar.double(.nan))
    #expect(indices(gaps.nanmedian(0)) == [136] && indices(gaps.median(0)) == [0])
    #expect(indices(Tensor.full([20], Scalar.double(.nan)).nanmedian(0)) == [12])
  }
}
