import Testing
import TorchNN
import TorchOps

@Suite(.serialized) struct ModuleTests {
  @Test func findsEveryKindOfProperty() {
    let module = Derived()
    _ = module.lazyHead
    #expect(
      module.namedParameters().map(\.name) == [
        "in_proj_weight", "LayerNorm", "proj.weight", "proj.bias", "Mixed_5b.weight", "Mixed_5b.bias", "named.a.weight",
        "named.a.bias", "layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias", "lazy_head.weight",
        "lazy_head.bias",
      ])
    #expect(module.namedBuffers().map(\.name) == ["running_mean", "mask"])
    #expect(module.stateDict().keys.prefix(3) == ["in_proj_weight", "LayerNorm", "running_mean"])
    #expect(module.stateDict()["mask"] == nil)
    #expect(
      module.namedChildren().map(\.name) == ["proj", "Mixed_5b", "named.a", "named.b", "layers.0", "layers.1", "lazy_head"])
    #expect(module.namedModules().map(\.name).first == "")
  }

  @Test func sharedModulesAreListedOnceAndStoredTwice() {
    let shared = Linear(3, 3)
    let module = Pair(shared)
    module.extra = [shared]
    #expect(module.namedParameters().map(\.name) == ["first.weight", "first.bias", "second.weight", "second.bias"])
    #expect(module.stateDict().keys.suffix(2) == ["extra.0.weight", "extra.0.bias"])
  }

  @Test func tiedParametersStayOne() {
    let module = Pair(Linear(2, 3))
    module.second!.weight = module.first.weight
    #expect(module.namedParameters().map(\.name) == ["first.weight", "first.bias", "second.bias"])
    module.to(.float64)
    #expect(module.second!.weight === module.first.weight)
    #expect(module.first.weight.dtype == .float64 && module.first.weight.requiresGrad)
  }

  @Test func aCycleEnds() {
    let (a, b) = (Derived(), Derived())
    (a.parent, b.parent) = (b, a)
    #expect(a.modules().count == 14)
    #expect(a.description.contains("(parent): Derived(...)"))
    #expect(a.stateDict().keys.contains("parent.proj.weight"))
  }

  @Test func assignmentReplacesAChildAndAParameter() {
    let module = Pair(nil)
    #expect(module.parameters().count == 2)
    module.second = Linear(3, 1, bias: false)
    #expect(module.namedParameters().map(\.name).last == "second.weight")
    module.first.weight = Tensor.zeros(3, 2)
    #expect(module.first.weight.requiresGrad)
    // The result of an op becomes a leaf.
    module.first.weight = module.first.weight * 2
    #expect(module.first.weight.isLeaf && module.first.weight.requiresGrad)
    module.first.bias = nil
    #expect(module.namedParameters().map(\.name) == ["first.weight", "second.weight"])
  }

  @Test func statesAreLoadedAndReported() throws {
    let (from, to) = (Pair(Linear(3, 1)), Pair(Linear(3, 1)))
    var state = from.stateDict()
    try to.loadStateDict(state)
    #expect(to.parameters().map { $0.array(as: Float.self) } == from.parameters().map { $0.array(as: Float.self) })

    let before = to.first.weight.array(as: Float.self)
    state["first.weight"] = Tensor.zeros(9, 9)
    state["second.bias"] = nil
    state["third"] = Tensor.zeros(1)
    do {
      try to.loadStateDict(state)
      Issue.record("expected an error")
    } catch let report as StateDictReport {
      #expect(report.missing == ["second.bias"])
      #expect(report.unexpected == ["third"])
      #expect(report.mismatched.map(\.name) == ["first.weight"])
      #expect("\(report)".contains("first.weight: expected sizes [3, 2], got [9, 9]"))
    }
    #expect(to.first.weight.array(as: Float.self) == before)
    state["first.weight"] = Tensor.zeros(3, 2, dtype: .float64)
    let report = try to.loadStateDict(state, strict: false)
    #expect(!report.isClean && report.mismatched.isEmpty)
    #expect(to.first.weight.dtype == .float32)
    #expect(to.first.weight.array(as: Float.self) == Array(repeating: 0, count: 6))
    #expect(to.first.weight.requiresGrad)
  }

  @Test func modesAndConversions() {
    let model = Sequential(Linear(2, 2), Dropout(0.5), Sequential(Conv2d(1, 2, kernelSize: 3), BatchNorm2d(2)))
    model.eval()
    #expect(model.modules().allSatisfy { !$0.isTraining })
    model.train()
    #expect(model.modules().allSatisfy { $0.isTraining })
    model.requiresGrad_(false)
    #expect(model.parameters().allSatisfy { !$0.requiresGrad })
    model.to(.bfloat16)
    #expect(model.parameters().allSatisfy { $0.dtype == .bfloat16 && !$0.requiresGrad })
    #expect(model.stateDict()["2.1.running_var"]?.dtype == .bfloat16)
    #expect(model.stateDict()["2.1.num_batches_tracked"]?.dtype == .int64)
    model.requiresGrad_()
    let weight = (model[2] as! Sequential)[0] as! Conv2d
    let object = weight.weight
    let values = object.array(as: Float.self)
    model.to(memoryFormat: .channelsLast)
    #expect(weight.weight === object && object.isChannelsLast)
    #expect(object.array(as: Float.self) == values)
    model.to(memoryFormat: .contiguous)
    #expect(object.isContiguous)
    #expect(message { model.to(.int32) }.contains("floating-point"))
    var order: [String] = []
    model.apply { order.append($0.typeName) }
    #expect(order.last == "Sequential" && order.first == "BatchNorm2d")
    model.parameters()[0].grad = Tensor.ones([2, 2], dtype: .bfloat16)
    model.zeroGrad()
    #expect(model.parameters()[0].grad == nil)
  }

  @Test func descriptionsEqualPyTorch() throws {
    let layers = Sequential(
      Conv2d(1, 2, kernelSize: 3, padding: 1, bias: false), BatchNorm2d(2), ReLU(), MaxPool2d(2), AvgPool2d(2),
      AdaptiveAvgPool2d(1), AdaptiveAvgPool2d([1, 2]), Flatten(), LayerNorm(4), Dropout(0.2), GELU(), LeakyReLU(),
      Softmax(dim: 1),
      Embedding(3, 4, paddingIndex: 0), ModuleList(Linear(1, 2), Linear(1, 2)),
      Conv2d(4, 8, kernelSize: [3, 5], stride: 2, groups: 2), BatchNorm1d(3, momentum: nil), Tanh(), CrossEntropyLoss())
    let fixture = try ModuleFixture.load()
    #expect(layers.description == fixture.description)
    #expect(layers.stateDict().keys == fixture.stateKeys)
    #expect(Pair(nil).summary().hasSuffix("9 parameters"))
    #expect(Pair(nil).summary().contains("weight [3, 2], bias [3]"))
  }

  @Test func sequentialFromABlock() {
    let model = Sequential {
      Flatten()
      for width in [2, 3] { Linear(width, width + 1) }
      if model2IsWanted { Dropout(0.1) }
    }
    #expect(model.count == 3)
    #expect(model.namedChildren().map(\.name) == ["0", "1", "2"])
    model[0] = Identity()
    #expect(model(Tensor.ones(5, 2)).shape == [5, 4])
    model.append(ReLU())
    #expect(model.count == 4)
  }

  private var model2IsWanted: Bool { false }

  @Test func firstValuesEqualPyTorch() throws {
    let fixture = try ModuleFixture.load()
    let model = withGenerator(Generator(seed: 5)) {
      Sequential(
        Conv2d(3, 8, kernelSize: 3), Linear(10, 7), Embedding(5, 4), Conv2d(4, 6, kernelSize: [1, 3], groups: 2, bias: false))
    }
    for (name, tensor) in model.stateDict() { #expect(hash(tensor) == fixture.initial[name], "\(name)") }

    let initialisers: [String: (Tensor) -> Void] = [
      "xavierUniform": { Init.xavierUniform_($0, gain: 2) }, "xavierNormal": { Init.xavierNormal_($0) },
      "kaimingUniform": { Init.kaimingUniform_($0, nonlinearity: .relu) },
      "kaimingNormal": { Init.kaimingNormal_($0, mode: .fanOut, nonlinearity: .leakyRelu(slope: 0.1)) },
      "normal": { Init.normal_($0, mean: 1, std: 0.5) },
    ]
    for (name, fill) in initialisers {
      let tensor = Tensor.empty([20, 3, 3, 5])
      withGenerator(Generator(seed: 7)) { fill(tensor) }
      #expect(hash(tensor) == fixture.initialisers[name], "\(name)")
    }
  }

  @Test func errorsAreThrownInAScope() {
    #expect(message { _ = Linear(-1, 3)(Tensor.ones(2, 3)) }.contains("negative"))
    #expect(message { _ = Linear(4, 3)(Tensor.ones(2, 3)) }.contains("linear"))
    #expect(message { _ = Conv2d(3, 4, kernelSize: 3, groups: 2)(Tensor.ones(1, 3, 8, 8)) }.contains("groups"))
    #expect(message { _ = Conv2d(3, 4, kernelSize: [1, 2, 3]) }.contains("kernelSize"))
    #expect(message { _ = Conv2d(3, 4, kernelSize: 3, padding: -1) }.contains("padding"))
    #expect(message { _ = Dropout(1.5) }.contains("probability"))
    #expect(message { _ = Embedding(3, 2, paddingIndex: 5) }.contains("paddingIndex"))
    #expect(message { _ = BatchNorm2d(3)(Tensor.ones(2, 3)) }.contains("4 dimensions"))
    #expect(message { _ = Init.xavierUniform_(Tensor.ones(3)) }.contains("2 dimensions"))
    #expect(message { _ = CrossEntropyLoss()(Tensor.ones(3)) }.contains("does not define forward"))
  }
}
