import Foundation
import Testing
import TorchNN
import TorchOps

/// Parametrized and pruned layers against PyTorch's (`Tools/record-parametrization-fixtures.py`).
@Suite struct ParametrizationTests {
  private struct Recorded: Decodable {
    let keys: [String]
    let printed: String
    let value: [Double]
    let state: [String: [Double]]
  }

  private let recorded: [String: Recorded]

  init() throws {
    let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/parametrizations.json")
    recorded = try JSONDecoder().decode([String: Recorded].self, from: Data(contentsOf: url))
  }

  private func compare(_ module: Module, _ weight: Tensor, _ name: String, prints: Bool = true) throws {
    let expected = try #require(recorded[name])
    #expect(module.stateDict().keys == expected.keys, "\(name)")
    if prints { #expect(module.description == expected.printed, "\(name)") }
    for (key, tensor) in module.stateDict() {
      for (a, b) in zip(tensor.array(as: Double.self), expected.state[key] ?? []) {
        #expect(abs(a - b) < 2e-6, "\(name): \(key)")
      }
    }
    let values = weight.detach().array(as: Double.self)
    #expect(values.count == expected.value.count)
    for (a, b) in zip(values, expected.value) { #expect(abs(a - b) < 2e-6, "\(name)") }
  }

  private func seeded<T>(_ body: () throws -> T) rethrows -> T { try withGenerator(Generator(seed: 5), body) }

  @Test func `weight norm`() throws {
    let layer = seeded { weightNorm(Linear(3, 4)) }
    try compare(layer, layer.weight, "weight_norm")
    let whole = seeded { weightNorm(Linear(3, 4), dim: nil) }
    try compare(whole, whole.weight, "weight_norm_whole")
    #expect(layer.parameters().count == 3 && layer.isParametrized("weight") && !layer.isParametrized("bias"))
    layer(Tensor.ones([2, 3])).sum().backward()
    #expect(layer.parameters().allSatisfy { $0.grad != nil })
    // Through the parametrization: lengths and directions follow.
    layer.weight = Tensor.ones([4, 3])
    #expect(
      layer.stateDict()["parametrizations.weight.original0"]!.array(as: Float.self).allSatisfy {
        abs($0 - Float(3).squareRoot()) < 1e-6
      })
    layer.removeParametrizations("weight")
    #expect(layer.stateDict().keys == ["weight", "bias"])
    #expect(
      layer.weight.isLeaf && layer.weight.requiresGrad && layer.weight.array(as: Float.self).allSatisfy { abs($0 - 1) < 1e-6 })
  }

  @Test func `checkpoints from before there were parametrizations`() throws {
    let layer = weightNorm(Linear(3, 4))
    let report = try layer.loadStateDict([
      "bias": Tensor.zeros([4]), "weight_g": Tensor.full([4, 1], 2, dtype: .float32), "weight_v": Tensor.ones([4, 3]),
    ])
    #expect(report.isClean)
    #expect(layer.weight.array(as: Float.self).allSatisfy { abs($0 - 2 / Float(3).squareRoot()) < 1e-6 })
  }

  @Test func `spectral norm`() throws {
    let layer = seeded { spectralNorm(Linear(3, 4)) }
    _ = layer(Tensor.ones([2, 3]))
    // Reading the weight in training is another step of the power method, as in PyTorch, which recorded it last.
    let state = layer.stateDict()
    let expected = try #require(recorded["spectral_norm"])
    #expect(state.keys == expected.keys && layer.description == expected.printed)
    let values = layer.weight.detach().array(as: Double.self)
    for (a, b) in zip(values, expected.value) { #expect(abs(a - b) < 2e-6) }
    let conv = seeded { spectralNorm(ConvTranspose2d(2, 3, kernelSize: 2)) }
    _ = conv(Tensor.ones([1, 2, 3, 3]))
    let recordedConv = try #require(recorded["spectral_norm_conv"])
    for (a, b) in zip(conv.weight.detach().array(as: Double.self), recordedConv.value) { #expect(abs(a - b) < 2e-6) }
    conv.eval()
    let largest = Linalg.svdvals(conv.weight.detach().transpose(0, 1).flatten(1))[0].item(as: Double.self)
    #expect(abs(largest - 1) < 0.2)
  }

  @Test(
    arguments: [
      ("orthogonal_square", 4, 4, nil), ("orthogonal_cayley", 4, 4, OrthogonalMap.cayley), ("orthogonal_tall", 3, 5, nil),
      ("orthogonal_wide", 5, 3, nil), ("orthogonal_wide_exp", 5, 3, .matrixExp),
    ] as [(String, Int, Int, OrthogonalMap?)])
  func orthogonalMatrices(name: String, inputs: Int, outputs: Int, map: OrthogonalMap?) throws {
    let layer = seeded { orthogonal(Linear(inputs, outputs), map: map) }
    let original = try #require(layer.namedParameters().first { $0.name == "parametrizations.weight.original" }).tensor
    let change = Tensor.linspace(-0.1, 0.1, steps: inputs * outputs).view(outputs, inputs)
    noGrad { _ = original.add_(change - change.tril().triu()) }
    try compare(layer, layer.weight, name)
    let w = layer.weight.detach()
    let product = inputs > outputs ? w.matmul(w.t()) : w.t().matmul(w)
    #expect((product - Tensor.eye(Swift.min(inputs, outputs))).abs().amax().item(as: Float.self) < 1e-5)
    layer(Tensor.ones([2, inputs])).sum().backward()
    #expect(original.grad != nil)
  }

  @Test func `functions of one's own, in a row, with a cache, and errors`() throws {
    final class Symmetric: Module {
      var calls = 0
      override func forward(_ x: Tensor) -> Tensor {
        calls += 1
        return x.triu() + x.triu(1).transpose(-1, -2)
      }
    }
    final class Doubled: Module { override func forward(_ x: Tensor) -> Tensor { x * 2 } }
    let layer = Linear(3, 3)
    let before = layer.weight
    let symmetric = Symmetric()
    layer.registerParametrization("weight", symmetric).registerParametrization("weight", Doubled())
    #expect(layer.weight.equal(layer.weight.t()))
    #expect(layer.parameters().contains { $0 === before }, "the optimizer's tensor stays")
    symmetric.calls = 0
    withCachedParametrizations { _ = (layer.weight, layer.weight, layer(Tensor.ones([1, 3]))) }
    #expect(symmetric.calls == 1)
    #expect(message { layer.weight = Tensor.ones([3, 3]) }.contains("does not define rightInverse"))
    #expect(
      message { layer.registerParametrization("nothing", Doubled()) }.contains(
        "Linear has no parameter or buffer nothing; it has"))
    final class Cut: Module { override func forward(_ x: Tensor) -> Tensor { x[0..<1] } }
    #expect(message { layer.registerParametrization("weight", Cut()) }.contains("must keep sizes and type"))
    layer.removeParametrizations("weight", leaveParametrized: false)
    #expect(layer.weight === before && !layer.isParametrized())
    #expect(message { layer.removeParametrizations("weight") }.contains("weight has no parametrization"))
  }

  @Test func pruning() throws {
    try seeded {
      let layer = Linear(4, 6)
      layer.prune("weight", .l1Unstructured(0.3))
      try compare(layer, layer.weight, "prune_l1")
      layer.prune("weight", .randomUnstructured(3))
      try compare(layer, layer.weight, "prune_again")
      layer.prune("weight", .lnStructured(2, n: 2, dim: 0))
      try compare(layer, layer.weight, "prune_rows")
      #expect(layer.isPruned)
      layer(Tensor.ones([2, 4])).sum().backward()
      let masked = layer.weight.detach()
      layer.removePruning("weight")
      #expect(layer.weight.equal(masked) && layer.stateDict().keys == ["weight", "bias"] && !layer.isPruned)
    }
    try seeded {
      let layer = Linear(4, 6)
      layer.prune("weight", .randomStructured(0.5, dim: 1))
      try compare(layer, layer.weight, "prune_columns")
      #expect(message { layer.prune("weight", .l1Unstructured(1.5)) }.contains("from 0 to 1, got 1.5"))
      #expect(message { layer.prune("bias", .lnStructured(1, n: 2, dim: 0)) }.contains("at least 2 dimensions"))
      #expect(message { layer.prune("bias", mask: Tensor.ones([2])) }.contains("expected sizes [6]"))
    }
    try seeded {
      let layers = [Linear(4, 6), Linear(3, 2)]
      pruneGlobally(layers.map { ($0, "weight") }, .l1Unstructured(0.4))
      for (i, layer) in layers.enumerated() { try compare(layer, layer.weight, "prune_global_\(i)") }
    }
  }
}
