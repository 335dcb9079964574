import TorchCore

/// The overloads of an op that differ only in where the result goes or what they are called: `out=` forms, in-place forms, copies of
/// views and aliases without a definition of their own. Each is found by its schema, which names the same arguments as the op it is
/// derived from, or by the table of aliases.
enum DerivedForms {
  /// A form by name, derived from one of `ops`, which are the defined ones by name without the overload's; nil when there is none.
  static func derive(_ name: String, from ops: [String: [AnyOp]]) -> AnyOp? {
    if let alias = aliases[name] {
      return resolve(alias.target, from: ops).map { AliasForm.make(alias.text, of: $0) }
    }
    guard let text = texts[name], let schema = try? Schema(parsing: text) else { return nil }
    let base = String(name.prefix { $0 != "." })
    let count = schema.arguments.suffix(while: \.isMutated).count
    if base.hasSuffix("_") {
      let same = candidates(String(base.dropLast()), from: ops) { matches($0, schema.arguments[...]) }
      return same.map { InPlaceForm.make(text, of: $0) }
    }
    if count > 0 {
      let inputs = schema.arguments.dropLast(count)
      let same = candidates(base, from: ops) { matches($0, inputs) }
      if let same { return OutForm.make(text, outCount: count, of: same) }
      let factory = candidates(base, from: ops) { matches($0.filter { !OutForm.options.contains($0.name) }[...], inputs) }
      return factory.map { OutForm.makeFactory(text, of: $0) }
    }
    guard let view = CopyForm.viewName(base) else { return nil }
    return candidates(view, from: ops) { matches($0, schema.arguments[...]) }.map { CopyForm.make(text, of: $0) }
  }

  /// All names for which there is a schema here.
  static var names: [String] { Array(texts.keys) + Array(aliases.keys) }

  private static let texts = Dictionary(
    (outSchemas + spatialOutSchemas + inPlaceSchemas + copySchemas).map { (name($0), $0) }, uniquingKeysWith: { first, _ in first })
  private static let aliases = Dictionary(
    aliasSchemas.map { (name($0.text), $0) }, uniquingKeysWith: { first, _ in first })

  private static func name(_ text: String) -> String { String(text.prefix { $0 != "(" }) }

  /// The op of that very name, defined or derived.
  private static func resolve(_ name: String, from ops: [String: [AnyOp]]) -> AnyOp? {
    ops[String(name.prefix { $0 != "." })]?.first { $0.name == name } ?? derive(name, from: ops)
  }

  /// An overload of `base` whose arguments fit: a defined one, or else a copy of a view or an alias.
  private static func candidates(
    _ base: String, from ops: [String: [AnyOp]], fit: (ArraySlice<Schema.Argument>) -> Bool
  ) -> AnyOp? {
    if let op = ops[base]?.first(where: { fit($0.info.schema.arguments[...]) }) { return op }
    for text in copySchemas + aliasSchemas.map(\.text) where text.hasPrefix(base) && name(text).prefix(while: { $0 != "." }) == base {
      guard let schema = try? Schema(parsing: text), fit(schema.arguments[...]) else { continue }
      return derive(schema.name, from: ops)
    }
    return nil
  }

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
