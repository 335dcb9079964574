import TorchOps

/// A level of forward-mode differentiation: tensors that carry the direction in which they move, and what follows from it for everything
/// computed from them. `torch.autograd.forward_ad.dual_level`.
///
/// ```swift
/// let tangent = withDualLevel { level in
///   let dual = level.makeDual(x, tangent: v)
///   return level.unpackDual(dual.exp() * 2).tangent     // 2 exp(x) v
/// }
/// ```
public final class DualLevel {
  private var points: [Tensor] = []
  private var tangents: [Tensor] = []

  fileprivate init() {}

  /// A tensor of the values of `primal` that moves along `tangent`, of the same sizes and type. `make_dual`.
  public func makeDual(_ primal: Tensor, tangent: Tensor) -> Tensor {
    checked(.poison(), "makeDual") {
      guard primal.isDefined, tangent.isDefined else { throw PoisonedInput() }
      guard primal.impl.sizes == tangent.impl.sizes, primal.dtype == tangent.dtype else {
        throw TorchError(.shape, "expected a tangent like the primal, got \(tangent.summary) for \(primal.summary)")
      }
      let point = try TapePoint.fresh(primal)
      points.append(point)
      tangents.append(tangent)
      return point
    }
  }

  /// The values, and how they move with the duals of this level; nil for a tensor that does not depend on them. `unpack_dual`.
  public func unpackDual(_ tensor: Tensor) -> (primal: Tensor, tangent: Tensor?) {
    let tangent = checked(nil as Tensor?, "unpackDual") { () throws -> Tensor? in
      guard tensor.isDefined else { throw PoisonedInput() }
      guard tensor.requiresGrad, !points.isEmpty else { return nil }
      // A dual itself is its own starting point.
      if let i = points.firstIndex(where: { $0 === tensor }) { return tangents[i] }
      let connected = try grad(
        [tensor], points, gradOutputs: [tensor.alias().onesLike()], retainGraph: true, createGraph: true, allowUnused: true)
      guard connected.contains(where: { $0 != nil }) else { return nil }
      return try enableGrad { try LinearMap([tensor], points)(tangents)[0] }
    }
    return (tensor.detach(), tangent)
  }
}

/// Runs `body` in a new level of forward-mode differentiation, with recording on. Levels nest: a tangent can be differentiated itself.
public func withDualLevel<T>(_ body: (DualLevel) throws -> T) rethrows -> T {
  try enableGrad { try body(DualLevel()) }
}
