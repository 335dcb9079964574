import ArgumentParser
import Glibc
import TorchConformance
import TorchReport

/// `swifttorch operators`.
struct OperatorsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "operators",
    abstract: "Writes what is known about every operator as a Markdown document.",
    discussion: "Types and the meta column are found out by running each operator's samples.")

  @Option(help: ArgumentHelp("Results of 'swifttorch conformance --json' to count.", valueName: "file")) var conformance: String?
  @Option(help: ArgumentHelp("Where to write; standard output by default.", valueName: "file")) var output: String?

  func run() throws {
    let catalogue = try conformance.map { try OperatorCatalogue(json: $0) } ?? OperatorCatalogue()
    let text = catalogue.markdown()
    guard let output else { return print(text, terminator: "") }
    try writeText(text, to: output)
  }
}
