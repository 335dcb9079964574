import TorchOps

/// Fresh starting points on the tape, so that a transform differentiates by its own arguments alone, whatever else they are part of.
enum TapePoint {
  /// A tensor of the same values to differentiate by, connected to where `x` comes from.
  static func fresh(_ x: Tensor) throws -> Tensor {
    guard x.isDefined else { throw PoisonedInput() }
    guard x.dtype.isDifferentiable else {
      throw TorchError(.dtype, "only floating-point and complex tensors can be differentiated by, got \(x.dtype)")
    }
    return x.requiresGrad && isGradEnabled ? x.view(x.shape) : x.alias().requiresGrad_()
  }

  /// The gradients of `outputs` by `inputs`, recorded themselves, so that transforms nest; zeros where there is no connection.
  static func pullback(_ outputs: [Tensor], _ inputs: [Tensor], _ cotangents: [Tensor]) throws -> [Tensor] {
    let live = outputs.indices.filter { outputs[$0].requiresGrad }
    guard !live.isEmpty else { return inputs.map { $0.alias().zerosLike() } }
    let found = try grad(
      live.map { outputs[$0] }, inputs, gradOutputs: live.map { cotangents[$0] }, retainGraph: true, createGraph: true, allowUnused: true)
    return zip(found, inputs).map { $0 ?? $1.alias().zerosLike() }
  }
}

/// The map from changes of the inputs to changes of the outputs, at the point where the outputs were recorded.
struct LinearMap {
  private let outputs: [Tensor]
  private let inputs: [Tensor]
  private let starts: [Tensor]
  private let live: [Int]
  private let gradients: [(input: Int, gradient: Tensor)]

  /// Backward is linear in the gradient it starts from, so that differentiating it by that gradient transposes it.
  init(_ outputs: [Tensor], _ inputs: [Tensor]) throws {
    self.outputs = outputs
    self.inputs = inputs
    live = outputs.indices.filter { outputs[$0].requiresGrad }
    starts = live.map { outputs[$0].alias().zerosLike().requiresGrad_() }
    guard !live.isEmpty else {
      gradients = []
      return
    }
    let found = try grad(
      live.map { [outputs] in outputs[$0] }, inputs, gradOutputs: starts, retainGraph: true, createGraph: true, allowUnused: true)
    gradients = found.enumerated().compactMap { i, gradient in
      guard let gradient, gradient.requiresGrad else { return nil }
      return (i, gradient)
    }
  }

  func callAsFunction(_ tangents: [Tensor]) throws -> [Tensor] {
    guard tangents.count == inputs.count else {
      throw TorchError(.value, "expected \(inputs.count) tangents, got \(tangents.count)")
    }
    for (tangent, input) in zip(tangents, inputs) where tangent.impl.sizes != input.impl.sizes || tangent.dtype != input.dtype {
      throw TorchError(.shape, "expected tangents like the inputs, got \(tangent.summary) for \(input.summary)")
    }
    var results = outputs.map { $0.alias().zerosLike() }
    guard !gradients.isEmpty else { return results }
    let found = try grad(
      gradients.map(\.gradient), starts, gradOutputs: gradients.map { tangents[$0.input] }, retainGraph: true, createGraph: true,
      allowUnused: true)
    for (i, derivative) in zip(live, found) { if let derivative { results[i] = derivative } }
    return results
  }
}
