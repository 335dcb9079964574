import TorchCore

/// Losses that ask for a margin between scores, written in tensor ops.
enum MarginLosses {
  private static func atLeastZero(_ x: Tensor) -> Tensor { x.clamp(min: 0) }

  static let marginRanking = Op<Tensor, Tensor, Tensor, Double, Reduction, Tensor>.composite(
    "aten::margin_ranking_loss(Tensor input1, Tensor input2, Tensor target, float margin=0., int reduction=1) -> Tensor",
    samples: { s in
      [Reduction.none, .mean, .sum].map {
        Sample(.tensor(s.tensor([4])), .tensor(s.tensor([4])), .tensor(signs(&s, [4])), 0.3.box(), $0.box())
      }
    }
  ) { a, b, target, margin, reduction in
    reduction.apply(atLeastZero(-target * (a - b) + Tensor(scalar: .double(margin))))
  }

  static let hingeEmbedding = Op<Tensor, Tensor, Double, Reduction, Tensor>.composite(
    "aten::hinge_embedding_loss(Tensor self, Tensor target, float margin=1., int reduction=1) -> Tensor",
    samples: { s in
      [Reduction.none, .mean, .sum].map {
        Sample(.tensor(s.tensor([3, 4])), .tensor(signs(&s, [3, 4])), 0.7.box(), $0.box())
      }
    }
  ) { x, target, margin, reduction in
    // A number in front of a half-precision tensor is rounded to its type first.
    let distance = x.dtype.isFloatingPoint ? Tensor(margin, dtype: x.dtype) : Tensor(scalar: .double(margin))
    let apart = `where`(target .!= 1, atLeastZero(distance - x), x.zerosLike())
    return reduction.apply(apart + `where`(target .!= -1, x, x.zerosLike()))
  }

  static let cosineEmbedding = Op<Tensor, Tensor, Tensor, Double, Reduction, Tensor>.composite(
    "aten::cosine_embedding_loss(Tensor input1, Tensor input2, Tensor target, float margin=0., int reduction=1) -> Tensor",
    rule: { a, b, target, _, _ in
      guard target.rank <= 1 else { throw TorchError(.shape, "target must have at most one dimension, got \(target.summary)") }
      guard a.rank == target.rank + 1, b.rank == target.rank + 1 else {
        throw TorchError(
          .shape,
          "a target of \(target.rank) dimensions needs inputs of \(target.rank + 1), got \(a.summary) and \(b.summary)")
      }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([3, 4])), .tensor(s.tensor([3, 4])), .tensor(signs(&s, [3])), 0.1.box(), 1.box()),
        Sample(.tensor(s.tensor([3, 4])), .tensor(s.tensor([3, 4])), .tensor(signs(&s, [3])), (-0.5).box(), 0.box()),
        Sample(.tensor(s.tensor([4])), .tensor(s.tensor([4])), .tensor(signs(&s, [])), 0.0.box(), 2.box()),
      ]
    }
  ) { a, b, target, margin, reduction in
    let dim = target.rank
    let tiny = Tensor(scalar: .double(1e-12))
    let squares = ((a * a).sum(dim) + tiny) * ((b * b).sum(dim) + tiny)
    let cosine = (a * b).sum(dim) / squares.sqrt()
    let zero = cosine.zerosLike()
    let alike = `where`(target .== 1, 1 - cosine, zero)
    return reduction.apply(alike + `where`(target .== -1, atLeastZero(cosine - Tensor(scalar: .double(margin))), zero))
  }

  static let tripletMargin = Op<Tensor, Tensor, Tensor, Double, Double, Double, Bool, Reduction, Tensor>.composite(
    "aten::triplet_margin_loss(Tensor anchor, Tensor positive, Tensor negative, float margin=1., float p=2., float eps=9.9999999999999995e-07, bool swap=False, int reduction=1) -> Tensor",
    rule: { anchor, positive, negative, _, _, _, _, _ in try checkTriplet(anchor, positive, negative) },
    samples: { s in
      [(2.0, false, 1), (1.0, true, 0), (3.0, true, 2)].map { (p: Double, swap: Bool, reduction: Int) in
        Sample(
          .tensor(s.tensor([3, 4])), .tensor(s.tensor([3, 4])), .tensor(s.tensor([3, 4])), 1.0.box(), p.box(), 1e-6.box(),
          swap.box(), reduction.box())
      }
    }
  ) { anchor, positive, negative, margin, p, eps, swap, reduction in
    triplet(anchor, positive, negative, margin, swap, reduction) { distance($0, $1, p, eps) }
  }

  /// The p-norm of the differences along the last dimension.
  static func distance(_ a: Tensor, _ b: Tensor, _ p: Double, _ eps: Double) -> Tensor {
    (a - b + Tensor(scalar: .double(eps))).norm(.double(p), [-1])
  }

  static func triplet(
    _ anchor: Tensor, _ positive: Tensor, _ negative: Tensor, _ margin: Double, _ swap: Bool, _ reduction: Reduction,
    _ distance: (Tensor, Tensor) -> Tensor
  ) -> Tensor {
    let near = distance(anchor, positive)
    var far = distance(anchor, negative)
    if swap { far = far.minimum(distance(positive, negative)) }
    return reduction.apply(atLeastZero(Tensor(scalar: .double(margin)) + near - far))
  }

  static func checkTriplet(_ anchor: Tensor, _ positive: Tensor, _ negative: Tensor) throws {
    guard anchor.rank == positive.rank, anchor.rank == negative.rank else {
      let given = "\(anchor.summary), \(positive.summary) and \(negative.summary)"
      throw TorchError(.shape, "anchor, positive and negative must have as many dimensions, got \(given)")
    }
  }
  /// What PyTorch's functions want of the margin, and its op does not.
  static func checkMargin(_ margin: Double) throws {
    guard margin > 0 else { throw TorchError(.value, "margin: expected a positive number, got \(margin)") }
  }

  static let multiMargin = Op<Tensor, Tensor, Scalar, Scalar, Tensor?, Reduction, Tensor>.composite(
    "aten::multi_margin_loss(Tensor self, Tensor target, Scalar p=1, Scalar margin=1, Tensor? weight=None, int reduction=1) -> Tensor",
    rule: { x, target, p, margin, weight, _ in
      try NNKernels.require(x.dtype, "the scores")
      guard x.rank <= 2, x.rank == 0 || x.impl.sizes[x.rank - 1] > 0 else {
        throw TorchError(.shape, "expected scores of sizes (C) or (N, C) with at least one class, got \(x.impl.sizes)")
      }
      let (rows, classes) = (x.rank == 2 ? x.impl.sizes[0] : 1, x.rank == 0 ? 1 : x.impl.sizes[x.rank - 1])
      guard target.rank <= 1, target.count == rows else {
        throw TorchError(.shape, "expected one target for each of \(rows) samples, got \(target.summary)")
      }
      guard target.dtype == .int64 else { throw TorchError(.dtype, "targets must be int64, got \(target.dtype)") }
      guard p == 1 || p == 2 || p == 1.0 || p == 2.0 else { throw TorchError(.value, "p must be 1 or 2, got \(p)") }
      if case .complex = margin { throw TorchError(.value, "margin must be real, got \(margin)") }
      if let weight, weight.rank > 1 || weight.count != classes || weight.dtype != x.dtype {
        throw TorchError(
          .shape, "weight must have one element of type \(x.dtype) for each of \(classes) classes, got \(weight.summary)")
      }
    },
    samples: { s in
      let target = s.integers([4], high: 3)
      return [
        Sample(.tensor(s.tensor([4, 3])), .tensor(target), .scalar(1), .scalar(1), .none, 1.box()),
        Sample(
          .tensor(s.tensor([4, 3])), .tensor(target), .scalar(2), .scalar(0.5), .tensor(s.tensor([3], low: 0.5, high: 2)), 0.box()),
        Sample(.tensor(s.tensor([3])), .tensor(s.integers([], high: 3)), .scalar(1), .scalar(1), .none, 2.box()),
      ]
    }
  ) { x, target, p, margin, weight, reduction in
    let rows = x.rank == 2 ? x : x.reshape([1, -1])
    let classes = rows.shape[1]
    let targets = target.reshape([-1, 1])
    // The target's own term is left out of the sum rather than taken off it.
    let others = targets .!= Tensor.arange(Scalar(classes))
    var terms = atLeastZero(rows - rows.gather(1, targets) + Tensor(scalar: .double(margin.doubleValue)))
    if p.doubleValue == 2 { terms = terms * terms }
    if let weight { terms = terms * weight.reshape([-1]).indexSelect(0, targets.reshape([-1])).unsqueeze(1) }
    let losses = `where`(others, terms, terms.zerosLike()).sum(1) / Tensor(scalar: .double(Double(classes)))
    return reduction == .none && target.rank == 0 ? losses.reshape([]) : reduction.apply(losses)
  }

  /// Targets of 1 and -1.
  private static func signs(_ s: inout SampleSource, _ sizes: [Int]) -> Tensor { s.integers(sizes, high: 2) * 2 - 1 }

  static let table: [AnyOp] = [
    marginRanking.erased, hingeEmbedding.erased, cosineEmbedding.erased, tripletMargin.erased, multiMargin.erased,
  ]
}

/// max(0, -target * (input1 - input2) + margin): the first input should be ranked higher where the target is 1, the second where
/// it is -1. `torch.nn.functional.margin_ranking_loss`.
public func marginRankingLoss(
  _ input1: Tensor, _ input2: Tensor, _ target: Tensor, margin: Double = 0, reduction: Reduction = .mean
) -> Tensor {
  checked(.poison(), "marginRankingLoss") {
    guard input1.isDefined, input2.isDefined, target.isDefined else { return .poison() }
    guard input1.rank == input2.rank, input1.rank == target.rank else {
      throw TorchError(
        .shape, "inputs and target must have as many dimensions, got \(input1.summary), \(input2.summary) and \(target.summary)")
    }
    return MarginLosses.marginRanking(input1, input2, target, margin, reduction)
  }
}
/// The input where the target is 1, and max(0, margin - input) where it is -1. `torch.nn.functional.hinge_embedding_loss`.
public func hingeEmbeddingLoss(
  _ input: Tensor, _ target: Tensor, margin: Double = 1, reduction: Reduction = .mean
) -> Tensor {
  MarginLosses.hingeEmbedding(input, target, margin, reduction)
}
/// 1 - cos(input1, input2) where the target is 1, and max(0, cos - margin) where it is -1. Inputs (N, D) with targets (N), or
/// (D) with a 0-d target. `torch.nn.functional.cosine_embedding_loss`.
public func cosineEmbeddingLoss(
  _ input1: Tensor, _ input2: Tensor, _ target: Tensor, margin: Double = 0, reduction: Reduction = .mean
) -> Tensor {
  MarginLosses.cosineEmbedding(input1, input2, target, margin, reduction)
}
/// max(0, margin + d(anchor, positive) - d(anchor, negative)), with distances of order `p` over the last dimension.
/// `torch.nn.functional.triplet_margin_loss`.
/// - Parameters:
///   - margin: positive.
///   - eps: added to differences before the norm.
///   - swap: takes d(positive, negative) where it is smaller than d(anchor, negative).
public func tripletMarginLoss(
  _ anchor: Tensor, _ positive: Tensor, _ negative: Tensor, margin: Double = 1, p: Double = 2, eps: Double = 1e-6,
  swap: Bool = false, reduction: Reduction = .mean
) -> Tensor {
  checked(.poison(), "tripletMarginLoss") {
    try MarginLosses.checkMargin(margin)
    return MarginLosses.tripletMargin(anchor, positive, negative, margin, p, eps, swap, reduction)
  }
}
/// ``tripletMarginLoss(_:_:_:margin:p:eps:swap:reduction:)`` with any distance.
/// `torch.nn.functional.triplet_margin_with_distance_loss`.
/// - Parameters:
///   - distanceFunction: of two tensors; the Euclidean one of the last dimension when nil.
///   - margin: positive.
///   - swap: takes d(positive, negative) where it is smaller than d(anchor, negative).
public func tripletMarginWithDistanceLoss(
  _ anchor: Tensor, _ positive: Tensor, _ negative: Tensor, distanceFunction: ((Tensor, Tensor) -> Tensor)? = nil,
  margin: Double = 1, swap: Bool = false, reduction: Reduction = .mean
) -> Tensor {
  checked(.poison(), "tripletMarginWithDistanceLoss") {
    guard anchor.isDefined, positive.isDefined, negative.isDefined else { return .poison() }
    try MarginLosses.checkMargin(margin)
    try MarginLosses.checkTriplet(anchor, positive, negative)
    return MarginLosses.triplet(anchor, positive, negative, margin, swap, reduction) {
      distanceFunction?($0, $1) ?? MarginLosses.distance($0, $1, 2, 1e-6)
    }
  }
}
/// The average over classes other than the target of max(0, margin - score of the target + score)^p. Scores (N, C) with targets
/// (N), or (C) with a 0-d target; floating-point. `torch.nn.functional.multi_margin_loss`.
/// - Parameters:
///   - p: 1 or 2.
///   - weight: one factor for each class, by target.
public func multiMarginLoss(
  _ input: Tensor, _ target: Tensor, p: Int = 1, margin: Double = 1, weight: Tensor? = nil, reduction: Reduction = .mean
) -> Tensor {
  MarginLosses.multiMargin(input, target, Scalar(p), .double(margin), weight, reduction)
}
