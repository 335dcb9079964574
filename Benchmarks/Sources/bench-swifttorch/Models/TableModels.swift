import Torch

/// In the shape of DLRM: bags of embeddings, a perceptron for the numbers, products of all pairs, a perceptron on top.
final class Recommender: Module {
  let tables: ModuleList
  let bottom = Sequential(Linear(13, 256), ReLU(), Linear(256, 32), ReLU())
  let top = Sequential(Linear(32 + 36, 256), ReLU(), Linear(256, 1))
  private let pairs = Tensor((0..<9).flatMap { i in (0..<i).map { Int64(i * 9 + $0) } })

  override init() {
    tables = ModuleList((0..<8).map { _ in EmbeddingBag(10_000, 32, mode: .sum, sparse: true) })
  }

  override func forward(_ numbers: Tensor, _ categories: Tensor) -> Tensor {
    let x = bottom(numbers)
    let bags = tables.elements.enumerated().map { i, table in (table as! EmbeddingBag)(categories[i]) }
    let z = stack([x] + bags, dim: 1)
    let products = z.bmm(z.transpose(1, 2)).flatten(1).indexSelect(1, pairs)
    return top(cat([x, products], dim: 1)).squeeze(1)
  }
}

/// Two graph convolutions: the neighbourhood matrix times (features times weights).
final class GraphConvolution: Module {
  let first = Linear(1433, 64)
  let second = Linear(64, 7)

  override func forward(_ neighbours: Tensor, _ x: Tensor) -> Tensor {
    neighbours.matmul(second(neighbours.matmul(first(x)).relu()))
  }
}
