import TorchOps

/// Batches of a data set, in order or shuffled, made on other threads ahead of their use. `torch.utils.data.DataLoader`.
///
/// The batches depend on the generator's seed alone: any number of workers gives the same ones, in the same order, and a shuffled
/// order is PyTorch's for the same seed. An iteration is an epoch; ``state()`` and ``restore(_:)`` continue one in its middle.
///
/// ```swift
/// let loader = DataLoader(TensorDataset(images, labels), batchSize: 128, shuffle: true, workers: 2)
/// for batch in loader { train(batch[0], batch[1]) }
/// ```
///
/// A sample that cannot be read ends the iteration with an error that names it: it stops the program, or is thrown at the end of
/// `withTorchErrors`; `nextBatch()` of the iterator throws it. One task at a time may use a loader.
public final class DataLoader<Batch: Sendable>: Sequence {
  public let batchSize: Int
  public let dropLast: Bool
  /// The number of threads that make batches; 0 makes them where they are asked for.
  public let workers: Int
  /// The number of batches that each worker may be ahead.
  public let prefetch: Int
  /// The number of batches in an epoch.
  public var count: Int { batches.batchCount(sampler.count) }
  /// The epoch in progress or, between epochs, the next; from 0.
  public var epoch: Int { current?.epoch ?? nextEpoch }

  private let batches: BatchSampler
  private let sampler: any Sampler
  private let generator: TorchCore.Generator?
  private let make: @Sendable (BatchRequest, TorchCore.Generator) throws -> Batch
  private var pool: WorkerPool<Batch>?
  private var nextEpoch = 0
  fileprivate var current: EpochPlan?
  /// Whether `current` was restored and has not been iterated yet.
  private var isRestored = false

  init(
    _ sampler: any Sampler, _ batchSize: Int, _ dropLast: Bool, _ workers: Int, _ prefetch: Int,
    _ generator: TorchCore.Generator?, make: @escaping @Sendable (BatchRequest, TorchCore.Generator) throws -> Batch
  ) {
    batches = BatchSampler(batchSize: batchSize, dropLast: dropLast)
    self.batchSize = batches.batchSize
    self.dropLast = dropLast
    self.workers = checked(0, "DataLoader") {
      guard workers >= 0 && workers <= 1024 else { throw TorchError(.value, "workers: expected 0 to 1024, got \(workers)") }
      return workers
    }
    self.prefetch = checked(1, "DataLoader") {
      guard prefetch >= 1 else { throw TorchError(.value, "prefetch: expected at least 1, got \(prefetch)") }
      return prefetch
    }
    self.sampler = sampler
    self.generator = generator
    // Op errors become thrown errors, on whatever thread they happen.
    self.make = { request, rng in try noGrad { try withTorchErrors { try make(request, rng) } } }
  }

  /// Begins an epoch, or continues a restored one.
  public func makeIterator() -> DataLoaderIterator<Batch> {
    let plan: EpochPlan
    if isRestored, let restored = current {
      plan = restored
    } else {
      plan = newPlan()
    }
    isRestored = false
    nextEpoch = plan.epoch + 1
    current = plan
    return DataLoaderIterator(self, plan)
  }

  private func newPlan() -> EpochPlan {
    // PyTorch's order of draws: a seed for the workers, then, without a generator of one's own, a seed for the order.
    let source = generator ?? .default
    let baseSeed = source.drawSeed()
    let orderSource = generator ?? TorchCore.Generator(seed: sampler.isRandom ? source.drawSeed() : 0)
    let state = orderSource.saveState()
    return EpochPlan(
      epoch: nextEpoch, baseSeed: baseSeed, orderState: state, order: sampler.indices(rng: orderSource))
  }

  // MARK: State

  /// Where the loader stands, counting the batches that were handed out. The default generator, which a loader without one of its
  /// own draws its seeds from, is saved apart.
  public func state() -> LoaderState {
    LoaderState(
      epoch: epoch, position: current?.position ?? 0, baseSeed: current?.baseSeed,
      orderState: current.map { Hexadecimal.text($0.orderState) },
      generatorState: generator.map { Hexadecimal.text($0.saveState()) }, sampleCount: sampler.count, batchSize: batchSize,
      dropLast: dropLast)
  }

  /// Takes up where `state()` was called on a loader of the same data and options: the next iteration gives the rest of that
  /// epoch. Throws a `TorchError` that names what does not fit; the loader is unchanged then.
  public func restore(_ state: LoaderState) throws {
    func same<T: Equatable>(_ name: String, _ saved: T, _ own: T) throws {
      guard saved == own else {
        throw TorchError(.value, "loader state: saved with \(name) \(saved); this loader has \(own)")
      }
    }
    try same("sampleCount", state.sampleCount, sampler.count)
    try same("batchSize", state.batchSize, batchSize)
    try same("dropLast", state.dropLast, dropLast)
    try same("a generator of its own:", state.generatorState != nil, generator != nil)
    guard state.epoch >= 0, state.position >= 0, state.position <= count else {
      throw TorchError(
        .value, "loader state: batch \(state.position) of epoch \(state.epoch) does not exist; an epoch has \(count)")
    }
    var plan: EpochPlan?
    if let text = state.orderState {
      guard let baseSeed = state.baseSeed else { throw TorchError(.value, "loader state: the seed of the epoch is missing") }
      let bytes = try Hexadecimal.bytes(text)
      let source = TorchCore.Generator(seed: 0)
      try source.restoreState(bytes)
      plan = EpochPlan(
        epoch: state.epoch, baseSeed: baseSeed, orderState: bytes, order: sampler.indices(rng: source), position: state.position)
    } else if state.position > 0 {
      throw TorchError(.value, "loader state: the order of the epoch is missing")
    }
    if let text = state.generatorState { try generator?.restoreState(try Hexadecimal.bytes(text)) }
    current = plan
    isRestored = plan != nil
    nextEpoch = state.epoch
  }

  // MARK: Iteration

  fileprivate func request(_ number: Int, _ plan: EpochPlan) -> BatchRequest {
    let range = batches.range(number, of: plan.order.count)
    return BatchRequest(
      indices: Array(plan.order[range]), firstPlace: range.lowerBound, number: number, epoch: plan.epoch,
      baseSeed: plan.baseSeed)
  }

  fileprivate func makeBatch(_ request: BatchRequest, _ rng: TorchCore.Generator) throws -> Batch { try make(request, rng) }

  fileprivate func workerPool() throws -> WorkerPool<Batch>? {
    if workers == 0 { return nil }
    if let pool { return pool }
    let started = try WorkerPool(count: workers, make: make)
    pool = started
    return started
  }

  /// Notes that a batch of this epoch was handed out.
  fileprivate func advanced(to position: Int, epoch: Int) {
    if current?.epoch == epoch { current?.position = position }
  }

  fileprivate func finished(_ epoch: Int) {
    if current?.epoch == epoch { current = nil }
  }
}

/// Hands out the batches of one epoch.
public final class DataLoaderIterator<Batch: Sendable>: IteratorProtocol {
  private let loader: DataLoader<Batch>
  private let plan: EpochPlan
  private var position: Int
  private var submitted: Int
  private var pool: WorkerPool<Batch>?
  private var sequence = 0
  private var rng: TorchCore.Generator?
  private var isOver = false

  fileprivate init(_ loader: DataLoader<Batch>, _ plan: EpochPlan) {
    self.loader = loader
    self.plan = plan
    position = plan.position
    submitted = plan.position
    pool = checked(nil, "DataLoader") { try loader.workerPool() }
    if let pool {
      sequence = pool.begin()
      for _ in 0..<loader.workers * loader.prefetch { submitNext() }
    }
  }

  deinit { pool?.cancel(sequence) }

  private func submitNext() {
    guard submitted < loader.count else { return }
    pool?.submit(loader.request(submitted, plan), sequence)
    submitted += 1
  }

  /// The next batch, or nil after the last, or after an error.
  public func next() -> Batch? {
    checked(nil, "DataLoader") { try nextBatch() }
  }

  /// The next batch, or nil after the last. Throws where a sample cannot be read, naming it; the iteration is over then.
  public func nextBatch() throws -> Batch? {
    if isOver { return nil }
    guard position < loader.count else {
      isOver = true
      loader.finished(plan.epoch)
      return nil
    }
    do {
      let batch = try produce()
      position += 1
      loader.advanced(to: position, epoch: plan.epoch)
      return batch
    } catch {
      isOver = true
      throw error
    }
  }

  private func produce() throws -> Batch {
    guard let pool else {
      let generator = rng ?? TorchCore.Generator(seed: 0)
      rng = generator
      return try loader.makeBatch(loader.request(position, plan), generator)
    }
    guard let result = pool.take(position, sequence) else {
      throw TorchError(.value, "another iteration of this loader has begun; the workers serve one at a time")
    }
    submitNext()
    return try result.get()
  }
}
