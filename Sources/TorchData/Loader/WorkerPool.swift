import TorchOps

#if canImport(Glibc)
  import Glibc
#endif

/// A fixed set of threads that make batches. They start with the first request and wait between epochs; releasing the pool ends
/// them.
final class WorkerPool<Batch: Sendable> {
  private let core: WorkerCore<Batch>
  private var threads: [pthread_t] = []

  init(count: Int, make: @escaping @Sendable (BatchRequest, Generator) throws -> Batch) throws {
    core = WorkerCore(make)
    for _ in 0..<count {
      var thread = pthread_t()
      let argument = Unmanaged<WorkLoop>.passRetained(core)
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

  /// Begins a new sequence of requests; what is left of an earlier one is dropped.
  func begin() -> Int { core.begin() }
  /// Drops what is left of a sequence.
  func cancel(_ sequence: Int) { core.cancel(sequence) }
  func submit(_ request: BatchRequest, _ sequence: Int) { core.submit(request, sequence) }
  /// Waits for the batch of that number; nil if the sequence was dropped.
  func take(_ number: Int, _ sequence: Int) -> Result<Batch, any Error>? { core.take(number, sequence) }
}

/// What a thread runs, free of type parameters for C's sake.
private class WorkLoop {
  func run() {}
}

// Everything mutable is behind the mutex.
private final class WorkerCore<Batch: Sendable>: WorkLoop, @unchecked Sendable {
  private let make: @Sendable (BatchRequest, Generator) throws -> Batch
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let requested = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let finished = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var queue: [BatchRequest] = []
  private var results: [Int: Result<Batch, any Error>] = [:]
  private var sequence = 0
  private var stopped = false

  init(_ make: @escaping @Sendable (BatchRequest, Generator) throws -> Batch) {
    self.make = make
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(requested, nil)
    pthread_cond_init(finished, nil)
  }

  deinit {
    pthread_cond_destroy(finished)
    pthread_cond_destroy(requested)
    pthread_mutex_destroy(mutex)
    finished.deallocate()
    requested.deallocate()
    mutex.deallocate()
  }

  private func locked<T>(_ body: () -> T) -> T {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body()
  }

  func begin() -> Int {
    locked {
      sequence += 1
      queue = []
      results = [:]
      pthread_cond_broadcast(finished)
      return sequence
    }
  }

  func cancel(_ old: Int) {
    locked {
      guard old == sequence else { return }
      sequence += 1
      queue = []
      results = [:]
    }
  }

  func stop() {
    locked {
      stopped = true
      queue = []
      pthread_cond_broadcast(requested)
    }
  }

  func submit(_ request: BatchRequest, _ to: Int) {
    locked {
      guard to == sequence else { return }
      queue.append(request)
      pthread_cond_signal(requested)
    }
  }

  func take(_ number: Int, _ from: Int) -> Result<Batch, any Error>? {
    locked {
      while from == sequence {
        if let result = results.removeValue(forKey: number) { return result }
        pthread_cond_wait(finished, mutex)
      }
      return nil
    }
  }

  override func run() {
    let rng = Generator(seed: 0)
    // The model's ops own the thread pool; a worker's run on its own thread alone.
    ThreadState.with(setting: ThreadState.serial) {
      while let (request, own) = nextRequest() {
        let result = Result { try make(request, rng) }
        locked {
          guard own == sequence else { return }
          results[request.number] = result
          pthread_cond_broadcast(finished)
        }
      }
    }
  }

  private func nextRequest() -> (BatchRequest, Int)? {
    locked {
      while queue.isEmpty && !stopped { pthread_cond_wait(requested, mutex) }
      return stopped ? nil : (queue.removeFirst(), sequence)
    }
  }
}
