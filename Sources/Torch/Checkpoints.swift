import TorchCore
import TorchNN
import TorchOptim
import TorchSerialization

extension StateDict {
  /// The tensors of a value that `torch.save(module.state_dict(), path)` wrote. Throws a `TorchError` for other values.
  public init(_ value: PickleValue) throws {
    guard let entries = value.dictionaryValue else {
      throw TorchError(.value, "expected the state dictionary of a module, got \(value.kind)")
    }
    self.init()
    for (key, value) in entries {
      guard case .string(let name) = key, let tensor = value.tensorValue else {
        throw TorchError(.value, "expected a dictionary of tensors by name; the entry \(key.text) is \(value.kind)")
      }
      self[name] = tensor
    }
  }

  /// The value that PyTorch saves: an `OrderedDict` that knows the versions of its modules.
  public var pickled: PickleValue {
    var result = PickleDictionary(isOrdered: true)
    var versions = PickleDictionary(isOrdered: true)
    versions[""] = StateDict.version(1)
    for (name, tensor) in self {
      result[name] = .tensor(tensor)
      var parts = name.split(separator: ".")
      let isCounter = parts.popLast() == "num_batches_tracked"
      for length in parts.indices {
        let prefix = parts[...length].joined(separator: ".")
        if versions[prefix] == nil { versions[prefix] = StateDict.version(1) }
      }
      // The version of batch normalisation that counts batches.
      if isCounter { versions[parts.joined(separator: ".")] = StateDict.version(2) }
    }
    result.attributes = [("_metadata", .dictionary(versions))]
    return .dictionary(result)
  }

  private static func version(_ number: Int) -> PickleValue { .dictionary(["version": .int(number)]) }
}

extension Module {
  /// Loads weights by name from a file of PyTorch, a safetensors file or sharded model, or an `.npz` file.
  /// `module.load_state_dict(torch.load(path))`.
  /// - Parameter strict: whether missing and unexpected names are errors; sizes that differ always are.
  /// - Returns: what did not agree.
  /// - Throws: the reader's error, or ``StateDictReport``; the module is unchanged then.
  @discardableResult
  public func load(from path: String, strict: Bool = true) throws -> StateDictReport {
    let isTorch = WeightFormat(path: path) == .torch
    let state = isTorch ? try StateDict(TorchSerialization.load(path)) : StateDict(try loadWeights(path).map { ($0.name, $0.tensor) })
    return try loadStateDict(state, strict: strict)
  }

  /// Saves the weights by name, in the format of the path's ending: `.pt` or `.pth` as PyTorch's, `.safetensors`, `.npz`.
  /// `torch.save(module.state_dict(), path)`.
  public func save(to path: String) throws {
    let state = stateDict()
    guard WeightFormat(path: path) == .torch else { return try saveWeights(state.map { ($0.name, $0.tensor) }, to: path) }
    try TorchSerialization.save(state.pickled, to: path)
  }
}

extension StateValue {
  /// The tree of a value that PyTorch saved: the state of an optimizer or a scheduler. Integer keys become text, tuples lists.
  public init(_ value: PickleValue) throws {
    switch value {
    case .none: self = .null
    case .bool(let value): self = .bool(value)
    case .int(let value): self = .int(value)
    case .double(let value): self = .double(value)
    case .string(let value): self = .string(value)
    case .tensor(let tensor), .parameter(let tensor), .array(let tensor): self = .tensor(tensor)
    case .list(let values), .tuple(let values): self = .list(try values.map { try StateValue($0) })
    case .size(let sizes): self = .list(sizes.map { .int($0) })
    case .dictionary(let entries):
      var result: [String: StateValue] = [:]
      for (key, value) in entries { result[key.text] = try StateValue(value) }
      self = .dictionary(result)
    default: throw TorchError(.value, "\(value.kind) cannot be part of an optimizer's state")
    }
  }

  /// The value that PyTorch saves. Keys that are whole numbers are integers there.
  public var pickled: PickleValue {
    switch self {
    case .null: .none
    case .bool(let value): .bool(value)
    case .int(let value): .int(value)
    case .double(let value): .double(value)
    case .string(let value): .string(value)
    case .tensor(let tensor): .tensor(tensor)
    case .list(let values): .list(values.map(\.pickled))
    case .dictionary(let entries): .dictionary(StateValue.dictionary(entries))
    }
  }

  private static func dictionary(_ entries: [String: StateValue]) -> PickleDictionary {
    var result = PickleDictionary()
    let keys = entries.keys.sorted { a, b in
      if let a = Int(a), let b = Int(b) { return a < b }
      return a < b
    }
    for key in keys { result[Int(key).map { PickleKey.int($0) } ?? .string(key)] = entries[key]!.pickled }
    return result
  }
}

extension Optimizer {
  /// Loads the state that `torch.save(optimizer.state_dict(), path)` or `save` wrote.
  public func load(from path: String) throws { try loadStateDict(StateValue(TorchSerialization.load(path))) }

  /// Saves the state in PyTorch's form. `torch.save(optimizer.state_dict(), path)`.
  public func save(to path: String) throws { try TorchSerialization.save(stateDict().pickled, to: path) }
}
