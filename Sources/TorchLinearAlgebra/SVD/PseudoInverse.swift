import TorchCore

/// Pseudoinverses and ranks, from singular values or the eigenvalues of Hermitian matrices.
enum PseudoInverse {
  static let op: Op<Tensor, Tensor?, Tensor?, Bool, Tensor> = .structured(
    "aten::linalg_pinv.atol_rtol_tensor(Tensor self, *, Tensor? atol=None, Tensor? rtol=None, bool hermitian=False) -> Tensor",
    rule: { a, atol, rtol, hermitian in
      try hermitian ? MatrixCheck.square(a, "self") : MatrixCheck.matrices(a, "self")
      try Tolerance.check(atol, rtol)
      var batch = Dims(a.batchSizes)
      for bound in [atol, rtol] { if let bound { batch = try broadcastSizes(batch, bound.impl.sizes) } }
      return .columnMajor(like: a, Array(batch) + [a.columnCount, a.rowCount])
    },
    kernel: { out, a, atol, rtol, hermitian in
      if out.count == 0 { return }
      let bound = Tolerance(a, atol, rtol)
      if hermitian {
        let parts = HermitianEigen.factored(a, "L", true)
        let inverse = bound.inverted(parts.values, size: parts.values.abs())
        Copying.copy((parts.indices * inverse.unsqueeze(-2)).matmul(parts.indices.conjugateTransposed), into: out)
      } else {
        let parts = SVDOps.factored(a, false, true, nil)
        let inverse = bound.inverted(parts.second, size: parts.second)
        Copying.copy((parts.third.conjugateTransposed * inverse.unsqueeze(-2)).matmul(parts.first.conjugateTransposed), into: out)
      }
    },
    vjp: { tape, a, _, _, _ in
      let (matrix, result) = (tape.save(a), tape.save(result: tape.result))
      let sizes = a.impl.sizes
      return { g, sink in sink[0] = pullback(g.first, try sink.value(result), try sink.value(matrix)).sum(toSizes: sizes) }
    },
    samples: { s in
      [[3, 3], [2, 4, 3], [2, 4]].map { Sample(.tensor(s.tensor($0)), .none, .none, false.box()) }
    })

  /// The gradient of A from that of its pseudoinverse P, where the rank is constant (Golub and Pereyra 1973).
  static func pullback(_ g: Tensor, _ p: Tensor, _ a: Tensor) -> Tensor {
    let (pH, gH) = (p.conjugateTransposed, g.conjugateTransposed)
    if a.rowCount <= a.columnCount {
      let k = gH.matmul(p)
      let kpH = k.matmul(pH)
      return -p.matmul(k).conjugateTransposed + kpH - a.matmul(p).matmul(kpH) + pH.matmul(p).matmul(gH - k.matmul(a))
    }
    let k = p.matmul(gH)
    let pHk = pH.matmul(k)
    return -k.matmul(p).conjugateTransposed + (gH - a.matmul(k)).matmul(p).matmul(pH) + pHk - pHk.matmul(p).matmul(a)
  }

  private static func bound(_ value: Double?, _ a: Tensor) -> Tensor? {
    value.map { Tensor.full([], .double($0), dtype: a.dtype.realType, device: a.device) }
  }

  static let numbers: Op<Tensor, Double?, Double?, Bool, Tensor> = .composite(
    "aten::linalg_pinv.atol_rtol_float(Tensor self, *, float? atol=None, float? rtol=None, bool hermitian=False) -> Tensor",
    samples: { s in [Sample(.tensor(s.tensor([4, 3])), 1e-6.box(), .none, false.box())] }
  ) { a, atol, rtol, hermitian in try op.callThrowing(a, bound(atol, a), bound(rtol, a), hermitian) }

  static let rcond: Op<Tensor, Double, Bool, Tensor> = .composite(
    "aten::linalg_pinv(Tensor self, float rcond, bool hermitian=False) -> Tensor",
    samples: { s in [Sample(.tensor(s.tensor([4, 3])), 1e-6.box(), false.box())] }
  ) { a, rcond, hermitian in try op.callThrowing(a, bound(0, a), bound(rcond, a), hermitian) }

  static let rcondTensor: Op<Tensor, Tensor, Bool, Tensor> = .composite(
    "aten::linalg_pinv.rcond_tensor(Tensor self, Tensor rcond, bool hermitian=False) -> Tensor",
    samples: { s in [Sample(.tensor(s.tensor([4, 3])), .tensor(Tensor(1e-6, dtype: s.dtype)), false.box())] }
  ) { a, rcond, hermitian in try op.callThrowing(a, bound(0, a), rcond, hermitian) }

  static let pinverse: Op<Tensor, Double, Tensor> = .composite(
    "aten::pinverse(Tensor self, float rcond=1.0000000000000001e-15) -> Tensor", samples: { s in [Sample(.tensor(s.tensor([4, 3])), 1e-15.box())] }
  ) { a, rcond in try op.callThrowing(a, bound(0, a), bound(rcond, a), false) }

  // MARK: Ranks

  static let rank: Op<Tensor, Tensor?, Tensor?, Bool, Tensor> = .structured(
    "aten::linalg_matrix_rank.atol_rtol_tensor(Tensor input, *, Tensor? atol=None, Tensor? rtol=None, bool hermitian=False) -> Tensor",
    undifferentiable: "a rank is a whole number",
    rule: { a, atol, rtol, hermitian in
      try hermitian ? MatrixCheck.square(a, "input") : MatrixCheck.matrices(a, "input")
      try Tolerance.check(atol, rtol)
      var batch = Dims(a.batchSizes)
      for bound in [atol, rtol] { if let bound { batch = try broadcastSizes(batch, bound.impl.sizes) } }
      return TensorSpec(like: a, sizes: batch, dtype: .int64)
    },
    kernel: { out, a, atol, rtol, hermitian in
      if a.count == 0 { return Copying.fill(out, 0) }
      let matrix = a.detach()
      let values =
        hermitian ? HermitianEigen.factored(matrix, "L", false).values.abs() : SVDOps.factored(matrix, false, false, nil).second
      Copying.copy(Tolerance(a, atol, rtol).exceeded(by: values).sum(-1), into: out)
    },
    samples: { s in [[3, 3], [2, 4, 3]].map { Sample(.tensor(s.tensor($0)), .none, .none, false.box()) } })

  static let rankNumbers: Op<Tensor, Double?, Double?, Bool, Tensor> = .composite(
    "aten::linalg_matrix_rank.atol_rtol_float(Tensor self, *, float? atol=None, float? rtol=None, bool hermitian=False) -> Tensor",
    samples: { s in [Sample(.tensor(s.tensor([4, 3])), 0.1.box(), .none, false.box())] }
  ) { a, atol, rtol, hermitian in try rank.callThrowing(a, bound(atol, a), bound(rtol, a), hermitian) }

  static let rankTolerance: Op<Tensor, Double, Bool, Tensor> = .composite(
    "aten::linalg_matrix_rank(Tensor self, float tol, bool hermitian=False) -> Tensor",
    samples: { s in [Sample(.tensor(s.tensor([4, 3])), 0.1.box(), false.box())] }
  ) { a, tolerance, hermitian in try rank.callThrowing(a, bound(tolerance, a), bound(0, a), hermitian) }

  static let rankToleranceTensor: Op<Tensor, Tensor, Bool, Tensor> = .composite(
    "aten::linalg_matrix_rank.tol_tensor(Tensor input, Tensor tol, bool hermitian=False) -> Tensor",
    samples: { s in [Sample(.tensor(s.tensor([4, 3])), .tensor(Tensor(0.1, dtype: s.dtype)), false.box())] }
  ) { a, tolerance, hermitian in try rank.callThrowing(a, tolerance, bound(0, a), hermitian) }

  static let table: [AnyOp] = [
    op.erased, numbers.erased, rcond.erased, rcondTensor.erased, pinverse.erased, rank.erased, rankNumbers.erased,
    rankTolerance.erased, rankToleranceTensor.erased,
  ]
}

/// Below which singular values count as zero: the larger of an absolute bound and a part of the largest value.
private struct Tolerance {
  let absolute: Tensor
  let relative: Tensor

  static func check(_ atol: Tensor?, _ rtol: Tensor?) throws {
    for (bound, name) in [(atol, "atol"), (rtol, "rtol")] {
      if let bound, bound.dtype.isComplex { throw TorchError(.dtype, "\(name) must be real, got \(bound.dtype)") }
    }
  }

  /// Without bounds the machine's precision times the larger size, unless an absolute bound above zero is given.
  init(_ a: Tensor, _ atol: Tensor?, _ rtol: Tensor?) {
    let type = a.dtype.realType
    let ordinary = Tensor.full([], .double(type.machineEpsilon * Double(Swift.max(a.rowCount, a.columnCount))), dtype: type)
    let zero = Tensor.zeros([], dtype: type)
    absolute = atol?.detach() ?? zero
    relative = rtol?.detach() ?? atol.map { `where`($0.detach() .> 0, zero, ordinary) } ?? ordinary
  }

  func exceeded(by size: Tensor) -> Tensor {
    let largest = size.amax([-1], keepDim: true)
    return size .> absolute.unsqueeze(-1).maximum(relative.unsqueeze(-1) * largest)
  }

  /// 1 / values where they count, 0 elsewhere.
  func inverted(_ values: Tensor, size: Tensor) -> Tensor {
    let zero = Tensor.zeros([], dtype: values.dtype)
    return `where`(exceeded(by: size), values.reciprocal(), zero)
  }
}

extension Linalg {
  /// The pseudoinverse of matrices. Singular values (with `hermitian` eigenvalues by magnitude) not above the larger of `atol`
  /// and `rtol` times the largest count as zero. `torch.linalg.pinv`.
  public static func pinv(_ a: Tensor, atol: Double? = nil, rtol: Double? = nil, hermitian: Bool = false) -> Tensor {
    PseudoInverse.numbers(a, atol, rtol, hermitian)
  }

  /// The pseudoinverse of matrices with bounds for each. `torch.linalg.pinv`.
  public static func pinv(_ a: Tensor, atol: Tensor?, rtol: Tensor?, hermitian: Bool = false) -> Tensor {
    PseudoInverse.op(a, atol, rtol, hermitian)
  }

  /// How many singular values (with `hermitian` eigenvalues by magnitude) are above the larger of `atol` and `rtol` times the
  /// largest, as int64. `torch.linalg.matrix_rank`.
  public static func matrixRank(_ a: Tensor, atol: Double? = nil, rtol: Double? = nil, hermitian: Bool = false) -> Tensor {
    PseudoInverse.rankNumbers(a, atol, rtol, hermitian)
  }

  /// Ranks with bounds for each matrix. `torch.linalg.matrix_rank`.
  public static func matrixRank(_ a: Tensor, atol: Tensor?, rtol: Tensor?, hermitian: Bool = false) -> Tensor {
    PseudoInverse.rank(a, atol, rtol, hermitian)
  }
}

extension Tensor {
  /// The pseudoinverse of matrices. `torch.pinverse`, the older form of `Linalg.pinv`.
  public func pinverse(rcond: Double = 1e-15) -> Tensor { PseudoInverse.pinverse(self, rcond) }
}
