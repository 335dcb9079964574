/// A chart of lines in one or more panels side by side, drawn as a PNG: learning curves, for example loss on the left and
/// accuracy on the right.
public struct LineChart: Sendable {
  /// A line: its name in the legend, and its points in drawing order.
  public struct Series: Sendable {
    /// A point; one that is not finite interrupts the line.
    public struct Point: Sendable {
      public var x: Double
      public var y: Double
      public init(_ x: Double, _ y: Double) {
        self.x = x
        self.y = y
      }
    }

    /// The name in the legend.
    public var name: String
    /// The points in drawing order.
    public var points: [Point]
    /// Whether the line is dashed.
    public var isDashed: Bool

    /// A line through the given points.
    public init(_ name: String, _ points: [Point], isDashed: Bool = false) {
      self.name = name
      self.points = points
      self.isDashed = isDashed
    }

    /// A line through one value per epoch, the first at x = `first`.
    public init(_ name: String, values: [Double], first: Int = 1, isDashed: Bool = false) {
      self.init(name, values.enumerated().map { Point(Double($0.offset + first), $0.element) }, isDashed: isDashed)
    }
  }

  /// One coordinate system.
  public struct Panel: Sendable {
    /// What the vertical axis shows; written above the panel.
    public var title: String
    /// The lines.
    public var series: [Series]
    /// The vertical scale.
    public var scale: AxisScale
    /// How values are written.
    public var format: AxisFormat

    /// A panel of the given lines.
    public init(_ title: String, series: [Series], scale: AxisScale = .linear, format: AxisFormat = .number) {
      self.title = title
      self.series = series
      self.scale = scale
      self.format = format
    }
  }

  /// The heading.
  public var title: String
  /// A smaller line under the heading; empty for none.
  public var subtitle: String
  /// What the horizontal axes show.
  public var xLabel: String
  /// Whether x counts something (epochs, steps), so that ticks stay on whole numbers.
  public var hasWholeNumbers: Bool
  /// The panels, from left to right.
  public var panels: [Panel]

  /// A chart of the given panels.
  public init(title: String, subtitle: String = "", xLabel: String = "Epoch", hasWholeNumbers: Bool = true, panels: [Panel]) {
    self.title = title
    self.subtitle = subtitle
    self.xLabel = xLabel
    self.hasWholeNumbers = hasWholeNumbers
    self.panels = panels
  }

  /// Draws the chart into a PNG file, which appears whole or not at all.
  ///
  /// Throws ``ReportError`` naming the file and the cause: a missing folder, no permission, a full disk, an unusable size.
  public func writePNG(to path: String, width: Int = 1200, height: Int = 700) throws(ReportError) {
    try writeFile(pngData(width: width, height: height, path: path), to: path)
  }

  private func pngData(width: Int, height: Int, path: String) throws(ReportError) -> [UInt8] {
    guard !panels.isEmpty, panels.count <= 4 else {
      throw ReportError(path: path, "a line chart has 1 to 4 panels, got \(panels.count)")
    }
    let canvas = try Canvas(width: width, height: height, path: path)
    let margin = 36.0
    var top = 42.0
    canvas.text(
      canvas.fitted(title, size: 24, bold: true, limit: Double(width) - 2 * margin), margin, top, size: 24, bold: true)
    if !subtitle.isEmpty {
      top += 30
      let text = canvas.fitted(subtitle, size: 15, limit: Double(width) - 2 * margin)
      canvas.text(text, margin, top, size: 15, .mutedInk)
    }
    let gap = 28.0
    let panelWidth = (Double(width) - 2 * margin - gap * Double(panels.count - 1)) / Double(panels.count)
    for (index, panel) in panels.enumerated() {
      let left = margin + Double(index) * (panelWidth + gap)
      let frame = ChartRect(left: left, top: top + 34, right: left + panelWidth, bottom: Double(height) - 24)
      PanelPainter(canvas: canvas, chart: self, panel: panel, frame: frame).paint()
    }
    return try canvas.pngData()
  }
}

/// Draws one panel of a line chart.
private struct PanelPainter {
  let canvas: Canvas
  let chart: LineChart
  let panel: LineChart.Panel
  let frame: ChartRect

  private static let labelSize = 14.0

  func paint() {
    let xs = panel.series.flatMap { $0.points.map(\.x) }
    let ys = panel.series.flatMap { $0.points.map(\.y) }
    let y = Axis(ys, scale: panel.scale, format: panel.format, tickCount: max(3, Int(frame.height / 75)))
    let labelWidth = y.ticks.map { canvas.measure($0.label, size: Self.labelSize) }.max() ?? 0

    canvas.text(
      canvas.fitted(panel.title, size: 17, bold: true, limit: frame.width), frame.left, frame.top + 8, size: 17, bold: true)
    let legendBottom = paintLegend(top: frame.top + 38)
    let plot = ChartRect(
      left: frame.left + labelWidth + 10, top: legendBottom + 16, right: frame.right - 8, bottom: frame.bottom - 56)
    guard plot.width > 20, plot.height > 20 else { return }
    let x = Axis(xs, wholeNumbers: chart.hasWholeNumbers, tickCount: max(2, min(12, Int(plot.width / 60))))

    paintAxes(plot, x, y)
    if !ys.contains(where: { Axis.isShown($0, panel.scale) }) {
      let middle = ((plot.left + plot.right) / 2, (plot.top + plot.bottom) / 2)
      canvas.text("no data", middle.0, middle.1, size: 16, .mutedInk, anchor: .middle)
      return
    }
    // Lines may touch the frame; their caps and dots reach a little over it.
    let reach = ChartRect(left: plot.left - 6, top: plot.top - 6, right: plot.right + 6, bottom: plot.bottom + 6)
    canvas.clipped(to: reach) {
      for (index, series) in panel.series.enumerated() { paintSeries(series, color(index), plot, x, y) }
    }
  }

  private func color(_ index: Int) -> ChartColor { ChartColor.series[index % ChartColor.series.count] }

  private func paintAxes(_ plot: ChartRect, _ x: Axis, _ y: Axis) {
    for tick in y.ticks {
      let row = plot.bottom - y.position(tick.value) * plot.height
      // Half pixels make crisp one-pixel lines.
      canvas.line(plot.left, row.rounded() + 0.5, plot.right, row.rounded() + 0.5, .grid)
      canvas.text(tick.label, plot.left - 10, row, size: Self.labelSize, .mutedInk, anchor: .end)
    }
    for tick in x.ticks {
      let column = plot.left + x.position(tick.value) * plot.width
      canvas.line(column.rounded() + 0.5, plot.top, column.rounded() + 0.5, plot.bottom, .grid)
      canvas.text(tick.label, column, plot.bottom + 18, size: Self.labelSize, .mutedInk, anchor: .middle)
    }
    canvas.line(plot.left, plot.bottom.rounded() + 0.5, plot.right, plot.bottom.rounded() + 0.5, .frame, width: 1.2)
    canvas.line(plot.left.rounded() + 0.5, plot.top, plot.left.rounded() + 0.5, plot.bottom, .frame, width: 1.2)
    canvas.text(
      canvas.fitted(chart.xLabel, size: 15, limit: plot.width), (plot.left + plot.right) / 2, plot.bottom + 44, size: 15,
      anchor: .middle)
  }

  private func paintSeries(_ series: LineChart.Series, _ color: ChartColor, _ plot: ChartRect, _ x: Axis, _ y: Axis) {
    var runs: [[(x: Double, y: Double)]] = [[]]
    for point in series.points {
      guard Axis.isShown(point.x, .linear), Axis.isShown(point.y, panel.scale) else {
        if !runs[runs.count - 1].isEmpty { runs.append([]) }
        continue
      }
      let place = (plot.left + x.position(point.x) * plot.width, plot.bottom - y.position(point.y) * plot.height)
      runs[runs.count - 1].append(place)
    }
    let count = runs.reduce(0) { $0 + $1.count }
    for run in runs { canvas.polyline(run, color, width: 2.4, dash: series.isDashed ? [8, 5] : []) }
    // Every point is marked while there are few, the last one always.
    let marksAll = count <= 30
    for run in runs where marksAll || run.count == 1 {
      for point in run { canvas.dot(point.x, point.y, radius: 3.2, color) }
    }
    if let last = runs.last(where: { !$0.isEmpty })?.last { canvas.dot(last.x, last.y, radius: 4.2, color) }
  }

  /// The legend, in as many rows as it needs, with the last value of every line; returns its lower end.
  private func paintLegend(top: Double) -> Double {
    var column = frame.left
    var row = top
    let size = 15.0
    for (index, series) in panel.series.enumerated() {
      let name = canvas.fitted(series.name, size: size, limit: frame.width * 0.6)
      let last = series.points.last { Axis.isShown($0.y, panel.scale) }.map { value($0.y) } ?? ""
      let nameWidth = canvas.measure(name, size: size)
      let width = 34 + nameWidth + (last.isEmpty ? 0 : 8 + canvas.measure(last, size: size, bold: true)) + 26
      if column > frame.left && column + width - 26 > frame.right {
        column = frame.left
        row += 24
      }
      canvas.polyline(
        [(column, row), (column + 26, row)], color(index), width: 3, dash: series.isDashed ? [8, 5] : [])
      canvas.dot(column + 13, row, radius: 3.6, color(index))
      canvas.text(name, column + 34, row, size: size)
      canvas.text(last, column + 34 + nameWidth + 8, row, size: size, bold: true)
      column += width
    }
    return row + 10
  }

  private func value(_ y: Double) -> String {
    if panel.format == .percent { return NumberFormat.percent(y, 2) }
    // Four significant digits, zeros at the end kept, so that the values of the lines align.
    switch abs(y) {
    case 0.001..<1: return NumberFormat.fixed(y, 4)
    case 1..<10: return NumberFormat.fixed(y, 3)
    case 10..<100: return NumberFormat.fixed(y, 2)
    default: return NumberFormat.significant(y, 4)
    }
  }
}
