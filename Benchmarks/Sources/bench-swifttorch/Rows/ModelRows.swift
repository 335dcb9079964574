import Torch

/// Training steps and predictions of whole models, as `peers/networks.py` has them.
let modelRows: [Row] = trainingRows + inferenceRows

private let trainingRows: [Row] = [
  classifier("perceptron-16x8-32-2", [16, 8], 2) { Sequential(Linear(8, 32), ReLU(), Linear(32, 2)) },
  classifier("mnist-perceptron", [64, 784], 10) {
    Sequential(Linear(784, 512), ReLU(), Linear(512, 512), ReLU(), Linear(512, 10))
  },
  classifier("lenet", [64, 1, 28, 28], 10) { LeNet() },
  classifier("resnet18-16x32x32", [16, 3, 32, 32], 10) { ResNet18(classes: 10, small: true) },
  languageModel("gpt-6x384-4x256", [4, 256]) { GPT(layers: 6, width: 384, heads: 6, vocabulary: 5000, length: 256) },
  languageModel("lstm-lm-16x64", [16, 64]) { LSTMLanguageModel() },
  training("dlrm") {
    let model = Recommender()
    let (numbers, targets) = (pattern([128, 13], seed: 1), (pattern([128], seed: 2) .> 0).float())
    let categories = places([8, 128, 4], high: 10_000, seed: 3)
    return (model, SGD(model.parameters(), lr: 0.01), { binaryCrossEntropyWithLogits(model(numbers, categories), targets) })
  },
  graph("gcn-dense") { $0 },
  graph("gcn-sparse") { $0.toSparseCSR() },
]

/// Forward, loss, backward and an optimizer's step on one batch; checked by the first three losses.
private func training(
  _ name: String, _ make: @escaping @Sendable () throws -> (model: Module, optimizer: Optimizer, loss: () -> Tensor)
) -> Row {
  Row(name: "train/\(name)") {
    let (model, optimizer, loss) = try make()
    fill(model)
    let step = {
      optimizer.zeroGrad()
      let value = loss()
      value.backward()
      optimizer.step()
      return value
    }
    let losses = (0..<3).map { _ in Double(step().item(as: Float.self)) }
    return Workload(checks: losses) { count in for _ in 0..<count { _ = step() } }
  }
}

private func classifier(_ name: String, _ shape: [Int], _ classes: Int, _ make: @escaping @Sendable () -> Module) -> Row {
  training(name) {
    let (model, x) = (make(), pattern(shape, seed: 1))
    let targets = Tensor((0..<shape[0]).map { Int64($0 * 7 % classes) })
    return (model, AdamW(model.parameters(), lr: 1e-4), { crossEntropy(model(x), targets) })
  }
}

private func languageModel(_ name: String, _ shape: [Int], _ make: @escaping @Sendable () -> Module) -> Row {
  training(name) {
    let model = make()
    let (tokens, targets) = (places(shape, high: 5000, seed: 1), places(shape, high: 5000, seed: 2).flatten())
    return (model, AdamW(model.parameters(), lr: 1e-4), { crossEntropy(model(tokens).flatten(0, 1), targets) })
  }
}

private func graph(_ name: String, _ form: @escaping @Sendable (Tensor) -> Tensor) -> Row {
  training(name) {
    // 2,708 nodes with four neighbours each and themselves, each row's weights adding to one.
    let eye = Tensor.eye(2708)
    let matrix = form([1, 7, 50, 811].reduce(eye) { $0 + eye.roll([$1], [1]) } / 5)
    let (model, x) = (GraphConvolution(), pattern([2708, 1433], seed: 1))
    let targets = Tensor((0..<2708).map { Int64($0 * 7 % 7) })
    return (model, AdamW(model.parameters(), lr: 1e-4), { crossEntropy(model(matrix, x), targets) })
  }
}

private let inferenceRows: [Row] = [
  inference("resnet18-1x224") { (ResNet18(classes: 1000, small: false), pattern([1, 3, 224, 224], seed: 1)) },
  inference("resnet18-8x224") { (ResNet18(classes: 1000, small: false), pattern([8, 3, 224, 224], seed: 1)) },
  inference("mobilenet-v2-1x224") { (MobileNetV2(), pattern([1, 3, 224, 224], seed: 1)) },
  inference("minilm-1x128") { (Encoder(layers: 6, width: 384, heads: 12), places([1, 128], high: 30_522, seed: 1)) },
  inference("bert-base-1x128") { (Encoder(layers: 12, width: 768, heads: 12), places([1, 128], high: 30_522, seed: 1)) },
  Row(name: "infer/gpt-12x768-decode") {
    let (past, heads, width) = (511, 12, 768)
    let model = GPT(layers: 12, width: width, heads: heads, vocabulary: 50_257, length: 1024)
    fill(model)
    model.eval()
    let shape = [1, heads, past + 1, width / heads]
    let caches = (0..<12).map { Cache(keys: pattern(shape, seed: 2 * $0), values: pattern(shape, seed: 2 * $0 + 1), past: past) }
    let token = places([1, 1], high: 50_257, seed: 1)
    return repeated { noGrad { model.step(token, caches) } }
  },
]

/// The prediction for one batch.
private func inference(_ name: String, _ make: @escaping @Sendable () -> (Module, Tensor)) -> Row {
  Row(name: "infer/\(name)") {
    let (model, x) = make()
    fill(model)
    model.eval()
    return repeated { noGrad { model(x) } }
  }
}
