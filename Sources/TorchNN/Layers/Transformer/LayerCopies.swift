import TorchOps

// The stacks of a transformer copy the layer that they are given: equal values in memory of their own, and nothing is drawn.

extension Module {
  /// Copies the values, types and modes of a module of the same structure.
  final func takeParameters(of other: Module) {
    for ((_, slot, _), (_, source, _)) in zip(namedSlots(), other.namedSlots()) {
      slot.tensor = source.tensor.map { tensor in
        let copy = noGrad { tensor.detach().clone() }
        return tensor.requiresGrad ? copy.requiresGrad_() : copy
      }
    }
    for (module, source) in zip(modules(), other.modules()) { module.isTraining = source.isTraining }
  }
}

extension Linear {
  /// With copies of another's parameters.
  convenience init(copyOf other: Linear) {
    self.init(pending: other.outFeatures, bias: other.bias != nil, dtype: nil)
    inFeatures = other.inFeatures
    takeParameters(of: other)
  }
}

extension LayerNorm {
  /// With copies of another's parameters.
  convenience init(copyOf other: LayerNorm) {
    self.init(other.normalizedShape, eps: other.eps, elementwiseAffine: other.elementwiseAffine, bias: other.bias != nil)
    takeParameters(of: other)
  }
}
