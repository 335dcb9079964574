import TorchCore

/// Distances and similarities of corresponding vectors, and vectors kept short.
enum Similarity {
  static let dist = Op<Tensor, Tensor, Scalar, Tensor>.composite(
    "aten::dist(Tensor self, Tensor other, Scalar p=2) -> Tensor",
    rule: { a, b, _ in
      guard resultType(a, b).isDifferentiable else {
        throw TorchError(.dtype, "expected floating-point or complex tensors, got \(a.dtype) and \(b.dtype)")
      }
      _ = try broadcastSizes(a.impl.sizes, b.impl.sizes)
    },
    samples: { s in
      [0, 1, 2, 3].map { p in Sample(.tensor(s.tensor([2, 3])), .tensor(s.tensor([2, 3])), .scalar(.double(p))) }
        + [Sample(.tensor(s.tensor([2, 3])), .tensor(s.tensor([3])), .scalar(.double(.infinity)))]
    }
  ) { a, b, p in try Norms.norm.callThrowing(a - b, p) }

  static let pairwise = Op<Tensor, Tensor, Double, Double, Bool, Tensor>.composite(
    "aten::pairwise_distance(Tensor x1, Tensor x2, float p=2., float eps=9.9999999999999995e-07, bool keepdim=False) -> Tensor",
    rule: { a, b, _, _, _ in _ = try broadcastSizes(a.impl.sizes, b.impl.sizes) },
    samples: { s in
      [
        Sample(.tensor(s.tensor([2, 3])), .tensor(s.tensor([2, 3])), 2.0.box(), 1e-6.box(), false.box()),
        Sample(.tensor(s.tensor([2, 3])), .tensor(s.tensor([3])), 1.0.box(), 1e-3.box(), true.box()),
      ]
    }
  ) { a, b, p, eps, keepDim in
    try Norms.normDims.callThrowing(a - b + Tensor(scalar: .double(eps)), .double(p), [-1], keepDim)
  }

  static let cosine = Op<Tensor, Tensor, Int, Double, Tensor>.composite(
    "aten::cosine_similarity(Tensor x1, Tensor x2, int dim=1, float eps=1e-08) -> Tensor",
    rule: { a, b, dim, _ in
      let type = resultType(a, b)
      guard type.isFloatingPoint else { throw TorchError(.dtype, "the common type must be floating-point, got \(type)") }
      _ = try normalizeDim(dim, rank: try broadcastSizes(a.impl.sizes, b.impl.sizes).count)
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([2, 3])), .tensor(s.tensor([2, 3])), 1.box(), 1e-8.box()),
        Sample(.tensor(s.tensor([2, 3, 2])), .tensor(s.tensor([3, 1])), (-2).box(), 1e-6.box()),
      ]
    }
  ) { a, b, dim, eps in
    let type = resultType(a, b)
    let sizes = Array(try broadcastSizes(a.impl.sizes, b.impl.sizes))
    func unit(_ x: Tensor) throws -> Tensor {
      let vectors = (x.dtype.isFloatingPoint ? x : x.to(type)).expand(sizes)
      let length = try Norms.vectorNorm.callThrowing(vectors, 2, [dim], true, nil)
      // The bound takes no part in the derivative.
      let lift = noGrad { length.clamp(min: .double(eps)) - length }
      return vectors / (length + lift)
    }
    return (try unit(a) * unit(b)).sum(dim)
  }

  static let renorm = Op<Tensor, Scalar, Int, Scalar, Tensor>.composite(
    "aten::renorm(Tensor self, Scalar p, int dim, Scalar maxnorm) -> Tensor",
    rule: { x, p, dim, limit in
      guard x.dtype.isDifferentiable else { throw TorchError(.dtype, "expected a floating-point or complex type, got \(x.dtype)") }
      if case .complex = p { throw TorchError(.value, "p must be real, got \(p)") }
      if case .complex = limit { throw TorchError(.value, "maxnorm must be real, got \(limit)") }
      guard p.doubleValue > 0 else { throw TorchError(.value, "p must be positive, got \(p)") }
      guard limit.doubleValue >= 0 else { throw TorchError(.value, "maxnorm must not be negative, got \(limit)") }
      guard x.rank > 1 else { throw TorchError(.shape, "expected at least 2 dimensions, got \(x.summary)") }
      _ = try normalizeDim(dim, rank: x.rank)
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([3, 4])), .scalar(.double(2)), 0.box(), .scalar(.double(1.5))),
        Sample(.tensor(s.tensor([2, 3, 2])), .scalar(.double(1)), (-2).box(), .scalar(.double(3))),
      ]
    }
  ) { x, p, dim, limit in
    let d = try normalizeDim(dim, rank: x.rank)
    let type = x.dtype.realType.widened
    let others = (0..<x.rank).filter { $0 != d }
    let length = try Norms.vectorNorm.callThrowing(x, p, others, true, x.dtype.isFloatingPoint && x.dtype != type ? type : nil)
    let bound = Tensor(scalar: .double(limit.doubleValue))
    let factor = `where`(length .> bound, bound / (length + Tensor(scalar: .double(1e-7))), Tensor(scalar: .double(1)))
    return x * factor.to(x.dtype.realType)
  }

  static let table: [AnyOp] = [dist.erased, pairwise.erased, cosine.erased, renorm.erased]
}

/// The p-norm distances of corresponding vectors along the last dimension. `torch.nn.functional.pairwise_distance`.
/// - Parameter eps: added to the differences, so that equal vectors have a gradient.
public func pairwiseDistance(_ x1: Tensor, _ x2: Tensor, p: Double = 2, eps: Double = 1e-6, keepDim: Bool = false) -> Tensor {
  Similarity.pairwise(x1, x2, p, eps, keepDim)
}

/// The cosines of the angles between corresponding vectors along a dimension. `torch.nn.functional.cosine_similarity`.
/// - Parameter eps: the least length that a vector is taken to have.
public func cosineSimilarity(_ x1: Tensor, _ x2: Tensor, dim: Int = 1, eps: Double = 1e-8) -> Tensor {
  Similarity.cosine(x1, x2, dim, eps)
}

extension Tensor {
  /// The p-norm of the difference. `torch.dist`.
  public func dist(_ other: Tensor, p: Scalar = 2) -> Tensor { Similarity.dist(self, other, p) }
  /// Scales down what is longer than `maxNorm` in the p-norm, among the sub-tensors along `dim`. `torch.renorm`.
  public func renorm(p: Scalar, dim: Int, maxNorm: Scalar) -> Tensor { Similarity.renorm(self, p, dim, maxNorm) }
}
