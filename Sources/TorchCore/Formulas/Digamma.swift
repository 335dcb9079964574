extension Elementwise {
  /// The derivative of `lgamma`, in terms of the algebra, so that its own derivatives of any order follow.
  ///
  /// Negative arguments are reflected: psi(x) = psi(1 - x) - pi / tan(pi x). Then psi(x) = psi(x + 10) minus the sum of 1 / (x +
  /// k), and the asymptotic series holds from 10 on. Infinite at zero with the sign of -x, NaN at the negative integers.
  package static func digamma(_ x: Self) -> Self {
    let negative = x .< 0.0
    var shifted = select(negative, 1.0 - x, x)
    // The upward recurrence; past 10 it is not needed, and the terms would only cost precision.
    let small = shifted .< 10.0
    var sum: Self = 0.0
    let start = shifted
    for k in 0..<10 { sum = sum + 1.0 / (start + constant(Double(k))) }
    sum = select(small, sum, 0.0)
    shifted = select(small, start + 10.0, start)

    // Bernoulli numbers B(2n) / 2n of the asymptotic series.
    let coefficients: [Double] = [
      1.0 / 12, -1.0 / 120, 1.0 / 252, -1.0 / 240, 1.0 / 132, -691.0 / 32760, 1.0 / 12,
    ]
    let inverse = 1.0 / shifted
    let z = inverse * inverse
    var series: Self = constant(coefficients[6])
    for n in (0..<6).reversed() { series = constant(coefficients[n]) + z * series }
    let asymptotic = log(shifted) - 0.5 * inverse - z * series
    let positive = asymptotic - sum

    // The tangent has period one; the fraction keeps its argument exact.
    let fraction = x - trunc(x)
    let reflection = constant(.pi) / tan(constant(.pi) * fraction)
    let pole = select(x .== 0.0, constant(-1) / x, constant(.nan) * x)
    let regular = select(negative, positive - reflection, positive)
    return select(and(x .<= 0.0, x .== trunc(x)), pole, regular)
  }
}
