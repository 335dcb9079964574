import CTorchKernels
import TorchCore

/// Packed LU factors, taken apart.
enum LUUnpack {
  static let op: Op<Tensor, Tensor, Bool, Bool, TensorTriple> = .structured(
    "aten::lu_unpack(Tensor LU_data, Tensor LU_pivots, bool unpack_data=True, bool unpack_pivots=True) -> (Tensor P, Tensor L, Tensor U)",
    rule: { lu, pivots, unpackData, unpackPivots in
      guard lu.rank >= 2 else { throw TorchError(.shape, "LU_data must be a matrix or a batch of matrices, got \(lu.summary)") }
      let (batch, m, n) = (lu.batchSizes, lu.rowCount, lu.columnCount)
      let k = Swift.min(m, n)
      if unpackPivots {
        guard pivots.dtype == .int32 else {
          throw TorchError(.dtype, "LU_pivots must be int32, as lu_factor returns them, got \(pivots.dtype)")
        }
        guard pivots.shape == batch + [k] else {
          throw TorchError(.shape, "LU_pivots must have sizes \(batch + [k]) for \(lu.summary), got \(pivots.impl.sizes)")
        }
      }
      func spec(_ wanted: Bool, _ rows: Int, _ columns: Int) -> TensorSpec {
        TensorSpec(like: lu, sizes: wanted ? Dims(batch + [rows, columns]) : [0])
      }
      return (spec(unpackPivots, m, m), spec(unpackData, m, k), spec(unpackData, k, n))
    },
    kernel: { out, lu, pivots, unpackData, unpackPivots in
      let k = Swift.min(lu.rowCount, lu.columnCount)
      if unpackData {
        Copying.copy(lu.narrow(-1, 0, k).tril(-1), into: out.second)
        out.second.matrixDiagonal.fill_(Scalar(1))
        Copying.copy(lu.narrow(-2, 0, k).triu(), into: out.third)
      }
      if unpackPivots {
        Copying.fill(out.first, 0)
        out.first.scatter_(-2, try permutation(pivots, rows: lu.rowCount).unsqueeze(-2), Scalar(1))
      }
    },
    vjp: { tape, lu, _, unpackData, _ in
      let (m, n) = (lu.rowCount, lu.columnCount)
      let k = Swift.min(m, n)
      return { g, sink in
        guard unpackData, sink.wants(0) else { return }
        let lower = g[1].map { padded($0.tril(-1), 0, n - k) }
        let upper = g[2].map { padded($0.triu(), m - k, 0) }
        if let lower, let upper { sink[0] = lower + upper } else { sink[0] = lower ?? upper }
      }
    },
    samples: { s in
      [[3, 3], [2, 3, 2], [2, 4]].map { sizes in
        let (factors, pivots) = LUFactor.sample(&s, sizes)
        return Sample(.tensor(factors), .tensor(pivots), true.box(), true.box())
      }
    })

  /// The matrices with rows and columns of zeros appended.
  private static func padded(_ x: Tensor, _ rows: Int, _ columns: Int) -> Tensor {
    rows == 0 && columns == 0 ? x : x.constantPad([0, columns, 0, rows])
  }

  /// For each matrix which row of A goes where: the exchanges, done one after the other.
  static func permutation(_ pivots: Tensor, rows: Int) throws -> Tensor {
    let source = pivots.detach().contiguous()
    let k = source.impl.sizes[source.rank - 1]
    let out = try Tensor.allocate(TensorSpec(Dims(source.shape.dropLast() + [rows]), .int64))
    let count = k == 0 ? out.count / Swift.max(rows, 1) : source.count / k
    let bad = torch_linalg_permutation(
      source.int32s, Int64(k), Int64(count), Int64(rows), out.address.assumingMemoryBound(to: Int64.self))
    guard bad < 0 else {
      throw TorchError(.value, "pivots count rows from 1 to \(rows), got \(source.int32s[Int(bad)]) at position \(bad)")
    }
    return out
  }

  /// 1 or -1 for each matrix: the determinant of its row exchanges.
  static func sign(_ pivots: Tensor, _ dtype: DType) -> Tensor {
    let n = pivots.impl.sizes[pivots.rank - 1]
    let moved = pivots .!= Tensor.arange(1, Scalar(n + 1), dtype: .int32)
    return 1 - (moved.sum(-1).remainder(2) * 2).to(dtype)
  }

  static let table: [AnyOp] = [op.erased]
}

extension Linalg {
  /// P, L and U of packed factors and their row exchanges; without `unpackData` or `unpackPivots` the parts left out are empty.
  /// `torch.lu_unpack`.
  public static func luUnpack(
    _ lu: Tensor, _ pivots: Tensor, unpackData: Bool = true, unpackPivots: Bool = true
  ) -> (p: Tensor, l: Tensor, u: Tensor) {
    let result = LUUnpack.op(lu, pivots, unpackData, unpackPivots)
    return (result.first, result.second, result.third)
  }
}
