import Glibc
import Synchronization

/// Requests to stop (Ctrl-C, `kill`), noticed between two training steps.
enum Interruption {
  private static let received = Atomic<Int32>(0)

  /// The signal that asked to stop; 0 when none has.
  static var signalNumber: Int32 { received.load(ordering: .relaxed) }

  /// From now on, the first signal is noted and a second one ends the process at once.
  static func watch() {
    // Read once here, so that the handler finds the variable initialised.
    received.store(0, ordering: .relaxed)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number) { number in
        if Interruption.note(number) { _exit(128 + number) }
      }
    }
  }

  /// Notes a signal; true when one had been noted before.
  private static func note(_ number: Int32) -> Bool { received.exchange(number, ordering: .relaxed) != 0 }
}
