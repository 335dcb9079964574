import Torch
import TorchReport
import TorchVision

/// What ends a command: one line for people, and the exit status for programs.
struct CommandFailure: Error, CustomStringConvertible {
  /// The cause, naming file or option.
  let description: String
  /// The process's exit status.
  let status: Int32

  /// Bad content, a failed operation: status 1.
  init(_ description: String, status: Int32 = 1) {
    self.description = description
    self.status = status
  }

  /// An option with an impossible value, or options that exclude each other: status 64, `EX_USAGE` of sysexits.h.
  static func usage(_ description: String) -> CommandFailure { CommandFailure(description, status: 64) }
}

/// Any error on one line. Tensor errors tell op and arguments on lines of their own.
func oneLine(_ error: any Error) -> String {
  "\(error)".split(whereSeparator: \.isNewline).map { $0.drop { $0 == " " } }.joined(separator: "; ")
}
