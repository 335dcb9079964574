#if canImport(Glibc)
  import Glibc
#endif

/// Where live output goes: a terminal that is redrawn in place, or a file or pipe that gets whole lines.
///
/// Writing never stops the program: when the reader of a pipe has gone or the disk is full, output ends silently, and
/// ``isClosed`` tells.
public final class TerminalOutput {
  /// The file descriptor written to.
  public let descriptor: Int32
  /// Whether lines may be redrawn in place.
  public let isTerminal: Bool
  /// Whether colours are used: on terminals, unless the environment variable `NO_COLOR` is set (https://no-color.org).
  public let usesColor: Bool
  /// Whether the locale shows characters beyond ASCII.
  public let usesUnicode: Bool
  /// Set when a write has failed; nothing is written from then on.
  public private(set) var isClosed = false

  private let environment: (String) -> String?

  /// Standard error: progress there keeps standard output clean for results.
  public static func standardError() -> TerminalOutput { TerminalOutput(descriptor: STDERR_FILENO) }
  /// Standard output.
  public static func standardOutput() -> TerminalOutput { TerminalOutput(descriptor: STDOUT_FILENO) }

  /// Output to an open file descriptor, which stays the caller's to close.
  ///
  /// - Parameters:
  ///   - descriptor: the file descriptor.
  ///   - isTerminal: whether to redraw in place; nil asks the system (and `TERM=dumb` counts as no terminal).
  ///   - usesColor: whether to use colours; nil means on terminals, unless `NO_COLOR` is set.
  ///   - environment: looks up an environment variable; the process's own by default.
  public init(
    descriptor: Int32, isTerminal: Bool? = nil, usesColor: Bool? = nil,
    environment: @escaping (String) -> String? = { name in getenv(name).map { String(cString: $0) } }
  ) {
    let term = environment("TERM")
    self.environment = environment
    let terminal = isTerminal ?? (isatty(descriptor) == 1 && term != "dumb")
    self.descriptor = descriptor
    self.isTerminal = terminal
    self.usesColor = usesColor ?? (terminal && (environment("NO_COLOR") ?? "").isEmpty)
    // An unset locale (containers) mostly sits in a UTF-8 terminal; only a locale that names another encoding does not.
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment($0) }.first { !$0.isEmpty }
    usesUnicode =
      locale.map { name in
        let lowered = name.lowercased()
        return lowered.contains("utf-8") || lowered.contains("utf8")
      } ?? true
  }

  /// The columns of the terminal now; 80 when unknown.
  public var columns: Int {
    var size = winsize()
    if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 { return Int(size.ws_col) }
    return environment("COLUMNS").flatMap { Int($0) }.flatMap { (1...10_000).contains($0) ? $0 : nil } ?? 80
  }

  /// Writes text, at once. A reader that has gone away raises no signal.
  public func write(_ text: String) {
    guard !isClosed, !text.isEmpty else { return }
    // SIGPIPE is blocked for this thread while writing, and one that this write has raised is taken out again.
    var pipeSignal = sigset_t()
    sigemptyset(&pipeSignal)
    sigaddset(&pipeSignal, SIGPIPE)
    var pending = sigset_t()
    sigpending(&pending)
    let wasPending = sigismember(&pending, SIGPIPE) == 1
    var previous = sigset_t()
    pthread_sigmask(SIG_BLOCK, &pipeSignal, &previous)
    let number = writeAll(Array(text.utf8), to: descriptor)
    if number == EPIPE && !wasPending {
      var none = timespec(tv_sec: 0, tv_nsec: 0)
      sigtimedwait(&pipeSignal, nil, &none)
    }
    pthread_sigmask(SIG_SETMASK, &previous, nil)
    if number != 0 { isClosed = true }
  }
}
