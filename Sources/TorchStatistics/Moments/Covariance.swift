import TorchCore

/// Covariances and correlations of variables (rows) over observations (columns).
enum Covariance {
  static let cov = Op<Tensor, Int, Tensor?, Tensor?, Tensor>.composite(
    "aten::cov(Tensor self, *, int correction=1, Tensor? fweights=None, Tensor? aweights=None) -> Tensor",
    rule: { x, _, frequencies, importances in
      guard x.rank <= 2 else { throw TorchError(.shape, "expected at most two dimensions, got \(x.summary)") }
      if x.dtype == .bool { throw TorchError(.dtype, "the covariance of bool is not defined; convert to a number type") }
      let observations = x.rank < 2 ? x.count : x.impl.sizes[1]
      for (name, weights) in [("fweights", frequencies), ("aweights", importances)] {
        guard let weights else { continue }
        guard weights.rank <= 1, weights.count == observations else {
          throw TorchError(.shape, "\(name) must have one entry for each of the \(observations) observations, got \(weights.summary)")
        }
      }
      if let frequencies, !frequencies.dtype.isInteger {
        throw TorchError(.dtype, "fweights must be integers, got \(frequencies.dtype)")
      }
      if let importances, !importances.dtype.isFloatingPoint {
        throw TorchError(.dtype, "aweights must be floating-point, got \(importances.dtype)")
      }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([2, 4])), 1.box(), .none, .none), Sample(.tensor(s.tensor([5])), 0.box(), .none, .none),
        Sample(
          .tensor(s.tensor([2, 4])), 1.box(), .tensor(s.integers([4], low: 1, high: 4)),
          .tensor(s.tensor([4], low: 0.5, high: 2))),
      ]
    }
  ) { x, correction, frequencies, importances in
    var rows = x.rank < 2 ? x.reshape([1, x.count]) : x
    for (name, weights) in [("fweights", frequencies), ("aweights", importances)] {
      if let weights, weights.isCPU, weights.count > 0, noGrad({ (weights .< Tensor(scalar: 0)).any().item().boolValue }) {
        throw TorchError(.value, "\(name) must not be negative")
      }
    }
    var weights = frequencies ?? importances
    if let frequencies, let importances { weights = frequencies * importances }
    let total = weights?.sum() ?? Tensor(Int64(rows.impl.sizes[1]))
    if weights != nil, total.isCPU, !total.item().boolValue { throw TorchError(.value, "the weights sum to zero") }
    let mean = (weights.map { rows * $0 } ?? rows).sum(1) / total
    var divisor = total - Tensor(scalar: .int(Int64(correction)))
    if let weights, let importances, correction != 0 {
      divisor = total - Tensor(scalar: .int(Int64(correction))) * (weights * importances).sum() / total
    }
    // With too few observations the divisor is zero and the result infinite or NaN.
    divisor = divisor.clamp(min: 0)
    rows = rows - mean.unsqueeze(1)
    let weighted = weights.map { rows * $0 } ?? rows
    return (rows.mm(MatmulOps.conjugate(weighted.t())) / divisor).squeeze()
  }

  static let corrcoef = Op<Tensor, Tensor>.composite(
    "aten::corrcoef(Tensor self) -> Tensor",
    rule: { x in
      guard x.rank <= 2 else { throw TorchError(.shape, "expected at most two dimensions, got \(x.summary)") }
    },
    samples: { s in [Sample(.tensor(s.tensor([3, 4])))] }
  ) { x in
    var c = try cov.callThrowing(x, 1, nil, nil)
    // One variable: 1, or NaN where it does not vary.
    if c.rank == 0 { return c / c }
    // The diagonal is real, of complex variables too.
    let deviation = c.diagonal().sqrt()
    c = c / deviation.unsqueeze(1) / deviation.unsqueeze(0)
    return c.dtype.isComplex ? c : c.clamp(min: -1, max: 1)
  }

  static let table: [AnyOp] = [cov.erased, corrcoef.erased]
}

extension Tensor {
  /// The covariance matrix of the variables in the rows over the observations in the columns; of a vector, its variance. `torch.cov`.
  /// - Parameters:
  ///   - correction: subtracted from the number of observations in the divisor.
  ///   - frequencies: how often each observation counts, as integers.
  ///   - importances: the relative weight of each observation.
  public func cov(correction: Int = 1, frequencies: Tensor? = nil, importances: Tensor? = nil) -> Tensor {
    Covariance.cov(self, correction, frequencies, importances)
  }
  /// The matrix of correlation coefficients of the variables in the rows. `torch.corrcoef`.
  public func corrcoef() -> Tensor { Covariance.corrcoef(self) }
}
