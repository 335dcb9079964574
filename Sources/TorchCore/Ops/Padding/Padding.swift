/// Elements around a tensor.
package enum PadOps {
  package static let constant = Op<Tensor, [Int], Scalar, Tensor>.structured(
    "aten::constant_pad_nd(Tensor self, SymInt[] pad, Scalar value=0) -> Tensor",
    rule: { x, pad, value in
      try ValueCheck.fits(value, x.dtype)
      let sizes = try padded(x, pad)
      return TensorSpec(sizes, x.dtype, strides: x.prefersChannelsLast ? sizes.channelsLastStrides : nil)
    },
    kernel: { out, x, pad, value in
      if out.count == 0 { return }
      Copying.fill(out, value)
      var (from, to) = (x.alias(), out.alias())
      for (d, low, high) in sides(x, pad) {
        let size = x.impl.sizes[d]
        from = from.slice(d, from: Swift.max(-low, 0), to: size - Swift.max(-high, 0))
        to = to.slice(d, from: Swift.max(low, 0), to: Swift.max(low, 0) + from.impl.sizes[d])
      }
      Copying.copy(from, into: to)
    },
    vjp: { _, _, pad, _ in { g, sink in sink[0] = g.first.constantPad(pad.map { -$0 }) } },
    samples: { s in
      [
        Sample(.tensor(s.tensor([2, 3])), [1, 2].box(), .scalar(.double(0.5))),
        Sample(.tensor(s.tensor([2, 3, 4])), [0, 1, -1, 2].box(), .scalar(.int(0))),
        Sample(.tensor(s.tensor([4, 5])), [-1, -1, -1, 0].box(), .scalar(.int(0))),
      ]
    })

  /// Dimension, elements before and elements after, for each pair of `pad`, which starts with the last dimension.
  private static func sides(_ x: Tensor, _ pad: [Int]) -> [(dim: Int, low: Int, high: Int)] {
    (0..<(pad.count / 2)).map { (x.rank - 1 - $0, pad[2 * $0], pad[2 * $0 + 1]) }
  }

  private static func padded(_ x: Tensor, _ pad: [Int]) throws -> Dims {
    guard pad.count % 2 == 0 else { throw TorchError(.value, "pad must hold pairs, got \(pad.count) numbers") }
    guard pad.count / 2 <= x.rank else {
      throw TorchError(.shape, "pad names \(pad.count / 2) dimensions, but self has \(x.rank)")
    }
    var sizes = x.impl.sizes
    for (d, low, high) in sides(x, pad) {
      let (size, overflow) = sizes[d].addingReportingOverflow(low)
      let (total, more) = size.addingReportingOverflow(high)
      guard !overflow, !more, total >= 0, Swift.max(-low, 0) <= sizes[d] - Swift.max(-high, 0) else {
        throw TorchError(.shape, "padding dimension \(d) of size \(sizes[d]) by \(low) and \(high) leaves a negative size")
      }
      sizes[d] = total
    }
    return sizes
  }

  package static let pad = Op<Tensor, [Int], String, Double?, Tensor>.composite(
    "aten::pad(Tensor self, SymInt[] pad, str mode=\"constant\", float? value=None) -> Tensor",
    samples: { s in
      [
        Sample(.tensor(s.tensor([2, 3])), [1, 2].box(), .string("constant"), 0.5.box()),
        Sample(.tensor(s.tensor([2, 3, 4])), [3, 2].box(), .string("reflect"), .none),
        Sample(.tensor(s.tensor([2, 1, 3, 4])), [1, 2, 2, 0].box(), .string("replicate"), .none),
        Sample(.tensor(s.tensor([2, 1, 3, 4])), [1, -2, 3, 0].box(), .string("circular"), .none),
      ]
    }
  ) { x, pad, mode, value in
    if mode == "constant" { return try constant.run(x, pad, .double(value ?? 0)) }
    guard let mode = PaddingMode(rawValue: mode) else {
      throw TorchError(.value, "mode must be constant, reflect, replicate or circular, got \"\(mode)\"")
    }
    if let value, value != 0 { throw TorchError(.value, "mode \(mode) takes no value, got \(value)") }
    let dims = pad.count / 2
    guard pad.count % 2 == 0, (1...3).contains(dims), x.rank == dims + 1 || x.rank == dims + 2 else {
      throw TorchError(
        .shape, "mode \(mode) pads the last 1 to 3 of one or two more dimensions by pairs, got pad \(pad) for \(x.summary)")
    }
    return try EdgePads.op(mode, dims).callThrowing(x, pad)
  }

  package static let table: [AnyOp] = [constant.erased, pad.erased] + EdgePads.table
}

/// Where the elements around a padded tensor come from.
public enum PaddingMode: String, Sendable {
  case constant, reflect, replicate, circular
}

extension Tensor {
  /// This tensor with a number around it. `torch.nn.functional.pad` with mode constant.
  /// - Parameter pad: elements before and after the last dimension, then the one before it, and so on; negative ones cut off.
  public func constantPad(_ pad: [Int], _ value: Scalar = 0) -> Tensor { PadOps.constant(self, pad, value) }
  /// This tensor with elements around it: of one value, mirrored, repeated or from the other end. `torch.nn.functional.pad`.
  /// - Parameter pad: elements before and after the last dimension, then the one before it, and so on.
  public func pad(_ pad: [Int], mode: PaddingMode = .constant, value: Double? = nil) -> Tensor {
    PadOps.pad(self, pad, mode.rawValue, value)
  }
}
