import Torch
import TorchReport

/// The pictures and figures that a run leaves in its folder.
struct TrainingReport {
  let directory: String
  let configuration: RunConfiguration

  /// Draws the learning curves from the epochs recorded in `metrics.jsonl`.
  func drawCurves() throws {
    let epochs = try JSONLinesReader.records(of: RunDirectory.metricsPath(directory)).filter { $0["kind"] == "epoch" }
    func values(_ key: String) -> [Double] { epochs.map { $0[key]?.doubleValue ?? .nan } }
    let settings = configuration
    try LineChart(
      title: "Learning curves",
      subtitle: "\(settings.model.rawValue), \(settings.optimizer.rawValue), learning rate "
        + "\(NumberFormat.significant(settings.learningRate, 3)), batches of \(settings.batchSize), seed \(settings.seed)",
      panels: [
        LineChart.Panel(
          "Cross-entropy",
          series: [.init("training", values: values("trainLoss"), isDashed: true), .init("test", values: values("testLoss"))]),
        LineChart.Panel(
          "Accuracy",
          series: [
            .init("training", values: values("trainAccuracy"), isDashed: true), .init("test", values: values("testAccuracy")),
          ], format: .percent),
      ]
    ).writePNG(to: RunDirectory.curvesPath(directory))
  }

  /// Draws the confusion matrix.
  func drawConfusion(_ evaluation: Evaluation) throws {
    try HeatMap(
      title: "Confusion matrix: \(NumberFormat.percent(evaluation.matrix.accuracy, 2)) of \(evaluation.matrix.total) test images",
      matrix: evaluation.matrix
    ).writePNG(to: RunDirectory.confusionPath(directory))
  }

  /// Writes `summary.json`, which marks the run as finished.
  func writeSummary(_ evaluation: Evaluation, progress: TrainingProgress, images: Int, parameters: Int) throws {
    let summary: JSONValue = [
      "testAccuracy": .double(evaluation.matrix.accuracy), "testLoss": .double(evaluation.loss), "steps": .int(progress.step),
      "parameters": .int(parameters), "seconds": .double(progress.seconds),
      "imagesPerSecond": .double(progress.seconds > 0 ? Double(images) / progress.seconds : 0),
    ]
    try AtomicFile.write(summary.text + "\n", to: RunDirectory.summaryPath(directory))
  }
}
