import COpenBLAS
import TorchCore

/// Products of elementary reflectors, H = 1 - tau v vᴴ, whose vectors are the columns below a unit diagonal.
enum Householder {
  static let factor: Op<Tensor, TensorPair> = .structured(
    "aten::geqrf(Tensor self) -> (Tensor a, Tensor tau)",
    undifferentiable: "PyTorch defines no derivative of the packed form; use qr",
    rule: { a in
      try MatrixCheck.matrices(a, "self")
      return (
        .columnMajor(like: a, a.shape), TensorSpec(like: a, sizes: Dims(a.batchSizes + [Swift.min(a.rowCount, a.columnCount)]))
      )
    },
    kernel: { out, a in
      Copying.copy(a, into: out.values)
      try factorInPlace(out.values, out.indices)
    },
    samples: { s in [[3, 3], [2, 4, 3], [2, 3]].map { Sample(.tensor(s.tensor($0))) } })

  /// R and the reflectors in place of a column-major batch.
  static func factorInPlace(_ a: Tensor, _ tau: Tensor) throws {
    if a.count == 0 { return }
    let (matrices, scales) = (MatrixBatch(over: a), VectorBatch(over: tau))
    let (m, n, type) = (matrices.rows, matrices.columns, matrices.type)
    let lwork = Lapack.workspaceCount(a.dtype) { _ = torch_lapack_geqrf(type, m, n, matrices[0], scales[0], $0, -1) }
    let cost = Double(m) * Double(n) * Double(Swift.min(m, n))
    try Lapack.forEach(matrices.count, cost: cost, workspace: lwork * a.dtype.byteCount, "geqrf") { i, work in
      torch_lapack_geqrf(type, m, n, matrices[i], scales[i], work, Int32(lwork))
    }
  }

  /// The first columns of the reflectors' product in place of a column-major batch that holds the reflectors.
  static func productInPlace(_ a: Tensor, _ tau: Tensor) throws {
    if a.count == 0 { return }
    let (matrices, scales) = (MatrixBatch(over: a), VectorBatch(over: tau))
    let (m, n, k, type) = (matrices.rows, matrices.columns, Int32(tau.impl.sizes[tau.rank - 1]), matrices.type)
    let lwork = Lapack.workspaceCount(a.dtype) { _ = torch_lapack_orgqr(type, m, n, k, matrices[0], scales[0], $0, -1) }
    let cost = Double(m) * Double(n) * Double(Swift.max(k, 1))
    try Lapack.forEach(matrices.count, cost: cost, workspace: lwork * a.dtype.byteCount, "orgqr") { i, work in
      torch_lapack_orgqr(type, m, n, k, matrices[i], scales[i], work, Int32(lwork))
    }
  }

  private static func checkReflectors(_ a: Tensor, _ tau: Tensor, _ names: (String, String)) throws {
    try MatrixCheck.matrices(a, names.0)
    try MatrixCheck.sameType(a, tau, names)
    guard tau.rank == a.rank - 1, Array(tau.shape.dropLast()) == a.batchSizes else {
      throw TorchError(
        .shape,
        "\(names.1) must hold one row of numbers for each matrix of \(names.0), got \(tau.summary) beside \(a.summary)")
    }
    guard tau.impl.sizes[tau.rank - 1] <= a.columnCount else {
      throw TorchError(.shape, "\(names.1) has more numbers than \(names.0) has columns: \(tau.summary) beside \(a.summary)")
    }
  }

  static let product: Op<Tensor, Tensor, Tensor> = .structured(
    "aten::linalg_householder_product(Tensor input, Tensor tau) -> Tensor",
    rule: { a, tau in
      try checkReflectors(a, tau, ("input", "tau"))
      guard a.rowCount >= a.columnCount else {
        throw TorchError(.shape, "input must have at least as many rows as columns, got \(a.summary)")
      }
      return .columnMajor(like: a, a.shape)
    },
    kernel: { out, a, tau in
      Copying.copy(a, into: out)
      try productInPlace(out, tau.contiguous())
    },
    vjp: { tape, a, tau in
      let (vectors, scales) = (tape.save(a), tape.save(tau))
      return { g, sink in
        let (a, tau) = (try sink.value(vectors), try sink.value(scales))
        let unit = identity(a.rowCount, a.columnCount, like: a).expand(a.shape)
        let gradients = pullback(a, tau, unit, g.first, adjoint: false)
        if sink.wants(0) { sink[0] = gradients.vectors }
        if sink.wants(1) { sink[1] = gradients.scales }
      }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([4, 3])), .tensor(s.tensor([3]))),
        Sample(.tensor(s.tensor([2, 3, 3])), .tensor(s.tensor([2, 2]))),
      ]
    })

  static let orgqr: Op<Tensor, Tensor, Tensor> = .composite(
    "aten::orgqr(Tensor self, Tensor input2) -> Tensor",
    samples: { s in [Sample(.tensor(s.tensor([4, 3])), .tensor(s.tensor([3])))] }
  ) { a, tau in try product.callThrowing(a, tau) }

  static let multiply: Op<Tensor, Tensor, Tensor, Bool, Bool, Tensor> = .structured(
    "aten::ormqr(Tensor self, Tensor input2, Tensor input3, bool left=True, bool transpose=False) -> Tensor",
    rule: { a, tau, c, left, _ in
      try checkReflectors(a, tau, ("self", "input2"))
      try MatrixCheck.matrices(c, "input3")
      try MatrixCheck.sameType(a, c, ("self", "input3"))
      guard c.batchSizes == a.batchSizes else {
        throw TorchError(.shape, "self and input3 must have the same leading sizes, got \(a.summary) and \(c.summary)")
      }
      let order = left ? c.rowCount : c.columnCount
      guard order == a.rowCount, tau.impl.sizes[tau.rank - 1] <= order else {
        throw TorchError(
          .shape,
          "self must have as many rows as input3 has \(left ? "rows" : "columns") (\(order)), and at most as many reflectors; got "
            + a.summary)
      }
      return .columnMajor(like: c, c.shape)
    },
    kernel: { out, a, tau, c, left, adjoint in
      Copying.copy(c, into: out)
      if out.count == 0 || tau.count == 0 { return }
      let (vectors, scales, products) = (MatrixBatch(reading: a), VectorBatch(reading: tau), MatrixBatch(over: out))
      let (m, n, k, type) = (products.rows, products.columns, Int32(tau.impl.sizes[tau.rank - 1]), products.type)
      let (side, form): (Int32, Int32) = (left ? 1 : 0, adjoint ? 1 : 0)
      let lwork = Lapack.workspaceCount(out.dtype) {
        _ = torch_lapack_ormqr(type, side, form, m, n, k, vectors[0], scales[0], products[0], $0, -1)
      }
      let cost = 2 * Double(m) * Double(n) * Double(k)
      try Lapack.forEach(products.count, cost: cost, workspace: lwork * out.dtype.byteCount, "ormqr") { i, work in
        torch_lapack_ormqr(type, side, form, m, n, k, vectors[i], scales[i], products[i], work, Int32(lwork))
      }
    },
    vjp: { tape, a, tau, c, left, adjoint in
      let (vectors, scales, matrix) = (tape.save(a), tape.save(tau), tape.save(c))
      return { g, sink in
        let (a, tau) = (try sink.value(vectors), try sink.value(scales))
        if sink.wants(2) { sink[2] = multiply(a, tau, g.first, left, !adjoint) }
        if sink.wants(0) || sink.wants(1) {
          let c = try sink.value(matrix)
          // From the right: C Q is the adjoint of Qᴴ Cᴴ.
          let gradients =
            left
            ? pullback(a, tau, c, g.first, adjoint: adjoint)
            : pullback(a, tau, c.conjugateTransposed, g.first.conjugateTransposed, adjoint: !adjoint)
          if sink.wants(0) { sink[0] = gradients.vectors }
          if sink.wants(1) { sink[1] = gradients.scales }
        }
      }
    },
    samples: { s in
      let flags: [(Bool, Bool)] = [(true, false), (true, true), (false, false), (false, true)]
      return flags.map { left, adjoint in
        Sample(
          .tensor(s.tensor([2, 3, 3])), .tensor(s.tensor([2, 2])), .tensor(s.tensor(left ? [2, 3, 2] : [2, 2, 3])), left.box(),
          adjoint.box())
      }
    })

  /// Gradients of the reflectors' vectors and scales from that of Q C, or with `adjoint` of Qᴴ C.
  ///
  /// k reflectors make Q = 1 - V T Vᴴ with T = D (1 + S D)⁻¹, where D = diag(tau) and S is the part of Vᴴ V above the diagonal.
  private static func pullback(
    _ a: Tensor, _ tau: Tensor, _ c: Tensor, _ g: Tensor, adjoint: Bool
  ) -> (vectors: Tensor, scales: Tensor) {
    let k = tau.impl.sizes[tau.rank - 1]
    let v = a.narrow(-1, 0, k).tril(-1) + identity(a.rowCount, k, like: a)
    let vH = v.conjugateTransposed
    let s = vH.matmul(v).triu(1)
    let unit = identity(k, like: a)
    let d = tau.unsqueeze(-2)
    // D times the inverse is T.
    let inverse = SolveTriangular.op(s * d, unit.expand(s.shape), true, true, true)
    let t = tau.unsqueeze(-1) * inverse
    let (used, w, vg) = (adjoint ? t.conjugateTransposed : t, vH.matmul(c), vH.matmul(g))
    // Q C = C - V T W with W = Vᴴ C.
    var gv = -g.matmul(used.matmul(w).conjugateTransposed) - c.matmul(used.conjugateTransposed.matmul(vg).conjugateTransposed)
    let gUsed = -vg.matmul(w.conjugateTransposed)
    let gt = adjoint ? gUsed.conjugateTransposed : gUsed
    // dT = (1 - T S) dD M⁻¹ - T dS D M⁻¹ with M = 1 + S D.
    let right = gt.matmul(inverse.conjugateTransposed)
    let tH = t.conjugateTransposed
    let gTau = (right - s.conjugateTransposed.matmul(tH.matmul(right))).matrixDiagonal
    let gs = -(tH.matmul(right) * d.conj()).triu(1)
    gv = gv + v.matmul(gs + gs.conjugateTransposed)
    let columns = a.columnCount - k
    let vectors = gv.tril(-1)
    return (columns == 0 ? vectors : vectors.constantPad([0, columns]), gTau)
  }

  static let table: [AnyOp] = [factor.erased, product.erased, orgqr.erased, multiply.erased]
}

extension Linalg {
  /// The first columns of the product of reflectors that `Tensor.geqrf` packs. `torch.linalg.householder_product`.
  public static func householderProduct(_ a: Tensor, _ tau: Tensor) -> Tensor { Householder.product(a, tau) }
}

extension Tensor {
  /// The QR factors as LAPACK packs them: R on and above the diagonal, reflectors below it, and their scales. `torch.geqrf`.
  public func geqrf() -> (a: Tensor, tau: Tensor) {
    let result = Householder.factor(self)
    return (result.values, result.indices)
  }
  /// `other` times the product of the reflectors in this tensor, from the left or right; with `transpose` times its adjoint.
  /// `torch.ormqr`.
  public func ormqr(_ tau: Tensor, _ other: Tensor, left: Bool = true, transpose: Bool = false) -> Tensor {
    Householder.multiply(self, tau, other, left, transpose)
  }
  /// `Linalg.householderProduct` by its older name. `torch.orgqr`.
  public func orgqr(_ tau: Tensor) -> Tensor { Householder.orgqr(self, tau) }
}
