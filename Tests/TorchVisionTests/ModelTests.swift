import Foundation
import Testing
import Torch
import TorchVision

private struct Recorded: Decodable {
  let keys: [String]
  let initial: [String: String]
  let losses: [Double]
  let logits: [Double]
}

/// The models against values that Tools/record-training-fixtures.py recorded with PyTorch's.
@Suite(.serialized) struct ModelTests {
  private static let makers: [String: @Sendable () -> Module] = [
    "mlp": { MLP(dropout: 0) }, "cnn": { ConvNet(dropout: 0) }, "resnet": { SmallResNet(dropout: 0) },
  ]

  private func recorded(_ name: String) throws -> Recorded {
    let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/models.json")
    return try #require(try JSONDecoder().decode([String: Recorded].self, from: Data(contentsOf: url))[name])
  }

  private func hash(_ tensor: Tensor) -> String {
    let value = tensor.withUnsafeBytes { bytes in
      bytes.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  @Test(arguments: makers.keys.sorted(), [false, true])
  func trainsAsInPyTorch(name: String, channelsLast: Bool) throws {
    try withGenerator(Generator(seed: 0)) {
      let expected = try recorded(name)
      manualSeed(11)
      let model = ModelTests.makers[name]!()
      #expect(model.stateDict().keys == expected.keys)
      for (key, tensor) in model.stateDict() { #expect(hash(tensor) == expected.initial[key], "\(key)") }
      if channelsLast { model.to(memoryFormat: .channelsLast) }

      let x = Tensor.arange(6272, dtype: .float32).mul(0.37).sin().reshape(8, 1, 28, 28)
      let target = Tensor((0..<8).map { $0 % 10 })
      let optimizer = SGD(model.parameters(), lr: 0.05)
      for loss in expected.losses {
        optimizer.zeroGrad()
        let ours = crossEntropy(model(x), target)
        ours.backward()
        optimizer.step()
        #expect(abs(ours.item(as: Double.self) - loss) < 1e-4)
      }
      model.eval()
      let logits = noGrad { model(x[0..<2]) }.array(as: Double.self)
      let worst: Double = zip(logits, expected.logits).map { abs($0.0 - $0.1) }.max() ?? .infinity
      #expect(worst < 2e-3)
    }
  }
}
