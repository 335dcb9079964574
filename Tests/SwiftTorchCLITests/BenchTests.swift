import Foundation
import Testing

/// `swifttorch bench`.
@Suite struct BenchTests {
  let folder: TemporaryFolder
  let tool: Tool

  init() throws {
    folder = try TemporaryFolder()
    tool = Tool(folder: folder.path)
  }

  @Test func aStepIsProfiled() throws {
    let outcome = try tool(["bench", "--model", "mlp", "--batch-size", "4", "--steps", "2", "--top", "5", "--json", "profile.jsonl"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    for part in ["mlp, 4 images a step", "images/s", "forward", "backward", "optimizer", "others", "between ops"] {
      #expect(outcome.output.contains(part), "\(part) is not in: \(outcome.output)")
    }
    let lines = try String(contentsOfFile: folder("profile.jsonl"), encoding: .utf8).split(separator: "\n")
    let entries = try lines.map { try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
    // Three linear layers in each step.
    let linear = try #require(entries.first { $0?["op"] as? String == "aten::linear" } ?? nil)
    #expect(linear["calls"] as? Double == 3)
    #expect(try #require(linear["ms"] as? Double) > 0)
  }

  @Test(arguments: [("--steps", "0"), ("--batch-size", "-1"), ("--threads", "0"), ("--top", "0"), ("--model", "vgg"), ("--sort", "name")])
  func anImpossibleOption(option: String, value: String) throws {
    let outcome = try tool(["bench", "\(option)=\(value)"])
    #expect(outcome.status == 64 && outcome.errorLines.count == 1 && outcome.errors.contains(String(option.dropFirst(2))), "\(outcome.errors)")
  }

  @Test func aFileThatCannotBeWritten() throws {
    let outcome = try tool(["bench", "--model", "mlp", "--batch-size", "2", "--steps", "1", "--json", "none/profile.jsonl"])
    #expect(outcome.status == 1 && outcome.errorLines.count == 1 && outcome.errors.contains("none/profile.jsonl"), "\(outcome.errors)")
  }
}
