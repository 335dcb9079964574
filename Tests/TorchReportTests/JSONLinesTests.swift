import Foundation
import Testing

@testable import TorchReport

@Suite struct JSONLinesTests {
  @Test func keysInOrderNumbersExactNonFiniteNull() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/metrics.jsonl"
    let writer = try JSONLinesWriter(creating: path)
    try writer.write(["step": 1, "loss": 0.1, "acc": .double(.nan), "lr": 1e-5, "name": "a\"\\\n\u{1}é", "ok": true])
    // Each line is in the file as soon as it is written.
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(text == #"{"step": 1, "loss": 0.1, "acc": null, "lr": 1e-05, "name": "a\"\\\n\u0001é", "ok": true}"# + "\n")
    try writer.write(["inf": .double(.infinity), "list": [1, 2.5, nil], "inner": ["b": 1, "a": 2]])
    let records = try JSONLinesReader.records(of: path)
    #expect(records.count == 2 && records[0]["name"] == "a\"\\\n\u{1}é" && records[1]["inf"] == .null)
    #expect(records[1]["list"] == [1, 2.5, nil] && records[1]["inner"]?["a"]?.intValue == 2)
    // Foundation's parser agrees that it is JSON.
    for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
      #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(line.utf8)) }
    }
    #expect(throws: ReportError.self) { try writer.write(.int(3)) }
  }

  @Test func doublesReadBackEqual() throws {
    for value in [0.1, -0.0, 1e-310, 5e-324, 1.7976931348623157e308, 1 / 3.0, 1e16, 123456789.123] {
      let read = try JSONValue(parsing: JSONValue.double(value).text)
      #expect(try #require(read.doubleValue).bitPattern == value.bitPattern)
    }
  }

  @Test func resumeTruncatesAfterTheLastRecordKept() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/metrics.jsonl"
    let writer = try JSONLinesWriter(creating: path)
    for step in 1...5 { try writer.write(["step": .int(step)]) }
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(#"{"step": 3, "los"#.utf8))
    try handle.close()

    let resumed = try JSONLinesWriter(resuming: path) { ($0["step"]?.intValue ?? .max) <= 3 }
    try resumed.write(["step": 4, "again": true])
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(text == "{\"step\": 1}\n{\"step\": 2}\n{\"step\": 3}\n{\"step\": 4, \"again\": true}\n")

    _ = try JSONLinesWriter(resuming: path) { _ in false }
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)).isEmpty)
    _ = try JSONLinesWriter(resuming: folder.path + "/fresh.jsonl") { _ in true }
    #expect(FileManager.default.fileExists(atPath: folder.path + "/fresh.jsonl"))
  }

  @Test func damageIsNamed() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/metrics.jsonl"
    let content = "{\"step\": 1}\n{\"step\": oops}\n{\"step\": 3}\n"
    try content.write(toFile: path, atomically: true, encoding: .utf8)
    do {
      _ = try JSONLinesWriter(resuming: path) { _ in true }
      Issue.record("no error was thrown")
    } catch let error as ReportError {
      #expect(error.path == path && error.cause.contains("line 2"))
    }
    // The file is left as it was.
    #expect(try String(contentsOfFile: path, encoding: .utf8) == content)
    #expect(throws: ReportError.self) { try JSONLinesReader.records(of: folder.path + "/absent") }
    #expect(throws: ReportError.self) { try JSONLinesWriter(creating: folder.path + "/no/such/folder.jsonl") }
    let full = try JSONLinesWriter(creating: "/dev/full")
    #expect(throws: ReportError(path: "/dev/full", "cannot be written: No space left on device")) { try full.write(["a": 1]) }
  }

  @Test func strictParsing() throws {
    let good: [(String, JSONValue)] = [
      ("0", 0), ("-12", -12), ("1.5e3", 1500.0), ("\"\\ud83d\\ude00\\u0041\"", "😀A"), (" [ ] ", []), ("{}", .object([])),
      ("123456789012345678901234567890", 123456789012345678901234567890.0), ("[true,false,null]", [true, false, nil]),
    ]
    for (text, value) in good { #expect(try JSONValue(parsing: text) == value) }
    let bad = [
      "", "01", "1.", ".5", "+1", "1e", "nul", "[1,]", "{\"a\":1,}", "{a:1}", "\"\\x\"", "\"\\ud800\"", "\"open", "[1 2]", "1 2",
      "\"\u{1}\"", "NaN", "-", "[", String(repeating: "[", count: 100_000),
    ]
    for text in bad { #expect(throws: ReportError.self, "\(text.prefix(20))") { try JSONValue(parsing: text) } }
  }
}
