import Testing
import TorchOps
import TorchTestSupport

@Suite("Sparse tensors")
struct SparseTensorTests {
  private let indices = Tensor([[0, 1, 1], [2, 0, 2]])

  private func sample(requiresGrad: Bool = false) -> Tensor {
    let x = Tensor.sparseCOO(indices: indices, values: Tensor([3.0, 4.0, 5.0]), size: [2, 3])
    return requiresGrad ? x.requiresGrad_() : x
  }

  @Test func `they print as in PyTorch`() {
    #expect(
      sample().description == """
        tensor(indices=tensor([[0, 1, 1],
                               [2, 0, 2]]),
               values=tensor([3., 4., 5.]),
               size=(2, 3), nnz=3, layout=torch.sparse_coo)
        """)
    #expect(
      sample().toSparseCSR().description == """
        tensor(crow_indices=tensor([0, 1, 3]),
               col_indices=tensor([2, 0, 2]),
               values=tensor([3., 4., 5.]), size=(2, 3), nnz=3,
               layout=torch.sparse_csr)
        """)
    #expect(sample().summary == "float32[2, 3] (sparse_coo)")
  }

  @Test func `a gradient of a sparse leaf is sparse and accumulates`() throws {
    let x = sample(requiresGrad: true)
    let weights = Tensor([[1, 2, 3], [4, 5, 6]], dtype: .float32)
    for _ in 0..<2 { (x * x).toDense().mul(weights).sum().backward() }
    let gradient = try #require(x.grad)
    #expect(gradient.layout == .sparseCOO)
    #expect(gradient.toDense().array(as: Float.self) == [0, 0, 36, 64, 0, 120])
  }

  @Test func `entries at one place add up`() {
    let x = Tensor.sparseCOO(indices: Tensor([[1, 0, 1]]), values: Tensor([1.0, 2.0, 3.0]), size: [3])
    #expect(!x.isCoalesced)
    #expect(x.coalesce().indices().array(as: Int.self) == [0, 1])
    #expect(x.coalesce().values().array(as: Float.self) == [2, 4])
    #expect(x.toDense().array(as: Float.self) == [2, 4, 0])
  }

  @Test func `in-place ops change what every reference sees`() {
    let x = sample()
    let same = x.detach()
    x.mul_(Tensor(scalar: 2))
    x.add_(sample())
    #expect(same.toDense().array(as: Float.self) == [0, 0, 9, 12, 0, 15])
    let strided = Tensor.ones([2, 3])
    strided.add_(sample())
    #expect(strided.array(as: Float.self) == [1, 1, 4, 5, 1, 6])
  }

  @Test("ops without a meaning for sparse tensors refuse them, and name the layout")
  func refusals() {
    let x = sample()
    let calls: [() -> Tensor] = [
      { x.cos() }, { x.reshape([6]) }, { x.contiguous().view([6]) }, { x.fill_(Scalar.int(1)) }, { x.cumsum(0) },
      { Tensor.ones([2, 3]).copy_(x) },
      { x + 1 }, { Tensor(x.array(as: Float.self)) }, { x.onesLike() }, { x.toSparseCSR().cos() },
    ]
    for (i, call) in calls.enumerated() {
      let error = #expect(throws: TorchError.self, "call \(i)") { try withTorchErrors { _ = call() } }
      #expect(error?.kind == .unsupported, "call \(i): \(error?.message ?? "")")
    }
  }

  @Test func `parts that do not fit are errors`() {
    let values = Tensor([1.0, 2.0])
    let calls: [() -> Tensor] = [
      { .sparseCOO(indices: Tensor([[0, 3]]), values: values, size: [3]) },
      { .sparseCOO(indices: Tensor([[0, -1]]), values: values, size: [3]) },
      { .sparseCOO(indices: Tensor([[0, 1, 2]]), values: values, size: [3]) },
      { .sparseCOO(indices: Tensor([[0, 1]]), values: values, size: [3, 2]) },
      { .sparseCSR(crowIndices: Tensor([0, 3]), colIndices: Tensor([0, 1]), values: values, size: [1, 2]) },
      { .sparseCSR(crowIndices: Tensor([0, 2]), colIndices: Tensor([1, 0]), values: values, size: [1, 2]) },
      { .sparseCSR(crowIndices: Tensor([0, 2, 1, 2]), colIndices: Tensor([0, 1]), values: values, size: [3, 2]) },
      { .sparseCSR(crowIndices: Tensor([0, 2]), colIndices: Tensor([0, 2]), values: values, size: [1, 2]) },
    ]
    for (i, call) in calls.enumerated() {
      #expect(throws: TorchError.self, "call \(i)") { try withTorchErrors { _ = call() } }
    }
  }

  @Test func `products of compressed rows have derivatives of every order`() throws {
    var source = SampleSource(dtype: .float64)
    let pattern = Tensor([[0, 1, 0, 1], [0, 0, 0, 0], [1, 1, 0, 1]], dtype: .float64).toSparseCSR()
    let values = source.tensor([5])
    let dense = source.tensor([4, 20])
    let function: GradientCheck.Function = { inputs in
      let matrix = Tensor.sparseCSR(
        crowIndices: pattern.crowIndices(), colIndices: pattern.colIndices(), values: inputs[0], size: [3, 4])
      return [Sparse.mm(matrix, inputs[1]), Sparse.mm(matrix, inputs[1], reduce: .mean)]
    }
    #expect(try GradientCheck.first([values, dense], function) == nil)
    #expect(try GradientCheck.second([values, dense], function) == nil)
  }
}
