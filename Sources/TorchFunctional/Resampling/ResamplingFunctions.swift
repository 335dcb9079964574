import TorchCore

/// How `interpolate` finds values between positions.
public enum InterpolationMode: String, Sendable {
  /// The element at or before; as PyTorch's older modes, half a position off.
  case nearest
  /// The element whose cell the position lies in.
  case nearestExact = "nearest-exact"
  /// Means of the elements each result covers.
  case area
  /// Along one, two or three dimensions: PyTorch's linear, bilinear and trilinear.
  case linear
  /// Cubic convolution over (H, W).
  case bicubic
}

/// Another number of positions for (N, C, L), (N, C, H, W) or (N, C, D, H, W). `torch.nn.functional.interpolate`.
/// - Parameters:
///   - size: positions of the result, one number for each dimension or one for all.
///   - scaleFactor: how many times as many positions, instead of `size`.
///   - alignCorners: for linear and bicubic: the first and last elements keep their places; otherwise the image's edges do.
///   - recomputeScaleFactor: uses the ratio of the sizes rather than `scaleFactor` to find positions.
///   - antialias: for linear and bicubic over (H, W): averages over all that a result covers when shrinking.
public func interpolate(
  _ input: Tensor, size: [Int]? = nil, scaleFactor: [Double]? = nil, mode: InterpolationMode = .nearest, alignCorners: Bool = false,
  recomputeScaleFactor: Bool = false, antialias: Bool = false
) -> Tensor {
  let dims = input.rank - 2
  func spread<T>(_ values: [T]?) -> [T]? { values.map { $0.count == 1 && dims > 1 ? Array(repeating: $0[0], count: dims) : $0 } }
  var (sizes, factors) = (spread(size), spread(scaleFactor))
  if recomputeScaleFactor || mode == .area, sizes == nil, let given = factors, given.count == dims {
    sizes = (0..<dims).map { i in
      let wanted = Double(input.shape[i + 2]) * given[i]
      return wanted >= 0 && wanted <= Double(Int32.max) ? Int(wanted) : -1
    }
    factors = nil
  }
  return checked(Tensor.poison(), "interpolate") {
    switch (mode, input.rank) {
    case (.area, 3...5):
      guard let sizes else { throw TorchError(.value, "exactly one of size and scaleFactor must be given") }
      let pool = [AdaptivePool.adaptive1d, AdaptivePool.adaptive2d, AdaptivePool.adaptive3d][dims - 1]
      return try pool.callThrowing(input, sizes)
    case (.nearest, 3...5), (.nearestExact, 3...5):
      return try Resample.call(input, mode == .nearest ? .nearest : .nearestExact, sizes, factors, alignCorners: false)
    case (.linear, 4) where antialias, (.bicubic, 4) where antialias:
      let filter: Interpolation = mode == .linear ? .linearAntialiased : .cubicAntialiased
      return try Resample.call(input, filter, sizes, factors, alignCorners: alignCorners)
    case (.linear, 3...5) where !antialias, (.bicubic, 4) where !antialias:
      return try Resample.call(input, mode == .linear ? .linear : .cubic, sizes, factors, alignCorners: alignCorners)
    default:
      throw TorchError(
        .shape, "mode \(mode.rawValue)\(antialias ? " with antialias" : "") cannot resample \(input.summary)")
    }
  }
}

/// How `gridSample` finds values between positions.
public enum GridSampleMode: Int, Sendable { case bilinear, nearest, bicubic }

/// What `gridSample` reads outside the image.
public enum GridSamplePadding: Int, Sendable { case zeros, border, reflection }

/// The input (N, C, H, W) or (N, C, D, H, W) sampled at points (N, …, 2) or (N, …, 3) with coordinates x, y(, z) from -1 to 1.
/// `torch.nn.functional.grid_sample`.
/// - Parameter alignCorners: whether -1 and 1 are the centres of the outermost elements rather than the image's edges.
public func gridSample(
  _ input: Tensor, _ grid: Tensor, mode: GridSampleMode = .bilinear, padding: GridSamplePadding = .zeros, alignCorners: Bool = false
) -> Tensor {
  GridSampler.sample(input, grid, mode.rawValue, padding.rawValue, alignCorners)
}

/// The points where affine maps `theta` (N, 2, 3) or (N, 3, 4) take a regular grid of the given size, for `gridSample`.
/// `torch.nn.functional.affine_grid`.
/// - Parameter size: of the result of sampling, (N, C, H, W) or (N, C, D, H, W).
public func affineGrid(_ theta: Tensor, size: [Int], alignCorners: Bool = false) -> Tensor {
  GridSampler.affineGrid(theta, size, alignCorners)
}
