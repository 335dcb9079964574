import TorchCore

/// The overloads of an op that differ only in where the result goes: `out=` forms and in-place forms without a definition of their
/// own. Each is found by its schema, which names the same arguments as the op it is derived from.
enum DerivedForms {
  /// An in-place or out form by name, derived from one of `ops`; nil when there is none.
  static func derive(_ name: String, from ops: [String: [AnyOp]]) -> AnyOp? {
    guard let text = texts[name], let schema = try? Schema(parsing: text) else { return nil }
    let base = name.prefix { $0 != "." }
    if base.hasSuffix("_") {
      let same = ops[String(base.dropLast())]?.first { matches($0.info.schema.arguments[...], schema.arguments[...]) }
      return same.map { InPlaceForm.make(text, of: $0) }
    }
    let count = schema.arguments.suffix(while: \.isMutated).count
    let same = ops[String(base)]?.first { matches($0.info.schema.arguments[...], schema.arguments.dropLast(count)) }
    return same.map { OutForm.make(text, outCount: count, of: $0) }
  }

  /// All names for which there is a schema here.
  static var names: [String] { Array(texts.keys) }

  private static let texts = Dictionary(
    (outSchemas + spatialOutSchemas + inPlaceSchemas).map { (String($0.prefix { $0 != "(" }), $0) },
    uniquingKeysWith: { first, _ in first })

  private static func matches(_ a: ArraySlice<Schema.Argument>, _ b: ArraySlice<Schema.Argument>) -> Bool {
    func plain(_ type: String) -> String { type.replacing("SymInt", with: "int") }
    return a.count == b.count && zip(a, b).allSatisfy { $0.name == $1.name && plain($0.type) == plain($1.type) }
  }
}

extension Array {
  /// The longest end of the array whose elements all fulfil the condition.
  fileprivate func suffix(while condition: (Element) -> Bool) -> ArraySlice<Element> {
    var start = endIndex
    while start > startIndex, condition(self[start - 1]) { start -= 1 }
    return self[start...]
  }
}

/// Schema types of a derived op's arguments: those of the schema itself.
func argumentTypes(_ text: String) -> [[String]] { ((try? Schema(parsing: text))?.arguments ?? []).map { [$0.type] } }
