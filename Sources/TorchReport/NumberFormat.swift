#if canImport(Glibc)
  import Glibc
#endif

/// Numbers as people read them; independent of the locale.
public enum NumberFormat {
  /// With a fixed number of decimals: `fixed(0.5, 2)` is "0.50".
  public static func fixed(_ value: Double, _ decimals: Int) -> String {
    guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
    let places = max(0, min(decimals, 17))
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 400) { buffer in
      let count = withVaList([Int32(places), value]) { vsnprintf(buffer.baseAddress, buffer.count, "%.*f", $0) }
      return String(decoding: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<Int(count)]), as: UTF8.self)
    }
  }

  /// With a fixed number of significant digits, in scientific notation where that is shorter: "0.0123", "1.2e-07".
  public static func significant(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite else { return fixed(value, 0) }
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 400) { buffer in
      let arguments: [any CVarArg] = [Int32(max(1, min(digits, 17))), value]
      let count = withVaList(arguments) { vsnprintf(buffer.baseAddress, buffer.count, "%.*g", $0) }
      return String(decoding: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<Int(count)]), as: UTF8.self)
    }
  }

  /// A fraction as a percentage: `percent(0.915, 1)` is "91.5%".
  public static func percent(_ fraction: Double, _ decimals: Int = 1) -> String { fixed(fraction * 100, decimals) + "%" }

  /// A number of bytes with a binary unit: "512 B", "1.5 MiB".
  public static func bytes(_ count: Int) -> String {
    var (value, unit) = (Double(count), 0)
    let units = ["B", "KiB", "MiB", "GiB", "TiB"]
    while value.magnitude >= 1024, unit < units.count - 1 { (value, unit) = (value / 1024, unit + 1) }
    return unit == 0 ? "\(count) B" : "\((value * 10).rounded() / 10) \(units[unit])"
  }

  /// A rate or count in at most about four digits: "7.31", "85.2", "812", "12.3k", "4.56M".
  public static func compact(_ value: Double) -> String {
    guard value.isFinite else { return fixed(value, 0) }
    let magnitude = abs(value)
    for (limit, unit) in [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e4, "k")] where magnitude >= limit {
      let scaled = value / (limit == 1e4 ? 1e3 : limit)
      return fixed(scaled, abs(scaled) >= 100 ? 0 : abs(scaled) >= 10 ? 1 : 2) + unit
    }
    return fixed(value, magnitude >= 100 ? 0 : magnitude >= 10 ? 1 : 2)
  }

  /// Seconds as "0:07", "12:34" or "1:02:03"; "--:--" when unknown.
  public static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "--:--" }
    let total = Int(seconds.rounded())
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    if total >= 3600 { return "\(total / 3600):\(two(total / 60 % 60)):\(two(total % 60))" }
    return "\(total / 60):\(two(total % 60))"
  }
}
