import Foundation
import Testing

@testable import TorchReport

/// A folder that is removed with the last reference.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("report-" + UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A pipe whose content is read after the writer is done.
final class Capture {
  let pipe = Pipe()
  var descriptor: Int32 { pipe.fileHandleForWriting.fileDescriptor }

  /// Ends the writing side and returns what was written.
  func finish() throws -> String {
    try pipe.fileHandleForWriting.close()
    return String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
  }
}

/// A clock that is set by hand.
final class ManualClock {
  var now = 100.0
}

/// What a terminal of the given width shows after `output`: carriage return, line feed, moving up, and erasing are followed;
/// colours are dropped; lines wrap at the last column.
func screen(_ output: String, columns: Int) -> [String] {
  var rows: [[Character]] = [[]]
  var row = 0
  var column = 0
  var characters = Array(output)[...]
  while let character = characters.popFirst() {
    switch character {
    case "\r": column = 0
    case "\n", "\r\n":
      row += 1
      column = 0
    case "\u{1B}":
      var sequence = ""
      while let next = characters.popFirst() {
        sequence.append(next)
        if next.isLetter { break }
      }
      if sequence == "[K" || sequence == "[J" {
        rows[row] = Array(rows[row].prefix(column))
        if sequence == "[J" { rows.removeSubrange((row + 1)...) }
      } else if sequence.hasSuffix("A") {
        row = max(0, row - (Int(sequence.dropFirst().dropLast()) ?? 1))
      }
    default:
      if column + TextWidth.of(character) > columns {
        row += 1
        column = 0
      }
      while rows.count <= row { rows.append([]) }
      while rows[row].count <= column { rows[row].append(" ") }
      rows[row][column] = character
      column += TextWidth.of(character)
      // The second cell of a wide character is taken, and shows nothing of its own.
      while rows[row].count < column { rows[row].append("\0") }
    }
    while rows.count <= row { rows.append([]) }
  }
  return rows.map { String($0.filter { $0 != "\0" }) }
}
