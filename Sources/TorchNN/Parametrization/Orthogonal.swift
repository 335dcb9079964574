import TorchOps

/// How an unconstrained matrix becomes an orthogonal one.
public enum OrthogonalMap: String, Sendable {
  /// The exponential of a skew-symmetric matrix.
  case matrixExp = "matrix_exp"
  /// (1 - A / 2)⁻¹ (1 + A / 2) of a skew-symmetric A.
  case cayley
  /// A product of Householder reflections.
  case householder
}

/// Makes the columns of a matrix, or its rows where it is wide, orthonormal. `torch.nn.utils.parametrizations.orthogonal`.
/// - Parameters:
///   - map: nil for `matrixExp` of square and complex matrices and `householder` of others.
///   - usesTrivialization: whether the map starts from the present value, which makes optimisation easier (Lezcano-Casado, 2019).
@discardableResult
public func orthogonal<M: Module>(
  _ module: M, name: String = "weight", map: OrthogonalMap? = nil, usesTrivialization: Bool = true
) -> M {
  checked((), "orthogonal") {
    guard let weight = try module.declaredSlot(name).tensor else { throw TorchError(.value, "\(name) has no tensor yet") }
    guard weight.rank >= 2 else { throw TorchError(.shape, "expected a matrix or a batch of matrices, got \(weight.summary)") }
    let map = map ?? (weight.size(-1) == weight.size(-2) || weight.dtype.isComplex ? .matrixExp : .householder)
    guard map != .householder || !weight.dtype.isComplex else {
      throw TorchError(.dtype, "the householder map does not take complex matrices")
    }
    module.registerParametrization(name, Orthogonality(weight.shape, map, usesTrivialization), isUnsafe: true)
  }
  return module
}

final class Orthogonality: Module, RightInvertible {
  private let sizes: [Int]
  private let map: OrthogonalMap
  private let usesTrivialization: Bool
  /// What the map's value is multiplied by.
  @Buffer var base: Tensor? = nil

  init(_ sizes: [Int], _ map: OrthogonalMap, _ usesTrivialization: Bool) {
    self.sizes = sizes
    self.map = map
    self.usesTrivialization = usesTrivialization
  }

  override var typeName: String { "_Orthogonal" }

  override func forward(_ x: Tensor) -> Tensor {
    let isWide = x.size(-2) < x.size(-1)
    let tall = isWide ? x.transpose(-2, -1) : x
    let (n, k) = (tall.size(-2), tall.size(-1))
    var q: Tensor
    if map == .householder {
      let a = tall.tril(-1)
      let tau = Tensor(scalar: .double(2)) / ((a * a).sum([-2]) + Tensor(scalar: .double(1)))
      let signs = noGrad { tall.detach().diagonal(offset: 0, -2, -1).to(.int32).unsqueeze(-2).to(x.dtype) }
      q = Linalg.householderProduct(a, tau) * signs
    } else {
      var lower = tall.tril()
      if n != k { lower = cat([lower, Tensor.zeros(Array(x.shape.dropLast(2)) + [n, n - k], dtype: x.dtype)], dim: -1) }
      let skew = lower - (x.dtype.isComplex ? lower.transpose(-2, -1).conj() : lower.transpose(-2, -1))
      if map == .matrixExp {
        q = skew.matrixExp()
      } else {
        let half = skew * Tensor(scalar: .double(0.5))
        let identity = Tensor.eye(n, dtype: x.dtype)
        q = Linalg.solve(identity - half, identity + half)
      }
      if n != k { q = q.narrow(-1, 0, k) }
    }
    if let base { q = base.matmul(q) }
    return isWide ? q.transpose(-2, -1) : q
  }

  func rightInverse(_ x: Tensor) throws -> [Tensor] {
    guard x.shape == sizes else { throw TorchError(.shape, "expected a matrix of sizes \(sizes), got \(x.summary)") }
    let isWide = x.size(-2) < x.size(-1)
    let tall = isWide ? x.transpose(-2, -1) : x
    let (n, k) = (tall.size(-2), tall.size(-1))
    guard usesTrivialization else {
      guard map == .householder else {
        throw TorchError(.unsupported, "the \(map.rawValue) map can be assigned through with usesTrivialization only")
      }
      let (a, tau) = tall.geqrf()
      let diagonal = a.diagonal(offset: 0, -2, -1)
      let signs = diagonal.sign()
      let flips = `where`(tau .== Tensor(scalar: .double(0)), signs.neg(), signs)
      _ = diagonal.copy_(flips)
      return [isWide ? a.transpose(-2, -1) : a]
    }
    if n == k {
      base = Orthogonality.isOrthogonal(tall) ? tall.clone() : Orthogonality.madeOrthogonal(tall)
    } else {
      let noise = Tensor.randn(Array(tall.shape.dropLast(2)) + [n, n - k], dtype: tall.dtype)
      base = Orthogonality.madeOrthogonal(cat([tall, noise], dim: -1))
    }
    // The map of -1 on the diagonal is the identity: its skew part is zero, and its reflections are none.
    let start = x.zerosLike()
    _ = start.diagonal(offset: 0, -2, -1).fill_(-1 as Scalar)
    return [start]
  }

  private static func isOrthogonal(_ q: Tensor) -> Bool {
    let eps = 10 * Double(q.size(-2)) * (q.dtype == .float64 || q.dtype == .complex128 ? Double.ulpOfOne : Double(Float.ulpOfOne))
    let adjoint = q.dtype.isComplex ? q.transpose(-2, -1).conj() : q.transpose(-2, -1)
    return adjoint.matmul(q).allClose(Tensor.eye(q.size(-1), dtype: q.dtype).expand(adjoint.matmul(q).shape), atol: eps)
  }

  /// The Q of A = QR with a real positive diagonal of R.
  private static func madeOrthogonal(_ a: Tensor) -> Tensor {
    let (x, tau) = a.geqrf()
    return Linalg.householderProduct(x, tau) * x.diagonal(offset: 0, -2, -1).sgn().unsqueeze(-2)
  }
}
