import Foundation
import Testing

@testable import TorchSerialization

/// Real processes that are killed in the middle of saving, or run into the system's limits.
@Suite(.serialized) struct KilledWriterTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  /// The helper program, which stands beside the program that runs the tests.
  private func helper(_ arguments: [String], shell prefix: String = "") throws -> Process {
    let tests = try #require(Bundle.module.bundleURL.deletingLastPathComponent() as URL?)
    let program = tests.appendingPathComponent("CheckpointWriterHelper").path
    #expect(FileManager.default.isExecutableFile(atPath: program), "\(program) is missing")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "\(prefix) exec \"$0\" \"$@\"", program] + arguments
    return process
  }

  private func check(_ checkpoint: Checkpoint, size: Int) throws {
    let step = checkpoint.step
    #expect(checkpoint.state == ["loader": "{\"position\":\(step)}"])
    for (name, factor) in [("model.weight", 1), ("optimizer.moment", 7)] {
      let bytes = try checkpoint.file.withBytes(of: name) { Array($0) }
      #expect(bytes == [UInt8](repeating: UInt8(truncatingIfNeeded: step &* factor), count: size))
    }
  }

  @Test func killedAtAnyMomentThereIsACheckpoint() throws {
    let run = directory.path("run")
    let size = 100_000
    let store = CheckpointStore(directory: run)
    var last = 0
    var leftovers = 0
    for round in 0..<12 {
      let process = try helper([run, "2", "\(size)", "1000000"])
      try process.run()
      // Some are killed early, most after a save of theirs: at any moment of a later one.
      let deadline = Date(timeIntervalSinceNow: 60)
      while round % 4 != 0, try store.steps().last ?? 0 <= last, Date() < deadline { usleep(500) }
      usleep(UInt32.random(in: 0...20_000))
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      leftovers += try FileManager.default.fileExists(atPath: run)
        ? FileManager.default.contentsOfDirectory(atPath: run).filter { $0.hasSuffix(".partial") }.count : 0
      let latest = try store.latestValid()
      #expect(latest.messages == [], "round \(round)")
      guard let checkpoint = latest.checkpoint else {
        #expect(last == 0, "a saved checkpoint is gone")
        continue
      }
      #expect(checkpoint.step >= last)
      last = checkpoint.step
      try check(checkpoint, size: size)
    }
    #expect(last > 0, "no checkpoint was ever saved: the writer is too slow for this test")
    // The next run tidies up and goes on.
    let process = try helper([run, "2", "\(size)", "\(last + 2)"])
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(try store.steps() == [last + 1, last + 2])
    #expect(try FileManager.default.contentsOfDirectory(atPath: run).count == 2)
    #expect(leftovers > 0, "no writer was ever killed in the middle of a file")
  }

  @Test func aLimitOnFileSizesIsAnErrorAndLeavesTheOlderCheckpoint() throws {
    let run = directory.path("run")
    var process = try helper([run, "2", "1000", "1"])
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    // 64 blocks of 512 bytes (or of 1024, with some shells).
    process = try helper([run, "2", "300000", "2"], shell: "ulimit -f 64;")
    let pipe = Pipe()
    process.standardError = pipe
    try process.run()
    let message = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 1)
    #expect(
      message == "cannot write \(run)/checkpoint-2.safetensors: the file would be larger than the limit for files (EFBIG)\n")
    #expect(try FileManager.default.contentsOfDirectory(atPath: run) == ["checkpoint-1.safetensors"])
    try check(try #require(try CheckpointStore(directory: run).latestValid().checkpoint), size: 1000)
  }
}
