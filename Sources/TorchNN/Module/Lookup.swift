import TorchOps

extension Module {
  /// The module at a path such as `layer1.0.conv1`; the empty path is this one. `Module.get_submodule`. Throws a `TorchError` that
  /// names what there is.
  public final func submodule(named path: String) throws -> Module {
    if path.isEmpty { return self }
    if let found = namedModules().first(where: { $0.name == path }) { return found.module }
    let parent = path.split(separator: ".").dropLast().joined(separator: ".")
    let siblings = namedModules().map(\.name).filter { !$0.isEmpty && Module.parent(of: $0) == parent }
    throw TorchError(.value, "\(typeName) has no module \(path)" + Module.listing(siblings, below: parent))
  }

  /// The parameter of a key such as `layer1.0.conv1.weight`. `Module.get_parameter`. Throws a `TorchError` that names what there is.
  public final func parameter(named key: String) throws -> Tensor { try tensor(key, "parameter", namedParameters()) }

  /// The buffer of a key such as `bn1.running_mean`. `Module.get_buffer`. Throws a `TorchError` that names what there is.
  public final func buffer(named key: String) throws -> Tensor { try tensor(key, "buffer", namedBuffers()) }

  private func tensor(_ key: String, _ kind: String, _ entries: [(name: String, tensor: Tensor)]) throws -> Tensor {
    if let found = entries.first(where: { $0.name == key }) { return found.tensor }
    // One that is held twice is listed under its first key.
    if let found = namedSlots().first(where: { $0.name == key && ($0.role == .parameter) == (kind == "parameter") })?.slot.tensor
    {
      return found
    }
    let parent = Module.parent(of: key)
    throw TorchError(
      .value,
      "\(typeName) has no \(kind) \(key)"
        + Module.listing(entries.map(\.name).filter { Module.parent(of: $0) == parent }, below: parent))
  }

  private static func parent(of path: String) -> String { path.split(separator: ".").dropLast().joined(separator: ".") }

  private static func listing(_ names: [String], below parent: String) -> String {
    let place = parent.isEmpty ? "" : " below \(parent)"
    return names.isEmpty
      ? "; there are none\(place)" : "; there are \(names.prefix(12).joined(separator: ", "))\(names.count > 12 ? ", …" : "")"
  }
}
