import CTorchKernels

/// A linear map from the positions of one dimension to those of another: interpolation, means of windows, and the gradients of both,
/// which are the transposed maps.
package struct LineMap: Sendable {
  package let inSize: Int
  package let outSize: Int
  // The terms of result i stand from starts[i] to starts[i + 1].
  private var starts: [Int64] = [0]
  private var indices: [Int64] = []
  private var weights: [Double] = []
  /// The number of terms where every result has equally many, otherwise 0.
  private var taps = 0

  /// `terms` hands the input positions and weights of a result to its second argument.
  package init(from inSize: Int, to outSize: Int, _ terms: (Int, (Int, Double) -> Void) -> Void) {
    self.inSize = inSize
    self.outSize = outSize
    var (starts, indices, weights): ([Int64], [Int64], [Double]) = ([0], [], [])
    starts.reserveCapacity(outSize + 1)
    for i in 0..<outSize {
      terms(i) { index, weight in
        indices.append(Int64(index))
        weights.append(weight)
      }
      starts.append(Int64(indices.count))
    }
    (self.starts, self.indices, self.weights) = (starts, indices, weights)
    countTaps()
  }

  /// Every result is the element at its position.
  package init(picking positions: [Int64], from inSize: Int) {
    self.inSize = inSize
    outSize = positions.count
    starts = (0...Int64(positions.count)).map { $0 }
    indices = positions
    weights = [Double](repeating: 1, count: positions.count)
    taps = positions.isEmpty ? 0 : 1
  }

  private init(from inSize: Int, to outSize: Int, starts: [Int64], indices: [Int64], weights: [Double]) {
    self.inSize = inSize
    self.outSize = outSize
    (self.starts, self.indices, self.weights) = (starts, indices, weights)
    countTaps()
  }

  private mutating func countTaps() {
    guard outSize > 0 else { return }
    let first = starts[1]
    taps = (0..<outSize).allSatisfy { starts[$0 + 1] - starts[$0] == first } ? Int(first) : 0
  }

  /// The map with weights as a tensor of the type can hold them.
  package func rounded(to dtype: DType) -> LineMap {
    var map = self
    map.weights = weights.map(dtype.rounded)
    return map
  }

  /// The map with its weights in units of 2^-precision as whole numbers of 16 bits, as precise as those allow.
  package var fixedPoint: (map: LineMap, precision: Int) {
    let greatest = weights.max() ?? 0
    var precision = 0
    while precision < 22, (0.5 + greatest * Double(1 << (precision + 1))).rounded(.down) < Double(1 << 15) { precision += 1 }
    var map = self
    map.weights = weights.map { ($0 * Double(1 << precision)).rounded(.toNearestOrAwayFromZero) }
    return (map, precision)
  }

  /// The map back: each input's share in the results.
  package var transposed: LineMap {
    var counts = [Int64](repeating: 0, count: inSize + 1)
    for index in indices { counts[Int(index) + 1] += 1 }
    for i in 0..<inSize { counts[i + 1] += counts[i] }
    var next = counts
    var (targets, shares) = ([Int64](repeating: 0, count: indices.count), [Double](repeating: 0, count: indices.count))
    for i in 0..<outSize {
      for t in Int(starts[i])..<Int(starts[i + 1]) {
        let place = Int(next[Int(indices[t])])
        next[Int(indices[t])] += 1
        targets[place] = Int64(i)
        shares[place] = weights[t]
      }
    }
    return LineMap(from: outSize, to: inSize, starts: counts, indices: targets, weights: shares)
  }

  private var isIdentity: Bool {
    inSize == outSize && taps == 1 && indices.indices.allSatisfy { indices[$0] == Int64($0) && weights[$0] == 1 }
  }

  /// The cost of a result.
  private var effort: Int { Swift.max(1, indices.count / Swift.max(outSize, 1)) }

  /// Maps dimensions of `x` one after another, and writes into `out`, whose layout may be row-major or channels-last.
  /// float32, float64, int64 and complex types; the half types through float32, rounded once.
  package static func apply(_ maps: [(dim: Int, map: LineMap)], _ x: Tensor, into out: Tensor) throws {
    if out.count == 0 { return }
    if x.count == 0 { return Copying.fill(out, 0) }
    let type = out.dtype.widened
    let channelsLast = out.rank == 4 && !out.isContiguous && out.isChannelsLast
    var current = x.to(type).contiguous(memoryFormat: channelsLast ? .channelsLast : .contiguous)
    // What shrinks the tensor most comes first, and of two that do as much the one with the longer rows to its right.
    let passes = maps.filter { !$0.map.isIdentity }.sorted { a, b in
      let (left, right) = (a.map.outSize * b.map.inSize, b.map.outSize * a.map.inSize)
      return left == right ? (a.dim < b.dim) == (a.map.outSize <= a.map.inSize) : left < right
    }
    for (i, pass) in passes.enumerated() {
      var sizes = current.impl.sizes
      sizes[pass.dim] = pass.map.outSize
      let target = i == passes.count - 1 && out.dtype == type
        ? out : try Tensor.allocate(TensorSpec(sizes, type, strides: channelsLast ? sizes.channelsLastStrides : nil))
      try pass.map.run(pass.dim, current, into: target, channelsLast: channelsLast)
      current = target
    }
    if !(current === out) { Copying.copy(current, into: out) }
  }

  private func run(_ dim: Int, _ x: Tensor, into out: Tensor, channelsLast: Bool) throws {
    let order = channelsLast ? [0, 2, 3, 1] : Array(0..<x.rank)
    let sizes = order.map { x.impl.sizes[$0] }
    let place = order.firstIndex(of: dim) ?? 0
    let outer = sizes[..<place].reduce(1, *)
    let inner = sizes[(place + 1)...].reduce(1, *) * (x.dtype.isComplex ? 2 : 1)
    let type = x.dtype.realType
    guard let kernels = torch_spatial(torch_level_current(), Int32(type.rawValue)) else {
      throw TorchError(.dtype, "not defined for \(x.dtype)")
    }
    let values: [UInt8] = switch type {
    case .float32: weights.map { Float($0) }.withUnsafeBytes { Array($0) }
    case .float64: weights.withUnsafeBytes { Array($0) }
    default: weights.map { Int64($0) }.withUnsafeBytes { Array($0) }
    }
    starts.withUnsafeBufferPointer { starts in
      indices.withUnsafeBufferPointer { indices in
        values.withUnsafeBytes { values in
          guard let index = indices.baseAddress, let weight = values.baseAddress else { return Copying.fill(out, 0) }
          var map = torch_line_map(
            in: Int64(inSize), out: Int64(outSize), taps: Int64(taps), start: starts.baseAddress!, index: index, weight: weight)
          withUnsafePointer(to: &map) { map in
            parallelFor(outer * outSize, grain: Swift.max(1, 16384 / Swift.max(1, inner * effort))) { rows in
              kernels.pointee.line_map(
                out.address, x.address, map, Int64(inner), Int64(rows.lowerBound), Int64(rows.upperBound))
            }
          }
        }
      }
    }
  }
}
