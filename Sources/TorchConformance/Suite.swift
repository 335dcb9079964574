import Glibc
import TorchReport

/// Replays a folder of recorded calls in worker processes, so that a crash costs one record only.
public final class Suite {
  /// Seconds a record may take.
  private static let patience = 120.0

  private let files: [String]
  private let command: [String]
  private let workerCount: Int
  private let failFast: Bool
  private var nextFile = 0
  private var results: [RecordResult] = []
  private var slots: [Slot] = []
  private let bar: ProgressBar
  private var failures = 0

  /// One worker's place and what it is doing.
  private final class Slot {
    var process: WorkerProcess
    var file: String?
    /// The record under way: its number and description.
    var record: (index: Int, id: String, kind: String, dtype: String, names: [String])?
    var lastIndex = -1
    var deadline = Double.infinity
    var isLate = false
    init(_ process: WorkerProcess) { self.process = process }
  }

  /// - Parameters:
  ///   - directory: a folder of `.jsonl` and `.bin` files, or one with folders `ops`, `modules` and `optims` of them.
  ///   - command: starts a worker; see ``Worker``.
  public init(directory: String, command: [String], workers: Int, failFast: Bool, mode: Replay.Mode = .values) throws {
    let found = try Suite.recordFiles(in: directory, mode)
    guard !found.isEmpty else { throw ReportError(path: directory, "holds no recorded calls (.jsonl files, or folders 'ops', 'modules' or 'optims' of them)") }
    // Long files first, so that the workers end together.
    files = found.sorted { $0.size > $1.size }.map(\.path)
    self.command = command
    workerCount = max(1, min(workers, files.count))
    self.failFast = failFast
    bar = ProgressBar("conformance", total: files.count, unit: "file")
  }

  /// Replays everything selected and returns the results by id.
  public func run() throws -> [RecordResult] {
    slots = try (0..<workerCount).map { _ in Slot(try WorkerProcess(command)) }
    for slot in slots { assign(slot) }
    while slots.contains(where: { $0.file != nil }), !(failFast && failures > 0) { try step() }
    bar.finish([("records", "\(results.count)"), ("failed", "\(failures)")])
    for slot in slots where slot.file != nil { slot.process.kill() }
    slots = []
    return results.sorted { $0.id < $1.id }
  }

  private static func recordFiles(in directory: String, _ mode: Replay.Mode) throws -> [(path: String, size: Int)] {
    var status = stat()
    guard stat(directory, &status) == 0 else { throw ReportError(path: directory, String(cString: strerror(errno))) }
    // Only operators have rules for sizes alone.
    let known = mode == .meta ? ["ops"] : ["ops", "modules", "optims"]
    let inner = known.map { directory + "/" + $0 }.filter { stat($0, &status) == 0 }
    return try (inner.isEmpty ? [directory] : inner).flatMap(recordFiles(inFolder:))
  }

  private static func recordFiles(inFolder folder: String) throws -> [(path: String, size: Int)] {
    var status = stat()
    guard let handle = opendir(folder) else { throw ReportError(path: folder, String(cString: strerror(errno))) }
    defer { closedir(handle) }
    var found: [(path: String, size: Int)] = []
    while let entry = readdir(handle) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) } }
      guard name.hasSuffix(".jsonl"), stat("\(folder)/\(name)", &status) == 0 else { continue }
      found.append(("\(folder)/\(name)", Int(status.st_size)))
    }
    return found.sorted { $0.path < $1.path }
  }

  private func assign(_ slot: Slot) {
    slot.record = nil
    slot.lastIndex = -1
    slot.deadline = .infinity
    slot.file = nextFile < files.count ? files[nextFile] : nil
    nextFile += 1
    if let file = slot.file { slot.process.send("\(file)\t0") }
  }

  /// Waits for answers and handles them.
  private func step() throws {
    let busy = slots.filter { $0.file != nil }
    var polls = busy.map { pollfd(fd: $0.process.output, events: Int16(POLLIN), revents: 0) }
    poll(&polls, nfds_t(polls.count), 500)
    for (slot, state) in zip(busy, polls) {
      if state.revents != 0 {
        if let answers = slot.process.receive() {
          for answer in answers { handle(answer, slot) }
        } else {
          try restart(slot)
        }
      } else if ProgressBar.monotonicSeconds() > slot.deadline {
        slot.isLate = true
        slot.process.kill()
      }
    }
  }

  private func handle(_ answer: [String], _ slot: Slot) {
    switch (answer.first, answer.count) {
    case ("B", 6):
      slot.lastIndex = Int(answer[1]) ?? slot.lastIndex
      slot.record = (slot.lastIndex, answer[2], answer[3], answer[4], answer[5].split(separator: ",").map(String.init))
      slot.deadline = ProgressBar.monotonicSeconds() + Suite.patience
    case ("P", _): finish(slot, .passed)
    case ("F", _): finish(slot, .failed(answer.dropFirst().joined(separator: " ")))
    case ("M", _): finish(slot, .missing(answer.dropFirst().joined().split(separator: ",").map(String.init)))
    case ("E", _):
      bar.advance(by: 1, [("records", "\(results.count)"), ("failed", "\(failures)")])
      assign(slot)
    default: break
    }
  }

  private func finish(_ slot: Slot, _ outcome: Outcome) {
    guard let record = slot.record else { return }
    slot.record = nil
    slot.deadline = .infinity
    if outcome != .passed { failures += 1 }
    results.append(
      RecordResult(id: record.id, kind: record.kind, dtype: record.dtype, names: record.names, outcome: outcome))
  }

  /// A worker has died: its record has failed, and another worker goes on after it.
  private func restart(_ slot: Slot) throws {
    let words = slot.process.lastWords.joined(separator: " ")
    let end = slot.process.reap()
    guard slot.record != nil, let file = slot.file else {
      throw ReportError(path: slot.file ?? "", "could not be replayed: \(words.isEmpty ? end : words)")
    }
    finish(slot, .failed(slot.isLate ? "not done after \(Int(Suite.patience)) s" : "crashed (\(end)) \(words)"))
    slot.isLate = false
    slot.process = try WorkerProcess(command)
    slot.process.send("\(file)\t\(slot.lastIndex + 1)")
  }
}
