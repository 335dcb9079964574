#if canImport(Glibc)
  import Glibc
#endif

extension Double {
  /// The power as C's `pow` gives it, which is what Python's `**` uses.
  func raised(to exponent: Int) -> Double { Glibc.pow(self, Double(exponent)) }
}

/// Python's `base ** exponent`.
func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }

/// cos(π x).
func cosineOfPi(times x: Double) -> Double { cos(Double.pi * x) }

/// log(x) to a base, as Python's `math.log(x, base)`.
func logarithm(_ x: Double, base: Double) -> Double { log(x) / log(base) }
