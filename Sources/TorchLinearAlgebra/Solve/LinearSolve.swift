import COpenBLAS
import TorchCore

/// Equations with square matrices, and inverses.
enum LinearSolve {
  /// Whether B holds a vector for each matrix of A rather than a matrix.
  static func isVector(_ a: Tensor, _ b: Tensor) -> Bool {
    b.rank == 1 || (a.rank - 1 == b.rank && Array(a.shape.dropLast()) == b.shape)
  }

  /// The solution, the LU factors of A and their row exchanges, and a code for each matrix of A.
  static let factored: Op<Tensor, Tensor, Bool, Bool, TensorQuadruple> = .structured(
    "aten::_linalg_solve_ex(Tensor A, Tensor B, *, bool left=True, bool check_errors=False) -> (Tensor result, Tensor LU, Tensor pivots, Tensor info)",
    rule: { a, b, left, _ in
      try MatrixCheck.square(a)
      let vector = isVector(a, b)
      guard left || !vector else {
        throw TorchError(.shape, "B must hold matrices for X A = B, got \(b.summary) beside A of \(a.summary)")
      }
      let matrix = vector ? b.unsqueeze(-1) : b
      try MatrixCheck.equation(a, matrix, left: left)
      var solution = LUSolve.spec(matrix, try MatrixCheck.batch(a, matrix), left: left)
      if vector { solution = TensorSpec(like: b, sizes: Dims(solution.sizes.dropLast())) }
      return (
        solution, .columnMajor(like: a, a.shape), TensorSpec(like: a, sizes: Dims(a.shape.dropLast()), dtype: .int32),
        TensorSpec(like: a, sizes: Dims(a.batchSizes), dtype: .int32)
      )
    },
    kernel: { out, a, b, left, check in
      LUFactor.factor(a, into: out.second, pivots: out.third, infos: out.fourth)
      if check { try singular(out.fourth) }
      let vector = isVector(a, b)
      let solution = vector ? out.first.unsqueeze(-1) : out.first
      let batch = solution.batchSizes
      let exchanges = out.third.expand(batch + [a.rowCount]).contiguous()
      try LUSolve.solve(
        MatrixBatch(reading: out.second.expandedBatch(batch)), VectorBatch(over: exchanges),
        (vector ? b.unsqueeze(-1) : b).expandedBatch(batch), solution, left, false)
    },
    vjp: { tape, a, b, left, _ in
      let (matrix, result, factors) = (tape.save(a), tape.save(result: tape.result.first), tape.save(tape.result.second.alias()))
      let exchanges = tape.save(tape.result.third.alias())
      let vector = isVector(a, b)
      let (sizesA, sizesB) = (a.impl.sizes, b.impl.sizes)
      return { g, sink in
        guard let gradient = g[0] else { return }
        let gx = vector ? gradient.unsqueeze(-1) : gradient
        // A backward that is recorded must depend on A itself; otherwise its factors are there already.
        let gb =
          sink.createsGraph
          ? factored(try sink.value(matrix).conjugateTransposed, gx, left, false).first
          : LUSolve.op(try sink.value(factors), try sink.value(exchanges), gx, left, true)
        if sink.wants(1) { sink[1] = (vector ? gb.squeeze(-1) : gb).sum(toSizes: sizesB) }
        if sink.wants(0) {
          let solution = try sink.value(result)
          let x = (vector ? solution.unsqueeze(-1) : solution).conjugateTransposed
          sink[0] = (left ? -gb.matmul(x) : -x.matmul(gb)).sum(toSizes: sizesA)
        }
      }
    }
    // Its factors carry no gradient; `linalg_solve_ex`, which leaves them out, has the samples.
  )

  /// A random matrix plus a multiple of the identity.
  static func invertible(_ s: inout SampleSource, _ sizes: [Int]) -> Tensor {
    let a = s.tensor(sizes, dtype: .float64)
    return (a + identity(sizes[sizes.count - 1], like: a) * 4).to(s.dtype)
  }

  private static func singular(_ infos: Tensor) throws {
    try MatrixCheck.success(infos) { _ in "The solver failed because the input matrix is singular." }
  }

  static let solveEx: Op<Tensor, Tensor, Bool, Bool, TensorPair> = .composite(
    "aten::linalg_solve_ex(Tensor A, Tensor B, *, bool left=True, bool check_errors=False) -> (Tensor result, Tensor info)",
    samples: { s in
      [
        Sample(.tensor(invertible(&s, [3, 3])), .tensor(s.tensor([3, 2])), true.box(), false.box()),
        Sample(.tensor(invertible(&s, [2, 3, 3])), .tensor(s.tensor([2, 3])), true.box(), false.box()),
        Sample(.tensor(invertible(&s, [3, 3])), .tensor(s.tensor([2, 2, 3])), false.box(), false.box()),
      ]
    }
  ) { a, b, left, check in
    let result = try factored.callThrowing(a, b, left, check)
    return TensorPair(values: result.first, indices: result.fourth)
  }

  static let solve: Op<Tensor, Tensor, Bool, Tensor> = .composite(
    "aten::linalg_solve(Tensor A, Tensor B, *, bool left=True) -> Tensor",
    samples: { s in [Sample(.tensor(invertible(&s, [3, 3])), .tensor(s.tensor([3, 2])), true.box())] }
  ) { a, b, left in try factored.callThrowing(a, b, left, true).first }

  // MARK: Inverses

  static let inverseEx: Op<Tensor, Bool, TensorPair> = .structured(
    "aten::linalg_inv_ex(Tensor A, *, bool check_errors=False) -> (Tensor inverse, Tensor info)",
    rule: { a, _ in
      try MatrixCheck.square(a)
      return (.columnMajor(like: a, a.shape), TensorSpec(like: a, sizes: Dims(a.batchSizes), dtype: .int32))
    },
    kernel: { out, a, check in
      let factors = try Tensor.allocate(.columnMajor(like: a, a.shape))
      let pivots = try Tensor.allocate(TensorSpec(Dims(a.shape.dropLast()), .int32))
      LUFactor.factor(a, into: factors, pivots: pivots, infos: out.indices)
      if check { try notInvertible(out.indices) }
      let unit = identity(a.rowCount, like: a).expand(a.shape)
      try LUSolve.solve(MatrixBatch(over: factors), VectorBatch(over: pivots), unit, out.values, true, false)
    },
    vjp: { tape, _, _ in
      let result = tape.save(result: tape.result.values)
      return { g, sink in
        guard let gradient = g[0] else { return }
        let adjoint = try sink.value(result).conjugateTransposed
        sink[0] = -adjoint.matmul(gradient.matmul(adjoint))
      }
    },
    samples: { s in [[3, 3], [2, 3, 3]].map { Sample(.tensor(invertible(&s, $0)), false.box()) } })

  private static func notInvertible(_ infos: Tensor) throws {
    try MatrixCheck.success(infos) {
      "The diagonal element \($0) is zero, the inversion could not be completed because the input matrix is singular."
    }
  }

  private static func inverse(_ schema: String) -> Op<Tensor, Tensor> {
    .composite(schema, samples: { s in [Sample(.tensor(invertible(&s, [3, 3])))] }) {
      try inverseEx.callThrowing($0, true).values
    }
  }
  static let linalgInverse = inverse("aten::linalg_inv(Tensor A) -> Tensor")
  static let plainInverse = inverse("aten::inverse(Tensor self) -> Tensor")

  // MARK: Tensors as matrices

  static let tensorInverse: Op<Tensor, Int, Tensor> = .composite(
    "aten::linalg_tensorinv(Tensor self, int ind=2) -> Tensor",
    rule: { a, ind in
      guard ind > 0 else { throw TorchError(.value, "ind must be positive, got \(ind)") }
      let head = a.impl.sizes.prefix(ind).reduce(1, *)
      let tail = a.impl.sizes.dropFirst(ind).reduce(1, *)
      guard head == tail else {
        throw TorchError(
          .shape, "the sizes before dimension \(ind) have product \(head), those from it on \(tail); they must be equal")
      }
    },
    samples: { s in
      [
        Sample(.tensor(invertible(&s, [6, 6]).reshape([2, 3, 3, 2])), 2.box()),
        Sample(.tensor(invertible(&s, [4, 4]).reshape([4, 2, 2])), 1.box()),
      ]
    }
  ) { a, ind in
    let (head, tail) = (Array(a.shape.prefix(ind)), Array(a.shape.dropFirst(ind)))
    let n = head.reduce(1, *)
    return try inverseEx.callThrowing(a.reshape([n, n]), true).values.reshape(tail + head)
  }

  static let tensorSolve: Op<Tensor, Tensor, [Int]?, Tensor> = .composite(
    "aten::linalg_tensorsolve(Tensor self, Tensor other, int[]? dims=None) -> Tensor",
    rule: { a, b, dims in
      let order = try movedToEnd(dims ?? [], rank: a.rank)
      let sizes = order.map { a.impl.sizes[$0] }
      guard b.rank <= a.rank else {
        throw TorchError(.shape, "other has more dimensions than self: \(b.summary) and \(a.summary)")
      }
      let result = sizes.dropFirst(b.rank).reduce(1, *)
      guard b.count == result else {
        throw TorchError(
          .shape,
          "the last sizes of self, \(Array(sizes.dropFirst(b.rank))), must have the product \(b.count), as many as other has "
            + "elements; got \(result)")
      }
      guard a.count == result * b.count else {
        throw TorchError(.shape, "self must have \(result * b.count) elements to solve for \(b.summary), got \(a.summary)")
      }
    },
    samples: { s in
      [
        Sample(.tensor(invertible(&s, [6, 6]).reshape([2, 3, 6])), .tensor(s.tensor([2, 3])), .none),
        Sample(.tensor(invertible(&s, [6, 6]).reshape([2, 3, 6]).permute([2, 0, 1])), .tensor(s.tensor([2, 3])), [0].box()),
      ]
    }
  ) { a, b, dims in
    let matrix = a.permute(try movedToEnd(dims ?? [], rank: a.rank))
    let sizes = Array(matrix.shape.dropFirst(b.rank))
    let n = b.count
    return try factored.callThrowing(matrix.reshape([n, n]), b.reshape([n]), true, true).first.reshape(sizes)
  }

  /// The order of dimensions in which the given ones come last.
  private static func movedToEnd(_ dims: [Int], rank: Int) throws -> [Int] {
    let last = try dims.map { try normalizeDim($0, rank: rank) }
    guard Set(last).count == last.count else { throw TorchError(.value, "a dimension appears twice in \(dims)") }
    return (0..<rank).filter { !last.contains($0) } + last
  }

  static let table: [AnyOp] = [
    factored.erased, solveEx.erased, solve.erased, inverseEx.erased, linalgInverse.erased, plainInverse.erased, tensorInverse.erased,
    tensorSolve.erased,
  ]
}

extension Linalg {
  /// The solution of A X = B, or without `left` of X A = B, for square matrices. B may hold a vector for each matrix of A. Fails
  /// where a matrix is singular. `torch.linalg.solve`.
  public static func solve(_ a: Tensor, _ b: Tensor, left: Bool = true) -> Tensor { LinearSolve.solve(a, b, left) }

  /// As `solve`, with a code for each matrix instead of a failure: 0, or the position of the first zero on the diagonal of U.
  /// `torch.linalg.solve_ex`.
  public static func solveEx(
    _ a: Tensor, _ b: Tensor, left: Bool = true, checkErrors: Bool = false
  ) -> (result: Tensor, info: Tensor) {
    let result = LinearSolve.solveEx(a, b, left, checkErrors)
    return (result.values, result.indices)
  }

  /// The inverses of square matrices. Fails where one is singular. `torch.linalg.inv`.
  public static func inv(_ a: Tensor) -> Tensor { LinearSolve.linalgInverse(a) }

  /// As `inv`, with a code for each matrix instead of a failure. `torch.linalg.inv_ex`.
  public static func invEx(_ a: Tensor, checkErrors: Bool = false) -> (inverse: Tensor, info: Tensor) {
    let result = LinearSolve.inverseEx(a, checkErrors)
    return (result.values, result.indices)
  }

  /// The inverse of a tensor as a linear map from its dimensions from `ind` on to those before. `torch.linalg.tensorinv`.
  public static func tensorinv(_ a: Tensor, ind: Int = 2) -> Tensor { LinearSolve.tensorInverse(a, ind) }

  /// X with `tensordot(A, X, X.rank) = B`, after moving the dimensions `dims` of A to its end. `torch.linalg.tensorsolve`.
  public static func tensorsolve(_ a: Tensor, _ b: Tensor, dims: [Int]? = nil) -> Tensor { LinearSolve.tensorSolve(a, b, dims) }
}

extension Tensor {
  /// The inverses of square matrices. `torch.inverse`.
  public func inverse() -> Tensor { LinearSolve.plainInverse(self) }
}
