import TorchCore

/// Sums of products by Einstein's notation: operands are contracted two at a time, each pair as one batched matrix product.
enum Einsum {
  static let einsum = Op<String, [Tensor], [Int]?, Tensor>.composite(
    "aten::einsum(str equation, Tensor[] tensors, *, int[]? path=None) -> Tensor",
    rule: { equation, tensors, path in
      if tensors.isEmpty { throw TorchError(.value, "expected at least one operand") }
      let parsed = try EinsumEquation(equation, ranks: tensors.map(\.rank))
      _ = try sizes(parsed, tensors)
      if let path { _ = try steps(path, count: tensors.count) }
    },
    samples: { s in
      [
        Sample("ij,jk->ik".box(), [s.tensor([2, 3]), s.tensor([3, 2])].box(), .none),
        Sample("bij,bjk,bk->bi".box(), [s.tensor([2, 2, 3]), s.tensor([2, 3, 2]), s.tensor([2, 2])].box(), [0, 1, 0, 1].box()),
        Sample("...ii->...i".box(), [s.tensor([2, 3, 3])].box(), .none), Sample("i,j".box(), [s.tensor([2]), s.tensor([3])].box(), .none),
      ]
    }
  ) { equation, tensors, path in
    let parsed = try EinsumEquation(equation, ranks: tensors.map(\.rank))
    var terms = zip(tensors, parsed.operands).map { Term($0, $1).distinct() }
    var planned = try path.map { try steps($0, count: tensors.count) } ?? []
    while terms.count > 1 {
      let (i, j) = planned.isEmpty ? cheapest(terms, parsed.result) : planned.removeFirst()
      let (a, b) = (terms[i], terms[j])
      terms.remove(at: Swift.max(i, j))
      terms.remove(at: Swift.min(i, j))
      terms.append(try contract(a, b, keeping: Set(parsed.result + terms.flatMap(\.labels))))
    }
    let last = terms[0].summed(keeping: Set(parsed.result))
    return last.tensor.permute(parsed.result.map { last.labels.firstIndex(of: $0)! })
  }

  /// A tensor and the labels of its dimensions.
  private struct Term {
    var tensor: Tensor
    var labels: [Int]

    init(_ tensor: Tensor, _ labels: [Int]) {
      self.tensor = tensor
      self.labels = labels
    }

    func size(_ label: Int) -> Int { labels.firstIndex(of: label).map { tensor.impl.sizes[$0] } ?? 1 }

    /// A label that occurs twice takes the diagonal.
    func distinct() -> Term {
      var term = self
      var i = 0
      while i < term.labels.count {
        guard let j = term.labels[(i + 1)...].firstIndex(of: term.labels[i]) else {
          i += 1
          continue
        }
        let label = term.labels[i]
        term.tensor = term.tensor.diagonal(offset: 0, i, j)
        term.labels.remove(at: j)
        term.labels.remove(at: i)
        term.labels.append(label)
      }
      return term
    }

    func summed(keeping wanted: Set<Int>) -> Term {
      let gone = labels.indices.filter { !wanted.contains(labels[$0]) }
      if gone.isEmpty { return self }
      return Term(tensor.sum(gone), labels.filter { wanted.contains($0) })
    }

    /// The dimensions in the given order; those that are not there have size 1.
    func arranged(_ order: [Int]) -> Tensor {
      var t = tensor.permute(order.compactMap { labels.firstIndex(of: $0) })
      for (i, label) in order.enumerated() where !labels.contains(label) { t = t.unsqueeze(i) }
      return t
    }
  }

  /// The size of every label; a size of 1 broadcasts between operands, but not within one.
  private static func sizes(_ equation: EinsumEquation, _ tensors: [Tensor]) throws -> [Int: Int] {
    var found: [Int: Int] = [:]
    for (i, labels) in equation.operands.enumerated() {
      var own: [Int: Int] = [:]
      for (d, label) in labels.enumerated() {
        let size = tensors[i].impl.sizes[d]
        if let other = own[label], other != size {
          throw TorchError(.shape, "'\(EinsumEquation.name(label))' is \(other) and \(size) in operand \(i) of sizes \(tensors[i].impl.sizes)")
        }
        own[label] = size
        if let seen = found[label], seen != 1, size != 1, seen != size {
          throw TorchError(
            .shape, "'\(EinsumEquation.name(label))' has size \(size) in operand \(i), which does not broadcast with \(seen) before")
        }
        if (found[label] ?? 1) == 1 { found[label] = size }
      }
    }
    return found
  }

  /// A path as pairs of positions in the list of what is left; a result goes to the end of the list.
  private static func steps(_ path: [Int], count: Int) throws -> [(Int, Int)] {
    guard path.count == 2 * (count - 1) else {
      throw TorchError(.value, "the path must have \(2 * (count - 1)) entries for \(count) operands, got \(path.count)")
    }
    return try (0..<(count - 1)).map { step in
      let (i, j) = (path[2 * step], path[2 * step + 1])
      let left = count - step
      guard i >= 0, j >= 0, i < left, j < left, i != j else {
        throw TorchError(.value, "step \(step) of the path contracts \(i) and \(j); expected two of the \(left) operands left")
      }
      return (i, j)
    }
  }

  /// The pair whose product is smallest beside what it replaces; the first two, as PyTorch takes them, where nothing is to be gained.
  private static func cheapest(_ terms: [Term], _ result: [Int]) -> (Int, Int) {
    let all = Set(terms.flatMap(\.labels))
    let work = all.reduce(1.0) { total, label in total * Double(terms.map { $0.size(label) }.max() ?? 1) }
    if terms.count == 2 || work < 1e5 { return (0, 1) }
    var best = (0, 1)
    var bestCost = Double.infinity
    for i in terms.indices {
      for j in terms.indices where j > i {
        let others = terms.indices.filter { $0 != i && $0 != j }.flatMap { terms[$0].labels }
        let kept = Set(result + others).intersection(terms[i].labels + terms[j].labels)
        let size = kept.reduce(1.0) { $0 * Double(Swift.max(terms[i].size($1), terms[j].size($1))) }
        let cost = size - Double(terms[i].tensor.count) - Double(terms[j].tensor.count)
        if cost < bestCost { (best, bestCost) = ((i, j), cost) }
      }
    }
    return best
  }

  private static func contract(_ a: Term, _ b: Term, keeping wanted: Set<Int>) throws -> Term {
    // What only one side has and nobody wants is summed first, and so is what the other side has with size 1.
    func reduced(_ term: Term, _ other: Term) -> Term {
      var term = term.summed(keeping: wanted.union(other.labels.filter { other.size($0) != 1 || term.size($0) == 1 }))
      // A size of 1 that the other side broadcasts is left to the other side.
      for label in term.labels where term.size(label) == 1 && other.labels.contains(label) && other.size(label) != 1 {
        let d = term.labels.firstIndex(of: label)!
        term = Term(term.tensor.squeeze(d), term.labels.filter { $0 != label })
      }
      return term
    }
    let (x, y) = (reduced(a, b), reduced(b, a))
    let shared = x.labels.filter { y.labels.contains($0) }
    let batch = shared.filter { wanted.contains($0) }
    let inner = shared.filter { !wanted.contains($0) }
    let left = x.labels.filter { !shared.contains($0) && wanted.contains($0) }
    let right = y.labels.filter { !shared.contains($0) && wanted.contains($0) }
    let (p, q) = (x.summed(keeping: wanted.union(shared)), y.summed(keeping: wanted.union(shared)))
    let labels = batch + left + right
    if inner.isEmpty { return Term(p.arranged(labels) * q.arranged(labels), labels) }
    func sizes(_ term: Term, _ labels: [Int]) -> [Int] { labels.map { term.size($0) } }
    let (batchSizes, n, m) = (sizes(p, batch), sizes(p, left), sizes(q, right))
    let (count, rows, columns) = (batchSizes.reduce(1, *), n.reduce(1, *), m.reduce(1, *))
    let k = sizes(p, inner).reduce(1, *)
    // Sums of integers are int64 and stay so beside narrower ones.
    let type = p.tensor.dtype.isDifferentiable ? p.tensor.dtype : promoteTypes(p.tensor.dtype, q.tensor.dtype)
    let widened = q.tensor.dtype.isDifferentiable ? q.tensor : q.tensor.to(type)
    let l = p.tensor.to(type).permute((batch + left + inner).map { p.labels.firstIndex(of: $0)! }).reshape([count, rows, k])
    let r = widened.permute((batch + inner + right).map { q.labels.firstIndex(of: $0)! }).reshape([count, k, columns])
    let product = batch.isEmpty
      ? try MatmulOps.mm.callThrowing(l.squeeze(0), r.squeeze(0)) : try MatmulOps.bmm.callThrowing(l, r)
    return Term(product.reshape(batchSizes + n + m), labels)
  }

  static let table: [AnyOp] = [einsum.erased]
}

/// Sums of products by Einstein's notation: `einsum("bij,bjk->bik", a, b)`. Letters name dimensions; those missing from the result
/// are summed, a letter twice in one term takes a diagonal, `...` stands for dimensions that broadcast. Without `->` the result has
/// the letters that occur once, in alphabetical order. `torch.einsum`.
/// - Parameter path: which operands to contract, two positions a step; by default the cheapest pair first.
public func einsum(_ equation: String, _ tensors: Tensor..., path: [Int]? = nil) -> Tensor { Einsum.einsum(equation, tensors, path) }
/// `einsum` of a list of tensors. `torch.einsum`.
public func einsum(_ equation: String, _ tensors: [Tensor], path: [Int]? = nil) -> Tensor { Einsum.einsum(equation, tensors, path) }
