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

  /// A table of the modules that own parameters, with the sizes and the number of their elements, and the totals.
  public final func summary() -> String {
    var rows: [[String]] = [["module", "type", "parameters", "elements"]]
    var seen: Set<ObjectIdentifier> = []
    var (total, trainable) = (0, 0)
    for (name, module) in namedModules() {
      let own = ModuleMembers(of: module).slots.filter { $0.role == .parameter }
      let fresh = own.compactMap { member in member.slot.tensor.map { (member.name, $0) } }
        .filter { seen.insert(ObjectIdentifier($0.1.impl)).inserted }
      if fresh.isEmpty { continue }
      let elements = fresh.reduce(0) { $0 + $1.1.count }
      total += elements
      trainable += fresh.reduce(0) { $0 + ($1.1.requiresGrad ? $1.1.count : 0) }
      let sizes = fresh.map { "\($0.0) \($0.1.sizes)" }.joined(separator: ", ")
      rows.append([name.isEmpty ? "(self)" : name, module.typeName, sizes, Module.grouped(elements)])
    }
    let widths = (0..<4).map { column in rows.map { $0[column].count }.max() ?? 0 }
    let lines = rows.map { row in
      let cells = (0..<3).map { row[$0].padded(to: widths[$0]) }
      return (cells + [String(repeating: " ", count: widths[3] - row[3].count) + row[3]]).joined(separator: "  ")
    }
    let frozen = trainable == total ? "" : ", \(Module.grouped(trainable)) of them trainable"
    return (lines + ["\(Module.grouped(total)) parameters\(frozen)"]).joined(separator: "\n")
  }

  private static func grouped(_ number: Int) -> String {
    var digits = ""
    for (i, digit) in String(number).reversed().enumerated() {
      if i > 0 && i % 3 == 0 { digits.append(",") }
      digits.append(digit)
    }
    return String(digits.reversed())
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: Swift.max(width - count, 0)) }
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
