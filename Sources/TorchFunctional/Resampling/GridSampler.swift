import CTorchKernels
import TorchCore

/// Images sampled at the points of a grid.
enum GridSampler {
  typealias Forward = Op<Tensor, Tensor, Int, Int, Bool, Tensor>
  typealias Backward = Op<Tensor, Tensor, Tensor, Int, Int, Bool, [Bool], TensorPair>

  /// The geometry of a call, judged: `dims` 2 or 3, points of as many coordinates, last dimension first.
  struct Geometry {
    let dims: Int
    let mode: Int
    let padding: Int
    let alignCorners: Bool
    let batch: Int
    let channels: Int
    let size: [Int]
    let out: [Int]

    init(_ x: Tensor, _ grid: Tensor, _ mode: Int, _ padding: Int, _ alignCorners: Bool, dims: Int) throws {
      guard x.rank == dims + 2, grid.rank == dims + 2 else {
        throw TorchError(.shape, "expected input and grid of \(dims + 2) dimensions, got \(x.impl.sizes) and \(grid.impl.sizes)")
      }
      guard x.dtype == grid.dtype else {
        throw TorchError(.dtype, "input and grid must have one type, got \(x.dtype) and \(grid.dtype)")
      }
      try NNKernels.require(x.dtype, "the input of a grid sampler")
      guard x.impl.sizes[0] == grid.impl.sizes[0], grid.impl.sizes[dims + 1] == dims else {
        throw TorchError(
          .shape, "the grid must have the input's batch size and \(dims) coordinates, got \(grid.impl.sizes) for \(x.impl.sizes)")
      }
      guard x.impl.sizes.dropFirst(2).allSatisfy({ $0 > 0 }) else {
        throw TorchError(.shape, "the input's images must not be empty, got \(x.impl.sizes)")
      }
      guard (0...2).contains(mode), (0...2).contains(padding), mode != 2 || dims == 2 else {
        throw TorchError(
          .value, "the mode must be bilinear, nearest or, for images, bicubic (0...2), and the padding zeros, border or reflection "
            + "(0...2), got \(mode) and \(padding)")
      }
      (self.dims, self.mode, self.padding, self.alignCorners) = (dims, mode, padding, alignCorners)
      (batch, channels) = (x.impl.sizes[0], x.impl.sizes[1])
      size = Array(x.shape.dropFirst(2))
      out = Array(grid.shape.dropFirst().dropLast())
    }

    var points: Int { out.reduce(1, *) }
    var outSizes: Dims { Dims([batch, channels] + out) }

    func withKernelForm(_ body: (UnsafePointer<torch_grid>) throws -> Void) rethrows {
      let all = (Array(repeating: 1, count: 3 - dims) + size).map { Int64($0) }
      var grid = torch_grid(
        channels: Int64(channels), size: (all[0], all[1], all[2]), points: Int64(points), dims: Int32(dims), mode: Int32(mode),
        padding: Int32(padding), align_corners: alignCorners)
      try withUnsafePointer(to: &grid, body)
    }
  }

  private static func kernels(_ dtype: DType) throws -> torch_spatial_kernels {
    guard let table = torch_spatial(torch_level_current(), Int32(dtype.rawValue)) else {
      throw TorchError(.dtype, "not defined for \(dtype)")
    }
    return table.pointee
  }

  private static func forward(
    _ schema: String, _ dims: Int, samples: @escaping SampleMaker, backward: @escaping @Sendable () -> Backward
  ) -> Forward {
    .structured(
      schema,
      rule: { x, grid, mode, padding, align in
        let sizes = try Geometry(x, grid, mode, padding, align, dims: dims).outSizes
        return TensorSpec(sizes, x.dtype, strides: x.prefersChannelsLast ? sizes.channelsLastStrides : nil)
      },
      kernel: { out, x, grid, mode, padding, align in
        let geometry = try Geometry(x, grid, mode, padding, align, dims: dims)
        let (source, points) = (x.kernelInput, grid.kernelInput)
        // Half types are rounded to at every step, in float32.
        let table = try kernels(x.dtype)
        let wide = out.dtype == source.dtype && out.isContiguous
          ? out : try Tensor.allocate(TensorSpec(out.impl.sizes, source.dtype))
        geometry.withKernelForm { form in
          parallelFor(geometry.batch * geometry.points, grain: Swift.max(1, 2048 / Swift.max(geometry.channels, 1))) {
            table.grid_sample?(
              wide.address, source.address, points.address, form, Int64($0.lowerBound), Int64($0.upperBound))
          }
        }
        if !(wide === out) { Copying.copy(wide, into: out) }
      },
      vjp: { tape, x, grid, mode, padding, align in
        let (input, points) = (tape.save(x), tape.save(grid))
        return { g, sink in
          let pair = backward()(
            g.first, try sink.value(input), try sink.value(points), mode, padding, align, [sink.wants(0), sink.wants(1)])
          if sink.wants(0) { sink[0] = pair.values }
          if sink.wants(1) { sink[1] = pair.indices }
        }
      },
      samples: samples)
  }

  private static func backward(_ schema: String, _ dims: Int, samples: @escaping SampleMaker) -> Backward {
    .structured(
      schema,
      rule: { g, x, grid, mode, padding, align, mask in
        let sizes = try Geometry(x, grid, mode, padding, align, dims: dims).outSizes
        guard g.impl.sizes == sizes, mask.count == 2 else {
          throw TorchError(.shape, "expected grad_output of sizes \(sizes) and an output_mask of 2 entries, got \(g.impl.sizes) and \(mask)")
        }
        return (TensorSpec(like: x, sizes: mask[0] ? x.impl.sizes : [0]), TensorSpec(like: grid, sizes: mask[1] ? grid.impl.sizes : [0]))
      },
      kernel: { out, g, x, grid, mode, padding, align, mask in
        let geometry = try Geometry(x, grid, mode, padding, align, dims: dims)
        let (gradient, source, points) = (g.kernelInput, x.kernelInput, grid.kernelInput)
        let table = try kernels(source.dtype)
        try geometry.withKernelForm { form in
          if mask[0] {
            try NNKernels.filling(out.values) { result in
              Copying.fill(result, 0)
              parallelFor(geometry.batch * geometry.channels, grain: Swift.max(1, 2048 / Swift.max(geometry.points, 1))) {
                table.grid_grad_in?(
                  result.address, gradient.address, points.address, form, Int64($0.lowerBound), Int64($0.upperBound))
              }
            }
          }
          if mask[1] {
            try NNKernels.filling(out.indices) { result in
              parallelFor(geometry.batch * geometry.points, grain: Swift.max(1, 2048 / Swift.max(geometry.channels, 1))) {
                table.grid_grad_grid?(
                  result.address, gradient.address, source.address, points.address, form, Int64($0.lowerBound),
                  Int64($0.upperBound))
              }
            }
          }
        }
      },
      vjp: { tape, g, x, grid, mode, padding, align, mask in
        let (gradient, input, points) = (tape.save(g), tape.save(x), tape.save(grid))
        return { v, sink in
          let (x, grid) = (try sink.value(input), try sink.value(points))
          let geometry = try Geometry(x, grid, mode, padding, align, dims: dims)
          let (first, rest) = try HigherOrder.pullBack(
            [x, grid], gradient: try sink.value(gradient), cotangents: [mask[0] ? v[0] : nil, mask[1] ? v[1] : nil],
            createsGraph: isGradEnabled
          ) { GridComposite.sample($0[0], $0[1], geometry) }
          if sink.wants(0) { sink[0] = first }
          if sink.wants(1) { sink[1] = rest[0] }
          if sink.wants(2) { sink[2] = rest[1] }
        }
      },
      samples: samples)
  }

  static let sample2d: Forward = forward(
    "aten::grid_sampler_2d(Tensor input, Tensor grid, int interpolation_mode, int padding_mode, bool align_corners) -> Tensor", 2,
    samples: samples2d, backward: { backward2d })
  static let sample3d: Forward = forward(
    "aten::grid_sampler_3d(Tensor input, Tensor grid, int interpolation_mode, int padding_mode, bool align_corners) -> Tensor", 3,
    samples: samples3d, backward: { backward3d })
  static let backward2d: Backward = backward(
    "aten::grid_sampler_2d_backward(Tensor grad_output, Tensor input, Tensor grid, int interpolation_mode, int padding_mode, bool align_corners, bool[2] output_mask) -> (Tensor, Tensor)",
    2,
    samples: { s in
      [
        Sample(
          .tensor(s.tensor([1, 2, 2, 3])), .tensor(s.tensor([1, 2, 4, 5])), .tensor(s.tensor([1, 2, 3, 2], low: -0.9, high: 0.9)),
          0.box(), 0.box(), false.box(), [true, true].box())
      ]
    })
  static let backward3d: Backward = backward(
    "aten::grid_sampler_3d_backward(Tensor grad_output, Tensor input, Tensor grid, int interpolation_mode, int padding_mode, bool align_corners, bool[2] output_mask) -> (Tensor, Tensor)",
    3,
    samples: { s in
      [
        Sample(
          .tensor(s.tensor([1, 1, 2, 1, 2])), .tensor(s.tensor([1, 1, 3, 2, 4])),
          .tensor(s.tensor([1, 2, 1, 2, 3], low: -0.9, high: 0.9)), 0.box(), 1.box(), true.box(), [true, true].box())
      ]
    })

  private static let samples2d: SampleMaker = { s in
    [
      Sample(.tensor(s.tensor([2, 3, 4, 5])), .tensor(s.tensor([2, 2, 3, 2], low: -0.9, high: 0.9)), 0.box(), 0.box(), false.box()),
      Sample(.tensor(s.tensor([1, 2, 4, 5])), .tensor(s.tensor([1, 2, 3, 2], low: -1.4, high: 1.4)), 0.box(), 2.box(), true.box()),
      Sample(.tensor(s.tensor([1, 2, 4, 5])), .tensor(s.tensor([1, 2, 3, 2], low: -1.2, high: 1.2)), 1.box(), 1.box(), false.box()),
      Sample(.tensor(s.tensor([1, 2, 4, 5])), .tensor(s.tensor([1, 2, 3, 2], low: -0.9, high: 0.9)), 2.box(), 1.box(), true.box()),
    ]
  }
  private static let samples3d: SampleMaker = { s in
    [
      Sample(
        .tensor(s.tensor([1, 2, 3, 4, 3])), .tensor(s.tensor([1, 2, 1, 3, 3], low: -0.9, high: 0.9)), 0.box(), 1.box(), false.box())
    ]
  }

  static let sample = Forward.composite(
    "aten::grid_sampler(Tensor input, Tensor grid, int interpolation_mode, int padding_mode, bool align_corners) -> Tensor",
    samples: samples2d
  ) { x, grid, mode, padding, align in try (x.rank == 5 ? sample3d : sample2d).callThrowing(x, grid, mode, padding, align) }

  // MARK: Affine grids

  /// The centres of `size` cells from -1 to 1; or the corners.
  private static func centres(_ size: Int, _ alignCorners: Bool, like theta: Tensor) throws -> Tensor {
    if size <= 1 { return Tensor.zeros([size], dtype: theta.dtype) }
    let line = Tensor.linspace(-1, 1, steps: size, dtype: theta.dtype)
    return alignCorners ? line : line * Tensor(scalar: .double(Double(size - 1) / Double(size)))
  }

  /// The points (x, y, 1) or (x, y, z, 1) of a grid of the sizes (H, W) or (D, H, W), one a row.
  private static func base(_ sizes: [Int], _ alignCorners: Bool, like theta: Tensor) throws -> Tensor {
    let dims = sizes.count
    var columns: [Tensor] = []
    for d in (0..<dims).reversed() {
      var shape = [Int](repeating: 1, count: dims)
      shape[d] = sizes[d]
      columns.append(try centres(sizes[d], alignCorners, like: theta).reshape(shape).expand(sizes))
    }
    columns.append(Tensor.ones(sizes, dtype: theta.dtype))
    return stack(columns, dim: -1).reshape([sizes.reduce(1, *), dims + 1])
  }

  static let affineGrid = Op<Tensor, [Int], Bool, Tensor>.composite(
    "aten::affine_grid_generator(Tensor theta, SymInt[] size, bool align_corners) -> Tensor",
    rule: { theta, size, _ in
      guard size.count == 4 || size.count == 5, size.allSatisfy({ $0 > 0 && $0 <= Int(Int32.max) }) else {
        throw TorchError(.value, "size must be (N, C, H, W) or (N, C, D, H, W), all greater than 0, got \(size)")
      }
      let dims = size.count - 2
      _ = try Tensor.checkedByteCount(Dims(size), .complex128)
      guard theta.impl.sizes == [size[0], dims, dims + 1], theta.dtype.isFloatingPoint else {
        throw TorchError(.shape, "theta must be floating-point of sizes [\(size[0]), \(dims), \(dims + 1)], got \(theta.summary)")
      }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([2, 2, 3])), [2, 1, 3, 4].box(), false.box()),
        Sample(.tensor(s.tensor([1, 3, 4])), [1, 1, 2, 3, 2].box(), true.box()),
      ]
    }
  ) { theta, size, alignCorners in
    let spatial = Array(size.dropFirst(2))
    let points = try base(spatial, alignCorners, like: theta)
    return points.unsqueeze(0).expand([size[0]] + points.shape).bmm(theta.transpose(1, 2)).reshape([size[0]] + spatial + [spatial.count])
  }

  static let table: [AnyOp] = [
    sample.erased, sample2d.erased, sample3d.erased, backward2d.erased, backward3d.erased, affineGrid.erased,
  ]
}
