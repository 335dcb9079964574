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
  /// The number of samples in a batch; nil where batches differ, and where single samples are handed out.
  public let batchSize: Int?
  public let dropLast: Bool
  /// The number of threads that make batches; 0 makes them where they are asked for.
  public let workers: Int
  public let options: LoaderOptions
  /// The epoch in progress or, between epochs, the next; from 0.
  public var epoch: Int { current?.epoch ?? nextEpoch }

  private let source: BatchSource<Batch>
  private let generator: TorchCore.Generator?
  private var pool: WorkerPool<Batch>?
  private var nextEpoch = 0
  private var current: EpochPlan?
  /// Whether `current` was restored and has not been iterated yet.
  private var isRestored = false

  init(
    _ source: BatchSource<Batch>, batchSize: Int?, dropLast: Bool, workers: Int, options: LoaderOptions,
    generator: TorchCore.Generator?
  ) {
    self.source = source
    self.batchSize = batchSize
    self.dropLast = dropLast
    self.generator = generator
    self.workers = checked(0, "DataLoader") {
      guard workers >= 0 && workers <= 1024 else { throw TorchError(.value, "workers: expected 0 to 1024, got \(workers)") }
      return workers
    }
    self.options = checked(LoaderOptions(), "DataLoader") {
      guard options.prefetch >= 1 else { throw TorchError(.value, "prefetch: expected at least 1, got \(options.prefetch)") }
      guard options.timeout >= 0, options.timeout.isFinite else {
        throw TorchError(.value, "timeout: expected at least 0 seconds, got \(options.timeout)")
      }
      return options
    }
  }

  /// The number of batches in an epoch. Fails for a stream of unknown length.
  public var count: Int {
    checked(0, "DataLoader.count") {
      guard let count = source.count else {
        throw TorchError(.value, "the number of batches of a stream of unknown length is not known")
      }
      return count
    }
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
    let drawn = generator ?? .default
    let baseSeed = drawn.drawSeed()
    let orderSource: TorchCore.Generator? =
      switch source.randomness {
      case .none: nil
      case .drawn: drawn
      case .seeded: generator ?? TorchCore.Generator(seed: drawn.drawSeed())
      }
    let state = orderSource?.saveState()
    return EpochPlan(
      epoch: nextEpoch, baseSeed: baseSeed, orderState: state,
      batches: source.batches(orderSource ?? TorchCore.Generator(seed: 0), nextEpoch))
  }

  // MARK: State

  /// Where the loader stands, counting the batches that were handed out. The default generator, which a loader without one of its
  /// own draws its seeds from, is saved apart.
  public func state() -> LoaderState {
    LoaderState(
      epoch: epoch, position: current?.position ?? 0, ahead: current?.ahead.sorted() ?? [], baseSeed: current?.baseSeed,
      orderState: current?.orderState.map(Hexadecimal.text),
      generatorState: generator.map { Hexadecimal.text($0.saveState()) }, sampleCount: source.sampleCount, batchSize: batchSize,
      dropLast: dropLast)
  }

  /// Takes up where `state()` was called on a loader of the same data and options: the next iteration gives the rest of that
  /// epoch. Throws a `TorchError` that names what does not fit; the loader is unchanged then.
  public func restore(_ state: LoaderState) throws {
    func same<T: Equatable>(_ name: String, _ saved: T?, _ own: T?) throws {
      guard saved == own else {
        func text(_ value: T?) -> String { value.map { "\($0)" } ?? "unknown" }
        throw TorchError(.value, "loader state: saved with \(name) \(text(saved)); this loader has \(text(own))")
      }
    }
    try same("sampleCount", state.sampleCount, source.sampleCount)
    try same("batchSize", state.batchSize, batchSize)
    try same("dropLast", state.dropLast, dropLast)
    try same("a generator of its own:", state.generatorState != nil, generator != nil)
    let limit = source.count ?? .max
    guard state.epoch >= 0, state.position >= 0, state.position <= limit else {
      throw TorchError(
        .value, "loader state: batch \(state.position) of epoch \(state.epoch) does not exist; an epoch has \(limit)")
    }
    if let bad = state.ahead.first(where: { $0 <= state.position || $0 >= limit }) {
      throw TorchError(.value, "loader state: batch \(bad) cannot have come before batch \(state.position)")
    }
    var plan: EpochPlan?
    if let baseSeed = state.baseSeed {
      let order = TorchCore.Generator(seed: 0)
      let bytes = try state.orderState.map(Hexadecimal.bytes)
      guard (bytes != nil) == (source.randomness != .none) else {
        throw TorchError(.value, "loader state: the order of the epoch is missing, or was saved by a loader that does not shuffle")
      }
      if let bytes { try order.restoreState(bytes) }
      plan = EpochPlan(
        epoch: state.epoch, baseSeed: baseSeed, orderState: bytes, batches: source.batches(order, state.epoch),
        position: state.position, ahead: Set(state.ahead))
    } else if state.position > 0 || state.orderState != nil || !state.ahead.isEmpty {
      throw TorchError(.value, "loader state: the seed of the epoch is missing")
    }
    if let text = state.generatorState { try generator?.restoreState(try Hexadecimal.bytes(text)) }
    current = plan
    isRestored = plan != nil
    nextEpoch = state.epoch
  }

  // MARK: For the iterator

  func begin(_ plan: EpochPlan) throws -> BatchMaker<Batch> { try source.begin(plan) }

  func workerPool() throws -> WorkerPool<Batch>? {
    if workers == 0 { return nil }
    if let pool { return pool }
    let started = try WorkerPool<Batch>(count: workers, workerInit: options.workerInit)
    if options.persistentWorkers { pool = started }
    return started
  }

  /// Notes that a batch of this epoch was handed out.
  func delivered(_ number: Int, epoch: Int) {
    if current?.epoch == epoch { current?.deliver(number) }
  }

  func finished(_ epoch: Int) {
    if current?.epoch == epoch { current = nil }
  }
}

/// Where a loader's batches come from.
struct BatchSource<Batch: Sendable>: Sendable {
  /// The number of samples and of batches in an epoch, where they are known.
  let sampleCount: Int?
  let count: Int?
  let randomness: SamplerRandomness
  /// The samples of an epoch's batches; nil for a stream.
  let batches: @Sendable (TorchCore.Generator, _ epoch: Int) -> [[Int]]?
  /// Begins an epoch.
  let begin: @Sendable (EpochPlan) throws -> BatchMaker<Batch>
}
