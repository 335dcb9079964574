import COpenBLAS
import TorchCore

/// Equations with matrices given by their LU factors.
enum LUSolve {
  static let op: Op<Tensor, Tensor, Tensor, Bool, Bool, Tensor> = .structured(
    "aten::linalg_lu_solve(Tensor LU, Tensor pivots, Tensor B, *, bool left=True, bool adjoint=False) -> Tensor",
    rule: { lu, pivots, b, left, _ in
      try MatrixCheck.equation(lu, b, left: left, ("LU", "B"))
      guard pivots.dtype == .int32 else {
        throw TorchError(.dtype, "pivots must be int32, as lu_factor returns them, got \(pivots.dtype)")
      }
      guard pivots.shape == Array(lu.shape.dropLast()) else {
        throw TorchError(.shape, "pivots must have sizes \(lu.shape.dropLast()) for \(lu.summary), got \(pivots.impl.sizes)")
      }
      return spec(b, try MatrixCheck.batch(lu, b), left: left)
    },
    kernel: { out, lu, pivots, b, left, adjoint in
      let batch = out.batchSizes
      let exchanges = pivots.expand(batch + [lu.rowCount]).contiguous()
      // Checks the pivots, by which LAPACK would move rows anywhere.
      _ = try LUUnpack.permutation(exchanges, rows: lu.rowCount)
      try solve(
        MatrixBatch(reading: lu.expandedBatch(batch)), VectorBatch(over: exchanges), b.expandedBatch(batch), out, left, adjoint)
    },
    vjp: { tape, lu, pivots, b, left, adjoint in
      let (factors, exchanges, result) = (tape.save(lu), tape.save(pivots), tape.save(result: tape.result))
      let (sizesLU, sizesB) = (lu.impl.sizes, b.impl.sizes)
      return { g, sink in
        let (lu, pivots) = (try sink.value(factors), try sink.value(exchanges))
        if sink.wants(2) { sink[2] = op(lu, pivots, g.first, left, !adjoint).sum(toSizes: sizesB) }
        if sink.wants(0) {
          let x = try sink.value(result)
          sink[0] = factorGradient(g.first, lu, pivots, x, left, adjoint).sum(toSizes: sizesLU)
        }
      }
    },
    samples: { s in
      let flags: [(Bool, Bool)] = [(true, false), (true, true), (false, false), (false, true)]
      return flags.map { left, adjoint in
        let (factors, pivots) = LUFactor.sample(&s, [2, 3, 3])
        return Sample(.tensor(factors), .tensor(pivots), .tensor(s.tensor(left ? [3, 2] : [2, 3])), left.box(), adjoint.box())
      }
    })

  /// A solution's spec: column-major for LAPACK from the left, its transpose's from the right.
  static func spec(_ b: Tensor, _ batch: [Int], left: Bool) -> TensorSpec {
    let sizes = batch + [b.rowCount, b.columnCount]
    return left ? .columnMajor(like: b, sizes) : TensorSpec(like: b, sizes: Dims(sizes))
  }

  /// Solves into `out`, which has the spec's layout and the batch's sizes.
  static func solve(
    _ factors: MatrixBatch, _ pivots: VectorBatch, _ b: Tensor, _ out: Tensor, _ left: Bool, _ adjoint: Bool
  ) throws {
    // From the right: X A = B is Aᵀ Xᵀ = Bᵀ, and X Aᴴ = B is A conj(Xᵀ) = conj(Bᵀ).
    let conjugates = !left && adjoint && out.dtype.isComplex
    Copying.copy(conjugates ? b.conj() : b, into: out)
    if out.count == 0 { return }
    let solutions = MatrixBatch(over: left ? out : out.mT)
    let transpose = CChar(UInt8(ascii: left ? (adjoint ? "C" : "N") : (adjoint ? "N" : "T")))
    let cost = Double(solutions.rows) * Double(solutions.rows) * Double(solutions.columns)
    try Lapack.forEach(solutions.count, cost: cost, "getrs") { i, _ in
      torch_lapack_getrs(factors.type, transpose, factors.rows, solutions.columns, factors[i], pivots.int32s(i), solutions[i])
    }
    if conjugates { Copying.copy(out.conj(), into: out) }
  }

  /// The gradient of packed factors, from A = P L U: that of L below the diagonal, that of U on and above it.
  private static func factorGradient(
    _ g: Tensor, _ lu: Tensor, _ pivots: Tensor, _ x: Tensor, _ left: Bool, _ adjoint: Bool
  ) -> Tensor {
    let unpacked = LUUnpack.op(lu, pivots, true, true)
    let (p, lH, uH) = (unpacked.first, unpacked.second.conjugateTransposed, unpacked.third.conjugateTransposed)
    if left != adjoint {
      // Pᵀ dL/dA = L⁻ᴴ R with R = -U⁻ᴴ g Xᴴ, or from the right -U⁻ᴴ gᴴ X.
      let product = left ? -g.matmul(x.conjugateTransposed) : -g.conjugateTransposed.matmul(x)
      let r = SolveTriangular.op(uH, product, false, true, false)
      let lower = SolveTriangular.op(lH, r.matmul(uH), true, true, true)
      return lower.tril(-1) + r.triu()
    }
    // Pᵀ dL/dA = R U⁻ᴴ with R = -Pᵀ X gᴴ P L⁻ᴴ, or from the right -Pᵀ Xᴴ g P L⁻ᴴ.
    let product = left ? -x.matmul(g.conjugateTransposed) : -x.conjugateTransposed.matmul(g)
    let r = SolveTriangular.op(lH, p.mT.matmul(product).matmul(p), true, false, true)
    let upper = SolveTriangular.op(uH, lH.matmul(r), false, false, false)
    return r.tril(-1) + upper.triu()
  }

  static let luSolve: Op<Tensor, Tensor, Tensor, Tensor> = .composite(
    "aten::lu_solve(Tensor self, Tensor LU_data, Tensor LU_pivots) -> Tensor",
    samples: { s in
      let (factors, pivots) = LUFactor.sample(&s, [3, 3])
      return [Sample(.tensor(s.tensor([3, 2])), .tensor(factors), .tensor(pivots))]
    }
  ) { b, lu, pivots in try op.callThrowing(lu, pivots, b, true, false) }

  static let table: [AnyOp] = [op.erased, luSolve.erased]
}

extension Linalg {
  /// The solution of A X = B, or X A = B, for matrices given by `luFactor`; with `adjoint` for their conjugate transposes.
  /// `torch.linalg.lu_solve`.
  public static func luSolve(_ lu: Tensor, _ pivots: Tensor, _ b: Tensor, left: Bool = true, adjoint: Bool = false) -> Tensor {
    LUSolve.op(lu, pivots, b, left, adjoint)
  }
}

extension Tensor {
  /// The solution of A X = `self` for matrices given by their LU factors. `torch.lu_solve`.
  public func luSolve(_ lu: Tensor, _ pivots: Tensor) -> Tensor { LUSolve.luSolve(self, lu, pivots) }
}
