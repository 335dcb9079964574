// A linear model and a perceptron together on a table of measurements: whether a tumour is benign, from 30 numbers of its cells' nuclei (the Wisconsin data set
// of Wolberg, Street and Mangasarian, 1995), against logistic regression.
//
//   swift run -c release tabular          97.7 % of held-out rows, the mean of five splits; logistic regression reaches 98.1 %

import ArgumentParser
import ExampleSupport
import Foundation
import Torch
import TorchReport

/// The rows of a CSV file: a header of counts and class names, then numbers of which the last is the class.
struct Table {
  static let defaultPath = "/usr/lib/python3/dist-packages/sklearn/datasets/data/breast_cancer.csv"
  static let package = "python3-sklearn"
  let features: Tensor
  let labels: Tensor

  init(path: String) throws {
    let text = String(decoding: try dataFile(path, package: Table.package), as: UTF8.self)
    let lines = text.split(whereSeparator: \.isNewline)
    var values: [Float] = []
    var classes: [Int] = []
    let columns = lines.dropFirst().first?.split(separator: ",").count ?? 0
    guard columns >= 2 else { throw ExampleError("\(path): expected a header and rows of at least 2 numbers") }
    for (i, line) in lines.dropFirst().enumerated() {
      let numbers = line.split(separator: ",", omittingEmptySubsequences: false).map { Float($0) }
      guard numbers.count == columns, !numbers.contains(where: { $0 == nil }), let label = numbers.last.flatMap({ $0 }),
        label == 0 || label == 1
      else { throw ExampleError("\(path): line \(i + 2): expected \(columns) numbers, the last 0 or 1, found \(line)") }
      values += numbers.dropLast().map { $0! }
      classes.append(Int(label))
    }
    features = Tensor(values, shape: [classes.count, columns - 1])
    labels = Tensor(classes)
  }
}

/// A linear model and a perceptron whose logits are added up (Cheng and others, "Wide & deep learning", 2016).
final class WideAndDeep: Module {
  let wide: Linear
  let deep: Sequential

  init(_ inputs: Int) {
    wide = Linear(inputs, 2)
    deep = Sequential(
      Linear(inputs, 32), BatchNorm1d(32), ReLU(), Dropout(0.5), Linear(32, 16), BatchNorm1d(16), ReLU(), Dropout(0.5),
      Linear(16, 2))
  }

  override func forward(_ x: Tensor) -> Tensor { wide(x) + deep(x) }
}

struct Tabular: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tabular", abstract: "A wide and deep model of a table of measurements.")

  @Option(help: "A CSV file of numbers, the last of a row 0 or 1.") var data = Table.defaultPath
  @Option(help: "Rounds of training.") var epochs = 80
  @Option(help: "How many times the rows are split anew, for the mean of the accuracies.") var splits = 5
  @Option(help: "Where the model and the curves go.") var output = "runs/tabular"

  func validate() throws {
    for (name, value) in [("epochs", epochs), ("splits", splits)] where value < 1 {
      throw ValidationError("--\(name): expected a positive number, got \(value)")
    }
  }

  func accuracy(_ model: Module, _ x: Tensor, _ y: Tensor) -> Double {
    model.eval()
    defer { model.train() }
    return noGrad { model(x).argmax(1).eq(y).float().mean().item(as: Double.self) }
  }

  /// Logistic regression with a little weight decay, by LBFGS.
  func baseline(_ x: Tensor, _ y: Tensor) -> Linear {
    let model = Linear(x.size(1), 2)
    let optimizer = LBFGS(model.parameters(), maxIter: 100, lineSearch: .strongWolfe)
    optimizer.step {
      optimizer.zeroGrad()
      let loss = crossEntropy(model(x), y) + model.weight.square().sum() * 0.002
      loss.backward()
      return loss
    }
    return model
  }

  func run() throws {
    let table = try Table(path: data)
    let folder = try outputFolder(output)
    let count = table.labels.count
    print("\(count) rows of \(table.features.size(1)) numbers; \(table.labels.sum().item(as: Int.self)) of class 1")
    var (ours, theirs): ([Double], [Double]) = ([], [])
    var losses = Curves("loss")
    let bar = ProgressBar("training", total: splits * epochs, unit: "epoch")
    let path = folder.appending(path: "model.pt").path
    for split in 0..<splits {
      manualSeed(UInt64(split))
      let order = Tensor.randperm(count)
      let held = count / 5
      let (test, train) = (order[0..<held], order[held..<count])
      // Measured on the training rows alone.
      let mean = table.features[train].mean([0])
      let deviation = table.features[train].std([0])
      let x = (table.features - mean) / deviation
      let (trainX, trainY, testX, testY) = (x[train], table.labels[train], x[test], table.labels[test])

      let model = WideAndDeep(x.size(1))
      let optimizer = AdamW(model.parameters(), lr: 3e-3, weightDecay: 0.05)
      let schedule = CosineAnnealingLR(optimizer, tMax: epochs)
      let loader = DataLoader(TensorDataset([trainX, trainY]), batchSize: 32, shuffle: true, dropLast: true)
      for _ in 0..<epochs {
        var (sum, batches) = (0.0, 0)
        for batch in loader {
          optimizer.zeroGrad()
          let loss = crossEntropy(model(batch[0]), batch[1], labelSmoothing: 0.05)
          loss.backward()
          optimizer.step()
          sum += loss.item(as: Double.self)
          batches += 1
        }
        schedule.step()
        if split == 0 {
          model.eval()
          losses.add(
            training: sum / Double(batches),
            validation: noGrad { crossEntropy(model(testX), testY, labelSmoothing: 0.05).item(as: Double.self) })
          model.train()
        }
        bar.advance(by: 1, [("loss", NumberFormat.fixed(sum / Double(batches), 3))])
      }
      ours.append(accuracy(model, testX, testY))
      theirs.append(accuracy(baseline(trainX, trainY), testX, testY))
      if split == 0 {
        try model.save(to: path)
        let reloaded = WideAndDeep(x.size(1))
        try reloaded.load(from: path)
        guard accuracy(reloaded, testX, testY) == ours[0] else {
          throw ExampleError("the model that was read back predicts differently")
        }
      }
    }
    let (mine, base) = (ours.reduce(0, +) / Double(splits), theirs.reduce(0, +) / Double(splits))
    bar.finish([("accuracy", NumberFormat.percent(mine, 2))])
    let picture = folder.appending(path: "curves.png").path
    try Curves.draw([losses], title: "Benign or malignant", subtitle: "the first of \(splits) splits", to: picture)
    print(
      "accuracy on held-out rows, mean of \(splits) splits: wide and deep \(NumberFormat.percent(mine, 2)), logistic regression \(NumberFormat.percent(base, 2))"
    )
    print("the first model is in \(path); curves in \(picture)")
  }
}

Tabular.main()
