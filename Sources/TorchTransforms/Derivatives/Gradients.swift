import TorchOps

/// The function that computes the gradient of `f` by its first argument. `torch.func.grad`.
///
/// `f` returns a tensor without dimensions. Further arguments are constants. Gradients nest: `grad(grad(f))` is the second derivative,
/// `vmap(grad(f))` gives the gradient for each sample of a batch.
///
/// ```swift
/// let slope = grad { (x: Tensor) in x.sin() }
/// slope(Tensor(0.0))                              // 1
/// let perSample = vmap(grad(loss), inDims: [nil, 0, 0])(parameters, images, labels)
/// ```
public func grad<A: TensorTree>(_ f: @escaping (A) throws -> Tensor) -> (A) -> A {
  { a in
    let found = differentiated("grad", a) { point in (try f(point), Nothing()) }
    return found.gradient
  }
}

/// As the first `grad`, with a second argument.
public func grad<A: TensorTree, B>(_ f: @escaping (A, B) throws -> Tensor) -> (A, B) -> A {
  { a, b in
    let found = differentiated("grad", a) { point in (try f(point, b), Nothing()) }
    return found.gradient
  }
}

/// As the first `grad`, with two more arguments.
public func grad<A: TensorTree, B, C>(_ f: @escaping (A, B, C) throws -> Tensor) -> (A, B, C) -> A {
  { a, b, c in
    let found = differentiated("grad", a) { point in (try f(point, b, c), Nothing()) }
    return found.gradient
  }
}

/// As the first `grad`, with three more arguments.
public func grad<A: TensorTree, B, C, D>(_ f: @escaping (A, B, C, D) throws -> Tensor) -> (A, B, C, D) -> A {
  { a, b, c, d in
    let found = differentiated("grad", a) { point in (try f(point, b, c, d), Nothing()) }
    return found.gradient
  }
}

/// As `grad`, for a function that returns something beside what is differentiated. `torch.func.grad(has_aux=True)`.
public func grad<A: TensorTree, Aux: TensorTree>(hasAux f: @escaping (A) throws -> (Tensor, Aux)) -> (A) -> (gradient: A, aux: Aux) {
  { a in
    let found = differentiated("grad", a) { point in try f(point) }
    return (found.gradient, found.aux)
  }
}

/// As `grad(hasAux:)`, with a second argument.
public func grad<A: TensorTree, B, Aux: TensorTree>(hasAux f: @escaping (A, B) throws -> (Tensor, Aux)) -> (A, B) -> (gradient: A, aux: Aux) {
  { a, b in
    let found = differentiated("grad", a) { point in try f(point, b) }
    return (found.gradient, found.aux)
  }
}

/// As `grad(hasAux:)`, with two more arguments.
public func grad<A: TensorTree, B, C, Aux: TensorTree>(hasAux f: @escaping (A, B, C) throws -> (Tensor, Aux)) -> (A, B, C) -> (gradient: A, aux: Aux) {
  { a, b, c in
    let found = differentiated("grad", a) { point in try f(point, b, c) }
    return (found.gradient, found.aux)
  }
}

/// As `grad(hasAux:)`, with three more arguments.
public func grad<A: TensorTree, B, C, D, Aux: TensorTree>(hasAux f: @escaping (A, B, C, D) throws -> (Tensor, Aux)) -> (A, B, C, D) -> (gradient: A, aux: Aux) {
  { a, b, c, d in
    let found = differentiated("grad", a) { point in try f(point, b, c, d) }
    return (found.gradient, found.aux)
  }
}

/// The function that computes `f`'s value and its gradient by the first argument. `torch.func.grad_and_value`.
public func valueAndGrad<A: TensorTree>(_ f: @escaping (A) throws -> Tensor) -> (A) -> (value: Tensor, gradient: A) {
  { a in
    let found = differentiated("valueAndGrad", a) { point in (try f(point), Nothing()) }
    return (found.value, found.gradient)
  }
}

/// As the first `valueAndGrad`, with a second argument.
public func valueAndGrad<A: TensorTree, B>(_ f: @escaping (A, B) throws -> Tensor) -> (A, B) -> (value: Tensor, gradient: A) {
  { a, b in
    let found = differentiated("valueAndGrad", a) { point in (try f(point, b), Nothing()) }
    return (found.value, found.gradient)
  }
}

/// As the first `valueAndGrad`, with two more arguments.
public func valueAndGrad<A: TensorTree, B, C>(_ f: @escaping (A, B, C) throws -> Tensor) -> (A, B, C) -> (value: Tensor, gradient: A) {
  { a, b, c in
    let found = differentiated("valueAndGrad", a) { point in (try f(point, b, c), Nothing()) }
    return (found.value, found.gradient)
  }
}

/// As the first `valueAndGrad`, with three more arguments.
public func valueAndGrad<A: TensorTree, B, C, D>(_ f: @escaping (A, B, C, D) throws -> Tensor) -> (A, B, C, D) -> (value: Tensor, gradient: A) {
  { a, b, c, d in
    let found = differentiated("valueAndGrad", a) { point in (try f(point, b, c, d), Nothing()) }
    return (found.value, found.gradient)
  }
}

/// As `valueAndGrad`, for a function that returns something beside what is differentiated.
public func valueAndGrad<A: TensorTree, Aux: TensorTree>(hasAux f: @escaping (A) throws -> (Tensor, Aux)) -> (A) -> (value: Tensor, gradient: A, aux: Aux) {
  { a in
    let found = differentiated("valueAndGrad", a) { point in try f(point) }
    return (found.value, found.gradient, found.aux)
  }
}

/// As `valueAndGrad(hasAux:)`, with a second argument.
public func valueAndGrad<A: TensorTree, B, Aux: TensorTree>(hasAux f: @escaping (A, B) throws -> (Tensor, Aux)) -> (A, B) -> (value: Tensor, gradient: A, aux: Aux) {
  { a, b in
    let found = differentiated("valueAndGrad", a) { point in try f(point, b) }
    return (found.value, found.gradient, found.aux)
  }
}

/// As `valueAndGrad(hasAux:)`, with two more arguments.
public func valueAndGrad<A: TensorTree, B, C, Aux: TensorTree>(hasAux f: @escaping (A, B, C) throws -> (Tensor, Aux)) -> (A, B, C) -> (value: Tensor, gradient: A, aux: Aux) {
  { a, b, c in
    let found = differentiated("valueAndGrad", a) { point in try f(point, b, c) }
    return (found.value, found.gradient, found.aux)
  }
}

/// As `valueAndGrad(hasAux:)`, with three more arguments.
public func valueAndGrad<A: TensorTree, B, C, D, Aux: TensorTree>(hasAux f: @escaping (A, B, C, D) throws -> (Tensor, Aux)) -> (A, B, C, D) -> (value: Tensor, gradient: A, aux: Aux) {
  { a, b, c, d in
    let found = differentiated("valueAndGrad", a) { point in try f(point, b, c, d) }
    return (found.value, found.gradient, found.aux)
  }
}

private func differentiated<A: TensorTree, Aux: TensorTree>(
  _ name: String, _ a: A, _ f: (A) throws -> (Tensor, Aux)
) -> (gradient: A, value: Tensor, aux: Aux) {
  let found = checked(nil as (gradients: [Tensor], value: Tensor, aux: Aux)?, name) {
    try differentiate(a.leaves, name) { leaves in try f(a.replacing(with: leaves)) }
  }
  if let found { return (a.replacing(with: found.gradients), found.value, found.aux) }
  let poison = a.mapLeaves { _ in Tensor.poison() }
  return (poison, .poison(), afterFailure(name) { try f(poison).1 })
}

/// The gradients of the first result by `inputs`, the result itself, and what else the function returned.
private func differentiate<Aux>(
  _ inputs: [Tensor], _ name: String, _ f: ([Tensor]) throws -> (Tensor, Aux)
) throws -> (gradients: [Tensor], value: Tensor, aux: Aux) {
  try enclosed(inputs) { points in
    let (output, aux) = try f(points)
    guard output.isDefined else { throw PoisonedInput() }
    guard output.rank == 0 else {
      throw TorchError(.shape, "\(name): expected a function that returns a tensor without dimensions, got \(output.summary)")
    }
    guard output.dtype.isDifferentiable else {
      throw TorchError(.dtype, "\(name): expected a floating-point or complex result, got \(output.dtype)")
    }
    return (try TapePoint.pullback([output], points, [output.alias().onesLike()]), output, aux)
  }
}

/// Runs `body` with recording on and with fresh points for `inputs`.
func enclosed<T>(_ inputs: [Tensor], _ body: ([Tensor]) throws -> T) throws -> T {
  let points = try inputs.map { try TapePoint.fresh($0) }
  return try enableGrad { try body(points) }
}

/// `f`'s results and the function that pulls gradients of the results back to gradients of the arguments. `torch.func.vjp`.
///
/// ```swift
/// let (y, pullback) = vjp({ x in x.sin() }, x)
/// let dx = pullback(y.onesLike())                 // cos(x)
/// ```
public func vjp<First: TensorTree, Out: TensorTree>(
  _ f: (First) throws -> Out, _ primal: First
) -> (output: Out, pullback: (Out) -> First) {
  let found = checked(nil as (Out, [Tensor])?, "vjp") {
    try enclosed(primal.leaves) { points in (try f(primal.replacing(with: points)), points) }
  }
  guard let (output, points) = found else {
    let output = afterFailure("vjp") { try f(primal.mapLeaves { _ in .poison() }) }
    return (output, { _ in primal.mapLeaves { _ in .poison() } })
  }
  let pullback: (Out) -> First = { cotangent in
    let gradients = checked(nil as [Tensor]?, "vjp") { try pulledBack(output.leaves, points, cotangent.leaves) }
    return gradients.map { primal.replacing(with: $0) } ?? primal.mapLeaves { _ in .poison() }
  }
  return (output, pullback)
}

/// As `vjp` of one argument, for two.
public func vjp<A: TensorTree, B: TensorTree, Out: TensorTree>(
  _ f: (A, B) throws -> Out, _ a: A, _ b: B
) -> (output: Out, pullback: (Out) -> (A, B)) {
  let count = a.leaves.count
  func split(_ all: [Tensor]) -> (A, B) { (a.replacing(with: Array(all[..<count])), b.replacing(with: Array(all[count...]))) }
  let (output, pullback) = vjp({ (all: [Tensor]) -> Out in
    let (x, y) = split(all)
    return try f(x, y)
  }, a.leaves + b.leaves)
  return (output, { split(pullback($0)) })
}

private func pulledBack(_ outputs: [Tensor], _ points: [Tensor], _ cotangents: [Tensor]) throws -> [Tensor] {
  guard cotangents.count == outputs.count else {
    throw TorchError(.value, "expected \(outputs.count) gradients of results, got \(cotangents.count)")
  }
  for (cotangent, output) in zip(cotangents, outputs) where cotangent.impl.sizes != output.impl.sizes {
    throw TorchError(.shape, "expected a gradient of the result's sizes, got \(cotangent.summary) for \(output.summary)")
  }
  return try enableGrad { try TapePoint.pullback(outputs, points, cotangents) }
}
