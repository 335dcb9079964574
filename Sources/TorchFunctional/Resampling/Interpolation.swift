#if canImport(Glibc)
  import Glibc
#endif
import TorchCore

/// How values between positions are found.
enum Interpolation: String, Sendable {
  case nearest, nearestExact, linear, cubic, linearAntialiased, cubicAntialiased, lanczosAntialiased

  var isNearest: Bool { self == .nearest || self == .nearestExact }

  /// The linear map along one dimension. Positions are computed in float32, for float64 tensors in float64, as PyTorch does: the
  /// rounding decides between neighbours.
  /// - Parameters:
  ///   - scale: how much larger the result is; 0 takes the ratio of the sizes.
  ///   - weights: the type that weights are rounded to.
  func map(
    _ size: Int, _ out: Int, alignCorners: Bool, scale: Double, _ dtype: DType, weights: DType = .float64
  ) -> LineMap {
    if isNearest { return LineMap(picking: positions(size, out, scale: scale, dtype), from: size) }
    let map = dtype == .float64
      ? map(size, out, alignCorners, scale, weights, Double.self) : map(size, out, alignCorners, scale, weights, Float.self)
    return weights == .float64 ? map : map.rounded(to: weights)
  }

  /// The nearest neighbours along one dimension.
  func positions(_ size: Int, _ out: Int, scale: Double, _ dtype: DType) -> [Int64] {
    dtype == .float64 ? positions(size, out, scale, Double.self) : positions(size, out, scale, Float.self)
  }

  /// Distance between the source positions of neighbours.
  private func step<T: BinaryFloatingPoint>(_ size: Int, _ out: Int, _ alignCorners: Bool, _ scale: Double) -> T {
    if alignCorners { return out > 1 ? T(size - 1) / T(out - 1) : 0 }
    return scale > 0 ? T(1 / scale) : T(size) / T(out)
  }

  private func positions<T: BinaryFloatingPoint>(_ size: Int, _ out: Int, _ scale: Double, _: T.Type) -> [Int64] {
    let step: T = step(size, out, false, scale)
    return (0..<out).map { i in
      let at: T = self == .nearest ? step * T(i) : Swift.max(step * (T(i) + 0.5) - 0.5, 0) + 0.5
      return Int64(Swift.min(Int(Float(at).rounded(.down)), size - 1))
    }
  }

  private func map<T: BinaryFloatingPoint>(
    _ size: Int, _ out: Int, _ alignCorners: Bool, _ scale: Double, _ weights: DType, _: T.Type
  ) -> LineMap {
    let step: T = step(size, out, alignCorners, scale)
    switch self {
    case .linear:
      return LineMap(from: size, to: out) { i, add in
        let at = alignCorners ? step * T(i) : Swift.max(step * (T(i) + 0.5) - 0.5, 0)
        let low = Swift.min(Int(at), size - 1)
        let weight = weights.rounded(Double(Swift.min(Swift.max(at - T(low), 0), 1)))
        add(low, Double(1 - T(weight)))
        add(Swift.min(low + 1, size - 1), weight)
      }
    case .cubic:
      return LineMap(from: size, to: out) { i, add in
        let at = alignCorners ? step * T(i) : step * (T(i) + 0.5) - 0.5
        let low = Swift.min(Int(at.rounded(.down)), size - 1)
        let t = Swift.min(Swift.max(at - T(low), 0), 1)
        for k in -1...2 {
          add(Swift.min(Swift.max(low + k, 0), size - 1), Double(Self.cubic((t - T(k)).magnitude, -0.75)))
        }
      }
    default:
      return antialiased(size, out, step)
    }
  }

  /// Weights of all that a filter reaches, which grows with the step.
  private func antialiased<T: BinaryFloatingPoint>(_ size: Int, _ out: Int, _ step: T) -> LineMap {
    let reach: T = self == .linearAntialiased ? 1 : self == .cubicAntialiased ? 2 : 3
    let support = step >= 1 ? reach * step : reach
    let squeeze: T = step >= 1 ? 1 / step : 1
    return LineMap(from: size, to: out) { i, add in
      let center = step * (T(i) + 0.5)
      let begin = Swift.max(Int(center - support + 0.5), 0)
      let end = Swift.min(Int(center + support + 0.5), size)
      guard end > begin else { return }
      var weights: [T] = []
      for position in begin..<end { weights.append(filter((T(position) - center + 0.5) * squeeze)) }
      let total = weights.reduce(0, +)
      for (k, weight) in weights.enumerated() { add(begin + k, Double(total == 0 ? weight : weight / total)) }
    }
  }

  private func filter<T: BinaryFloatingPoint>(_ signed: T) -> T {
    let x = signed.magnitude
    switch self {
    case .linearAntialiased: return x < 1 ? 1 - x : 0
    case .cubicAntialiased: return Self.cubic(x, -0.5)
    default: return x < 3 ? T(Self.sinc(Double(x)) * Self.sinc(Double(x) / 3)) : 0
    }
  }

  /// Keys's cubic convolution kernel at distance `x`.
  private static func cubic<T: BinaryFloatingPoint>(_ x: T, _ a: T) -> T {
    if x <= 1 {
      let inner: T = (a + 2) * x - (a + 3)
      return inner * x * x + 1
    }
    guard x < 2 else { return 0 }
    let inner: T = (a * x - 5 * a) * x + 8 * a
    return inner * x - 4 * a
  }

  private static func sinc(_ x: Double) -> Double { x == 0 ? 1 : sin(.pi * x) / (.pi * x) }
}
