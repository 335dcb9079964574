import Foundation
import Testing
import TorchNN
import TorchOps

@Suite struct InitialiserTests {
  /// Numbers of torch.nn.init after `torch.manual_seed(7)`.
  @Test func `the numbers are PyTorch's`() throws {
    let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/initialisers.json")
    let recorded = try JSONDecoder().decode([String: [Float]].self, from: Data(contentsOf: url))
    let ours: [String: Tensor] = [
      "trunc_normal": Init.truncNormal_(Tensor.empty([4, 5]), generator: Generator(seed: 7)),
      "trunc_normal_far": Init.truncNormal_(Tensor.empty([4, 5]), low: 2, high: 3, generator: Generator(seed: 7)),
      "orthogonal": Init.orthogonal_(Tensor.empty([3, 5]), gain: 2, generator: Generator(seed: 7)),
      "orthogonal_tall": Init.orthogonal_(Tensor.empty([4, 2, 1]), generator: Generator(seed: 7)),
      "dirac": Init.dirac_(Tensor.empty([4, 3, 3]), groups: 2), "eye": Init.eye_(Tensor.empty([2, 3])),
    ]
    #expect(Set(ours.keys) == Set(recorded.keys))
    for (name, tensor) in ours {
      for (a, b) in zip(tensor.array(as: Float.self), recorded[name] ?? []) { #expect(abs(a - b) < 2e-6, "\(name)") }
    }
  }

  @Test func `sparse columns`() {
    let w = Init.sparse_(Tensor.empty([10, 4]), sparsity: 0.25, generator: Generator(seed: 1))
    #expect((w .== Tensor(0)).sum([0]).array(as: Int.self) == [3, 3, 3, 3])
    #expect(message { Init.sparse_(Tensor.empty([3]), sparsity: 0.1) }.contains("expected a matrix"))
    #expect(message { Init.dirac_(Tensor.empty([3, 3, 3]), groups: 2) }.contains("divisor of 3"))
    #expect(message { Init.truncNormal_(Tensor.empty([3]), low: 2, high: 1) }.contains("low < high"))
  }

  @Test func `parameters as a vector, and by name`() throws {
    let model = Sequential(Linear(2, 3), BatchNorm1d(3))
    let vector = parametersToVector(model.parameters())
    #expect(vector.shape == [15] && vector.requiresGrad)
    vectorToParameters(Tensor.arange(15, dtype: .float32), model.parameters())
    #expect(try model.parameter(named: "0.bias").array(as: Float.self) == [6, 7, 8])
    #expect(message { vectorToParameters(Tensor.zeros([3]), model.parameters()) }.contains("a vector of 15 elements"))
    #expect(try model.buffer(named: "1.running_var").shape == [3])
    #expect(try model.submodule(named: "1") === model[1])
    #expect(
      message { _ = try model.parameter(named: "0.wieght") }.contains("has no parameter 0.wieght; there are 0.weight, 0.bias"))
    #expect(message { _ = try model.submodule(named: "7") }.contains("there are 0, 1"))
  }

  @Test func `batch norms are fused into what is before them`() {
    withGenerator(Generator(seed: 3)) {
      let model = Sequential(
        Conv2d(3, 4, kernelSize: 3, bias: false), BatchNorm2d(4), ReLU(),
        ConvTranspose2d(4, 6, kernelSize: 2, groups: 2), BatchNorm2d(6), Flatten(), Linear(6 * 49, 5), BatchNorm1d(5))
      let x = Tensor.randn([4, 3, 8, 8])
      for _ in 0..<3 { _ = model(x * 2 + 1) }
      #expect(message { model.fuseBatchNorms() }.contains("call eval() first"))
      let expected = noGrad { model.eval()(x) }
      #expect(model.fuseBatchNorms() == 3)
      #expect(model.modules().allSatisfy { !($0 is BatchNorm) })
      #expect((noGrad { model(x) } - expected).abs().amax().item(as: Float.self) < 1e-5)
      let frozen = Sequential(Linear(2, 2), BatchNorm1d(2)).requiresGrad_(false)
      #expect(message { fuseBatchNorm(into: frozen[0] as! Linear, frozen[1] as! BatchNorm1d) }.contains("call eval() first"))
      #expect(frozen.eval().fuseBatchNorms() == 1)
      #expect(frozen.parameters().allSatisfy { !$0.requiresGrad })
    }
  }
}
