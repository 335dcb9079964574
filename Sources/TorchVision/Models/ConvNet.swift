import Torch

/// A small convolutional classifier: three 3×3 convolutions with batch norm, max pooling after the first two, and two linear layers.
///
/// The rectifier comes after the pooling, which gives the same values as before it from a quarter of the work.
///
/// Takes (N, 1, 28, 28) and gives logits (N, classes).
public final class ConvNet: Module {
  public let conv1: Conv2d
  public let bn1: BatchNorm2d
  public let conv2: Conv2d
  public let bn2: BatchNorm2d
  public let conv3: Conv2d
  public let bn3: BatchNorm2d
  public let pool: MaxPool2d
  public let dropout: Dropout
  public let fc1: Linear
  public let fc2: Linear

  /// - Parameter dropout: the probability with which a value is dropped in training.
  public init(classes: Int = 10, dropout: Double = 0.25) {
    conv1 = Conv2d(1, 32, kernelSize: 3, padding: 1, bias: false)
    bn1 = BatchNorm2d(32)
    conv2 = Conv2d(32, 64, kernelSize: 3, padding: 1, bias: false)
    bn2 = BatchNorm2d(64)
    conv3 = Conv2d(64, 64, kernelSize: 3, padding: 1, bias: false)
    bn3 = BatchNorm2d(64)
    pool = MaxPool2d(2)
    self.dropout = Dropout(dropout)
    fc1 = Linear(64 * 7 * 7, 128)
    fc2 = Linear(128, classes)
  }

  public override func forward(_ x: Tensor) -> Tensor {
    var y = pool(bn1(conv1(x))).relu()
    y = pool(bn2(conv2(y))).relu()
    y = dropout(bn3(conv3(y)).relu())
    y = dropout(fc1(y.flatten(1)).relu())
    return fc2(y)
  }
}
