#if canImport(Glibc)
  import Glibc
#endif

/// An append-only file of JSON objects, one per line, each handed to the system as soon as it is written (the format of
/// `metrics.jsonl`; https://jsonlines.org).
///
/// A process killed while writing leaves at most one incomplete last line, which reopening removes.
public final class JSONLinesWriter {
  /// The file.
  public let path: String
  private let descriptor: Int32

  /// Starts a new file, replacing what was there. Throws ``ReportError`` when it cannot be written.
  public init(creating path: String) throws(ReportError) {
    self.path = path
    descriptor = try JSONLinesWriter.openFile(path, O_TRUNC)
  }

  /// Continues a file after the last complete record for which `keep` is true, such as the last one up to the step of a
  /// checkpoint; what follows it is removed. With no such record, or no such file, the file is empty afterwards.
  ///
  /// Throws ``ReportError`` when the file cannot be read or written, or when a line before the last is not a JSON object: that
  /// is no interrupted write but another file.
  public init(resuming path: String, afterLastWhere keep: (JSONValue) throws -> Bool) throws {
    let bytes = access(path, F_OK) == 0 ? try JSONLinesReader.contents(of: path) : []
    var end = 0
    try JSONLinesReader.forEachRecord(bytes, path: path) { record, recordEnd in
      if try keep(record) { end = recordEnd }
    }
    self.path = path
    descriptor = try JSONLinesWriter.openFile(path, 0)
    if ftruncate(descriptor, off_t(end)) != 0 { throw unwritable(path, errno) }
  }

  deinit { close(descriptor) }

  private static func openFile(_ path: String, _ flag: Int32) throws(ReportError) -> Int32 {
    guard !path.isEmpty, !path.utf8.contains(0) else { throw ReportError(path: path, "not a valid file name") }
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | flag, 0o666)
    guard descriptor >= 0 else { throw unwritable(path, errno) }
    return descriptor
  }

  /// Appends one object, its keys in the order given; numbers that are not finite become null:
  ///
  ///     try writer.write(["epoch": .int(epoch), "loss": .double(loss)])
  ///
  /// Throws ``ReportError`` when `record` is not an object, or cannot be written, for example on a full disk.
  public func write(_ record: JSONValue) throws(ReportError) {
    guard case .object = record else { throw ReportError(path: path, "a record must be a JSON object, got \(record.text)") }
    // One write per line: other readers never see half of one, short of a full disk.
    let number = writeAll(Array((record.text + "\n").utf8), to: descriptor)
    if number != 0 { throw unwritable(path, number) }
  }
}

/// Reading of files of JSON objects, one per line.
public enum JSONLinesReader {
  /// The complete records of a file; an incomplete last line (an interrupted write) is left out.
  ///
  /// Throws ``ReportError`` naming the file and line when the file cannot be read or a line before the last is damaged.
  public static func records(of path: String) throws(ReportError) -> [JSONValue] {
    var result: [JSONValue] = []
    do {
      try forEachRecord(try contents(of: path), path: path) { record, _ in result.append(record) }
    } catch let error as ReportError {
      throw error
    } catch {
      throw ReportError(path: path, "\(error)")
    }
    return result
  }

  /// Calls `body` with each complete record and the position after its line break.
  static func forEachRecord(_ bytes: [UInt8], path: String, _ body: (JSONValue, Int) throws -> Void) throws {
    var start = 0
    var line = 0
    while let lineBreak = bytes[start...].firstIndex(of: 0x0A) {
      line += 1
      let content = bytes[start..<lineBreak]
      start = lineBreak + 1
      if content.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
      let record: JSONValue
      do throws(JSONParser.Failure) {
        record = try JSONParser.parse(content)
      } catch {
        throw ReportError(path: path, "line \(line) is damaged: expected \(error.expectation) at byte \(error.offset)")
      }
      guard case .object = record else { throw ReportError(path: path, "line \(line) is not a JSON object") }
      try body(record, start)
    }
  }

  static func contents(of path: String) throws(ReportError) -> [UInt8] {
    func unreadable(_ number: Int32) -> ReportError {
      ReportError(path: path, "cannot be read: \(String(cString: strerror(number)))")
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw unreadable(errno) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      if count == 0 { return bytes }
      if count > 0 {
        bytes.append(contentsOf: chunk[..<count])
      } else if errno != EINTR {
        throw unreadable(errno)
      }
    }
  }
}
