/// Padding with a tensor's own elements: mirrored, repeated at the edge, or from the other end.
package enum EdgePads {
  package typealias Forward = Op<Tensor, [Int], Tensor>
  package typealias Backward = Op<Tensor, Tensor, [Int], Tensor>

  /// The positions that a dimension's elements after padding come from.
  private static func positions(_ mode: PaddingMode, _ size: Int, _ low: Int, _ high: Int, _ d: Int) throws -> [Int64] {
    guard Swift.max(low.magnitude, high.magnitude) <= Int32.max, size + low + high >= (mode == .circular ? 0 : 1) else {
      throw TorchError(.shape, "padding dimension \(d) of size \(size) by \(low) and \(high) leaves no elements")
    }
    let last = size - 1
    let range = (-low)..<(size + high)
    switch mode {
    case .reflect:
      guard Swift.max(low, high) < size else {
        throw TorchError(.shape, "reflection of dimension \(d) of size \(size) needs padding below \(size), got \(low) and \(high)")
      }
      return range.map { Int64($0 < 0 ? -$0 : $0 > last ? 2 * last - $0 : $0) }
    case .replicate:
      return range.map { Int64(Swift.min(Swift.max($0, 0), last)) }
    case .circular:
      // What negative padding cuts off does not come back at the other end.
      let first = Swift.max(-low, 0)
      let rest = size - first - Swift.max(-high, 0)
      guard rest > 0, Swift.max(low, high) <= rest else {
        throw TorchError(
          .shape, "padding may go round the \(rest) elements left of dimension \(d) once at most, got \(low) and \(high)")
      }
      return range.map { Int64(first + ($0 - first + rest) % rest) }
    case .constant:
      throw TorchError(.internal, "constants have no positions")
    }
  }

  /// The positions for each padded dimension, in the order of the dimensions; `spatial` nil takes as many as there are pairs.
  private static func plan(_ x: Tensor, _ pad: [Int], _ mode: PaddingMode, _ spatial: Int?) throws -> [[Int64]] {
    let dims = spatial ?? pad.count / 2
    guard pad.count == 2 * dims, (1...3).contains(dims) else {
      throw TorchError(.value, "padding must hold \(spatial.map { "\(2 * $0)" } ?? "2, 4 or 6") numbers, got \(pad)")
    }
    guard x.rank == dims + 1 || x.rank == dims + 2 else {
      throw TorchError(.shape, "\(dims) padded dimensions need a tensor of \(dims + 1) or \(dims + 2), got \(x.summary)")
    }
    let sizes = x.impl.sizes
    guard sizes.suffix(dims + 1).allSatisfy({ $0 > 0 }) else {
      throw TorchError(.shape, "only the batch of a padded tensor may be empty, got sizes \(sizes)")
    }
    return try (0..<dims).map { i in
      let d = x.rank - dims + i
      return try positions(mode, sizes[d], pad[2 * (dims - 1 - i)], pad[2 * (dims - 1 - i) + 1], d)
    }
  }

  private static func sizes(_ x: Tensor, _ positions: [[Int64]]) -> Dims {
    var sizes = x.impl.sizes
    for (i, list) in positions.enumerated() { sizes[x.rank - positions.count + i] = list.count }
    return sizes
  }

  private static func forward(
    _ schema: String, _ mode: PaddingMode, _ spatial: Int?, samples: [([Int], [Int])], backward: @escaping @Sendable () -> Backward
  ) -> Forward {
    .structured(
      schema,
      rule: { x, pad in
        let sizes = sizes(x, try plan(x, pad, mode, spatial))
        return TensorSpec(sizes, x.dtype, strides: x.prefersChannelsLast ? sizes.channelsLastStrides : nil)
      },
      kernel: { out, x, pad in AxisGather.apply(try plan(x, pad, mode, spatial), x, into: out) },
      vjp: { tape, x, pad in
        let input = tape.save(x)
        return { g, sink in sink[0] = backward()(g.first, try sink.value(input), pad) }
      },
      samples: { s in
        var all: [Sample] = []
        for (sizes, pad) in samples { all.append(Sample(.tensor(s.tensor(sizes)), pad.box())) }
        return all
      })
  }

  private static func backward(
    _ schema: String, _ mode: PaddingMode, _ spatial: Int?, forward: @escaping @Sendable () -> Forward
  ) -> Backward {
    .structured(
      schema,
      rule: { g, x, pad in
        let padded = sizes(x, try plan(x, pad, mode, spatial))
        guard g.impl.sizes == padded else {
          throw TorchError(.shape, "grad_output must have sizes \(padded), got \(g.impl.sizes)")
        }
        guard g.dtype.isDifferentiable else { throw TorchError(.dtype, "gradients need a floating-point or complex type, got \(g.dtype)") }
        return TensorSpec(x.impl.sizes, g.dtype, strides: x.prefersChannelsLast ? x.impl.strides : nil)
      },
      kernel: { out, g, x, pad in try AxisGather.applyTransposed(try plan(x, pad, mode, spatial), g, into: out) },
      vjp: { _, _, _, pad in { v, sink in if sink.wants(0) { sink[0] = forward()(v.first, pad) } } })
  }

  package static let reflect1d: Forward = forward(
    "aten::reflection_pad1d(Tensor self, SymInt[2] padding) -> Tensor", .reflect, 1,
    samples: [([2, 3, 5], [2, 1]), ([3, 4], [0, -1])], backward: { reflect1dBackward })
  package static let reflect2d: Forward = forward(
    "aten::reflection_pad2d(Tensor self, SymInt[4] padding) -> Tensor", .reflect, 2,
    samples: [([2, 1, 3, 4], [1, 2, 2, 0])], backward: { reflect2dBackward })
  package static let reflect3d: Forward = forward(
    "aten::reflection_pad3d(Tensor self, SymInt[6] padding) -> Tensor", .reflect, 3,
    samples: [([1, 2, 2, 3, 3], [1, 2, 0, 1, 1, 1])], backward: { reflect3dBackward })
  package static let replicate1d: Forward = forward(
    "aten::replication_pad1d(Tensor self, SymInt[2] padding) -> Tensor", .replicate, 1,
    samples: [([2, 3, 4], [2, 6]), ([3, 4], [-1, 2])], backward: { replicate1dBackward })
  package static let replicate2d: Forward = forward(
    "aten::replication_pad2d(Tensor self, SymInt[4] padding) -> Tensor", .replicate, 2,
    samples: [([2, 1, 3, 4], [1, 2, 4, 0])], backward: { replicate2dBackward })
  package static let replicate3d: Forward = forward(
    "aten::replication_pad3d(Tensor self, SymInt[6] padding) -> Tensor", .replicate, 3,
    samples: [([1, 2, 2, 3, 3], [1, 2, 0, 3, 1, 1])], backward: { replicate3dBackward })
  package static let circular: Forward = forward(
    "aten::_pad_circular(Tensor self, SymInt[] pad) -> Tensor", .circular, nil,
    samples: [([2, 1, 3, 4], [1, -2, 3, 0])], backward: { circularBackward })

  package static let reflect1dBackward: Backward = backward(
    "aten::reflection_pad1d_backward(Tensor grad_output, Tensor self, SymInt[2] padding) -> Tensor", .reflect, 1,
    forward: { reflect1d })
  package static let reflect2dBackward: Backward = backward(
    "aten::reflection_pad2d_backward(Tensor grad_output, Tensor self, SymInt[4] padding) -> Tensor", .reflect, 2,
    forward: { reflect2d })
  package static let reflect3dBackward: Backward = backward(
    "aten::reflection_pad3d_backward(Tensor grad_output, Tensor self, SymInt[6] padding) -> Tensor", .reflect, 3,
    forward: { reflect3d })
  package static let replicate1dBackward: Backward = backward(
    "aten::replication_pad1d_backward(Tensor grad_output, Tensor self, SymInt[2] padding) -> Tensor", .replicate, 1,
    forward: { replicate1d })
  package static let replicate2dBackward: Backward = backward(
    "aten::replication_pad2d_backward(Tensor grad_output, Tensor self, SymInt[4] padding) -> Tensor", .replicate, 2,
    forward: { replicate2d })
  package static let replicate3dBackward: Backward = backward(
    "aten::replication_pad3d_backward(Tensor grad_output, Tensor self, SymInt[6] padding) -> Tensor", .replicate, 3,
    forward: { replicate3d })
  package static let circularBackward: Backward = backward(
    "torch::pad_circular_backward(Tensor grad_output, Tensor self, SymInt[] pad) -> Tensor", .circular, nil,
    forward: { circular })

  /// The op for a mode over the last `dims` dimensions, of which there are 1 to 3.
  package static func op(_ mode: PaddingMode, _ dims: Int) -> Forward {
    switch (mode, dims) {
    case (.reflect, 1): reflect1d
    case (.reflect, 2): reflect2d
    case (.reflect, _): reflect3d
    case (.replicate, 1): replicate1d
    case (.replicate, 2): replicate2d
    case (.replicate, _): replicate3d
    default: circular
    }
  }

  package static let table: [AnyOp] = [
    reflect1d.erased, reflect2d.erased, reflect3d.erased, replicate1d.erased, replicate2d.erased, replicate3d.erased,
    circular.erased, reflect1dBackward.erased, reflect2dBackward.erased, reflect3dBackward.erased, replicate1dBackward.erased,
    replicate2dBackward.erased, replicate3dBackward.erased, circularBackward.erased,
  ]
}
