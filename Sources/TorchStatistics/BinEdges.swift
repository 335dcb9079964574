import CTorchKernels
import TorchCore

/// Where bins begin and end, and counting into them.
enum BinEdges {
  /// `bins` + 1 values from `low` to `high`, computed in the type, from both ends.
  static func equal(_ edges: Tensor, _ low: Double, _ high: Double) {
    let bins = edges.count - 1
    func fill<T: BinaryFloatingPoint>(_ p: UnsafeMutablePointer<T>) {
      let (a, b) = (T(low), T(high))
      let step = (b - a) / T(bins)
      for i in 0...bins { p[i] = i < (bins + 1) / 2 ? a + step * T(i) : b - step * T(bins - i) }
    }
    switch edges.dtype {
    case .float64: fill(edges.pointer(Double.self))
    case .float32: fill(edges.pointer(Float.self))
    default:
      // Of half types only the outer edges are looked at.
      let wide = Tensor.zeros([bins + 1], dtype: .float32)
      fill(wide.pointer(Float.self))
      Copying.copy(wide, into: edges)
    }
  }

  static func checkBins(_ bins: Int, _ dim: Int) throws {
    guard bins > 0 else { throw TorchError(.value, "the number of bins must be positive, got \(bins) for dimension \(dim)") }
    guard bins < Int(Int32.max) else { throw TorchError(.value, "\(bins) bins are too many") }
  }

  /// Sums over bins, in `hist`'s type.
  static func count(_ points: Tensor, _ weights: Tensor?, _ edges: [Tensor], mode: Int, into hist: Tensor) {
    let sums = Tensor.zeros(hist.shape, dtype: .float64)
    let source = points.contiguous()
    let shares = weights?.contiguous()
    let lines = edges.map { $0.contiguous() }
    let addresses = lines.map { UnsafeRawPointer($0.address) }
    let counts = lines.map { Int64($0.count) }
    if hist.count > 0 {
      _ = torch_histogram(
        Int32(points.dtype.rawValue), Int64(points.impl.sizes[0]), Int64(edges.count), source.address,
        shares.map { UnsafeRawPointer($0.address) }, addresses, counts, Int32(mode), sums.pointer(Double.self))
    }
    Copying.copy(sums, into: hist)
  }

  /// Makes the integral over all bins 1.
  static func normalize(_ hist: Tensor, _ edges: [Tensor]) {
    hist.div_(hist.sum())
    for (d, line) in edges.enumerated() {
      var sizes = Array(repeating: 1, count: edges.count)
      sizes[d] = line.count - 1
      let widths = line.narrow(0, 1, line.count - 1) - line.narrow(0, 0, line.count - 1)
      hist.div_(widths.reshape(sizes))
    }
  }
}
