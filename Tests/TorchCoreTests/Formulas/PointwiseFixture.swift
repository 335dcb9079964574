import Foundation

/// The recorded values of PyTorch (Tools/record-pointwise-fixture.py), as a list of cases.
struct PointwiseFixture {
  struct Case: Sendable {
    var kernel: String
    var parameters: [Double]
    /// The inputs of each point.
    var points: [[Double]]
    var values = [Double]()
    /// By input: the gradient at each point.
    var gradients = [Int: [Double]]()
    var seconds = [Second]()

    var label: String { "\(kernel)(\(parameters.map { "\($0)" }.joined(separator: ", ")))" }
  }

  /// A second derivative by one input, at points of its own.
  struct Second: Sendable {
    var input: Int
    var points: [[Double]]
    var values: [Double]
  }

  struct FormatError: Error, CustomStringConvertible {
    let description: String
  }

  let cases: [Case]

  static let shared: Result<PointwiseFixture, any Error> = Result {
    let url = packageRoot.appending(path: "Tests/TorchCoreTests/Fixtures/pointwise.txt")
    return try PointwiseFixture(String(contentsOf: url, encoding: .utf8))
  }

  static let packageRoot = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  init(_ text: String) throws {
    var grids = [String: [Double]]()
    var cases = [Case]()
    for (number, line) in text.split(separator: "\n").enumerated() {
      let words = line.split(separator: " ").map(String.init)
      func numbers(from start: Int) throws -> [Double] {
        try words[start...].map { word in
          guard let value = Double(word) else { throw FormatError(description: "line \(number + 1): \(word) is not a number") }
          return value
        }
      }
      switch words[0] {
      case "grid": grids[words[1]] = try numbers(from: 2)
      case "case":
        let grid = grids[words[2]] ?? []
        let points = Self.product(grid, count: Int(words[3]) ?? 0)
        cases.append(Case(kernel: words[1], parameters: try numbers(from: 4), points: points))
      case "value": cases[cases.count - 1].values = try numbers(from: 1)
      case "gradient": cases[cases.count - 1].gradients[Int(words[1]) ?? -1] = try numbers(from: 2)
      case "second":
        let count = cases[cases.count - 1].points.first?.count ?? 0
        let points = Self.product(grids[words[1]] ?? [], count: count)
        cases[cases.count - 1].seconds.append(Second(input: Int(words[2]) ?? -1, points: points, values: try numbers(from: 3)))
      default: throw FormatError(description: "line \(number + 1): unknown word \(words[0])")
      }
    }
    self.cases = cases
  }

  /// The n-fold product, the last coordinate fastest.
  static func product(_ grid: [Double], count: Int) -> [[Double]] {
    (0..<count).reduce([[]]) { points, _ in points.flatMap { point in grid.map { point + [$0] } } }
  }
}
