import TorchOps

/// Hands out the batches of one epoch.
public final class DataLoaderIterator<Batch: Sendable>: IteratorProtocol {
  private let loader: DataLoader<Batch>
  private let plan: EpochPlan
  /// The number of batches; a stream's is known once its end has been met.
  private var end: Int
  /// The next batch in order, and the next to be asked for.
  private var position: Int
  private var submitted: Int
  private var deliveredCount: Int
  private var make: BatchMaker<Batch>?
  private var pool: WorkerPool<Batch>?
  private var sequence = 0
  private lazy var rng = TorchCore.Generator(seed: 0)
  private var isOver = false
  private var startError: (any Error)?

  init(_ loader: DataLoader<Batch>, _ plan: EpochPlan) {
    self.loader = loader
    self.plan = plan
    position = plan.position
    submitted = plan.position
    deliveredCount = plan.delivered
    end = plan.batches?.count ?? .max
    do {
      let make = try loader.begin(plan)
      self.make = make
      pool = try loader.workerPool()
      if let pool {
        sequence = pool.begin(make)
        for _ in 0..<loader.workers * loader.options.prefetch { submitNext() }
      }
    } catch {
      startError = error
    }
  }

  deinit { pool?.cancel(sequence) }

  /// The number of the next batch that has not been handed out before this iteration.
  private func following(_ number: Int) -> Int {
    var number = number
    while plan.ahead.contains(number) { number += 1 }
    return number
  }

  private func submitNext() {
    submitted = following(submitted)
    guard submitted < end else { return }
    pool?.submit(submitted, sequence)
    submitted += 1
  }

  /// The next batch, or nil after the last, or after an error.
  public func next() -> Batch? {
    checked(nil, "DataLoader") { try nextBatch() }
  }

  /// The next batch, or nil after the last. Throws where a sample cannot be read, naming it; the iteration is over then.
  public func nextBatch() throws -> Batch? {
    if isOver { return nil }
    do {
      if let error = startError { throw error }
      while deliveredCount < end {
        let made = try produce()
        guard let batch = try made.result.get() else {
          end = min(end, made.number)
          continue
        }
        deliveredCount += 1
        loader.delivered(made.number, epoch: plan.epoch)
        return batch
      }
    } catch {
      isOver = true
      pool?.cancel(sequence)
      throw error
    }
    isOver = true
    loader.finished(plan.epoch)
    if !loader.options.persistentWorkers { pool = nil }
    return nil
  }

  private func produce() throws -> MadeBatch<Batch> {
    position = following(position)
    guard let pool else {
      guard let make else { throw TorchError(.internal, "the iteration did not begin") }
      defer { position += 1 }
      return make(position, rng)
    }
    let made: MadeBatch<Batch>
    switch pool.take(loader.options.inOrder ? position : nil, sequence, timeout: loader.options.timeout) {
    case .made(let batch): made = batch
    case .dropped:
      throw TorchError(.value, "another iteration of this loader has begun; the workers serve one at a time")
    case .timedOut:
      throw TorchError(
        .value,
        "no batch came within \(loader.options.timeout) seconds; a sample of batch \(position) takes longer, or its reading hangs")
    }
    position += 1
    submitNext()
    return made
  }
}
