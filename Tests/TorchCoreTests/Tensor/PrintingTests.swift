import Testing
import TorchOps
import TorchTestSupport

@Suite("Printing")
struct PrintingTests {
  /// The tensors of Tools/record_core_fixtures.py.
  static let tensors: [String: @Sendable () -> Tensor] = [
    "integers": { Tensor([[1, -2], [30, 400]]) },
    "floats": { Tensor([[0.5, -1.25], [100.0, 3.14159]]) },
    "whole floats": { Tensor([1.0, -2.0, 300.0]) },
    "one float": { Tensor([0.1]) },
    "scalar": { Tensor(2.5, dtype: .float32) },
    "scalar integer": { Tensor(-7, dtype: .int64) },
    "scientific": { Tensor([1e-5, 1.0, 2000.0]) },
    "small": { Tensor([1e-6, 2e-6]) },
    "large": { Tensor([1e9, 2.5]) },
    "large whole": { Tensor([1e9, 2e9]) },
    "many whole": { Tensor([1.0, 5000.0]) },
    "wide range whole": { Tensor([1.0, 200000.0, 3.0]) },
    "million": { Tensor([1e6]) },
    "zeros": { Tensor.zeros(2, 3) },
    "nan and inf": { Tensor([.nan, .infinity, -.infinity, 1.5]) },
    "nan and whole": { Tensor([.nan, 2.0]) },
    "only nan": { Tensor([Double.nan, .nan]) },
    "nan and integers wide": { Tensor([.infinity, 123456.0, -0.0]) },
    "bool": { Tensor([[true, false], [false, true]]) },
    "bool scalar": { Tensor(true) },
    "empty": { Tensor([Double]()) },
    "empty integers": { Tensor([Int]()) },
    "empty matrix": { Tensor.zeros(0, 3) },
    "empty matrix of integers": { Tensor.zeros(2, 0, dtype: .int32) },
    "three dimensions": { Tensor.arange(12).reshape(2, 3, 2) },
    "four dimensions": { Tensor.arange(16).reshape(2, 2, 2, 2).float() },
    "long line": { Tensor.arange(40) },
    "long floats": { Tensor.arange(30) / 7 },
    "summarised": { Tensor.arange(2000) },
    "summarised matrix": { Tensor((0..<40000).map { Double($0 % 97) }, shape: [200, 200]) },
    "summarised three": { Tensor((0..<1320).map { $0 % 13 }, shape: [10, 11, 12]) },
    "summarised wide": { Tensor((0..<3000).map { Double($0 % 7) }, shape: [3, 1000], dtype: .float64) },
    "float64": { Tensor([1.5], dtype: .float64) },
    "float16": { Tensor([1.5, 0.1], dtype: .float16) },
    "bfloat16": { Tensor([1.5, 0.1], dtype: .bfloat16) },
    "int32": { Tensor([1, 2], dtype: .int32) },
    "uint8": { Tensor([1, 255], dtype: .uint8) },
    "requires grad": { Tensor([1.0, 2.0], requiresGrad: true) },
    "grad fn": { Tensor([1.0, 2.0], requiresGrad: true) * 2 },
    "requires grad float64": { Tensor([1.0], dtype: .float64, requiresGrad: true) },
    "complex": { complex([1, -0.5], [2, -3.25], .complex64) },
    "complex whole": { complex([1, 3], [2, -4], .complex64) },
    "complex128": { complex([1.5], [0], .complex128) },
    "complex scalar": { complex([1], [-1], .complex64).reshape([]) },
    "meta": { Tensor.zeros(2, 3, device: .meta) },
    "transposed": { Tensor.arange(6).reshape(2, 3).t() },
    "negative zero": { Tensor([-0.0, 0.5]) },
    "long suffix": { Tensor.linspace(0, 1, steps: 9, dtype: .float64) },
  ]

  private static func complex(_ real: [Double], _ imaginary: [Double], _ dtype: DType) -> Tensor {
    let pairs = zip(real, imaginary).map { Tensor(scalar: .complex($0, $1)).to(dtype) }
    return stack(pairs)
  }

  static let recorded: [(name: String, text: String)] = {
    var cases: [(name: String, text: String)] = []
    for line in ((try? fixture("printing.txt")) ?? "").split(separator: "\n") {
      if line.hasPrefix("case ") {
        cases.append((String(line.dropFirst(5)), ""))
      } else {
        let old = cases[cases.count - 1].text
        cases[cases.count - 1].text = old.isEmpty ? String(line.dropFirst()) : old + "\n" + line.dropFirst()
      }
    }
    return cases
  }()

  @Test("the text is PyTorch's", arguments: recorded.map(\.name))
  func printing(_ name: String) throws {
    let expected = try #require(Self.recorded.first { $0.name == name }).text
    let make = try #require(Self.tensors[name], "no tensor for the recorded case")
    #expect(make().description == expected)
  }

  @Test func `every tensor is recorded`() {
    #expect(Set(Self.tensors.keys) == Set(Self.recorded.map(\.name)))
  }
}
