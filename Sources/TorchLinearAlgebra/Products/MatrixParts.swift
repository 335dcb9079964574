import TorchCore

/// Diagonals, traces, and matrices made of powers.
enum MatrixParts {
  static let diagonal = Op<Tensor, Int, Int, Int, Tensor>.composite(
    "aten::linalg_diagonal(Tensor(a) A, *, int offset=0, int dim1=-2, int dim2=-1) -> Tensor(a)",
    samples: { s in [Sample(.tensor(s.tensor([2, 3, 4])), 1.box(), (-2).box(), (-1).box())] }
  ) { a, offset, dim1, dim2 in try ViewOps.diagonal.callThrowing(a, offset, dim1, dim2) }

  static let trace = Op<Tensor, Tensor>.composite(
    "aten::trace(Tensor self) -> Tensor",
    rule: { x in
      guard x.rank == 2 else { throw TorchError(.shape, "expected a matrix, got \(x.summary)") }
      if x.dtype == .bool { throw TorchError(.dtype, "the trace of a bool matrix is not defined; convert to an integer type") }
    },
    samples: { s in [Sample(.tensor(s.tensor([3, 3]))), Sample(.tensor(s.tensor([3, 2])))] }
  ) { x in x.diagonal().sum() }

  private static func powers(_ x: Tensor, _ count: Int) -> Tensor {
    let type: DType = x.dtype.isDifferentiable ? x.dtype : .int64
    let ones = Tensor.ones(x.shape + [1], dtype: type, device: x.device)
    if count <= 1 { return count == 1 ? ones : Tensor.zeros(x.shape + [0], dtype: type, device: x.device) }
    return cat([ones, x.unsqueeze(-1).expand(x.shape + [count - 1]).cumprod(-1)], dim: -1)
  }

  static let linalgVander = Op<Tensor, Int?, Tensor>.composite(
    "aten::linalg_vander(Tensor x, *, SymInt? N=None) -> Tensor",
    rule: { x, n in
      guard x.dtype != .bool, !(x.dtype.isFloatingPoint && x.dtype.byteCount == 2) else {
        throw TorchError(.dtype, "expected a full floating-point, complex or integer type, got \(x.dtype)")
      }
      let columns = n ?? (x.rank == 0 ? 1 : x.impl.sizes[x.rank - 1])
      guard columns > 1 else { throw TorchError(.value, "N must be greater than 1, got \(columns)") }
    },
    samples: { s in [Sample(.tensor(s.tensor([3])), .none), Sample(.tensor(s.tensor([2, 3])), 2.box())] }
  ) { x, n in
    let vector = x.rank == 0 ? x.unsqueeze(0) : x
    return powers(vector, n ?? vector.size(-1))
  }

  static let vander = Op<Tensor, Int?, Bool, Tensor>.composite(
    "aten::vander(Tensor x, int? N=None, bool increasing=False) -> Tensor",
    rule: { x, n, _ in
      guard x.rank == 1 else { throw TorchError(.shape, "x must be a vector, got \(x.summary)") }
      if let n, n < 0 { throw TorchError(.value, "N must not be negative, got \(n)") }
    },
    samples: { s in [Sample(.tensor(s.tensor([3])), .none, false.box()), Sample(.tensor(s.tensor([3])), 2.box(), true.box())] }
  ) { x, n, increasing in
    let matrix = powers(x, n ?? x.count)
    return increasing ? matrix : matrix.flip([-1])
  }

  static let table: [AnyOp] = [diagonal.erased, trace.erased, linalgVander.erased, vander.erased]
}

/// Rows of falling powers of the elements of a vector, the last one 1; rising ones when `increasing`. `torch.vander`.
/// - Parameter columns: the length of the rows; that of the vector when nil.
public func vander(_ x: Tensor, columns: Int? = nil, increasing: Bool = false) -> Tensor { MatrixParts.vander(x, columns, increasing) }

extension Tensor {
  /// The sum of a matrix's diagonal; integers add up in `int64`. `torch.trace`.
  public func trace() -> Tensor { MatrixParts.trace(self) }
}

extension Linalg {
  /// The diagonals of matrices, as a view. `torch.linalg.diagonal`.
  public static func diagonal(_ a: Tensor, offset: Int = 0, dim1: Int = -2, dim2: Int = -1) -> Tensor {
    MatrixParts.diagonal(a, offset, dim1, dim2)
  }
  /// For each element its powers 0 to `columns` - 1, in a new last dimension. `torch.linalg.vander`.
  public static func vander(_ x: Tensor, columns: Int? = nil) -> Tensor { MatrixParts.linalgVander(x, columns) }
}
