import COpenBLAS
import TorchCore

/// Eigenvalues and eigenvectors of symmetric and Hermitian matrices.
enum HermitianEigen {
  static let factored: Op<Tensor, String, Bool, TensorPair> = .structured(
    "aten::_linalg_eigh(Tensor A, str UPLO='L', bool compute_v=True) -> (Tensor eigenvalues, Tensor eigenvectors)",
    rule: { a, uplo, vectors in
      try MatrixCheck.square(a)
      _ = try triangle(uplo)
      return (
        TensorSpec(like: a, sizes: Dims(a.shape.dropLast()), dtype: a.dtype.realType),
        vectors ? .columnMajor(like: a, a.shape) : TensorSpec(like: a, sizes: [0])
      )
    },
    kernel: { out, a, uplo, vectors in
      let matrix = vectors ? out.indices : try Tensor.allocate(.columnMajor(like: a, a.shape))
      Copying.copy(a, into: matrix)
      try decompose(matrix, out.values, try triangle(uplo), vectors)
    },
    vjp: { tape, _, _, vectors in
      let (values, basis) = (tape.save(result: tape.result.values), tape.save(result: tape.result.indices, index: 1))
      return { g, sink in
        guard vectors else {
          throw TorchError(.autograd, "the derivative of eigenvalues needs the vectors; use eigvalsh")
        }
        let v = try sink.value(basis)
        guard let gv = g[1] else {
          sink[0] = g[0].map { v.matmul($0.unsqueeze(-1) * v.conjugateTransposed) }
          return
        }
        let product = v.conjugateTransposed.matmul(gv)
        if v.dtype.isComplex { try EigenPhase.check(product) }
        let inner = EigenPhase.divided(product, by: try sink.value(values), diagonal: g[0])
        sink[0] = v.matmul(inner.matmul(v.conjugateTransposed))
      }
    },
    samples: { s in [[3, 3], [2, 3, 3]].map { Sample(.tensor(symmetric(&s, $0)), "L".box(), true.box()) } })

  /// A symmetric matrix.
  static func symmetric(_ s: inout SampleSource, _ sizes: [Int]) -> Tensor {
    let a = s.tensor(sizes, dtype: .float64)
    return (a + a.mT).to(s.dtype)
  }

  private static func triangle(_ uplo: String) throws -> CChar {
    switch uplo {
    case "L", "l": return Lapack.lower
    case "U", "u": return Lapack.upper
    default: throw TorchError(.value, "UPLO must be 'L' or 'U', got '\(uplo)'")
    }
  }

  private static func decompose(_ a: Tensor, _ values: Tensor, _ uplo: CChar, _ vectors: Bool) throws {
    if a.count == 0 { return }
    let (matrices, w) = (MatrixBatch(over: a), VectorBatch(over: values))
    let (n, type) = (matrices.rows, matrices.type)
    let job = CChar(UInt8(ascii: vectors ? "V" : "N"))
    var (lrwork, liwork) = (0, 0)
    let lwork = withUnsafeTemporaryAllocation(byteCount: 16, alignment: 16) { rwork in
      var iwork: Int32 = 0
      let real = rwork.baseAddress!
      real.initializeMemory(as: UInt8.self, repeating: 0, count: 16)
      let best = Lapack.workspaceCount(a.dtype) {
        _ = torch_lapack_syevd(type, job, uplo, n, matrices[0], w[0], $0, -1, real, -1, &iwork, -1)
      }
      lrwork = a.dtype.isComplex ? Lapack.realCount(real, a.dtype) : 0
      liwork = Int(iwork)
      return best
    }
    var layout = WorkspaceLayout()
    let workAt = layout.reserve(lwork, a.dtype.byteCount)
    let rworkAt = layout.reserve(lrwork, a.dtype.realType.byteCount)
    let iworkAt = layout.reserve(liwork, 4)
    let infos = try Tensor.allocate(TensorSpec(Dims(a.batchSizes), .int32))
    let cost = 4 * Double(n) * Double(n) * Double(n)
    Lapack.forEach(matrices.count, cost: cost, workspace: layout.byteCount, infos: infos.int32s) { i, memory in
      torch_lapack_syevd(
        type, job, uplo, n, matrices[i], w[i], memory + workAt, Int32(lwork), memory + rworkAt, Int32(lrwork),
        (memory + iworkAt).assumingMemoryBound(to: Int32.self), Int32(liwork))
    }
    try MatrixCheck.success(infos) {
      "The algorithm failed to converge because the input matrix is ill-conditioned or has too many repeated eigenvalues "
        + "(error code: \($0))."
    }
  }

  static let eigh: Op<Tensor, String, TensorPair> = .composite(
    "aten::linalg_eigh(Tensor self, str UPLO='L') -> (Tensor eigenvalues, Tensor eigenvectors)",
    samples: { s in [Sample(.tensor(symmetric(&s, [3, 3])), "U".box())] }
  ) { a, uplo in try factored.callThrowing(a, uplo, true) }

  static let eigvalsh: Op<Tensor, String, Tensor> = .composite(
    "aten::linalg_eigvalsh(Tensor self, str UPLO='L') -> Tensor",
    samples: { s in [Sample(.tensor(symmetric(&s, [3, 3])), "L".box())] }
  ) { a, uplo in
    // The derivative needs the vectors.
    try factored.callThrowing(a, uplo, a.requiresGrad && isGradEnabled).values
  }

  static let table: [AnyOp] = [factored.erased, eigh.erased, eigvalsh.erased]
}

/// What the derivatives of eigenvectors share.
enum EigenPhase {
  /// A loss must not depend on the phases that complex eigenvectors are free to take.
  static func check(_ product: Tensor) throws {
    try PhaseCheck.require(
      product.matrixDiagonal.imaginaryPart, product,
      "the eigenvectors of a complex matrix are specified up to a phase, on which the given loss depends: it is ill-defined")
  }

  /// `x` divided by the differences of eigenvalues (column's minus row's), with the given diagonal.
  static func divided(_ x: Tensor, by values: Tensor, diagonal: Tensor?) -> Tensor {
    let unit = identity(x.rowCount, like: values)
    let quotient = x / (values.unsqueeze(-2) - values.unsqueeze(-1) + unit)
    let off = quotient - quotient.matrixDiagonal.diagEmbed()
    return diagonal.map { off + $0.to(x.dtype).diagEmbed() } ?? off
  }
}

/// The triangle of a matrix that is read.
public enum Triangle: String, Sendable {
  case lower = "L"
  case upper = "U"
}

extension Linalg {
  /// Eigenvalues, ascending, and orthonormal eigenvectors, as columns, of symmetric or Hermitian matrices, of which one triangle
  /// is read. `torch.linalg.eigh`.
  public static func eigh(_ a: Tensor, _ triangle: Triangle = .lower) -> (eigenvalues: Tensor, eigenvectors: Tensor) {
    let result = HermitianEigen.eigh(a, triangle.rawValue)
    return (result.values, result.indices)
  }

  /// Eigenvalues, ascending, of symmetric or Hermitian matrices. `torch.linalg.eigvalsh`.
  public static func eigvalsh(_ a: Tensor, _ triangle: Triangle = .lower) -> Tensor {
    HermitianEigen.eigvalsh(a, triangle.rawValue)
  }
}
