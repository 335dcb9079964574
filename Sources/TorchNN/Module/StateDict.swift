import TorchOps

/// Tensors by name, in order: what a module stores. `OrderedDict[str, Tensor]`.
public struct StateDict: Sequence, Sendable, ExpressibleByDictionaryLiteral {
  /// The names, in order.
  public private(set) var keys: [String] = []
  private var tensors: [String: Tensor] = [:]

  public init() {}
  public init(dictionaryLiteral elements: (String, Tensor)...) {
    for (name, tensor) in elements { self[name] = tensor }
  }
  /// From pairs in order; a later pair replaces an earlier one of the same name.
  public init(_ pairs: some Sequence<(String, Tensor)>) {
    for (name, tensor) in pairs { self[name] = tensor }
  }

  /// Number of tensors.
  public var count: Int { keys.count }

  /// The tensor of that name. A new name goes to the end; nil removes it.
  public subscript(name: String) -> Tensor? {
    get { tensors[name] }
    set {
      if let newValue {
        if tensors.updateValue(newValue, forKey: name) == nil { keys.append(name) }
      } else if tensors.removeValue(forKey: name) != nil {
        keys.removeAll { $0 == name }
      }
    }
  }

  public func makeIterator() -> AnyIterator<(name: String, tensor: Tensor)> {
    var i = 0
    return AnyIterator {
      guard i < keys.count else { return nil }
      defer { i += 1 }
      return (keys[i], tensors[keys[i]]!)
    }
  }
}

/// How a state dictionary and a module differ.
public struct StateDictReport: Error, Sendable, CustomStringConvertible {
  /// A tensor that does not fit.
  public struct Mismatch: Sendable {
    public let name: String
    /// The sizes the module has, and those that were given.
    public let expected: [Int], found: [Int]
  }

  /// The module's class.
  public let module: String
  /// Names the module has and the dictionary lacks.
  public internal(set) var missing: [String] = []
  /// Names the dictionary has and the module lacks.
  public internal(set) var unexpected: [String] = []
  /// Tensors whose sizes differ.
  public internal(set) var mismatched: [Mismatch] = []

  /// Whether every name and size agreed.
  public var isClean: Bool { missing.isEmpty && unexpected.isEmpty && mismatched.isEmpty }

  public var description: String {
    if isClean { return "all keys match" }
    var lines = ["state dictionary does not fit \(module)"]
    if !missing.isEmpty { lines.append("  missing: \(StateDictReport.list(missing))") }
    if !unexpected.isEmpty { lines.append("  unexpected: \(StateDictReport.list(unexpected))") }
    for one in mismatched { lines.append("  \(one.name): expected sizes \(one.expected), got \(one.found)") }
    return lines.joined(separator: "\n")
  }

  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(20).joined(separator: ", ")
    return names.count > 20 ? shown + ", … (\(names.count) in all)" : shown
  }
}

extension StateKey {
  static func join(_ prefix: String, _ name: String) -> String { prefix.isEmpty ? name : "\(prefix).\(name)" }
}

extension Module {
  /// All parameters and persistent buffers by name, off the tape and sharing memory with the module. The names are PyTorch's: the
  /// path of properties in snake case (`layer1.0.conv1.weight`, `bn1.running_mean`). `Module.state_dict`.
  public final func stateDict() -> StateDict {
    var state = StateDict()
    forEachState { name, slot, _ in
      if let tensor = slot.tensor { state[name] = tensor.detach() }
    }
    return state
  }

  /// Copies tensors of a state dictionary into this module's, converting their type. Lazy modules that were not called yet take
  /// their sizes from it. `Module.load_state_dict`.
  /// - Parameter strict: whether missing and unexpected names are errors; sizes that differ always are.
  /// - Returns: what did not agree.
  /// - Throws: ``StateDictReport`` when something did not agree that has to; the module is unchanged then.
  @discardableResult
  public final func loadStateDict(_ state: StateDict, strict: Bool = true) throws -> StateDictReport {
    var report = StateDictReport(module: typeName)
    var known: Set<String> = []
    var copies: [(to: Tensor, from: Tensor)] = []
    var arrivals: [(slot: TensorSlot, from: Tensor, role: TensorRole)] = []
    forEachState { name, slot, role in
      guard slot.tensor != nil || slot.isPending, known.insert(name).inserted else { return }
      var source = state[name]
      if source == nil, let older = StateKey.olderName(of: name), let found = state[older] {
        source = found
        known.insert(older)
      }
      guard let source else {
        report.missing.append(name)
        return
      }
      guard let target = slot.tensor else {
        arrivals.append((slot, source, role))
        return
      }
      if source.sizes == target.sizes {
        copies.append((target, source))
      } else {
        report.mismatched.append(.init(name: name, expected: target.shape, found: source.shape))
      }
    }
    report.unexpected = state.keys.filter { !known.contains($0) }
    if !report.mismatched.isEmpty || (strict && !report.isClean) { throw report }
    try withTorchErrors {
      noGrad {
        for (target, source) in copies { target.copy_(source) }
        for (slot, source, role) in arrivals {
          let own = source.detach().clone()
          slot.tensor = role == .parameter ? Parameter<Tensor>.trainable(own) : own
        }
      }
    }
    if !arrivals.isEmpty { for module in modules() { module.pendingStateLoaded() } }
    return report
  }

  /// Parameters, then persistent buffers, then children. A module that is reached twice is stored under both names, as PyTorch
  /// does; one that contains itself is not entered again.
  private func forEachState(_ body: (String, TensorSlot, TensorRole) -> Void) {
    var path: Set<ObjectIdentifier> = []
    func walk(_ module: Module, _ prefix: String) {
      guard path.insert(ObjectIdentifier(module)).inserted else { return }
      defer { path.remove(ObjectIdentifier(module)) }
      let members = ModuleMembers(of: module)
      for member in members.slots where member.role == .parameter {
        body(StateKey.join(prefix, member.name), member.slot, member.role)
      }
      for member in members.slots where member.role == .buffer(persistent: true) {
        body(StateKey.join(prefix, member.name), member.slot, member.role)
      }
      for (name, child) in members.children { walk(child, StateKey.join(prefix, name)) }
    }
    walk(self, "")
  }
}
