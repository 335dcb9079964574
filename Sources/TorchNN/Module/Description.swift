import TorchOps

extension Module {
  /// The tree of modules with their options, as PyTorch prints it.
  public final var description: String {
    var path: Set<ObjectIdentifier> = []
    return Module.describe(self, &path)
  }

  private static func describe(_ module: Module, _ path: inout Set<ObjectIdentifier>) -> String {
    guard path.insert(ObjectIdentifier(module)).inserted else { return "\(module.typeName)(...)" }
    let typeName = (module.isParametrized() ? "Parametrized" : "") + module.typeName
    defer { path.remove(ObjectIdentifier(module)) }
    let extra = module.extraDescription
    let children = ModuleMembers(of: module).children
    if children.isEmpty { return "\(typeName)(\(extra))" }
    var lines = extra.isEmpty ? [] : [extra]
    var entries = children.map { (first: $0.name, last: $0.name, count: 1, text: describe($0.module, &path)) }
    if module is ModuleList {
      // Equal neighbours share a line: "(0-3): 4 x Linear(...)".
      entries = entries.reduce(into: []) { merged, entry in
        if let previous = merged.last, previous.text == entry.text {
          merged[merged.count - 1] = (previous.first, entry.last, previous.count + 1, entry.text)
        } else {
          merged.append(entry)
        }
      }
    }
    for entry in entries {
      lines.append(
        entry.count == 1 ? "(\(entry.first)): \(entry.text)" : "(\(entry.first)-\(entry.last)): \(entry.count) x \(entry.text)")
    }
    let body = lines.joined(separator: "\n").split(separator: "\n", omittingEmptySubsequences: false).map { "  " + $0 }
    return "\(typeName)(\n\(body.joined(separator: "\n"))\n)"
  }
}

/// Numbers and options in Python's spelling, for the descriptions of layers.
enum Described {
  static func flag(_ value: Bool) -> String { value ? "True" : "False" }

  /// What in-place layers add to their options.
  static func inPlace(_ value: Bool, alone: Bool = false) -> String { value ? (alone ? "inplace=True" : ", inplace=True") : "" }

  static func number(_ value: Double) -> String {
    let text = "\(value)"
    // Python writes 1e-05.
    guard let mark = text.firstIndex(of: "e") else { return text }
    var mantissa = text[..<mark]
    if mantissa.hasSuffix(".0") { mantissa = mantissa.dropLast(2) }
    var exponent = String(text[text.index(after: mark)...])
    let sign = exponent.hasPrefix("-") ? "-" : "+"
    exponent = String(exponent.drop { $0 == "-" || $0 == "+" })
    return "\(mantissa)e\(sign)\(exponent.count == 1 ? "0" : "")\(exponent)"
  }

  static func tuple(_ values: [Int]) -> String {
    values.count == 1 ? "(\(values[0]),)" : "(\(values.map(String.init).joined(separator: ", ")))"
  }

  /// One number where all are equal, as pooling layers print theirs.
  static func size(_ values: [Int]) -> String {
    Set(values).count == 1 ? "\(values[0])" : tuple(values)
  }
}
