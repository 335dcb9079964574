import Testing
import TorchNN
import TorchOps

@Suite(.serialized) struct EmbeddingTests {
  private let rows = Tensor([0, 1, 2, 3, 4, 5, 6, 7] as [Float], shape: [4, 2])

  private func near(_ a: Tensor, _ b: [Float]) -> Bool {
    let values = a.detach().array(as: Float.self)
    return values.count == b.count && zip(values, b).allSatisfy { abs($0 - $1) <= 1e-6 }
  }

  // MARK: Embedding

  @Test func rowsOfATensor() {
    let layer = Embedding.fromPretrained(rows)
    #expect(layer(Tensor([[1, 3], [0, 0]])).array(as: Float.self) == [2, 3, 6, 7, 0, 1, 0, 1])
    #expect(!layer.weight.requiresGrad && !rows.requiresGrad && layer.stateDict().keys == ["weight"])
    let trained = Embedding.fromPretrained(rows, freeze: false)
    #expect(trained.weight.requiresGrad && !rows.requiresGrad)
    // The memory is the same.
    noGrad { _ = trained.weight.mul_(2) }
    #expect(rows.array(as: Float.self) == [0, 2, 4, 6, 8, 10, 12, 14])
    #expect(message { _ = Embedding.fromPretrained(Tensor.ones(3)) }.contains("(count, width)"))
  }

  @Test func aPaddingRow() {
    let layer = Embedding(5, 3, paddingIndex: -1)
    #expect(layer.paddingIndex == 4 && layer.weight.detach()[4].equal(Tensor.zeros(3)))
    layer(Tensor([4, 1, 4])).sum().backward()
    #expect(layer.weight.grad!.array(as: Float.self) == [0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    #expect(message { _ = Embedding(5, 3, paddingIndex: -6) }.contains("paddingIndex -6 is out of range for 5 rows"))
    #expect(message { _ = embedding(Tensor([0]), rows, paddingIndex: 4) }.contains("paddingIndex"))
    #expect(message { _ = layer(Tensor([5])) }.contains("out of range"))
    #expect(message { _ = layer(Tensor([0.5])) }.contains("int64"))
  }

  @Test func longRowsAreShortened() {
    let table = Tensor([3, 4, 0.3, 0.4, 6, 8, 5, 5] as [Float], shape: [4, 2])
    let layer = Embedding.fromPretrained(table, freeze: false, maxNorm: 1)
    layer(Tensor([[0, 2, 0], [1, 1, 1]])).sum().backward()
    #expect(near(layer.weight, [0.6, 0.8, 0.3, 0.4, 0.6, 0.8, 5, 5]))
    #expect(layer.weight.grad!.array(as: Float.self) == [2, 2, 3, 3, 1, 1, 0, 0])
    let sums = Embedding.fromPretrained(Tensor([3, 4, 0.3, 0.4] as [Float], shape: [2, 2]), maxNorm: 2, normType: 1)
    #expect(near(sums(Tensor([0, 1])), [0.8571428, 1.1428571, 0.3, 0.4]))
    let bag = EmbeddingBag.fromPretrained(Tensor([3, 4, 0.3, 0.4] as [Float], shape: [2, 2]), maxNorm: 1, mode: .sum)
    #expect(near(bag(Tensor([[0, 1]])), [0.9, 1.2]))
  }

  @Test func gradientsByFrequency() {
    let layer = Embedding.fromPretrained(rows, freeze: false, scaleGradByFrequency: true)
    layer(Tensor([1, 1, 1, 2])).sum().backward()
    #expect(layer.weight.grad!.array(as: Float.self) == [0, 0, 1, 1, 1, 1, 0, 0])
  }

  // MARK: Sparse gradients

  @Test func sparseGradientsHaveTheRowsThatWereAskedFor() {
    let layer = Embedding.fromPretrained(rows.clone(), freeze: false, paddingIndex: 2, sparse: true)
    let indices = Tensor([[1, 3, 1], [2, 0, 3]])
    layer(indices).backward(gradient: Tensor.arange(12).to(.float32).reshape([2, 3, 2]))
    let gradient = layer.weight.grad!
    #expect(gradient.isSparse && gradient.entryCount == 5 && gradient.shape == [4, 2])
    let sum = gradient.coalesce()
    #expect(sum.indices().array(as: Int.self) == [0, 1, 3])
    #expect(sum.values().array(as: Float.self) == [8, 9, 4, 6, 12, 14])
    // All of them the padding.
    layer.zeroGrad()
    layer(Tensor([2, 2])).sum().backward()
    #expect(layer.weight.grad!.entryCount == 0 && layer.weight.grad!.toDense().equal(Tensor.zeros(4, 2)))
  }

  @Test func sparseGradientsMeetStridedOnes() {
    let expected = Embedding.fromPretrained(rows.clone(), freeze: false)
    func loss(_ layer: Embedding, _ index: Int) -> Tensor { layer(Tensor([index, index])).square().sum() }
    func penalty(_ layer: Embedding) -> Tensor { (layer.weight * 3).sum() }
    func both(_ layer: Embedding, _ order: Bool) -> Tensor {
      order ? loss(layer, 1) + penalty(layer) : penalty(layer) + loss(layer, 1)
    }
    for order in [true, false] {
      // In one backward, and in two.
      let layer = Embedding.fromPretrained(rows.clone(), freeze: false, sparse: true)
      expected.zeroGrad()
      both(expected, order).backward()
      both(layer, order).backward()
      #expect(layer.weight.grad!.equal(expected.weight.grad!))
      layer.zeroGrad()
      for first in [order, !order] { (first ? loss(layer, 1) : penalty(layer)).backward() }
      #expect(layer.weight.grad!.equal(expected.weight.grad!))
    }
    // Entries of several backwards.
    let layer = Embedding.fromPretrained(rows.clone(), freeze: false, sparse: true)
    expected.zeroGrad()
    for index in [1, 2, 1] {
      loss(layer, index).backward()
      loss(expected, index).backward()
    }
    #expect(layer.weight.grad!.isSparse && layer.weight.grad!.toDense().equal(expected.weight.grad!))
  }

  @Test func sparseGradientsHaveGradients() throws {
    let weight = rows.to(.float64).requiresGrad_()
    let indices = Tensor([1, 3, 1])
    func second(_ sparse: Bool) throws -> Tensor {
      let y = embedding(indices, weight, sparse: sparse)
      let first = try grad([(y * y * y).sum()], [weight], createGraph: true)[0]!
      let dense = sparse ? first.toDense() : first
      return try grad([(dense * dense).sum()], [weight])[0]!
    }
    #expect(try second(true).toDense().equal(second(false)))
  }

  @Test func whatSparseGradientsCannotBe() {
    let layer = Embedding.fromPretrained(rows, freeze: false, scaleGradByFrequency: true, sparse: true)
    #expect(message { layer(Tensor([1])).sum().backward() }.contains("frequency"))
  }

  // MARK: EmbeddingBag

  @Test func bags() {
    let indices = Tensor([1, 3, 1, 2, 0, 3])
    let sums = EmbeddingBag.fromPretrained(rows, mode: .sum, includesLastOffset: true)
    let weighted = sums(indices, offsets: Tensor([0, 4, 6]), perSampleWeights: Tensor.arange(6).to(.float32))
    #expect(weighted.array(as: Float.self) == [22, 28, 30, 39])
    let largest = EmbeddingBag.fromPretrained(rows, mode: .max)
    #expect(largest(Tensor([[1, 3], [0, 2]])).array(as: Float.self) == [6, 7, 4, 5])
    let means = EmbeddingBag.fromPretrained(rows, paddingIndex: 3)
    #expect(means(indices, Tensor([0, 3])).array(as: Float.self) == [2, 3, 2, 3])
    #expect(EmbeddingBag.fromPretrained(rows)(Tensor.zeros([3, 0], dtype: .int64)).equal(Tensor.zeros(3, 2)))
  }

  @Test func sparseGradientsOfBags() {
    let layer = EmbeddingBag.fromPretrained(rows.clone(), freeze: false, mode: .mean, sparse: true, paddingIndex: 2)
    layer(Tensor([1, 3, 1, 2, 0, 3]), Tensor([0, 4])).backward(gradient: Tensor([0, 1, 2, 3] as [Float], shape: [2, 2]))
    let gradient = layer.weight.grad!.coalesce()
    #expect(gradient.indices().array(as: Int.self) == [0, 1, 3])
    #expect(near(gradient.values(), [1, 1.5, 0, 2.0 / 3, 1, 1.5 + 1.0 / 3]))
  }

  @Test func firstValuesOfBags() {
    let layer = withGenerator(Generator(seed: 3)) { EmbeddingBag(4, 2, paddingIndex: 1) }
    let first: [Float] = [
      0.8032760620117188, 0.17483338713645935, 0, 0, 0.04618244990706444, -1.3682591915130615, 0.3374950885772705,
      1.0111159086227417,
    ]
    #expect(layer.weight.detach().array(as: Float.self) == first)
  }

  @Test func whatBagsRefuse() {
    let bag = EmbeddingBag(4, 2)
    #expect(message { _ = bag(Tensor([0, 1])) }.contains("need offsets"))
    #expect(message { _ = bag(Tensor([[0, 1]]), Tensor([0])) }.contains("offsets are not for"))
    #expect(message { _ = bag(Tensor([0, 1], shape: [1, 1, 2])) }.contains("one or two dimensions"))
    #expect(message { _ = bag(Tensor([[0, 4]])) }.contains("out of range"))
    #expect(message { _ = bag(Tensor([[0, 1]]), perSampleWeights: Tensor.ones(1, 2)) }.contains("per_sample_weights"))
    let sums = EmbeddingBag(4, 2, mode: .sum)
    #expect(message { _ = sums(Tensor([[0, 1]]), perSampleWeights: Tensor.ones(2)) }.contains("perSampleWeights"))
    #expect(message { _ = EmbeddingBag(4, 2, mode: .max, sparse: true)(Tensor([[0, 1]])) }.contains("sparse"))
    #expect(message { _ = EmbeddingBag(4, 2, scaleGradByFrequency: true, mode: .max)(Tensor([[0, 1]])) }.contains("frequency"))
    #expect(message { _ = EmbeddingBag(4, 2, paddingIndex: 4) }.contains("paddingIndex 4"))
  }

  @Test func theyPrintAsInPyTorch() {
    #expect(
      Embedding(5, 3, paddingIndex: -1, maxNorm: 1, normType: 1, scaleGradByFrequency: true, sparse: true).description
        == "Embedding(5, 3, padding_idx=4, max_norm=1.0, norm_type=1.0, scale_grad_by_freq=True, sparse=True)")
    #expect(Embedding(5, 3).description == "Embedding(5, 3)")
    #expect(
      EmbeddingBag(5, 3, maxNorm: 1.5, scaleGradByFrequency: true, mode: .sum, paddingIndex: -2).description
        == "EmbeddingBag(5, 3, max_norm=1.5, scale_grad_by_freq=True, mode='sum', padding_idx=3)")
    #expect(EmbeddingBag(5, 3).description == "EmbeddingBag(5, 3, mode='mean')")
  }
}
