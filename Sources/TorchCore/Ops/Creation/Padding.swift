/// Elements around a tensor.
package enum PadOps {
  package static let constant = Op<Tensor, [Int], Scalar, Tensor>.structured(
    "aten::constant_pad_nd(Tensor self, SymInt[] pad, Scalar value=0) -> Tensor",
    rule: { x, pad, value in
      try ValueCheck.fits(value, x.dtype)
      let sizes = try padded(x, pad)
      return TensorSpec(like: x, sizes: sizes)
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

  /// By mode: the position that padding takes each element of a dimension from.
  private static func positions(_ mode: String, _ size: Int, _ low: Int, _ high: Int, _ d: Int) throws -> Tensor {
    guard size > 0 else { throw TorchError(.shape, "dimension \(d) has no elements to pad with") }
    guard size + low + high >= 0 else {
      throw TorchError(.shape, "padding dimension \(d) of size \(size) by \(low) and \(high) leaves a negative size")
    }
    let last = size - 1
    let range: Range<Int> = -low..<(size + high)
    var places: [Int] = []
    switch mode {
    case "reflect":
      guard Swift.max(low, high) < size else {
        throw TorchError(
          .shape, "reflection of dimension \(d) of size \(size) needs padding below \(size), got \(low) and \(high)")
      }
      for i in range { places.append(i < 0 ? -i : i > last ? 2 * last - i : i) }
    case "replicate":
      for i in range { places.append(Swift.min(Swift.max(i, 0), last)) }
    default:
      guard Swift.max(low, high) <= size else {
        throw TorchError(
          .shape, "padding may go round dimension \(d) of size \(size) once at most, got \(low) and \(high)")
      }
      // What negative padding cuts off does not come back at the other end.
      let first = Swift.max(-low, 0)
      let kept = size - first - Swift.max(-high, 0)
      guard kept > 0 || range.isEmpty else {
        throw TorchError(.shape, "padding dimension \(d) of size \(size) by \(low) and \(high) leaves nothing to repeat")
      }
      for i in range { places.append(first + ((i - first) % kept + kept) % kept) }
    }
    return Tensor(places)
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
    guard ["reflect", "replicate", "circular"].contains(mode) else {
      throw TorchError(.value, "mode must be constant, reflect, replicate or circular, got \"\(mode)\"")
    }
    if let value, value != 0 { throw TorchError(.value, "mode \(mode) takes no value, got \(value)") }
    let dims = pad.count / 2
    guard pad.count % 2 == 0, (1...3).contains(dims), x.rank == dims + 1 || x.rank == dims + 2 else {
      throw TorchError(
        .shape, "mode \(mode) pads the last 1 to 3 of one or two more dimensions by pairs, got pad \(pad) for \(x.summary)")
    }
    var out = x
    for (d, low, high) in sides(x, pad) where low != 0 || high != 0 {
      out = try IndexSelect.op.callThrowing(out, d, try positions(mode, x.impl.sizes[d], low, high, d))
    }
    return out === x ? try CopyOps.clone.callThrowing(x, nil) : out
  }

  package static let table: [AnyOp] = [constant.erased, pad.erased]
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
