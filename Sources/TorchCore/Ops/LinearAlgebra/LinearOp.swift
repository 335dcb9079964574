import CTorchKernels

/// The affine map of a layer.
package enum LinearOp {
  /// Rows from which on a product with packed weights is faster, and weights from which on it pays to remember them.
  private static let packedRows = 4
  private static let packedWeights = 4096

  package static let linear: Op<Tensor, Tensor, Tensor?, Tensor> = .structured(
    "aten::linear(Tensor input, Tensor weight, Tensor? bias=None) -> Tensor",
    rule: { x, weight, bias in
      guard weight.rank == 2 || weight.rank == 1, x.rank >= 1 else {
        throw TorchError(.shape, "expected input (…, in) and weight (out, in) or (in), got \(x.impl.sizes) and \(weight.impl.sizes)")
      }
      let features = weight.impl.sizes[weight.rank - 1]
      guard x.impl.sizes[x.rank - 1] == features else {
        throw TorchError(.shape, "the input has \(x.impl.sizes[x.rank - 1]) features but the weight takes \(features)")
      }
      guard x.dtype == weight.dtype, bias == nil || bias!.dtype == x.dtype else {
        throw TorchError(
          .dtype, "input, weight and bias must have one type, got \(x.dtype), \(weight.dtype)\(bias.map { " and \($0.dtype)" } ?? "")")
      }
      guard x.dtype != .bool else { throw TorchError(.dtype, "matrix products are not defined for bool") }
      var sizes = x.impl.sizes
      if weight.rank == 1 { sizes.remove(at: x.rank - 1) } else { sizes[x.rank - 1] = weight.impl.sizes[0] }
      if let bias {
        guard bias.impl.sizes == (weight.rank == 1 ? [] : [weight.impl.sizes[0]]) else {
          throw TorchError(.shape, "the bias must have sizes \(weight.rank == 1 ? "[]" : "[\(weight.impl.sizes[0])]"), got \(bias.impl.sizes)")
        }
      }
      return TensorSpec(like: x, sizes: sizes)
    },
    kernel: { out, x, weight, bias in
      if out.dtype.byteCount == 2 && out.dtype.isFloatingPoint {
        // Half types are rounded once, after the bias.
        return Copying.copy(linear(x.to(.float32), weight.to(.float32), bias?.to(.float32)), into: out)
      }
      let matrix = weight.rank == 1 ? weight.unsqueeze(0) : weight
      let (features, outputs) = (matrix.impl.sizes[1], matrix.impl.sizes[0])
      let rows = outputs == 0 ? 0 : out.count / outputs
      let flat = out.alias(sizes: [rows, outputs], strides: [outputs, 1])
      if out.dtype == .float32, rows >= packedRows, features * outputs >= packedWeights {
        // The bias is where the sums begin; weights that did not change since the last call are packed already.
        let input = x.reshape([rows, features]).contiguous()
        try PackedMatrix(matrix.t()).product(
          rows, input.address, features, 1, bias: bias?.contiguous().address, into: flat.address, outputs)
        return withExtendedLifetime((input, bias)) {}
      }
      try Gemm.product(x.reshape([rows, features]), matrix.t(), into: flat)
      guard let bias else { return }
      if let kernels = torch_nn(torch_level_current(), Int32(out.dtype.rawValue)) {
        let values = bias.contiguous()
        parallelFor(rows, grain: Swift.max(1, PointwiseKernel.grain / Swift.max(outputs, 1))) { range in
          kernels.pointee.bias_add(
            flat.address, flat.address, values.address, Int32(TORCH_ACT_NONE), Int64(outputs), Int64(range.lowerBound),
            Int64(range.upperBound))
        }
      } else {
        flat.add_(bias)
      }
    },
    vjp: { tape, x, weight, bias in
      let (input, matrix) = (tape.save(x), tape.save(weight))
      return { g, sink in
        let (x, weight) = (try sink.value(input), try sink.value(matrix))
        let gradient = weight.rank == 1 ? g.first.unsqueeze(-1) : g.first
        let outputs = gradient.impl.sizes[gradient.rank - 1]
        let rows = gradient.count / Swift.max(outputs, 1)
        let flat = gradient.reshape([rows, outputs])
        if sink.wants(0) { sink[0] = flat.mm((weight.rank == 1 ? weight.unsqueeze(0) : weight).conj()).reshape(x.shape) }
        if sink.wants(1) { sink[1] = flat.t().mm(x.reshape([rows, weight.impl.sizes[weight.rank - 1]]).conj()).reshape(weight.shape) }
        if sink.wants(2) { sink[2] = weight.rank == 1 ? flat.sum() : flat.sum(0) }
      }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([2, 3])), .tensor(s.tensor([4, 3])), .tensor(s.tensor([4]))),
        Sample(.tensor(s.tensor([2, 2, 3])), .tensor(s.tensor([4, 3])), .none), Sample(.tensor(s.tensor([3])), .tensor(s.tensor([4, 3])), .none),
      ]
    })
}

/// `x weightᵀ + bias` over the last dimension: (…, in) and (out, in) give (…, out). `torch.nn.functional.linear`.
public func linear(_ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil) -> Tensor { LinearOp.linear(x, weight, bias) }
