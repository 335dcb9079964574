import COpenBLAS
import CTorchKernels
import TorchCore

/// Eigenvalues and eigenvectors of any square matrices: complex, in no order.
enum EigenOps {
  static let eig: Op<Tensor, TensorPair> = .structured(
    "aten::linalg_eig(Tensor self) -> (Tensor eigenvalues, Tensor eigenvectors)",
    rule: { a in
      try MatrixCheck.square(a, "self")
      let type = a.dtype.complexType
      return (TensorSpec(like: a, sizes: Dims(a.shape.dropLast()), dtype: type), .columnMajor(like: a, a.shape, dtype: type))
    },
    kernel: { out, a in try decompose(a, out.values, out.indices) },
    vjp: { tape, a in
      let (values, vectors) = (tape.save(result: tape.result.values), tape.save(result: tape.result.indices, index: 1))
      let isReal = !a.dtype.isComplex
      return { g, sink in
        let v = try sink.value(vectors)
        let vH = v.conjugateTransposed
        var inner: Tensor?
        if let gv = g[1] {
          let product = vH.matmul(gv)
          try EigenPhase.check(product)
          // The vectors have norm 1, along which they do not change.
          let tangent = product - vH.matmul(v) * product.matrixDiagonal.realPart.unsqueeze(-2)
          inner = EigenPhase.divided(tangent, by: try sink.value(values).conj(), diagonal: g[0]).matmul(vH)
        } else if let gl = g[0] {
          inner = gl.unsqueeze(-1) * vH
        }
        guard let inner else { return }
        let gradient = LinearSolve.factored(vH, inner, true, false).first
        sink[0] = isReal ? gradient.realPart : gradient
      }
    }
    // No samples: any loss of all parts of the vectors depends on their phases. Recorded calls test this op.
  )

  /// The eigenvalues without the vectors.
  static let valuesOnly: Op<Tensor, Tensor> = .structured(
    "aten::_linalg_eigvals(Tensor self) -> Tensor", undifferentiable: "the derivative needs the vectors; eigvals computes both",
    rule: { a in
      try MatrixCheck.square(a, "self")
      return TensorSpec(like: a, sizes: Dims(a.shape.dropLast()), dtype: a.dtype.complexType)
    },
    kernel: { out, a in try decompose(a, out, nil) },
    samples: { s in [Sample(.tensor(s.tensor([3, 3])))] })

  private static func decompose(_ a: Tensor, _ values: Tensor, _ vectors: Tensor?) throws {
    if a.count == 0 { return }
    // LAPACK may not come back from numbers that are not finite.
    guard a.magnitude.isFinite().all().item().boolValue else {
      throw TorchError(.linearAlgebra, "the matrices must not contain infinities or NaN")
    }
    let (matrices, w) = (MatrixBatch(copying: a), VectorBatch(over: values))
    let results = vectors.map { MatrixBatch(over: $0) }
    let (n, type, size, isComplex) = (matrices.rows, matrices.type, Int(matrices.rows), a.dtype.isComplex)
    let realBytes = a.dtype.realType.byteCount
    let job = CChar(UInt8(ascii: vectors == nil ? "N" : "V"))
    var layout = WorkspaceLayout()
    // Real matrices: parts of the eigenvalues and packed vectors; complex ones: LAPACK's real work space.
    let reAt = layout.reserve(2 * size, realBytes)
    let imAt = layout.reserve(size, realBytes)
    let packedAt = layout.reserve(isComplex || vectors == nil ? 0 : size * size, realBytes)
    let lwork = Lapack.workspaceCount(a.dtype) { query in
      withUnsafeTemporaryAllocation(byteCount: 3 * size * realBytes, alignment: 16) { parts in
        let real = parts.baseAddress!
        _ = torch_lapack_geev(
          type, job, n, matrices[0], real, real, results.map { $0[0] } ?? matrices[0], query, -1, real)
      }
    }
    let workAt = layout.reserve(lwork, a.dtype.byteCount)
    let infos = try Tensor.allocate(TensorSpec(Dims(a.batchSizes), .int32))
    let cost = 10 * Double(n) * Double(n) * Double(n)
    Lapack.forEach(matrices.count, cost: cost, workspace: layout.byteCount, infos: infos.int32s) { i, memory in
      if isComplex {
        return torch_lapack_geev(
          type, job, n, matrices[i], w[i], nil, results?[i], memory + workAt, Int32(lwork), memory + reAt)
      }
      let info = torch_lapack_geev(
        type, job, n, matrices[i], memory + reAt, memory + imAt, memory + packedAt, memory + workAt, Int32(lwork), nil)
      join(a.dtype, Int64(size), memory + reAt, memory + imAt, memory + packedAt, w[i], results?[i])
      return info
    }
    try MatrixCheck.success(infos) {
      "The algorithm failed to converge because the input matrix is ill-conditioned or has too many repeated eigenvalues "
        + "(error code: \($0))."
    }
  }

  /// Complex results from the parts that LAPACK gives for a real matrix.
  private static func join(
    _ dtype: DType, _ n: Int64, _ re: UnsafeMutableRawPointer, _ im: UnsafeMutableRawPointer, _ packed: UnsafeMutableRawPointer,
    _ values: UnsafeMutableRawPointer, _ vectors: UnsafeMutableRawPointer?
  ) {
    if dtype == .float64 {
      let imaginary = im.assumingMemoryBound(to: Double.self)
      torch_linalg_join_values_f64(
        re.assumingMemoryBound(to: Double.self), imaginary, n, values.assumingMemoryBound(to: Double.self))
      guard let vectors else { return }
      torch_linalg_unpack_vectors_f64(
        packed.assumingMemoryBound(to: Double.self), imaginary, n, vectors.assumingMemoryBound(to: Double.self))
    } else {
      let imaginary = im.assumingMemoryBound(to: Float.self)
      torch_linalg_join_values_f32(
        re.assumingMemoryBound(to: Float.self), imaginary, n, values.assumingMemoryBound(to: Float.self))
      guard let vectors else { return }
      torch_linalg_unpack_vectors_f32(
        packed.assumingMemoryBound(to: Float.self), imaginary, n, vectors.assumingMemoryBound(to: Float.self))
    }
  }

  static let eigvals: Op<Tensor, Tensor> = .composite("aten::linalg_eigvals(Tensor self) -> Tensor") { a in a.requiresGrad && isGradEnabled ? try eig.callThrowing(a).values : try valuesOnly.callThrowing(a) }

  static let table: [AnyOp] = [eig.erased, valuesOnly.erased, eigvals.erased]
}

extension Linalg {
  /// Eigenvalues and eigenvectors, as columns of norm 1, of square matrices: complex, in no order. The derivative exists where
  /// the eigenvalues differ, and of losses that do not depend on the vectors' phases. `torch.linalg.eig`.
  public static func eig(_ a: Tensor) -> (eigenvalues: Tensor, eigenvectors: Tensor) {
    let result = EigenOps.eig(a)
    return (result.values, result.indices)
  }

  /// Eigenvalues of square matrices: complex, in no order. `torch.linalg.eigvals`.
  public static func eigvals(_ a: Tensor) -> Tensor { EigenOps.eigvals(a) }
}
