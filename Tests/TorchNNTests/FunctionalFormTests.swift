import Testing
import TorchNN
import TorchOps

/// Functional forms that no recorded call covers.
@Suite struct FunctionalFormTests {
  @Test func `dropout of channels zeroes whole ones`() {
    let x = Tensor.ones([4, 6, 5])
    let y = withGenerator(Generator(seed: 1)) { dropout1d(x, p: 0.5) }
    let sums = y.sum([2]).flatten().array(as: Float.self)
    #expect(Set(sums) == [0, 10])
    #expect(dropout1d(x, training: false).array(as: Float.self) == x.array(as: Float.self))
    #expect(withGenerator(Generator(seed: 1)) { dropout1d(x[0]) }.shape == [6, 5])
    #expect(message { _ = dropout3d(x) }.contains("4 or 5 dimensions"))
    #expect(message { _ = dropout2d(Tensor.ones([2])) }.hasPrefix("dropout2d:"))
  }

  /// The numbers of `torch.nn.functional.gumbel_softmax` after `torch.manual_seed(3)`.
  @Test func `samples of gumbelSoftmax are PyTorch's`() throws {
    let logits = Tensor([0.5, -1, 2, 0, 1, -2], shape: [2, 3], dtype: .float32).requiresGrad_()
    let soft = gumbelSoftmax(logits, tau: 0.7, generator: Generator(seed: 3))
    let expected = Tensor(
      [0.95742911, 0.00434947, 0.03822143, 0.80080527, 0.19440815, 0.00478662], shape: [2, 3], dtype: .float32)
    #expect((soft - expected).abs().amax().item(as: Float.self) < 1e-6)
    let hard = gumbelSoftmax(logits, tau: 0.7, hard: true, generator: Generator(seed: 3))
    #expect(hard.sum([1]).array(as: Float.self).allSatisfy { abs($0 - 1) < 1e-6 })
    let weights = Tensor([1, 2, 3], dtype: .float32)
    let a = try grad([(hard * weights).sum()], [logits])[0]!
    let b = try grad([(soft * weights).sum()], [logits])[0]!
    #expect((a - b).abs().amax().item(as: Float.self) < 1e-6, "the gradient of the soft sample")
  }
}
