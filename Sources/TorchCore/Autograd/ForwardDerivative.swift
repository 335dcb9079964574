/// The directional derivatives of recorded results: how `outputs` change when `inputs` move along `tangents`.
///
/// Backward is linear in the gradient it starts from, so differentiating it by that gradient gives the transposed map, which is the
/// forward one. `torch.autograd.functional.jvp` computes it the same way.
/// - Parameters:
///   - outputs: recorded results.
///   - inputs: tensors that require gradients.
///   - tangents: one for each input, of its sizes and dtype.
/// - Returns: one derivative for each output, of its sizes; nil where the output does not depend on the inputs.
public func forwardDerivative(of outputs: [Tensor], at inputs: [Tensor], along tangents: [Tensor]) throws -> [Tensor?] {
  guard inputs.count == tangents.count else {
    throw TorchError(.autograd, "got \(tangents.count) tangents for \(inputs.count) inputs")
  }
  let live = outputs.indices.filter { outputs[$0].requiresGrad }
  guard !live.isEmpty else { return outputs.map { _ in nil } }
  let starts = live.map { outputs[$0].detach().zerosLike().requiresGrad_() }
  let gradients = try grad(live.map { outputs[$0] }, inputs, gradOutputs: starts, createGraph: true, allowUnused: true)
  var linear: [Tensor] = []
  var directions: [Tensor?] = []
  for (gradient, tangent) in zip(gradients, tangents) {
    guard let gradient, gradient.requiresGrad else { continue }
    linear.append(gradient)
    directions.append(tangent)
  }
  var result = [Tensor?](repeating: nil, count: outputs.count)
  guard !linear.isEmpty else { return result }
  let found = try grad(linear, starts, gradOutputs: directions, allowUnused: true)
  for (i, derivative) in zip(live, found) { result[i] = derivative }
  return result
}
