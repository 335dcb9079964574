import Torch
import TorchReport

/// Trees of values, such as an optimizer's state, as a JSON text and tensors beside it.
enum StateArchive {
  /// The key that stands for a tensor in the JSON; its value is the tensor's name.
  private static let tensorKey = "$tensor"

  /// The JSON of a tree and its tensors, which are named by their path in the tree.
  static func split(_ tree: StateValue) -> (json: JSONValue, tensors: [(name: String, tensor: Tensor)]) {
    var tensors: [(name: String, tensor: Tensor)] = []
    func convert(_ value: StateValue, _ path: String) -> JSONValue {
      func below(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
      switch value {
      case .null: return .null
      case .bool(let value): return .bool(value)
      case .int(let value): return .int(value)
      case .double(let value): return .double(value)
      case .string(let value): return .string(value)
      case .list(let values): return .array(values.enumerated().map { convert($0.element, below("\($0.offset)")) })
      case .dictionary(let entries):
        return .object(entries.keys.sorted().map { JSONValue.Member($0, convert(entries[$0]!, below($0))) })
      case .tensor(let tensor):
        tensors.append((path, tensor))
        return .object([JSONValue.Member(tensorKey, .string(path))])
      }
    }
    return (convert(tree, ""), tensors)
  }

  /// The tree again; throws ``CommandFailure`` when a tensor is missing.
  static func join(_ json: JSONValue, tensors: [String: Tensor]) throws -> StateValue {
    switch json {
    case .null: return .null
    case .bool(let value): return .bool(value)
    case .int(let value): return .int(value)
    case .double(let value): return .double(value)
    case .string(let value): return .string(value)
    case .array(let values): return .list(try values.map { try join($0, tensors: tensors) })
    case .object(let members):
      if members.count == 1, members[0].key == tensorKey, let name = members[0].value.stringValue {
        guard let tensor = tensors[name] else { throw CommandFailure("the tensor \"\(name)\" is missing") }
        return .tensor(tensor)
      }
      var entries: [String: StateValue] = [:]
      for member in members { entries[member.key] = try join(member.value, tensors: tensors) }
      return .dictionary(entries)
    }
  }
}
