import TorchCore

/// Determinants and their logarithms, from LU factors.
enum DeterminantOps {
  static let factored: Op<Tensor, TensorTriple> = .structured(
    "aten::_linalg_det(Tensor A) -> (Tensor result, Tensor LU, Tensor pivots)",
    rule: { a in
      try MatrixCheck.square(a)
      return (
        TensorSpec(like: a, sizes: Dims(a.batchSizes)), .columnMajor(like: a, a.shape),
        TensorSpec(like: a, sizes: Dims(a.shape.dropLast()), dtype: .int32)
      )
    },
    kernel: { out, a in
      try factor(a, out.second, out.third)
      let product = out.second.matrixDiagonal.prod(-1)
      Copying.copy(product * LUUnpack.sign(out.third, a.dtype), into: out.first)
    },
    vjp: { tape, a in
      let (matrix, determinant) = (tape.save(a), tape.save(result: tape.result.first))
      let (factors, pivots) = (tape.save(tape.result.second.alias()), tape.save(tape.result.third.alias()))
      return { g, sink in
        guard let gradient = g[0] else { return }
        let det = try sink.value(determinant)
        let singular = noGrad { det.detach() .== 0 }
        let scale = (gradient * det.conj()).unsqueeze(-1)
        if !(noGrad { singular.inAllCalls.any().item().boolValue }) {
          // dL/dA = g conj(det) A⁻ᴴ.
          if sink.createsGraph {
            let adjoint = try sink.value(matrix).conjugateTransposed
            sink[0] = LinearSolve.factored(adjoint, diagonal(scale, like: a), true, false).first
          } else {
            sink[0] = LUSolve.op(try sink.value(factors), try sink.value(pivots), diagonal(scale, like: a), true, true)
          }
        } else {
          sink[0] = gradientWithSingular(gradient, scale, try sink.value(matrix), singular)
        }
      }
    }
    // Its factors carry no gradient; `linalg_det`, which leaves them out, has the samples.
  )

  private static func factor(_ a: Tensor, _ factors: Tensor, _ pivots: Tensor) throws {
    // A singular matrix has a zero on the diagonal of U, which the determinant shows.
    let infos = try Tensor.allocate(TensorSpec(Dims(a.batchSizes), .int32))
    LUFactor.factor(a, into: factors, pivots: pivots, infos: infos)
  }

  /// A number for each matrix, given as (…, 1), times the identity.
  private static func diagonal(_ scale: Tensor, like a: Tensor) -> Tensor { scale.expand(Array(a.shape.dropLast())).diagEmbed() }

  /// The gradient where some matrices are singular: theirs is the conjugate of the matrix of cofactors, taken from singular
  /// vectors and the products of all singular values but one.
  private static func gradientWithSingular(_ g: Tensor, _ scale: Tensor, _ a: Tensor, _ singular: Tensor) -> Tensor {
    let n = a.columnCount
    let mask = singular.unsqueeze(-1).unsqueeze(-1)
    let unit = identity(n, like: a)
    let regular = LinearSolve.factored(`where`(mask, unit, a).conjugateTransposed, diagonal(scale, like: a), true, false).first
    // In place of regular matrices one whose singular values differ, so that nothing infinite meets their zero gradient.
    let steps = Tensor.arange(1, Scalar(n + 1), dtype: a.dtype).diagEmbed()
    let parts = SVDOps.factored(`where`(mask, a, steps), false, true, nil)
    let (u, s, vh) = (parts.first, parts.second, parts.third)
    let one = Tensor.ones([], dtype: s.dtype)
    let others = `where`(identity(n, like: s) .!= 0, one, s.unsqueeze(-2)).prod(-1)
    let phase = (factored(u).first * factored(vh).first).conj() * g
    let cofactors = (u * (phase.unsqueeze(-1) * others).unsqueeze(-2)).matmul(vh)
    return `where`(mask, cofactors, regular)
  }

  private static func determinant(_ schema: String) -> Op<Tensor, Tensor> {
    .composite(schema, samples: { s in [[3, 3], [2, 2, 2]].map { Sample(.tensor(LinearSolve.invertible(&s, $0))) } }) {
      try factored.callThrowing($0).first
    }
  }
  static let linalgDet = determinant("aten::linalg_det(Tensor A) -> Tensor")
  static let det = determinant("aten::det(Tensor self) -> Tensor")

  // MARK: Logarithms

  static let factoredLog: Op<Tensor, TensorQuadruple> = .structured(
    "aten::_linalg_slogdet(Tensor A) -> (Tensor sign, Tensor logabsdet, Tensor LU, Tensor pivots)",
    rule: { a in
      try MatrixCheck.square(a)
      return (
        TensorSpec(like: a, sizes: Dims(a.batchSizes)), TensorSpec(like: a, sizes: Dims(a.batchSizes), dtype: a.dtype.realType),
        .columnMajor(like: a, a.shape), TensorSpec(like: a, sizes: Dims(a.shape.dropLast()), dtype: .int32)
      )
    },
    kernel: { out, a in
      try factor(a, out.third, out.fourth)
      let pivots = out.third.matrixDiagonal.contiguous()
      let size = pivots.magnitude
      let signs = a.dtype.isComplex ? `where`(size .== 0, Tensor.zeros([], dtype: a.dtype), pivots / size) : pivots.sign()
      Copying.copy(signs.prod(-1) * LUUnpack.sign(out.fourth, a.dtype), into: out.first)
      Copying.copy(size.log().sum(-1), into: out.second)
    },
    vjp: { tape, a in
      let (matrix, phase) = (tape.save(a), tape.save(result: tape.result.first))
      let (factors, pivots) = (tape.save(tape.result.third.alias()), tape.save(tape.result.fourth.alias()))
      return { g, sink in
        // d log|det| + i d arg(det) = tr(A⁻¹ dA), so that dL/dA is A⁻ᴴ times a number.
        var scale = g[1]?.to(a.dtype)
        if let gs = g[0], a.dtype.isComplex {
          let turn = (gs.conj() * (try sink.value(phase))).imaginaryPart.timesImaginaryUnit
          scale = scale.map { $0 - turn } ?? -turn
        }
        guard let scale else { return }
        let right = diagonal(scale.unsqueeze(-1), like: a)
        if sink.createsGraph {
          sink[0] = LinearSolve.factored(try sink.value(matrix).conjugateTransposed, right, true, false).first
        } else {
          sink[0] = LUSolve.op(try sink.value(factors), try sink.value(pivots), right, true, true)
        }
      }
    }
    // Its factors carry no gradient; `linalg_slogdet`, which leaves them out, has the samples.
  )

  static let slogdet: Op<Tensor, TensorPair> = .composite(
    "aten::linalg_slogdet(Tensor A) -> (Tensor sign, Tensor logabsdet)",
    samples: { s in [[3, 3], [2, 2, 2]].map { Sample(.tensor(LinearSolve.invertible(&s, $0))) } }
  ) { a in
    let result = try factoredLog.callThrowing(a)
    return TensorPair(values: result.first, indices: result.second)
  }

  static let plainSlogdet: Op<Tensor, TensorPair> = .composite(
    "aten::slogdet(Tensor self) -> (Tensor sign, Tensor logabsdet)",
    samples: { s in [Sample(.tensor(LinearSolve.invertible(&s, [3, 3])))] }
  ) { try slogdet.callThrowing($0) }

  static let logdet: Op<Tensor, Tensor> = .composite(
    "aten::logdet(Tensor self) -> Tensor", samples: { s in [Sample(.tensor(LinearSolve.invertible(&s, [3, 3])))] }
  ) { a in
    let result = try factoredLog.callThrowing(a)
    if a.dtype.isComplex { return result.first.log() + result.second }
    return `where`(result.first .== -1, Tensor.full([], .double(.nan), dtype: a.dtype), result.second)
  }

  static let table: [AnyOp] = [
    factored.erased, linalgDet.erased, det.erased, factoredLog.erased, slogdet.erased, plainSlogdet.erased, logdet.erased,
  ]
}

extension Linalg {
  /// The determinants of square matrices. `torch.linalg.det`.
  public static func det(_ a: Tensor) -> Tensor { DeterminantOps.linalgDet(a) }

  /// The sign of the determinant (of complex matrices its phase) and the logarithm of its magnitude: 0 and -infinity for singular
  /// matrices. `torch.linalg.slogdet`.
  public static func slogdet(_ a: Tensor) -> (sign: Tensor, logAbsDet: Tensor) {
    let result = DeterminantOps.slogdet(a)
    return (result.values, result.indices)
  }
}

extension Tensor {
  /// The determinants of square matrices. `torch.det`.
  public func det() -> Tensor { DeterminantOps.det(self) }
  /// The logarithm of the determinants; NaN for a negative one. `torch.logdet`.
  public func logdet() -> Tensor { DeterminantOps.logdet(self) }
  /// The sign of the determinants and the logarithm of their magnitude. `torch.slogdet`.
  public func slogdet() -> (sign: Tensor, logAbsDet: Tensor) {
    let result = DeterminantOps.plainSlogdet(self)
    return (result.values, result.indices)
  }
}
