import Testing
import TorchNN
import TorchOps
import TorchTransforms

/// Losses and embeddings that are functions of others, under the transforms.
@Suite struct LossTransformTests {
  private let random = Generator(seed: 5)

  /// Whether a function of batches gives what it gives for each element.
  private func agrees(_ f: @escaping (Tensor, Tensor) -> Tensor, _ x: Tensor, _ y: Tensor) -> Bool {
    let looped = stack((0..<x.size(0)).map { f(x[$0], y[$0]) })
    return vmap(f)(x, y).allClose(looped, rtol: 1e-12, atol: 1e-12)
  }

  @Test func batchesOfLosses() {
    let x = Tensor.randn([4, 3, 5], dtype: .float64, generator: random)
    let y = Tensor.rand([4, 3, 5], dtype: .float64, generator: random) + 0.1
    let classes = Tensor.randint(5, [4, 3], generator: random)
    let weight = Tensor.randn([5, 5], dtype: .float64, generator: random)
    #expect(agrees({ gaussianNLLLoss($0, $1, $1) }, x, y))
    #expect(agrees({ gaussianNLLLoss($0, $1, 0.5) }, x, y))
    #expect(agrees({ klDivLoss($0.logSoftmax(dim: 1), $1, reduction: .batchMean) }, x, y))
    #expect(agrees({ multilabelSoftMarginLoss($0, $1) }, x, y))
    #expect(agrees({ tripletMarginWithDistanceLoss($0, $1, $0 * $1) }, x, y))
    #expect(agrees({ huberLoss($0, $1, weight: $1) }, x, y))
    #expect(agrees({ linearCrossEntropy($0, weight, $1) }, x, classes))
    #expect(agrees({ linearCrossEntropy($0, weight, $1, options: .init(chunking: .rows(2))) }, x, classes))
    #expect(agrees({ embeddingBag($0, $1) }, Tensor.randint(3, [4, 2, 6], generator: random), x))
  }

  @Test func gradientsOfSparseTablesAreStridedInABatch() throws {
    let table = Tensor.randn([6, 2], dtype: .float64, generator: random)
    let indices = Tensor([[1, 3, 1], [0, 0, 5]])
    let slope = grad { (w: Tensor, i: Tensor) in embedding(i, w, sparse: true).square().sum() }
    let slopes = vmap(slope, inDims: [nil, 0])(table, indices)
    let expected = stack(
      (0..<2).map { sample in
        grad { (w: Tensor) in embedding(indices[sample], w).square().sum() }(table)
      })
    #expect(slopes.allClose(expected))
    let sparse = grad { (w: Tensor) in embedding(indices[0], w, sparse: true).square().sum() }(table)
    #expect(sparse.isSparse && sparse.toDense().allClose(expected[0]))
  }

  @Test func tangentsOfSparseTables() {
    let table = Tensor.randn([6, 2], dtype: .float64, generator: random)
    let direction = Tensor.randn([6, 2], dtype: .float64, generator: random)
    let indices = Tensor([1, 3, 1])
    func f(_ sparse: Bool) -> (Tensor) -> Tensor { { embedding(indices, $0, sparse: sparse).square() } }
    #expect(jvp(f(true), table, direction).tangent.allClose(jvp(f(false), table, direction).tangent))
  }
}
