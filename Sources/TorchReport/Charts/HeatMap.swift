#if canImport(Glibc)
  import Glibc
#endif

/// A confusion matrix as a picture: rows are the true classes, columns the predicted ones, every row coloured by its shares,
/// with the counts in the cells and a colour bar.
///
/// The colour follows the square root of the share, so that confusions of a few per cent show beside a strong diagonal; the
/// colour bar is labelled accordingly.
public struct HeatMap: Sendable {
  /// The heading.
  public var title: String
  /// The counts and class names.
  public var matrix: ConfusionMatrix

  /// A picture of the given matrix.
  public init(title: String = "Confusion matrix", matrix: ConfusionMatrix) {
    self.title = title
    self.matrix = matrix
  }

  /// Draws the picture into a PNG file, which appears whole or not at all.
  ///
  /// Throws ``ReportError`` naming the file and the cause: a missing folder, no permission, a full disk, an unusable size, a
  /// matrix without classes.
  public func writePNG(to path: String, width: Int = 1200, height: Int = 700) throws(ReportError) {
    guard !matrix.classNames.isEmpty else { throw ReportError(path: path, "the confusion matrix has no classes") }
    let canvas = try Canvas(width: width, height: height, path: path)
    HeatMapPainter(canvas: canvas, map: self).paint()
    try writeFile(canvas.pngData(), to: path)
  }
}

private struct HeatMapPainter {
  let canvas: Canvas
  let map: HeatMap

  // From paper to deep blue, darkening evenly, so that it also reads in grey.
  private static let ramp: [ChartColor] = [
    ChartColor(0xF7FAFC), ChartColor(0xCFE1F0), ChartColor(0x8FBBDA), ChartColor(0x4489BD), ChartColor(0x185A92),
    ChartColor(0x0A2F5A),
  ]

  private func color(_ share: Double) -> ChartColor {
    let place = min(1, max(0, share)).squareRoot() * Double(Self.ramp.count - 1)
    let index = min(Self.ramp.count - 2, Int(place))
    return Self.ramp[index].mixed(with: Self.ramp[index + 1], place - Double(index))
  }

  func paint() {
    let names = map.matrix.classNames
    let count = names.count
    let margin = 36.0
    let width = Double(canvas.width)
    let height = Double(canvas.height)

    canvas.text(canvas.fitted(map.title, size: 24, bold: true, limit: width - 2 * margin), margin, 42, size: 24, bold: true)
    let total = map.matrix.total
    let summary =
      total == 0 ? "no examples" : "accuracy \(NumberFormat.percent(map.matrix.accuracy, 2)) on \(total) examples"
    canvas.text(canvas.fitted(summary, size: 15, limit: width - 2 * margin), margin, 72, size: 15, .mutedInk)

    let nameSize = min(15, max(8, height * 0.8 / Double(count) * 0.6))
    let nameLimit = min(width, height) * 0.2
    let shown = names.map { canvas.fitted($0, size: nameSize, limit: nameLimit) }
    let nameWidth = shown.map { canvas.measure($0, size: nameSize) }.max() ?? 0

    // The cells fill the height; they are at most 1.7 times as wide as high.
    let left = margin + 34 + nameWidth + 12
    let right = width - margin - 96
    let top = 104.0
    let slanted = nameWidth > (right - left) / Double(count) - 8
    let bottom = height - 48 - (slanted ? nameWidth * 0.71 + 22 : 26)
    let cellHeight = (bottom - top) / Double(count)
    let cellWidth = min((right - left) / Double(count), cellHeight * 1.7)
    let plot = ChartRect(left: left, top: top, right: left + cellWidth * Double(count), bottom: bottom)

    paintCells(plot, cellWidth, cellHeight)
    paintNames(shown, plot, cellWidth, cellHeight, nameSize, slanted)
    canvas.text("True class", margin + 8, (top + bottom) / 2, size: 15, anchor: .middle, angle: -Double.pi / 2)
    canvas.text("Predicted class", (plot.left + plot.right) / 2, height - 26, size: 15, anchor: .middle)
    paintColorBar(ChartRect(left: plot.right + 30, top: top, right: plot.right + 50, bottom: bottom))
  }

  private func paintCells(_ plot: ChartRect, _ cellWidth: Double, _ cellHeight: Double) {
    let counts = map.matrix.counts
    let widest = String(counts.flatMap { $0 }.max() ?? 0)
    let atSize10 = canvas.measure(widest, size: 10)
    let size = min(max(16, cellHeight * 0.12), cellHeight * 0.45, (cellWidth - 6) * 10 / atSize10)
    // Thin white seams between cells, as long as the cells are large enough for them.
    let seam = min(cellWidth, cellHeight) >= 12 ? 1.0 : 0
    for (row, values) in counts.enumerated() {
      let sum = Double(max(1, values.reduce(0, +)))
      for (column, value) in values.enumerated() {
        let share = Double(value) / sum
        let fillColor = color(share)
        let cell = ChartRect(
          left: (plot.left + Double(column) * cellWidth).rounded(), top: (plot.top + Double(row) * cellHeight).rounded(),
          right: (plot.left + Double(column + 1) * cellWidth).rounded() - seam,
          bottom: (plot.top + Double(row + 1) * cellHeight).rounded() - seam)
        canvas.fill(cell, fillColor)
        guard size >= 7 else { continue }
        let ink: ChartColor = value == 0 ? ChartColor(0xB6C0C9) : fillColor.luminance < 0.55 ? .paper : .ink
        canvas.text(
          "\(value)", (cell.left + cell.right) / 2, (cell.top + cell.bottom) / 2, size: size, ink, bold: row == column,
          anchor: .middle)
      }
    }
    let frame = ChartRect(
      left: plot.left.rounded() - 0.5, top: plot.top.rounded() - 0.5, right: plot.right.rounded() - 0.5 + (1 - seam),
      bottom: plot.bottom.rounded() - 0.5 + (1 - seam))
    canvas.stroke(frame, .frame)
  }

  private func paintNames(
    _ names: [String], _ plot: ChartRect, _ cellWidth: Double, _ cellHeight: Double, _ size: Double, _ slanted: Bool
  ) {
    // Where cells are smaller than letters, only every so many names are written.
    let everyRow = max(1, Int((size * 1.15 / cellHeight).rounded(.up)))
    let everyColumn = max(1, Int((size * 1.25 / cellWidth).rounded(.up)))
    for (index, name) in names.enumerated() {
      if index % everyRow == 0 {
        canvas.text(name, plot.left - 10, plot.top + (Double(index) + 0.5) * cellHeight, size: size, anchor: .end)
      }
      guard index % everyColumn == 0 else { continue }
      let middle = plot.left + (Double(index) + 0.5) * cellWidth
      if slanted {
        canvas.text(name, middle, plot.bottom + 14, size: size, anchor: .end, angle: -Double.pi / 4)
      } else {
        canvas.text(name, middle, plot.bottom + 18, size: size, anchor: .middle)
      }
    }
  }

  private func paintColorBar(_ bar: ChartRect) {
    let rows = Int(bar.height)
    for row in 0..<max(1, rows) {
      let place = 1 - (Double(row) + 0.5) / bar.height
      // The colour takes the root of the share, so the share at a place of the bar is its square.
      let band = ChartRect(
        left: bar.left, top: bar.top + Double(row), right: bar.right, bottom: min(bar.bottom, bar.top + Double(row) + 1))
      canvas.fill(band, color(place * place))
    }
    canvas.stroke(
      ChartRect(left: bar.left - 0.5, top: bar.top - 0.5, right: bar.right + 0.5, bottom: bar.bottom + 0.5), .frame)
    for share in [0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 1] {
      let row = bar.bottom - share.squareRoot() * bar.height
      canvas.line(bar.right, row.rounded() + 0.5, bar.right + 5, row.rounded() + 0.5, .frame)
      canvas.text(NumberFormat.percent(share, 0), bar.right + 10, row, size: 13, .mutedInk)
    }
    canvas.text("share of row", bar.left - 2, bar.top - 16, size: 13, .mutedInk)
  }
}
