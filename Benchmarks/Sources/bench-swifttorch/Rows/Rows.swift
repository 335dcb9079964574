import Torch
import TorchVision

/// What a row repeats, and numbers that the other side has to reproduce.
struct Workload {
  var checks: [Double]
  /// What the row computes, where that is one tensor.
  var result: Tensor?
  /// Does the work that many times.
  var body: (Int) -> Void
}

/// A row of the benchmarks: makes its inputs when asked for.
struct Row: Sendable {
  var name: String
  var make: @Sendable () throws -> Workload
}

/// All rows, with the names that `peers/rows.py` gives them.
let rows: [Row] =
  overheadRows + chainRows + elementRows + matmulRows + convolutionRows + operatorRows + optimizerRows + stepRows + modelRows
  + loadingRows

/// A workload that calls an operation again and again.
func repeated(_ operation: @escaping () -> Tensor) -> Workload {
  let result = operation()
  return Workload(checks: summary(result), result: result.detach()) { count in
    for _ in 0..<count { _ = operation() }
  }
}

private let overheadRows = [
  Row(name: "overhead/add-1") {
    let (x, y) = (pattern([1], seed: 1), pattern([1], seed: 2))
    return repeated { x + y }
  },
  Row(name: "overhead/add-1-grad") {
    let (x, y) = (pattern([1], seed: 1).requiresGrad_(), pattern([1], seed: 2))
    return repeated { x + y }
  },
  Row(name: "overhead/add-1-literal") {
    let x = pattern([1], seed: 1)
    return repeated { x + 1.0 }
  },
]

private let elementRows: [Row] = [("1K", 1 << 10), ("1M", 1 << 20), ("16M", 1 << 24)].flatMap { label, count in
  [
    Row(name: "pointwise/add-\(label)") {
      let (x, y) = (pattern([count], seed: 1), pattern([count], seed: 2))
      return repeated { x + y }
    },
    unary("pointwise/exp-\(label)", [count]) { $0.exp() },
    unary("pointwise/gelu-\(label)", [count]) { $0.gelu() },
    unary("reduction/sum-\(label)", [count]) { $0.sum() },
    unary("reduction/softmax-\(label)", [count / 1024, 1024]) { $0.softmax(dim: -1) },
  ]
}

func unary(_ name: String, _ shape: [Int], _ operation: @escaping @Sendable (Tensor) -> Tensor) -> Row {
  Row(name: name) {
    let x = pattern(shape, seed: 1)
    return repeated { operation(x) }
  }
}

private let matmulRows: [Row] = [64, 256, 512, 1024].map { size in
  Row(name: "matmul/\(size)") {
    let (x, y) = (pattern([size, size], seed: 1), pattern([size, size], seed: 2))
    return repeated { x.matmul(y) }
  }
}

private let convolutionRows = [
  convolution("conv2d/64x32x28x28-k3", [64, 32, 28, 28], [64, 32, 3, 3], stride: 1, padding: 1),
  convolution("conv2d/16x64x32x32-k3", [16, 64, 32, 32], [64, 64, 3, 3], stride: 1, padding: 1),
  convolution("conv2d/16x3x224x224-k7s2", [16, 3, 224, 224], [64, 3, 7, 7], stride: 2, padding: 3),
]

func convolution(_ name: String, _ input: [Int], _ weight: [Int], stride: Int, padding: Int) -> Row {
  Row(name: name) {
    let (x, weight) = (pattern(input, seed: 1), pattern(weight, seed: 2))
    return repeated { conv2d(x, weight, stride: [stride], padding: [padding]) }
  }
}

private let stepRows = [
  trainingStep("step/mlp", plain: { MLP(dropout: 0) }, timed: { MLP() }),
  trainingStep("step/cnn", plain: { ConvNet(dropout: 0) }, timed: { ConvNet() }),
  trainingStep("step/resnet", plain: { SmallResNet(dropout: 0) }, timed: { SmallResNet() }),
]

/// Forward, loss, backward and AdamW on one batch of 128 images; checked by three losses without dropout.
private func trainingStep(
  _ name: String, plain: @escaping @Sendable () -> Module, timed: @escaping @Sendable () -> Module
) -> Row {
  Row(name: name) {
    let x = pattern([128, 1, 28, 28], seed: 100)
    let labels = Tensor((0..<128).map { Int64($0 * 7 % 10) }, shape: [128])
    func trainer(_ model: Module) -> () -> Tensor {
      model.train()
      fill(model)
      let optimizer = AdamW(model.parameters(), lr: 1e-4)
      return {
        optimizer.zeroGrad()
        let loss = crossEntropy(model(x), labels)
        loss.backward()
        optimizer.step()
        return loss
      }
    }
    manualSeed(0)
    let checked = trainer(plain())
    let losses = (0..<3).map { _ in Double(checked().item(as: Float.self)) }
    let step = trainer(timed())
    return Workload(checks: losses) { count in
      for _ in 0..<count { _ = step() }
    }
  }
}

private let loadingRows: [Row] =
  [0, 2].map { workers in Row(name: "data/loader-\(workers)-workers") { try loading(workers: workers) } }
  + [0, 2].map { workers in Row(name: "data/samples-\(workers)-workers") { try loadingSamples(workers: workers) } }

/// An epoch of shuffled batches of 128, normalised to float: 60,000 images.
private func loading(workers: Int) throws -> Workload {
  let examples = try MNISTFolder().load(.train)
  let images = Tensor(examples.pixels, shape: [examples.count, 1, examples.height, examples.width])
  let labels = Tensor(examples.labels).long()
  let loader = DataLoader(TensorDataset(images, labels), batchSize: 128, shuffle: true, workers: workers)

  func epoch() -> [Double] {
    var (total, labelTotal, count) = (0.0, 0, 0)
    for batch in loader {
      let normalised = batch[0].to(.float32).div_(255).sub_(0.2860).div_(0.3530)
      total += Double(normalised.select(2, 14).select(2, 14).sum().item(as: Float.self))
      labelTotal += Int(batch[1].sum().item(as: Int64.self))
      count += batch[1].count
    }
    return [total / Double(count), Double(labelTotal) / Double(count), Double(count)]
  }
  return Workload(checks: epoch()) { count in
    for _ in 0..<count { _ = epoch() }
  }
}

/// Images one by one, each normalised by itself, as a dictionary.
private struct ImageSamples: Dataset {
  let images: Tensor
  let labels: Tensor
  var count: Int { images.size(0) }

  subscript(index: Int) -> [String: Tensor] {
    ["image": images[index].to(.float32).sub_(73).div_(90), "label": labels[index]]
  }
}

/// 10,000 images as samples of dictionaries, collated to shuffled batches of 64.
private func loadingSamples(workers: Int) throws -> Workload {
  let examples = try MNISTFolder().load(.test)
  let images = Tensor(examples.pixels, shape: [examples.count, 1, examples.height, examples.width])
  let loader = DataLoader(
    ImageSamples(images: images, labels: Tensor(examples.labels).long()), batchSize: 64, shuffle: true, workers: workers)

  func epoch() -> [Double] {
    var (total, labelTotal, count) = (0.0, 0, 0)
    for batch in loader {
      total += Double(batch["image"]!.select(2, 14).select(2, 14).sum().item(as: Float.self))
      labelTotal += Int(batch["label"]!.sum().item(as: Int64.self))
      count += batch["label"]!.count
    }
    return [total / Double(count), Double(labelTotal) / Double(count), Double(count)]
  }
  return Workload(checks: epoch()) { count in
    for _ in 0..<count { _ = epoch() }
  }
}

/// A chain of 60 small pointwise ops, `(y * 1.01 + b).tanh()` twenty times, on 1,024 floats: forward, and with the backward.
private let chainRows = [
  Row(name: "chain/forward-60") {
    let (x, b) = (pattern([1024], seed: 1), pattern([1024], seed: 2))
    return repeated { chain(x, b) }
  },
  Row(name: "chain/backward-60") {
    let (x, b) = (pattern([1024], seed: 1).requiresGrad_(), pattern([1024], seed: 2).requiresGrad_())
    return repeated {
      (x.grad, b.grad) = (nil, nil)
      chain(x, b).sum().backward()
      return x.grad! + b.grad!
    }
  },
]

private func chain(_ x: Tensor, _ b: Tensor) -> Tensor {
  var y = x
  for _ in 0..<20 { y = (y * 1.01 + b).tanh() }
  return y
}
