import Glibc
import TorchOps

/// The side of a replay that may crash: a process that takes jobs on its standard input and tells results on its standard output.
///
/// A job is a line `path TAB first-record`. Answers are lines that begin with byte 1, so that whatever else a dying process prints can
/// be told from them: `B` a record begins (number, id, kind, dtype, names), then `P`, `F` or `M` how it ended, and `E` at the end
/// of the file.
public enum Worker {
  static let mark = "\u{1}"

  /// Serves jobs until the input ends.
  public static func serve(_ selection: Selection, mode: Replay.Mode) throws {
    try setNumThreads(1)
    while let line = readLine() {
      let parts = line.split(separator: "\t", maxSplits: 1)
      guard parts.count == 2, let start = Int(parts[1]) else { throw FormatError("a job that is not a path and a number: \(line)") }
      let file = try RecordFile(String(parts[0]))
      let replay = Replay(file, mode: mode)
      for index in start..<max(start, file.count) {
        let record = try file.record(at: index)
        guard selection.contains(record) else { continue }
        say("B", "\(index)", record.id, record.kind, record.dtype, record.names.joined(separator: ","))
        switch replay.run(record) {
        case .passed: say("P")
        case .failed(let reason): say("F", reason)
        case .missing(let names): say("M", names.joined(separator: ","))
        }
      }
      say("E")
    }
  }

  private static func say(_ words: String...) {
    let clean = words.map { word in String(word.map { $0 == "\t" || $0.isNewline ? " " : $0 }) }
    print(mark + clean.joined(separator: "\t"))
    fflush(nil)
  }
}
