import TorchOps

/// The function that computes the Jacobian of `f`, row by row by reverse mode, all rows at once. `torch.func.jacrev`.
///
/// For `f` from sizes n to sizes m the result has sizes (m, n). Cheaper than `jacfwd` where the result is smaller than the argument.
/// - Parameter chunkSize: how many rows to compute at once; all where nil.
public func jacrev(
  _ f: @escaping (Tensor) throws -> Tensor, chunkSize: Int? = nil
) -> (Tensor) -> Tensor {
  { x in Jacobian.rows({ try f($0) }, x, chunkSize) }
}

/// As the first `jacrev`, with a second argument.
public func jacrev<B>(
  _ f: @escaping (Tensor, B) throws -> Tensor, chunkSize: Int? = nil
) -> (Tensor, B) -> Tensor {
  { x, b in Jacobian.rows({ try f($0, b) }, x, chunkSize) }
}

/// As the first `jacrev`, with two more arguments.
public func jacrev<B, C>(
  _ f: @escaping (Tensor, B, C) throws -> Tensor, chunkSize: Int? = nil
) -> (Tensor, B, C) -> Tensor {
  { x, b, c in Jacobian.rows({ try f($0, b, c) }, x, chunkSize) }
}

/// The function that computes the Jacobian of `f`, column by column by forward mode, all columns at once. `torch.func.jacfwd`.
///
/// For `f` from sizes n to sizes m the result has sizes (m, n). Cheaper than `jacrev` where the argument is smaller than the result.
public func jacfwd(
  _ f: @escaping (Tensor) throws -> Tensor, chunkSize: Int? = nil
) -> (Tensor) -> Tensor {
  { x in Jacobian.columns({ try f($0) }, x, chunkSize) }
}

/// As the first `jacfwd`, with a second argument.
public func jacfwd<B>(
  _ f: @escaping (Tensor, B) throws -> Tensor, chunkSize: Int? = nil
) -> (Tensor, B) -> Tensor {
  { x, b in Jacobian.columns({ try f($0, b) }, x, chunkSize) }
}

/// As the first `jacfwd`, with two more arguments.
public func jacfwd<B, C>(
  _ f: @escaping (Tensor, B, C) throws -> Tensor, chunkSize: Int? = nil
) -> (Tensor, B, C) -> Tensor {
  { x, b, c in Jacobian.columns({ try f($0, b, c) }, x, chunkSize) }
}

/// The function that computes the Hessian of `f`, a function to a tensor without dimensions: `jacfwd(jacrev(f))`. `torch.func.hessian`.
///
/// For an argument of sizes n the result has sizes (n, n).
public func hessian(_ f: @escaping (Tensor) throws -> Tensor) -> (Tensor) -> Tensor { jacfwd(jacrev(f)) }

/// As the first `hessian`, with a second argument.
public func hessian<B>(_ f: @escaping (Tensor, B) throws -> Tensor) -> (Tensor, B) -> Tensor { jacfwd(jacrev(f)) }

/// As the first `hessian`, with two more arguments.
public func hessian<B, C>(_ f: @escaping (Tensor, B, C) throws -> Tensor) -> (Tensor, B, C) -> Tensor { jacfwd(jacrev(f)) }

private enum Jacobian {
  static func rows(_ f: (Tensor) throws -> Tensor, _ x: Tensor, _ chunkSize: Int?) -> Tensor {
    let (output, pullback) = vjp(f, x)
    guard output.isDefined else { return .poison() }
    if output.count == 0 || x.count == 0 { return x.newZeros(output.shape + x.shape) }
    let basis = Tensor.eye(output.count, dtype: output.dtype).reshape([output.count] + output.shape)
    return vmap(pullback, chunkSize: chunkSize)(basis).reshape(output.shape + x.shape)
  }

  static func columns(_ f: (Tensor) throws -> Tensor, _ x: Tensor, _ chunkSize: Int?) -> Tensor {
    let (output, push) = linearize(f, x)
    guard output.isDefined else { return .poison() }
    if output.count == 0 || x.count == 0 { return x.newZeros(output.shape + x.shape) }
    let basis = Tensor.eye(x.count, dtype: x.dtype).reshape([x.count] + x.shape)
    return vmap(push, outDims: -1, chunkSize: chunkSize)(basis).reshape(output.shape + x.shape)
  }
}
