import ArgumentParser
import Torch
import TorchReport

/// `swifttorch inspect`.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Lists the tensors of a file: PyTorch (.pt, .pth), safetensors, npy, npz.",
    discussion: "Nothing of a PyTorch file is executed. The elements are not read.")

  @Argument(help: ArgumentHelp("The file, or the directory of a sharded model.", valueName: "file"))
  var path: String

  func run() throws {
    let tensors = try loadWeights(path)
    let output = TerminalOutput.standardOutput()
    let width = min(tensors.map(\.name.count).max() ?? 0, 60)
    var elements = 0
    var bytes = 0
    for (name, tensor) in tensors {
      // A meta tensor may have any sizes.
      elements = elements.addingReportingOverflow(tensor.count).partialValue
      let size = tensor.device == .cpu ? tensor.count.multipliedReportingOverflow(by: tensor.dtype.byteCount).partialValue : 0
      bytes = bytes.addingReportingOverflow(size).partialValue
      let label = name.count < width ? name + String(repeating: " ", count: width - name.count) : name
      let place = tensor.isSparse ? " sparse" : tensor.device == .cpu ? "" : " \(tensor.device)"
      output.write("\(label)  \(tensor.dtype)\(tensor.sizes)\(place)  \(InspectCommand.text(bytes: size))\n")
    }
    output.write("\(tensors.count) tensors, \(elements) elements, \(InspectCommand.text(bytes: bytes))\n")
  }

  private static func text(bytes: Int) -> String {
    var (value, unit) = (Double(bytes), 0)
    let units = ["B", "KiB", "MiB", "GiB", "TiB"]
    while value >= 1024, unit < units.count - 1 { (value, unit) = (value / 1024, unit + 1) }
    return unit == 0 ? "\(bytes) B" : "\((value * 10).rounded() / 10) \(units[unit])"
  }
}

/// `swifttorch convert`.
struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Writes the tensors of one file in another format: .pt, .safetensors, .npz, .npy.",
    discussion: "The endings tell the formats.")

  @Argument(help: ArgumentHelp("The file to read.", valueName: "input"))
  var input: String

  @Argument(help: ArgumentHelp("The file to write.", valueName: "output"))
  var output: String

  func run() throws {
    let tensors = try loadWeights(input)
    try saveWeights(tensors, to: output)
    TerminalOutput.standardOutput().write("\(tensors.count) tensors written to \(output)\n")
  }
}
