import Torch

// The models of `peers/networks.py`, layer for layer, with the same order of parameters.

/// LeNet-5 on 28 x 28 images, with ReLU and max pooling.
final class LeNet: Module {
  let conv1 = Conv2d(1, 6, kernelSize: 5, padding: 2)
  let conv2 = Conv2d(6, 16, kernelSize: 5)
  let fc1 = Linear(400, 120)
  let fc2 = Linear(120, 84)
  let fc3 = Linear(84, 10)

  override func forward(_ x: Tensor) -> Tensor {
    let features = maxPool2d(conv2(maxPool2d(conv1(x).relu(), [2])).relu(), [2])
    return fc3(fc2(fc1(features.flatten(1)).relu()).relu())
  }
}

private final class BasicBlock: Module {
  let conv1: Conv2d, bn1: BatchNorm2d, conv2: Conv2d, bn2: BatchNorm2d
  var downsample: Sequential?

  init(_ inputs: Int, _ outputs: Int, stride: Int) {
    conv1 = Conv2d(inputs, outputs, kernelSize: 3, stride: stride, padding: 1, bias: false)
    bn1 = BatchNorm2d(outputs)
    conv2 = Conv2d(outputs, outputs, kernelSize: 3, padding: 1, bias: false)
    bn2 = BatchNorm2d(outputs)
    if stride != 1 || inputs != outputs {
      downsample = Sequential(Conv2d(inputs, outputs, kernelSize: 1, stride: stride, bias: false), BatchNorm2d(outputs))
    }
  }

  override func forward(_ x: Tensor) -> Tensor {
    let shortcut = downsample?(x) ?? x
    return (bn2(conv2(bn1(conv1(x)).relu())) + shortcut).relu()
  }
}

/// ResNet-18; `small` is its form for 32 x 32 images: a 3 x 3 stem without pooling.
final class ResNet18: Module {
  let conv1: Conv2d
  let bn1 = BatchNorm2d(64)
  let layers: Sequential
  let fc: Linear
  private let isSmall: Bool

  init(classes: Int, small: Bool) {
    isSmall = small
    conv1 =
      small
      ? Conv2d(3, 64, kernelSize: 3, padding: 1, bias: false) : Conv2d(3, 64, kernelSize: 7, stride: 2, padding: 3, bias: false)
    layers = Sequential {
      for (stage, (inputs, outputs)) in [(64, 64), (64, 128), (128, 256), (256, 512)].enumerated() {
        BasicBlock(inputs, outputs, stride: stage > 0 ? 2 : 1)
        BasicBlock(outputs, outputs, stride: 1)
      }
    }
    fc = Linear(512, classes)
  }

  override func forward(_ x: Tensor) -> Tensor {
    let stem = bn1(conv1(x)).relu()
    return fc(layers(isSmall ? stem : maxPool2d(stem, [3], stride: [2], padding: [1])).mean([2, 3]))
  }
}

private func convBNReLU6(_ inputs: Int, _ outputs: Int, _ kernel: Int, stride: Int = 1, groups: Int = 1) -> [Module] {
  [
    Conv2d(inputs, outputs, kernelSize: kernel, stride: stride, padding: (kernel - 1) / 2, groups: groups, bias: false),
    BatchNorm2d(outputs), ReLU6(),
  ]
}

private final class InvertedResidual: Module {
  let conv: Sequential
  private let isResidual: Bool

  init(_ inputs: Int, _ outputs: Int, stride: Int, expansion: Int) {
    let hidden = inputs * expansion
    conv = Sequential(
      (expansion == 1 ? [] : convBNReLU6(inputs, hidden, 1)) + convBNReLU6(hidden, hidden, 3, stride: stride, groups: hidden)
        + [Conv2d(hidden, outputs, kernelSize: 1, bias: false), BatchNorm2d(outputs)])
    isResidual = stride == 1 && inputs == outputs
  }

  override func forward(_ x: Tensor) -> Tensor { isResidual ? x + conv(x) : conv(x) }
}

final class MobileNetV2: Module {
  let features: Sequential
  let classifier = Linear(1280, 1000)

  override init() {
    var (layers, inputs) = (convBNReLU6(3, 32, 3, stride: 2), 32)
    for (expansion, outputs, count, stride) in [
      (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
    ] {
      for i in 0..<count {
        layers.append(InvertedResidual(inputs, outputs, stride: i == 0 ? stride : 1, expansion: expansion))
        inputs = outputs
      }
    }
    features = Sequential(layers + convBNReLU6(320, 1280, 1))
  }

  override func forward(_ x: Tensor) -> Tensor { classifier(features(x).mean([2, 3])) }
}
