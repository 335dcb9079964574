import Foundation
import Testing

/// `swifttorch inspect` and `swifttorch convert` on PyTorch's files.
@Suite struct InspectTests {
  let folder: TemporaryFolder
  let tool: Tool

  init() throws {
    folder = try TemporaryFolder()
    tool = Tool(folder: folder.path)
  }

  private func fixture(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../TorchSerializationTests/Fixtures/\(name)")
      .standardized.path
  }

  @Test func tensorsAreListed() throws {
    let outcome = try tool(["inspect", fixture("torch/state_dict.pt")])
    #expect(outcome.status == 0 && outcome.output.contains("float32[4, 3]  48 B"), "\(outcome.errors)")
    #expect(outcome.output.hasSuffix("9 tensors, 43 elements, 176 B\n"), "\(outcome.output)")
    // Types that tensors do not have are listed all the same.
    #expect(try tool(["inspect", fixture("dtypes.safetensors")]).output.contains("F8_E8M0[1]  1 B"))
  }

  @Test(arguments: ["safetensors", "npz", "pth"]) func filesAreConverted(ending: String) throws {
    let converted = try tool(["convert", fixture("torch/state_dict.pt"), "weights.\(ending)"])
    #expect(converted.status == 0, "\(converted.errors)")
    #expect(try tool(["inspect", folder("weights.\(ending)")]).output.hasSuffix("9 tensors, 43 elements, 176 B\n"))
  }

  @Test func refusalsAreOneLine() throws {
    for (path, part) in [(fixture("torch/evil.pt"), "posix.system"), (folder("none.pt"), "no such file")] {
      let outcome = try tool(["inspect", path])
      #expect(outcome.status == 1 && outcome.errorLines.count == 1 && outcome.errors.contains(part), "\(outcome.errors)")
    }
  }
}
