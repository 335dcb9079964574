import Torch

/// One step over the parameters of whole models, many tensors of many sizes: against PyTorch's defaults, and against its
/// fused forms.
let optimizerRows: [Row] = ["optim", "optim-fused"].flatMap { group in
  parameterSets.flatMap { label, shapes in
    [
      step("\(group)/sgd-\(label)", shapes) { SGD($0, lr: 1e-3, momentum: 0.9) },
      step("\(group)/adam-\(label)", shapes) { Adam($0, lr: 1e-3) },
      step("\(group)/adamw-\(label)", shapes) { AdamW($0, lr: 1e-3) },
      step("\(group)/rmsprop-\(label)", shapes) { RMSprop($0, lr: 1e-3) },
    ]
  }
}

/// The parameters of a ResNet-18, of six GPT layers of width 384, and of a small perceptron.
private let parameterSets: [(String, [[Int]])] = [
  ("resnet18", resnet), ("gpt", (0..<6).flatMap { _ in block } + [[5000, 384], [384], [384]]),
  ("perceptron", [[32, 8], [32], [2, 32], [2]]),
]

private let block: [[Int]] = [
  [384], [384], [1152, 384], [1152], [384, 384], [384], [384], [384], [1536, 384], [1536], [384, 1536], [384],
]

private let resnet: [[Int]] = {
  var shapes: [[Int]] = [[64, 3, 7, 7], [64], [64]]
  for (stage, width) in [64, 128, 256, 512].enumerated() {
    for i in 0..<4 {
      shapes += [[width, i == 0 && stage > 0 ? width / 2 : width, 3, 3], [width], [width]]
      if i == 1 && stage > 0 { shapes += [[width, width / 2, 1, 1], [width], [width]] }
    }
  }
  return shapes + [[1000, 512], [1000]]
}()

private func step(_ name: String, _ shapes: [[Int]], _ make: @escaping @Sendable ([Tensor]) -> Optimizer) -> Row {
  Row(name: name) {
    let parameters = shapes.enumerated().map { pattern($0.element, seed: $0.offset).requiresGrad_() }
    for (i, parameter) in parameters.enumerated() { parameter.grad = pattern(parameter.shape, seed: 1000 + i) }
    let optimizer = make(parameters)
    for _ in 0..<3 { optimizer.step() }
    return Workload(checks: summary(parameters[0]) + summary(parameters[parameters.count - 1])) { count in
      for _ in 0..<count { optimizer.step() }
    }
  }
}
