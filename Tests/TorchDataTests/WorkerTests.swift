import Foundation
import Synchronization
import Testing
import TorchData
import TorchOps

/// Waits at some samples.
private struct Slow: Dataset {
  let count: Int
  let delays: [Int: Double]
  subscript(index: Int) -> Int {
    if let delay = delays[index] { Thread.sleep(forTimeInterval: delay) }
    return index
  }
}

/// Says which worker made a sample.
private struct Telling: Dataset {
  let count = 40
  subscript(index: Int) -> Int {
    Thread.sleep(forTimeInterval: 0.001)
    return WorkerInfo.current.map { $0.id * 100 + $0.count } ?? -1
  }
}

extension DataLoaderSuites {
  @Suite struct WorkerTests {
    private func values(_ loader: DataLoader<Tensor>) -> [Int] { loader.flatMap { $0.array(as: Int.self) } }

    @Test func aSlowSampleHoldsUpOnlyItsPlace() {
      let slow = Slow(count: 8, delays: [0: 0.3])
      let ordered = DataLoader(slow, workers: 2)
      #expect(values(ordered) == Array(0..<8))
      let free = DataLoader(slow, workers: 2, options: LoaderOptions(inOrder: false))
      let found = values(free)
      #expect(found.sorted() == Array(0..<8))
      #expect(found[0] != 0)
    }

    @Test func continuesOutOfOrder() throws {
      let slow = Slow(count: 8, delays: [0: 0.3])
      let options = LoaderOptions(inOrder: false)
      let first = DataLoader(slow, workers: 2, options: options)
      let iterator = first.makeIterator()
      let begun = [try iterator.nextBatch(), try iterator.nextBatch()].map { $0!.item(as: Int.self) }
      let state = first.state()
      #expect(state.position == 0 && state.ahead == begun.sorted())
      for workers in [0, 2] {
        let second = DataLoader(slow, workers: workers, options: options)
        try second.restore(JSONDecoder().decode(LoaderState.self, from: JSONEncoder().encode(state)))
        #expect(Set(values(second)) == Set(0..<8).subtracting(begun))
        #expect(values(second).count == 8)
      }
    }

    @Test func timeouts() {
      let loader = DataLoader(Slow(count: 4, delays: [2: 1]), workers: 1, options: LoaderOptions(timeout: 0.2))
      var count = 0
      let text = message { for _ in loader { count += 1 } }
      #expect(count == 2)
      #expect(text.contains("no batch came within 0.2 seconds") && text.contains("batch 2"), "\(text)")
      #expect(message { _ = DataLoader(Telling(), options: LoaderOptions(timeout: -1)) }.contains("timeout"))
      let patient = DataLoader(Slow(count: 4, delays: [2: 0.1]), workers: 2, options: LoaderOptions(timeout: 60))
      #expect(values(patient) == [0, 1, 2, 3])
    }

    @Test func workersKnowWhoTheyAre() {
      #expect(Set(values(DataLoader(Telling(), workers: 0))) == [-1])
      let started = Mutex<[Int]>([])
      let options = LoaderOptions(persistentWorkers: false) { info in started.withLock { $0.append(info.id) } }
      let loader = DataLoader(Telling(), workers: 3, options: options)
      #expect(Set(values(loader)).isSubset(of: [3, 103, 203]))
      _ = values(loader)
      #expect(started.withLock { $0.sorted() } == [0, 0, 1, 1, 2, 2])
      let lasting = DataLoader(Telling(), workers: 2, options: LoaderOptions { info in started.withLock { $0 = [info.count] } })
      _ = values(lasting)
      started.withLock { $0 = [] }
      _ = values(lasting)
      #expect(started.withLock { $0 } == [])
      let failing = DataLoader(
        Telling(), workers: 2, options: LoaderOptions { _ in throw TorchError(.io, "no such database") })
      #expect(message { for _ in failing {} }.contains("no such database"))
    }

    @Test func singleSamples() {
      let loader: DataLoader<Int> = DataLoader(unbatched: Slow(count: 5, delays: [:]), workers: 2)
      #expect(Array(loader) == [0, 1, 2, 3, 4])
      #expect(loader.count == 5)
    }

    @Test func thousandsOfShortLivedLoaders() {
      let data = TensorDataset(Tensor.arange(64))
      for round in 0..<2000 {
        let loader = DataLoader(data, batchSize: 4, shuffle: true, workers: 1 + round % 3)
        let iterator = loader.makeIterator()
        for _ in 0..<round % 5 { #expect(iterator.next() != nil) }
      }
    }

    @Test func aFreedLoaderWaitsForNobody() {
      weak var released: DataLoader<Tensor>?
      do {
        let loader = DataLoader(Slow(count: 100, delays: [:]), batchSize: 2, workers: 4)
        released = loader
        let iterator = loader.makeIterator()
        _ = iterator.next()
      }
      #expect(released == nil)
    }
  }
}
