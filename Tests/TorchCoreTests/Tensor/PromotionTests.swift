import Testing
import TorchOps

@Suite("Type promotion and broadcasting")
struct PromotionTests {
  private static let types = Dictionary(uniqueKeysWithValues: DType.allCases.map { ($0.name, $0) })

  @Test func `the type of a result is PyTorch's for every combination`() throws {
    var count = 0
    for line in try fixture("promotion.txt").split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      let a = try #require(Self.types[words[1]])
      let expected = try #require(Self.types[words[3]])
      let one = Tensor.ones([2], dtype: a)
      let zero = Tensor.ones([], dtype: a)
      let numbers: [String: Scalar] = ["bool": true, "int": 3, "float": 1.5, "complex": .complex(1, 2)]
      switch words[0] {
      case "tensors":
        let b = try #require(Self.types[words[2]])
        let other = Tensor.ones([2], dtype: b)
        #expect(resultType(one, other) == expected, "\(line)")
        #expect(promoteTypes(a, b) == expected, "\(line)")
        #expect((one * other).dtype == expected, "\(line)")
        #expect(Tensor.ones([3, 2], dtype: a).add(other).dtype == expected, "\(line)")
      case "zero":
        let b = try #require(Self.types[words[2]])
        let other = Tensor.ones([], dtype: b)
        #expect(resultType(one, other) == expected && resultType(other, one) == expected, "\(line)")
        #expect((other * one).dtype == expected, "\(line)")
      case "number":
        let number = Tensor(scalar: try #require(numbers[words[2]]))
        #expect(resultType(one, number) == expected, "\(line)")
        #expect((one * number).dtype == expected, "\(line)")
      case "zeronumber":
        let number = Tensor(scalar: try #require(numbers[words[2]]))
        #expect(resultType(zero, number) == expected, "\(line)")
        #expect((number * zero).dtype == expected, "\(line)")
      default: Issue.record("unknown kind in '\(line)'")
      }
      count += 1
    }
    // The four whose result is complex32 are not recorded.
    #expect(count == 12 * (12 * 2 + 4 * 2) - 4)
  }

  @Test func `literals do not widen`() {
    #expect((Tensor([1, 2]) * 2).dtype == .int64)
    #expect((Tensor([1, 2]) * 2.5).dtype == .float32)
    #expect((Tensor([1.0], dtype: .float16) * 1e-3 + 1).dtype == .float16)
    #expect((2 * Tensor([1.0], dtype: .float64)).dtype == .float64)
    #expect((Tensor([1, 2]) / 2).dtype == .float32)
  }

  @Test func `sizes broadcast as in PyTorch`() throws {
    let cases: [([Int], [Int], [Int])] = [
      ([3], [2, 3], [2, 3]), ([2, 1], [3], [2, 3]), ([], [4], [4]), ([1], [0], [0]), ([5, 1, 4], [3, 1], [5, 3, 4]),
      ([0, 3], [1, 3], [0, 3]), ([2, 1, 1, 1, 1, 1, 3], [7, 1], [2, 1, 1, 1, 1, 7, 3]),
    ]
    for (a, b, expected) in cases {
      #expect((Tensor.ones(a) + Tensor.ones(b)).shape == expected)
      #expect((Tensor.ones(b) + Tensor.ones(a)).shape == expected)
    }
    for (a, b) in [([2], [3]), ([2, 3], [2]), ([0], [2]), ([4, 2, 3], [3, 3])] {
      let error = failure { try withTorchErrors { Tensor.ones(a) + Tensor.ones(b) } }
      #expect(error?.kind == .shape)
      #expect(error?.message.contains("sizes \(a) and \(b) do not broadcast: dimension") == true)
    }
  }

  @Test func `the default type changes what literals and factories make`() async {
    await #expect(processExitsWith: .success) {
      try setDefaultDType(.float64)
      #expect(Tensor([1.0]).dtype == .float64 && Tensor.zeros(2).dtype == .float64)
      #expect((Tensor([1]) * 1.5).dtype == .float64)
      #expect(throws: TorchError.self) { try setDefaultDType(.int64) }
      #expect(defaultDType == .float64)
    }
  }
}
