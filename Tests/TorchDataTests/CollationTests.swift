import Testing
import TorchData
import TorchOps

@Suite struct CollationTests {
  /// Samples that are tuples of everything.
  private struct Mixed: Dataset {
    let count = 3
    subscript(index: Int) -> (Tensor, Int, Double, String, [String: [Float]]) {
      (Tensor.full([2, 1], Scalar(index)), index, Double(index) / 2, "s\(index)", ["a": [Float(index), 1], "b": [2]])
    }
  }

  @Test(arguments: [0, 2]) func nestedStructures(workers: Int) throws {
    let loader = DataLoader(Mixed(), batchSize: 2, workers: workers)
    let batches = Array(loader)
    #expect(batches.count == 2)
    let (image, label, weight, name, parts) = batches[0]
    #expect(image.shape == [2, 2, 1] && image.array(as: Float.self) == [0, 0, 1, 1])
    #expect(label.dtype == .int64 && label.array(as: Int.self) == [0, 1])
    #expect(weight.dtype == .float64 && weight.array(as: Double.self) == [0, 0.5])
    #expect(name == ["s0", "s1"])
    #expect(parts.keys.sorted() == ["a", "b"])
    #expect(parts["a"]!.map { $0.array(as: Float.self) } == [[0, 1], [1, 1]])
    #expect(parts["b"]![0].dtype == .float32)
    #expect(batches[1].3 == ["s2"])
  }

  private struct Point: Collatable {
    let x: Float
    static func collate(_ samples: [Point]) -> Float { samples.map(\.x).reduce(0, +) }
  }
  private struct Points: Dataset {
    let count = 4
    subscript(index: Int) -> Point { Point(x: Float(index)) }
  }

  @Test func typesOfOnesOwn() {
    let sums: [Float] = Array(DataLoader(Points(), batchSize: 3))
    #expect(sums == [3, 3])
  }

  @Test func numbersKeepTheirKind() {
    #expect(Bool.collate([true, false]).dtype == .bool)
    #expect(Int32.collate([1, 2]).dtype == .int64)
    #expect(UInt8.collate([1, 255]).array(as: Int.self) == [1, 255])
    #expect(Int64.collate([1]).dtype == .int64)
  }

  @Test func samplesThatDoNotFit() {
    #expect(message { _ = try [Float].collate([[1], [1, 2]]) }.contains("the first has 1 elements, number 1 has 2"))
    #expect(message { _ = try [String: Int].collate([["a": 1], ["b": 1]]) }.contains(#"the keys ["a"], number 1 has ["b"]"#))
    #expect(message { _ = try [String: Int].collate([["a": 1], ["a": 1, "b": 1]]) }.contains("number 1"))
    let unequal = ["x": [Tensor.ones(2)]]
    let text = message { _ = try [String: [Tensor]].collate([unequal, ["x": [Tensor.ones(3)]]]) }
    #expect(text.contains(#""x": element 0: samples of a batch must be alike"#), "\(text)")
    #expect(message { _ = try Tensor.collate([]) }.contains("at least one sample"))
  }

  @Test func stackingTakesEveryLayoutAndType() throws {
    let view = Tensor.arange(12).reshape([3, 4]).t()
    let stacked = try Tensor.collate([view, view + 1])
    #expect(stacked.equal(stack([view, view + 1])))
    let empty = try Tensor.collate([Tensor.zeros(0, 3), Tensor.zeros(0, 3)])
    #expect(empty.shape == [2, 0, 3])
    let half = try Tensor.collate([Tensor.ones(3, dtype: .bfloat16), Tensor.zeros(3, dtype: .bfloat16)])
    #expect(half.dtype == .bfloat16 && half.to(.float32).array(as: Float.self) == [1, 1, 1, 0, 0, 0])
    let parameter = Tensor.ones(2).requiresGrad_()
    let batch = Array(DataLoader(TensorDataset(parameter.detach()), batchSize: 2))
    #expect(batch[0][0].requiresGrad == false)
  }
}
