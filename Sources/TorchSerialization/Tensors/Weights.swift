import TorchCore

/// The formats that named tensors are kept in.
public enum WeightFormat: String, CaseIterable, Sendable {
  /// PyTorch's `.pt`, `.pth`, `.bin` and `.ckpt`.
  case torch
  case safetensors
  case npy
  case npz

  /// The format of a path by its ending: directories and `.json` are sharded safetensors. Nil for endings that no format has.
  public init?(path: String) {
    let name = splitPath(path).name
    switch name.split(separator: ".").last.map({ $0.lowercased() }) {
    case "pt", "pth", "bin", "ckpt", "torch": self = .torch
    case "safetensors", "json": self = .safetensors
    case "npy": self = .npy
    case "npz": self = .npz
    default: return nil
    }
  }
}

/// Reads the tensors of a file of any format, by its ending; other endings, and directories, are taken for safetensors models.
///
/// Tensors in nested dictionaries and lists of a PyTorch file are named by their path: `optimizer.state.0.exp_avg`.
public func loadWeights(_ path: String) throws -> [(name: String, tensor: Tensor)] {
  switch WeightFormat(path: path) {
  case .torch: try load(path).namedTensors(path: path)
  case .npy: [(splitPath(path).name, try Tensor(npy: path))]
  case .npz: try loadNPZ(path)
  case .safetensors where !path.hasSuffix(".json"): try loadSafetensors(path)
  case .safetensors, nil: try SafetensorsShards(path, access: .copyOnWrite).loadTensors()
  }
}

/// Writes tensors in the format of the path's ending: `.pt`, `.safetensors`, `.npz`; a single one as `.npy`.
public func saveWeights(_ tensors: [(name: String, tensor: Tensor)], to path: String) throws {
  switch WeightFormat(path: path) {
  case .torch:
    var state = PickleDictionary(isOrdered: true)
    for (name, tensor) in tensors { state[name] = .tensor(tensor) }
    try save(.dictionary(state), to: path)
  case .safetensors where !path.hasSuffix(".json"): try saveSafetensors(tensors, to: path, metadata: ["format": "pt"])
  case .npz: try saveNPZ(tensors, to: path)
  case .npy:
    guard tensors.count == 1 else { throw NPYError(path, "an .npy file holds one array; there are \(tensors.count)") }
    try tensors[0].tensor.saveNPY(to: path)
  case .safetensors, nil:
    throw FileError("write", path, code: 22, detail: "expected a name that ends in .pt, .pth, .safetensors, .npz or .npy")
  }
}

extension PickleValue {
  /// All tensors inside, named by their path. Throws for values that are so often shared that they cannot be listed.
  public func namedTensors(path: String = "value") throws -> [(name: String, tensor: Tensor)] {
    var result: [(name: String, tensor: Tensor)] = []
    var visited = 0
    func visit(_ value: PickleValue, _ name: String) throws {
      visited += 1
      guard visited <= 1 << 20 else { throw PickleError(path, "more than a million values") }
      func below(_ key: String) -> String { name.isEmpty ? key : "\(name).\(key)" }
      switch value {
      case .tensor(let tensor), .parameter(let tensor), .array(let tensor): result.append((name, tensor))
      case .list(let values), .tuple(let values):
        for (i, value) in values.enumerated() { try visit(value, below(String(i))) }
      case .dictionary(let entries):
        for (key, value) in entries { try visit(value, below(key.text)) }
      default: break
      }
    }
    try visit(self, "")
    return result
  }
}

extension PickleKey {
  /// The key as a part of a name.
  public var text: String {
    switch self {
    case .none: "None"
    case .bool(let value): value ? "True" : "False"
    case .int(let value): String(value)
    case .double(let value): "\(value)"
    case .string(let value), .device(let value): value
    case .bytes(let value): String(decoding: value, as: UTF8.self)
    case .dtype(let value): value.name
    case .tuple(let keys): "(" + keys.map(\.text).joined(separator: ", ") + ")"
    }
  }
}
