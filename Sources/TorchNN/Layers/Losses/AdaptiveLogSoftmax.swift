import TorchOps

#if canImport(Glibc)
  import Glibc
#endif

/// A classifier for many classes of very different frequency: the frequent ones and the clusters of the others are classes of a
/// `head`, and each cluster has a small classifier of its own in the `tail`. `torch.nn.AdaptiveLogSoftmaxWithLoss`.
///
/// Classes are numbered by frequency, the most frequent first. Inputs have sizes (N, inFeatures) with targets (N), or
/// (inFeatures) with a 0-d target.
open class AdaptiveLogSoftmaxWithLoss: Module {
  public let inFeatures: Int
  public let nClasses: Int
  /// Where clusters end; the last number is that of the classes.
  public let cutoffs: [Int]
  public let divValue: Double
  public let head: Linear
  public let tail = ModuleList()

  /// - Parameters:
  ///   - cutoffs: where the frequent classes and all clusters but the last end: ascending, from 1 to nClasses - 1.
  ///   - divValue: the width of a cluster's classifier is that of the one before it, or `inFeatures`, divided by this.
  ///   - headBias: whether the head has a bias.
  public init(
    _ inFeatures: Int, _ nClasses: Int, cutoffs: [Int], divValue: Double = 4, headBias: Bool = false, dtype: DType? = nil
  ) {
    let valid = checked([nClasses], "AdaptiveLogSoftmaxWithLoss") {
      let ends = cutoffs + [nClasses]
      guard let first = cutoffs.first, first > 0, zip(ends, ends.dropFirst()).allSatisfy({ $0 < $1 }) else {
        throw TorchError(.value, "cutoffs: expected ascending numbers from 1 to \(nClasses - 1), at least one, got \(cutoffs)")
      }
      return ends
    }
    self.inFeatures = inFeatures
    self.nClasses = nClasses
    self.cutoffs = valid
    self.divValue = divValue
    head = Linear(inFeatures, valid[0] + valid.count - 1, bias: headBias, dtype: dtype)
    super.init()
    for (i, (start, end)) in zip(valid, valid.dropFirst()).enumerated() {
      let width = AdaptiveLogSoftmaxWithLoss.width(inFeatures, divValue, cluster: i)
      tail.append(
        Sequential(
          Linear(inFeatures, width, bias: false, dtype: dtype), Linear(width, end - start, bias: false, dtype: dtype)))
    }
  }

  /// The width of a cluster's classifier: a quotient, rounded down without an error of the division.
  private static func width(_ inFeatures: Int, _ divValue: Double, cluster: Int) -> Int {
    checked(1, "AdaptiveLogSoftmaxWithLoss") {
      let (features, divisor) = (Double(inFeatures), pow(divValue, Double(cluster + 1)))
      let quotient = ((features - features.truncatingRemainder(dividingBy: divisor)) / divisor).rounded()
      guard divValue > 0, let width = Int(exactly: quotient) else {
        throw TorchError(.value, "divValue: expected a positive number that \(inFeatures) can be divided by, got \(divValue)")
      }
      return width
    }
  }

  /// Draws the parameters anew.
  open func resetParameters() {
    head.resetParameters()
    for case let layer as Linear in tail.modules() { layer.resetParameters() }
  }

  /// The loss alone: the negative mean log-probability of the targets.
  open override func forward(_ input: Tensor, _ target: Tensor) -> Tensor { outputAndLoss(input, target).loss }

  /// The log-probability of each target, (N) or 0-d, and their negative mean.
  public final func callAsFunction(_ input: Tensor, target: Tensor) -> (output: Tensor, loss: Tensor) {
    let results = withHooks([input, target], outputs: 2) { inputs in
      let (output, loss) = outputAndLoss(inputs[0], inputs[1])
      return [output, loss]
    }
    return (results[0], results[1])
  }

  private var shortlist: Int { cutoffs[0] }

  private func outputAndLoss(_ input: Tensor, _ target: Tensor) -> (output: Tensor, loss: Tensor) {
    checked((.poison(), .poison()), "AdaptiveLogSoftmaxWithLoss") {
      guard input.isDefined, target.isDefined else { return (.poison(), .poison()) }
      guard target.rank <= 1, input.rank == target.rank + 1, target.rank == 0 || input.size(0) == target.size(0) else {
        throw TorchError(
          .shape,
          "expected an input (N, \(inFeatures)) with targets (N), or (\(inFeatures)) with a 0-d target, got \(input.summary) and "
            + target.summary)
      }
      guard target.dtype.isInteger else { throw TorchError(.dtype, "targets must be integers, got \(target.dtype)") }
      if target.count > 0 {
        let (low, high) = noGrad { (target.min().item(as: Int.self), target.max().item(as: Int.self)) }
        guard low >= 0, high < nClasses else {
          throw TorchError(.index, "targets must lie in 0...\(nClasses - 1), got \(low) to \(high)")
        }
      }
      let isBatch = target.rank == 1
      let (rows, targets) = isBatch ? (input, target.to(.int64)) : (input.unsqueeze(0), target.to(.int64).reshape([1]))

      // What each row's target is to the head: itself, or its cluster. Log-probabilities within clusters are added to the head's.
      var places = targets
      var within = Tensor.zeros([targets.count], dtype: input.dtype)
      for (i, (start, end)) in zip(cutoffs, cutoffs.dropFirst()).enumerated() {
        let members = noGrad { (targets .>= Tensor(start)).logicalAnd(targets .< Tensor(end)).nonzero().select(1, 0) }
        if members.count == 0 { continue }
        places = places.indexFill(0, members, .int(Int64(shortlist + i)))
        let relative = targets.indexSelect(0, members) - Tensor(start)
        let logProbabilities = tail[i](rows.indexSelect(0, members)).logSoftmax(dim: 1)
        within = within.indexCopy(0, members, logProbabilities.gather(1, relative.unsqueeze(1)).squeeze(1))
      }
      let output = within + head(rows).logSoftmax(dim: 1).gather(1, places.unsqueeze(1)).squeeze(1)
      return (isBatch ? output : output.squeeze(0), (-output).mean())
    }
  }

  /// The log-probabilities of all classes for inputs (N, inFeatures): (N, nClasses). `log_prob`.
  public final func logProb(_ input: Tensor) -> Tensor { judged(input) { allLogProbabilities($0, head($0)) } }

  private func judged(_ input: Tensor, _ body: (Tensor) -> Tensor) -> Tensor {
    checked(.poison(), "AdaptiveLogSoftmaxWithLoss") {
      guard input.isDefined else { return .poison() }
      guard input.rank == 2 else { throw TorchError(.shape, "expected an input (N, \(inFeatures)), got \(input.summary)") }
      return body(input)
    }
  }

  private func allLogProbabilities(_ input: Tensor, _ scores: Tensor) -> Tensor {
    let ofHead = scores.logSoftmax(dim: 1)
    guard ofHead.isDefined else { return ofHead }
    let clusters = (0..<tail.count).map { tail[$0](input).logSoftmax(dim: 1) + ofHead.narrow(1, shortlist + $0, 1) }
    return cat([ofHead.narrow(1, 0, shortlist)] + clusters, dim: 1)
  }

  /// The most probable class of inputs (N, inFeatures): (N), int64. Cheaper than the largest of ``logProb(_:)``, because clusters
  /// are looked into only where the head prefers one. `predict`.
  public final func predict(_ input: Tensor) -> Tensor {
    judged(input) { input in
      let scores = head(input)
      guard scores.isDefined else { return scores }
      let best = scores.argmax(1)
      let rare = noGrad { (best .>= Tensor(shortlist)).nonzero().select(1, 0) }
      if rare.count == 0 { return best }
      let all = allLogProbabilities(input.indexSelect(0, rare), scores.indexSelect(0, rare))
      return best.indexCopy(0, rare, all.argmax(1))
    }
  }
}
