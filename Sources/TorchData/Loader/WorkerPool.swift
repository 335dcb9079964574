import TorchOps

#if canImport(Glibc)
  import Glibc
#endif

/// A fixed set of threads that make batches. They start with the first request and wait between epochs; releasing the pool ends
/// them.
final class WorkerPool<Batch: Sendable> {
  private let core: WorkerCore<Batch>
  private var threads: [pthread_t] = []

  init(count: Int, workerInit: (@Sendable (WorkerInfo) throws -> Void)?) throws {
    core = WorkerCore()
    for id in 0..<count {
      var thread = pthread_t()
      let loop = WorkLoop(WorkerInfo(id: id, count: count), core, workerInit)
      let argument = Unmanaged.passRetained(loop)
      let code = pthread_create(
        &thread, nil,
        { raw in
          guard let raw else { return nil }
          Unmanaged<WorkLoop>.fromOpaque(raw).takeRetainedValue().run()
          return nil
        }, argument.toOpaque())
      guard code == 0 else {
        argument.release()
        stop()
        throw TorchError(.internal, "could not start a loading thread: \(String(cString: strerror(code)))")
      }
      threads.append(thread)
    }
  }

  deinit { stop() }

  private func stop() {
    core.stop()
    for thread in threads { pthread_join(thread, nil) }
    threads = []
  }

  /// Begins a new sequence of batches; what is left of an earlier one is dropped.
  func begin(_ make: @escaping BatchMaker<Batch>) -> Int { core.begin(make) }
  /// Drops what is left of a sequence.
  func cancel(_ sequence: Int) { core.cancel(sequence) }
  func submit(_ request: Int, _ sequence: Int) { core.submit(request, sequence) }
  /// Waits for the batch of that number, or for any; at most `timeout` seconds, if that is not 0.
  func take(_ number: Int?, _ sequence: Int, timeout: Double) -> Taken<Batch> { core.take(number, sequence, timeout) }
}

/// What waiting for a batch came to.
enum Taken<Batch: Sendable> {
  case made(MadeBatch<Batch>)
  /// The sequence it belongs to was given up.
  case dropped
  case timedOut
}

/// What a thread runs, free of type parameters for C's sake.
private final class WorkLoop {
  private let info: WorkerInfo
  private let core: any WorkerQueue
  private let workerInit: (@Sendable (WorkerInfo) throws -> Void)?

  init(_ info: WorkerInfo, _ core: any WorkerQueue, _ workerInit: (@Sendable (WorkerInfo) throws -> Void)?) {
    self.info = info
    self.core = core
    self.workerInit = workerInit
  }

  func run() {
    WorkerInfo.$running.withValue(info) {
      // The model's ops own the thread pool; a worker's run on its own thread alone.
      ThreadState.with(setting: ThreadState.serial) {
        var failure: (any Error)?
        do { try withTorchErrors { try workerInit?(info) } } catch { failure = error }
        core.run(failure)
      }
    }
  }
}

private protocol WorkerQueue {
  func run(_ failure: (any Error)?)
}

// Everything mutable is behind the mutex.
private final class WorkerCore<Batch: Sendable>: WorkerQueue, @unchecked Sendable {
  private let mutex = NativeMutex()
  private let requested = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let finished = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var make: BatchMaker<Batch>?
  private var queue: [Int] = []
  private var results: [Int: MadeBatch<Batch>] = [:]
  private var sequence = 0
  private var stopped = false

  init() {
    pthread_cond_init(requested, nil)
    // Timeouts are not moved by changes of the clock.
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(finished, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(finished)
    pthread_cond_destroy(requested)
    finished.deallocate()
    requested.deallocate()
  }

  private func locked<T>(_ body: () -> T) -> T { mutex.locked(body) }

  /// Gives up what is in progress. What is dropped is released by the caller, outside of the lock.
  private func renew(_ make: BatchMaker<Batch>?) -> [Int: MadeBatch<Batch>] {
    let dropped = results
    sequence += 1
    queue = []
    results = [:]
    self.make = make
    pthread_cond_broadcast(finished)
    return dropped
  }

  func begin(_ make: @escaping BatchMaker<Batch>) -> Int {
    let (_, own) = locked { (renew(make), sequence) }
    return own
  }

  func cancel(_ old: Int) {
    _ = locked { old == sequence ? renew(nil) : [:] }
  }

  func stop() {
    locked {
      stopped = true
      queue = []
      pthread_cond_broadcast(requested)
    }
  }

  func submit(_ request: Int, _ to: Int) {
    locked {
      guard to == sequence else { return }
      queue.append(request)
      pthread_cond_signal(requested)
    }
  }

  func take(_ number: Int?, _ from: Int, _ timeout: Double) -> Taken<Batch> {
    var deadline = timespec()
    if timeout > 0 {
      clock_gettime(CLOCK_MONOTONIC, &deadline)
      let nanoseconds = deadline.tv_nsec + Int((timeout.truncatingRemainder(dividingBy: 1)) * 1e9)
      deadline.tv_sec += Int(min(timeout, 1e9)) + nanoseconds / 1_000_000_000
      deadline.tv_nsec = nanoseconds % 1_000_000_000
    }
    return locked {
      while from == sequence {
        if let key = number ?? results.keys.min(), let made = results.removeValue(forKey: key) { return .made(made) }
        if timeout > 0 {
          if pthread_cond_timedwait(finished, mutex.raw, &deadline) == ETIMEDOUT, from == sequence, results[number ?? -1] == nil,
            number != nil || results.isEmpty
          {
            return .timedOut
          }
        } else {
          pthread_cond_wait(finished, mutex.raw)
        }
      }
      return .dropped
    }
  }

  func run(_ failure: (any Error)?) {
    let rng = Generator(seed: 0)
    while let (request, own, make) = nextRequest() {
      let made = failure.map { MadeBatch<Batch>(number: request, result: .failure($0)) } ?? make(request, rng)
      locked {
        guard own == sequence else { return }
        results[made.number] = made
        pthread_cond_broadcast(finished)
      }
    }
  }

  private func nextRequest() -> (Int, Int, BatchMaker<Batch>)? {
    locked {
      while true {
        if stopped { return nil }
        if !queue.isEmpty, let make { return (queue.removeFirst(), sequence, make) }
        pthread_cond_wait(requested, mutex.raw)
      }
    }
  }
}
