import Foundation
import Testing

/// Training, evaluation and prediction as a user runs them.
@Suite struct TrainTests {
  let folder: TemporaryFolder
  let tool: Tool

  init() throws {
    folder = try TemporaryFolder()
    tool = Tool(folder: folder.path)
    try TinyData.write(to: folder("data"))
  }

  private func train(_ arguments: String...) throws -> Outcome {
    try tool(["train", "--data", "data", "--batch-size", "16", "--threads", "2"] + arguments)
  }

  private func records(_ path: String) throws -> [[String: Any]] {
    try String(decoding: contents(path), as: UTF8.self).split(separator: "\n").map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
  }

  @Test(arguments: ["mlp", "cnn", "resnet"]) func aModelLearnsAndLeavesItsResults(model: String) throws {
    let outcome = try train("--model", model, "--epochs", "4", "--output", "run", "--lr", "0.01", "--no-augment")
    try #require(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.hasPrefix("Test accuracy "))
    // Not on a terminal, there is one line per epoch and nothing else.
    let lines = outcome.errors.split(separator: "\n")
    #expect(lines.count == 4, "\(outcome.errors)")
    #expect(zip(1..., lines).allSatisfy { $1.hasPrefix("Epoch \($0)/4") }, "\(outcome.errors)")
    for name in [
      "model.safetensors", "metrics.jsonl", "learning-curves.png", "confusion-matrix.png", "config.json", "summary.json",
      "checkpoints/checkpoint-24.safetensors",
    ] { #expect(exists(folder("run/\(name)")), "\(name)") }

    let epochs = try records(folder("run/metrics.jsonl")).filter { $0["kind"] as? String == "epoch" }
    try #require(epochs.map { $0["step"] as? Int } == [6, 12, 18, 24])
    let losses = try epochs.map { try #require($0["trainLoss"] as? Double) }
    #expect(losses[3] < losses[0] * 0.8, "the loss did not fall: \(losses)")

    let evaluation = try tool(["evaluate", "run"])
    #expect(evaluation.status == 0, "\(evaluation.errors)")
    let accuracy = try #require(epochs[3]["testAccuracy"] as? Double)
    #expect(evaluation.output.contains("Accuracy  \(String(format: "%.2f", accuracy * 100))%"), "\(evaluation.output)")
    #expect(evaluation.output.contains("precision") && evaluation.output.contains("true \\ predicted"))

    let prediction = try tool(["predict", "run/confusion-matrix.png", "--model", "run/model.safetensors", "--top", "4"])
    #expect(prediction.status == 0, "\(prediction.errors)")
    #expect(prediction.output.split(separator: "\n").count == 5, "\(prediction.output)")
    #expect(prediction.output.contains("%"))
  }

  @Test func theSameSeedGivesTheSameFilesWhateverTheWorkers() throws {
    for (name, workers) in [("a", "0"), ("b", "1"), ("c", "3")] {
      let outcome = try train("--model", "cnn", "--epochs", "2", "--output", name, "--workers", workers, "--seed", "7")
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    for name in ["model.safetensors", "metrics.jsonl"] {
      #expect(try contents(folder("a/\(name)")) == contents(folder("b/\(name)")), "\(name)")
      #expect(try contents(folder("a/\(name)")) == contents(folder("c/\(name)")), "\(name)")
    }
    #expect(try train("--model", "cnn", "--epochs", "2", "--output", "d", "--seed", "8").status == 0)
    #expect(try contents(folder("a/model.safetensors")) != contents(folder("d/model.safetensors")))
  }

  @Test func withoutAFolderTheRunIsNamedAfterDataAndModelAndIsFoundAgain() throws {
    #expect(try train("--model", "mlp", "--epochs", "1").status == 0)
    #expect(exists(folder("runs/data-mlp/model.safetensors")))
    let evaluation = try tool(["evaluate"])
    #expect(evaluation.status == 0 && evaluation.output.contains("(mlp)"), "\(evaluation.errors)")
    #expect(try tool(["predict", "runs/latest/learning-curves.png"]).status == 0)
  }

  @Test func aFolderThatHoldsARunIsNotOverwrittenUnasked() throws {
    #expect(try train("--model", "mlp", "--epochs", "1", "--output", "run").status == 0)
    let before = try contents(folder("run/model.safetensors"))
    let second = try train("--model", "mlp", "--epochs", "1", "--output", "run", "--seed", "9")
    #expect(second.status == 1)
    #expect(second.errorLines == ["error: run: holds a finished run; name another folder with --output, or replace the run with --overwrite"])
    #expect(try contents(folder("run/model.safetensors")) == before)
    let resumed = try train("--resume", "--output", "run")
    #expect(resumed.status == 0 && resumed.errors.contains("this run is finished"), "\(resumed.errors)")
    let replaced = try train("--model", "mlp", "--epochs", "1", "--output", "run", "--seed", "9", "--overwrite")
    #expect(replaced.status == 0, "\(replaced.errors)")
    #expect(try contents(folder("run/model.safetensors")) != before)

    try FileManager.default.createDirectory(atPath: folder("other"), withIntermediateDirectories: true)
    try put([1], folder("other/letter.txt"))
    for option in ["--overwrite", "--resume"] {
      let foreign = try train("--model", "mlp", "--output", "other", option)
      #expect(foreign.status == 1 && foreign.errorLines.count == 1 && foreign.errors.contains("other files"), "\(foreign.errors)")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder("other")) == ["letter.txt"])
  }
}
