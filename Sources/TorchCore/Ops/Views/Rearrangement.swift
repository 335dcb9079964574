/// Dimensions exchanged, moved and turned round.
extension ShapeOps {
  // MARK: Matrices

  private static func matrixForm(
    _ text: String, _ samples: [[Int]], _ body: @escaping @Sendable (Tensor) throws -> Tensor
  ) -> Op<Tensor, Tensor> {
    .composite(text, samples: { s in samples.map { Sample(.tensor(s.tensor($0))) } }, body: body)
  }

  private static func matrices(_ x: Tensor) throws {
    guard x.rank != 1 else { throw TorchError(.shape, "expected matrices (at least 2 dimensions), got \(x.summary)") }
  }

  package static let mT = matrixForm("aten::mT(Tensor(a) self) -> Tensor(a)", [[2, 3, 4]]) { x in
    try matrices(x)
    return x.rank == 0 ? x : try ViewOps.transpose.callThrowing(x, -2, -1)
  }
  package static let mH = matrixForm("aten::mH(Tensor(a) self) -> Tensor(a)", [[2, 3, 4]]) { try conjugated(try mT.callThrowing($0)) }
  package static let adjoint = matrixForm("aten::adjoint(Tensor(a) self) -> Tensor(a)", [[2, 3, 4]]) {
    try conjugated(try mT.callThrowing($0))
  }
  package static let matrixH = matrixForm("aten::matrix_H(Tensor(a) self) -> Tensor(a)", [[2, 3]]) { x in
    guard x.rank == 0 || x.rank == 2 else { throw TorchError(.shape, "expected a matrix, got \(x.summary); use mH for batches") }
    return try conjugated(try mT.callThrowing(x))
  }
  private static func conjugated(_ x: Tensor) throws -> Tensor { try ReinterpretOps.conj.callThrowing(x) }

  package static let numpyT = matrixForm("aten::numpy_T(Tensor(a) self) -> Tensor(a)", [[2, 3, 4], [3]]) {
    try ViewOps.permute.callThrowing($0, Array((0..<$0.rank).reversed()))
  }

  // MARK: Moves

  package static let movedims = Op<Tensor, [Int], [Int], Tensor>.composite(
    "aten::movedim.intlist(Tensor(a) self, int[] source, int[] destination) -> Tensor(a)",
    samples: { s in [Sample(.tensor(s.tensor([2, 3, 4])), [0, 1].box(), [-1, 0].box())] }
  ) { x, source, destination in
    guard source.count == destination.count else {
      throw TorchError(.value, "expected as many sources as destinations, got \(source) and \(destination)")
    }
    let from = try distinctDims(source, rank: x.rank, "source")
    let to = try distinctDims(destination, rank: x.rank, "destination")
    if x.rank == 0 { return try ReinterpretOps.alias.callThrowing(x) }
    var order = [Int](repeating: -1, count: x.rank)
    for (s, d) in zip(from, to) { order[d] = s }
    var rest = (0..<x.rank).filter { !from.contains($0) }.makeIterator()
    for d in 0..<x.rank where order[d] < 0 { order[d] = rest.next() ?? d }
    return try ViewOps.permute.callThrowing(x, order)
  }
  package static let movedim = Op<Tensor, Int, Int, Tensor>.composite(
    "aten::movedim.int(Tensor(a) self, int source, int destination) -> Tensor(a)",
    samples: { s in [Sample(.tensor(s.tensor([2, 3, 4])), 0.box(), (-1).box())] }
  ) { try movedims.callThrowing($0, [$1], [$2]) }

  // MARK: Reversals

  package static let flip = Op<Tensor, [Int], Tensor>.structured(
    "aten::flip(Tensor self, int[] dims) -> Tensor",
    rule: { x, dims in
      var seen = Set<Int>()
      for dim in dims where !seen.insert(try normalizeDim(dim, rank: x.rank)).inserted {
        throw TorchError(.value, "dimension \(dim) appears twice in \(dims)")
      }
      return TensorSpec(like: x)
    },
    kernel: { out, x, dims in
      var strides = x.impl.strides
      var offset = 0
      if x.count == 0 { return }
      for dim in dims where x.rank > 0 {
        let d = try normalizeDim(dim, rank: x.rank)
        offset += (x.impl.sizes[d] - 1) * strides[d]
        strides[d] = -strides[d]
      }
      Copying.copy(x.alias(sizes: x.impl.sizes, strides: strides, offset: x.impl.offset + offset), into: out)
    },
    vjp: { _, _, dims in { g, sink in sink[0] = g.first.flip(dims) } },
    samples: { s in [Sample(.tensor(s.tensor([2, 3])), [0, 1].box())] })

  package static let fliplr = Op<Tensor, Tensor>.composite(
    "aten::fliplr(Tensor self) -> Tensor", samples: { s in [Sample(.tensor(s.tensor([2, 3])))] }
  ) { x in
    guard x.rank >= 2 else { throw TorchError(.shape, "expected at least 2 dimensions, got \(x.summary)") }
    return try flip.callThrowing(x, [1])
  }
  package static let flipud = Op<Tensor, Tensor>.composite(
    "aten::flipud(Tensor self) -> Tensor", samples: { s in [Sample(.tensor(s.tensor([2, 3])))] }
  ) { x in
    guard x.rank >= 1 else { throw TorchError(.shape, "expected at least 1 dimension, got \(x.summary)") }
    return try flip.callThrowing(x, [0])
  }
  package static let rot90 = Op<Tensor, Int, [Int], Tensor>.composite(
    "aten::rot90(Tensor self, int k=1, int[] dims=[0, 1]) -> Tensor",
    samples: { s in (0..<4).map { Sample(.tensor(s.tensor([2, 3])), $0.box(), [0, 1].box()) } }
  ) { x, k, dims in
    guard x.rank >= 2, dims.count == 2 else {
      throw TorchError(.value, "a plane of 2 of at least 2 dimensions can be turned, got dims \(dims) of \(x.summary)")
    }
    let plane = try distinctDims(dims, rank: x.rank, "dims")
    switch ((k % 4) + 4) % 4 {
    case 1: return try ViewOps.transpose.callThrowing(try flip.callThrowing(x, [plane[1]]), plane[0], plane[1])
    case 2: return try flip.callThrowing(x, plane)
    case 3: return try ViewOps.transpose.callThrowing(try flip.callThrowing(x, [plane[0]]), plane[0], plane[1])
    default: return try CopyOps.clone.callThrowing(x, .contiguous)
    }
  }

  package static let rearrangement: [AnyOp] = [
    mT.erased, mH.erased, adjoint.erased, matrixH.erased, numpyT.erased, movedims.erased, movedim.erased, flip.erased,
    fliplr.erased, flipud.erased, rot90.erased,
  ]
}

extension Tensor {
  /// The last two dimensions exchanged. `Tensor.mT`.
  public var mT: Tensor { ShapeOps.mT(self) }
  /// The last two dimensions exchanged, the elements conjugated. `Tensor.mH`.
  public var mH: Tensor { ShapeOps.mH(self) }
  /// The last two dimensions exchanged, the elements conjugated. `torch.adjoint`.
  public func adjoint() -> Tensor { ShapeOps.adjoint(self) }
  /// All dimensions in reverse order. `Tensor.T`.
  public var T: Tensor { ShapeOps.numpyT(self) }
  /// A matrix transposed and conjugated. `Tensor.H`.
  public var H: Tensor { ShapeOps.matrixH(self) }
  /// A dimension moved to another place, the others keeping their order. `torch.movedim`.
  public func movedim(_ source: Int, _ destination: Int) -> Tensor { ShapeOps.movedim(self, source, destination) }
  /// Dimensions moved to other places, the others keeping their order. `torch.movedim`.
  public func movedim(_ source: [Int], _ destination: [Int]) -> Tensor { ShapeOps.movedims(self, source, destination) }
  /// The order along the dimensions reversed. `torch.flip`.
  public func flip(_ dims: [Int]) -> Tensor { ShapeOps.flip(self, dims) }
  /// The columns in reverse order. `torch.fliplr`.
  public func fliplr() -> Tensor { ShapeOps.fliplr(self) }
  /// The rows in reverse order. `torch.flipud`.
  public func flipud() -> Tensor { ShapeOps.flipud(self) }
  /// A plane turned by `k` quarters, from the first of its dimensions towards the second. `torch.rot90`.
  public func rot90(_ k: Int = 1, _ dims: [Int] = [0, 1]) -> Tensor { ShapeOps.rot90(self, k, dims) }
}
