import CTorchKernels
import TorchCore

/// Maxima of windows of any kind over one to three dimensions, with their places.
enum MaxWindows {
  /// float32, float64 and int64 are native; half types go through float32, narrow integers through int64.
  private static func computeType(_ dtype: DType) throws -> DType {
    if dtype.isInteger { return .int64 }
    guard dtype.isFloatingPoint else { throw TorchError(.dtype, "the elements of a pooling must be a real number, got \(dtype)") }
    return dtype.widened
  }

  static func check(_ x: Tensor) throws { _ = try computeType(x.dtype) }

  /// The same windows for all planes. Results are row-major or channels-last, both in the same layout.
  static func run(_ x: Tensor, _ axes: [WindowAxis], into out: TensorPair) throws {
    if out.values.count == 0 { return }
    let channelsLast = axes.count == 2 && out.values.rank == 4 && !out.values.isContiguous
    let channels = channelsLast ? x.impl.sizes[1] : 1
    let source = try prepared(x, channelsLast)
    let kernels = try table(source.dtype)
    let rows = out.values.count / (channels * axes[axes.count - 1].begin.count)
    let window = axes.reduce(1) { $0 * Swift.max(1, Int($1.end[0] - $1.begin[0]) / $1.step) }
    let grain = Swift.max(1, 16384 / (channels * axes[axes.count - 1].begin.count * window))
    try filling(out.values, source.dtype) { values in
      let indices = out.indices.pointer(Int64.self)
      WindowAxis.withKernelForm(axes, inner: channels) { windows in
        parallelFor(rows, grain: grain) {
          kernels.max_windows(values.address, indices, source.address, windows, Int64($0.lowerBound), Int64($0.upperBound))
        }
      }
    }
  }

  /// Windows of its own for every plane, row-major.
  static func run(_ x: Tensor, into out: TensorPair, axes: (_ plane: Int) -> [WindowAxis]) throws {
    if out.values.count == 0 { return }
    let source = try prepared(x, false)
    let kernels = try table(source.dtype)
    try filling(out.values, source.dtype) { values in
      let indices = out.indices.pointer(Int64.self)
      let first = axes(0)
      let lines = first.dropLast().reduce(1) { $0 * $1.begin.count }
      let planes = values.count / (lines * first[first.count - 1].begin.count)
      parallelFor(planes, grain: Swift.max(1, 16384 / first.reduce(1) { $0 * $1.size })) { range in
        for plane in range {
          WindowAxis.withKernelForm(axes(plane), inner: 1) { windows in
            kernels.max_windows(
              values.address, indices, source.address, windows, Int64(plane * lines), Int64((plane + 1) * lines))
          }
        }
      }
    }
  }

  private static func table(_ type: DType) throws -> torch_spatial_kernels {
    guard let kernels = torch_spatial(torch_level_current(), Int32(type.rawValue)) else {
      throw TorchError(.dtype, "not defined for \(type)")
    }
    return kernels.pointee
  }

  private static func prepared(_ x: Tensor, _ channelsLast: Bool) throws -> Tensor {
    x.to(try computeType(x.dtype)).contiguous(memoryFormat: channelsLast ? .channelsLast : .contiguous)
  }

  private static func filling(_ out: Tensor, _ type: DType, _ body: (Tensor) throws -> Void) throws {
    if out.dtype == type { return try body(out) }
    let wide = try Tensor.allocate(TensorSpec(out.impl.sizes, type, strides: out.impl.strides))
    try body(wide)
    Copying.copy(wide, into: out)
  }
}

/// Places in planes, as poolings return them: h * width + w, or (d * height + h) * width + w.
enum PlaneIndices {
  /// `x` with its last `dims` dimensions as one.
  private static func flat(_ x: Tensor, _ dims: Int) -> Tensor {
    x.reshape(Array(x.shape.dropLast(dims)) + [x.shape.suffix(dims).reduce(1, *)])
  }

  /// Adds the gradients of picked elements up where they came from.
  static func spread(_ g: Tensor, _ indices: Tensor, _ sizes: [Int], _ dims: Int) -> Tensor {
    let planes = Array(sizes.dropLast(dims)) + [sizes.suffix(dims).reduce(1, *)]
    return Tensor.zeros(planes, dtype: g.dtype).scatterAdd(-1, flat(indices, dims), flat(g, dims)).reshape(sizes)
  }

  /// The elements of `x` at the places.
  static func pick(_ x: Tensor, _ indices: Tensor, _ dims: Int) -> Tensor {
    flat(x, dims).gather(-1, flat(indices, dims)).reshape(indices.shape)
  }

  /// Writes the elements of `x` at their places into `out`, which is row-major, and 0 everywhere else.
  static func place(_ x: Tensor, _ indices: Tensor, _ dims: Int, into out: Tensor) throws {
    if out.count == 0 && x.count == 0 { return }
    Copying.fill(out, 0)
    try GatherScatter.scatter(flat(out, dims), -1, flat(indices, dims), flat(x, dims), mode: Int(TORCH_SCATTER_SET))
  }
}
