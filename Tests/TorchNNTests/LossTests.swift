import Testing
import TorchNN
import TorchOps

/// Losses against small cases worked by hand, or PyTorch's results.
@Suite struct LossTests {
  private let x = Tensor([0.5, -1, 2, 1.5, 0.25, -0.5], shape: [2, 3], dtype: .float64)
  private let y = Tensor([0.25, 0, 1, 1, -1, 0.5], shape: [2, 3], dtype: .float64)
  private let signs = Tensor([1, -1, 1, -1, 1, -1], shape: [2, 3], dtype: .float64)

  private func near(_ a: Tensor, _ b: [Double], _ tolerance: Double = 1e-12) -> Bool {
    let values = a.detach().array(as: Double.self)
    return values.count == b.count && zip(values, b).allSatisfy { abs($0 - $1) <= tolerance }
  }

  @Test func lossesOfElements() {
    #expect(near(L1Loss(reduction: .sum)(x, y), [0.25 + 1 + 1 + 0.5 + 1.25 + 1]))
    #expect(near(MSELoss()(x, y), [(0.0625 + 1 + 1 + 0.25 + 1.5625 + 1) / 6]))
    #expect(near(SmoothL1Loss(reduction: .none, beta: 0.5)(x, y), [0.0625, 0.75, 0.75, 0.25, 1, 0.75]))
    #expect(near(HuberLoss(reduction: .none, delta: 0.5)(x, y), [0.03125, 0.375, 0.375, 0.125, 0.5, 0.375]))
    #expect(near(huberLoss(x, y, weight: Tensor.full([2, 3], 2, dtype: .float64), reduction: .sum), [4.8125]))
    #expect(
      near(
        SoftMarginLoss(reduction: .sum)(Tensor.zeros([4], dtype: .float64), Tensor.ones([4], dtype: .float64)),
        [4 * 0.6931471805599453]))
    let rates = PoissonNLLLoss(logInput: false, eps: 0, reduction: .none)(
      Tensor([1.0, 2.0], dtype: .float64), Tensor([3.0, 0.0], dtype: .float64))
    #expect(near(rates, [1, 2]))
    #expect(
      near(PoissonNLLLoss(reduction: .sum)(Tensor([0.0, 0.0], dtype: .float64), Tensor([3.0, 1.0], dtype: .float64)), [2]))
    let half = Tensor([0.5, 0.25], dtype: .float64)
    #expect(
      near(BCELoss(reduction: .none)(half, Tensor([1.0, 0.0], dtype: .float64)), [0.6931471805599453, 0.2876820724517809]))
    let weighted = BCEWithLogitsLoss(
      weight: Tensor([2.0, 1.0], dtype: .float64), positiveWeight: Tensor([3.0, 1.0], dtype: .float64), reduction: .none)
    #expect(
      near(
        weighted(Tensor.zeros([2], dtype: .float64), Tensor([1.0, 0.0], dtype: .float64)),
        [6 * 0.6931471805599453, 0.6931471805599453]))
  }

  @Test func divergenceOfDistributions() {
    let p = x.logSoftmax(dim: 1)
    let q = Tensor([0.2, 0.3, 0.5, 0.1, 0.6, 0.3], shape: [2, 3], dtype: .float64)
    #expect(near(KLDivLoss(reduction: .batchMean)(p, q), [0.6078322107693027]))
    #expect(near(KLDivLoss()(p, q), [0.20261073692310091]))
    #expect(near(KLDivLoss(reduction: .sum)(p, q), [1.2156644215386054]))
    #expect(
      near(
        KLDivLoss(reduction: .none, logTarget: true)(p, q.log()),
        [
          0.026374676844611367, 0.6112015476993663, -0.22591794195139414, -0.1950633229191244, 0.6546757440220866,
          0.3443937178430597,
        ]))
    // A 0-d input has no batch.
    let one = Tensor(0.5, dtype: .float64)
    #expect(near(KLDivLoss(reduction: .batchMean)(one.log(), Tensor(0.25, dtype: .float64)), [0.25 * -0.6931471805599453]))
  }

  @Test func normalDistributions() throws {
    let input = x.clone().requiresGrad_()
    // One variance for each row.
    let variance = Tensor([0.5, 2.0], dtype: .float64, requiresGrad: true)
    let loss = GaussianNLLLoss(full: true)(input, y, variance)
    #expect(near(loss, [1.379876033204673]))
    loss.backward()
    let sixth = 1.0 / 6
    #expect(near(input.grad!, [sixth / 2, -2 * sixth, 2 * sixth, 0.25 * sixth, 0.625 * sixth, -0.5 * sixth]))
    #expect(near(variance.grad!, [-0.1875, 0.06640625]))

    // The gradient goes past the bound.
    let small = Tensor([0.5, 1e-9, 2, 1, 1, 1], shape: [2, 3], dtype: .float64, requiresGrad: true)
    let bounded = GaussianNLLLoss(eps: 0.01, reduction: .sum)(x, y, small)
    #expect(near(bounded, [49.41616490700596]))
    bounded.backward()
    #expect(near(small.grad!, [0.875, -4950, 0.125, 0.375, -0.28125, 0], 1e-9))
    #expect(near(small, [0.5, 1e-9, 2, 1, 1, 1]))

    #expect(near(GaussianNLLLoss()(x, y, 0.3), [0.7521802645036987]))
    #expect(
      try gradcheck(
        { [GaussianNLLLoss()($0[0], self.y, $0[1])] }, [input.detach().requiresGrad_(), variance.detach().requiresGrad_()]))
    #expect(message { _ = GaussianNLLLoss()(x, y, -y.abs()) }.contains("must not be negative"))
    #expect(message { _ = GaussianNLLLoss()(x, y, -0.5) }.contains("must not be negative"))
    #expect(message { _ = GaussianNLLLoss()(x, y, Tensor.ones(3)) }.contains("[2, 3]"))
    #expect(GaussianNLLLoss(reduction: .none)(x, y, Tensor.ones([1, 3], dtype: .float64)).shape == [2, 3])
  }

  @Test func lossesOfMargins() {
    #expect(near(HingeEmbeddingLoss(margin: 1, reduction: .none)(x, signs), [0.5, 2, 2, 0, 0.25, 1.5]))
    #expect(near(MarginRankingLoss(margin: 0.5, reduction: .none)(x, y, signs), [0.25, 0, 0, 1, 0, 0]))
    #expect(message { _ = MarginRankingLoss()(x, y, signs[0]) }.contains("as many dimensions"))
    let (a, b) = (Tensor([3, 4, 1, 0], shape: [2, 2], dtype: .float64), Tensor([4, 3, 0, 2], shape: [2, 2], dtype: .float64))
    let cosine = CosineEmbeddingLoss(margin: 0.5, reduction: .none)
    #expect(near(cosine(a, b, Tensor([1, -1])), [1 - 24.0 / 25, 0], 1e-9))
    #expect(near(cosine(a, b, Tensor([-1, 1])), [24.0 / 25 - 0.5, 1], 1e-9))
    #expect(message { _ = cosine(a, b, Tensor([[1, -1]])) }.contains("dimension"))

    let scores = Tensor([0.1, 0.2, 0.4, 0.8], shape: [1, 4], dtype: .float64)
    #expect(near(MultiMarginLoss()(scores, Tensor([3])), [0.25 * (0.3 + 0.4 + 0.6)]))
    #expect(
      near(
        MultiMarginLoss(p: 2, margin: 0.5, weight: Tensor([1, 1, 1, 2.0], dtype: .float64))(scores, Tensor([3])),
        [0.25 * 2 * 0.01]))
    // Labels 3 and 0; the others are 1 and 2.
    #expect(near(MultiLabelMarginLoss()(scores, Tensor([[3, 0, -1, 1]])), [0.25 * (0.4 + 0.6 + 1.1 + 1.3)]))
    let soft = MultiLabelSoftMarginLoss(weight: Tensor([1, 2, 0.5], dtype: .float64), reduction: .none)
    #expect(near(soft(x, Tensor([[1, 0, 1], [0, 0, 1]])), [0.38802145491267964, 1.2801102032768308]))
    #expect(message { _ = soft(Tensor(1.0), Tensor(1.0)) }.contains("(N, C)"))
    #expect(message { _ = MultiMarginLoss(p: 3) }.contains("p: expected 1 or 2, got 3"))
    #expect(message { _ = MultiMarginLoss(weight: Tensor.ones(2, 2)) }.contains("weight"))
  }

  @Test func triplets() {
    let a = Tensor([1, 2, 0, 1], shape: [2, 2], dtype: .float64)
    let p = Tensor([1.5, 1, 0, 0], shape: [2, 2], dtype: .float64)
    let n = Tensor([2, 2, 1, 1], shape: [2, 2], dtype: .float64)
    let expected = [1.1180354359637956, 1.0000020000000003]
    #expect(near(TripletMarginWithDistanceLoss(reduction: .none)(a, p, n), expected))
    #expect(near(TripletMarginLoss(reduction: .none)(a, p, n), expected))
    #expect(near(tripletMarginWithDistanceLoss(a, p, n, swap: true, reduction: .none), expected))
    let cityBlock = TripletMarginWithDistanceLoss(
      distanceFunction: { ($0 - $1).abs().sum(-1) }, margin: 0.5, reduction: .sum)
    #expect(near(cityBlock(a, p, n), [1.5]))
    #expect(cityBlock.children().isEmpty && cityBlock.description == "TripletMarginWithDistanceLoss()")
    // A distance with parameters is trained with the model.
    let learned = TripletMarginWithDistanceLoss(distanceFunction: Bilinear(2, 2, 1))
    #expect(learned.namedParameters().map(\.name) == ["distance_function.weight", "distance_function.bias"])
    #expect(message { _ = TripletMarginLoss(margin: 0) }.contains("margin: expected a positive number"))
    #expect(message { _ = TripletMarginWithDistanceLoss(margin: -1) }.contains("margin: expected a positive number"))
    #expect(message { _ = tripletMarginWithDistanceLoss(a, p, n, margin: 0) }.contains("margin"))
    #expect(message { _ = tripletMarginWithDistanceLoss(a, p, n[0]) }.contains("as many dimensions"))
  }

  @Test func labelsInTime() {
    // Two steps, classes blank and 1: "1" is aligned as (1, 1), (1, blank) and (blank, 1).
    let probabilities = Tensor([0.6, 0.4, 0.3, 0.7], shape: [2, 1, 2], dtype: .float64)
    let expected = -(0.4 * 0.7 + 0.4 * 0.3 + 0.6 * 0.7)
    let loss = CTCLoss(reduction: .sum)
    let values = loss(probabilities.log(), Tensor([[1]]), inputLengths: [2], targetLengths: [1])
    #expect(near((-values).exp(), [-expected]))
    #expect(
      near(
        loss(probabilities.log(), Tensor([[1]]), inputLengths: Tensor([2]), targetLengths: Tensor([1])),
        values.array(as: Double.self)))
    // Two labels do not fit into one step.
    let short = Tensor([[1, 1]])
    #expect(CTCLoss()(probabilities.log(), short, inputLengths: [1], targetLengths: [2]).item(as: Double.self) == .infinity)
    #expect(near(CTCLoss(zeroInfinity: true)(probabilities.log(), short, inputLengths: [1], targetLengths: [2]), [0]))
    #expect(message { _ = loss(probabilities.log(), short, inputLengths: [9], targetLengths: [2]) }.contains("0...2"))
    #expect(
      message { _ = CTCLoss(blank: 2)(probabilities.log(), short, inputLengths: [2], targetLengths: [1]) }.contains("blank"))
  }

  @Test func hooksSeeEveryKindOfCall() {
    let (ctc, gaussian) = (CTCLoss(), GaussianNLLLoss())
    var calls: [String] = []
    for module in [ctc, gaussian] {
      module.registerForwardHook { module, _, _ in
        calls.append(module.typeName)
        return nil
      }
    }
    let steps = Tensor.zeros([2, 1, 2])
    _ = ctc(steps, Tensor([[1]]), inputLengths: [2], targetLengths: [1])
    _ = ctc(steps, Tensor([[1]]), inputLengths: Tensor([2]), targetLengths: Tensor([1]))
    _ = gaussian(x, y, 1.0)
    _ = gaussian(x, y, y.onesLike())
    #expect(calls == ["CTCLoss", "CTCLoss", "GaussianNLLLoss", "GaussianNLLLoss"])
  }

  @Test func weightsAreBuffers() {
    #expect(CrossEntropyLoss().stateDict().keys.isEmpty)
    #expect(NLLLoss(weight: Tensor.ones(3)).stateDict().keys == ["weight"])
    #expect(BCELoss(weight: Tensor.ones(3)).namedBuffers().map(\.name) == ["weight"])
    #expect(
      BCEWithLogitsLoss(weight: Tensor.ones(3), positiveWeight: Tensor.ones(3)).stateDict().keys == ["weight", "pos_weight"])
    #expect(MultiMarginLoss(weight: Tensor.ones(3)).to(.float64).weight?.dtype == .float64)
    #expect(MultiLabelSoftMarginLoss().parameters().isEmpty)
  }

  @Test func theyPrintAsInPyTorch() {
    let plain: [(Module, String)] = [
      (L1Loss(), "L1Loss()"), (MSELoss(reduction: .sum), "MSELoss()"), (KLDivLoss(), "KLDivLoss()"), (CTCLoss(), "CTCLoss()"),
      (BCEWithLogitsLoss(positiveWeight: Tensor.ones(2)), "BCEWithLogitsLoss()"), (NLLLoss(), "NLLLoss()"),
      (TripletMarginLoss(), "TripletMarginLoss()"),
      (TripletMarginWithDistanceLoss(), "TripletMarginWithDistanceLoss(\n  (distance_function): PairwiseDistance()\n)"),
    ]
    for (module, text) in plain { #expect(module.description == text) }
  }

  @Test func theySayWhatDoesNotFit() {
    #expect(message { _ = MSELoss()(x, Tensor.ones(4)) }.contains("broadcast"))
    #expect(message { _ = BCELoss()(x, y) }.contains("0...1"))
    #expect(message { _ = BCELoss()(x.sigmoid(), Tensor.ones(3)) }.contains("equal sizes"))
    #expect(message { _ = BCEWithLogitsLoss()(x, Tensor.ones(3)) }.contains("equal sizes"))
    #expect(message { _ = CrossEntropyLoss()(x, Tensor([0, 3])) }.contains("out of range"))
    #expect(message { _ = CrossEntropyLoss()(x, Tensor([0, 1, 2])) }.contains("must have sizes"))
    #expect(message { _ = NLLLoss(weight: Tensor.ones([2], dtype: .float64))(x, Tensor([0, 1])) }.contains("3 classes"))
    #expect(message { _ = HuberLoss(delta: 0)(x, y) }.contains("delta"))
    #expect(message { _ = huberLoss(x, y, weight: Tensor.ones(3)) }.contains("weight"))
    #expect(message { _ = CrossEntropyLoss(labelSmoothing: 2)(x, Tensor([0, 1])) }.contains("label_smoothing"))
  }
}
