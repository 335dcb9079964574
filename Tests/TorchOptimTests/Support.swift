import Foundation
import TorchOps
import TorchNN
import TorchOptim

/// Values recorded by Tools/record-training-fixtures.py.
func fixture<T: Decodable>(_ name: String, as type: T.Type) throws -> T {
  let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/\(name)")
  return try JSONDecoder().decode(type, from: Data(contentsOf: url))
}

/// The largest distance between two lists; infinite if their lengths differ.
func distance(_ a: [Double], _ b: [Double]) -> Double {
  guard a.count == b.count else { return .infinity }
  return zip(a, b).reduce(0) { $1.0.isNaN || $1.1.isNaN ? .infinity : max($0, abs($1.0 - $1.1)) }
}

/// The recorded training: two linear layers on four examples. Parameters go to a function that makes the optimizer.
struct TinyTraining {
  let model: Sequential
  let x: Tensor
  let y: Tensor

  init() {
    model = Sequential(Linear(3, 5), Tanh(), Linear(5, 2))
    // torch.manual_seed(1) and PyTorch's default initialisation, on a generator of this training alone.
    let generator = Generator(seed: 1)
    for layer in [model[0] as! Linear, model[2] as! Linear] {
      Init.kaimingUniform_(layer.weight, nonlinearity: .leakyRelu(slope: 5.0.squareRoot()), generator: generator)
      let bound = 1 / Double(layer.inFeatures).squareRoot()
      Init.uniform_(layer.bias!, -bound, bound, generator: generator)
    }
    x = Tensor.arange(12, dtype: .float32).mul(0.7).sin().reshape(4, 3)
    y = Tensor.arange(8, dtype: .float32).mul(1.3).cos().reshape(4, 2)
  }

  func steps(_ count: Int, _ optimizer: Optimizer) {
    for _ in 0..<count {
      optimizer.zeroGrad()
      let error = model(x) - y
      (error * error).mean().backward()
      optimizer.step()
    }
  }

  var weights: [[Double]] { model.parameters().map { $0.array(as: Double.self) } }
}

let optimizerMakers: [String: @Sendable ([Tensor]) -> Optimizer] = [
  "sgd": { SGD($0, lr: 0.1) },
  "sgd-momentum": { SGD($0, lr: 0.05, momentum: 0.9, dampening: 0.1, weightDecay: 0.01) },
  "sgd-nesterov": { SGD($0, lr: 0.05, momentum: 0.9, nesterov: true) },
  "sgd-maximize": { SGD($0, lr: 0.01, momentum: 0.5, maximize: true) },
  "adam": { Adam($0, lr: 0.01) },
  "adam-options": { Adam($0, lr: 0.02, betas: (0.8, 0.95), eps: 1e-6, weightDecay: 0.1, amsgrad: true) },
  "adamw": { AdamW($0, lr: 0.01) },
  "adamw-options": { AdamW($0, lr: 0.02, weightDecay: 0.2, amsgrad: true, maximize: true) },
]

/// What a block's error says, or an empty text.
func message(_ body: () throws -> Void) -> String {
  do {
    try withTorchErrors { try body() }
    return ""
  } catch let error as TorchError {
    // Not the description, which would look up the call site.
    return "\(error.op): \(error.message)"
  } catch { return "\(error)" }
}
