import TorchOps

/// How a ``DataLoader``'s threads work; the defaults are right for nearly all uses.
public struct LoaderOptions: Sendable {
  /// The number of batches that each worker may be ahead.
  public var prefetch: Int
  /// How long to wait for a batch, in seconds, before giving up with an error; 0 waits for ever.
  public var timeout: Double
  /// Whether batches come in the order of their samples. Otherwise a batch is handed out as soon as it is made, so that a slow
  /// one delays nothing; with more than one worker the order is then no longer reproducible.
  public var inOrder: Bool
  /// Whether the threads wait for the next epoch instead of ending.
  public var persistentWorkers: Bool
  /// Runs on each thread before it makes its first batch.
  public var workerInit: (@Sendable (WorkerInfo) throws -> Void)?

  public init(
    prefetch: Int = 2, timeout: Double = 0, inOrder: Bool = true, persistentWorkers: Bool = true,
    workerInit: (@Sendable (WorkerInfo) throws -> Void)? = nil
  ) {
    self.prefetch = prefetch
    self.timeout = timeout
    self.inOrder = inOrder
    self.persistentWorkers = persistentWorkers
    self.workerInit = workerInit
  }
}

/// The loading thread that runs this code. `torch.utils.data.get_worker_info`.
public struct WorkerInfo: Sendable {
  /// The thread's number, from 0.
  public let id: Int
  /// The number of threads.
  public let count: Int

  @TaskLocal static var running: WorkerInfo?
  /// The calling thread's; nil outside of a loader's workers.
  public static var current: WorkerInfo? { running }
}
