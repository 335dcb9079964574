import Foundation
import Testing
import TorchOps
import TorchData

private struct Recorded: Decodable {
  let ownGenerator: [[[Int]]]
  let defaultGenerator: [[[Int]]]
  let dropLast: [[[Int]]]
  let drawAfterwards: Double
  let split: [[Int]]
  let fractions: [[Int]]
  let beyond: [Int]
}

/// Values recorded by Tools/record-training-fixtures.py.
private func recorded() throws -> Recorded {
  let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/loaders.json")
  return try JSONDecoder().decode(Recorded.self, from: Data(contentsOf: url))
}

/// Samples with random noise, so that the randomness of workers shows.
private struct Noisy: Dataset {
  let count: Int
  subscript(index: Int) -> [Tensor] { [Tensor(Float(index))] }
  func sample(at index: Int, rng: Generator) throws -> [Tensor] {
    [Tensor([Float(index)]) + Tensor.rand([1], generator: rng), Tensor(Int64(index))]
  }
}

/// Whole batches with noise.
private struct NoisyBatches: BatchDataset {
  let count: Int
  func batch(indices: [Int], rng: Generator) throws -> Tensor {
    Tensor(indices).to(.float32) + Tensor.rand([indices.count], generator: rng)
  }
}

/// Fails at one sample.
private struct Broken: Dataset {
  let count = 10
  let kind: Int
  subscript(index: Int) -> (Tensor, Int) {
    get throws {
      if index == 6 && kind == 0 { throw TorchError(.io, "the file is torn") }
      if index == 6 && kind == 1 { return (Tensor.ones(2) + Tensor.ones(3), 1) }
      return (index == 6 ? Tensor.ones(5) : Tensor.ones(2), index)
    }
  }
}

extension DataLoaderSuites {
  @Suite struct DataLoaderTests {
    private let ten = TensorDataset(Tensor.arange(10))

    @Test func ordersEqualPyTorch() throws {
      try withGenerator(Generator(seed: 0)) {
        let expected = try recorded()
        let own = DataLoader(ten, batchSize: 4, shuffle: true, generator: Generator(seed: 3))
        #expect([numbers(own), numbers(own)] == expected.ownGenerator)
        manualSeed(3)
        let plain = DataLoader(ten, batchSize: 4, shuffle: true)
        #expect([numbers(plain), numbers(plain)] == expected.defaultGenerator)
        #expect(Tensor.rand([1]).item(as: Double.self) == expected.drawAfterwards)
        manualSeed(4)
        let dropping = DataLoader(ten, batchSize: 4, shuffle: true, dropLast: true)
        #expect(dropping.count == 2)
        #expect([numbers(dropping), numbers(dropping)] == expected.dropLast)
        #expect(randomSplit(ten, lengths: [7, 3], generator: Generator(seed: 5)).map(\.indices) == expected.split)
        #expect(randomSplit(ten, fractions: [0.33, 0.33, 0.34], generator: Generator(seed: 6)).map(\.indices) == expected.fractions)
        #expect(RandomSampler(population: 10, count: 23).indices(rng: Generator(seed: 8), epoch: 0) == expected.beyond)
      }
    }

    @Test func inOrder() {
      #expect(numbers(DataLoader(ten, batchSize: 4)) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]])
      #expect(numbers(DataLoader(ten, batchSize: 4, dropLast: true, workers: 1)) == [[0, 1, 2, 3], [4, 5, 6, 7]])
      #expect(numbers(DataLoader(TensorDataset(Tensor.arange(0)), batchSize: 4, workers: 1)) == [])
    }

    @Test func workersDoNotChangeTheBatches() {
      func epochs(_ workers: Int) -> [[[Float]]] {
        let loader = DataLoader(Noisy(count: 37), batchSize: 5, shuffle: true, workers: workers, generator: Generator(seed: 1))
        return (0..<3).map { _ in loader.map { $0[0].array(as: Float.self) } }
      }
      let plain = epochs(0)
      #expect(plain.count == 3 && plain[0].count == 8)
      #expect(plain[0] != plain[1])
      // The noise changes between epochs too.
      let noise = plain.map { Set($0.joined().map { $0 - $0.rounded(.down) }) }
      #expect(noise[0].intersection(noise[1]).count < 5)
      for workers in [1, 3] { #expect(epochs(workers) == plain) }
    }

    @Test func wholeBatches() {
      func epoch(_ workers: Int) -> [[Float]] {
        DataLoader(NoisyBatches(count: 20), batchSize: 6, shuffle: true, workers: workers, generator: Generator(seed: 2))
          .map { $0.array(as: Float.self) }
      }
      let plain = epoch(0)
      #expect(plain.map(\.count) == [6, 6, 6, 2])
      for workers in [1, 3] { #expect(epoch(workers) == plain) }
    }

    @Test(arguments: [0, 1, 3])
    func continuesInMidEpoch(workers: Int) throws {
      func loader(_ seed: UInt64) -> DataLoader<[Tensor]> {
        DataLoader(Noisy(count: 23), batchSize: 4, shuffle: true, workers: workers, generator: Generator(seed: seed))
      }
      let whole = loader(9)
      let expected = (0..<3).map { _ in whole.map { $0[0].array(as: Float.self) } }

      let first = loader(9)
      #expect(first.map { $0[0].array(as: Float.self) } == expected[0])
      var seen: [[Float]] = []
      for batch in first {
        seen.append(batch[0].array(as: Float.self))
        if seen.count == 2 { break }
      }
      let text = try JSONEncoder().encode(first.state())
      let second = loader(77)
      try second.restore(JSONDecoder().decode(LoaderState.self, from: text))
      #expect(second.epoch == 1)
      #expect(second.state() == first.state())
      seen += second.map { $0[0].array(as: Float.self) }
      #expect(seen == expected[1])
      #expect(second.epoch == 2)
      #expect(second.map { $0[0].array(as: Float.self) } == expected[2])
    }

    @Test func continuesAtTheEndsOfAnEpoch() throws {
      func loader(_ seed: UInt64) -> DataLoader<[Tensor]> {
        DataLoader(ten, batchSize: 4, shuffle: true, generator: Generator(seed: seed))
      }
      let whole = loader(1)
      let expected = [numbers(whole), numbers(whole)]
      // Saved after the last batch, but before the epoch ended: nothing is left of it.
      let first = loader(1)
      let iterator = first.makeIterator()
      for _ in 0..<3 { _ = iterator.next() }
      let second = loader(5)
      try second.restore(first.state())
      #expect(numbers(second) == [])
      #expect(numbers(second) == expected[1])
      // Saved between epochs.
      #expect(iterator.next() == nil)
      let third = loader(6)
      try third.restore(first.state())
      #expect(third.epoch == 1)
      #expect(numbers(third) == expected[1])
    }

    @Test func refusesStateOfAnotherLoader() throws {
      let loader = DataLoader(ten, batchSize: 4, shuffle: true, generator: Generator(seed: 1))
      _ = loader.makeIterator().next()
      let state = loader.state()
      func refusal(_ change: (inout LoaderState) -> Void) -> String {
        var changed = state
        change(&changed)
        return message { try loader.restore(changed) }
      }
      #expect(refusal { _ in } == "")
      #expect(refusal { $0.sampleCount = 11 }.contains("sampleCount 11"))
      #expect(refusal { $0.batchSize = 3 }.contains("batchSize 3"))
      #expect(refusal { $0.dropLast = true }.contains("dropLast"))
      #expect(refusal { $0.position = 4 }.contains("batch 4"))
      #expect(refusal { $0.position = -1 }.contains("batch -1"))
      #expect(refusal { $0.orderState = "zz" }.contains("hexadecimal"))
      #expect(refusal { $0.orderState = "00" }.contains("generator state"))
      #expect(refusal { $0.orderState = nil }.contains("order of the epoch"))
      #expect(refusal { $0.baseSeed = nil }.contains("seed"))
      #expect(refusal { $0.generatorState = nil }.contains("generator"))
    }

    @Test(arguments: [0, 1, 3])
    func errorsNameTheSample(workers: Int) {
      for (kind, part) in [(0, "the file is torn"), (1, "aten::add"), (2, "must be alike")] {
        let loader = DataLoader(Broken(kind: kind), batchSize: 2, workers: workers)
        var seen = 0
        let text = message { for batch in loader { seen += batch.1.count } }
        #expect(text.contains(part), "\(text)")
        if kind < 2 { #expect(text.contains("sample 6"), "\(text)") }
        #expect(seen == 6)
      }
    }

    @Test func anAbandonedIterationEndsCleanly() {
      weak var released: DataLoader<[Tensor]>?
      do {
        let loader = DataLoader(Noisy(count: 200), batchSize: 2, shuffle: true, workers: 3, generator: Generator(seed: 1))
        released = loader
        for _ in 0..<5 {
          for (i, _) in loader.enumerated() where i == 3 { break }
        }
        #expect(loader.map { _ in 1 }.count == 100)
        // An iterator that another one replaced says so.
        let old = loader.makeIterator()
        let new = loader.makeIterator()
        #expect(message { while try old.nextBatch() != nil {} }.contains("another iteration"))
        #expect(new.next() != nil)
      }
      #expect(released == nil)
    }

    @Test func collationOfPairs() {
      struct Pairs: Dataset {
        let count = 3
        subscript(index: Int) -> (Tensor, Tensor) { (Tensor.full([2], Scalar(index)), Tensor(Float(index))) }
      }
      let batches = DataLoader(Pairs(), batchSize: 2).map { ($0.0.shape, $0.1.array(as: Float.self)) }
      #expect(batches.map(\.0) == [[2, 2], [1, 2]])
      #expect(batches.map(\.1) == [[0, 1], [2]])
      let own = DataLoader(Pairs(), batchSize: 3, collate: { samples in samples.count })
      #expect(Array(own) == [3])
    }

    @Test func subsets() throws {
      let part = Subset(ten, indices: [3, 1, 4])
      #expect(numbers(DataLoader(part, batchSize: 2)) == [[3, 1], [4]])
      #expect(try part[2][0].item(as: Int.self) == 4)
      #expect(message { _ = Subset(ten, indices: [10]) }.contains("sample 10 is out of range"))
      #expect(message { _ = try ten[-1] }.contains("sample -1"))
      #expect(message { _ = randomSplit(ten, lengths: [3, 3]) }.contains("do not add up"))
      #expect(message { _ = randomSplit(ten, fractions: [0.5]) }.contains("do not add up"))
      #expect(Set(SubsetRandomSampler([5, 6, 7]).indices(rng: Generator(seed: 1), epoch: 0)) == [5, 6, 7])
      let drawn = RandomSampler(population: 3, count: 50, replacement: true).indices(rng: Generator(seed: 1), epoch: 0)
      #expect(drawn.count == 50 && Set(drawn) == [0, 1, 2])
    }

    @Test func badArguments() {
      #expect(message { _ = DataLoader(ten, batchSize: 0) }.contains("batchSize"))
      #expect(message { _ = DataLoader(ten, workers: -1) }.contains("workers"))
      #expect(message { _ = DataLoader(ten, options: LoaderOptions(prefetch: 0)) }.contains("prefetch"))
      #expect(message { _ = TensorDataset(Tensor.zeros(2), Tensor.zeros(3)) }.contains("equal first size"))
      #expect(message { _ = TensorDataset([]) }.contains("at least one"))
    }
  }
}
