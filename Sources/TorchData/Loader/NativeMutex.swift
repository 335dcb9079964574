#if canImport(Glibc)
  import Glibc
#endif

/// A POSIX mutex: condition variables need one, and the thread sanitizer understands it.
final class NativeMutex: @unchecked Sendable {
  let raw = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

  init() { pthread_mutex_init(raw, nil) }

  deinit {
    pthread_mutex_destroy(raw)
    raw.deallocate()
  }

  func locked<T>(_ body: () -> T) -> T {
    pthread_mutex_lock(raw)
    defer { pthread_mutex_unlock(raw) }
    return body()
  }
}
