import Torch

/// A classifier of flattened 28×28 images: linear layers 784-512-256-10 with ReLU and dropout between them.
///
/// Takes (N, 1, 28, 28) and gives logits (N, classes).
public final class MLP: Module {
  public let fc1: Linear
  public let fc2: Linear
  public let fc3: Linear
  public let dropout: Dropout

  /// - Parameter dropout: the probability with which a hidden value is dropped in training.
  public init(classes: Int = 10, dropout: Double = 0.2) {
    fc1 = Linear(28 * 28, 512)
    fc2 = Linear(512, 256)
    fc3 = Linear(256, classes)
    self.dropout = Dropout(dropout)
  }

  public override func forward(_ x: Tensor) -> Tensor {
    let first = dropout(fc1(x.flatten(1)).relu())
    return fc3(dropout(fc2(first).relu()))
  }
}
