/// Why a formula cannot be written as C.
package struct KernelTextError: Error, CustomStringConvertible {
  package let kernel: String
  package let reason: String
  package var description: String { "kernel \(kernel): \(reason)" }
}

/// Prints one expression as the body of a C kernel: one statement a node, equal nodes once.
package struct KernelText {
  package let name: String
  package let inputCount: Int
  package let kind: FormulaKinds
  package let isMask: Bool
  private var statements = [String]()
  private var texts = [ObjectIdentifier: String]()
  private var known = [Key: String]()

  private struct Key: Hashable {
    let operation: Expression.Operation
    let operands: [String]
  }

  /// The kernel of a formula's value or gradient.
  package static func value(_ name: String, inputCount: Int, kind: FormulaKinds, _ root: Expression) throws -> String {
    try text(name, inputCount, kind, isMask: false, root.node)
  }

  /// The kernel of a predicate.
  package static func predicate(_ name: String, inputCount: Int, kind: FormulaKinds, _ root: Expression.Condition) throws -> String {
    try text(name, inputCount, kind, isMask: true, root.node)
  }

  private static func text(
    _ name: String, _ inputCount: Int, _ kind: FormulaKinds, isMask: Bool, _ root: Expression.Node
  ) throws -> String {
    var text = KernelText(name: name, inputCount: inputCount, kind: kind, isMask: isMask)
    for node in root.topologicalOrder { try text.add(node, isRoot: node === root) }
    let suffix = "\(isMask ? "M" : "")_\(inputCount)(\(name))"
    let body = text.statements.joined(separator: "\n")
    return "BODY\(suffix) {\n\(body)\n}\nLOOP\(suffix)\n"
  }

  private init(name: String, inputCount: Int, kind: FormulaKinds, isMask: Bool) {
    self.name = name
    self.inputCount = inputCount
    self.kind = kind
    self.isMask = isMask
  }

  private mutating func add(_ node: Expression.Node, isRoot: Bool) throws {
    var operands = node.operands.map { texts[ObjectIdentifier($0)]! }
    switch node.operation {
    case .add, .multiply, .and, .or: operands.sort(by: Self.precedes)
    default: break
    }
    let key = Key(operation: node.operation, operands: operands)
    let text: String
    if let earlier = known[key] {
      text = earlier
    } else {
      let form = try self.form(node.operation, operands)
      if form.isAtom || isRoot {
        text = form.text
      } else {
        text = "t\(known.count { $0.value.hasPrefix("t") })"
        statements.append("  const \(form.isMask ? "M" : "V") \(text) = \(form.text);")
      }
      known[key] = text
    }
    texts[ObjectIdentifier(node)] = text
    if isRoot { statements.append("  return \(text);") }
  }

  // Shorter names first, so that t9 stands before t10.
  private static func precedes(_ a: String, _ b: String) -> Bool { (a.count, a) < (b.count, b) }

  private func form(
    _ operation: Expression.Operation, _ o: [String]
  ) throws -> (text: String, isAtom: Bool, isMask: Bool) {
    switch operation {
    case .constant(let c): return (try constant(c), true, false)
    case .input(let i):
      guard i < inputCount else { throw KernelTextError(kernel: name, reason: "reads input \(i) of \(inputCount)") }
      return ("x\(i)", true, false)
    case .parameter(let i): return ("P(\(i))", true, false)
    case .add: return ("\(o[0]) + \(o[1])", false, false)
    case .subtract: return ("\(o[0]) - \(o[1])", false, false)
    // C's own complex products and quotients spend most of their time on infinities.
    case .multiply where kind == .complex: return ("FN(mul)(\(o[0]), \(o[1]))", false, false)
    case .divide where kind == .complex: return ("FN(div)(\(o[0]), \(o[1]))", false, false)
    case .multiply: return ("\(o[0]) * \(o[1])", false, false)
    case .divide: return ("\(o[0]) / \(o[1])", false, false)
    case .negate: return ("-\(o[0])", false, false)
    case .unary(.conj) where kind != .complex: return (o[0], true, false)
    case .unary(let function): return ("FN(\(function.rawValue))(\(o[0]))", false, false)
    case .binary(let function): return ("FN(\(function.rawValue))(\(o[0]), \(o[1]))", false, false)
    case .library(let function): return ("FN(\(function.rawValue))(\(o.joined(separator: ", ")))", false, false)
    case .select where o[1] == o[2]: return (o[1], true, false)
    case .select: return ("FN(select)(\(o[0]), \(o[1]), \(o[2]))", false, false)
    case .truth(let value): throw KernelTextError(kernel: name, reason: "has a condition that is always \(value)")
    case .compare(let comparison): return ("FN(\(comparison.rawValue))(\(o[0]), \(o[1]))", false, true)
    case .isNaN: return ("FN(isnan)(\(o[0]))", false, true)
    case .and: return ("FN(mask_and)(\(o[0]), \(o[1]))", false, true)
    case .or: return ("FN(mask_or)(\(o[0]), \(o[1]))", false, true)
    case .not: return ("FN(mask_not)(\(o[0]))", false, true)
    }
  }

  private func constant(_ c: Double) throws -> String {
    if kind == .integer {
      guard let integer = Int32(exactly: c) else { throw KernelTextError(kernel: name, reason: "\(c) is not an integer") }
      return "K(\(integer))"
    }
    if c.isNaN { return "K(NAN)" }
    if c.isInfinite { return c < 0 ? "K(-INFINITY)" : "K(INFINITY)" }
    return "K(\(c))"
  }
}
