import ArgumentParser
import Torch
import TorchReport
import TorchVision

/// `swifttorch train`.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Trains an image classifier.",
    discussion: """
      Leaves in the output folder: model.safetensors, metrics.jsonl, learning-curves.png, confusion-matrix.png, config.json, \
      summary.json, and checkpoints from which --resume goes on exactly where an interrupted run stopped.
      """)

  @OptionGroup var options: TrainingOptions

  @Option(
    help: ArgumentHelp(
      "Folder for the results. (default: runs/<data>-<model>, such as runs/fashion-mnist-cnn)", valueName: "dir"))
  var output: String?

  @Flag(help: "Go on with the interrupted run in the output folder; the settings are those it was started with.")
  var resume = false

  @Flag(help: "Replace the run in the output folder.")
  var overwrite = false

  func run() throws {
    guard !(resume && overwrite) else { throw CommandFailure.usage("--resume and --overwrite exclude each other") }
    // Everything is judged before anything is made: settings, folder, data.
    var configuration = try options.configuration(folder: options.data ?? "")
    let path = outputPath(configuration)
    let contents = try RunDirectory.contents(of: path)
    let record = try resume ? recorded(path, contents) : nil
    if resume, contents == .finishedRun {
      note("\(path): this run is finished; see it with `swifttorch evaluate \(path)`")
      return
    }
    if let record { configuration = try options.resumed(record.configuration, directory: path) }
    if !resume { try checkNew(path, contents) }

    try Interruption.watch()
    let folder = try MNISTFolder(path: configuration.data.isEmpty ? nil : configuration.data)
    configuration.data = folder.path
    let data = try TrainingData(configuration, folder: folder)
    if let record, record.data != data.fingerprint {
      throw CommandFailure("\(folder.path): holds other images than those the run in \(path) was started with")
    }
    try setNumThreads(configuration.threads)

    let directory = try RunDirectory(path)
    guard try RunDirectory.contents(of: path) == (contents == .missing ? .empty : contents) else {
      throw CommandFailure("\(path): another process has just begun to use this folder")
    }
    if overwrite { try directory.removeRun() }
    if record == nil {
      try RunRecord(configuration: configuration, data: data.fingerprint).write(directory: directory.path)
      if output == nil { directory.markLatest() }
    }
    try Trainer(configuration, data: data, directory: directory).run()
  }

  /// The record of the run to go on with; nil where there is none yet.
  private func recorded(_ path: String, _ contents: RunDirectory.Contents) throws -> RunRecord? {
    switch contents {
    case .unfinishedRun, .finishedRun: return try RunRecord(directory: path)
    case .missing, .empty:
      note("\(path): there is no run to resume; starting one")
      return nil
    case .foreign: throw CommandFailure("\(path): holds other files, but no training run to resume")
    }
  }

  /// Throws unless a new run may begin in a folder with the given contents.
  private func checkNew(_ path: String, _ contents: RunDirectory.Contents) throws {
    switch contents {
    case .missing, .empty: return
    case .foreign:
      throw CommandFailure("\(path): holds other files and no training run; name another folder with --output")
    case .unfinishedRun, .finishedRun:
      if overwrite { return }
      let state = contents == .finishedRun ? "a finished run" : "an interrupted run (--resume goes on with it)"
      throw CommandFailure("\(path): holds \(state); name another folder with --output, or replace the run with --overwrite")
    }
  }

  /// The folder asked for; else, to resume, that of the last run; else one named after data and model.
  private func outputPath(_ configuration: RunConfiguration) -> String {
    if let output { return output.count > 1 && output.hasSuffix("/") ? String(output.dropLast()) : output }
    if resume, options.model == nil, options.data == nil, let latest = RunDirectory.latestTarget() { return latest }
    let folder = configuration.data.isEmpty ? MNISTFolder.defaultLocations[0] : configuration.data
    let name = folder.split(separator: "/").last { $0 != "." && $0 != ".." }.map(String.init) ?? "data"
    return "\(RunDirectory.defaultParent)/\(name)-\(configuration.model.rawValue)"
  }
}
