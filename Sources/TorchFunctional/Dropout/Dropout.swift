import TorchCore
import CTorchKernels

/// Dropout: PyTorch's random numbers, drawn in one stream; the multiplication runs in parallel.
enum Dropout {
  private static func check(_ x: Tensor, _ p: Double, train: Bool) throws {
    guard p >= 0 && p <= 1 else { throw TorchError(.value, "the probability of dropout must lie in 0...1, got \(p)") }
    if train && p > 0 && p < 1 { try NNKernels.require(x.dtype, "the input of dropout") }
  }

  /// Strides of the mask and the result: those of an input without gaps, else row-major.
  private static func strides(_ x: Tensor) -> Dims? {
    x.isContiguous || !x.impl.sizes.isDense(strides: x.impl.strides) ? nil : x.impl.strides
  }

  private static func scale(_ p: Double) -> Double { p == 1 ? 0 : 1 / (1 - p) }

  private static let nativeInfo = OpInfo(
    "aten::native_dropout(Tensor input, float p, bool? train) -> (Tensor, Tensor)", tier: .random, derivative: .own
  ) { s in
    [Sample(.tensor(s.tensor([3, 4])), 0.4.box(), true.box()), Sample(.tensor(s.tensor([3, 4])), 0.4.box(), false.box())]
  }

  /// The result and the mask of what was kept.
  static let native = Op<Tensor, Double, Bool?, TensorPair>(nativeInfo) { x, p, train in
    if x.device == .poison { throw PoisonedInput() }
    try check(x, p, train: train != false)
    let order = strides(x)
    let mask = try Tensor.allocate(TensorSpec(x.impl.sizes, .bool, x.device, strides: order))
    let drawn = mask.isCPU ? mask.address.assumingMemoryBound(to: UInt8.self) : nil
    if let drawn {
      if train == false || p == 0 {
        Copying.fill(mask, 1)
      } else if p == 1 {
        Copying.fill(mask, 0)
      } else {
        Generator.default.withState { torch_random_bernoulli($0, Int64(mask.count), 1 - p, drawn) }
      }
    }
    if train == false { return TensorPair(values: x.clone(), indices: mask) }
    return TensorPair(values: try backward.callThrowing(x, mask, scale(p)), indices: mask)
  }

  /// The gradient times the mask and a factor: forward and backward alike.
  static let backward: Op<Tensor, Tensor, Double, Tensor> = .structured(
    "aten::native_dropout_backward(Tensor grad_output, Tensor mask, float scale) -> Tensor",
    rule: { g, mask, _ in
      guard mask.impl.sizes == g.impl.sizes, mask.dtype == .bool else {
        throw TorchError(.shape, "mask must be bool of sizes \(g.impl.sizes), got \(mask.summary)")
      }
      let type = g.dtype.isDifferentiable ? g.dtype : defaultDType
      return TensorSpec(g.impl.sizes, type, g.device, strides: strides(mask))
    },
    kernel: { out, g, mask, scale in
      guard g.dtype.isFloatingPoint else {
        return Copying.copy(g.to(out.dtype) * mask * Tensor(scalar: .double(scale)), into: out)
      }
      let kept = strides(mask) == nil ? mask.contiguous() : mask
      let source = g.impl.strides == out.impl.strides || (g.isContiguous && out.isContiguous) ? g : try rearranged(g, like: out)
      let bytes = out.dtype.byteCount
      let type = Int32(out.dtype.rawValue)
      let flags = kept.address.assumingMemoryBound(to: UInt8.self)
      parallelFor(out.count, grain: parallelGrainBytes / 4) { part in
        let start = part.lowerBound
        _ = torch_dropout_apply(
          type, Int64(part.count), scale, source.address + start * bytes, flags + start, out.address + start * bytes)
      }
    },
    vjp: { tape, _, mask, scale in
      let mask = tape.save(mask)
      return { g, sink in sink[0] = backward(g.first, try sink.value(mask), scale) }
    },
    samples: { s in [Sample(.tensor(s.tensor([3, 4])), .tensor(s.integers([3, 4], high: 2, dtype: .bool)), 2.0.box())] })

  private static func rearranged(_ g: Tensor, like out: Tensor) throws -> Tensor {
    let copy = try Tensor.allocate(TensorSpec(out.impl.sizes, out.dtype, strides: out.impl.strides))
    Copying.copy(g, into: copy)
    return copy
  }

  static let dropout = Op<Tensor, Double, Bool, Tensor>.composite(
    "aten::dropout(Tensor input, float p, bool train) -> Tensor", rule: { x, p, train in try check(x, p, train: train) },
    samples: { s in
      [Sample(.tensor(s.tensor([3, 4])), 0.4.box(), false.box()), Sample(.tensor(s.tensor([3, 4])), 1.0.box(), true.box())]
    }
  ) { x, p, train in
    if !train || p == 0 || x.count == 0 { return x.alias(keepingHistoryOf: x) }
    if p == 1 { return x * Tensor.zeros([], dtype: x.dtype, device: x.device) }
    return try native.callThrowing(x, p, true).values
  }

  static let inPlace = Op<Tensor, Double, Bool, Tensor>.composite(
    "aten::dropout_(Tensor(a!) self, float p, bool train) -> Tensor(a!)", rule: { x, p, train in try check(x, p, train: train) }
  ) { x, p, train in
    if !train || p == 0 || x.count == 0 { return x }
    if p == 1 { return try PointwiseOps.mul.inPlace.callThrowing(x, Tensor.zeros([], dtype: x.dtype, device: x.device)) }
    let noise = noGrad { x.onesLike() }
    return try PointwiseOps.mul.inPlace.callThrowing(x, try native.callThrowing(noise, p, true).values)
  }

  static let table: [AnyOp] = [native.erased, backward.erased, dropout.erased, inPlace.erased]
}

/// Sets each element to zero with probability `p` and multiplies the others by 1 / (1 - p), with the default generator; nothing
/// outside training. The same seed drops the same elements as PyTorch. `torch.nn.functional.dropout`.
public func dropout(_ input: Tensor, p: Double = 0.5, training: Bool = true) -> Tensor { Dropout.dropout(input, p, training) }
