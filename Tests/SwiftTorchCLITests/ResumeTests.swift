import Foundation
import Testing

/// Runs that are killed, interrupted or find damaged checkpoints end as if nothing had happened.
@Suite(.serialized) struct ResumeTests {
  let folder: TemporaryFolder
  let tool: Tool

  init() throws {
    folder = try TemporaryFolder()
    tool = Tool(folder: folder.path)
    try TinyData.write(to: folder("data"))
  }

  private func arguments(_ model: String, epochs: Int, _ output: String) -> [String] {
    [
      "train", "--data", "data", "--model", model, "--epochs", "\(epochs)", "--batch-size", "16", "--threads", "2",
      "--checkpoint-every", "2", "--output", output,
    ]
  }

  private func steps(_ run: String) -> [Int] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder("\(run)/checkpoints"))) ?? []
    return names.compactMap { name in
      guard name.hasPrefix("checkpoint-"), name.hasSuffix(".safetensors") else { return nil }
      return Int(name.dropFirst("checkpoint-".count).dropLast(".safetensors".count))
    }.sorted()
  }

  private func expectSame(_ first: String, _ second: String) throws {
    for name in ["model.safetensors", "metrics.jsonl"] {
      #expect(try contents(folder("\(first)/\(name)")) == contents(folder("\(second)/\(name)")), "\(name) differs")
    }
  }

  /// Starts the run, waits until a checkpoint after step `step` appears, and `delay` microseconds more.
  private func start(_ arguments: [String], run: String, past step: Int, delay: UInt32) throws -> Process {
    let process = tool.process(arguments)
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    let deadline = Date(timeIntervalSinceNow: 120)
    while process.isRunning, steps(run).last ?? -1 <= step, Date() < deadline { usleep(1000) }
    usleep(delay)
    return process
  }

  @Test(arguments: ["mlp", "cnn"]) func killedAtAnyMomentARunEndsAsOneNeverInterrupted(model: String) throws {
    #expect(try tool(arguments(model, epochs: 6, "whole")).status == 0)
    var kills = 0
    for _ in 0..<10 {
      let last = steps("killed").last ?? -1
      let process = try start(
        arguments(model, epochs: 6, "killed") + ["--resume"], run: "killed", past: last, delay: UInt32.random(in: 0...60_000))
      guard process.isRunning else { break }
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      kills += 1
    }
    #expect(kills >= 3, "the run was over before it could be killed")
    let end = try tool(["train", "--resume", "--output", "killed"])
    #expect(end.status == 0, "\(end.errors)")
    try expectSame("whole", "killed")
  }

  @Test func aDamagedCheckpointIsToldAndThePreviousOneUsed() throws {
    #expect(try tool(arguments("mlp", epochs: 3, "whole")).status == 0)
    let process = try start(arguments("mlp", epochs: 3, "run"), run: "run", past: 4, delay: 0)
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    let newest = try #require(steps("run").last)
    let path = "run/checkpoints/checkpoint-\(newest).safetensors"
    var bytes = try contents(folder(path))
    bytes[bytes.count / 2] ^= 0x10
    try bytes.write(to: URL(fileURLWithPath: folder(path)))
    // A torn file under a later name, too.
    try bytes.prefix(1000).write(to: URL(fileURLWithPath: folder("run/checkpoints/checkpoint-\(newest + 1).safetensors")))
    let end = try tool(["train", "--resume", "--output", "run"])
    #expect(end.status == 0, "\(end.errors)")
    let lines = end.errors.split(separator: "\n").map(String.init)
    #expect(lines.contains { $0.hasPrefix("warning: checkpoint of step \(newest) not used: ") }, "\(end.errors)")
    #expect(lines.contains { $0.hasPrefix("warning: checkpoint of step \(newest + 1) not used: ") }, "\(end.errors)")
    #expect(lines.contains { $0.hasPrefix("resuming run at step ") }, "\(end.errors)")
    try expectSame("whole", "run")
  }

  @Test(arguments: [SIGINT, SIGTERM]) func aSignalSavesACheckpointAndSaysHowToGoOn(signal: Int32) throws {
    #expect(try tool(arguments("mlp", epochs: 12, "whole")).status == 0)
    // Under a script that runs in the background the signal would be ignored.
    let shell = "set -- \"$0\" \"$@\"; exec env --default-signal=INT,TERM \"$@\";"
    let process = tool.process(arguments("mlp", epochs: 12, "run"), shell: shell)
    let pipe = Pipe()
    process.standardError = pipe
    try process.run()
    let deadline = Date(timeIntervalSinceNow: 120)
    while process.isRunning, steps("run").isEmpty, Date() < deadline { usleep(1000) }
    kill(process.processIdentifier, signal)
    let errors = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 128 + signal)
    let step = try #require(steps("run").last)
    #expect(errors.hasSuffix("interrupted at step \(step); go on with `swifttorch train --resume --output run`\n"), "\(errors)")
    // An interrupted run can be looked at.
    let evaluation = try tool(["evaluate", "run"])
    #expect(evaluation.status == 0 && evaluation.errors.contains("this is the checkpoint of step \(step)"), "\(evaluation.errors)")
    #expect(try tool(["train", "--resume", "--output", "run"]).status == 0)
    try expectSame("whole", "run")
  }

  @Test func aRunIsNotResumedWithOtherSettings() throws {
    let process = try start(arguments("mlp", epochs: 20, "run"), run: "run", past: 0, delay: 0)
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    for (option, value, recorded) in [
      ("--model", "cnn", "mlp"), ("--batch-size", "32", "16"), ("--seed", "3", "0"), ("--epochs", "5", "20"),
      ("--optimizer", "sgd", "adamw"), ("--lr", "0.5", "0.003"), ("--schedule", "cosine", "onecycle"), ("--threads", "1", "2"),
    ] {
      let outcome = try tool(["train", "--resume", "--output", "run", option, value])
      #expect(outcome.status == 64)
      #expect(outcome.errorLines.count == 1 && outcome.errors.hasPrefix("error: \(option) \(value) differs"), "\(outcome.errors)")
      #expect(outcome.errors.contains("started with \(option) \(recorded)"), "\(outcome.errors)")
    }
    try TinyData.write(to: folder("more"), training: 112)
    let other = try tool(["train", "--resume", "--output", "run", "--data", "more"])
    #expect(other.status == 1 && other.errors.contains("other images"), "\(other.errors)")
    // A checkpoint of another run in this one's place.
    let foreign = try start(arguments("cnn", epochs: 20, "cnn"), run: "cnn", past: 0, delay: 0)
    kill(foreign.processIdentifier, SIGKILL)
    foreign.waitUntilExit()
    let theirs = try #require(steps("cnn").last)
    let target = "run/checkpoints/checkpoint-\(theirs).safetensors"
    for step in steps("run") { try FileManager.default.removeItem(atPath: folder("run/checkpoints/checkpoint-\(step).safetensors")) }
    try FileManager.default.copyItem(atPath: folder("cnn/checkpoints/checkpoint-\(theirs).safetensors"), toPath: folder(target))
    let mixed = try tool(["train", "--resume", "--output", "run"])
    #expect(mixed.status == 1)
    #expect(mixed.errorLines == ["error: \(target): is of a run with model \"cnn\", but this one has model \"mlp\""])
  }
}
