// Writes the C text of the pointwise formulas.
//
//   swift run generate-kernels [--check] [directory]
//
// With --check nothing is written: the exit status is 1 if a file in the directory is not what would be written. The directory is
// the package's own by default, as seen from its root.
import Foundation
import TorchCore

func fail(_ message: String) -> Never {
  FileHandle.standardError.write(Data("generate-kernels: \(message)\n".utf8))
  exit(1)
}

var arguments = Array(CommandLine.arguments.dropFirst())
let isCheck = arguments.contains("--check")
arguments.removeAll { $0 == "--check" }
if let unknown = arguments.first(where: { $0.hasPrefix("-") }) { fail("unknown option \(unknown); expected --check") }
if arguments.count > 1 { fail("expected at most one directory, got \(arguments.joined(separator: ", "))") }
let directory = URL(filePath: arguments.first ?? "Sources/CTorchKernels/Generated", directoryHint: .isDirectory)

do {
  if isCheck {
    let differences = try KernelSources.differences { try? String(contentsOf: directory.appending(path: $0), encoding: .utf8) }
    if !differences.isEmpty { fail(differences.joined(separator: "\n") + "\nRun swift run generate-kernels.") }
  } else {
    for (name, text) in try KernelSources.files() {
      try text.write(to: directory.appending(path: name), atomically: true, encoding: .utf8)
    }
  }
} catch {
  fail("\(error)")
}
