import ExampleSupport
import Foundation
import Torch

/// A text as numbers of its characters, and the part of it that is kept for validation.
struct Book {
  /// Isaac Newton's Opticks (1730), which a Debian package brings as test data.
  static let defaultPath = "/usr/share/gocode/src/github.com/andybalholm/brotli/testdata/Isaac.Newton-Opticks.txt"
  static let package = "golang-github-andybalholm-brotli-dev"

  let characters: [UInt8]
  let training: Tensor
  let validation: Tensor

  init(path: String, validationPart: Double = 0.1) throws {
    let bytes = try dataFile(path, package: Book.package)
    guard bytes.count >= 10_000 else {
      throw ExampleError("\(path): expected a text of at least 10,000 bytes, found \(bytes.count)")
    }
    characters = Set(bytes).sorted()
    var numbers = [UInt8](repeating: 0, count: 256)
    for (i, character) in characters.enumerated() { numbers[Int(character)] = UInt8(i) }
    let tokens = Tensor(bytes.map { numbers[Int($0)] }).to(.int64)
    let split = Int(Double(bytes.count) * (1 - validationPart))
    training = tokens[0..<split]
    validation = tokens[split..<bytes.count]
  }

  func text(_ tokens: [Int]) -> String { String(decoding: tokens.map { characters[$0] }, as: UTF8.self) }

  /// The numbers of a text's characters; those that the book lacks are left out.
  func tokens(_ text: String) -> [Int] { text.utf8.compactMap { characters.firstIndex(of: $0) } }

  /// Random windows of the training part: inputs and the characters that follow.
  func batch(_ count: Int, length: Int) -> (x: Tensor, y: Tensor) {
    let starts = Tensor.randint(training.count - length - 1, [count, 1])
    let places = starts + Tensor.arange(Scalar(length + 1)).unsqueeze(0)
    let windows = training[places]
    return (windows.narrow(1, 0, length), windows.narrow(1, 1, length))
  }
}
