import CTorchKernels
import Synchronization

/// A stream of random numbers: PyTorch's CPU generator, number for number. `torch.Generator`.
///
/// ```swift
/// let generator = Generator(seed: 42)
/// let x = Tensor.randn([2, 3], generator: generator)
/// ```
public final class Generator: Sendable {
  /// The generator that is used when none is named: of `withGenerator` inside its block, otherwise one for all threads.
  /// `torch.default_generator`.
  public static var `default`: Generator {
    if ThreadState.has(ThreadState.generator), let scoped = ThreadState.stacks.generators.last { return scoped }
    return shared
  }
  private static let shared = Generator(seed: 67_280_421_310_721)

  // The state is 2.5 KB and used in place; the lock makes each draw atomic.
  private let lock = Mutex(())
  nonisolated(unsafe) private let state: UnsafeMutablePointer<torch_generator>

  public init(seed: UInt64) {
    state = .allocate(capacity: 1)
    state.initialize(to: torch_generator())
    torch_generator_seed(state, seed)
  }

  deinit { state.deallocate() }

  /// Restarts the stream. `Generator.manual_seed`.
  public func manualSeed(_ seed: UInt64) { withState { torch_generator_seed($0, seed) } }

  /// The seed of the present stream. `Generator.initial_seed()`.
  public var seed: UInt64 { withState { $0.pointee.seed } }

  /// The state in PyTorch's own format of 5,056 bytes. `Generator.get_state()`.
  public func saveState() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Int(TORCH_GENERATOR_STATE_SIZE))
    withState { torch_generator_store($0, &bytes) }
    return bytes
  }

  /// Continues the stream that `saveState` or PyTorch's `get_state` saved. `Generator.set_state`. Throws if the bytes are not a
  /// generator's state.
  public func restoreState(_ bytes: [UInt8]) throws {
    let complaint = withState { state in
      torch_generator_load(state, bytes, Int64(bytes.count)).map { String(cString: $0) }
    }
    if let complaint { throw TorchError(.value, "generator state: " + complaint) }
  }

  /// Runs `body` with the generator's state; one thread at a time.
  package func withState<T: Sendable>(_ body: (UnsafeMutablePointer<torch_generator>) throws -> T) rethrows -> T {
    try lock.withLock { _ in try body(state) }
  }
}

/// Runs `body` with `generator` as the default one of this thread: what it draws neither disturbs other threads nor is disturbed.
/// `torch.random.fork_rng`.
///
/// ```swift
/// let model = withGenerator(Generator(seed: 1)) { Linear(4, 4) }
/// ```
public func withGenerator<T>(_ generator: Generator, _ body: () throws -> T) rethrows -> T {
  let stacks = ThreadState.stacks
  stacks.generators.append(generator)
  defer { stacks.generators.removeLast() }
  return try ThreadState.with(setting: ThreadState.generator, body)
}

/// Restarts the default generator. `torch.manual_seed`.
public func manualSeed(_ seed: UInt64) { Generator.default.manualSeed(seed) }
