import Torch

// The three image classifiers of `swifttorch train`, as in `peers/models.py`: same layers, same order, same names.

/// 784-512-256-10 with ReLU and dropout.
final class MLP: Module {
  let fc1 = Linear(784, 512)
  let fc2 = Linear(512, 256)
  let fc3 = Linear(256, 10)
  let dropout: Dropout

  init(dropout: Double = 0.2) { self.dropout = Dropout(dropout) }

  func callAsFunction(_ x: Tensor) -> Tensor {
    let first = dropout(relu(fc1(x.flatten(1))))
    return fc3(dropout(relu(fc2(first))))
  }
}

/// Two pairs of 3×3 convolutions with batch norm, each pair followed by max pooling, and two linear layers.
final class CNN: Module {
  let conv1 = Conv2d(1, 32, kernelSize: 3, padding: 1, bias: false)
  let bn1 = BatchNorm2d(32)
  let conv2 = Conv2d(32, 32, kernelSize: 3, padding: 1, bias: false)
  let bn2 = BatchNorm2d(32)
  let conv3 = Conv2d(32, 64, kernelSize: 3, padding: 1, bias: false)
  let bn3 = BatchNorm2d(64)
  let conv4 = Conv2d(64, 64, kernelSize: 3, padding: 1, bias: false)
  let bn4 = BatchNorm2d(64)
  let pool = MaxPool2d(2)
  let dropout: Dropout
  let fc1 = Linear(64 * 7 * 7, 128)
  let fc2 = Linear(128, 10)

  init(dropout: Double = 0.25) { self.dropout = Dropout(dropout) }

  func callAsFunction(_ x: Tensor) -> Tensor {
    var y = relu(bn1(conv1(x)))
    y = dropout(pool(relu(bn2(conv2(y)))))
    y = relu(bn3(conv3(y)))
    y = dropout(pool(relu(bn4(conv4(y)))))
    y = dropout(relu(fc1(y.flatten(1))))
    return fc2(y)
  }
}

/// Two 3×3 convolutions and a shortcut (a 1×1 convolution where the shape changes).
final class BasicBlock: Module {
  let conv1: Conv2d
  let bn1: BatchNorm2d
  let conv2: Conv2d
  let bn2: BatchNorm2d
  let downsample: Sequential?

  init(_ inputs: Int, _ outputs: Int, stride: Int) {
    conv1 = Conv2d(inputs, outputs, kernelSize: 3, stride: stride, padding: 1, bias: false)
    bn1 = BatchNorm2d(outputs)
    conv2 = Conv2d(outputs, outputs, kernelSize: 3, padding: 1, bias: false)
    bn2 = BatchNorm2d(outputs)
    downsample =
      stride == 1 && inputs == outputs
      ? nil : Sequential(Conv2d(inputs, outputs, kernelSize: 1, stride: stride, bias: false), BatchNorm2d(outputs))
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    let shortcut = downsample?(x) ?? x
    return relu(bn2(conv2(relu(bn1(conv1(x))))) + shortcut)
  }
}

/// A ResNet for small images: a 3×3 stem of 16 channels, three stages of 16, 32 and 64 with one block each, a linear layer.
final class ResNet: Module {
  let conv1 = Conv2d(1, 16, kernelSize: 3, padding: 1, bias: false)
  let bn1 = BatchNorm2d(16)
  let layer1 = [BasicBlock(16, 16, stride: 1)]
  let layer2 = [BasicBlock(16, 32, stride: 2)]
  let layer3 = [BasicBlock(32, 64, stride: 2)]
  let dropout: Dropout
  let fc = Linear(64, 10)

  init(dropout: Double = 0) { self.dropout = Dropout(dropout) }

  func callAsFunction(_ x: Tensor) -> Tensor {
    var y = relu(bn1(conv1(x)))
    for block in layer1 + layer2 + layer3 { y = block(y) }
    return fc(dropout(y.mean(dim: [2, 3])))
  }
}
