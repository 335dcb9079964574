import Foundation
import Testing

/// Bad input of every kind gets one line that names option or file, and leaves no half-written files.
@Suite struct BadInputTests {
  let folder: TemporaryFolder
  let tool: Tool

  init() throws {
    folder = try TemporaryFolder()
    tool = Tool(folder: folder.path)
    try TinyData.write(to: folder("data"), training: 32, test: 20)
  }

  private func expectError(_ outcome: Outcome, status: Int32, _ parts: String...) {
    #expect(outcome.status == status, "\(outcome.errors)")
    #expect(outcome.errorLines.count == 1 && outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
    for part in parts { #expect(outcome.errors.contains(part), "\(part) is not in: \(outcome.errors)") }
  }

  @Test(arguments: [
    ("--batch-size", "0"), ("--epochs", "0"), ("--lr", "-0.1"), ("--lr", "nan"), ("--lr", "inf"), ("--lr", "0"),
    ("--model", "vgg"), ("--threads", "0"), ("--workers", "-1"), ("--seed", "-5"), ("--optimizer", "lbfgs"),
    ("--schedule", "step"), ("--weight-decay", "-1"), ("--dropout", "1"), ("--checkpoint-every", "0"), ("--limit", "0"),
    ("--batch-size", "many"),
  ]) func anImpossibleOption(option: String, value: String) throws {
    let outcome = try tool(["train", "--data", "data", "--output", "run", "\(option)=\(value)"])
    expectError(outcome, status: 64, option, value)
    #expect(!exists(folder("run")))
  }

  @Test func unknownOptionsAndCommands() throws {
    expectError(try tool(["train", "--colour", "red"]), status: 64, "--colour")
    expectError(try tool(["fly"]), status: 64, "fly")
    expectError(try tool(["predict"]), status: 64, "image")
    expectError(try tool(["train", "--resume", "--overwrite", "--output", "run"]), status: 64, "--resume", "--overwrite")
  }

  @Test func dataThatCannotBeUsed() throws {
    func train() throws -> Outcome { try tool(["train", "--data", "data", "--output", "run", "--model", "mlp"]) }
    expectError(try tool(["train", "--data", "nowhere", "--output", "run"]), status: 1, "nowhere", "no such data folder")
    let images = folder("data/train-images-idx3-ubyte")
    let labels = folder("data/train-labels-idx1-ubyte")
    let good = (images: [UInt8](try contents(images)), labels: [UInt8](try contents(labels)))

    try put(Array(good.images.dropLast(100)), images)
    expectError(try train(), status: 1, "data/train-images-idx3-ubyte")
    try put([9, 9] + good.images.dropFirst(2), images)
    expectError(try train(), status: 1, "data/train-images-idx3-ubyte")
    try put([0, 0, 0x0D, 3] + good.images.dropFirst(4), images)
    expectError(try train(), status: 1, "data/train-images-idx3-ubyte")
    try put(good.images, images)
    try put(good.labels.dropLast() + [10], labels)
    expectError(try train(), status: 1, "data/train-labels-idx1-ubyte", "is 10")
    try put([0, 0, 8, 1, 0, 0, 0, 3, 1, 2, 3], labels)
    expectError(try train(), status: 1, "32 images", "3 labels")
    try FileManager.default.removeItem(atPath: labels)
    expectError(try train(), status: 1, "data", "train-labels-idx1-ubyte")
    #expect(!exists(folder("run")))
  }

  @Test func outputThatCannotBeWritten() throws {
    try put([1], folder("file"))
    expectError(try tool(["train", "--data", "data", "--output", "file"]), status: 1, "file")
    expectError(try tool(["train", "--data", "data", "--output", "file/run"]), status: 1, "file/run")
    expectError(try tool(["train", "--data", "data", "--output", "/proc/run"]), status: 1, "/proc/run")
    // A limit on the size of files (200 or 400 KB, depending on the shell) stands for a full disk: the checkpoint does not fit.
    let full = try tool(["train", "--data", "data", "--model", "mlp", "--epochs", "1", "--output", "full"], shell: "ulimit -f 400;")
    #expect(full.status == 1)
    #expect(full.errorLines.count == 1 && full.errors.contains("full/checkpoints/checkpoint-"), "\(full.errors)")
    #expect(full.errors.contains("EFBIG"), "\(full.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder("full/checkpoints")) == [])
    #expect(!exists(folder("full/model.safetensors")))
    // With room again the run goes on.
    #expect(try tool(["train", "--resume", "--output", "full"]).status == 0)
  }

  @Test func modelsAndImagesThatCannotBeUsed() throws {
    #expect(try tool(["train", "--data", "data", "--model", "mlp", "--epochs", "1", "--output", "run"]).status == 0)
    expectError(try tool(["evaluate", "nothing"]), status: 1, "nothing", "no such model")
    expectError(try tool(["evaluate"]), status: 1, "runs/latest", "no such model")
    expectError(try tool(["predict", "missing.png", "--model", "run"]), status: 1, "missing.png")
    expectError(try tool(["predict", "run/metrics.jsonl", "--model", "run"]), status: 1, "run/metrics.jsonl", "PNG or JPEG")
    expectError(try tool(["predict", "run/learning-curves.png", "--model", "run", "--top", "0"]), status: 64, "--top 0")
    expectError(try tool(["evaluate", "run/config.json"]), status: 1, "run/config.json")
    let model = [UInt8](try contents(folder("run/model.safetensors")))
    try put(Array(model.dropLast(10)), folder("torn.safetensors"))
    expectError(try tool(["evaluate", "torn.safetensors"]), status: 1, "torn.safetensors")
    // The same weights under the name of another model.
    let text = String(decoding: model, as: Unicode.ASCII.self)
    #expect(text.contains("\"swifttorch.model\":\"mlp\""))
    let needle = Array("\"swifttorch.model\":\"mlp\"".utf8)
    let start = try #require((0..<model.count - needle.count).first { Array(model[$0..<$0 + needle.count]) == needle })
    var other = model
    other.replaceSubrange(start..<start + needle.count, with: Array("\"swifttorch.model\":\"cnn\"".utf8))
    try put(other, folder("other.safetensors"))
    expectError(try tool(["evaluate", "other.safetensors"]), status: 1, "other.safetensors", "does not fit the model \"cnn\"")
    // One bad image does not keep the good one from being classified.
    let mixed = try tool(["predict", "missing.png", "run/learning-curves.png", "--model", "run"])
    #expect(mixed.status == 1 && mixed.errorLines.count == 1 && mixed.output.contains("run/learning-curves.png"))
  }

  @Test func aReaderThatGoesAwayIsNoCrash() throws {
    #expect(try tool(["train", "--data", "data", "--model", "mlp", "--epochs", "1", "--output", "run"]).status == 0)
    let process = tool.process(["evaluate", "run"])
    let pipe = Pipe()
    try pipe.fileHandleForReading.close()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationReason == .exit)
  }
}
