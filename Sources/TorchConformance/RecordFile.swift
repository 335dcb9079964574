import TorchReport
import TorchSerialization

/// Content of a data set that does not follow its format: the place, and what was expected there.
public struct FormatError: Error, CustomStringConvertible {
  public let description: String
  init(_ description: String) { self.description = description }
}

/// One `.jsonl` file of recorded calls with the numbers in the `.bin` file beside it.
public final class RecordFile {
  public let path: String
  /// The records' lines, without the header.
  private let lines: [ArraySlice<UInt8>]
  let numbers: MappedFile

  public init(_ path: String) throws {
    self.path = path
    guard path.hasSuffix(".jsonl") else { throw FormatError("\(path): expected a .jsonl file") }
    numbers = try MappedFile(String(path.dropLast("jsonl".count)) + "bin")
    let file = try MappedFile(path)
    let text = withExtendedLifetime(file) { Array(file.bytes) }
    lines = Array(text.split(separator: UInt8(ascii: "\n")).dropFirst())
  }

  public var count: Int { lines.count }

  /// The record at `index`.
  public func record(at index: Int) throws -> RecordedCase {
    let json = try JSONValue(parsing: lines[index])
    do { return try RecordedCase(json) } catch { throw FormatError("\(path): line \(index + 2): \(error)") }
  }
}
