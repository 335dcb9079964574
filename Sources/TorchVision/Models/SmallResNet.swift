import Torch

/// Two 3×3 convolutions with batch norm and a shortcut around them: a 1×1 convolution where the shape changes.
public final class BasicBlock: Module {
  public let conv1: Conv2d
  public let bn1: BatchNorm2d
  public let conv2: Conv2d
  public let bn2: BatchNorm2d
  public let downsample: Sequential?

  public init(_ inputs: Int, _ outputs: Int, stride: Int = 1) {
    conv1 = Conv2d(inputs, outputs, kernelSize: 3, stride: stride, padding: 1, bias: false)
    bn1 = BatchNorm2d(outputs)
    conv2 = Conv2d(outputs, outputs, kernelSize: 3, padding: 1, bias: false)
    bn2 = BatchNorm2d(outputs)
    if stride != 1 || inputs != outputs {
      downsample = Sequential(
        Conv2d(inputs, outputs, kernelSize: 1, stride: stride, bias: false), BatchNorm2d(outputs))
    } else {
      downsample = nil
    }
  }

  public override func forward(_ x: Tensor) -> Tensor {
    let shortcut = downsample?(x) ?? x
    let y = bn1(conv1(x)).relu()
    return (bn2(conv2(y)) + shortcut).relu()
  }
}

/// A ResNet for small images: a 3×3 stem of 16 channels, three stages of 16, 32 and 64 channels, and a linear layer on their
/// means.
///
/// Takes (N, 1, H, W) and gives logits (N, classes).
public final class SmallResNet: Module {
  public let conv1: Conv2d
  public let bn1: BatchNorm2d
  public let layer1: Sequential
  public let layer2: Sequential
  public let layer3: Sequential
  public let dropout: Dropout
  public let fc: Linear

  /// - Parameters:
  ///   - blocks: the number of blocks in each stage, at least 1.
  ///   - dropout: the probability with which one of the 64 means is dropped in training.
  public init(classes: Int = 10, blocks: Int = 1, dropout: Double = 0) {
    conv1 = Conv2d(1, 16, kernelSize: 3, padding: 1, bias: false)
    bn1 = BatchNorm2d(16)
    layer1 = SmallResNet.stage(16, 16, stride: 1, blocks)
    layer2 = SmallResNet.stage(16, 32, stride: 2, blocks)
    layer3 = SmallResNet.stage(32, 64, stride: 2, blocks)
    self.dropout = Dropout(dropout)
    fc = Linear(64, classes)
  }

  private static func stage(_ inputs: Int, _ outputs: Int, stride: Int, _ blocks: Int) -> Sequential {
    Sequential {
      BasicBlock(inputs, outputs, stride: stride)
      for _ in 0..<max(blocks - 1, 0) { BasicBlock(outputs, outputs) }
    }
  }

  public override func forward(_ x: Tensor) -> Tensor {
    let stem = bn1(conv1(x)).relu()
    let features = layer3(layer2(layer1(stem)))
    return fc(dropout(features.mean([2, 3])))
  }
}
