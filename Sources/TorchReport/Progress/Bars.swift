/// Horizontal bars for probabilities, one line per class.
public enum ProbabilityBars {
  /// The lines, in the order given: label, bar, percentage.
  ///
  /// - Parameters:
  ///   - entries: labels and probabilities; values outside 0...1 are drawn as the nearest end, NaN as an empty bar.
  ///   - columns: the width of the whole, at least 20.
  ///   - unicode: whether to draw with block characters (eighths of a column) or with `#`.
  public static func render(
    _ entries: [(label: String, probability: Double)], columns: Int = 60, unicode: Bool = true
  ) -> String {
    let labels = entries.map { TextWidth.sanitized($0.label) }
    let percentWidth = 6
    let whole = max(20, columns)
    let labelWidth = min(labels.map { TextWidth.of($0) }.max() ?? 0, whole - percentWidth - 2 - 8)
    let barWidth = whole - labelWidth - percentWidth - 2
    let ellipsis: Character = unicode ? "…" : "~"
    return zip(labels, entries).map { label, entry in
      let fraction = entry.probability.isNaN ? 0 : min(1, max(0, entry.probability))
      let bar = TextWidth.padded(bar(fraction, width: barWidth, unicode: unicode), to: barWidth)
      let percent = TextWidth.padded(NumberFormat.percent(entry.probability, 1), to: percentWidth, alignRight: true)
      return "\(TextWidth.padded(label, to: labelWidth, ellipsis: ellipsis)) \(bar) \(percent)"
    }.joined(separator: "\n")
  }

  private static func bar(_ fraction: Double, width: Int, unicode: Bool) -> String {
    guard unicode else { return String(repeating: "#", count: Int((fraction * Double(width)).rounded())) }
    let eighths = Int((fraction * Double(8 * width)).rounded())
    let partial: [String] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    return String(repeating: "█", count: eighths / 8) + partial[eighths % 8]
  }
}

/// A table of text with aligned columns.
public struct TextTable {
  /// How a column is aligned.
  public enum Alignment: Sendable {
    case left
    case right
  }

  private let header: [String]
  private let alignments: [Alignment]
  private var rows: [[String]?] = []

  /// A table with the given column titles; columns without an alignment are aligned right, the first one left.
  public init(_ header: [String], alignments: [Alignment] = []) {
    self.header = header.map(TextWidth.sanitized)
    self.alignments = header.indices.map { index in
      alignments.indices.contains(index) ? alignments[index] : index == 0 ? .left : .right
    }
  }

  /// Adds a row; missing cells are empty, surplus cells are dropped.
  public mutating func add(_ cells: [String]) {
    rows.append(header.indices.map { $0 < cells.count ? TextWidth.sanitized(cells[$0]) : "" })
  }

  /// Adds a line between rows.
  public mutating func addRule() { rows.append(nil) }

  /// The table, its lines without trailing spaces, without a final line break.
  public func render(unicode: Bool = true) -> String {
    let widths = header.indices.map { column in
      ([header] + rows.compactMap { $0 }).map { TextWidth.of($0[column]) }.max() ?? 0
    }
    let rule = widths.map { String(repeating: unicode ? "─" : "-", count: $0) }.joined(separator: "  ")
    func line(_ cells: [String]) -> String {
      var text = zip(cells.indices, cells).map { column, cell in
        TextWidth.padded(cell, to: widths[column], alignRight: alignments[column] == .right)
      }.joined(separator: "  ")
      while text.last == " " { text.removeLast() }
      return text
    }
    return ([line(header), rule] + rows.map { $0.map(line) ?? rule }).joined(separator: "\n")
  }
}
