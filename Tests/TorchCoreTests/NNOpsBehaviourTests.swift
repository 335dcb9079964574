import Testing

@testable import TorchCore
@testable import TorchFunctional
import TorchOps

/// Derivatives of every reduction and network op against differences, and what these ops do with layouts, threads and bad input.
@Suite struct NNOpsBehaviourTests {
  static let tables: [AnyOp] = [
    Extrema.table, Scans.table, Moments.table, Norms.table, Softmax.table, CrossEntropy.table, NegativeLogLikelihood.table,
    ElementLosses.table, MaxPool.table, AveragePool.table, AdaptivePool.table, FractionalMaxPool.table, MaxUnpool.table,
    BatchNorm.table, LayerNorm.table, RMSNorm.table, GroupNorm.table, Dropout.table, Embedding.table, ConvolutionOps.table,
    Unfold.table, Resample.table, GridSampler.table, PadOps.table,
  ].flatMap { $0 }

  struct Subject: Sendable, CustomStringConvertible {
    let op: AnyOp
    let sample: Sample
    let index: Int
    var description: String { "\(op.name) sample \(index)" }
  }

  /// Without dropout, whose value is random, and without ops that have no derivative.
  static let subjects: [Subject] = tables.flatMap { op -> [Subject] in
    if case .none = op.info.derivative { return [] }
    if op.name == "aten::native_dropout" { return [] }
    var source = SampleSource(dtype: .float64, seed: 5)
    var samples = op.info.samples(&source)
    // A padding row has a value and by definition no gradient: the recorded values cover it.
    if op.name == "aten::embedding" { samples.removeLast() }
    return samples.enumerated().map { Subject(op: op, sample: $0.element, index: $0.offset) }
  }

  /// Arguments that carry no gradient by definition.
  private func isConstant(_ op: String, _ argument: String) -> Bool {
    if ["running_mean", "running_var", "total_weight", "log_sums"].contains(argument) { return true }
    return argument == "weight"
      && (op.contains("cross_entropy_loss") || op.contains("cross_entropy_rows") || op.contains("nll_loss"))
  }

  private func scalarValue(_ subject: Subject, _ arguments: [IValue]) throws -> Tensor {
    var total = Tensor(0.0, dtype: .float64)
    for case .tensor(let result) in try subject.op.call(arguments) where result.dtype.isFloatingPoint && result.requiresGrad {
      var source = SampleSource(dtype: .float64, seed: 77)
      total = total + (result * source.tensor(result.shape)).sum()
    }
    return total
  }

  @Test(arguments: subjects) func derivativesMatchDifferences(_ subject: Subject) throws {
    let names = subject.op.info.schema.arguments.map(\.name)
    var places: [Int] = []
    for (i, argument) in subject.sample.arguments.enumerated() {
      if case .tensor(let t) = argument, t.dtype.isFloatingPoint, !isConstant(subject.op.name, names[i]) { places.append(i) }
    }
    guard !places.isEmpty else { return }
    var source = SampleSource(dtype: .float64, seed: 31)
    let points = places.map { place -> Tensor in
      guard case .tensor(let t) = subject.sample.arguments[place] else { return .zeros([0]) }
      return t.detach()
    }
    let directions = points.map { source.tensor($0.shape) }
    let seconds = points.map { source.tensor($0.shape) }

    func arguments(_ step: Double) -> ([IValue], [Tensor]) {
      var all = subject.sample.arguments
      var inputs: [Tensor] = []
      for (k, place) in places.enumerated() {
        let moved = (points[k] + directions[k] * Tensor(scalar: .double(step))).detach().requiresGrad_()
        inputs.append(moved)
        all[place] = .tensor(moved)
      }
      return (all, inputs)
    }
    func gradients(_ step: Double, createGraph: Bool = false) throws -> (value: Double, gradients: [Tensor?], inputs: [Tensor]) {
      let (all, inputs) = arguments(step)
      let value = try scalarValue(subject, all)
      guard value.requiresGrad else { return (value.item(as: Double.self), inputs.map { _ in nil }, inputs) }
      return (value.item(as: Double.self), try grad([value], inputs, createGraph: createGraph, allowUnused: true), inputs)
    }
    func dot(_ a: [Tensor?], _ b: [Tensor]) -> Double {
      var total = 0.0
      for case (let x?, let y) in zip(a, b) { total += (x.detach() * y).sum().item(as: Double.self) }
      return total
    }
    let h = 1e-5
    let (low, high) = (try gradients(-h), try gradients(h))
    let here = try gradients(0, createGraph: true)
    let first = dot(here.gradients, directions)
    let estimate = (high.value - low.value) / (2 * h)
    #expect(
      (first - estimate).magnitude <= 1e-5 * Swift.max(1, estimate.magnitude), "first order: \(first), differences \(estimate)")

    // Second order: the derivative of <gradient, seconds> along the directions.
    let secondEstimate = (dot(high.gradients, seconds) - dot(low.gradients, seconds)) / (2 * h)
    let recorded = here.gradients.enumerated().filter { $0.element?.requiresGrad ?? false }
    var second = 0.0
    if !recorded.isEmpty {
      let again = try grad(
        recorded.map { $0.element! }, here.inputs, gradOutputs: recorded.map { seconds[$0.offset] }, allowUnused: true)
      second = dot(again, directions)
    }
    #expect(
      (second - secondEstimate).magnitude <= 1e-4 * Swift.max(1, secondEstimate.magnitude),
      "second order: \(second), differences \(secondEstimate)")
  }

  @Test func thirdDerivativeOfAFusedOpIsConnected() throws {
    // cross entropy of (x, 0) with target 0 is log(1 + exp(-x)), whose third derivative is s (1 - s) (1 - 2 s) with s =
    // sigmoid(x)
    let x = Tensor([0.3, 0.0], shape: [1, 2], dtype: .float64, requiresGrad: true)
    let pick = Tensor([1.0, 0.0], shape: [1, 2], dtype: .float64)
    var value = crossEntropy(x, Tensor([0]))
    for _ in 0..<3 { value = (try grad([value], [x], createGraph: true)[0]! * pick).sum() }
    let s = 1 / (1 + 0.7408182206817179)
    #expect((value.item(as: Double.self) - s * (1 - s) * (1 - 2 * s)).magnitude < 1e-12)

    // So is that of batch norm, whose higher derivatives come from its composite.
    let y = Tensor([0.1, 0.5, -0.7, 0.4], shape: [4, 1], dtype: .float64)
    func third(_ shift: Double, _ orders: Int) throws -> Double {
      let z = (y + Tensor([shift, 0, 0, 0], shape: [4, 1], dtype: .float64)).detach().requiresGrad_()
      var value = batchNorm(z, runningMean: nil, runningVar: nil, training: true).select(0, 2).sum()
      for _ in 0..<orders { value = try grad([value], [z], createGraph: true)[0]!.select(0, 0).sum() }
      return value.item(as: Double.self)
    }
    let difference = (try third(1e-5, 2) - third(-1e-5, 2)) / 2e-5
    #expect((try third(0, 3) - difference).magnitude < 1e-6 * Swift.max(1, difference.magnitude))
  }

  @Test(.serialized, arguments: [true, false]) func resultsDoNotDependOnThreads(_ channelsLast: Bool) throws {
    let threads = numThreads
    defer { try? setNumThreads(threads) }
    var source = SampleSource(dtype: .float32, seed: 3)
    var x = source.tensor([16, 24, 20, 20])
    if channelsLast { x = x.to(memoryFormat: .channelsLast) }
    let (weight, bias) = (source.tensor([24]), source.tensor([24]))
    let logits = source.tensor([900, 40])
    let target = source.integers([900], high: 40)
    func results() throws -> [[Float]] {
      let input = x.detach().requiresGrad_()
      let (w, b) = (weight.detach().requiresGrad_(), bias.detach().requiresGrad_())
      let y = maxPool2d(batchNorm(input, runningMean: nil, runningVar: nil, weight: w, bias: b, training: true), [2])
      let scores = logits.detach().requiresGrad_()
      let gamma = Tensor.ones([40], requiresGrad: true)
      let loss = y.variance() + y.amax() + crossEntropy(layerNorm(scores, [40], weight: gamma), target)
      let gradients = try grad([loss], [input, w, b, scores, gamma]).map { $0!.array(as: Float.self) }
      return [y.array(as: Float.self), loss.array(as: Float.self)] + gradients
    }
    try setNumThreads(1)
    let one = try results()
    try setNumThreads(5)
    #expect(try results() == one)
  }

  @Test func channelsLastStaysWithoutCopies() {
    let x = Tensor.ones([2, 3, 4, 4]).to(memoryFormat: .channelsLast)
    x.requiresGrad_()
    let y = maxPool2d(batchNorm(x, runningMean: nil, runningVar: nil, training: true), [2])
    #expect(y.isChannelsLast && !y.isContiguous)
    y.sum().backward()
    #expect(x.grad?.isChannelsLast == true)
  }

  @Test func runningStatisticsMoveInTrainingOnly() {
    let (mean, variance) = (Tensor.zeros([2]), Tensor.ones([2]))
    let x = Tensor([1, 2, 3, 6], shape: [2, 2], dtype: .float32)
    _ = batchNorm(x, runningMean: mean, runningVar: variance, training: true, momentum: 0.5)
    #expect(mean.array(as: Float.self) == [1, 2])  // halfway to the means 2 and 4
    #expect(variance.array(as: Float.self) == [1.5, 4.5])  // halfway to the unbiased variances 2 and 8
    #expect(mean.version == 1)
    _ = batchNorm(x, runningMean: mean, runningVar: variance, training: false)
    #expect(mean.array(as: Float.self) == [1, 2])
  }

  @Test func dropoutInPlaceDrawsTheSameMask() {
    withGenerator(Generator(seed: 0)) {
      let x = Tensor.ones([50])
      manualSeed(9)
      let expected = dropout(x, p: 0.3).array(as: Float.self)
      manualSeed(9)
      _ = Dropout.inPlace(x, 0.3, true)
      #expect(x.array(as: Float.self) == expected && expected.contains(0))
    }
  }

  struct Mistake: Sendable, CustomStringConvertible {
    let description: String
    let call: @Sendable () -> Void
  }

  /// Each with a part of the message that names what was wrong.
  static let mistakes: [Mistake] = [
    Mistake(description: "target 7 at position 1 is out of range") { _ = crossEntropy(.zeros([3, 5]), Tensor([0, 7, 1])) },
    Mistake(description: "target -1 at position 2 is out of range") { _ = nllLoss(.zeros([1, 5, 3]), Tensor([[0, 1, -1]])) },
    Mistake(description: "targets must have sizes [3]") { _ = crossEntropy(.zeros([3, 5]), Tensor([0, 1])) },
    Mistake(description: "class indices must be int64") { _ = nllLoss(.zeros([3, 5]), .zeros([3])) },
    Mistake(description: "weight must have one element for each of 5 classes") {
      _ = crossEntropy(.zeros([3, 5]), Tensor([0, 1, 2]), weight: .ones([4]))
    },
    Mistake(description: "index 9 at position 2 is out of range for 4 rows") {
      _ = embedding(Tensor([0, 1, 9]), .zeros([4, 2]))
    },
    Mistake(description: "probability of dropout must lie in 0...1") { _ = dropout(.ones([3]), p: 1.5) },
    Mistake(description: "does not fit into 2 x 2") { _ = maxPool2d(.ones([1, 1, 2, 2]), [3]) },
    Mistake(description: "padding must be at most half") { _ = avgPool2d(.ones([1, 1, 4, 4]), [2], padding: [2]) },
    Mistake(description: "must be a real number, got bool") { _ = maxPool2d(Tensor.ones([1, 2, 2]).bool(), [2]) },
    Mistake(description: "output_padding must be smaller than stride or dilation") {
      _ = convTranspose1d(.ones([1, 1, 4]), .ones([1, 1, 3]), stride: 2, outputPadding: 2)
    },
    Mistake(description: "needs a stride of 1") { _ = conv1d(.ones([1, 1, 4]), .ones([1, 1, 3]), stride: 2, padding: .same) },
    Mistake(description: "exactly one of output_size and scale_factors") { _ = interpolate(.ones([1, 1, 4])) },
    Mistake(description: "cannot resample float32[4, 4]") { _ = interpolate(.ones([4, 4]), size: [2]) },
    Mistake(description: "reflection of dimension 2 of size 4 needs padding below 4") {
      _ = Tensor.ones([1, 1, 4]).pad([4, 0], mode: .reflect)
    },
    Mistake(description: "more than one value for each channel") {
      _ = batchNorm(.ones([1, 3]), runningMean: nil, runningVar: nil, training: true)
    },
    Mistake(description: "evaluation needs running_mean") { _ = batchNorm(.ones([2, 3]), runningMean: nil, runningVar: nil) },
    Mistake(description: "must equal the last of the input's sizes") { _ = layerNorm(.ones([2, 3]), [2]) },
    Mistake(description: "cannot be divided into 2 groups") { _ = groupNorm(.ones([2, 3]), groups: 2) },
    Mistake(description: "a maximum of no elements") { _ = Tensor.zeros([0, 3]).max(0) },
    Mistake(description: "probabilities in 0...1") { _ = binaryCrossEntropy(Tensor([0.5, 1.5]), Tensor([0.0, 1.0])) },
    Mistake(description: "a variance needs a floating-point") { _ = Tensor([1, 2]).variance() },
  ]

  @Test(arguments: mistakes) func mistakesAreNamed(_ mistake: Mistake) {
    let error = #expect(throws: TorchError.self) { try withTorchErrors { mistake.call() } }
    #expect(error?.message.contains(mistake.description) == true, "\(error?.message ?? "")")
  }

  @Test func narrowIntegersMayHoldASum() {
    let x = Tensor([Int](repeating: 3, count: 5000), shape: [1000, 5])
    #expect(x.sum(1, dtype: .int32).array(as: Int.self) == [Int](repeating: 15, count: 1000))
    #expect(x.prod(1, dtype: .int16).array(as: Int.self) == [Int](repeating: 243, count: 1000))
    #expect(x.cumsum(1, dtype: .int32)[7].array(as: Int.self) == [3, 6, 9, 12, 15])
  }

  @Test func metaTensorsGiveShapes() {
    let x = Tensor.empty([2, 3, 8, 8], device: .meta)
    #expect(maxPool2d(x, [2]).shape == [2, 3, 4, 4])
    #expect(batchNorm(x, runningMean: nil, runningVar: nil, training: true).shape == [2, 3, 8, 8])
    #expect(crossEntropy(Tensor.empty([4, 5], device: .meta), Tensor.empty([4], dtype: .int64, device: .meta)).device == .meta)
    #expect(dropout(x).shape == x.shape)
    #expect(x.max(1).indices.shape == [2, 8, 8])
  }
}
