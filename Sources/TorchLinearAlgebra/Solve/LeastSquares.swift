import COpenBLAS
import TorchCore

/// Least-squares solutions of rectangular systems.
enum LeastSquares {
  /// LAPACK's methods.
  private enum Driver: String {
    case gels, gelsy, gelsd, gelss

    /// The method named, or PyTorch's choice on the CPU.
    static func parse(_ name: String?) throws -> Driver {
      guard let name else { return .gelsy }
      guard let driver = Driver(rawValue: name) else {
        throw TorchError(.value, "driver must be 'gels', 'gelsy', 'gelsd' or 'gelss', got '\(name)'")
      }
      return driver
    }

    var code: torch_lapack_driver {
      switch self {
      case .gels: TORCH_LAPACK_GELS
      case .gelsy: TORCH_LAPACK_GELSY
      case .gelsd: TORCH_LAPACK_GELSD
      case .gelss: TORCH_LAPACK_GELSS
      }
    }

    var findsRank: Bool { self != .gels }
    var findsSingularValues: Bool { self == .gelsd || self == .gelss }
  }

  /// The solution, the ranks of A and its singular values (the last two where the method finds them), for B of matrices.
  private static let solved: Op<Tensor, Tensor, Double?, String?, TensorTriple> = .structured(
    "torch::linalg_least_squares(Tensor self, Tensor b, float? rcond=None, str? driver=None) -> (Tensor solution, Tensor rank, Tensor singular_values)",
    rule: { a, b, _, driver in
      let driver = try Driver.parse(driver)
      try MatrixCheck.matrices(a, "self")
      try MatrixCheck.matrices(b, "b")
      try MatrixCheck.sameType(a, b, ("self", "b"))
      guard a.rowCount == b.rowCount else {
        throw TorchError(.shape, "self and b must have as many rows, got \(a.summary) and \(b.summary)")
      }
      let batch = try MatrixCheck.batch(a, b)
      let k = Swift.min(a.rowCount, a.columnCount)
      return (
        .columnMajor(like: a, batch + [a.columnCount, b.columnCount]),
        TensorSpec(like: a, sizes: driver.findsRank ? Dims(batch) : [0], dtype: .int64),
        TensorSpec(like: a, sizes: driver.findsSingularValues ? Dims(batch + [k]) : [0], dtype: a.dtype.realType)
      )
    },
    kernel: { out, a, b, rcond, driver in try solve(out, a, b, rcond, try Driver.parse(driver)) },
    vjp: { tape, a, b, _, _ in
      let (matrix, right) = (tape.save(a), tape.save(b))
      let (sizesA, sizesB) = (a.impl.sizes, b.impl.sizes)
      return { g, sink in
        guard let gradient = g[0] else { return }
        // X = A⁺ B, for A of full rank.
        let a = try sink.value(matrix)
        let inverse = PseudoInverse.op(a, nil, nil, false)
        if sink.wants(1) { sink[1] = inverse.conjugateTransposed.matmul(gradient).sum(toSizes: sizesB) }
        if sink.wants(0) {
          let gInverse = gradient.matmul(try sink.value(right).conjugateTransposed)
          sink[0] = PseudoInverse.pullback(gInverse, inverse, a).sum(toSizes: sizesA)
        }
      }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([4, 3])), .tensor(s.tensor([4, 2])), .none, .none),
        Sample(.tensor(s.tensor([2, 3, 3])), .tensor(s.tensor([2, 3, 2])), .none, "gels".box()),
        Sample(.tensor(s.tensor([3, 4])), .tensor(s.tensor([3, 2])), .none, "gelsy".box()),
      ]
    })

  private static func solve(_ out: TensorTriple, _ a: Tensor, _ b: Tensor, _ rcond: Double?, _ driver: Driver) throws {
    let (solution, ranks, values) = (out.first, out.second, out.third)
    let (batch, m, n) = (solution.batchSizes, a.rowCount, a.columnCount)
    if m == 0 || n == 0 || solution.matrixCount == 0 {
      for tensor in [solution, ranks, values] { Copying.fill(tensor, 0) }
      return
    }
    // LAPACK takes B and gives X in one matrix with room for both.
    let shared = try Tensor.allocate(.columnMajor(like: b, batch + [Swift.max(m, n), b.columnCount]))
    Copying.fill(shared, 0)
    Copying.copy(b.expandedBatch(batch), into: shared.narrow(-2, 0, m))
    let (matrices, sides) = (MatrixBatch(copying: a.expandedBatch(batch)), MatrixBatch(over: shared))
    let (rows, columns, rhs, type, code) = (matrices.rows, matrices.columns, sides.columns, matrices.type, driver.code)
    let realType = a.dtype.realType
    let tolerance = rcond.flatMap { $0 > 0 ? $0 : nil } ?? a.dtype.machineEpsilon * Double(Swift.max(m, n))
    let k = Swift.min(m, n)

    var (lrwork, liwork) = (Swift.max(2 * n, 5 * k), 1)
    var pivots = [Int32](repeating: 0, count: n)
    let lwork = withUnsafeTemporaryAllocation(byteCount: 16, alignment: 16) { rwork in
      var (rank, iwork): (Int32, Int32) = (0, 0)
      let real = rwork.baseAddress!
      real.initializeMemory(as: UInt8.self, repeating: 0, count: 16)
      let best = Lapack.workspaceCount(a.dtype) {
        _ = torch_lapack_least_squares(
          type, code, rows, columns, rhs, matrices[0], sides[0], real, real, &rank, &pivots, $0, -1, real, &iwork)
      }
      if driver == .gelsd {
        lrwork = a.dtype.isComplex ? Lapack.realCount(real, a.dtype) : 1
        liwork = Swift.max(Int(iwork), 1)
      }
      return best
    }
    var layout = WorkspaceLayout()
    let workAt = layout.reserve(lwork, a.dtype.byteCount)
    let rworkAt = layout.reserve(lrwork, realType.byteCount)
    let iworkAt = layout.reserve(liwork, 4)
    let pivotsAt = layout.reserve(n, 4)
    let valuesAt = layout.reserve(k, realType.byteCount)
    let rcondAt = layout.reserve(1, 8)
    let infos = try Tensor.allocate(TensorSpec(Dims(batch), .int32))
    let found = driver.findsRank ? ranks.address.assumingMemoryBound(to: Int64.self) : nil
    let singular = driver.findsSingularValues ? VectorBatch(over: values) : nil
    let cost = 4 * Double(m) * Double(n) * Double(k)
    Lapack.forEach(matrices.count, cost: cost, workspace: layout.byteCount, infos: infos.int32s) { i, memory in
      if realType == .float64 {
        (memory + rcondAt).storeBytes(of: tolerance, as: Double.self)
      } else {
        (memory + rcondAt).storeBytes(of: Float(tolerance), as: Float.self)
      }
      let order = (memory + pivotsAt).initializeMemory(as: Int32.self, repeating: 0, count: n)
      var rank: Int32 = 0
      let info = torch_lapack_least_squares(
        type, code, rows, columns, rhs, matrices[i], sides[i], singular?[i] ?? memory + valuesAt, memory + rcondAt, &rank, order,
        memory + workAt, Int32(lwork), memory + rworkAt, (memory + iworkAt).assumingMemoryBound(to: Int32.self))
      found?[i] = Int64(rank)
      return info
    }
    try MatrixCheck.success(infos) { code in
      driver == .gels
        ? "The least squares solution could not be computed because the input matrix does not have full rank "
          + "(error code: \(code))."
        : "The computation of the singular values failed to converge (error code: \(code))."
    }
    Copying.copy(shared.narrow(-2, 0, n), into: solution)
  }

  static let lstsq: Op<Tensor, Tensor, Double?, String?, TensorQuadruple> = .composite(
    "aten::linalg_lstsq(Tensor self, Tensor b, float? rcond=None, *, str? driver=None) -> (Tensor solution, Tensor residuals, Tensor rank, Tensor singular_values)",
    rule: { a, b, _, _ in
      guard a.rank >= 2, b.rank >= 1 else {
        throw TorchError(
          .shape, "self must be a matrix or a batch of matrices and b have dimensions, got \(a.summary) and \(b.summary)")
      }
      guard a.rank - b.rank == 0 || a.rank - b.rank == 1 else {
        throw TorchError(.shape, "b must have as many dimensions as self or one less, got \(b.summary) beside \(a.summary)")
      }
    },
    samples: { s in
      ["gels", "gelsd"].map { Sample(.tensor(s.tensor([4, 3])), .tensor(s.tensor([4, 2])), .none, $0.box()) }
    }
  ) { a, b, rcond, driver in
    let vector = LinearSolve.isVector(a, b)
    let matrix = vector ? b.unsqueeze(-1) : b
    let result = try solved.callThrowing(a, matrix, rcond, driver)
    let (solution, ranks) = (result.first, result.second)
    var residuals = Tensor.zeros([0], dtype: a.dtype.realType, device: a.device)
    let (m, n, method) = (a.rowCount, a.columnCount, try Driver.parse(driver))
    // They are the sums of squares only where the columns are independent, which a rank shows.
    let isFull = !method.findsRank || ranks.isMeta || noGrad { (ranks .== Tensor(n)).all().item().boolValue }
    if m > n && method != .gelsy && isFull {
      let difference = a.matmul(solution) - matrix
      residuals = (difference * difference.conj()).realPart.sum(-2)
    }
    // The derivative is that of the solution and the residuals.
    return TensorQuadruple(vector ? solution.squeeze(-1) : solution, residuals, ranks, result.third.detach())
  }

  static let table: [AnyOp] = [solved.erased, lstsq.erased]
}

extension DType {
  /// The distance from 1 to the next number, of a complex type's parts.
  var machineEpsilon: Double { realType == .float64 ? Double.ulpOfOne : Double(Float.ulpOfOne) }
}

/// The method of `Linalg.lstsq`.
public enum LeastSquaresDriver: String, Sendable {
  /// QR; the matrices must have full rank.
  case gels
  /// QR with column pivoting.
  case gelsy
  /// Singular values by divide and conquer.
  case gelsd
  /// Singular values.
  case gelss
}

/// What `Linalg.lstsq` finds.
public struct LeastSquaresResult: Sendable {
  public let solution: Tensor
  /// Sums of squares, for more rows than columns and full rank; empty otherwise, and with `gelsy`.
  public let residuals: Tensor
  /// Empty with `gels`.
  public let rank: Tensor
  /// Empty with `gels` and `gelsy`.
  public let singularValues: Tensor
}

extension Linalg {
  /// The X that minimises |A X - B|, of least norm where several do. B may hold a vector for each matrix of A.
  /// `torch.linalg.lstsq`.
  /// - Parameter rcond: singular values below this part of the largest count as zero; by default the machine's precision times the
  ///   larger size.
  public static func lstsq(
    _ a: Tensor, _ b: Tensor, rcond: Double? = nil, driver: LeastSquaresDriver? = nil
  ) -> LeastSquaresResult {
    let result = LeastSquares.lstsq(a, b, rcond, driver?.rawValue)
    return LeastSquaresResult(solution: result.first, residuals: result.second, rank: result.third, singularValues: result.fourth)
  }
}
