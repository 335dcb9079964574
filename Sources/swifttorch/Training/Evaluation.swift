import Torch
import TorchReport
import TorchVision

/// How a classifier does on a data set.
struct Evaluation {
  /// Mean cross-entropy per image.
  let loss: Double
  /// Decisions by true and predicted class.
  let matrix: ConfusionMatrix

  /// Classifies all images of `data`, in evaluation mode and off the tape; `progress` is told the number of images of each batch.
  init(of classifier: ImageClassifier, on data: MNISTDataset, batchSize: Int = 500, progress: (Int) -> Void = { _ in }) throws {
    let wasTraining = classifier.model.isTraining
    classifier.model.eval()
    defer { classifier.model.train(wasTraining) }
    var matrix = ConfusionMatrix(classNames: data.classNames)
    var lossSum = 0.0
    var generator = StreamGenerator(seed: 0)
    var start = 0
    while start < data.count {
      let positions = Array(start..<min(start + batchSize, data.count))
      let (loss, predictions): (Double, [Int]) = try withTorchErrors {
        noGrad {
          let logits = classifier(data.images(at: positions, using: &generator))
          let loss = crossEntropy(logits, data.labels(at: positions), reduction: .sum)
          return (loss.item(as: Double.self), logits.argmax(1).array(as: Int.self))
        }
      }
      lossSum += loss
      for (position, predicted) in zip(positions, predictions) {
        matrix.add(actual: Int(data.examples.labels[position]), predicted: predicted)
      }
      progress(positions.count)
      start += positions.count
    }
    loss = lossSum / Double(data.count)
    self.matrix = matrix
  }
}
