import TorchCore

/// How the transforms' common arguments are read.
enum FFTArguments {
  /// `x` in a type that can be transformed: integers and bool become the default type; complex if asked for.
  static func promoted(_ x: Tensor, complex: Bool) throws -> Tensor {
    if x.dtype.isComplex { return x }
    let type = x.dtype.isFloatingPoint ? x.dtype : defaultDType
    guard type == .float32 || type == .float64 else { throw TorchError(.dtype, "transforms of \(type) are not supported") }
    return x.to(complex ? type.complexType : type)
  }

  /// As `promoted`, for transforms of real signals.
  static func real(_ x: Tensor) throws -> Tensor {
    guard !x.dtype.isComplex else { throw TorchError(.dtype, "expected a real tensor, got \(x.dtype)") }
    return try promoted(x, complex: false)
  }

  /// A dimension counted from the front; a 0-d tensor has none.
  static func dimension(_ dim: Int, _ x: Tensor) throws -> Int {
    guard x.rank > 0 else { throw TorchError(.index, "dim names dimension \(dim), but self has no dimensions") }
    return try normalizeDim(dim, rank: x.rank)
  }

  static func checkLength(_ n: Int) throws {
    guard n >= 1 else { throw TorchError(.value, "a transform needs at least one data point, got \(n)") }
  }

  /// `x` cut off or filled up with zeros to the given sizes along the dimensions.
  static func resized(_ x: Tensor, _ dims: [Int], _ sizes: [Int]) throws -> Tensor {
    var out = x
    var pad = Array(repeating: 0, count: 2 * x.rank)
    var grows = false
    for (d, size) in zip(dims, sizes) {
      let present = x.impl.sizes[d]
      if present > size { out = out.narrow(d, 0, size) }
      if present < size {
        pad[2 * (x.rank - 1 - d) + 1] = size - present
        grows = true
      }
    }
    return grows ? out.constantPad(pad) : out
  }

  /// The dimensions of a transform of several, and their sizes: those given, or all of them.
  static func several(_ x: Tensor, _ s: [Int]?, _ dim: [Int]?) throws -> (dims: [Int], sizes: [Int]) {
    var dims: [Int]
    if let dim {
      dims = try dim.map { try dimension($0, x) }
      guard Set(dims).count == dims.count else { throw TorchError(.value, "dim must name each dimension once, got \(dim)") }
      if let s, s.count != dims.count {
        throw TorchError(.value, "s and dim must be equally long, got \(s) and \(dim)")
      }
    } else if let s {
      guard s.count <= x.rank else { throw TorchError(.shape, "s has \(s.count) sizes, but self \(x.rank) dimensions") }
      dims = Array((x.rank - s.count)..<x.rank)
    } else {
      dims = Array(0..<x.rank)
    }
    let sizes = dims.enumerated().map { i, d in
      if let s, s[i] != -1 { return s[i] }
      return x.impl.sizes[d]
    }
    for size in sizes { try checkLength(size) }
    return (dims, sizes)
  }

  /// The same for transforms to real signals, whose last size is that of the signal.
  static func severalToReal(_ x: Tensor, _ s: [Int]?, _ dim: [Int]?) throws -> (dims: [Int], sizes: [Int], lastSize: Int) {
    var (dims, sizes) = try severalUnchecked(x, s, dim)
    guard let last = dims.last else { throw TorchError(.value, "at least one dimension must be transformed") }
    let size: Int
    if let given = s?.last, given != -1 { size = given } else { size = 2 * (x.impl.sizes[last] - 1) }
    try checkLength(size)
    sizes[sizes.count - 1] = size / 2 + 1
    return (dims, sizes, size)
  }

  /// As `several`; the size of the last dimension may be anything.
  private static func severalUnchecked(_ x: Tensor, _ s: [Int]?, _ dim: [Int]?) throws -> (dims: [Int], sizes: [Int]) {
    guard var s, !s.isEmpty else { return try several(x, s, dim) }
    s[s.count - 1] = 1
    return try several(x, s, dim)
  }
}
