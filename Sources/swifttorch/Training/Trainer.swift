import ArgumentParser
import Torch
import TorchReport
import TorchVision

/// Trains a classifier in a run's folder: steps, epochs, checkpoints, and the results at the end.
final class Trainer {
  private let configuration: RunConfiguration
  private let data: TrainingData
  private let directory: RunDirectory
  private let classifier: ImageClassifier
  private let learner: Learner
  private let batches: TrainingBatches
  private let store: CheckpointStore
  private let report: TrainingReport
  private let metricsFile: JSONLinesWriter
  private var progress = TrainingProgress()

  /// Steps between two records of the running loss; nothing is read from tensors in between.
  private static let recordInterval = 50

  private var stepsPerEpoch: Int { batches.countPerEpoch }
  private var totalSteps: Int { configuration.epochs * stepsPerEpoch }

  /// A run at its beginning or, where the folder holds a usable checkpoint, at the point where that was saved.
  ///
  /// Throws naming the file or option when the model cannot be made, or a checkpoint is of another run.
  init(_ configuration: RunConfiguration, data: TrainingData, directory: RunDirectory) throws {
    self.configuration = configuration
    self.data = data
    self.directory = directory
    report = TrainingReport(directory: directory.path, configuration: configuration)
    store = CheckpointStore(directory: RunDirectory.checkpointsPath(directory.path))

    manualSeed(UInt64(configuration.seed))
    let description = ModelDescription(
      kind: configuration.model, classNames: data.folder.classNames, height: data.training.examples.height,
      width: data.training.examples.width, normalization: data.training.normalization, dropout: configuration.dropout)
    do { classifier = try ImageClassifier(description) } catch {
      throw CommandFailure("\(data.folder.path): \(oneLine(error))")
    }
    batches = try TrainingBatches(data.training, configuration)
    learner = try Learner(classifier.model, configuration, totalSteps: configuration.epochs * batches.countPerEpoch)

    let latest = try store.latestValid()
    for message in latest.messages { note("warning: \(message)") }
    if let checkpoint = latest.checkpoint {
      try Trainer.check(checkpoint, of: configuration)
      progress = try TrainingCheckpoint.progress(of: checkpoint)
      try classifier.load(checkpoint.file.loadTensors(prefix: TrainingCheckpoint.modelPrefix), path: checkpoint.path)
      try learner.load(checkpoint)
      try batches.load(checkpoint)
      try Trainer.restoreGenerator(checkpoint)
      note("resuming \(directory.path) at step \(progress.step) of \(configuration.epochs * batches.countPerEpoch)")
    }
    let step = progress.step
    metricsFile = try JSONLinesWriter(resuming: RunDirectory.metricsPath(directory.path)) { ($0["step"]?.intValue ?? 0) <= step }
    // What a later, unusable checkpoint left in the way of this run's own.
    try store.removeAll(after: step)
  }

  /// Trains to the end and writes the results.
  func run() throws {
    var last: Evaluation?
    while progress.step < totalSteps { last = try trainEpoch() }
    try finish(last)
  }

  // MARK: Epochs and steps

  /// Trains from the present step to the end of its epoch, then tests the model and saves a checkpoint.
  private func trainEpoch() throws -> Evaluation {
    let clock = SessionClock(progress.seconds)
    let epoch = progress.step / stepsPerEpoch
    let position = progress.step % stepsPerEpoch
    if position == 0 { progress.metrics = RunningMetrics() }
    // The rate is that of training: the bar's time stands still while the model is tested.
    var testing = 0.0
    let bar = ProgressBar(
      "Epoch \(epoch + 1)/\(configuration.epochs)", total: batches.imagesPerEpoch, unit: "img",
      completed: position * configuration.batchSize, clock: { ProgressBar.monotonicSeconds() - testing })
    do {
      classifier.model.train()
      try batches.forEach { batch in
        try step(batch.images, batch.labels)
        bar.advance(by: batch.labels.count, fields(progress.metrics))
        if progress.step % Trainer.recordInterval == 0 { try record(epoch) }
        guard progress.step % stepsPerEpoch != 0 else { return }
        if Interruption.signalNumber != 0 { try stop(clock) }
        if progress.step % configuration.checkpointEvery == 0 { try save(clock) }
      }
      try checkFinite()
      let testStart = ProgressBar.monotonicSeconds()
      let evaluation = try Evaluation(of: classifier, on: data.test)
      testing = ProgressBar.monotonicSeconds() - testStart
      try record(epoch, evaluation)
      try save(clock)
      try report.drawCurves()
      bar.finish(
        fields(progress.metrics) + [
          ("test loss", NumberFormat.fixed(evaluation.loss, 4)), ("test acc", NumberFormat.percent(evaluation.matrix.accuracy, 2)),
        ])
      if Interruption.signalNumber != 0, progress.step < totalSteps { try stop(clock) }
      return evaluation
    } catch {
      bar.abandon()
      throw error
    }
  }

  /// One step of the optimizer on a batch.
  private func step(_ images: Tensor, _ labels: Tensor) throws {
    try withTorchErrors {
      let logits = classifier(images)
      let loss = crossEntropy(logits, labels)
      learner.zeroGrad()
      loss.backward()
      learner.step()
      progress.metrics.add(loss: loss, logits: logits, labels: labels)
    }
    progress.step += 1
  }

  private func fields(_ metrics: RunningMetrics) -> [ProgressBar.Field] {
    [("loss", NumberFormat.fixed(metrics.loss, 4)), ("acc", NumberFormat.percent(metrics.accuracy, 2))]
  }

  private func checkFinite() throws {
    let loss = progress.metrics.loss
    guard !loss.isFinite else { return }
    throw CommandFailure(
      "training has diverged: the loss is \(NumberFormat.fixed(loss, 0)) at step \(progress.step); "
        + "try a lower --lr than \(configuration.learningRate)")
  }

  // MARK: Records and checkpoints

  /// Writes the running figures of the epoch, or with an evaluation its final ones, to `metrics.jsonl`.
  private func record(_ epoch: Int, _ evaluation: Evaluation? = nil) throws {
    try checkFinite()
    let metrics = progress.metrics
    var members: [(String, JSONValue)] = [
      ("kind", .string(evaluation == nil ? "step" : "epoch")), ("epoch", .int(epoch + 1)), ("step", .int(progress.step)),
      ("learningRate", .double(learner.learningRate)), ("trainLoss", .double(metrics.loss)),
      ("trainAccuracy", .double(metrics.accuracy)),
    ]
    if let evaluation {
      members.append(("testLoss", .double(evaluation.loss)))
      members.append(("testAccuracy", .double(evaluation.matrix.accuracy)))
    }
    try metricsFile.write(.object(members.map { JSONValue.Member($0.0, $0.1) }))
  }

  private func save(_ clock: SessionClock) throws {
    try checkFinite()
    progress.seconds = clock.seconds
    let messages = try store.save(
      step: progress.step,
      named: TrainingCheckpoint.tensors(model: classifier.model, optimizer: learner.tensors),
      state: TrainingCheckpoint.state(
        configuration: configuration, description: classifier.description, progress: progress,
        parts: learner.texts + [batches.text()]))
    for message in messages { note("warning: \(message)") }
  }

  /// Saves a checkpoint because of a signal, says how to go on, and ends the command.
  private func stop(_ clock: SessionClock) throws -> Never {
    try save(clock)
    throw Stopped(signal: Interruption.signalNumber, step: progress.step, directory: directory.path)
  }

  /// Refuses a checkpoint of a run with other settings.
  private static func check(_ checkpoint: Checkpoint, of configuration: RunConfiguration) throws {
    let other = try TrainingCheckpoint.configuration(of: checkpoint)
    for (name, ours, theirs) in configuration.differences(from: other) {
      throw CommandFailure("\(checkpoint.path): is of a run with \(name) \(theirs), but this one has \(name) \(ours)")
    }
  }

  private static func restoreGenerator(_ checkpoint: Checkpoint) throws {
    let bytes = try checkpoint.file.withBytes(of: TrainingCheckpoint.generatorName) { Array($0) }
    do { try Generator.default.restoreState(bytes) } catch {
      throw CommandFailure("\(checkpoint.path): \(oneLine(error))")
    }
  }

  // MARK: Results

  private func finish(_ last: Evaluation?) throws {
    let evaluation = try last ?? Evaluation(of: classifier, on: data.test)
    try classifier.save(to: RunDirectory.modelPath(directory.path))
    try report.drawCurves()
    try report.drawConfusion(evaluation)
    let parameters = classifier.model.parameters().reduce(0) { $0 + $1.count }
    try report.writeSummary(
      evaluation, progress: progress, images: configuration.epochs * batches.imagesPerEpoch, parameters: parameters)
    let matrix = evaluation.matrix
    TerminalOutput.standardOutput().write(
      """
      Test accuracy \(NumberFormat.percent(matrix.accuracy, 2)) (\(matrix.correct) of \(matrix.total)) after \
      \(configuration.epochs) \(configuration.epochs == 1 ? "epoch" : "epochs") in \(NumberFormat.duration(progress.seconds)); \
      results in \(directory.path)

      """)
  }
}

/// A training that ended because of a signal, its state saved.
struct Stopped: Error {
  let signal: Int32
  let step: Int
  let directory: String
}

/// The seconds of training, those of earlier sessions included.
struct SessionClock {
  private let earlier: Double
  private let start = ContinuousClock.now

  init(_ earlier: Double) { self.earlier = earlier }

  var seconds: Double {
    let elapsed = (ContinuousClock.now - start).components
    return earlier + Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
  }
}
