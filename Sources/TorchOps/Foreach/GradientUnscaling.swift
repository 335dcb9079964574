import TorchCore

/// What a gradient scaler does before a step.
package enum GradientUnscaling {
  /// Multiplies every tensor by `inv_scale`; sets `found_inf` to 1 where an element is infinite or NaN.
  package static let op = Op<[Tensor], Tensor, Tensor, NoResult>(
    OpInfo(
      "aten::_amp_foreach_non_finite_check_and_unscale_(Tensor(a!)[] self, Tensor(b!) found_inf, Tensor inv_scale) -> ()", tier: .inPlace,
      derivative: .none("it changes gradients outside the tape"))
  ) { tensors, found, factor in
    for (name, number) in [("found_inf", found), ("inv_scale", factor)] {
      if number.device == .poison { throw PoisonedInput() }
      guard number.count == 1, number.dtype == .float32 else {
        throw TorchError(.dtype, "\(name) must hold one float32 number, got \(number.summary)")
      }
    }
    for tensor in tensors {
      guard tensor.dtype.isFloatingPoint else { throw TorchError(.dtype, "expected floating-point tensors, got \(tensor.dtype)") }
      try InPlace.check(tensor, recording: false)
    }
    noGrad {
      for tensor in tensors {
        let bad = tensor.isFinite().logicalNot().any().to(.float32).reshape(found.shape)
        found.copy_(found.maximum(bad))
        tensor.mul_(factor.reshape([]).to(tensor.dtype))
      }
    }
    return NoResult()
  }
}
