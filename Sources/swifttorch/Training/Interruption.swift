import Glibc
import Synchronization

/// Requests to stop (Ctrl-C, `kill`), noticed between two training steps.
///
/// The signals are blocked in every thread and taken by one that does nothing else. A handler would not do: it runs on whatever
/// thread the signal hits, at that thread's stack pointer, and the matrix kernels that oneDNN generates use that register for
/// addresses, so that the handler's frame would be written over the heap.
enum Interruption {
  private static let received = Atomic<Int32>(0)

  /// The signal that asked to stop; 0 when none has.
  static var signalNumber: Int32 { received.load(ordering: .relaxed) }

  /// From now on, the first signal is noted and a second one ends the process at once. Signals that the caller has the process
  /// ignore (`nohup`, background jobs of scripts) stay ignored.
  ///
  /// To be called before the first tensor operation: threads inherit the mask of the one that starts them.
  static func watch() throws {
    var wanted = sigset_t()
    sigemptyset(&wanted)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      var present = sigaction()
      sigaction(number, nil, &present)
      if unsafeBitCast(present.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) { continue }
      sigaddset(&wanted, number)
    }
    pthread_sigmask(SIG_BLOCK, &wanted, nil)
    var thread = pthread_t()
    let signals = UnsafeMutablePointer<sigset_t>.allocate(capacity: 1)
    signals.initialize(to: wanted)
    let code = pthread_create(
      &thread, nil,
      { raw in
        guard let signals = raw?.assumingMemoryBound(to: sigset_t.self) else { return nil }
        var number: Int32 = 0
        while sigwait(signals, &number) == 0 {
          if Interruption.note(number) { _exit(128 + number) }
        }
        return nil
      }, signals)
    guard code == 0 else { throw CommandFailure("could not start a thread: \(String(cString: strerror(code)))") }
    pthread_detach(thread)
  }

  /// Notes a signal; true when one had been noted before.
  private static func note(_ number: Int32) -> Bool { received.exchange(number, ordering: .relaxed) != 0 }
}
