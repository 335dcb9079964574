#if canImport(Glibc)
  import Glibc
#endif

/// A progress bar for a loop: live on a terminal, one line at the end elsewhere.
///
///     let bar = ProgressBar("Epoch 1/10", total: 60_000, unit: "img")
///     for batch in loader {
///       ...
///       bar.advance(by: batch.count, [("loss", NumberFormat.fixed(loss, 4))])
///     }
///     bar.finish([("loss", "0.3412"), ("acc", "88.1%")])
///
/// shows title, bar, percentage, count, rate, elapsed time, expected remaining time, and the fields, redrawn at most ten times
/// a second. The fields are computed only when the bar is drawn, so a step costs a reading of the clock. Not thread-safe: one
/// thread drives one bar.
public final class ProgressBar {
  /// A named value shown after the bar, such as ("loss", "0.3412").
  public typealias Field = (name: String, value: String)

  private let title: String
  private let unit: String
  private let output: TerminalOutput
  private let clock: () -> Double
  private let redrawInterval: Double
  private let started: Double
  private let startCount: Int

  /// The count that means done; nil when unknown.
  public let total: Int?
  /// How far the loop has come.
  public private(set) var completed: Int

  private var fields: [Field] = []
  private var lastDraw = -Double.infinity
  private var drawnColumns = 0
  private var isFinished = false
  // The counts of the last seconds, for a rate that follows the present speed.
  private var history: [(time: Double, count: Int)] = []

  /// A bar at its start; nothing is drawn before the first ``advance(by:_:)``.
  ///
  /// - Parameters:
  ///   - title: what is going on, such as "Epoch 3/20".
  ///   - total: the count that means done; nil shows count and rate alone.
  ///   - unit: what is counted, for the rate, such as "img".
  ///   - completed: where to start, for a resumed loop; it does not count for the rate.
  ///   - output: the terminal, file or pipe.
  ///   - redrawInterval: the least seconds between two drawings.
  ///   - clock: seconds from any origin; the system's monotonic clock by default.
  public init(
    _ title: String, total: Int?, unit: String = "it", completed: Int = 0, output: TerminalOutput = .standardError(),
    redrawInterval: Double = 0.1, clock: @escaping () -> Double = ProgressBar.monotonicSeconds
  ) {
    self.title = TextWidth.sanitized(title)
    self.unit = TextWidth.sanitized(unit)
    self.output = output
    self.clock = clock
    self.redrawInterval = redrawInterval
    self.total = total.map { max(0, $0) }
    self.completed = completed
    startCount = completed
    started = clock()
    history = [(started, completed)]
  }

  /// Counts `count` steps and redraws if the last drawing is old enough; `fields` is evaluated only then.
  public func advance(by count: Int = 1, _ fields: @autoclosure () -> [Field] = []) {
    completed += count
    guard output.isTerminal, !isFinished else { return }
    let now = clock()
    guard now - lastDraw >= redrawInterval else { return }
    let fresh = fields()
    if !fresh.isEmpty { self.fields = fresh }
    draw(now)
  }

  /// Prints a line above the bar.
  public func log(_ line: String) {
    if output.isTerminal { output.write(erasure()) }
    drawnColumns = 0
    output.write(line + "\n")
    if output.isTerminal && !isFinished && lastDraw > -.infinity { draw(clock()) }
  }

  /// Ends the bar: replaces it by one summary line with the final fields. Further calls do nothing.
  public func finish(_ fields: [Field]? = nil) {
    guard !isFinished else { return }
    isFinished = true
    if let fields { self.fields = fields }
    let elapsed = clock() - started
    var parts = title.isEmpty ? [] : [title]
    parts.append(countText)
    parts.append(NumberFormat.duration(elapsed))
    parts.append(rateText(elapsed > 0 ? Double(completed - startCount) / elapsed : 0))
    parts += fieldTexts
    if output.isTerminal { output.write(erasure()) }
    output.write(parts.joined(separator: "  ") + "\n")
  }

  /// Takes the bar off the terminal without a summary, for example before an error message.
  public func abandon() {
    guard !isFinished else { return }
    isFinished = true
    if output.isTerminal { output.write(erasure()) }
  }

  /// Seconds of the system's monotonic clock.
  public static func monotonicSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  // MARK: Drawing

  private func draw(_ now: Double) {
    lastDraw = now
    history.append((now, completed))
    let window = 5.0
    if let keep = history.lastIndex(where: { now - $0.time >= window }), keep > 0 { history.removeFirst(keep) }

    // The last column stays free: writing there wraps the line on some terminals.
    let columns = output.columns
    let (text, width) = line(now, within: max(1, columns - 1))
    output.write(erasure() + text)
    drawnColumns = width
  }

  /// Removes the bar, also when the terminal has become narrower since and has wrapped it.
  private func erasure() -> String {
    guard drawnColumns > 0 else { return "\r\u{1B}[K" }
    let extraRows = (drawnColumns - 1) / max(1, output.columns)
    let up = extraRows > 0 ? "\u{1B}[\(extraRows)A" : ""
    return "\r\(up)\u{1B}[J"
  }

  /// The line and its width; what does not fit is left out, least important first.
  private func line(_ now: Double, within columns: Int) -> (text: String, width: Int) {
    let elapsed = now - started
    var rate = 0.0
    if let first = history.first, now > first.time { rate = Double(completed - first.count) / (now - first.time) }
    var times = NumberFormat.duration(elapsed)
    if let total {
      let remaining = rate > 0 ? Double(max(0, total - completed)) / rate : .infinity
      times += "<" + NumberFormat.duration(remaining)
    }
    let percent = total.map { TextWidth.padded(NumberFormat.percent(fraction($0), 0), to: 4, alignRight: true) }
    // In order of importance, the place in the line given apart.
    var pieces: [(place: Int, text: String)] = []
    if !title.isEmpty { pieces.append((0, title)) }
    if let percent { pieces.append((2, percent)) }
    let texts = fieldTexts.enumerated().map { (place: 6 + $0.offset, text: $0.element) }
    pieces += texts.prefix(2)
    pieces.append((5, times))
    pieces.append((4, rateText(rate)))
    pieces += texts.dropFirst(2)
    pieces.append((3, countText))

    let minimumBar = total == nil ? 0 : 8
    var chosen: [(place: Int, text: String)] = []
    var used = minimumBar
    for piece in pieces {
      let width = TextWidth.of(piece.text) + (used > 0 ? 2 : 0)
      if used + width <= columns {
        chosen.append(piece)
        used += width
      } else if chosen.isEmpty {
        // Not even the title fits beside a bar.
        let cut = TextWidth.truncated(piece.text, to: columns, ellipsis: output.usesUnicode ? "…" : "~")
        return (cut, TextWidth.of(cut))
      }
    }
    var barWidth = 0
    if let total {
      barWidth = min(40, minimumBar + columns - used)
      chosen.append((1, bar(fraction(total), width: barWidth)))
      used += barWidth - minimumBar
    }
    let text = chosen.sorted { $0.place < $1.place }.map(\.text).joined(separator: "  ")
    return (text, used)
  }

  private func fraction(_ total: Int) -> Double {
    total > 0 ? min(1, max(0, Double(completed) / Double(total))) : 1
  }

  private var countText: String { total.map { "\(completed)/\($0)" } ?? "\(completed)" }

  private var fieldTexts: [String] { fields.map { TextWidth.sanitized("\($0.name) \($0.value)") } }

  private func rateText(_ rate: Double) -> String {
    // Slow loops are better told by the time of one step.
    rate > 0 && rate < 0.1 ? "\(NumberFormat.compact(1 / rate)) s/\(unit)" : "\(NumberFormat.compact(rate)) \(unit)/s"
  }

  private func bar(_ fraction: Double, width: Int) -> String {
    guard output.usesUnicode else {
      let full = Int(fraction * Double(width))
      return String(repeating: "#", count: full) + String(repeating: "-", count: width - full)
    }
    let halves = Int(fraction * Double(2 * width))
    let full = String(repeating: "━", count: halves / 2)
    let half = halves % 2 == 1 ? "╸" : ""
    let rest = String(repeating: "─", count: width - halves / 2 - halves % 2)
    guard output.usesColor else { return full + half + rest }
    let color = fraction >= 1 ? "\u{1B}[32m" : "\u{1B}[36m"
    return "\(color)\(full)\(half)\u{1B}[0m\u{1B}[2m\(rest)\u{1B}[0m"
  }
}
