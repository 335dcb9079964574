import TorchCore

/// What a transform is divided by. The numbers are PyTorch's (`fft_norm_mode`).
enum FFTNorm: Int {
  case none = 0, byRootOfCount = 1, byCount = 2

  /// The mode of PyTorch's name for it; `forward` says which way the transform goes.
  init(_ name: String?, forward: Bool) throws {
    switch name {
    case nil, "backward": self = forward ? .none : .byCount
    case "forward": self = forward ? .byCount : .none
    case "ortho": self = .byRootOfCount
    default:
      throw TorchError(.value, "norm must be \"forward\", \"backward\" or \"ortho\", got \"\(name ?? "")\"")
    }
  }

  fileprivate static func factor(_ number: Int, sizes: [Int]) throws -> Double {
    guard let mode = FFTNorm(rawValue: number) else {
      throw TorchError(.value, "normalization must be 0 (none), 1 (by the root of the count) or 2 (by the count), got \(number)")
    }
    let count = sizes.reduce(1.0) { $0 * Double($1) }
    return switch mode {
    case .none: 1
    case .byRootOfCount: 1 / count.squareRoot()
    case .byCount: 1 / count
    }
  }
}

/// The transforms that all others are made of: complex to complex, real to complex and complex to real, along several dimensions.
package enum FFTPrimitives {
  /// The dimensions counted from the front. They must be distinct and, if there are elements at all, not empty.
  private static func dims(_ dims: [Int], _ x: Tensor, atLeast count: Int) throws -> [Int] {
    guard dims.count >= count else { throw TorchError(.value, "at least one dimension must be transformed") }
    var found: [Int] = []
    for dim in dims {
      guard x.rank > 0 else { throw TorchError(.index, "dim names dimension \(dim), but self has no dimensions") }
      let d = try normalizeDim(dim, rank: x.rank)
      guard !found.contains(d) else { throw TorchError(.value, "dim must name each dimension once, got \(dims)") }
      guard x.impl.sizes[d] > 0 else { throw TorchError(.shape, "dimension \(d) has no elements to transform") }
      found.append(d)
    }
    return found
  }

  private static func length(_ x: Tensor, _ dims: [Int]) -> [Int] { dims.map { x.impl.sizes[$0] } }

  // MARK: Complex to complex

  package static let c2c: Op<Tensor, [Int], Int, Bool, Tensor> = .structured(
    "aten::_fft_c2c(Tensor self, SymInt[] dim, int normalization, bool forward) -> Tensor",
    rule: { x, dim, normalization, _ in
      guard x.dtype.isComplex else { throw TorchError(.dtype, "expected a complex tensor, got \(x.dtype)") }
      _ = try FFTNorm.factor(normalization, sizes: length(x, try dims(dim, x, atLeast: 0)))
      return TensorSpec(like: x)
    },
    kernel: { out, x, dim, normalization, forward in
      let dims = try dims(dim, x, atLeast: 0)
      if out.count == 0 { return }
      if dims.isEmpty { return Copying.copy(x, into: out) }
      let scale = try FFTNorm.factor(normalization, sizes: length(x, dims))
      FFTKernels.complex(out, x.contiguous(), dims: dims, inverse: !forward, scale: scale)
    },
    vjp: { _, _, dim, normalization, forward in
      { g, sink in sink[0] = c2c(g.first, dim, normalization, !forward) }
    },
    samples: { s in
      let type = s.dtype.complexType
      return [
        Sample(.tensor(s.tensor([3, 5], dtype: type)), [1].box(), 0.box(), true.box()),
        Sample(.tensor(s.tensor([4, 3, 2], dtype: type)), [0, -2].box(), 2.box(), false.box()),
        Sample(.tensor(s.tensor([37], dtype: type)), [0].box(), 1.box(), true.box()),
      ]
    })

  // MARK: Real to complex

  package static let r2c: Op<Tensor, [Int], Int, Bool, Tensor> = .structured(
    "aten::_fft_r2c(Tensor self, int[] dim, int normalization, bool onesided) -> Tensor",
    rule: { x, dim, normalization, onesided in
      guard x.dtype == .float32 || x.dtype == .float64 else {
        throw TorchError(.dtype, "expected a float32 or float64 tensor, got \(x.dtype)")
      }
      let dims = try dims(dim, x, atLeast: 1)
      _ = try FFTNorm.factor(normalization, sizes: length(x, dims))
      var sizes = x.impl.sizes
      if onesided { sizes[dims[dims.count - 1]] = sizes[dims[dims.count - 1]] / 2 + 1 }
      return TensorSpec(like: x, sizes: sizes, dtype: x.dtype.complexType)
    },
    kernel: { out, x, dim, normalization, onesided in
      if out.count == 0 { return }
      let dims = try dims(dim, x, atLeast: 1)
      let scale = try FFTNorm.factor(normalization, sizes: length(x, dims))
      let last = dims[dims.count - 1]
      // The dimension of real lines goes last.
      let moved = Moved(rank: x.rank, dim: last)
      let source = x.permute(moved.there).contiguous()
      var sizes = source.shape
      let n = sizes[x.rank - 1]
      sizes[x.rank - 1] = n / 2 + 1
      let others = dims.dropLast().map { moved.place(of: $0) }
      let isWhole = onesided || n <= 2
      let direct = last == x.rank - 1 && isWhole
      let half = direct ? out : try Tensor.allocate(TensorSpec(Dims(sizes), out.dtype))
      FFTKernels.realToComplex(half, source, scale: scale)
      FFTKernels.complex(half, half, dims: others, inverse: false, scale: 1)
      if direct { return }
      if isWhole { return Copying.copy(half.permute(moved.back), into: out) }
      let whole = last == x.rank - 1 ? out : try Tensor.allocate(TensorSpec(source.impl.sizes, out.dtype))
      Copying.copy(half, into: whole.narrow(-1, 0, n / 2 + 1))
      FFTKernels.mirror(whole, dims: others)
      if !(whole === out) { Copying.copy(whole.permute(moved.back), into: out) }
    },
    vjp: { _, x, dim, normalization, onesided in
      let type = x.dtype
      let size = x.impl.sizes[try normalizeDim(dim[dim.count - 1], rank: x.rank)]
      return { g, sink in
        if !onesided {
          sink[0] = c2c(g.first, dim, normalization, false).to(type)
        } else {
          // The transform back counts all places but the first and, for even sizes, the last twice.
          sink[0] = c2r(g.first * pairWeights(g.first, dim[dim.count - 1], size: size, 0.5), dim, normalization, size)
        }
      }
    },
    samples: { s in
      let type: DType = s.dtype == .float64 ? .float64 : .float32
      return [
        Sample(.tensor(s.tensor([3, 8], dtype: type)), [1].box(), 0.box(), true.box()),
        Sample(.tensor(s.tensor([4, 5], dtype: type)), [0, 1].box(), 2.box(), true.box()),
        Sample(.tensor(s.tensor([4, 5, 3], dtype: type)), [2, 0].box(), 1.box(), false.box()),
      ]
    })

  // MARK: Complex to real

  package static let c2r: Op<Tensor, [Int], Int, Int, Tensor> = .structured(
    "aten::_fft_c2r(Tensor self, int[] dim, int normalization, SymInt last_dim_size) -> Tensor",
    rule: { x, dim, normalization, size in
      guard x.dtype.isComplex else { throw TorchError(.dtype, "expected a complex tensor, got \(x.dtype)") }
      let dims = try dims(dim, x, atLeast: 1)
      let last = dims[dims.count - 1]
      guard size >= 1 else { throw TorchError(.value, "last_dim_size must be at least 1, got \(size)") }
      guard x.impl.sizes[last] == size / 2 + 1 else {
        throw TorchError(
          .shape,
          "\(size) real elements have a half spectrum of \(size / 2 + 1), but dimension \(last) of self has \(x.impl.sizes[last])")
      }
      var sizes = x.impl.sizes
      sizes[last] = size
      _ = try FFTNorm.factor(normalization, sizes: [])
      return TensorSpec(like: x, sizes: sizes, dtype: x.dtype.realType)
    },
    kernel: { out, x, dim, normalization, size in
      if out.count == 0 { return }
      let dims = try dims(dim, x, atLeast: 1)
      let scale = try FFTNorm.factor(normalization, sizes: length(out, dims))
      let last = dims[dims.count - 1]
      let moved = Moved(rank: x.rank, dim: last)
      let others = dims.dropLast().map { moved.place(of: $0) }
      var source = x.permute(moved.there).contiguous()
      if !others.isEmpty {
        let target = try Tensor.allocate(TensorSpec(source.impl.sizes, source.dtype))
        FFTKernels.complex(target, source, dims: others, inverse: true, scale: 1)
        source = target
      }
      if last == x.rank - 1 { return FFTKernels.complexToReal(out, source, scale: scale) }
      var sizes = source.impl.sizes
      sizes[x.rank - 1] = size
      let real = try Tensor.allocate(TensorSpec(sizes, out.dtype))
      FFTKernels.complexToReal(real, source, scale: scale)
      Copying.copy(real.permute(moved.back), into: out)
    },
    vjp: { _, _, dim, normalization, size in
      { g, sink in
        let spectrum = r2c(g.first, dim, normalization, true)
        sink[0] = spectrum * pairWeights(spectrum, dim[dim.count - 1], size: size, 2)
      }
    },
    samples: { s in
      let type = s.dtype.complexType
      return [
        Sample(.tensor(s.tensor([3, 5], dtype: type)), [1].box(), 2.box(), 8.box()),
        Sample(.tensor(s.tensor([3, 4, 2], dtype: type)), [2, 0].box(), 1.box(), 5.box()),
      ]
    })

  /// Along a half spectrum's dimension: `weight` for the places whose conjugate belongs to the spectrum too, 1 for the others.
  private static func pairWeights(_ spectrum: Tensor, _ dim: Int, size: Int, _ weight: Double) -> Tensor {
    let d = dim < 0 ? dim + spectrum.rank : dim
    let count = size / 2 + 1
    let weights = (0..<count).map { $0 == 0 || 2 * $0 == size ? 1.0 : weight }
    var shape = Array(repeating: 1, count: spectrum.rank)
    shape[d] = count
    return Tensor(weights, shape: shape, dtype: spectrum.dtype.realType)
  }

  package static let table: [AnyOp] = [c2c.erased, r2c.erased, c2r.erased]
}

/// An order of dimensions with one of them moved to the end.
private struct Moved {
  let there: [Int]
  let back: [Int]

  init(rank: Int, dim: Int) {
    there = (0..<rank).filter { $0 != dim } + [dim]
    var back = Array(repeating: 0, count: rank)
    for (place, d) in there.enumerated() { back[d] = place }
    self.back = back
  }

  func place(of dim: Int) -> Int { back[dim] }
}
