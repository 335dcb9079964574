import TorchOps

extension DataLoader {
  /// Batches of a stream, made by `collate`. The stream is read by one worker at a time and its samples are made by all of them:
  /// every element comes once, and the batches are the same for any number of workers.
  @_disfavoredOverload
  public convenience init<D: IterableDataset>(
    _ dataset: D, batchSize: Int = 1, dropLast: Bool = false, workers: Int = 0, options: LoaderOptions = .init(),
    generator: TorchCore.Generator? = nil, collate: @escaping @Sendable ([D.Sample]) throws -> Batch
  ) {
    let size = BatchSampler.checkedSize(batchSize)
    self.init(
      .stream(dataset, size, dropLast, collate), batchSize: size, dropLast: dropLast, workers: workers, options: options,
      generator: generator)
  }

  /// Batches of a stream of tensors, numbers, strings, arrays and dictionaries of these (``Collatable``).
  @_disfavoredOverload
  public convenience init<D: IterableDataset>(
    _ dataset: D, batchSize: Int = 1, dropLast: Bool = false, workers: Int = 0, options: LoaderOptions = .init(),
    generator: TorchCore.Generator? = nil
  ) where D.Sample: Collatable, Batch == D.Sample.Collated {
    self.init(
      dataset, batchSize: batchSize, dropLast: dropLast, workers: workers, options: options, generator: generator,
      collate: { try D.Sample.collate($0) })
  }

  /// Batches of tuples, each a tuple of batches; see the initialiser before.
  @_disfavoredOverload
  public convenience init<D: IterableDataset, A: Collatable, B: Collatable, each S: Collatable>(
    _ dataset: D, batchSize: Int = 1, dropLast: Bool = false, workers: Int = 0, options: LoaderOptions = .init(),
    generator: TorchCore.Generator? = nil
  ) where D.Sample == (A, B, repeat each S), Batch == (A.Collated, B.Collated, repeat (each S).Collated) {
    self.init(
      dataset, batchSize: batchSize, dropLast: dropLast, workers: workers, options: options, generator: generator,
      collate: { try Collation.collate($0) })
  }

  /// The samples of a stream one by one, made on the workers.
  public convenience init<D: IterableDataset>(
    unbatched dataset: D, workers: Int = 0, options: LoaderOptions = .init(), generator: TorchCore.Generator? = nil
  ) where D.Sample == Batch {
    self.init(
      .stream(dataset, 1, false) { $0[0] }, batchSize: nil, dropLast: false, workers: workers, options: options,
      generator: generator)
  }
}

extension BatchSource {
  static func stream<D: IterableDataset>(
    _ dataset: D, _ batchSize: Int, _ dropLast: Bool, _ collate: @escaping @Sendable ([D.Sample]) throws -> Batch
  ) -> BatchSource {
    let count = dataset.count.map { dropLast ? $0 / batchSize : ($0 + batchSize - 1) / batchSize }
    return BatchSource(
      sampleCount: dataset.count, count: count, randomness: .none, batches: { _, _ in nil },
      begin: { plan in
        let cursor = try StreamCursor(dataset, plan, batchSize, dropLast)
        return { _, rng in
          let number: Int
          let elements: [D.Element]
          switch cursor.next() {
          case .end(let at): return MadeBatch(number: at, result: .success(nil))
          case .failed(let at, let error): return MadeBatch(number: at, result: .failure(error))
          case .batch(let at, let read): (number, elements) = (at, read)
          }
          return MadeBatch(
            number: number,
            result: Result {
              try noGrad {
                try withTorchErrors {
                  var samples: [D.Sample] = []
                  samples.reserveCapacity(elements.count)
                  for (i, element) in elements.enumerated() {
                    let place = number * batchSize + i
                    rng.manualSeed(plan.seed(place: place))
                    do { samples.append(try withTorchErrors { try dataset.sample(of: element, rng: rng) }) } catch {
                      throw located(error, "element \(place) of the stream")
                    }
                  }
                  do { return try collate(samples) } catch { throw located(error, "batch \(number) of the stream") }
                }
              }
            })
        }
      })
  }
}

/// A pass through a stream, shared by the workers: each takes the next batch's elements. Everything mutable is behind the mutex.
private final class StreamCursor<D: IterableDataset>: @unchecked Sendable {
  enum Next {
    case batch(number: Int, elements: [D.Element])
    case end(at: Int)
    case failed(at: Int, any Error)
  }

  private let mutex = NativeMutex()
  private var elements: D.Elements
  private var number: Int
  private var ended: Next?
  private let ahead: Set<Int>
  private let batchSize: Int
  private let dropLast: Bool

  init(_ dataset: D, _ plan: EpochPlan, _ batchSize: Int, _ dropLast: Bool) throws {
    // The shuffling of a stream has a place of its own in the epoch's random numbers.
    let rng = Generator(seed: plan.seed(place: -1))
    elements = try withTorchErrors { try dataset.makeIterator(rng: rng, skipping: plan.position * batchSize) }
    number = plan.position
    ahead = plan.ahead
    self.batchSize = batchSize
    self.dropLast = dropLast
  }

  func next() -> Next { mutex.locked { ended ?? read() } }

  private func read() -> Next {
    while true {
      var batch: [D.Element] = []
      batch.reserveCapacity(batchSize)
      do {
        try withTorchErrors {
          while batch.count < batchSize, let element = try elements.next() { batch.append(element) }
        }
      } catch {
        // Nothing comes after what could not be read.
        ended = .end(at: number + 1)
        return .failed(at: number, located(error, "element \(number * batchSize + batch.count) of the stream"))
      }
      if batch.isEmpty || (dropLast && batch.count < batchSize) {
        let end = Next.end(at: number)
        ended = end
        return end
      }
      defer { number += 1 }
      if !ahead.contains(number) { return .batch(number: number, elements: batch) }
    }
  }
}
