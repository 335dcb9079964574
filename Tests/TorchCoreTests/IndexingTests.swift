import Testing

@testable import TorchCore
import TorchOps

@Suite struct IndexingTests {
  private func message(_ body: () throws -> Tensor) -> String {
    do {
      _ = try withTorchErrors(body)
      return "no error"
    } catch { return (error as? TorchError)?.message ?? "\(error)" }
  }

  @Test func recordedCalls() throws {
    #expect(try RecordedCalls.replay("Indexing") > 150)
  }

  @Test func recordedCreationCalls() throws {
    #expect(try RecordedCalls.replay("Creation") > 60)
  }

  /// Every op's samples run, through the boxed call, in two types; every schema parses.
  @Test func samplesRun() throws {
    let tables = [IndexingOps.table, TriangleOps.table, PadOps.table, ArrangementOps.table]
    for op in tables.flatMap({ $0 }) {
      #expect(!op.info.schema.arguments.isEmpty)
      for dtype in [DType.float64, .float32] {
        var source = SampleSource(dtype: dtype)
        for sample in op.info.samples(&source) { _ = try withTorchErrors { try op.call(sample.arguments) } }
      }
    }
  }

  private let x = Tensor((0..<24).map { Double($0) }, shape: [2, 3, 4])
  private func values(_ t: Tensor) -> [Int] { t.array(as: Int.self) }

  @Test func subscriptsRead() {
    let i = 1
    #expect(values(x[1, 2, 3]) == [23])
    #expect(values(x[i, .all, -1]) == [15, 19, 23])
    #expect(x[.ellipsis, 0].shape == [2, 3])
    #expect(x[.newAxis, .ellipsis, .newAxis].shape == [1, 2, 3, 4, 1])
    #expect(values(x[0, 1..<3, .range(nil, nil, step: 2)]) == [4, 6, 8, 10])
    #expect(values(x[0, 1..., 0]) == [4, 8])
    #expect(values(x[0, ..<1, ...1]) == [0, 1])
    #expect(values(x[0, 0...1, .range(-2, 100)]) == [2, 3, 6, 7])
    #expect(values(x[0, .tensor(Tensor([2, 0])), 1]) == [9, 1])
    #expect(values(x[Tensor([1, 0]), Tensor([2, 0]), Tensor([3, 1])]) == [23, 1])
    #expect(x[Tensor([1, 0]), .all, Tensor([3, 1])].shape == [2, 3])
    #expect(values(x[x .> 21]) == [22, 23])
    #expect(x[.all, Tensor([true, false, true])].shape == [2, 2, 4])
    #expect(x[Tensor(true)].shape == [1, 2, 3, 4])
    #expect(x[indices: [0, 1..<2, TensorIndex.all]].shape == [1, 4])
    #expect(x[1].shape == [3, 4] && x[0..<1].shape == [1, 3, 4])
  }

  @Test func subscriptsWrite() {
    let y = x.clone()
    y[0, .all, 1] = Tensor([7.0, 8.0, 9.0])
    #expect(values(y[0, .all, 1]) == [7, 8, 9])
    y[1, 0] = -1
    #expect(values(y[1, 0]) == [-1, -1, -1, -1])
    y[y .< 0] = 100
    #expect(values(y[1, 0, .all]) == [100, 100, 100, 100])
    y[.ellipsis, Tensor([3, 0])] = Tensor([[1, 2]])
    #expect(values(y[1, 2]) == [2, 21, 22, 1])
    #expect(values(y[0]) == [2, 7, 2, 1, 2, 8, 6, 1, 2, 9, 10, 1])
    // The source may be the target.
    let z = Tensor([1.0, 2.0, 3.0])
    z[Tensor([0, 1, 2])] = z[.tensor(Tensor([2, 1, 0]))]
    #expect(values(z) == [3, 2, 1])
    z[0..<2] = z[1..<3]
    #expect(values(z) == [2, 1, 1])
  }

  @Test func subscriptGradients() throws {
    let a = Tensor([1.0, 2.0, 3.0], requiresGrad: true)
    let b = Tensor([10.0, 20.0], requiresGrad: true)
    let y = a * 2
    y[.tensor(Tensor([2, 0]))] = b
    let p = y[Tensor([0, 0, 1])]
    (p * Tensor([1.0, 10.0, 100.0])).sum().backward()
    #expect(values(try #require(a.grad)) == [0, 200, 0])
    #expect(values(try #require(b.grad)) == [0, 11])
    let v = Tensor([5.0, 6.0], requiresGrad: true)
    let z = Tensor.zeros([2, 2])
    z[.all, 1] = v
    (z * Tensor([[1.0, 2.0], [3.0, 4.0]])).sum().backward()
    #expect(values(try #require(v.grad)) == [2, 4])
  }

  /// Gradients of gradients exist: d²(sum of cubes at an index).
  @Test func secondDerivatives() throws {
    let a = Tensor([1.0, 2.0, 3.0], requiresGrad: true)
    let index = Tensor([2, 0, 2])
    let cubes: [(Tensor) -> Tensor] = [
      { $0[index] }, { $0.gather(0, index) }, { $0.take(index) }, { $0.indexSelect(0, index) },
      { Tensor.zeros(3).scatterAdd(0, index, $0.gather(0, index)) },
      { $0.sort(0, descending: true).values }, { $0.maskedSelect(Tensor([true, false, true])) },
    ]
    let weights = [[1.0, 0, 2], [1, 0, 2], [1, 0, 2], [1, 0, 2], nil, [1, 1, 1], [1, 0, 1]]
    for (cube, weight) in zip(cubes, weights) {
      let p = cube(a)
      let first = try grad([(p * p * p).sum()], [a], createGraph: true)[0]
      let second = try grad([try #require(first).sum()], [a])[0]
      guard let weight else {
        #expect(values(try #require(second)) == [6, 0, 6 * 3 * 8])
        continue
      }
      #expect(values(try #require(second)) == zip(weight, [1.0, 2.0, 3.0]).map { Int(6 * $0 * $1) })
    }
  }

  @Test func halfTypes() {
    for dtype in [DType.float16, .bfloat16] {
      let h = Tensor([1.0, 2.0, 3.0, 4.0], dtype: dtype)
      #expect(values(h.scatterAdd(0, Tensor([0, 0]), Tensor([5.0, 6.0], dtype: dtype))) == [12, 2, 3, 4])
      #expect(values(h.indexPut([Tensor([1, 1])], Tensor(2.0, dtype: dtype), accumulate: true)) == [1, 6, 3, 4])
      #expect(values(h.sort(descending: true).indices) == [3, 2, 1, 0])
      #expect(values(h.maskedFill(h .> 2, 0)) == [1, 2, 0, 0])
    }
  }

  @Test func refusalsNameWhatWasWrong() {
    #expect(message { self.x[2] }.contains("index 2 is out of range for dimension 0 of size 2"))
    #expect(message { self.x[0, 1..<4] }.contains("range 1..<4 exceeds dimension 0 of size 3"))
    #expect(message { self.x[0, 0, 0, 0] }.contains("too many indices: 4 for a tensor of 3 dimensions"))
    #expect(message { self.x[.ellipsis, .ellipsis] }.contains("only one ellipsis"))
    #expect(
      message { self.x[.tensor(Tensor([0, 5]))] }.contains("index 5 at position 1 is out of range for dimension 0 of size 2"))
    #expect(message { self.x[.all, Tensor([true])] }.contains("does not match self"))
    #expect(message { self.x[.tensor(Tensor([0.5]))] }.contains("must be int32, int64 or bool, got float32"))
    #expect(
      message { self.x.gather(2, Tensor([4], shape: [1, 1, 1])) }.contains(
        "index 4 at position 0 is out of range for dimension 2 of size 4"))
    #expect(message { self.x.gather(3, Tensor([0], shape: [1, 1, 1])) }.contains("dim 3 is out of range"))
    #expect(message { self.x.topk(5).values }.contains("k must lie in 0...4"))
    #expect(message { Tensor([1.0]).maskedFill(Tensor([1.0]), 0) }.contains("mask must be bool"))
    #expect(
      message { Tensor([1.0]).put(Tensor([1]), Tensor([1.0])) }.contains("index 1 at position 0 is out of range for 1 elements"))
    #expect(message { Tensor([1.0, 2.0], requiresGrad: true).indexFill_(0, Tensor([0]), 1) }.contains("leaf"))
    // A refused in-place call leaves the target as it was.
    let y = Tensor([1.0, 2.0, 3.0])
    #expect(message { y.indexPut_([Tensor([0, 9])], Tensor(5.0)) }.contains("index 9"))
    #expect(message { y.scatter_(0, Tensor([0, 9]), 5) }.contains("index 9"))
    #expect(message { y.indexAdd_(0, Tensor([0, 9]), Tensor([1.0, 1.0])) }.contains("index 9"))
    #expect(
      message { y.maskedScatter_(Tensor([true, true, false]), Tensor([9.0])) }.contains("selects 2 elements, but source has 1"))
    #expect(values(y) == [1, 2, 3])
  }
}
