import CTorchKernels

/// Elements picked along the last one to three dimensions, the same positions in every line: padding, nearest neighbours.
package enum AxisGather {
  /// `positions` has one list for each of the last dimensions; `out` is row-major or channels-last. Any type.
  package static func apply(_ positions: [[Int64]], _ x: Tensor, into out: Tensor) {
    if out.count == 0 { return }
    let channelsLast = out.rank == 4 && !out.isContiguous && out.isChannelsLast
    let source = x.contiguous(memoryFormat: channelsLast ? .channelsLast : .contiguous)
    let dims = positions.count
    let sizes = x.impl.sizes
    func three(_ values: [Int]) -> (Int64, Int64, Int64) {
      let all = Array(repeating: 1, count: 3 - values.count) + values
      return (Int64(all[0]), Int64(all[1]), Int64(all[2]))
    }
    let size = three(Array(sizes.suffix(dims)))
    let target = three(positions.map(\.count))
    let inner = (channelsLast ? sizes[1] : 1) * x.dtype.byteCount
    let outer = sizes.dropLast(dims).reduce(1, *) / (channelsLast ? sizes[1] : 1)
    let rows = outer * Int(target.0 * target.1)
    let tables: [[Int64]] = Array(repeating: [0], count: 3 - dims) + positions
    tables[0].withUnsafeBufferPointer { first in
      tables[1].withUnsafeBufferPointer { second in
        tables[2].withUnsafeBufferPointer { third in
          var gather = torch_axis_gather(
            size: size, out: target, inner: Int64(inner),
            index: (first.baseAddress!, second.baseAddress!, third.baseAddress!))
          withUnsafePointer(to: &gather) { gather in
            parallelFor(rows, grain: Swift.max(1, parallelGrainBytes / Swift.max(1, Int(target.2) * inner))) { range in
              torch_gather_axes(out.address, source.address, gather, Int64(range.lowerBound), Int64(range.upperBound))
            }
          }
        }
      }
    }
  }

  /// Adds the gradient of what was picked up where it came from.
  package static func applyTransposed(_ positions: [[Int64]], _ g: Tensor, into out: Tensor) throws {
    let first = g.rank - positions.count
    let maps = positions.enumerated().map { i, list in
      (dim: first + i, map: LineMap(picking: list, from: out.impl.sizes[first + i]).transposed)
    }
    try LineMap.apply(maps, g, into: out)
  }
}
