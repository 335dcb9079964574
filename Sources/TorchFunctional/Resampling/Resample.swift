import TorchCore

/// Images with another number of positions: nearest neighbours, linear and cubic interpolation. All are one pair of ops, which map
/// one dimension after another; PyTorch's overloads are written in terms of it.
enum Resample {
  /// Whether an op can resample a tensor, and the sizes it gives.
  private static func check(_ x: [Int], _ dtype: DType, _ mode: String, _ size: [Int], _ scales: [Double]) throws -> (Interpolation, Dims) {
    guard let mode = Interpolation(rawValue: mode) else { throw TorchError(.value, "unknown interpolation \"\(mode)\"") }
    guard x.count == size.count + 2, (1...3).contains(size.count) else {
      throw TorchError(.shape, "resampling \(size.count) dimensions needs \(size.count + 2), got sizes \(x)")
    }
    guard x.dropFirst().allSatisfy({ $0 > 0 }), size.allSatisfy({ $0 > 0 && $0 <= Int(Int32.max) }) else {
      throw TorchError(.shape, "input and output sizes must be greater than 0, got \(x) and \(size)")
    }
    guard scales.count == size.count else { throw TorchError(.value, "expected \(size.count) scales, got \(scales.count)") }
    guard dtype.isFloatingPoint || (dtype == .uint8 && (mode.isNearest || size.count == 2)) else {
      throw TorchError(.dtype, "resampling needs a floating-point type, or uint8 for images, got \(dtype)")
    }
    return (mode, Dims(x.prefix(2) + size))
  }

  private static func spec(_ sizes: Dims, like x: Tensor) -> TensorSpec {
    TensorSpec(sizes, x.dtype, strides: x.prefersChannelsLast ? sizes.channelsLastStrides : nil)
  }

  /// The type that positions are computed in.
  private static func positionType(_ dtype: DType, _ mode: Interpolation, _ size: [Int]) -> DType {
    mode.isNearest && size.count == 2 ? .float32 : dtype
  }

  private static func maps(
    _ sizes: [Int], _ mode: Interpolation, _ size: [Int], _ alignCorners: Bool, _ scales: [Double], _ dtype: DType,
    weights: DType = .float64
  ) -> [(dim: Int, map: LineMap)] {
    let type = positionType(dtype, mode, size)
    return size.indices.map { i in
      let map = mode.map(sizes[2 + i], size[i], alignCorners: alignCorners, scale: scales[i], type, weights: weights)
      return (2 + i, map)
    }
  }

  /// Whether PyTorch keeps the weights of half types in the tensor's type: everywhere but in its kernel for small or channels-last
  /// images and two neighbours.
  private static func keepsWeightsNarrow(_ x: Tensor, _ mode: Interpolation, _ size: [Int]) -> Bool {
    guard x.dtype.byteCount == 2 else { return false }
    let isSmall = size.count == 2 && size[0] + size[1] <= 128
    return !(mode == .linear && size.count == 2 && (isSmall || (x.isChannelsLast && x.impl.sizes[1] > 3)))
  }

  /// Images of bytes, in whole numbers as PyTorch and Pillow do it: a dimension after the other, the last one first, each rounded.
  private static func bytes(_ x: Tensor, _ maps: [(dim: Int, map: LineMap)], into out: Tensor) throws {
    var current = x.to(.int64)
    for (dim, map) in maps.reversed() {
      let (whole, precision) = map.fixedPoint
      var sizes = current.impl.sizes
      sizes[dim] = map.outSize
      let sums = try Tensor.allocate(TensorSpec(sizes, .int64))
      try LineMap.apply([(dim, whole)], current, into: sums)
      current = (sums + Tensor(precision > 0 ? 1 << (precision - 1) : 0)).floorDivide(Tensor(1 << precision)).clamp(min: 0, max: 255)
    }
    Copying.copy(current, into: out)
  }

  static let forward: Op<Tensor, String, [Int], Bool, [Double], Tensor> = .structured(
    "torch::resample(Tensor self, str mode, int[] output_size, bool align_corners, float[] scales) -> Tensor",
    rule: { x, mode, size, _, scales in spec(try check(x.shape, x.dtype, mode, size, scales).1, like: x) },
    kernel: { out, x, mode, size, alignCorners, scales in
      let (mode, _) = try check(x.shape, x.dtype, mode, size, scales)
      if mode.isNearest {
        let type = positionType(x.dtype, mode, size)
        let positions = size.indices.map { mode.positions(x.impl.sizes[2 + $0], size[$0], scale: scales[$0], type) }
        return AxisGather.apply(positions, x, into: out)
      }
      if x.dtype == .uint8 {
        return try bytes(x, maps(x.shape, mode, size, alignCorners, scales, .float64), into: out)
      }
      let weights = keepsWeightsNarrow(x, mode, size) ? x.dtype : .float64
      try LineMap.apply(maps(x.shape, mode, size, alignCorners, scales, x.dtype, weights: weights), x, into: out)
    },
    vjp: { tape, x, mode, size, alignCorners, scales in
      let sizes = x.shape
      return { g, sink in sink[0] = backward(g.first, mode, size, sizes, alignCorners, scales) }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([2, 2, 5])), .string("nearest"), [7].box(), false.box(), [0.0].box()),
        Sample(.tensor(s.tensor([1, 2, 4, 3])), .string("nearestExact"), [3, 5].box(), false.box(), [0.0, 0.0].box()),
        Sample(.tensor(s.tensor([1, 2, 4, 3])), .string("linear"), [6, 2].box(), false.box(), [1.5, 0.7].box()),
        Sample(.tensor(s.tensor([1, 1, 3, 2, 3])), .string("linear"), [2, 4, 4].box(), true.box(), [0.0, 0.0, 0.0].box()),
        Sample(.tensor(s.tensor([1, 2, 4, 5])), .string("cubic"), [6, 3].box(), false.box(), [0.0, 0.0].box()),
        Sample(.tensor(s.tensor([1, 2, 6, 5])), .string("linearAntialiased"), [3, 8].box(), false.box(), [0.0, 0.0].box()),
        Sample(.tensor(s.tensor([1, 2, 6, 5])), .string("cubicAntialiased"), [3, 2].box(), true.box(), [0.0, 0.0].box()),
      ]
    })

  static let backward: Op<Tensor, String, [Int], [Int], Bool, [Double], Tensor> = .structured(
    "torch::resample_backward(Tensor grad_output, str mode, int[] output_size, int[] input_size, bool align_corners, float[] scales) -> Tensor",
    rule: { g, mode, size, input, _, scales in
      let (_, sizes) = try check(input, g.dtype, mode, size, scales)
      guard g.impl.sizes == sizes, g.dtype.isFloatingPoint else {
        throw TorchError(.shape, "grad_output must be floating-point of sizes \(sizes), got \(g.summary)")
      }
      return spec(Dims(input), like: g)
    },
    kernel: { out, g, mode, size, input, alignCorners, scales in
      let (mode, _) = try check(input, g.dtype, mode, size, scales)
      let maps = maps(input, mode, size, alignCorners, scales, g.dtype)
      try LineMap.apply(maps.map { ($0.dim, $0.map.transposed) }, g, into: out)
    },
    vjp: { _, _, mode, size, _, alignCorners, scales in { v, sink in sink[0] = forward(v.first, mode, size, alignCorners, scales) } },
    samples: { s in
      [
        Sample(
          .tensor(s.tensor([1, 2, 6, 2])), .string("linear"), [6, 2].box(), [1, 2, 4, 3].box(), false.box(), [0.0, 0.0].box())
      ]
    })

  // MARK: PyTorch's overloads

  /// The result's sizes and scales from either of them.
  private static func target(_ x: Tensor, _ size: [Int]?, _ scales: [Double]?, _ dims: Int) throws -> ([Int], [Double]) {
    guard x.rank == dims + 2 else {
      throw TorchError(.shape, "resampling \(dims) dimensions needs \(dims + 2), got \(x.summary)")
    }
    switch (size, scales) {
    case (let size?, nil):
      guard size.count == dims else { throw TorchError(.value, "output_size must be \(dims) numbers, got \(size)") }
      return (size, [Double](repeating: 0, count: dims))
    case (nil, let scales?):
      guard scales.count == dims else { throw TorchError(.value, "scale_factors must be \(dims) numbers, got \(scales)") }
      let sizes: [Int] = try (0..<dims).map { i in
        let size = Double(x.impl.sizes[2 + i]) * scales[i]
        guard size >= 0, size <= Double(Int32.max) else {
          throw TorchError(.value, "a scale factor of \(scales[i]) gives no size for \(x.summary)")
        }
        return Int(size)
      }
      return (sizes, scales)
    default: throw TorchError(.value, "exactly one of output_size and scale_factors must be given")
    }
  }

  /// Resampling to a size or by factors.
  static func call(
    _ x: Tensor, _ mode: Interpolation, _ size: [Int]?, _ factors: [Double]?, alignCorners: Bool
  ) throws -> Tensor {
    let (size, scales) = try target(x, size, factors, x.rank - 2)
    return try forward.callThrowing(x, mode.rawValue, size, alignCorners, scales)
  }

  private static func backwardSizes(_ input: [Int], _ dims: Int) throws -> [Int] {
    guard input.count == dims + 2 else { throw TorchError(.value, "input_size must be \(dims + 2) numbers, got \(input)") }
    return input
  }

  /// Names of the arguments for the scales.
  private static func scaleArguments(_ dims: Int) -> String {
    dims == 1
      ? "float? scales=None" : (dims == 3 ? "float? scales_d=None, " : "") + "float? scales_h=None, float? scales_w=None"
  }

  /// The overloads of a nearest-neighbour op: by size and scales, by either, and the gradient.
  private static func nearest(_ name: String, _ mode: Interpolation, _ dims: Int) -> [AnyOp] {
    let mode = mode.rawValue
    let plain = "aten::\(name)(Tensor self, SymInt[\(dims)] output_size, \(scaleArguments(dims))) -> Tensor"
    let gradient =
      "aten::\(name)_backward(Tensor grad_output, SymInt[\(dims)] output_size, SymInt[\(dims + 2)] input_size, "
      + "\(scaleArguments(dims))) -> Tensor"
    let either = Op<Tensor, [Int]?, [Double]?, Tensor>.composite(
      "aten::\(name).vec(Tensor input, SymInt[]? output_size, float[]? scale_factors) -> Tensor",
      samples: samples(dims, aligned: false)
    ) { x, size, factors in
      let (size, scales) = try target(x, size, factors, dims)
      return try forward.callThrowing(x, mode, size, false, scales)
    }.erased
    @Sendable func run(_ x: Tensor, _ size: [Int], _ scales: [Double?]) throws -> Tensor {
      try forward.callThrowing(x, mode, size, false, scales.map { $0 ?? 0 })
    }
    @Sendable func back(_ g: Tensor, _ size: [Int], _ input: [Int], _ scales: [Double?]) throws -> Tensor {
      try backward.callThrowing(g, mode, size, try backwardSizes(input, dims), false, scales.map { $0 ?? 0 })
    }
    switch dims {
    case 1:
      return [
        either, Op<Tensor, [Int], Double?, Tensor>.composite(plain) { try run($0, $1, [$2]) }.erased,
        Op<Tensor, [Int], [Int], Double?, Tensor>.composite(gradient) { try back($0, $1, $2, [$3]) }.erased,
      ]
    case 2:
      return [
        either, Op<Tensor, [Int], Double?, Double?, Tensor>.composite(plain) { try run($0, $1, [$2, $3]) }.erased,
        Op<Tensor, [Int], [Int], Double?, Double?, Tensor>.composite(gradient) { try back($0, $1, $2, [$3, $4]) }.erased,
      ]
    default:
      return [
        either, Op<Tensor, [Int], Double?, Double?, Double?, Tensor>.composite(plain) { try run($0, $1, [$2, $3, $4]) }.erased,
        Op<Tensor, [Int], [Int], Double?, Double?, Double?, Tensor>.composite(gradient) { try back($0, $1, $2, [$3, $4, $5]) }.erased,
      ]
    }
  }

  /// The overloads of an interpolation whose corners may be aligned.
  private static func aligned(_ name: String, _ mode: Interpolation, _ dims: Int) -> [AnyOp] {
    let mode = mode.rawValue
    let plain = "aten::\(name)(Tensor self, SymInt[\(dims)] output_size, bool align_corners, \(scaleArguments(dims))) -> Tensor"
    let gradient =
      "aten::\(name)_backward(Tensor grad_output, SymInt[\(dims)] output_size, SymInt[\(dims + 2)] input_size, bool align_corners, "
      + "\(scaleArguments(dims))) -> Tensor"
    let either = Op<Tensor, [Int]?, Bool, [Double]?, Tensor>.composite(
      "aten::\(name).vec(Tensor input, SymInt[]? output_size, bool align_corners, float[]? scale_factors) -> Tensor",
      samples: samples(dims, aligned: true)
    ) { x, size, alignCorners, factors in
      let (size, scales) = try target(x, size, factors, dims)
      return try forward.callThrowing(x, mode, size, alignCorners, scales)
    }.erased
    @Sendable func run(_ x: Tensor, _ size: [Int], _ alignCorners: Bool, _ scales: [Double?]) throws -> Tensor {
      try forward.callThrowing(x, mode, size, alignCorners, scales.map { $0 ?? 0 })
    }
    @Sendable func back(_ g: Tensor, _ size: [Int], _ input: [Int], _ alignCorners: Bool, _ scales: [Double?]) throws -> Tensor {
      try backward.callThrowing(g, mode, size, try backwardSizes(input, dims), alignCorners, scales.map { $0 ?? 0 })
    }
    switch dims {
    case 1:
      return [
        either, Op<Tensor, [Int], Bool, Double?, Tensor>.composite(plain) { try run($0, $1, $2, [$3]) }.erased,
        Op<Tensor, [Int], [Int], Bool, Double?, Tensor>.composite(gradient) { try back($0, $1, $2, $3, [$4]) }.erased,
      ]
    case 2:
      return [
        either, Op<Tensor, [Int], Bool, Double?, Double?, Tensor>.composite(plain) { try run($0, $1, $2, [$3, $4]) }.erased,
        Op<Tensor, [Int], [Int], Bool, Double?, Double?, Tensor>.composite(gradient) { try back($0, $1, $2, $3, [$4, $5]) }.erased,
      ]
    default:
      return [
        either, Op<Tensor, [Int], Bool, Double?, Double?, Double?, Tensor>.composite(plain) { try run($0, $1, $2, [$3, $4, $5]) }.erased,
        Op<Tensor, [Int], [Int], Bool, Double?, Double?, Double?, Tensor>.composite(gradient) {
          try back($0, $1, $2, $3, [$4, $5, $6])
        }.erased,
      ]
    }
  }

  /// A call by size and one by scale.
  private static func samples(_ dims: Int, aligned: Bool) -> SampleMaker {
    { s in
      let sizes = [1, 2] + Array([3, 4, 3].prefix(dims))
      let corners: [IValue] = aligned ? [true.box()] : []
      let size: [IValue] = [.tensor(s.tensor(sizes)), Array([5, 2, 4].prefix(dims)).box()] + corners + [.none]
      let scale: [IValue] = [.tensor(s.tensor(sizes)), .none] + (aligned ? [false.box()] : []) + [Array([1.7, 0.6, 2].prefix(dims)).box()]
      return [Sample(size), Sample(scale)]
    }
  }

  static let table: [AnyOp] = [
    [forward.erased, backward.erased],
    (1...3).flatMap { nearest("upsample_nearest\($0)d", .nearest, $0) },
    (1...3).flatMap { nearest("_upsample_nearest_exact\($0)d", .nearestExact, $0) },
    aligned("upsample_linear1d", .linear, 1), aligned("upsample_bilinear2d", .linear, 2), aligned("upsample_trilinear3d", .linear, 3),
    aligned("upsample_bicubic2d", .cubic, 2), aligned("_upsample_bilinear2d_aa", .linearAntialiased, 2),
    aligned("_upsample_bicubic2d_aa", .cubicAntialiased, 2), aligned("_upsample_lanczos2d_aa", .lanczosAntialiased, 2),
  ].flatMap { $0 }
}
