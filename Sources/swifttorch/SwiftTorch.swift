import ArgumentParser
import Glibc
import Torch
import TorchReport

/// The command-line tool: trains, evaluates and uses image classifiers.
@main
struct SwiftTorch: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "swifttorch",
    abstract: "Trains, evaluates and uses image classifiers.",
    discussion: """
      Without options, `swifttorch train` trains a small convolutional network on Fashion-MNIST. Its results are left in a folder, \
      from which `swifttorch evaluate` and `swifttorch predict` read the model.
      """,
    subcommands: [
      TrainCommand.self, EvaluateCommand.self, PredictCommand.self, ConformanceCommand.self, OperatorsCommand.self,
      InspectCommand.self, ConvertCommand.self, BenchCommand.self,
    ])

  static func main() {
    // A file over the size limit and a reader that has gone are then errors of the writing call, told like any other.
    signal(SIGXFSZ, SIG_IGN)
    signal(SIGPIPE, SIG_IGN)
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let failure as CommandFailure {
      report(failure.description, status: failure.status)
    } catch let stopped as Stopped {
      let path = stopped.directory
      note("interrupted at step \(stopped.step); go on with `swifttorch train --resume --output \(path)`")
      Glibc.exit(128 + stopped.signal)
    } catch let code as ExitCode {
      // What went wrong has been told.
      Glibc.exit(code.rawValue)
    } catch {
      let status = exitCode(for: error)
      // Requests for help end here too; they are no errors.
      if status.isSuccess { exit(withError: error) }
      // The parser's errors carry the status for misuse; those of the commands do not.
      let isMisuse = status == .validationFailure
      report(isMisuse ? message(for: error) : oneLine(error), status: isMisuse ? status.rawValue : 1)
    }
  }

  private static func report(_ cause: String, status: Int32) -> Never {
    let line = cause.split(whereSeparator: \.isNewline).joined(separator: " ")
    TerminalOutput.standardError().write("error: \(line)\n")
    Glibc.exit(status)
  }
}
