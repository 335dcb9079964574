import COpenBLAS
import TorchCore

/// Singular values and vectors: A = U diag(S) Vᴴ.
enum SVDOps {
  static let factored: Op<Tensor, Bool, Bool, String?, TensorTriple> = .structured(
    "aten::_linalg_svd(Tensor A, bool full_matrices=False, bool compute_uv=True, *, str? driver=None) -> (Tensor U, Tensor S, Tensor Vh)",
    rule: { a, full, vectors, driver in
      try MatrixCheck.matrices(a)
      guard driver == nil else {
        throw TorchError(.unsupported, "driver chooses among CUDA's methods only; leave it out on the CPU")
      }
      let (batch, m, n) = (a.batchSizes, a.rowCount, a.columnCount)
      let k = Swift.min(m, n)
      let none = TensorSpec(like: a, sizes: [0])
      return (
        vectors ? .columnMajor(like: a, batch + [m, full ? m : k]) : none,
        TensorSpec(like: a, sizes: Dims(batch + [k]), dtype: a.dtype.realType),
        vectors ? .columnMajor(like: a, batch + [full ? n : k, n]) : none
      )
    },
    kernel: { out, a, full, vectors, _ in try decompose(a, out.first, out.second, out.third, full, vectors) },
    vjp: { tape, a, _, vectors, _ in
      let (u, s) = (tape.save(result: tape.result.first), tape.save(result: tape.result.second, index: 1))
      let vh = tape.save(result: tape.result.third, index: 2)
      let k = Swift.min(a.rowCount, a.columnCount)
      return { g, sink in
        guard vectors else {
          throw TorchError(.autograd, "the derivative of singular values needs the vectors; use svdvals")
        }
        // Further columns of full matrices are any completion of the basis: they carry no gradient.
        sink[0] = try pullback(
          g[0].map { $0.narrow(-1, 0, k) }, g[1], g[2].map { $0.narrow(-2, 0, k) }, try sink.value(u).narrow(-1, 0, k),
          try sink.value(s), try sink.value(vh).narrow(-2, 0, k))
      }
    },
    samples: { s in [[3, 3], [2, 4, 3], [2, 4]].map { Sample(.tensor(s.tensor($0)), false.box(), true.box(), .none) } })

  private static func decompose(_ a: Tensor, _ u: Tensor, _ s: Tensor, _ vh: Tensor, _ full: Bool, _ vectors: Bool) throws {
    if a.count == 0 {
      // Nothing to rotate: the basis is the given one.
      for basis in [u, vh] where vectors && basis.count > 0 {
        Copying.copy(identity(basis.rowCount, like: basis).expand(basis.shape), into: basis)
      }
      return
    }
    let (matrices, values) = (MatrixBatch(copying: a), VectorBatch(over: s))
    let (left, right) = (vectors ? MatrixBatch(over: u) : matrices, vectors ? MatrixBatch(over: vh) : matrices)
    let (m, n, type) = (matrices.rows, matrices.columns, matrices.type)
    let job = CChar(UInt8(ascii: vectors ? (full ? "A" : "S") : "N"))
    let lwork = Lapack.workspaceCount(a.dtype) {
      _ = torch_lapack_gesdd(type, job, m, n, matrices[0], values[0], left[0], right[0], $0, -1, nil, nil)
    }
    let (small, large) = (Int(Swift.min(m, n)), Int(Swift.max(m, n)))
    let rworkCount =
      !a.dtype.isComplex
      ? 0 : vectors ? Swift.max(5 * small * small + 5 * small, 2 * large * small + 2 * small * small + small) : 7 * small
    var layout = WorkspaceLayout()
    let workAt = layout.reserve(lwork, a.dtype.byteCount)
    let rworkAt = layout.reserve(rworkCount, a.dtype.realType.byteCount)
    let iworkAt = layout.reserve(8 * small, 4)
    let infos = try Tensor.allocate(TensorSpec(Dims(a.batchSizes), .int32))
    let cost = 8 * Double(m) * Double(n) * Double(small)
    Lapack.forEach(matrices.count, cost: cost, workspace: layout.byteCount, infos: infos.int32s) { i, memory in
      torch_lapack_gesdd(
        type, job, m, n, matrices[i], values[i], left[i], right[i], memory + workAt, Int32(lwork), memory + rworkAt,
        (memory + iworkAt).assumingMemoryBound(to: Int32.self))
    }
    try MatrixCheck.success(infos) { code in
      code == -4
        ? "The algorithm failed to converge because the input matrix contained non-finite values."
        : "The algorithm failed to converge because the input matrix is ill-conditioned or has too many repeated singular values "
          + "(error code: \(code))."
    }
  }

  private static func pullback(
    _ gu: Tensor?, _ gs: Tensor?, _ gvh: Tensor?, _ u: Tensor, _ s: Tensor, _ vh: Tensor
  ) throws -> Tensor? {
    let (m, n, k) = (u.rowCount, vh.columnCount, s.impl.sizes[s.rank - 1])
    if gu == nil && gvh == nil {
      guard let gs else { return nil }
      return m >= n ? u.matmul(gs.unsqueeze(-1) * vh) : (u * gs.unsqueeze(-2)).matmul(vh)
    }
    func skew(_ x: Tensor) -> Tensor { x - x.conjugateTransposed }
    let uu = gu.map { skew(u.conjugateTransposed.matmul($0)) }
    let vv = gvh.map { skew(vh.matmul($0.conjugateTransposed)) }
    if u.dtype.isComplex { try checkPhase(uu, vv) }
    // E: differences of squares, with 1 on the diagonal, where the numerator is 0.
    let (rows, columns) = (s.unsqueeze(-1), s.unsqueeze(-2))
    let gaps = (columns - rows) * (columns + rows) + identity(k, like: s)
    var inner: Tensor?
    func add(_ term: Tensor) { inner = inner.map { $0 + term } ?? term }
    if let uu { add((uu / gaps) * columns) }
    if let vv { add(rows * (vv / gaps)) }
    if let gs { add(gs.to(u.dtype).diagEmbed()) }
    // The phase of a pair of vectors is free; what turns both alike is counted once.
    if u.dtype.isComplex, let uu, gvh != nil { add((uu.matrixDiagonal / (s * 2)).diagEmbed()) }
    guard let core = inner else { return nil }
    var result = u.matmul(core)
    if m > k, let gu {
      let scaled = gu / columns
      result = result + scaled - u.matmul(u.conjugateTransposed.matmul(scaled))
    }
    result = result.matmul(vh)
    if n > k, let gvh {
      let scaled = gvh / rows
      result = result + u.matmul(scaled - scaled.matmul(vh.conjugateTransposed).matmul(vh))
    }
    return result
  }

  /// A loss must not depend on the phases that complex singular vectors are free to take.
  private static func checkPhase(_ uu: Tensor?, _ vv: Tensor?) throws {
    guard let first = uu ?? vv else { return }
    let turn = uu.flatMap { uu in vv.map { uu.matrixDiagonal + $0.matrixDiagonal } } ?? first.matrixDiagonal
    try PhaseCheck.require(
      turn.imaginaryPart, first,
      "the singular vectors of a complex matrix are specified up to a phase, on which the given loss depends: it is ill-defined")
  }

  static let linalgSVD: Op<Tensor, Bool, String?, TensorTriple> = .composite(
    "aten::linalg_svd(Tensor A, bool full_matrices=True, *, str? driver=None) -> (Tensor U, Tensor S, Tensor Vh)",
    samples: { s in [Sample(.tensor(s.tensor([3, 3])), true.box(), .none)] }
  ) { a, full, driver in try factored.callThrowing(a, full, true, driver) }

  static let values: Op<Tensor, String?, Tensor> = .composite(
    "aten::linalg_svdvals(Tensor A, *, str? driver=None) -> Tensor",
    samples: { s in [[3, 3], [2, 4, 3]].map { Sample(.tensor(s.tensor($0)), .none) } }
  ) { a, driver in
    // The derivative needs the vectors.
    try factored.callThrowing(a, false, a.requiresGrad && isGradEnabled, driver).second
  }

  static let svd: Op<Tensor, Bool, Bool, TensorTriple> = .composite(
    "aten::svd(Tensor self, bool some=True, bool compute_uv=True) -> (Tensor U, Tensor S, Tensor V)",
    samples: { s in [Sample(.tensor(s.tensor([4, 3])), true.box(), true.box())] }
  ) { a, some, vectors in
    guard vectors else {
      let s = try values.callThrowing(a, nil)
      let (m, n) = (a.rowCount, a.columnCount)
      func zeros(_ size: Int) -> Tensor { Tensor.zeros(a.batchSizes + [size, size], dtype: a.dtype, device: a.device) }
      return TensorTriple(zeros(m), s, zeros(n))
    }
    let result = try factored.callThrowing(a, !some, true, nil)
    return TensorTriple(result.first, result.second, result.third.conjugateTransposed)
  }

  static let table: [AnyOp] = [factored.erased, linalgSVD.erased, values.erased, svd.erased]
}

/// Whether a loss is independent of the phases of complex vectors.
enum PhaseCheck {
  /// Throws unless imaginary parts, each of which would have to be zero, are so up to rounding.
  /// - Parameter reference: a tensor whose largest element says how large rounding errors are.
  static func require(_ parts: Tensor, _ reference: Tensor, _ message: String) throws {
    guard parts.isCPU, parts.count > 0 else { return }
    let (off, scale) = noGrad {
      (parts.detach().abs().max().item(as: Double.self), reference.detach().magnitude.max().item(as: Double.self))
    }
    if off > 1e-2 * Swift.max(1, scale) { throw TorchError(.autograd, message) }
  }
}

extension Linalg {
  /// The factors of A = U diag(S) Vᴴ, singular values descending. With `fullMatrices` U and V are square. The derivative exists
  /// where the singular values differ, and of losses that do not depend on the vectors' signs or phases. `torch.linalg.svd`.
  public static func svd(_ a: Tensor, fullMatrices: Bool = true) -> (u: Tensor, s: Tensor, vh: Tensor) {
    let result = SVDOps.linalgSVD(a, fullMatrices, nil)
    return (result.first, result.second, result.third)
  }

  /// The singular values, descending. `torch.linalg.svdvals`.
  public static func svdvals(_ a: Tensor) -> Tensor { SVDOps.values(a, nil) }
}

extension Tensor {
  /// The factors of A = U diag(S) Vᴴ, with V rather than its adjoint. `torch.svd`, the older form of `Linalg.svd`.
  public func svd(some: Bool = true, computeUV: Bool = true) -> (u: Tensor, s: Tensor, v: Tensor) {
    let result = SVDOps.svd(self, some, computeUV)
    return (result.first, result.second, result.third)
  }
}
