import ArgumentParser
import Glibc
import TorchConformance
import TorchReport

/// `swifttorch conformance`.
struct ConformanceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "conformance",
    abstract: "Replays calls recorded with PyTorch and compares every result.",
    discussion: """
      The folder holds .jsonl files with .bin files beside them, or folders 'ops', 'modules' and 'optims' of such files. Operators are run \
      through their table; values, gradients, second-order gradients and forward-mode derivatives are compared. Modules are built, \
      called and differentiated. Exits with status 1 when a record failed.
      """)

  @Argument(help: ArgumentHelp("Folder of the recorded calls.", valueName: "dir")) var directory: String
  @Option(help: ArgumentHelp("Only records whose id, or what they call, contains this text.", valueName: "text")) var filter: String?
  @Option(help: "Only records of this kind: sample, reference, noncontiguous, transposed, expanded, inplace, out, error, train, eval.") var kind: String?
  @Option(help: "Only records of this dtype, such as float32.") var dtype: String?
  @Option(help: ArgumentHelp("What to compare: values, or sizes and dtypes of a run on the meta device.", valueName: "mode"))
  var mode: Replay.Mode = .values
  @Option(help: ArgumentHelp("Write all results there as JSON.", valueName: "file")) var json: String?
  @Option(help: "Worker processes. (default: the number of processors)") var workers: Int?
  @Flag(help: "Stop at the first failure.") var failFast = false
  @Flag(help: "Exit with status 0 when all failures are known differences, listed in Documentation/Operators.md.") var allowKnown = false
  @Flag(help: .hidden) var worker = false

  func run() throws {
    let selection = Selection(text: filter, kind: kind, dtype: dtype)
    if worker { return try Worker.serve(selection, mode: mode) }
    let count = workers ?? Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    guard count > 0 else { throw CommandFailure.usage("--workers \(count): expected at least 1") }
    let results = try Suite(directory: directory, command: workerCommand, workers: count, failFast: failFast, mode: mode).run()
    let report = try Report(results, directory: directory)
    if let json { try writeText(report.json(), to: json) }
    print(report.table(), terminator: "")
    print(report.failures(), terminator: "")
    if allowKnown {
      let passed = report.passedThoughKnown
      if !passed.isEmpty { print("known differences that passed here: \(passed.joined(separator: " "))") }
    }
    print(report.summary())
    if !(allowKnown ? report.allPassedOrKnown : report.allPassed) { throw ExitCode(1) }
  }

  /// This program, told to be a worker with the same selection.
  private var workerCommand: [String] {
    var command = ["/proc/self/exe", "conformance", directory, "--worker", "--mode", mode.rawValue]
    for (name, value) in [("--filter", filter), ("--kind", kind), ("--dtype", dtype)] {
      if let value { command += [name, value] }
    }
    return command
  }
}

extension Replay.Mode: ExpressibleByArgument {}
