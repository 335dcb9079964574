import Torch
import TorchReport

/// Loss and accuracy over the batches of an epoch so far, summed where the tensors are: nothing is read from them per step.
struct RunningMetrics {
  private var lossSum = Tensor.zeros(dtype: .float64)
  private var correct = Tensor.zeros(dtype: .int64)
  /// Images seen.
  private(set) var count = 0

  /// Adds a batch: its mean loss, its scores of sizes (images, classes), its labels.
  mutating func add(loss: Tensor, logits: Tensor, labels: Tensor) {
    let size = labels.count
    noGrad {
      lossSum.add_(loss.detach().to(.float64), alpha: .double(Double(size)))
      correct.add_(logits.detach().argmax(1).eq(labels).sum())
    }
    count += size
  }

  /// Mean loss per image; NaN when there is none.
  var loss: Double { lossSum.item(as: Double.self) / Double(count) }
  /// Share of images whose highest score is their label's; NaN when there is none.
  var accuracy: Double { Double(correct.item(as: Int.self)) / Double(count) }

  /// The sums, for a checkpoint.
  var json: JSONValue {
    ["lossSum": .double(lossSum.item(as: Double.self)), "correct": .int(correct.item(as: Int.self)), "count": .int(count)]
  }

  init() {}

  /// Continues from the sums of a checkpoint; nil when they are not there.
  init?(_ json: JSONValue?) {
    guard let json, let loss = json["lossSum"]?.doubleValue, let right = json["correct"]?.intValue,
      let seen = json["count"]?.intValue, seen >= 0
    else { return nil }
    lossSum = Tensor(loss, dtype: .float64)
    correct = Tensor(right, dtype: .int64)
    count = seen
  }
}
