import Foundation
import Testing
import TorchData
import TorchOps

private struct Recorded: Decodable {
  let weighted: [[[Int]]]
  let weightedOnce: [[[Int]]]
  let subsetRandom: [[[Int]]]
  let replacement: [[[Int]]]
  let distributed: [[Int]]
  let fewerThanReplicas: [Int]
}

/// Values recorded by Tools/record-training-fixtures.py.
private func recorded() throws -> Recorded {
  let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/loaders.json")
  return try JSONDecoder().decode(Recorded.self, from: Data(contentsOf: url))
}

/// Batches of samples whose positions have the same parity.
private struct ByParity: BatchSampling {
  let population: Int
  var count: Int { 2 }
  var randomness: SamplerRandomness { .drawn }
  func batches(rng: Generator, epoch: Int) -> [[Int]] {
    withGenerator(Generator(seed: 0)) {
      let order = Tensor.randperm(population, generator: rng).array(as: Int.self)
      return [order.filter { $0 % 2 == 0 }, order.filter { $0 % 2 == 1 }]
    }
  }
}

extension DataLoaderSuites {
  @Suite struct SamplerTests {
    private let ten = TensorDataset(Tensor.arange(10))

    private func orders(_ seed: UInt64, _ sampler: any Sampler) -> [[[Int]]] {
      manualSeed(seed)
      let loader = DataLoader(ten, batchSize: 4, sampler: sampler)
      return (0..<2).map { _ in numbers(loader) }
    }

    @Test func ordersEqualPyTorch() throws {
      let expected = try recorded()
      let weights = [0.1, 0.0, 3.0, 0.5, 1.4, 1.0, 2.0, 0.25, 0.0, 1.75]
      #expect(orders(9, WeightedRandomSampler(weights, count: 12)) == expected.weighted)
      #expect(orders(10, WeightedRandomSampler(weights, count: 8, replacement: false)) == expected.weightedOnce)
      #expect(orders(11, SubsetRandomSampler([1, 4, 9, 0, 7])) == expected.subsetRandom)
      #expect(orders(12, RandomSampler(population: 10, count: 70, replacement: true)) == expected.replacement)
      var distributed: [[Int]] = []
      for shuffle in [false, true] {
        for dropLast in [false, true] {
          for rank in 0..<4 {
            let sampler = DistributedSampler(
              population: 10, replicas: 4, rank: rank, shuffle: shuffle, seed: 3, dropLast: dropLast)
            for epoch in 0..<2 { distributed.append(sampler.indices(rng: Generator(seed: 0), epoch: epoch)) }
          }
        }
      }
      #expect(distributed == expected.distributed)
      let few = DistributedSampler(population: 2, replicas: 7, rank: 6, shuffle: false)
      #expect(few.indices(rng: Generator(seed: 0), epoch: 0) == expected.fewerThanReplicas)
    }

    @Test func theLoaderTellsTheEpoch() {
      let sampler = DistributedSampler(population: 10, replicas: 2, rank: 1, seed: 5)
      let loader = DataLoader(ten, batchSize: 5, sampler: sampler)
      let seen = (0..<2).map { _ in numbers(loader)[0] }
      #expect(seen == (0..<2).map { sampler.indices(rng: Generator(seed: 0), epoch: $0) })
      #expect(seen[0] != seen[1])
    }

    @Test(arguments: [0, 2]) func batchesOfOnesOwn(workers: Int) throws {
      let loader = DataLoader(ten, batchSampler: ByParity(population: 10), workers: workers, generator: Generator(seed: 1))
      let epochs = (0..<2).map { _ in numbers(loader) }
      #expect(loader.count == 2 && loader.batchSize == nil)
      for epoch in epochs {
        #expect(Set(epoch[0]) == [0, 2, 4, 6, 8])
        #expect(Set(epoch[1]) == [1, 3, 5, 7, 9])
      }
      #expect(epochs[0] != epochs[1])
      // Continued in mid-epoch.
      let first = DataLoader(ten, batchSampler: ByParity(population: 10), workers: workers, generator: Generator(seed: 1))
      _ = first.makeIterator().next()
      let second = DataLoader(ten, batchSampler: ByParity(population: 10), workers: workers, generator: Generator(seed: 7))
      try second.restore(first.state())
      #expect(numbers(second) == [epochs[0][1]])
      #expect(numbers(second) == epochs[1])
    }

    @Test func badArguments() {
      #expect(message { _ = WeightedRandomSampler([1, -1], count: 1) }.contains("got -1.0 at position 1"))
      #expect(message { _ = WeightedRandomSampler([0, 0], count: 1) }.contains("at least one above 0"))
      #expect(message { _ = WeightedRandomSampler([1, .nan], count: 1) }.contains("finite"))
      #expect(message { _ = WeightedRandomSampler([1, 0, 1], count: 3, replacement: false) }.contains("at most the 2"))
      #expect(message { _ = WeightedRandomSampler([1], count: 0) }.contains("at least 1"))
      #expect(message { _ = DistributedSampler(population: 4, replicas: 2, rank: 2) }.contains("0 to 1, got 2"))
      #expect(message { _ = DistributedSampler(population: 4, replicas: 0, rank: 0) }.contains("at least 1"))
    }
  }
}
