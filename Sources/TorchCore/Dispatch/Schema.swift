/// An op's signature in PyTorch's notation, parsed: `aten::add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor`.
public struct Schema: Sendable, CustomStringConvertible {
  public struct Argument: Sendable {
    public let type: String
    public let name: String
    /// The default as written, or nil.
    public let defaultText: String?
    public let isKeywordOnly: Bool
    /// Written to by the op: `Tensor(a!)`.
    public let isMutated: Bool
  }

  /// The full text.
  public let description: String
  /// `aten::add.Tensor`
  public let name: String
  public let arguments: [Argument]
  public let results: [String]

  /// Parses a schema; throws with the position's text when it is not one.
  public init(parsing text: String) throws {
    func malformed(_ what: String) -> TorchError { TorchError(.internal, "malformed schema '\(text)': \(what)") }
    guard let open = text.firstIndex(of: "("), let arrow = text.range(of: ") -> ") else {
      throw malformed("expected 'name(arguments) -> results'")
    }
    description = text
    name = String(text[..<open])
    var arguments: [Argument] = []
    var keywordOnly = false
    for part in Schema.split(String(text[text.index(after: open)..<arrow.lowerBound])) {
      if part == "*" {
        keywordOnly = true
        continue
      }
      let sides = part.split(separator: "=", maxSplits: 1)
      // Alias annotations may hold spaces: `Tensor(a -> *) self`.
      let type = Schema.plain(String(sides[0]))
      let words = type.text.split(separator: " ")
      guard words.count == 2 else { throw malformed("expected 'Type name' but found '\(part)'") }
      arguments.append(
        Argument(
          type: String(words[0]), name: String(words[1]), defaultText: sides.count > 1 ? String(sides[1]) : nil,
          isKeywordOnly: keywordOnly, isMutated: type.mutated))
    }
    self.arguments = arguments
    var tail = String(text[arrow.upperBound...])
    if tail.hasPrefix("(") && tail.hasSuffix(")") { tail = String(tail.dropFirst().dropLast()) }
    results = Schema.split(tail).map { String(Schema.plain($0).text.prefix { $0 != " " }) }
  }

  /// Splits at commas outside brackets.
  private static func split(_ text: String) -> [String] {
    var parts: [String] = []
    var depth = 0
    var current = ""
    for c in text {
      if c == "," && depth == 0 {
        parts.append(current)
        current = ""
        continue
      }
      if c == "(" || c == "[" { depth += 1 }
      if c == ")" || c == "]" { depth -= 1 }
      if !(c == " " && current.isEmpty) { current.append(c) }
    }
    if !current.isEmpty { parts.append(current) }
    return parts
  }

  /// A type without its alias annotation and list size: `Tensor(a!)` is `Tensor`, `int[2]` is `int[]`.
  private static func plain(_ text: String) -> (text: String, mutated: Bool) {
    var out = ""
    var skipping = 0
    var mutated = false
    for c in text {
      if c == "(" { skipping += 1 }
      if skipping > 0 {
        if c == "!" { mutated = true }
      } else if !(c.isNumber && out.hasSuffix("[")) {
        out.append(c)
      }
      if c == ")" { skipping -= 1 }
    }
    return (out, mutated)
  }

  /// The default of an argument as a value.
  package static func defaultValue(_ argument: Argument) -> IValue {
    guard let text = argument.defaultText else { return .none }
    switch text {
    case "None": return .none
    case "True": return .scalar(.bool(true))
    case "False": return .scalar(.bool(false))
    case "[]": return .list([])
    case "Mean": return .scalar(.int(1))
    case "contiguous_format": return .memoryFormat(.contiguous)
    default: break
    }
    if text.hasPrefix("'") || text.hasPrefix("\"") { return .string(String(text.dropFirst().dropLast())) }
    if text.hasPrefix("[") {
      return .list(text.dropFirst().dropLast().split(separator: ",").compactMap { Int64($0.filter { $0 != " " }) }.map { .scalar(.int($0)) })
    }
    if argument.type.hasPrefix("ScalarType"), let dtype = Int64(text).flatMap({ DType(torchNumber: $0) }) { return .dtype(dtype) }
    if let i = Int64(text) { return .scalar(argument.type.hasPrefix("float") ? .double(Double(i)) : .int(i)) }
    if let d = Double(text) { return .scalar(.double(d)) }
    return .string(text)
  }
}
