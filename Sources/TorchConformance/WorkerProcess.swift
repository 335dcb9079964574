import Glibc
import TorchReport

/// A worker as its parent sees it.
final class WorkerProcess {
  private(set) var pid: pid_t = 0
  private var input: Int32 = -1
  private(set) var output: Int32 = -1
  private var pending: [UInt8] = []
  /// Lines that are no answers: what a dying process says.
  private(set) var lastWords: [String] = []

  /// Starts `command` with its standard streams connected here.
  init(_ command: [String]) throws {
    var (toChild, fromChild): ([Int32], [Int32]) = ([0, 0], [0, 0])
    guard pipe(&toChild) == 0, pipe(&fromChild) == 0 else {
      throw ReportError(path: "", "could not make a pipe: \(String(cString: strerror(errno)))")
    }
    for end in toChild + fromChild { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
    posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
    posix_spawn_file_actions_adddup2(&actions, fromChild[1], 2)
    var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    // A crash is told by its parent; the run-time's own long report would cost seconds each time.
    setenv("SWIFT_BACKTRACE", "enable=no", 1)
    let code = posix_spawn(&pid, command[0], &actions, nil, &arguments, environ)
    close(toChild[0])
    close(fromChild[1])
    (input, output) = (toChild[1], fromChild[0])
    guard code == 0 else { throw ReportError(path: command[0], "could not be started: \(String(cString: strerror(code)))") }
  }

  deinit {
    close(input)
    close(output)
    if pid > 0 { reap() }
  }

  func send(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    // A worker that has gone is noticed when its output ends.
    _ = bytes.withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
  }

  /// Reads what has arrived; the complete answers, or nil when the worker has ended.
  func receive() -> [[String]]? {
    var buffer = [UInt8](repeating: 0, count: 65536)
    let count = read(output, &buffer, buffer.count)
    guard count > 0 else { return nil }
    pending += buffer[..<count]
    var answers: [[String]] = []
    while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
      let line = String(decoding: pending[..<end], as: UTF8.self)
      pending.removeSubrange(...end)
      if line.hasPrefix(Worker.mark) {
        answers.append(line.dropFirst().split(separator: "\t", omittingEmptySubsequences: false).map(String.init))
        lastWords = []
      } else if lastWords.count < 5 {
        lastWords.append(line)
      }
    }
    return answers
  }

  func kill() { Glibc.kill(pid, SIGKILL) }

  /// Waits for the end of the process and tells it in words.
  @discardableResult
  func reap() -> String {
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    pid = 0
    let signal = status & 0x7f
    return signal != 0 ? String(cString: strsignal(signal)) : "exit status \(status >> 8 & 0xff)"
  }
}
