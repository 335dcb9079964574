/// Rearranging and repeating: `roll`, `meshgrid`, `repeat_interleave`.
package enum ArrangementOps {
  package static let roll = Op<Tensor, [Int], [Int], Tensor>.structured(
    "aten::roll(Tensor self, SymInt[1] shifts, int[1] dims=[]) -> Tensor",
    rule: { x, shifts, dims in
      if dims.isEmpty {
        guard shifts.count == 1 else { throw TorchError(.value, "without dims, expected one shift, got \(shifts)") }
      } else {
        guard shifts.count == dims.count else {
          throw TorchError(.value, "expected as many shifts as dims, got \(shifts) and \(dims)")
        }
        guard x.rank > 0 else { throw TorchError(.shape, "a 0-d tensor has no dimensions to roll along, got dims \(dims)") }
        for dim in dims { _ = try normalizeDim(dim, rank: x.rank) }
      }
      return TensorSpec(like: x)
    },
    kernel: { out, x, shifts, dims in
      if x.count == 0 { return }
      if dims.isEmpty {
        rolled(x.contiguous().reshape([-1]), 0, shifts[0], into: out.alias(sizes: [x.count], strides: [1]))
        return
      }
      var source = x
      for (i, (shift, dim)) in zip(shifts, dims).enumerated() {
        let target = i == dims.count - 1 ? out : try Tensor.allocate(TensorSpec(like: x))
        rolled(source, try normalizeDim(dim, rank: x.rank), shift, into: target)
        source = target
      }
    },
    vjp: { _, _, shifts, dims in { g, sink in sink[0] = g.first.roll(shifts.map { 0 &- $0 }, dims) } },
    samples: { s in
      [
        Sample(.tensor(s.tensor([2, 3])), [2].box(), [Int]().box()),
        Sample(.tensor(s.tensor([4, 3])), [1, -5].box(), [0, 1].box()),
      ]
    })

  private static func rolled(_ x: Tensor, _ dim: Int, _ shift: Int, into out: Tensor) {
    let size = x.impl.sizes[dim]
    let first = ((shift % size) + size) % size
    Copying.copy(x.slice(dim, from: 0, to: size - first), into: out.slice(dim, from: first))
    if first > 0 { Copying.copy(x.slice(dim, from: size - first), into: out.slice(dim, from: 0, to: first)) }
  }

  package static let meshgrid = Op<[Tensor], String, [Tensor]>.composite(
    "aten::meshgrid.indexing(Tensor[] tensors, *, str indexing) -> Tensor[]",
    samples: { s in
      [
        Sample([s.tensor([2]), s.tensor([3])].box(), .string("ij")),
        Sample([s.tensor([2]), s.tensor([3]), s.tensor([])].box(), .string("xy")),
      ]
    }
  ) { tensors, indexing in
    guard let first = tensors.first else { throw TorchError(.value, "expected at least one tensor") }
    guard indexing == "ij" || indexing == "xy" else {
      throw TorchError(.value, "indexing must be ij or xy, got \"\(indexing)\"")
    }
    for (i, t) in tensors.enumerated() {
      guard t.rank <= 1 else { throw TorchError(.shape, "expected vectors, got \(t.summary) as tensor \(i)") }
      guard t.dtype == first.dtype else {
        throw TorchError(.dtype, "expected tensors of one type, got \(first.dtype) and \(t.dtype)")
      }
    }
    var order = tensors
    let swapped = indexing == "xy" && tensors.count >= 2
    if swapped { order.swapAt(0, 1) }
    let sizes = order.map(\.count)
    var grids = try order.enumerated().map { i, t in
      var shape = Array(repeating: 1, count: sizes.count)
      shape[i] = t.count
      return try ViewOps.expand.callThrowing(try ViewOps.reshape.callThrowing(t, shape), sizes, false)
    }
    if swapped { grids.swapAt(0, 1) }
    return grids
  }

  package static let meshgridPlain = Op<[Tensor], [Tensor]>.composite(
    "aten::meshgrid(Tensor[] tensors) -> Tensor[]", samples: { s in [Sample([s.tensor([2]), s.tensor([3])].box())] }
  ) { try meshgrid.run($0, "ij") }

  package static let repeatCounts = Op<Tensor, Int?, Tensor>.factory(
    "aten::repeat_interleave.Tensor(Tensor repeats, *, SymInt? output_size=None) -> Tensor",
    samples: { _ in [Sample(.tensor(Tensor([2, 0, 3])), .none)] }
  ) { repeats, outputSize in
    try repeats.requireStrided()
    guard repeats.rank == 1 else { throw TorchError(.shape, "repeats must have one dimension, got \(repeats.summary)") }
    guard repeats.dtype == .int64 || repeats.dtype == .int32 else {
      throw TorchError(.dtype, "repeats must be int32 or int64, got \(repeats.dtype)")
    }
    guard repeats.isCPU else {
      throw TorchError(.elements, "the size of the result depends on values that \(repeats.device) tensors lack")
    }
    let counts = repeats.array(as: Int.self)
    if let bad = counts.firstIndex(where: { $0 < 0 }) {
      throw TorchError(.value, "repeats must not be negative, got \(counts[bad]) at position \(bad)")
    }
    let total = counts.reduce(0) { $0.addingReportingOverflow($1).overflow ? Int.max : $0 + $1 }
    if let outputSize, outputSize != total {
      throw TorchError(.value, "output_size \(outputSize) differs from the sum of repeats, \(total)")
    }
    let out = try Tensor.allocate(TensorSpec([total], .int64))
    var place = 0
    let p = out.address.assumingMemoryBound(to: Int64.self)
    for (i, count) in counts.enumerated() {
      for _ in 0..<count {
        p[place] = Int64(i)
        place += 1
      }
    }
    return repeats.dtype == .int64 ? out : out.to(repeats.dtype)
  }

  package static let repeatTensor = Op<Tensor, Tensor, Int?, Int?, Tensor>.composite(
    "aten::repeat_interleave.self_Tensor(Tensor self, Tensor repeats, int? dim=None, *, SymInt? output_size=None) -> Tensor",
    samples: { s in
      [
        Sample(.tensor(s.tensor([3, 2])), .tensor(Tensor([1, 0, 2])), 0.box(), .none),
        Sample(.tensor(s.tensor([2, 2])), .tensor(Tensor([2])), .none, .none),
      ]
    }
  ) { x, repeats, dim, outputSize in
    let source = dim == nil ? try ViewOps.reshape.callThrowing(x, [-1]) : x
    let d = try normalizeDim(dim ?? 0, rank: source.rank)
    let size = source.rank == 0 ? 1 : source.impl.sizes[d]
    guard repeats.rank <= 1, repeats.count == 1 || repeats.count == size else {
      throw TorchError(.shape, "repeats must have 1 or \(size) elements, the size of dimension \(d), got \(repeats.summary)")
    }
    let counts = repeats.count == size ? repeats.detach().reshape([-1]) : repeats.detach().reshape([1]).expand([size])
    return try IndexSelect.op.callThrowing(source, d, try repeatCounts.run(counts, outputSize))
  }

  package static let repeatNumber = Op<Tensor, Int, Int?, Int?, Tensor>.composite(
    "aten::repeat_interleave.self_int(Tensor self, SymInt repeats, int? dim=None, *, SymInt? output_size=None) -> Tensor",
    samples: { s in
      [Sample(.tensor(s.tensor([2, 3])), 2.box(), 1.box(), .none), Sample(.tensor(s.tensor([2, 3])), 2.box(), .none, .none)]
    }
  ) { x, repeats, dim, outputSize in
    try repeatTensor.run(x, Tensor([repeats]), dim, outputSize)
  }

  package static let table: [AnyOp] = [
    roll.erased, meshgrid.erased, meshgridPlain.erased, repeatCounts.erased, repeatTensor.erased, repeatNumber.erased,
  ]
}

/// Grids whose i-th varies with the i-th vector along dimension i (`"ij"`), or with the first two dimensions exchanged (`"xy"`).
/// `torch.meshgrid`.
public func meshgrid(_ tensors: [Tensor], indexing: String = "ij") -> [Tensor] { ArrangementOps.meshgrid(tensors, indexing) }

extension Tensor {
  /// The elements moved along dimensions, those that leave at one end entering at the other. `torch.roll`.
  public func roll(_ shifts: [Int], _ dims: [Int] = []) -> Tensor { ArrangementOps.roll(self, shifts, dims) }
  /// The elements moved along a dimension, or over all elements in row-major order. `torch.roll`.
  public func roll(_ shift: Int, dim: Int? = nil) -> Tensor { ArrangementOps.roll(self, [shift], dim.map { [$0] } ?? []) }
  /// Each element (or slice along a dimension) several times in a row. `torch.repeat_interleave`.
  public func repeatInterleave(_ repeats: Int, dim: Int? = nil) -> Tensor { ArrangementOps.repeatNumber(self, repeats, dim, nil) }
  /// Each element (or slice along a dimension) as often as its own count says. `torch.repeat_interleave`.
  public func repeatInterleave(_ repeats: Tensor, dim: Int? = nil) -> Tensor {
    ArrangementOps.repeatTensor(self, repeats, dim, nil)
  }
}
