import Testing
import TorchData
import TorchOps

@Suite struct DatasetTests {
  private struct Range: Dataset {
    let start: Int
    let count: Int
    subscript(index: Int) -> Int { start + index }
    func sample(at index: Int, rng: Generator) -> Int {
      start + index + 1000 * Tensor.randint(5, [], generator: rng).item(as: Int.self)
    }
  }

  @Test func concatenation() throws {
    let all = Range(start: 0, count: 3) + Range(start: 10, count: 0) + Range(start: 20, count: 2)
    #expect(all.count == 5)
    #expect(try (0..<5).map { try all[$0] } == [0, 1, 2, 20, 21])
    #expect(ConcatDataset([Range(start: 0, count: 0), Range(start: 7, count: 1)]).cumulativeSizes == [0, 1])
    #expect(message { _ = try all[5] }.contains("sample 5 is out of range for 5"))
    #expect(message { _ = ConcatDataset<Range>([]) }.contains("at least one data set"))
    // Samples with randomness are asked for with it.
    let drawn = try all.sample(at: 4, rng: Generator(seed: 1))
    #expect(drawn == all.datasets[2].sample(at: 1, rng: Generator(seed: 1)))
  }

  @Test func sideBySide() throws {
    let pairs = StackDataset(Range(start: 0, count: 3), Range(start: 10, count: 3))
    #expect(try pairs[2] == (2, 12))
    let batches = Array(DataLoader(pairs.mapped { sample, _ in (sample.0 % 100, Float(sample.1 % 100)) }, batchSize: 3))
    #expect(batches[0].0.array(as: Int.self) == [0, 1, 2])
    #expect(batches[0].1.array(as: Float.self) == [10, 11, 12])
    #expect(message { _ = StackDataset(Range(start: 0, count: 3), Range(start: 0, count: 2)) }.contains("got [3, 2] samples"))
  }

  @Test func mapping() throws {
    let noisy = Range(start: 0, count: 4).mapped { sample, rng in Tensor(Float(sample % 1000)) + Tensor.rand([], generator: rng) }
    #expect(try noisy[1].equal(noisy[1]))
    func epoch(_ workers: Int) -> [[Float]] {
      DataLoader(noisy, batchSize: 2, workers: workers, generator: Generator(seed: 2)).map { $0.array(as: Float.self) }
    }
    #expect(epoch(0) == epoch(3))
  }
}
