import Testing
import TorchNN
import TorchOps

/// Losses with layers of their own.
@Suite(.serialized) struct ClassifierLossTests {
  private let random = Generator(seed: 11)

  private func near(_ a: Tensor, _ b: Tensor, _ tolerance: Double = 1e-12) -> Bool {
    a.shape == b.shape && (a - b).abs().max().item(as: Double.self) <= tolerance
  }

  // MARK: LinearCrossEntropyLoss

  @Test func aLinearLayerAndItsCrossEntropy() {
    let loss = withGenerator(Generator(seed: 3)) { LinearCrossEntropyLoss(3, 2, outFeatures: [2], bias: true) }
    #expect(loss.stateDict().keys == ["linear.weight", "linear.bias"])
    let bias: [Float] = [-0.4043289124965668, -0.11377400904893875, -0.5147921442985535, -0.04687478765845299]
    #expect(loss.linear.bias!.detach().array(as: Float.self) == bias)
    let x = Tensor.randn([5, 3], generator: random)
    let classes = Tensor([0, 1, 1, 0, 1, 1, 0, 0, 1, 0], shape: [5, 2])
    let logits = loss.linear(x).reshape([5, 2, 2])
    #expect(near(loss(x, classes), crossEntropy(logits, classes)))
    let probabilities = logits.softmax(dim: 1).detach()
    #expect(near(loss(x, probabilities), crossEntropy(logits, probabilities)))
    #expect(LinearCrossEntropyLoss(3, 2, weight: Tensor.ones(2)).stateDict().keys == ["weight", "linear.weight"])
    #expect(
      loss.description
        == "LinearCrossEntropyLoss(\n  in_features=3, num_classes=2, out_features=(2,), bias=True, reduction=mean, "
        + "ignore_index=None, label_smoothing=0.0, options=None\n  (linear): Linear(in_features=3, out_features=4, bias=True)\n)")
    #expect(message { _ = LinearCrossEntropyLoss(3, 2, weight: Tensor.ones(3)) }.contains("2 classes"))
    #expect(message { _ = LinearCrossEntropyLoss(3, 2, labelSmoothing: 1.5) }.contains("labelSmoothing"))
    #expect(message { _ = LinearCrossEntropyLoss(3, 2, ignoreIndex: 1)(x, Tensor.ones(5, 2)) }.contains("ignoreIndex"))
    #expect(message { _ = loss(Tensor.ones(3), Tensor([0, 1])) }.contains("(N, 3)"))
    #expect(message { _ = loss(Tensor.ones(5, 4), classes) }.contains("must be equal"))
    #expect(message { _ = linearCrossEntropy(x, Tensor.ones(2, 3), classes, linearBias: Tensor.ones(3)) }.contains("linearBias"))
  }

  @Test(arguments: [Reduction.none, .mean, .sum], [LinearCrossEntropyOptions.Chunking.rows(3), .automatic, .aspectRatio()])
  func chunksOfRowsChangeNothing(_ reduction: Reduction, _ chunking: LinearCrossEntropyOptions.Chunking) throws {
    let x = Tensor.randn([10, 4], dtype: .float64, generator: random).requiresGrad_()
    let weight = Tensor.randn([7, 4], dtype: .float64, generator: random).requiresGrad_()
    let bias = Tensor.randn([7], dtype: .float64, generator: random).requiresGrad_()
    let factors = Tensor.rand([7], dtype: .float64, generator: random)
    let target = Tensor([0, 1, 2, 3, 4, 5, 6, 2, 2, 0])
    func loss(_ options: LinearCrossEntropyOptions?) -> Tensor {
      linearCrossEntropy(
        x, weight, target, linearBias: bias, weight: factors, ignoreIndex: 2, reduction: reduction, labelSmoothing: 0.1,
        options: options)
    }
    let (whole, parts) = (loss(nil), loss(LinearCrossEntropyOptions(chunking: chunking)))
    #expect(near(whole, parts))
    let cotangent = Tensor.rand(whole.shape, dtype: .float64, generator: random)
    let inputs = [x, weight, bias]
    let a = try grad([whole], inputs, gradOutputs: [cotangent])
    let b = try grad([parts], inputs, gradOutputs: [cotangent])
    for (one, other) in zip(a, b) { #expect(near(one!, other!)) }
  }

  @Test func chunksOfOneSampleAndOfHalfPrecision() {
    let x = Tensor.randn([6, 8], dtype: .bfloat16, generator: random)
    let weight = Tensor.randn([9, 8], dtype: .bfloat16, generator: random)
    let target = Tensor([0, 1, 2, 3, 4, 5])
    let exact = crossEntropy(linear(x.to(.float32), weight.to(.float32)), target)
    let loss = linearCrossEntropy(x, weight, target, options: LinearCrossEntropyOptions(chunking: .rows(2)))
    #expect(loss.dtype == .bfloat16 && near(loss, exact.to(.bfloat16)))
    let one = linearCrossEntropy(x[0], weight, Tensor(3), reduction: .none, options: LinearCrossEntropyOptions())
    #expect(one.shape == [])
    func fails(_ options: LinearCrossEntropyOptions) -> String {
      message { _ = linearCrossEntropy(x.to(.float32), weight.to(.float32), target, options: options) }
    }
    #expect(fails(LinearCrossEntropyOptions(chunking: .rows(0))).contains("positive number of rows"))
    #expect(fails(LinearCrossEntropyOptions(chunking: .aspectRatio(0))).contains("positive divisor"))
    #expect(fails(LinearCrossEntropyOptions(accumulationType: .float64)).contains("not in float64"))
    #expect(
      LinearCrossEntropyOptions(chunking: .aspectRatio(4), accumulationType: .float32).description
        == "LinearCrossEntropyOptions(batch_chunk_size=None, chunking_method='aspect_ratio:4', acc_dtype=torch.float32)")
  }

  @Test func chunksKeepTheLogitsOfNone() {
    // 32 MiB of logits, in chunks of 1 MiB.
    let x = Tensor.randn([2048, 8], generator: random).requiresGrad_()
    let weight = Tensor.randn([4096, 8], generator: random).requiresGrad_()
    let target = Tensor.zeros([2048], dtype: .int64)
    let before = Memory.statistics.live
    let loss = linearCrossEntropy(x, weight, target, options: LinearCrossEntropyOptions(chunking: .rows(64)))
    #expect(Memory.statistics.live - before < 8 << 20)
    loss.backward()
    #expect(weight.grad!.shape == [4096, 8])
  }

  // MARK: AdaptiveLogSoftmaxWithLoss

  @Test func aHeadAndATailOfClusters() {
    let module = withGenerator(Generator(seed: 3)) {
      AdaptiveLogSoftmaxWithLoss(8, 12, cutoffs: [4, 8], divValue: 2, headBias: true)
    }
    let sums: [(String, Double)] = [
      ("head.weight", -3.9142698803916574), ("head.bias", 0.581265889108181), ("tail.0.0.weight", 0.17046685796231031),
      ("tail.0.1.weight", -0.6125277280807495), ("tail.1.0.weight", -0.5375750511884689),
      ("tail.1.1.weight", -1.9472285062074661),
    ]
    let state = module.stateDict()
    #expect(state.keys == sums.map(\.0))
    for (name, sum) in sums { #expect(abs(state[name]!.to(.float64).sum().item(as: Double.self) - sum) < 1e-6, "\(name)") }
    #expect(
      module.description == """
        AdaptiveLogSoftmaxWithLoss(
          (head): Linear(in_features=8, out_features=6, bias=True)
          (tail): ModuleList(
            (0): Sequential(
              (0): Linear(in_features=8, out_features=4, bias=False)
              (1): Linear(in_features=4, out_features=4, bias=False)
            )
            (1): Sequential(
              (0): Linear(in_features=8, out_features=2, bias=False)
              (1): Linear(in_features=2, out_features=4, bias=False)
            )
          )
        )
        """)
    let x = Tensor.randn([40, 8], generator: random) * 3
    let target = Tensor.randint(12, [40], generator: random)
    let all = module.logProb(x)
    #expect(near(all.exp().sum(1), Tensor.ones(40), 1e-5))
    let (output, loss) = module(x, target: target)
    #expect(near(output, all.gather(1, target.unsqueeze(1)).squeeze(1), 1e-5))
    #expect(near(loss, -output.mean()) && near(module(x, target), loss))
    // The head decides between the frequent classes and the clusters, a cluster between its own.
    let best = module.predict(x)
    let ofHead = module.head(x).argmax(1)
    let isRare = ofHead .>= 4
    #expect(best.equal(`where`(isRare, all.argmax(1), ofHead)))
    #expect(isRare.any().item().boolValue && !isRare.all().item().boolValue)
    let one = module(x[0], target: target[0])
    #expect(one.output.shape == [] && near(one.output, output[0], 1e-5))
    // Python's 121 // 1.1 ** 2 is 99.
    let narrow = AdaptiveLogSoftmaxWithLoss(121, 12, cutoffs: [2, 4], divValue: 1.1)
    #expect(narrow.stateDict()["tail.1.0.weight"]?.shape == [99, 121])
    module.resetParameters()
    #expect(!module.logProb(x).equal(all))
  }

  @Test func clustersThatAreNotAskedForGetNoGradient() {
    let module = AdaptiveLogSoftmaxWithLoss(8, 12, cutoffs: [4, 8], divValue: 2)
    module(Tensor.randn([3, 8]), target: Tensor([0, 5, 3])).loss.backward()
    #expect(module.namedParameters().filter { $0.tensor.grad == nil }.map(\.name) == ["tail.1.0.weight", "tail.1.1.weight"])
  }

  @Test func whatAnAdaptiveSoftmaxRefuses() {
    let module = AdaptiveLogSoftmaxWithLoss(8, 12, cutoffs: [4, 8])
    #expect(message { _ = module(Tensor.ones(2, 8), target: Tensor([0, 12])) }.contains("0...11, got 0 to 12"))
    #expect(message { _ = module(Tensor.ones(2, 8), target: Tensor([0])) }.contains("(N, 8)"))
    #expect(message { _ = module(Tensor.ones(2, 8), target: Tensor([[0], [1]])) }.contains("(N, 8)"))
    #expect(message { _ = module(Tensor.ones(2, 8), target: Tensor([0.5, 1])) }.contains("integers"))
    #expect(message { _ = module.predict(Tensor.ones(8)) }.contains("(N, 8)"))
    #expect(message { _ = AdaptiveLogSoftmaxWithLoss(8, 12, cutoffs: []) }.contains("cutoffs"))
    #expect(message { _ = AdaptiveLogSoftmaxWithLoss(8, 12, cutoffs: [8, 4]) }.contains("ascending"))
    #expect(message { _ = AdaptiveLogSoftmaxWithLoss(8, 12, cutoffs: [12]) }.contains("from 1 to 11"))
    for bad in [0, -2, 1e-300, .nan] {
      #expect(message { _ = AdaptiveLogSoftmaxWithLoss(8, 12, cutoffs: [4, 8], divValue: bad) }.contains("divValue"), "\(bad)")
    }
  }
}
