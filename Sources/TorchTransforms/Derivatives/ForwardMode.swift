import TorchOps

/// `f`'s results and how they change when the argument moves along `tangent`. `torch.func.jvp`.
///
/// ```swift
/// let (y, dy) = jvp({ x in x.sin() }, x, v)        // dy = cos(x) v
/// ```
public func jvp<First: TensorTree, Out: TensorTree>(
  _ f: (First) throws -> Out, _ primal: First, _ tangent: First
) -> (output: Out, tangent: Out) {
  let found = checked(nil as (Out, [Tensor])?, "jvp") {
    try enclosed(primal.leaves) { points in
      let output = try f(primal.replacing(with: points))
      return (output, try LinearMap(output.leaves, points)(tangent.leaves))
    }
  }
  guard let (output, derivatives) = found else {
    let output = afterFailure("jvp") { try f(primal.mapLeaves { _ in .poison() }) }
    return (output, output)
  }
  return (output, output.replacing(with: derivatives))
}

/// As `jvp` of one argument, for two.
public func jvp<A: TensorTree, B: TensorTree, Out: TensorTree>(
  _ f: (A, B) throws -> Out, _ primals: (A, B), _ tangents: (A, B)
) -> (output: Out, tangent: Out) {
  let count = primals.0.leaves.count
  return jvp(
    { (all: [Tensor]) in
      try f(primals.0.replacing(with: Array(all[..<count])), primals.1.replacing(with: Array(all[count...])))
    }, primals.0.leaves + primals.1.leaves, tangents.0.leaves + tangents.1.leaves)
}

/// `f`'s results and the linear function that `jvp` is at this point, to be called with many tangents: `f` itself runs once.
/// `torch.func.linearize`.
public func linearize<First: TensorTree, Out: TensorTree>(
  _ f: (First) throws -> Out, _ primal: First
) -> (output: Out, jvp: (First) -> Out) {
  let found = checked(nil as (Out, LinearMap)?, "linearize") {
    try enclosed(primal.leaves) { points in
      let output = try f(primal.replacing(with: points))
      return (output, try LinearMap(output.leaves, points))
    }
  }
  guard let (output, map) = found else {
    let output = afterFailure("linearize") { try f(primal.mapLeaves { _ in .poison() }) }
    return (output, { _ in output })
  }
  return (
    output,
    { tangent in
      let derivatives = checked(nil as [Tensor]?, "linearize") { try enableGrad { try map(tangent.leaves) } }
      return derivatives.map { output.replacing(with: $0) } ?? output.mapLeaves { _ in .poison() }
    }
  )
}
