import ArgumentParser
import Glibc
import Torch
import TorchReport
import TorchVision

/// `swifttorch predict`.
struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Classifies PNG and JPEG files with a trained model.",
    discussion: "Images are made grey and brought to the size of the training images.")

  @Argument(help: ArgumentHelp("PNG or JPEG files.", valueName: "image"))
  var images: [String]

  @Option(help: ArgumentHelp("Folder of a training run, or file of weights.", valueName: "model"))
  var model = RunDirectory.latest

  @Option(help: "How many classes to show.")
  var top = 3

  @Option(help: "Whether to take the negative: auto does so for images with a light border, for the models expect a black one.")
  var invert = Inversion.auto

  /// Whether the negative of an image is classified.
  enum Inversion: String, CaseIterable, ExpressibleByArgument {
    case auto, yes, no
  }

  func run() throws {
    guard top >= 1 else { throw CommandFailure.usage("--top \(top); expected 1 or more") }
    let loaded = try ImageClassifier.load(model)
    if let remark = loaded.remark { note(remark) }
    let output = TerminalOutput.standardOutput()
    var failures = 0
    for (index, path) in images.enumerated() {
      do {
        let probabilities = try probabilities(of: path, loaded.classifier)
        if index > failures { output.write("\n") }
        output.write(path + "\n" + bars(probabilities, loaded.classifier.description, output) + "\n")
      } catch {
        // The other images are classified all the same.
        failures += 1
        note("error: \(oneLine(error))")
      }
    }
    if failures > 0 { throw ExitCode.failure }
  }

  /// The probability of each class.
  private func probabilities(of path: String, _ classifier: ImageClassifier) throws -> [Double] {
    let description = classifier.description
    // Transparent parts count as paper.
    var image = try Image(contentsOf: path).composited(on: .white).grayscale()
    if invert == .yes || (invert == .auto && PredictCommand.hasLightBorder(image)) { image = image.inverted() }
    image = try image.resized(width: description.width, height: description.height)
    let batch = try Tensor(grayImages: [image], normalization: description.normalization)
    return try withTorchErrors { noGrad { classifier(batch).softmax(dim: 1).array(as: Double.self) } }
  }

  /// Whether the outermost pixels of a grey image are light on average.
  static func hasLightBorder(_ image: Image) -> Bool {
    var sum = 0
    var count = 0
    for row in 0..<image.height {
      let isEdge = row == 0 || row == image.height - 1
      for column in stride(from: 0, to: image.width, by: isEdge ? 1 : max(1, image.width - 1)) {
        sum += Int(image.pixels[row * image.width + column])
        count += 1
      }
    }
    return sum > 127 * count
  }

  private func bars(_ probabilities: [Double], _ description: ModelDescription, _ output: TerminalOutput) -> String {
    let best = probabilities.indices.sorted { probabilities[$0] > probabilities[$1] }.prefix(top)
    let entries = best.map { (label: description.classNames[$0], probability: probabilities[$0]) }
    return ProbabilityBars.render(entries, columns: min(72, output.columns), unicode: output.usesUnicode)
  }
}
