import ArgumentParser
import Torch
import TorchReport
import TorchVision

/// `swifttorch bench`.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Profiles the training step of an image classifier: time and memory of every op.",
    discussion: """
      Trains on one batch of random images. The steps are timed first without the profiler, which costs a microsecond an op, and then \
      with it. A call of an op that is made of others counts as one.
      """)

  @Option(help: "Network: mlp, cnn or resnet.")
  var model = ModelKind.cnn

  @Option(help: "Images per step.")
  var batchSize = 128

  @Option(help: "Steps that are measured.")
  var steps = 20

  @Option(help: "Threads that compute. (default: one per core)")
  var threads: Int?

  @Option(help: "Order of the table: time or memory.")
  var sort = Order.time

  @Option(help: "Lines of the table.")
  var top = 20

  @Option(help: ArgumentHelp("Write all entries there, one JSON object per line.", valueName: "file"))
  var json: String?

  enum Order: String, CaseIterable, ExpressibleByArgument { case time, memory }

  func validate() throws {
    for (name, value, most) in [("batch-size", batchSize, 65_536), ("steps", steps, 1_000_000), ("top", top, 1_000_000)] {
      guard (1...most).contains(value) else { throw ValidationError("--\(name) must lie between 1 and \(most), not \(value)") }
    }
    if let threads, threads < 1 { throw ValidationError("--threads must be at least 1, not \(threads)") }
  }

  func run() throws {
    if let threads { try setNumThreads(threads) }
    manualSeed(0)
    let classes = (0..<10).map(String.init)
    let classifier = try ImageClassifier(
      ModelDescription(kind: model, classNames: classes, height: 28, width: 28, normalization: try ImageNormalization(mean: 0, standardDeviation: 1), dropout: model.defaultDropout))
    classifier.model.train()
    let step = TrainingStep(classifier, batchSize)
    let output = TerminalOutput.standardOutput()

    // The first steps fill caches and the allocator.
    for _ in 0..<3 { step.run() }
    Memory.resetPeak()
    var times: [Duration] = []
    let bar = ProgressBar("Profiling", total: 2 * steps, unit: "step")
    for _ in 0..<steps {
      times.append(ContinuousClock().measure { step.run() })
      bar.advance()
    }
    let peak = Memory.statistics.peak
    let profiler = Profiler()
    var phases = [Duration](repeating: .zero, count: TrainingStep.phases.count)
    for _ in 0..<steps {
      profiler.run { for i in phases.indices { phases[i] += ContinuousClock().measure { step.run(phase: i) } } }
      bar.advance()
    }
    bar.finish()

    let median = milliseconds(times.sorted()[steps / 2])
    output.write(
      "\(model.rawValue), \(batchSize) images a step, \(numThreads) threads: median \(NumberFormat.fixed(median, 2)) ms a step, "
        + "\(Int(Double(batchSize) / median * 1000)) images/s, peak memory of tensors \(NumberFormat.bytes(peak))\n\n")
    let whole = phases.reduce(.zero, +)
    output.write(
      ProbabilityBars.render(zip(TrainingStep.phases, phases).map { ($0, $1 / whole) }, unicode: output.usesUnicode) + "\n\n")
    let entries = sort == .time ? profiler.entries : profiler.entries.sorted { ($0.peak, $0.selfTime) > ($1.peak, $1.selfTime) }
    output.write(table(entries, of: whole).render(unicode: output.usesUnicode) + "\n")
    if let json { try write(entries, to: json) }
  }

  /// Figures of one step.
  private func table(_ entries: [Profiler.Entry], of whole: Duration) -> TextTable {
    var table = TextTable(["op", "calls", "ms", "share", "memory", "peak"])
    let count = Double(steps)
    for entry in entries.prefix(top) {
      table.add([
        entry.name, NumberFormat.fixed(Double(entry.calls) / count, 0), NumberFormat.fixed(milliseconds(entry.selfTime) / count, 3),
        NumberFormat.percent(entry.selfTime / whole, 1), NumberFormat.bytes(entry.memory / steps), NumberFormat.bytes(entry.peak),
      ])
    }
    table.addRule()
    let rest = entries.dropFirst(top)
    if !rest.isEmpty {
      let time = rest.reduce(Duration.zero) { $0 + $1.selfTime }
      table.add(["\(rest.count) others", "", NumberFormat.fixed(milliseconds(time) / count, 3), NumberFormat.percent(time / whole, 1)])
    }
    let outside = whole - entries.reduce(Duration.zero) { $0 + $1.selfTime }
    table.add([
      "between ops, optimizer", "", NumberFormat.fixed(milliseconds(outside) / count, 3), NumberFormat.percent(outside / whole, 1),
    ])
    return table
  }

  private func write(_ entries: [Profiler.Entry], to path: String) throws {
    let lines = entries.map { entry in
      let value: JSONValue = [
        "op": .string(entry.name), "backward": .bool(entry.isBackward), "calls": .double(Double(entry.calls) / Double(steps)),
        "ms": .double(milliseconds(entry.selfTime) / Double(steps)), "memory": .int(entry.memory / steps), "peak": .int(entry.peak),
      ]
      return value.text
    }
    try writeText(lines.joined(separator: "\n") + "\n", to: path)
  }

  private func milliseconds(_ duration: Duration) -> Double { duration / .milliseconds(1) }
}

/// A training step in its parts.
private final class TrainingStep {
  static let phases = ["forward", "loss", "backward", "optimizer"]

  private let classifier: ImageClassifier
  private let optimizer: Optimizer
  private let images: Tensor
  private let labels: Tensor
  private var scores = Tensor.zeros([0])
  private var loss = Tensor.zeros([])

  init(_ classifier: ImageClassifier, _ batchSize: Int) {
    self.classifier = classifier
    optimizer = AdamW(classifier.model.parameters(), lr: 1e-4)
    images = Tensor.randn([batchSize, 1, 28, 28])
    labels = Tensor.randint(10, [batchSize])
  }

  func run() { for i in TrainingStep.phases.indices { run(phase: i) } }

  func run(phase: Int) {
    switch phase {
    case 0: scores = classifier(images)
    case 1: loss = crossEntropy(scores, labels)
    case 2:
      optimizer.zeroGrad()
      loss.backward()
    default: optimizer.step()
    }
  }
}
