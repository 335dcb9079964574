import TorchCore

/// The exponential of square matrices.
enum MatrixExponential {
  private static func exponential(_ schema: String) -> Op<Tensor, Tensor> {
    .structured(
      schema,
      rule: { a in
        try MatrixCheck.squareShape(a, "self")
        guard a.dtype.isDifferentiable else {
          throw TorchError(.dtype, "self must be floating-point or complex, got \(a.dtype)")
        }
        return TensorSpec(like: a)
      },
      kernel: { out, a in Copying.copy(value(a.to(a.dtype.widened)), into: out) },
      vjp: { tape, a in
        let matrix = tape.save(a)
        return { g, sink in
          // The derivative along G is the corner of exp [[A, G], [0, A]].
          let adjoint = try sink.value(matrix).conjugateTransposed
          let n = adjoint.columnCount
          let upper = cat([adjoint, g.first], dim: -1)
          let lower = cat([adjoint.zerosLike(), adjoint], dim: -1)
          sink[0] = linalgExponential(cat([upper, lower], dim: -2)).narrow(-2, 0, n).narrow(-1, n, n)
        }
      },
      samples: { s in [[3, 3], [2, 2, 2]].map { Sample(.tensor(s.tensor($0))) } })
  }

  static let linalgExponential: Op<Tensor, Tensor> = exponential("aten::linalg_matrix_exp(Tensor self) -> Tensor")
  static let matrixExp = Op<Tensor, Tensor>.composite(
    "aten::matrix_exp(Tensor self) -> Tensor", samples: { s in [Sample(.tensor(s.tensor([3, 3])))] }
  ) { try linalgExponential.callThrowing($0) }

  /// Degrees of the Taylor polynomial and the norms up to which they are exact to rounding, for float32 and float64 (Bader,
  /// Blanes and Casas, Mathematics 7 (2019) 1174).
  private static let degrees = [1, 2, 4, 8, 12, 18]
  private static let limits32 = [
    1.192092800768788e-07, 5.978858893805233e-04, 5.116619363445086e-02, 5.800524627688768e-01, 1.461661507209034e+00,
    3.010066362817634e+00,
  ]
  private static let limits64 = [
    2.220446049250313e-16, 2.580956802971767e-08, 3.397168839976962e-04, 4.991228871115323e-02, 2.996158913811580e-01,
    1.090863719290036e+00,
  ]

  /// Scaling by powers of two, a Taylor polynomial, and squaring.
  private static func value(_ input: Tensor) -> Tensor {
    let a = input.detach()
    if a.count == 0 { return a }
    let norms = a.magnitude.sum(-2).amax([-1])
    let limits = a.dtype.realType == .float64 ? limits64 : limits32
    let largest = norms.max().item(as: Double.self)
    guard largest.isFinite else { return finite(a, norms) }
    if let index = limits.firstIndex(where: { largest <= $0 }) { return taylor(a, degrees[index]) }
    // Each matrix by its own power, so that none loses digits to another's.
    let squarings = (norms / Tensor(scalar: .double(limits[limits.count - 1]))).log2().ceil().clamp(min: 0)
    let scale = squarings.neg().exp2().unsqueeze(-1).unsqueeze(-1)
    var result = taylor(a * scale, degrees[degrees.count - 1])
    for step in 0..<squarings.max().item(as: Int.self) {
      let isDue = (squarings .> Tensor(step)).unsqueeze(-1).unsqueeze(-1)
      result = `where`(isDue, result.matmul(result), result)
    }
    return result
  }

  /// NaN for matrices that are not finite, the exponential of the others.
  private static func finite(_ a: Tensor, _ norms: Tensor) -> Tensor {
    let isBad = norms.isFinite().logicalNot().unsqueeze(-1).unsqueeze(-1)
    let clean = value(`where`(isBad, a.zerosLike(), a))
    return `where`(isBad, Tensor.full([], .double(.nan), dtype: a.dtype), clean)
  }

  /// The polynomial of the given degree with coefficients 1/k!, grouped by powers so that few products are needed (Paterson and
  /// Stockmeyer).
  private static func taylor(_ a: Tensor, _ degree: Int) -> Tensor {
    let width = degree <= 2 ? degree : degree <= 4 ? 2 : degree <= 12 ? 3 : 5
    var powers = [identity(a.columnCount, like: a).expand(a.shape), a]
    while powers.count <= width { powers.append(powers[powers.count - 1].matmul(a)) }
    var coefficients = [1.0]
    for k in 1...degree { coefficients.append(coefficients[k - 1] / Double(k)) }
    /// The terms from `start` on, divided by the power `start`, up to `count` of them.
    func group(_ start: Int, _ count: Int) -> Tensor {
      var sum = powers[0] * Tensor(scalar: .double(coefficients[start]))
      for j in 1..<Swift.max(count, 1) { sum = sum + powers[j] * Tensor(scalar: .double(coefficients[start + j])) }
      return sum
    }
    var start = degree / width * width
    var result = group(start, degree - start + 1)
    while start > 0 {
      start -= width
      result = result.matmul(powers[width]) + group(start, width)
    }
    return result
  }

  static let table: [AnyOp] = [linalgExponential.erased, matrixExp.erased]
}

extension Linalg {
  /// The exponential of square matrices. `torch.linalg.matrix_exp`.
  public static func matrixExp(_ a: Tensor) -> Tensor { MatrixExponential.linalgExponential(a) }
}

extension Tensor {
  /// The exponential of square matrices. `torch.matrix_exp`.
  public func matrixExp() -> Tensor { MatrixExponential.matrixExp(self) }
}
