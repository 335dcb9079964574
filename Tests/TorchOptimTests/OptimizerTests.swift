import Testing
import TorchOps
import TorchNN
@testable import TorchOptim

private struct Recorded: Decodable {
  let weights: [[Double]]
  let state: [String: [String: FlexibleList]]
  let groupKeys: [String]
}

/// A list of numbers.
private struct FlexibleList: Decodable {
  let values: [Double]
  init(from decoder: any Decoder) throws { values = try decoder.singleValueContainer().decode([Double].self) }
}

struct OptimizerTests {
  @Test(arguments: optimizerMakers.keys.sorted())
  func twentyStepsEqualPyTorch(name: String) throws {
    let recorded = try #require(try fixture("optimizers.json", as: [String: Recorded].self)[name])
    let training = TinyTraining()
    let optimizer = optimizerMakers[name]!(training.model.parameters())
    training.steps(20, optimizer)
    for (ours, theirs) in zip(training.weights, recorded.weights) { #expect(distance(ours, theirs) < 1e-6) }

    let tree = try #require(optimizer.stateDict().dictionaryValue)
    let state = try #require(tree["state"]?.dictionaryValue)
    #expect(state.count == (recorded.state.isEmpty ? state.count : recorded.state.count))
    for (position, entries) in recorded.state {
      let own = try #require(state[position]?.dictionaryValue)
      #expect(Set(own.keys) == Set(entries.keys))
      for (key, values) in entries {
        let tensor = try #require(own[key]?.tensorValue, "\(position).\(key)")
        #expect(distance(tensor.array(as: Double.self), values.values) < 1e-6)
      }
    }
    let group = try #require(tree["param_groups"]?.listValue?.first?.dictionaryValue)
    #expect(group.keys.sorted() == recorded.groupKeys)
  }

  @Test(arguments: optimizerMakers.keys.sorted())
  func continuesFromSavedState(name: String) throws {
    let whole = TinyTraining()
    whole.steps(20, optimizerMakers[name]!(whole.model.parameters()))

    let first = TinyTraining()
    let before = optimizerMakers[name]!(first.model.parameters())
    first.steps(8, before)
    let second = TinyTraining()
    try second.model.loadStateDict(first.model.stateDict())
    // Other options, which the saved ones replace.
    let after: Optimizer = name.hasPrefix("sgd") ? SGD(second.model.parameters()) : Adam(second.model.parameters())
    try after.loadStateDict(before.stateDict())
    second.steps(12, after)
    #expect(second.weights == whole.weights)
  }

  @Test func refusesStateThatDoesNotFit() throws {
    let training = TinyTraining()
    let optimizer = Adam(training.model.parameters())
    training.steps(1, optimizer)
    let saved = try #require(optimizer.stateDict().dictionaryValue)

    func refusal(_ change: (inout [String: StateValue]) -> Void) -> String {
      var tree = saved
      change(&tree)
      return message { try optimizer.loadStateDict(.dictionary(tree)) }
    }
    #expect(refusal { $0["state"] = nil }.contains("`state` is missing"))
    #expect(refusal { $0["param_groups"] = [] }.contains("0 parameter groups"))
    #expect(refusal { $0["param_groups"] = 3 }.contains("should be a list"))
    #expect(refusal { $0["state"] = ["0": ["step": "x"]] }.contains("`step` should be a count"))
    #expect(refusal { $0["state"] = ["0": ["exp_avg": .tensor(.zeros(2))]] }.contains("sizes [5, 3]"))
    #expect(refusal { $0["state"] = ["9": ["step": 1]] }.contains("only 0 are in a group"))
    let group = try #require(saved["param_groups"]?.listValue?.first?.dictionaryValue)
    #expect(refusal { $0["param_groups"] = [.dictionary(group.merging(["lr": -1.0]) { $1 })] }.contains("lr"))
  }

  @Test func groupsHaveTheirOwnOptions() {
    let (a, b) = (Tensor.ones(2, requiresGrad: true), Tensor.ones(2, requiresGrad: true))
    let optimizer = SGD(groups: [ParameterGroup([a]), ParameterGroup([b], lr: 0.5)], lr: 0.1)
    (a.sum() + b.sum()).backward()
    optimizer.step()
    #expect(distance(a.array(as: Double.self), [0.9, 0.9]) < 1e-6)
    #expect(distance(b.array(as: Double.self), [0.5, 0.5]) < 1e-6)
  }

  @Test func channelsLastParametersAndOddGradients() throws {
    let start = Tensor.arange(48, dtype: .float32).sin().reshape(2, 3, 2, 4)
    let gradient = Tensor.arange(48, dtype: .float32).cos().reshape(2, 3, 2, 4)
    func run(_ parameter: Tensor, _ gradient: Tensor) -> [Double] {
      parameter.requiresGrad_()
      let optimizer = Adam([parameter], lr: 0.1)
      for _ in 0..<3 {
        parameter.grad = gradient
        optimizer.step()
      }
      return parameter.array(as: Double.self)
    }
    let plain = run(start.clone(), gradient)
    let last = start.contiguous(memoryFormat: .channelsLast)
    #expect(last.isChannelsLast)
    #expect(run(last.clone(), gradient) == plain)
    #expect(run(start.clone(), gradient.contiguous(memoryFormat: .channelsLast)) == plain)
    #expect(run(start.clone(), gradient.transpose(0, 1).contiguous().transpose(0, 1)) == plain)
    // A parameter with gaps in its memory is changed in place, and nothing between its elements is.
    let wide = Tensor.zeros(2, 3, 2, 8)
    let gaps = wide.slice(3, from: 0, to: 8, step: 2)
    gaps.copy_(start)
    #expect(run(gaps.detach(), gradient) == plain)
    #expect(wide.slice(3, from: 1, to: 8, step: 2).abs().sum().item(as: Double.self) == 0)
  }

  @Test func layoutMayChangeBetweenSteps() {
    func run(_ change: Bool) -> [Double] {
      let layer = Conv2d(3, 4, kernelSize: 3, bias: false)
      noGrad { _ = layer.weight.copy_(Tensor.arange(108, dtype: .float32).sin().reshape(4, 3, 3, 3)) }
      let optimizer = AdamW(layer.parameters(), lr: 0.1)
      for step in 0..<4 {
        if change && step == 2 { layer.to(memoryFormat: .channelsLast) }
        layer.weight.grad = Tensor.arange(108, dtype: .float32).cos().reshape(4, 3, 3, 3)
        optimizer.step()
      }
      return layer.weight.array(as: Double.self)
    }
    #expect(run(true) == run(false))
  }

  @Test(arguments: [DType.bfloat16, .float16, .float64, .complex64])
  func otherTypes(dtype: DType) {
    let parameter = Tensor.ones([4], dtype: dtype).requiresGrad_()
    let optimizer = Adam([parameter], lr: 0.25)
    parameter.grad = Tensor.full([4], 2, dtype: dtype)
    optimizer.step()
    // Adam's first step is lr in size, whatever the gradient.
    let values = parameter.array(as: Double.self)
    #expect(distance(values, [0.75, 0.75, 0.75, 0.75]) < 1e-3)
  }

  @Test func manyThreadsGiveTheSameWeights() throws {
    func run() -> [[Double]] {
      let parameters = [3, 70_000, 1, 12_345, 40].map { Tensor.arange(Scalar($0), dtype: .float32).sin().requiresGrad_() }
      let optimizer = AdamW(parameters, lr: 0.1)
      for _ in 0..<2 {
        for parameter in parameters { parameter.grad = (parameter.detach() * 3).cos() }
        optimizer.step()
      }
      return parameters.map { $0.array(as: Double.self) }
    }
    let threads = numThreads
    let many = run()
    try setNumThreads(1)
    defer { try? setNumThreads(threads) }
    #expect(run() == many)
  }

  @Test func zeroGradAndMissingGradients() {
    let (a, b) = (Tensor.ones(2, requiresGrad: true), Tensor.ones(2, requiresGrad: true))
    let optimizer = SGD([a, b], lr: 1)
    a.sum().backward()
    optimizer.step()
    #expect(b.array(as: Double.self) == [1, 1])
    optimizer.zeroGrad(setToNil: false)
    #expect(a.grad?.array(as: Double.self) == [0, 0])
    optimizer.zeroGrad()
    #expect(a.grad == nil)
  }

  @Test func aStepCountsAsAnInPlaceChange() {
    let parameter = Tensor.ones(2, requiresGrad: true)
    let loss = (parameter * parameter).sum()
    parameter.grad = Tensor.ones(2)
    SGD([parameter], lr: 1).step()
    #expect(throws: TorchError.self) { try withTorchErrors { loss.backward() } }
  }

  @Test func badArguments() {
    let leaf = Tensor.ones(2, requiresGrad: true)
    #expect(message { _ = SGD([]) }.contains("at least one parameter"))
    #expect(message { _ = SGD([leaf * 2]) }.contains("leaves"))
    #expect(message { _ = SGD([leaf, leaf]) }.contains("twice"))
    #expect(message { _ = SGD([Tensor([1, 2])]) }.contains("floating-point"))
    #expect(message { _ = SGD([leaf], lr: -1) }.contains("lr"))
    #expect(message { _ = SGD([leaf], nesterov: true) }.contains("nesterov"))
    #expect(message { _ = Adam([leaf], betas: (0.9, 1)) }.contains("betas"))
    #expect(message { _ = Adam([leaf], eps: -1) }.contains("eps"))
    #expect(message { clipGradNorm_([leaf], maxNorm: -1) }.contains("maxNorm"))
  }

  @Test(arguments: ["2", "1", "inf"])
  func clippingEqualsPyTorch(kind: String) throws {
    struct Clipped: Decodable { let norm: Double, first: [Double] }
    let recorded = try #require(try fixture("clipping.json", as: [String: Clipped].self)[kind])
    let parameters = [Tensor.zeros(3, 4), Tensor.zeros(20000)]
    for (i, parameter) in parameters.enumerated() {
      parameter.grad = Tensor.arange(Scalar(parameter.count), dtype: .float32).mul(Tensor(Float(0.3 + Double(i)))).sin()
        .reshape(parameter.shape)
    }
    let norm = clipGradNorm_(parameters, maxNorm: 2.5, normType: kind == "inf" ? .infinity : Double(kind)!)
    #expect(abs(norm - recorded.norm) < 1e-5 * recorded.norm)
    #expect(distance(parameters[0].grad!.array(as: Double.self), recorded.first) < 1e-6)
  }

  @Test func clippingByValue() {
    let parameter = Tensor.zeros(3, requiresGrad: true)
    parameter.grad = Tensor([Float(-3), 0.5, 9])
    clipGradValue_([parameter], clipValue: 1)
    #expect(parameter.grad?.array(as: Double.self) == [-1, 0.5, 1])
  }
}
