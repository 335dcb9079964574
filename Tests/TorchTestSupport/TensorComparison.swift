import TorchOps

/// How far two results may lie apart: |a - b| <= absolute + relative |b|.
package struct Tolerance: Sendable {
  package var relative: Double
  package var absolute: Double

  package init(relative: Double, absolute: Double) {
    self.relative = relative
    self.absolute = absolute
  }

  /// The defaults of `torch.testing.assert_close`.
  package static func standard(_ dtype: DType) -> Tolerance {
    switch dtype {
    case .float16: Tolerance(relative: 1e-3, absolute: 1e-5)
    case .bfloat16: Tolerance(relative: 1.6e-2, absolute: 1e-5)
    case .float32, .complex64: Tolerance(relative: 1.3e-6, absolute: 1e-5)
    case .float64, .complex128: Tolerance(relative: 1e-7, absolute: 1e-7)
    default: Tolerance(relative: 0, absolute: 0)
    }
  }

  package static let exact = Tolerance(relative: 0, absolute: 0)
}

/// The elements in row-major order, each as its real and imaginary part.
package func elementParts(_ tensor: Tensor) throws -> [(Double, Double)] {
  let flat = noGrad { tensor.detach().contiguous() }
  return try (0..<flat.count).map { position in
    switch try flat.scalar(at: position) {
    case .complex(let re, let im): (re, im)
    case .int(let i): (Double(i), 0)
    case let other: (other.doubleValue, 0)
    }
  }
}

/// Says how `actual` differs from `expected` in sizes, type or values, or returns nil where it does not. NaN equals NaN.
package func difference(
  _ actual: Tensor, _ expected: Tensor, _ tolerance: Tolerance? = nil, comparesType: Bool = true
) throws -> String? {
  if actual.sizes != expected.sizes { return "sizes \(actual.sizes), expected \(expected.sizes)" }
  if comparesType && actual.dtype != expected.dtype { return "type \(actual.dtype), expected \(expected.dtype)" }
  let allowed = tolerance ?? .standard(expected.dtype)
  func agree(_ a: Double, _ b: Double) -> Bool {
    if a == b || (a.isNaN && b.isNaN) { return true }
    return (a - b).magnitude <= allowed.absolute + allowed.relative * b.magnitude
  }
  let pairs = zip(try elementParts(actual), try elementParts(expected))
  let bad = pairs.enumerated().filter { !(agree($1.0.0, $1.1.0) && agree($1.0.1, $1.1.1)) }
  guard let first = bad.first else { return nil }
  let (got, wanted) = first.element
  let isComplex = expected.dtype.isComplex
  return "\(bad.count) of \(actual.count) elements differ, first number \(first.offset): "
    + (isComplex ? "\(got), expected \(wanted)" : "\(got.0), expected \(wanted.0)")
}

/// As `difference`, for lists of results.
package func difference(_ actual: [Tensor], _ expected: [Tensor], _ tolerance: Tolerance? = nil) throws -> String? {
  if actual.count != expected.count { return "\(actual.count) results, expected \(expected.count)" }
  for (i, pair) in zip(actual, expected).enumerated() {
    if let text = try difference(pair.0, pair.1, tolerance) { return actual.count == 1 ? text : "result \(i): \(text)" }
  }
  return nil
}
