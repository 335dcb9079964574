#if canImport(Glibc)
  import Glibc
#endif

/// How values are laid out along an axis.
public enum AxisScale: Sendable {
  case linear
  /// Base-10 logarithm; values that are not positive are left out.
  case logarithmic
}

/// How values are written on an axis and in a legend.
public enum AxisFormat: Sendable {
  case number
  /// Fractions, written as percentages.
  case percent
}

/// An axis: the range it shows, and round values to label.
struct Axis {
  let scale: AxisScale
  /// The ends, in the axis's own coordinate: the value, or its logarithm.
  let low: Double
  let high: Double
  let ticks: [(value: Double, label: String)]

  /// An axis that shows `values`; those that are not finite, or not positive on a logarithmic axis, have no part.
  ///
  /// - Parameters:
  ///   - wholeNumbers: put ticks on whole numbers only, and the ends on the data.
  ///   - tickCount: about how many ticks to set.
  init(
    _ values: [Double], scale: AxisScale = .linear, format: AxisFormat = .number, wholeNumbers: Bool = false, tickCount: Int = 6
  ) {
    self.scale = scale
    let shown = values.filter { Axis.isShown($0, scale) }.map { Axis.coordinate($0, scale) }
    var low = shown.min() ?? 0
    var high = shown.max() ?? (wholeNumbers ? 10 : 1)
    let widest = max(abs(low), abs(high))
    if high - low <= widest * 1e-9 {
      // One value, or none to speak of: room on both sides.
      let margin = wholeNumbers ? 0.5 : scale == .logarithmic ? 0.5 : widest > 0 ? widest * 0.1 : 1
      (low, high) = (low - margin, high + margin)
    } else if !wholeNumbers {
      let margin = (high - low) * 0.05
      // An axis of positive numbers does not begin below zero for the sake of a margin.
      let floor = scale == .linear && low >= 0 ? max(0, low - margin) : low - margin
      let ceiling = format == .percent && high <= 1 ? min(1, high + margin) : high + margin
      (low, high) = (floor, ceiling)
    }
    self.low = low
    self.high = high
    ticks =
      scale == .logarithmic
      ? Axis.logarithmicTicks(low, high, format) : Axis.linearTicks(low, high, format, wholeNumbers, tickCount)
  }

  /// Whether a value has a place on an axis of this scale.
  static func isShown(_ value: Double, _ scale: AxisScale) -> Bool {
    // Beyond these the arithmetic of ranges would overflow.
    value.isFinite && abs(value) < 1e300 && (scale == .linear || value > 0)
  }

  private static func coordinate(_ value: Double, _ scale: AxisScale) -> Double {
    scale == .linear ? value : log10(value)
  }

  /// Where `value` lies between the ends, as a fraction.
  func position(_ value: Double) -> Double { (Axis.coordinate(value, scale) - low) / (high - low) }

  /// The round step for about `count` intervals over `range`: 1, 2 or 5 times a power of ten.
  static func roundStep(_ range: Double, _ count: Int) -> Double {
    let rough = range / Double(max(1, count))
    let power = pow(10, floor(log10(rough)))
    let digit = rough / power
    return power * (digit < 1.5 ? 1 : digit < 3.5 ? 2 : digit < 7.5 ? 5 : 10)
  }

  private static func linearTicks(
    _ low: Double, _ high: Double, _ format: AxisFormat, _ wholeNumbers: Bool, _ count: Int
  ) -> [(value: Double, label: String)] {
    var step = roundStep(high - low, count)
    if wholeNumbers { step = max(1, step.rounded()) }
    guard step.isFinite, step > 0 else { return [] }
    let first = (low / step - 1e-9).rounded(.up)
    let last = (high / step + 1e-9).rounded(.down)
    guard first.isFinite, last - first < 100 else { return [] }
    return stride(from: first, through: last, by: 1).map { index in
      let value = index * step
      return (value, label(value == 0 ? 0 : value, step: step, format))
    }
  }

  private static func logarithmicTicks(_ low: Double, _ high: Double, _ format: AxisFormat) -> [(value: Double, label: String)] {
    let decades = high - low
    let every = max(1, Int((decades / 7).rounded(.up)))
    // Few decades need values in between.
    let digits: [Double] =
      decades <= 1 ? [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9] : decades <= 2 ? [1, 2, 5] : decades <= 3 ? [1, 3] : [1]
    var ticks: [(value: Double, label: String)] = []
    for exponent in Int(floor(low))...Int(ceil(high)) where exponent % every == 0 {
      for digit in digits {
        let value = digit * pow(10, Double(exponent))
        let place = log10(value)
        guard place >= low - 1e-9, place <= high + 1e-9 else { continue }
        let text = format == .percent ? NumberFormat.significant(value * 100, 3) + "%" : NumberFormat.significant(value, 3)
        ticks.append((value, text))
      }
    }
    if ticks.count >= 2 { return ticks }
    // Less than a step of the above: round values as on a linear axis.
    return linearTicks(pow(10, low), pow(10, high), format, false, 5)
  }

  private static func label(_ value: Double, step: Double, _ format: AxisFormat) -> String {
    let shownStep = format == .percent ? step * 100 : step
    let shown = format == .percent ? value * 100 : value
    let unit = format == .percent ? "%" : ""
    if shown != 0 && (abs(shown) >= 1e6 || shownStep < 1e-5) { return NumberFormat.significant(shown, 4) + unit }
    let decimals = max(0, Int((-floor(log10(shownStep) + 1e-9))))
    return NumberFormat.fixed(shown, decimals) + unit
  }
}
