/// The columns that text takes on a terminal.
enum TextWidth {
  /// The columns of a character: 2 for East Asian wide characters and emoji, 0 for control characters, else 1.
  static func of(_ character: Character) -> Int {
    guard let first = character.unicodeScalars.first else { return 0 }
    if first.isASCII { return first.value >= 0x20 && first.value != 0x7F ? 1 : 0 }
    switch first.properties.generalCategory {
    case .control, .format, .nonspacingMark, .enclosingMark, .lineSeparator, .paragraphSeparator: return 0
    default: break
    }
    // A variation selector 16 asks for the emoji form.
    if character.unicodeScalars.contains(where: { $0.value == 0xFE0F }) { return 2 }
    return wideRanges.contains { $0.contains(first.value) } || first.properties.isEmojiPresentation ? 2 : 1
  }

  /// The columns of a string.
  static func of(_ text: String) -> Int { text.reduce(0) { $0 + of($1) } }

  /// The longest beginning of `text` within `columns`; a cut is marked by an ellipsis.
  static func truncated(_ text: String, to columns: Int, ellipsis: Character = "…") -> String {
    if of(text) <= columns { return text }
    if columns <= 0 { return "" }
    var result = ""
    var used = 0
    for character in text {
      let width = of(character)
      if used + width > columns - 1 { break }
      result.append(character)
      used += width
    }
    result.append(ellipsis)
    return result
  }

  /// `text` filled with spaces up to `columns`; longer text is truncated.
  static func padded(_ text: String, to columns: Int, alignRight: Bool = false, ellipsis: Character = "…") -> String {
    let cut = truncated(text, to: columns, ellipsis: ellipsis)
    let space = String(repeating: " ", count: max(0, columns - of(cut)))
    return alignRight ? space + cut : cut + space
  }

  /// Text on one line and without control characters, so that no label can move the cursor.
  static func sanitized(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? " " : $0 }))
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.value == 0x2028 || scalar.value == 0x2029
  }

  // The wide and full-width blocks of Unicode's East Asian Width (UAX #11).
  private static let wideRanges: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF, 0xA960...0xA97F,
    0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD,
  ]
}
