import Synchronization
import Testing
import TorchData
import TorchOps

/// 0 ..< size, with noise drawn for each sample; fails on request, in reading or in making a sample.
private struct Numbers: IterableDataset {
  let size: Int
  var known = false
  var failsReading: Int?
  var failsMaking: Int?
  var count: Int? { known ? size : nil }

  struct Elements: ElementIterator {
    var position: Int
    let end: Int
    let fails: Int?
    mutating func next() throws -> Int? {
      if position == end { return nil }
      if position == fails { throw TorchError(.io, "the line is torn") }
      defer { position += 1 }
      return position
    }
  }

  func makeIterator(rng: Generator, skipping count: Int) -> Elements {
    Elements(position: min(count, size), end: size, fails: failsReading)
  }

  func sample(of element: Int, rng: Generator) throws -> (Int, Tensor) {
    if element == failsMaking { throw TorchError(.value, "not a number") }
    return (element, Tensor.rand([], generator: rng))
  }
}

private typealias Seen = (numbers: [Int], noise: [Float])

private func seen(_ batch: (Tensor, Tensor)) -> Seen { (batch.0.array(as: Int.self), batch.1.array(as: Float.self)) }

extension DataLoaderSuites {
  @Suite struct StreamTests {
    private func loader(_ size: Int = 23, workers: Int, dropLast: Bool = false, seed: UInt64 = 1) -> DataLoader<(Tensor, Tensor)> {
      DataLoader(Numbers(size: size), batchSize: 4, dropLast: dropLast, workers: workers, generator: Generator(seed: seed))
    }

    @Test func everyElementOnceWhateverTheWorkers() {
      let plain = loader(workers: 0)
      let expected = (0..<2).map { _ in plain.map(seen) }
      #expect(expected[0].flatMap(\.numbers) == Array(0..<23))
      #expect(expected[0].map(\.numbers.count) == [4, 4, 4, 4, 4, 3])
      #expect(expected[0].flatMap(\.noise) != expected[1].flatMap(\.noise))
      for workers in [1, 2, 4] {
        let threaded = loader(workers: workers)
        for epoch in 0..<2 {
          let found = threaded.map(seen)
          #expect(found.map(\.numbers) == expected[epoch].map(\.numbers))
          #expect(found.map(\.noise) == expected[epoch].map(\.noise))
        }
      }
      #expect(loader(workers: 2, dropLast: true).map(seen).map(\.numbers.count) == [4, 4, 4, 4, 4])
      #expect(loader(0, workers: 2).map(seen).isEmpty)
      #expect(loader(24, workers: 2).map(seen).count == 6)
    }

    @Test(arguments: [0, 1, 2, 4]) func continuesAfterEveryBatch(workers: Int) throws {
      let whole = loader(workers: 0)
      let expected = (0..<2).map { _ in whole.map(seen) }
      for stop in 0...6 {
        let first = loader(workers: workers)
        let iterator = first.makeIterator()
        for _ in 0..<stop { _ = try iterator.nextBatch() }
        let second = loader(workers: workers, seed: 99)
        try second.restore(first.state())
        #expect(second.map(seen).map(\.noise) == expected[0].dropFirst(stop).map(\.noise))
        #expect(second.map(seen).map(\.noise) == expected[1].map(\.noise))
      }
    }

    @Test(arguments: [0, 3]) func errorsSayWhere(workers: Int) {
      for (dataset, text) in [
        (Numbers(size: 23, failsReading: 9), "element 9 of the stream: the line is torn"),
        (Numbers(size: 23, failsMaking: 10), "element 10 of the stream: not a number"),
      ] {
        var count = 0
        let found = message { for batch in DataLoader(dataset, batchSize: 4, workers: workers) { count += batch.0.count } }
        #expect(found.contains(text), "\(found)")
        #expect(count == 8)
      }
    }

    @Test func lengths() {
      #expect(DataLoader(Numbers(size: 9, known: true), batchSize: 4).count == 3)
      #expect(DataLoader(Numbers(size: 9, known: true), batchSize: 4, dropLast: true).count == 2)
      #expect(message { _ = loader(workers: 0).count }.contains("unknown length"))
    }

    @Test func chainsAndSequences() throws {
      let chain = ChainDataset([Numbers(size: 3, known: true), Numbers(size: 0, known: true), Numbers(size: 2)])
      #expect(chain.count == nil)
      func rest(_ skipping: Int) throws -> [Int] {
        var elements = try chain.makeIterator(rng: Generator(seed: 0), skipping: skipping)
        var found: [Int] = []
        while let element = try elements.next() { found.append(element) }
        return found
      }
      let all = [0, 1, 2, 0, 1]
      for skipping in 0...6 { #expect(try rest(skipping) == Array(all.dropFirst(skipping))) }
      #expect(ChainDataset([Numbers(size: 3, known: true), Numbers(size: 2, known: true)]).count == 5)
      let texts: [[String]] = Array(DataLoader(SequenceDataset(["a", "b", "c"]), batchSize: 2, workers: 2))
      #expect(texts == [["a", "b"], ["c"]])
      let single: [String] = Array(DataLoader(unbatched: SequenceDataset(["a", "b", "c"]), workers: 2))
      #expect(single == ["a", "b", "c"])
    }
  }
}
