import TorchOps

/// A convolution that does the work of a convolution and the batch norm after it, as they are in evaluation.
/// `torch.nn.utils.fuse_conv_bn_eval`. Weight and bias of `convolution` change; its output becomes the norm's.
@discardableResult
public func fuseBatchNorm<Layer: ConvolutionLayer>(into convolution: Layer, _ norm: BatchNorm) -> Layer {
  checked((), "fuseBatchNorm") {
    let (scale, shift) = try evaluationScale(norm, channels: convolution.outChannels)
    noGrad {
      let weight = convolution.weight.detach()
      // The channels of a transposed convolution's result are its second dimension, of each group.
      let isTransposed = convolution is TransposedConvolution
      let (groups, each) = (convolution.groups, convolution.outChannels / convolution.groups)
      let fused: Tensor
      if isTransposed {
        let sizes = [groups, weight.size(0) / groups, each] + weight.shape.dropFirst(2)
        let factors = scale.reshape([groups, 1, each] + Array(repeating: 1, count: weight.rank - 2))
        fused = (weight.reshape(sizes) * factors).reshape(weight.shape)
      } else {
        fused = weight * scale.reshape([-1] + Array(repeating: 1, count: weight.rank - 1))
      }
      let bias = convolution.bias.map { $0.detach() * scale + shift } ?? shift
      let isTrained = convolution.weight.requiresGrad
      convolution.weight = fused
      convolution.bias = bias
      convolution.requiresGrad_(isTrained)
    }
  }
  return convolution
}

/// A linear layer that does the work of a linear layer and the batch norm after it, as they are in evaluation.
/// `torch.nn.utils.fuse_linear_bn_eval`. Weight and bias of `linear` change.
@discardableResult
public func fuseBatchNorm<Layer: Linear>(into linear: Layer, _ norm: BatchNorm) -> Layer {
  checked((), "fuseBatchNorm") {
    let (scale, shift) = try evaluationScale(norm, channels: linear.outFeatures)
    noGrad {
      let bias = linear.bias.map { $0.detach() * scale + shift } ?? shift
      let isTrained = linear.weight.requiresGrad
      linear.weight = linear.weight.detach() * scale.unsqueeze(1)
      linear.bias = bias
      linear.requiresGrad_(isTrained)
    }
  }
  return linear
}

/// What a batch norm multiplies with and adds in evaluation.
private func evaluationScale(_ norm: BatchNorm, channels: Int) throws -> (scale: Tensor, shift: Tensor) {
  guard !norm.isTraining else { throw TorchError(.value, "batch norms can be fused in evaluation only: call eval() first") }
  guard let mean = norm.runningMean, let variance = norm.runningVar else {
    throw TorchError(.value, "the batch norm has no running statistics")
  }
  guard norm.featureCount == channels else {
    throw TorchError(.shape, "the batch norm has \(norm.featureCount) channels, the layer before it \(channels)")
  }
  return noGrad {
    let inverse = (variance + Tensor(scalar: .double(norm.eps))).rsqrt()
    let scale = norm.weight.map { $0.detach() * inverse } ?? inverse
    let shift = (norm.bias?.detach() ?? mean.zerosLike()) - mean * scale
    return (scale, shift)
  }
}

extension Module {
  /// Fuses every batch norm in a ``Sequential`` of this tree with the convolution or linear layer before it, and leaves ``Identity`` in
  /// its place. For inference; fails in training mode.
  /// - Returns: how many were fused.
  @discardableResult
  public final func fuseBatchNorms() -> Int {
    checked(0, "fuseBatchNorms") {
      guard !isTraining else { throw TorchError(.value, "batch norms can be fused in evaluation only: call eval() first") }
      var count = 0
      for case let sequence as Sequential in modules() {
        for i in sequence.elements.indices.dropFirst() {
          guard let norm = sequence[i] as? BatchNorm, norm.runningMean != nil else { continue }
          switch sequence[i - 1] {
          case let convolution as ConvolutionLayer where convolution.outChannels == norm.featureCount:
            fuseBatchNorm(into: convolution, norm)
          // The channels of a linear layer's result are its last dimension, which is where a norm of matrices looks for them.
          case let linear as Linear where linear.outFeatures == norm.featureCount && norm is BatchNorm1d:
            fuseBatchNorm(into: linear, norm)
          default: continue
          }
          let identity = Identity()
          identity.isTraining = false
          sequence[i] = identity
          count += 1
        }
      }
      return count
    }
  }
}
