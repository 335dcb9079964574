import Foundation
import TorchNN
import TorchOps

/// Values recorded by Tools/record-sequence-fixtures.py.
struct SequenceFixture: Decodable {
  struct Recorded: Decodable {
    let description: String
    let keys: [String]
    let initial: [String]
    /// Of numbers drawn after the module was made.
    let next: String
  }

  let modules: [String: Recorded]
  let calls: [String: [Double]]

  static let shared = Result {
    let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/sequences.json")
    return try JSONDecoder().decode(SequenceFixture.self, from: Data(contentsOf: url))
  }
}

/// The elements of tensors, one after the other.
func flat(_ tensors: [Tensor]) -> [Double] { tensors.flatMap { $0.detach().to(.float64).contiguous().array(as: Double.self) } }

/// How far two lists are apart: the greatest |a - b| / (1 + |b|); infinite where their lengths differ.
func distance(_ a: [Double], _ b: [Double]) -> Double {
  guard a.count == b.count, !a.isEmpty else { return .infinity }
  return zip(a, b).map { abs($0 - $1) / (1 + abs($1)) }.reduce(0) { $0 > $1 || $0.isNaN ? $0 : $1 }
}
