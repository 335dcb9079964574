import Torch

// The models of Tools/architectures.py, property for property.

final class LeNet: Module {
  let features = Sequential(
    Conv2d(1, 6, kernelSize: 5, padding: 2), Tanh(), AvgPool2d(2), Conv2d(6, 16, kernelSize: 5), Tanh(), AvgPool2d(2))
  let classifier = Sequential(Flatten(), Linear(400, 84), Tanh(), Linear(84, 10))
  override func forward(_ x: Tensor) -> Tensor { classifier(features(x)) }
}

final class BasicBlock: Module {
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
    let y = bn2(conv2(bn1(conv1(x)).relu()))
    return (y + (downsample?(x) ?? x)).relu()
  }
}

final class ResNet: Module {
  let conv1 = Conv2d(3, 8, kernelSize: 7, stride: 2, padding: 3, bias: false)
  let bn1 = BatchNorm2d(8)
  let maxpool = MaxPool2d(3, stride: 2, padding: 1)
  let layer1 = Sequential(BasicBlock(8, 8, stride: 1), BasicBlock(8, 8, stride: 1))
  let layer2 = Sequential(BasicBlock(8, 16, stride: 2), BasicBlock(16, 16, stride: 1))
  let avgpool = AdaptiveAvgPool2d(1)
  let fc = Linear(16, 10)
  override func forward(_ x: Tensor) -> Tensor {
    fc(avgpool(layer2(layer1(maxpool(bn1(conv1(x)).relu())))).flatten(1))
  }
}

private func convBNReLU6(_ inputs: Int, _ outputs: Int, _ kernel: Int, stride: Int = 1, groups: Int = 1) -> Sequential {
  Sequential(
    Conv2d(inputs, outputs, kernelSize: kernel, stride: stride, padding: (kernel - 1) / 2, groups: groups, bias: false),
    BatchNorm2d(outputs), ReLU6())
}

final class InvertedResidual: Module {
  let conv: Sequential
  private let isResidual: Bool

  init(_ inputs: Int, _ outputs: Int, stride: Int, expansion: Int) {
    let hidden = inputs * expansion
    conv = Sequential {
      if expansion != 1 { convBNReLU6(inputs, hidden, 1) }
      convBNReLU6(hidden, hidden, 3, stride: stride, groups: hidden)
      Conv2d(hidden, outputs, kernelSize: 1, bias: false)
      BatchNorm2d(outputs)
    }
    isResidual = stride == 1 && inputs == outputs
  }
  override func forward(_ x: Tensor) -> Tensor { isResidual ? x + conv(x) : conv(x) }
}

final class MobileNet: Module {
  let features = Sequential(
    convBNReLU6(3, 8, 3, stride: 2), InvertedResidual(8, 8, stride: 1, expansion: 1),
    InvertedResidual(8, 12, stride: 2, expansion: 4), InvertedResidual(12, 12, stride: 1, expansion: 4), convBNReLU6(12, 32, 1))
  let classifier = Sequential(Dropout(0.2), Linear(32, 10))
  override func forward(_ x: Tensor) -> Tensor { classifier(features(x).mean([2, 3])) }
}

final class DoubleConv: Module {
  @Child("double_conv") var doubleConv = Sequential()

  init(_ inputs: Int, _ outputs: Int) {
    super.init()
    doubleConv = Sequential(
      Conv2d(inputs, outputs, kernelSize: 3, padding: 1, paddingMode: .reflect), InstanceNorm2d(outputs, affine: true),
      LeakyReLU(negativeSlope: 0.2), Conv2d(outputs, outputs, kernelSize: 3, padding: .same), GroupNorm(2, outputs), SiLU())
  }
  override func forward(_ x: Tensor) -> Tensor { doubleConv(x) }
}

final class UNet: Module {
  let inc = DoubleConv(3, 8)
  let down1 = Sequential(MaxPool2d(2), DoubleConv(8, 16))
  let up1 = ConvTranspose2d(16, 8, kernelSize: 2, stride: 2)
  let conv1 = DoubleConv(16, 8)
  let outc = Conv2d(8, 2, kernelSize: 1)
  override func forward(_ x: Tensor) -> Tensor {
    let first = inc(x)
    return outc(conv1(cat([first, up1(down1(first))], dim: 1)))
  }
}

final class VAE: Module {
  let encoder = Sequential(Linear(20, 16), ELU(), LayerNorm(16))
  let fcMu = Linear(16, 4)
  let fcVar = Linear(16, 4)
  let decoder: ModuleDict = ["hidden": Linear(4, 16), "output": Linear(16, 20)]
  let scales = ParameterList([Tensor.randn([20]), Tensor.randn([20])])
  @Buffer var noise = Tensor.randn([4])
  override func forward(_ x: Tensor) -> Tensor {
    let h = encoder(x)
    let z = fcMu(h) + noise * (fcVar(h) / 2).exp()
    return decoder["output"]!(decoder["hidden"]!(z).gelu()) * scales[0] + scales[1]
  }
}
