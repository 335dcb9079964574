import TorchCore

/// An einsum equation, taken apart: for every operand the label of each of its dimensions, and the labels of the result.
///
/// A label is the code of its letter; the dimensions of an ellipsis are -1, -2, ... counted from the right.
struct EinsumEquation {
  private(set) var operands: [[Int]] = []
  private(set) var result: [Int] = []

  /// - Parameter ranks: of the operands.
  init(_ text: String, ranks: [Int]) throws {
    let symbols = text.unicodeScalars.filter { $0 != " " }.map { Int($0.value) }
    var sides: [[Int]] = [symbols]
    if let dash = symbols.firstIndex(of: 45) {
      guard dash + 1 < symbols.count, symbols[dash + 1] == 62 else { throw EinsumEquation.malformed(text, "'-' without '>'") }
      sides = [Array(symbols[..<dash]), Array(symbols[(dash + 2)...])]
    }
    let terms = sides[0].split(separator: 44, omittingEmptySubsequences: false).map(Array.init)
    guard terms.count == ranks.count else {
      throw TorchError(.value, "the equation '\(text)' has \(terms.count) terms, but there are \(ranks.count) operands")
    }
    var widest = 0
    for (i, term) in terms.enumerated() {
      let labels = try EinsumEquation.labels(term, text)
      let named = labels.count { $0 != nil }
      let hidden = ranks[i] - named
      guard labels.contains(nil) ? hidden >= 0 : hidden == 0 else {
        throw TorchError(.shape, "the term of operand \(i) in '\(text)' names \(named) dimensions, but the operand has \(ranks[i])")
      }
      if labels.contains(nil) { widest = Swift.max(widest, hidden) }
      operands.append(labels.flatMap { label in label.map { [$0] } ?? EinsumEquation.ellipsis(hidden) })
    }
    if sides.count == 1 {
      // Every label that occurs once, in the order of the alphabet.
      let all = operands.flatMap { $0 }.filter { $0 > 0 }
      result = EinsumEquation.ellipsis(widest) + Set(all).sorted().filter { label in all.count { $0 == label } == 1 }
      return
    }
    let wanted = try EinsumEquation.labels(sides[1], text)
    result = wanted.flatMap { label in label.map { [$0] } ?? EinsumEquation.ellipsis(widest) }
    for label in wanted.compactMap({ $0 }) {
      guard operands.contains(where: { $0.contains(label) }) else {
        throw EinsumEquation.malformed(text, "the result's '\(EinsumEquation.name(label))' is in no operand")
      }
    }
    guard Set(result).count == result.count else { throw EinsumEquation.malformed(text, "the result names a dimension twice") }
  }

  private static func ellipsis(_ count: Int) -> [Int] { (0..<count).map { $0 - count } }

  static func name(_ label: Int) -> String { label < 0 ? "..." : String(UnicodeScalar(UInt8(label))) }

  private static func malformed(_ text: String, _ what: String) -> TorchError {
    TorchError(.value, "malformed equation '\(text)': \(what)")
  }

  /// The labels of a term; nil stands for an ellipsis.
  private static func labels(_ term: [Int], _ text: String) throws -> [Int?] {
    var found: [Int?] = []
    var i = 0
    while i < term.count {
      if term[i] == 46 {
        guard i + 2 < term.count, term[i + 1] == 46, term[i + 2] == 46, !found.contains(nil) else {
          throw malformed(text, "'.' that is no ellipsis, or a second ellipsis in one term")
        }
        found.append(nil)
        i += 3
        continue
      }
      guard (65...90).contains(term[i]) || (97...122).contains(term[i]) else {
        throw malformed(text, "expected a letter, found character \(term[i])")
      }
      found.append(term[i])
      i += 1
    }
    return found
  }
}
