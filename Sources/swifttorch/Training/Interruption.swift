import Glibc
import Synchronization

/// Requests to stop (Ctrl-C, `kill`), noticed between two training steps.
enum Interruption {
  private static let received = Atomic<Int32>(0)

  /// The signal that asked to stop; 0 when none has.
  static var signalNumber: Int32 { received.load(ordering: .relaxed) }

  /// From now on, the first signal is noted and a second one ends the process at once. Signals that the caller has the process
  /// ignore (`nohup`, background jobs of scripts) stay ignored.
  static func watch() {
    // Stored once here, so that the handler finds the variable initialised.
    received.store(0, ordering: .relaxed)
    var wanted = sigset_t()
    sigemptyset(&wanted)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      var present = sigaction()
      sigaction(number, nil, &present)
      if unsafeBitCast(present.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) { continue }
      signal(number) { number in
        if Interruption.note(number) { _exit(128 + number) }
      }
      sigaddset(&wanted, number)
    }
    // A caller's thread that blocks signals hands that on to the processes it starts.
    pthread_sigmask(SIG_UNBLOCK, &wanted, nil)
  }

  /// Notes a signal; true when one had been noted before.
  private static func note(_ number: Int32) -> Bool { received.exchange(number, ordering: .relaxed) != 0 }
}
