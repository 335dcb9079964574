import CTorchKernels

/// Scattering with a reduction of what meets at one place.
package enum ScatterReduce {
  private static let reductions = ["sum", "prod", "mean", "amax", "amin"]

  private static func mode(_ reduce: String) -> Int {
    switch reduce {
    case "prod", "multiply": TORCH_SCATTER_MUL
    case "amax": TORCH_SCATTER_AMAX
    case "amin": TORCH_SCATTER_AMIN
    default: TORCH_SCATTER_ADD
    }
  }

  /// What changes nothing under the reduction.
  private static func identity(_ reduce: String, _ dtype: DType) -> Scalar {
    switch reduce {
    case "prod": return 1
    case "amax", "amin":
      let low = reduce == "amax"
      if dtype.isFloatingPoint { return .double(low ? -.infinity : .infinity) }
      switch dtype {
      case .bool: return .bool(!low)
      case .uint8: return .int(low ? 0 : 255)
      case .int8: return .int(Int64(low ? Int8.min : .max))
      case .int16: return .int(Int64(low ? Int16.min : .max))
      case .int32: return .int(Int64(low ? Int32.min : .max))
      default: return .int(low ? .min : .max)
      }
    default: return 0
    }
  }

  private static func apply(
    _ target: Tensor, _ dim: Int, _ index: Tensor, _ source: Tensor, _ reduce: String, _ includeSelf: Bool
  ) throws {
    if !includeSelf {
      // Only the places that the index names start anew.
      let start = try Tensor.filled(identity(reduce, target.dtype), TensorSpec([], target.dtype))
      try GatherScatter.scatter(target, dim, index, start, mode: TORCH_SCATTER_SET, isValue: true)
    }
    try GatherScatter.scatter(target, dim, index, source, mode: mode(reduce))
    guard reduce == "mean" else { return }
    let counts = counts(like: target, dim, index, includeSelf)
    if target.dtype.isDifferentiable { target.div_(counts) } else { target.floorDivide_(counts) }
  }

  /// How many values met at each place, at least 1.
  private static func counts(like x: Tensor, _ dim: Int, _ index: Tensor, _ includeSelf: Bool) -> Tensor {
    let start = includeSelf ? Tensor.ones(x.shape, dtype: x.dtype) : Tensor.zeros(x.shape, dtype: x.dtype)
    let counts = start.scatterAdd(dim, index, Tensor.ones(index.shape, dtype: x.dtype))
    return includeSelf ? counts : counts.maskedFill(counts.eq(0), 1)
  }

  package static let op = Op<Tensor, Int, Tensor, Tensor, String, Bool, Tensor>.structured(
    "aten::scatter_reduce.two(Tensor self, int dim, Tensor index, Tensor src, str reduce, *, bool include_self=True) -> Tensor",
    rule: { x, dim, index, source, reduce, _ in
      try GatherScatter.check(x, dim, index, source: source)
      guard reductions.contains(reduce) else {
        throw TorchError(.value, "reduce must be one of \(reductions.joined(separator: ", ")), got \"\(reduce)\"")
      }
      if x.dtype.isComplex && (reduce == "amax" || reduce == "amin") {
        throw TorchError(.dtype, "\(reduce) is not defined for \(x.dtype): complex numbers have no order")
      }
      return TensorSpec(like: x)
    },
    kernel: { out, x, dim, index, source, reduce, includeSelf in
      Copying.copy(x, into: out)
      try apply(out, dim, index, source, reduce, includeSelf)
    },
    vjp: { tape, x, dim, index, source, reduce, includeSelf in
      let saved = Saved(
        x: SavedTensor(x), index: SavedTensor(index), source: SavedTensor(source),
        result: reduce == "sum" || reduce == "mean" ? nil : tape.save(result: tape.result), dim: dim, reduce: reduce,
        includeSelf: includeSelf)
      return { g, sink in try saved.backward(g.first, &sink) }
    },
    samples: { s in
      let index = Tensor([[2, 0, 2], [1, 3, 1]])
      return ["sum", "prod", "mean", "amax", "amin"].flatMap { reduce in
        [true, false].map { includeSelf in
          Sample(
            .tensor(s.tensor([2, 4], low: 0.5, high: 2)), 1.box(), .tensor(index), .tensor(s.tensor([2, 3], low: 0.5, high: 2)),
            .string(reduce), includeSelf.box())
        }
      }
    })

  /// What the gradient needs; the formulas are PyTorch's.
  private struct Saved {
    let x: SavedTensor
    let index: SavedTensor
    let source: SavedTensor
    let result: SavedTensor?
    let dim: Int
    let reduce: String
    let includeSelf: Bool

    func backward(_ g: Tensor, _ sink: inout GradientSink) throws {
      let positions = try sink.value(index)
      let (x, source) = (try sink.value(x), try sink.value(source))
      func picked(_ t: Tensor) -> Tensor { GatherScatter.gathered(t, dim, positions, source.shape) }
      var (own, other): (Tensor, Tensor)
      switch reduce {
      case "sum":
        (own, other) = (g, picked(g))
      case "mean":
        let share = g / ScatterReduce.counts(like: g.detach(), dim, positions, includeSelf)
        (own, other) = (share, picked(share))
      case "prod":
        let result = try sink.value(self.result!)
        let safe = x.maskedFill(x.eq(0), 1)
        own = g * ScatterReduce.op(safe, dim, positions, source, "prod", includeSelf) / safe
        let zero = source.eq(0)
        let zeros = Tensor.zeros(x.shape, dtype: x.dtype).scatterAdd(dim, positions, zero.to(x.dtype))
        let single = zero.logicalAnd(picked(zeros).eq(1))
        let withoutZero = ScatterReduce.op(x, dim, positions, source.maskedFill(single, 1), "prod", includeSelf)
        other = `where`(single, picked(g * withoutZero), picked(g * result) / source.maskedFill(zero, 1))
      default:
        let result = try sink.value(self.result!)
        let ownHit = x.eq(result).to(x.dtype)
        let otherHit = source.eq(picked(result)).to(x.dtype)
        let start = includeSelf ? ownHit : Tensor.zeros(x.shape, dtype: x.dtype).scatter(dim, positions, 0)
        let hits = start.scatterAdd(dim, positions, otherHit)
        let share = g / hits.maskedFill(hits.eq(0), 1)
        (own, other) = (includeSelf ? ownHit * share : g, otherHit * picked(share))
      }
      if sink.wants(0) { sink[0] = includeSelf ? own : own.scatter(dim, positions, 0) }
      if sink.wants(2) { sink[2] = other }
    }
  }

  /// Through a copy: the gradients need the old values.
  package static let inPlace = Op<Tensor, Int, Tensor, Tensor, String, Bool, Tensor>.composite(
    "aten::scatter_reduce_.two(Tensor(a!) self, int dim, Tensor index, Tensor src, str reduce, *, bool include_self=True) -> Tensor(a!)"
  ) { x, dim, index, source, reduce, includeSelf in
    let before = x.requiresGrad && isGradEnabled ? x.clone() : x
    return try CopyOps.copy.callThrowing(x, try op.run(before, dim, index, source, reduce, includeSelf), false)
  }

  // MARK: The older spelling

  private static func reduction(_ name: String) throws -> String {
    switch name {
    case "add": return "sum"
    case "multiply": return "prod"
    default: throw TorchError(.value, "reduce must be add or multiply, got \"\(name)\"")
    }
  }

  package static let source = Op<Tensor, Int, Tensor, Tensor, String, Tensor>.composite(
    "aten::scatter.reduce(Tensor self, int dim, Tensor index, Tensor src, *, str reduce) -> Tensor",
    samples: { s in
      [
        Sample(
          .tensor(s.tensor([2, 4])), 1.box(), .tensor(Tensor([[2, 2], [1, 3]])), .tensor(s.tensor([2, 3])), .string("add")),
        Sample(
          .tensor(s.tensor([2, 4])), 1.box(), .tensor(Tensor([[2, 2], [1, 3]])), .tensor(s.tensor([2, 2])), .string("multiply")),
      ]
    }
  ) { x, dim, index, source, reduce in try op.run(x, dim, index, source, try reduction(reduce), true) }

  package static let sourceInPlace = Op<Tensor, Int, Tensor, Tensor, String, Tensor>.composite(
    "aten::scatter_.reduce(Tensor(a!) self, int dim, Tensor index, Tensor src, *, str reduce) -> Tensor(a!)"
  ) { x, dim, index, source, reduce in try inPlace.run(x, dim, index, source, try reduction(reduce), true) }

  package static let value = Op<Tensor, Int, Tensor, Scalar, String, Tensor>.composite(
    "aten::scatter.value_reduce(Tensor self, int dim, Tensor index, Scalar value, *, str reduce) -> Tensor",
    samples: { s in
      [
        Sample(
          .tensor(s.tensor([2, 4])), 1.box(), .tensor(Tensor([[2, 2], [1, 3]])), .scalar(.double(1.5)), .string("multiply"))
      ]
    }
  ) { x, dim, index, value, reduce in
    try ValueCheck.fits(value, x.dtype)
    let source = try Tensor.filled(value, TensorSpec(index.impl.sizes, x.dtype))
    return try op.run(x, dim, index, source, try reduction(reduce), true)
  }

  package static let table: [AnyOp] = [
    op.erased, inPlace.erased, source.erased, sourceInPlace.erased, value.erased,
  ]
}

/// How values that meet at one place combine.
public enum ScatterReduction: String, Sendable {
  case sum, prod, mean, amax, amin
}

extension Tensor {
  /// This tensor with elements of `source` reduced into the places `index` along a dimension. `torch.scatter_reduce`.
  /// - Parameter includeSelf: whether the old values take part.
  public func scatterReduce(
    _ dim: Int, _ index: Tensor, _ source: Tensor, _ reduce: ScatterReduction, includeSelf: Bool = true
  ) -> Tensor { ScatterReduce.op(self, dim, index, source, reduce.rawValue, includeSelf) }
  /// Reduces elements of `source` into the places `index` along a dimension. `Tensor.scatter_reduce_`.
  @discardableResult
  public func scatterReduce_(
    _ dim: Int, _ index: Tensor, _ source: Tensor, _ reduce: ScatterReduction, includeSelf: Bool = true
  ) -> Tensor { ScatterReduce.inPlace(self, dim, index, source, reduce.rawValue, includeSelf) }
}
