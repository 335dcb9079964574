import TorchCore

/// Maxima over windows whose places are drawn at random, so that sizes shrink by any factor. Graham, "Fractional Max-Pooling", 2014.
enum FractionalMaxPool {
  typealias Forward = Op<Tensor, [Int], [Int], Tensor, TensorPair>

  private static func check(_ x: Tensor, _ kernel: [Int], _ size: [Int], _ samples: Tensor, _ dims: Int) throws {
    try NNKernels.require(x.dtype, "the input of a pooling")
    let spatial = try PoolShape.spatial(x, dims)
    guard kernel.count == dims, size.count == dims, (kernel + size).allSatisfy({ $0 >= 1 && $0 <= Int(Int32.max) }) else {
      throw TorchError(.value, "kernel_size and output_size must be \(dims) numbers of at least 1, got \(kernel) and \(size)")
    }
    for i in 0..<dims where size[i] + kernel[i] - 1 > spatial[i] {
      throw TorchError(
        .shape, "\(size[i]) different windows of \(kernel[i]) elements do not fit into the \(spatial[i]) of spatial dimension \(i)")
    }
    let channels = x.impl.sizes[x.rank - dims - 1]
    // Of samples for several examples, one without a batch dimension takes the first, as in PyTorch.
    let fits = x.rank == dims + 2
      ? samples.impl.sizes == [x.impl.sizes[0], channels, dims]
      : samples.rank == 3 && samples.impl.sizes[0] > 0 && samples.impl.sizes.dropFirst().elementsEqual([channels, dims])
    guard fits, samples.dtype == x.dtype else {
      throw TorchError(
        .shape, "random_samples must have self's type and sizes (N, C, \(dims)), got \(samples.summary) for \(x.summary)")
    }
  }

  /// Where the windows of one dimension of a plane begin. Computed in the tensor's type, as PyTorch does: the rounding decides.
  private static func starts(_ sample: Double, _ size: Int, _ out: Int, _ kernel: Int, _ dtype: DType) -> [Int] {
    var starts: [Int] = []
    if out > 1 {
      let alpha = dtype.rounded(Double(size - kernel) / Double(out - 1))
      let first = Int(dtype.rounded(sample * alpha))
      for i in 0..<(out - 1) {
        starts.append(Int(dtype.rounded(dtype.rounded(Double(i) + sample) * alpha)) - first)
      }
    }
    return starts + [size - kernel]
  }

  private static func pool(_ schema: String, _ dims: Int, samples: @escaping SampleMaker) -> Forward {
    .structured(
      schema,
      rule: { x, kernel, size, random in
        try check(x, kernel, size, random, dims)
        return (TensorSpec(like: x, sizes: PoolShape.sizes(x, size)), TensorSpec(like: x, sizes: PoolShape.sizes(x, size), dtype: .int64))
      },
      kernel: { out, x, kernel, size, random in
        let spatial = Array(x.shape.suffix(dims))
        let numbers = random.array(as: Double.self)
        guard numbers.allSatisfy({ $0 >= 0 && $0 <= 1 }) else {
          throw TorchError(.value, "random_samples must lie between 0 and 1")
        }
        try MaxWindows.run(x, into: out) { plane in
          (0..<dims).map { i in
            // With two dimensions the first number is the width's.
            let sample = numbers[plane * dims + (dims == 2 ? 1 - i : i)]
            var axis = WindowAxis(size: spatial[i])
            for start in starts(sample, spatial[i], size[i], kernel[i], x.dtype) {
              let begin = Swift.min(Swift.max(start, 0), spatial[i] - kernel[i])
              axis.append(begin, begin + kernel[i])
            }
            return axis
          }
        }
      },
      vjp: { tape, x, _, _, _ in
        let sizes = x.shape
        let indices = tape.result.indices.alias()
        return { g, sink in if sink.wants(0) { sink[0] = PlaneIndices.spread(g.first, indices, sizes, dims) } }
      },
      samples: samples)
  }

  static let pool2d: Forward = pool(
    "aten::fractional_max_pool2d(Tensor self, int[2] kernel_size, int[2] output_size, Tensor random_samples) -> (Tensor, Tensor)", 2,
    samples: { s in
      [
        Sample(.tensor(s.tensor([2, 3, 6, 7])), [2, 2].box(), [3, 4].box(), .tensor(s.tensor([2, 3, 2], low: 0, high: 1))),
        Sample(.tensor(s.tensor([2, 5, 5])), [3, 2].box(), [2, 1].box(), .tensor(s.tensor([1, 2, 2], low: 0, high: 1))),
      ]
    })
  static let pool3d: Forward = pool(
    "aten::fractional_max_pool3d(Tensor self, int[3] kernel_size, int[3] output_size, Tensor random_samples) -> (Tensor, Tensor)", 3,
    samples: { s in
      [Sample(.tensor(s.tensor([1, 2, 4, 6, 5])), [2, 2, 2].box(), [3, 4, 2].box(), .tensor(s.tensor([1, 2, 3], low: 0, high: 1)))]
    })

  static let table: [AnyOp] = [pool2d.erased, pool3d.erased]
}
