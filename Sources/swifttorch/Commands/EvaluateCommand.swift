import ArgumentParser
import Torch
import TorchReport
import TorchVision

/// `swifttorch evaluate`.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Tests a trained model: accuracy, precision, recall and F1 of each class, confusion matrix.")

  @Argument(help: ArgumentHelp("Folder of a training run, or file of weights.", valueName: "model"))
  var path = RunDirectory.latest

  @Option(help: ArgumentHelp("Folder of IDX files in MNIST's format. (default: Fashion-MNIST as Debian installs it)", valueName: "dir"))
  var data: String?

  @Option(help: "Threads that compute. (default: one per core)")
  var threads: Int?

  func run() throws {
    try setThreads(threads)
    let loaded = try ImageClassifier.load(path)
    if let remark = loaded.remark { note(remark) }
    let description = loaded.classifier.description
    let folder = try MNISTFolder(path: data ?? recordedData(), classNames: description.classNames)
    let examples = try folder.load(.test)
    guard examples.height == description.height, examples.width == description.width else {
      throw CommandFailure(
        "\(folder.path): the images have \(examples.width)x\(examples.height) pixels, but the model in \(loaded.path) "
          + "takes \(description.width)x\(description.height)")
    }
    let test = MNISTDataset(examples, classNames: description.classNames, normalization: description.normalization)
    let bar = ProgressBar("Evaluating", total: test.count, unit: "img")
    let evaluation = try Evaluation(of: loaded.classifier, on: test) { bar.advance(by: $0) }
    bar.abandon()

    let output = TerminalOutput.standardOutput()
    let matrix = evaluation.matrix
    output.write(
      """
      Model     \(loaded.path) (\(description.kind.rawValue))
      Data      \(folder.path), \(test.count) test images
      Accuracy  \(NumberFormat.percent(matrix.accuracy, 2)) (\(matrix.correct) of \(matrix.total))
      Loss      \(NumberFormat.fixed(evaluation.loss, 4))

      \(matrix.classReport(unicode: output.usesUnicode))

      \(matrix.countTable(unicode: output.usesUnicode))

      """)
  }

  /// The data that the run was trained on, where the model is a run's folder that tells.
  private func recordedData() -> String? {
    guard isDirectory(path), let recorded = try? RunRecord(directory: path) else { return nil }
    return exists(recorded.configuration.data) ? recorded.configuration.data : nil
  }
}

/// Sets the number of computing threads where one is asked for; throws ``CommandFailure`` for an impossible one.
func setThreads(_ count: Int?) throws {
  guard let count else { return }
  guard (1...1024).contains(count) else { throw CommandFailure.usage("--threads \(count); expected 1 to 1024") }
  try setNumThreads(count)
}

/// Tells something beside the results, on standard error.
func note(_ text: String) { TerminalOutput.standardError().write(text + "\n") }
