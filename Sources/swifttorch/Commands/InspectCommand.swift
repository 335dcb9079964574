import ArgumentParser
import Torch
import TorchReport

/// `swifttorch inspect`.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Lists the tensors of a file: PyTorch (.pt, .pth), safetensors, npy, npz.",
    discussion: "Nothing of a PyTorch file is executed. The elements of PyTorch and safetensors files are not read.")

  @Argument(help: ArgumentHelp("The file, or the directory of a sharded model.", valueName: "file"))
  var path: String

  private struct Row {
    let name: String
    let type: String
    let shape: [Int]
    let bytes: Int
    let place: String
  }

  func run() throws {
    let rows = try rows()
    let output = TerminalOutput.standardOutput()
    let width = min(rows.map(\.name.count).max() ?? 0, 60)
    var elements = 0
    var bytes = 0
    for row in rows {
      // A tensor without memory may have any sizes: sums that are too large wrap.
      elements &+= row.shape.reduce(1, &*)
      bytes &+= row.bytes
      let label = row.name.count < width ? row.name + String(repeating: " ", count: width - row.name.count) : row.name
      output.write("\(label)  \(row.type)\(row.shape)\(row.place)  \(NumberFormat.bytes(row.bytes))\n")
    }
    output.write("\(rows.count) tensors, \(elements) elements, \(NumberFormat.bytes(bytes))\n")
  }

  private func rows() throws -> [Row] {
    switch WeightFormat(path: path) {
    case .safetensors where !path.hasSuffix(".json"): return try rows(SafetensorsFile(path))
    case .safetensors, nil: return try rows(SafetensorsShards(path))
    default:
      return try loadWeights(path).map { name, tensor in
        let size = tensor.device == .cpu && !tensor.isSparse ? tensor.count &* tensor.dtype.byteCount : 0
        let place = tensor.isSparse ? " sparse" : tensor.device == .cpu ? "" : " \(tensor.device)"
        return Row(name: name, type: tensor.dtype.name, shape: tensor.shape, bytes: size, place: place)
      }
    }
  }

  /// From the headers alone, so that types that tensors do not have are listed too.
  private func rows(_ source: some SafetensorsSource) throws -> [Row] {
    try source.names.map { name in
      let tensor = try source.tensor(named: name)
      return Row(
        name: name, type: DType(tensor.dtype)?.name ?? tensor.dtype.rawValue, shape: tensor.shape,
        bytes: tensor.dtype.byteCount(shape: tensor.shape) ?? 0, place: "")
    }
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
