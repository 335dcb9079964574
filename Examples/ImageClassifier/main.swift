// A small residual network on Fashion-MNIST, with augmentation, one cycle of the learning rate and an average of the weights.
//
//   swift run -c release image-classifier          93.0 % of the test images, after 8 epochs

import ArgumentParser
import ExampleSupport
import Foundation
import Torch
import TorchReport
import TorchVision

/// Two convolutions around a shortcut.
final class Block: Module {
  let body: Sequential
  let shortcut: Module

  init(_ inputs: Int, _ outputs: Int, stride: Int) {
    body = Sequential(
      Conv2d(inputs, outputs, kernelSize: 3, stride: stride, padding: 1, bias: false), BatchNorm2d(outputs), ReLU(),
      Conv2d(outputs, outputs, kernelSize: 3, padding: 1, bias: false), BatchNorm2d(outputs))
    shortcut =
      inputs == outputs && stride == 1
      ? Identity() : Sequential(Conv2d(inputs, outputs, kernelSize: 1, stride: stride, bias: false), BatchNorm2d(outputs))
  }

  override func forward(_ x: Tensor) -> Tensor { (body(x) + shortcut(x)).relu() }
}

func makeNetwork() -> Sequential {
  Sequential {
    Conv2d(1, 32, kernelSize: 3, padding: 1, bias: false)
    BatchNorm2d(32)
    ReLU()
    Block(32, 64, stride: 2)
    Block(64, 128, stride: 2)
    AdaptiveAvgPool2d(1)
    Flatten()
    Linear(128, 10)
  }
}

struct ImageClassifier: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "image-classifier", abstract: "A residual network that tells clothes apart.")

  @Option(help: "A folder of IDX files; the package dataset-fashion-mnist's where there is none.") var data: String?
  @Option(help: "Rounds of training.") var epochs = 8
  @Option(help: "Images in a batch.") var batch = 128
  @Option(help: "The largest learning rate.") var lr = 8e-3
  @Option(help: "Training images; all of them where there is none.") var limit: Int?
  @Option(help: "Where the model and the curves go.") var output = "runs/image-classifier"

  func validate() throws {
    for (name, value) in [("epochs", epochs), ("batch", batch), ("limit", limit ?? 1)] where value < 1 {
      throw ValidationError("--\(name): expected a positive number, got \(value)")
    }
  }

  func tensors(_ examples: MNISTFolder.Examples) -> (images: Tensor, labels: Tensor) {
    let images = Tensor(examples.pixels, shape: [examples.count, 1, examples.height, examples.width]).float()
    return ((images / 255 - 0.286) / 0.353, Tensor(examples.labels).long())
  }

  /// Shifts a batch by up to one pixel, and mirrors half of its images.
  func augmented(_ x: Tensor) -> Tensor {
    let (height, width) = (x.size(2), x.size(3))
    let padded = x.pad([1, 1, 1, 1], mode: .replicate)
    let moved = padded.narrow(2, Int.random(in: 0...2), height).narrow(3, Int.random(in: 0...2), width)
    let mirrored = Tensor.rand([x.size(0), 1, 1, 1]) .< Tensor(Float(0.5))
    return `where`(mirrored, moved.flip([3]), moved)
  }

  func accuracy(_ model: Module, _ images: Tensor, _ labels: Tensor) -> Double {
    var right = 0
    noGrad {
      for start in stride(from: 0, to: images.size(0), by: 500) {
        let end = Swift.min(start + 500, images.size(0))
        right += model(images[start..<end]).argmax(1).eq(labels[start..<end]).sum().item(as: Int.self)
      }
    }
    return Double(right) / Double(images.size(0))
  }

  func run() throws {
    let folder = try outputFolder(output)
    let source = try MNISTFolder(path: data)
    var (images, labels) = tensors(try source.load(.train))
    let (testImages, testLabels) = tensors(try source.load(.test))
    if let limit {
      (images, labels) = (images[0..<Swift.min(limit, images.size(0))], labels[0..<Swift.min(limit, labels.size(0))])
    }

    manualSeed(0)
    let model = makeNetwork()
    print(model.summary(images[0..<1]))
    let averaged = AveragedModel(model, in: makeNetwork(), rule: .exponential(decay: 0.99), usesBuffers: true)
    let loader = DataLoader(TensorDataset([images, labels]), batchSize: batch, shuffle: true)
    let steps = (images.size(0) + batch - 1) / batch
    let optimizer = AdamW(model.parameters(), lr: lr, weightDecay: 0.02)
    let schedule = OneCycleLR(optimizer, maxLR: lr, totalSteps: epochs * steps)
    var (losses, accuracies) = (Curves("loss"), Curves("accuracy"))
    for epoch in 1...epochs {
      let bar = ProgressBar("epoch \(epoch)/\(epochs)", total: images.size(0), unit: "img")
      var (sum, right) = (0.0, 0)
      for batch in loader {
        optimizer.zeroGrad()
        let logits = model(augmented(batch[0]))
        let loss = crossEntropy(logits, batch[1], labelSmoothing: 0.05)
        loss.backward()
        optimizer.step()
        schedule.step()
        averaged.updateParameters(from: model)
        sum += loss.item(as: Double.self) * Double(batch[1].count)
        right += noGrad { logits.argmax(1).eq(batch[1]).sum().item(as: Int.self) }
        bar.advance(by: batch[1].count, [("loss", NumberFormat.fixed(loss.item(as: Double.self), 3))])
      }
      averaged.eval()
      let test = accuracy(averaged, testImages, testLabels)
      let testLoss = noGrad { crossEntropy(averaged(testImages[0..<2000]), testLabels[0..<2000]).item(as: Double.self) }
      averaged.train()
      losses.add(training: sum / Double(images.size(0)), validation: testLoss)
      accuracies.add(training: Double(right) / Double(images.size(0)), validation: test)
      bar.finish([
        ("loss", NumberFormat.fixed(sum / Double(images.size(0)), 3)), ("test accuracy", NumberFormat.percent(test, 2)),
      ])
    }

    // For prediction: the averages, with the batch norms in the convolutions before them.
    averaged.eval()
    let expected = accuracy(averaged, testImages, testLabels)
    let path = folder.appending(path: "model.safetensors").path
    try averaged.module.save(to: path)
    let reloaded = makeNetwork()
    try reloaded.load(from: path)
    let fused = reloaded.eval().fuseBatchNorms()
    let found = accuracy(reloaded, testImages, testLabels)
    guard abs(found - expected) <= 0.0005 else {
      throw ExampleError("the model that was read back reaches \(found), not \(expected)")
    }
    let picture = folder.appending(path: "curves.png").path
    try Curves.draw(
      [losses, accuracies], title: "Fashion-MNIST", subtitle: "a residual network of 32 to 128 channels", to: picture)
    print("test accuracy \(NumberFormat.percent(found, 2)) from \(path), \(fused) batch norms fused; curves in \(picture)")
  }
}

ImageClassifier.main()
