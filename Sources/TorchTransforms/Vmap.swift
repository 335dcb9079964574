import TorchOps

/// The function applied to every element of a batch at once. `torch.vmap`.
///
/// `f` is written for one element and called once: inside, a tensor has the sizes of an element, and every op works on the whole
/// batch. Transforms nest in any order, and the results are those of calling `f` on each element and stacking what it returns.
///
/// ```swift
/// let dot: (Tensor, Tensor) -> Tensor = { a, b in (a * b).sum() }
/// let dots = vmap(dot)(rows, otherRows)          // (n, d), (n, d) -> (n)
/// let scores = vmap(dot, inDims: [0, nil])(rows, query)
/// ```
/// - Parameters:
///   - inDims: for each argument the dimension of its tensors that counts the elements; nil passes the argument whole to every
///     call. The first dimension of every argument where omitted.
///   - outDims: where that dimension stands in the results.
///   - randomness: what ops that draw random numbers do.
///   - chunkSize: the number of elements to work on at once; all of them where nil.
/// - Returns: a function that takes batches. It fails where the batches' sizes differ, and where no argument is a batch.
public func vmap<A: TensorTree, Out: TensorTree>(
  _ f: @escaping (A) throws -> Out, inDims: [Int?]? = nil, outDims: Int = 0, randomness: VmapRandomness = .error,
  chunkSize: Int? = nil
) -> (A) -> Out {
  { a in
    Vmap.call(a.leaves, [a.leaves.count], Vmap.Options(inDims, outDims, randomness, chunkSize)) { leaves in
      var rest = leaves[...]
      return try f(a.replacing(&rest))
    }
  }
}

/// As the first `vmap`, for a function of two arguments.
public func vmap<A: TensorTree, B: TensorTree, Out: TensorTree>(
  _ f: @escaping (A, B) throws -> Out, inDims: [Int?]? = nil, outDims: Int = 0, randomness: VmapRandomness = .error,
  chunkSize: Int? = nil
) -> (A, B) -> Out {
  { a, b in
    Vmap.call(a.leaves + b.leaves, [a.leaves.count, b.leaves.count], Vmap.Options(inDims, outDims, randomness, chunkSize)) { leaves in
      var rest = leaves[...]
      return try f(a.replacing(&rest), b.replacing(&rest))
    }
  }
}

/// As the first `vmap`, for a function of three arguments.
public func vmap<A: TensorTree, B: TensorTree, C: TensorTree, Out: TensorTree>(
  _ f: @escaping (A, B, C) throws -> Out, inDims: [Int?]? = nil, outDims: Int = 0, randomness: VmapRandomness = .error,
  chunkSize: Int? = nil
) -> (A, B, C) -> Out {
  { a, b, c in
    Vmap.call(a.leaves + b.leaves + c.leaves, [a.leaves.count, b.leaves.count, c.leaves.count], Vmap.Options(inDims, outDims, randomness, chunkSize)) { leaves in
      var rest = leaves[...]
      return try f(a.replacing(&rest), b.replacing(&rest), c.replacing(&rest))
    }
  }
}

/// As the first `vmap`, for a function of four arguments.
public func vmap<A: TensorTree, B: TensorTree, C: TensorTree, D: TensorTree, Out: TensorTree>(
  _ f: @escaping (A, B, C, D) throws -> Out, inDims: [Int?]? = nil, outDims: Int = 0, randomness: VmapRandomness = .error,
  chunkSize: Int? = nil
) -> (A, B, C, D) -> Out {
  { a, b, c, d in
    Vmap.call(a.leaves + b.leaves + c.leaves + d.leaves, [a.leaves.count, b.leaves.count, c.leaves.count, d.leaves.count], Vmap.Options(inDims, outDims, randomness, chunkSize)) { leaves in
      var rest = leaves[...]
      return try f(a.replacing(&rest), b.replacing(&rest), c.replacing(&rest), d.replacing(&rest))
    }
  }
}

/// As the first `vmap`, for a function of one argument and two results.
public func vmap<A: TensorTree, X: TensorTree, Y: TensorTree>(
  _ f: @escaping (A) throws -> (X, Y), inDims: [Int?]? = nil, outDims: Int = 0, randomness: VmapRandomness = .error,
  chunkSize: Int? = nil
) -> (A) -> (X, Y) {
  { a in
    Vmap.call(a.leaves, [a.leaves.count], Vmap.Options(inDims, outDims, randomness, chunkSize)) { leaves in
      var rest = leaves[...]
      return Pair(try f(a.replacing(&rest)))
    }.pair
  }
}

/// As the first `vmap`, for a function of two arguments and two results.
public func vmap<A: TensorTree, B: TensorTree, X: TensorTree, Y: TensorTree>(
  _ f: @escaping (A, B) throws -> (X, Y), inDims: [Int?]? = nil, outDims: Int = 0, randomness: VmapRandomness = .error,
  chunkSize: Int? = nil
) -> (A, B) -> (X, Y) {
  { a, b in
    Vmap.call(a.leaves + b.leaves, [a.leaves.count, b.leaves.count], Vmap.Options(inDims, outDims, randomness, chunkSize)) { leaves in
      var rest = leaves[...]
      return Pair(try f(a.replacing(&rest), b.replacing(&rest)))
    }.pair
  }
}

/// As the first `vmap`, for a function of three arguments and two results.
public func vmap<A: TensorTree, B: TensorTree, C: TensorTree, X: TensorTree, Y: TensorTree>(
  _ f: @escaping (A, B, C) throws -> (X, Y), inDims: [Int?]? = nil, outDims: Int = 0, randomness: VmapRandomness = .error,
  chunkSize: Int? = nil
) -> (A, B, C) -> (X, Y) {
  { a, b, c in
    Vmap.call(a.leaves + b.leaves + c.leaves, [a.leaves.count, b.leaves.count, c.leaves.count], Vmap.Options(inDims, outDims, randomness, chunkSize)) { leaves in
      var rest = leaves[...]
      return Pair(try f(a.replacing(&rest), b.replacing(&rest), c.replacing(&rest)))
    }.pair
  }
}

/// No result.
struct Nothing: TensorTree {
  var leaves: [Tensor] { [] }
  func replacing(_ leaves: inout ArraySlice<Tensor>) -> Nothing { self }
}

/// Two results as one.
struct Pair<X: TensorTree, Y: TensorTree>: TensorTree {
  let pair: (X, Y)
  init(_ pair: (X, Y)) { self.pair = pair }
  var leaves: [Tensor] { pair.0.leaves + pair.1.leaves }
  func replacing(_ leaves: inout ArraySlice<Tensor>) -> Pair {
    let x = pair.0.replacing(&leaves)
    return Pair((x, pair.1.replacing(&leaves)))
  }
}

/// Stands for the result after a failure that a scope has recorded: the function is asked again, where every op gives poison by now.
/// Stops the program where no result can be had.
func afterFailure<Out: TensorTree>(_ name: String, _ body: () throws -> Out) -> Out {
  do { return try noGrad { try body() }.mapLeaves { _ in .poison() } } catch {
    if let poison = Tensor.poison() as? Out ?? [Tensor]() as? Out ?? Nothing() as? Out { return poison }
    Failure.raise(error, op: name)
    fatalError("\(name): the function failed, and nothing of its result's type can stand for the failure: \(error)")
  }
}

enum Vmap {
  struct Options {
    let inDims: [Int?]?
    let outDim: Int
    let randomness: VmapRandomness
    let chunkSize: Int?

    init(_ inDims: [Int?]?, _ outDim: Int, _ randomness: VmapRandomness, _ chunkSize: Int?) {
      self.inDims = inDims
      self.outDim = outDim
      self.randomness = randomness
      self.chunkSize = chunkSize
    }
  }

  /// The results of `f`, which takes the tensors of all arguments, for a whole batch.
  static func call<Out: TensorTree>(
    _ leaves: [Tensor], _ counts: [Int], _ options: Options, _ f: ([Tensor]) throws -> Out
  ) -> Out {
    var structure: Out?
    let results = checked(nil as [Tensor]?, "vmap") {
      try run(leaves, counts, options.inDims, options.outDim, options.randomness, options.chunkSize) { leaves in
        let result = try f(leaves)
        structure = result
        return result.leaves
      }
    }
    if let results, let structure { return structure.replacing(with: results) }
    return structure?.mapLeaves { _ in .poison() } ?? afterFailure("vmap") { try f(leaves) }
  }

  /// Where the elements of each tensor are counted, and how many there are.
  private static func plan(
    _ leaves: [Tensor], _ counts: [Int], _ inDims: [Int?]?
  ) throws -> (dims: [Int?], size: Int) {
    let perArgument = inDims ?? Array(repeating: 0, count: counts.count)
    guard perArgument.count == counts.count else {
      throw TorchError(.value, "inDims: expected one entry for each of the \(counts.count) arguments, got \(perArgument.count)")
    }
    var dims: [Int?] = []
    for (dim, count) in zip(perArgument, counts) { dims += Array(repeating: dim, count: count) }
    var size: Int?
    for (i, tensor) in leaves.enumerated() {
      guard tensor.isDefined else { throw PoisonedInput() }
      guard let dim = dims[i] else { continue }
      guard tensor.rank > 0 else {
        throw TorchError(.shape, "inDims: dimension \(dim) of a tensor without dimensions; pass nil for what is the same in all calls")
      }
      let place = try normalizeDim(dim, rank: tensor.rank, "inDims")
      dims[i] = place
      let own = tensor.impl.sizes[place]
      if let size, size != own {
        throw TorchError(.shape, "expected all batches to have the same size, got \(size) and \(own) (\(tensor.summary) along dimension \(place))")
      }
      size = own
    }
    guard let size else { throw TorchError(.value, "no argument is a batch: inDims has no dimension for any tensor") }
    return (dims, size)
  }

  static func run(
    _ leaves: [Tensor], _ counts: [Int], _ inDims: [Int?]?, _ outDim: Int, _ randomness: VmapRandomness, _ chunkSize: Int?,
    _ f: ([Tensor]) throws -> [Tensor]
  ) throws -> [Tensor] {
    let (dims, size) = try plan(leaves, counts, inDims)
    guard let chunkSize else { return try whole(leaves, dims, size, outDim, randomness, f) }
    guard chunkSize > 0 else { throw TorchError(.value, "chunkSize: expected at least 1, got \(chunkSize)") }
    var parts: [[Tensor]] = []
    var start = 0
    repeat {
      let count = min(chunkSize, size - start)
      let pieces = zip(leaves, dims).map { tensor, dim in dim.map { tensor.narrow($0, start, count) } ?? tensor }
      parts.append(try whole(pieces, dims, count, 0, randomness, f))
      start += count
    } while start < size
    return try (parts.first ?? []).indices.map { i in try placed(cat(parts.map { $0[i] }), outDim) }
  }

  private static func whole(
    _ leaves: [Tensor], _ dims: [Int?], _ size: Int, _ outDim: Int, _ randomness: VmapRandomness, _ f: ([Tensor]) throws -> [Tensor]
  ) throws -> [Tensor] {
    try VmapLevel.with(batchSize: size, randomness: randomness) { level in
      let elements = zip(leaves, dims).map { tensor, dim in dim.map { BatchedTensor.wrap(tensor, $0, level) } ?? tensor }
      let results = try f(elements)
      return try results.map { result in
        guard result.isDefined else { throw PoisonedInput() }
        return try placed(Alignment.front(result, level, expanding: true), outDim)
      }
    }
  }

  /// The batch with its elements counted by dimension `dim` instead of the first.
  private static func placed(_ batch: Tensor, _ dim: Int) throws -> Tensor {
    let place = try normalizeDim(dim, rank: batch.rank, "outDims")
    return place == 0 ? batch : batch.movedim(0, place)
  }
}
