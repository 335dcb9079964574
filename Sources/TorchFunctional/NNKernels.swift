import TorchCore
import CTorchKernels

/// Access to the kernels of neural-network layers, which know float32 and float64; half types are widened around them.
package enum NNKernels {
  /// The kernels of a type at the level in use.
  package static func table(_ dtype: DType) throws -> UnsafePointer<torch_nn_kernels> {
    guard let table = torch_nn(torch_level_current(), Int32(dtype.rawValue)) else { throw unsupported(dtype) }
    return table
  }

  /// Throws unless the kernels can compute in this type.
  package static func require(_ dtype: DType, _ what: String) throws {
    guard dtype.isFloatingPoint else { throw TorchError(.dtype, "\(what) must be floating-point, got \(dtype)") }
  }

  private static func unsupported(_ dtype: DType) -> TorchError { TorchError(.dtype, "not defined for \(dtype)") }

  /// Gives `body` memory of the widened type to fill in place of `out`, and converts it into `out` afterwards if that has another
  /// type.
  package static func filling(_ out: Tensor, _ body: (Tensor) throws -> Void) throws {
    let type = out.dtype.widened
    if out.dtype == type { return try body(out) }
    let wide = try Tensor.allocate(TensorSpec(out.impl.sizes, type, strides: out.impl.strides))
    try body(wide)
    Copying.copy(wide, into: out)
  }
}

extension Tensor {
  /// The elements row by row in the widened type, for kernels.
  package var kernelInput: Tensor { to(dtype.widened).contiguous() }

  /// The elements in the widened type with the memory layout of `other`, whose sizes are the same.
  package func kernelInput(layoutOf other: Tensor) throws -> Tensor {
    let type = dtype.widened
    if dtype == type && sameLayout(as: other) { return self }
    let out = try Tensor.allocate(TensorSpec(impl.sizes, type, strides: other.impl.strides))
    Copying.copy(self, into: out)
    return out
  }

  private func sameLayout(as other: Tensor) -> Bool {
    if impl.isContiguous && other.impl.isContiguous { return true }
    for d in 0..<rank where impl.sizes[d] != 1 && impl.strides[d] != other.impl.strides[d] { return false }
    return true
  }
}

/// Derivatives of higher order for ops whose backward is a kernel: the value is written once more in tensor ops, and the tape
/// differentiates that.
package enum HigherOrder {
  /// A stand-in for a tensor whose gradient can be asked for. It stays connected to the tensor's history if that is to be
  /// recorded.
  private static func standIn(_ x: Tensor, connected: Bool) -> Tensor {
    if connected && x.requiresGrad { return x.alias(keepingHistoryOf: x) }
    return x.alias().requiresGrad_()
  }

  /// Pulls gradients of an op's input gradients back to the op's inputs and its result's gradient.
  /// - Parameters:
  ///   - value: the op in terms of tensor ops.
  ///   - inputs: the op's differentiable inputs.
  ///   - gradient: the gradient of its result.
  ///   - cotangents: of the gradient of each input; nil where there is none.
  ///   - createsGraph: whether the results are themselves recorded.
  /// - Returns: gradients of `gradient` and of the inputs.
  package static func pullBack(
    _ inputs: [Tensor], gradient: Tensor, cotangents: [Tensor?], createsGraph: Bool, value: ([Tensor]) throws -> Tensor
  ) throws -> (gradient: Tensor?, inputs: [Tensor?]) {
    try enableGrad {
      let x = inputs.map { standIn($0, connected: createsGraph) }
      let g = standIn(gradient, connected: createsGraph)
      let first = try grad([try value(x)], x, gradOutputs: [g], retainGraph: true, createGraph: true, allowUnused: true)
      var (outputs, weights): ([Tensor], [Tensor]) = ([], [])
      for (output, weight) in zip(first, cotangents) {
        guard let output, let weight, output.requiresGrad else { continue }
        outputs.append(output)
        weights.append(weight)
      }
      if outputs.isEmpty { return (nil, inputs.map { _ in nil }) }
      let second = try grad(
        outputs, [g] + x, gradOutputs: weights, retainGraph: true, createGraph: createsGraph, allowUnused: true)
      return (second[0], Array(second.dropFirst()))
    }
  }
}

extension Op where R == TensorTriple {
  /// The same op with its second and third results, statistics for the backward, off the tape.
  package var differentiableInFirst: Op {
    let op = self
    return Op(info) { (arguments: repeat each A) throws -> TensorTriple in
      let all = try op.run(repeat each arguments)
      return all.first.requiresGrad ? TensorTriple(all.first, all.second.alias(), all.third.alias()) : all
    }
  }
}

extension Op where R == TensorPair {
  /// The same op with its second result, a statistic for the backward, off the tape.
  package var differentiableInFirst: Op {
    let op = self
    return Op(info) { (arguments: repeat each A) throws -> TensorPair in
      let all = try op.run(repeat each arguments)
      return all.values.requiresGrad ? TensorPair(values: all.values, indices: all.indices.alias()) : all
    }
  }
}
