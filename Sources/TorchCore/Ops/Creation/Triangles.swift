/// Triangles and diagonals of matrices.
package enum TriangleOps {
  /// Zeroes what lies outside the triangle: above (`lower`) or below the diagonal.
  private static func cut(_ target: Tensor, _ diagonal: Int, lower: Bool) {
    let (rows, columns) = (target.size(-2), target.size(-1))
    if target.count == 0 { return }
    let (rowStride, step) = (target.impl.strides[target.rank - 2], target.impl.strides[target.rank - 1])
    let matrices = target.rank == 2 ? [0] : offsets(target)
    let width = target.dtype.byteCount
    parallelFor(matrices.count * rows, grain: Swift.max(1, 32768 / Swift.max(columns, 1))) { range in
      for line in range {
        let (matrix, row) = (line / rows, line % rows)
        let edge = Swift.min(Swift.max(row &+ diagonal &+ (lower ? 1 : 0), 0), columns)
        let zeroed = lower ? edge..<columns : 0..<edge
        let start = target.address + (matrices[matrix] + row * rowStride) * width
        if step == 1 {
          (start + zeroed.lowerBound * width).initializeMemory(as: UInt8.self, repeating: 0, count: zeroed.count * width)
        } else {
          for column in zeroed { (start + column * step * width).initializeMemory(as: UInt8.self, repeating: 0, count: width) }
        }
      }
    }
  }

  /// Where each matrix of a batch begins, in elements.
  private static func offsets(_ x: Tensor) -> [Int] {
    var out = [0]
    for d in 0..<(x.rank - 2) { out = out.flatMap { base in (0..<x.impl.sizes[d]).map { base + $0 * x.impl.strides[d] } } }
    return out
  }

  private static func op(_ name: String, lower: Bool) -> UpdateOp<Tensor, Int> {
    Update<Int>.op(
      "aten::\(name)(Tensor self, SymInt diagonal=0) -> Tensor",
      rule: { x, _ in
        guard x.rank >= 2 else { throw TorchError(.shape, "expected matrices (at least 2 dimensions), got \(x.summary)") }
      },
      apply: { target, diagonal in
        cut(target, Swift.min(Swift.max(diagonal, -target.size(-2) - 1), target.size(-1) + 1), lower: lower)
      },
      vjp: { _, diagonal in { g, sink in sink[0] = lower ? g.first.tril(diagonal) : g.first.triu(diagonal) } },
      samples: { s in
        [
          Sample(.tensor(s.tensor([3, 4])), 0.box()), Sample(.tensor(s.tensor([2, 4, 3])), 1.box()),
          Sample(.tensor(s.tensor([4, 3])), (-2).box()),
        ]
      })
  }
  package static let tril = op("tril", lower: true)
  package static let triu = op("triu", lower: false)

  private static let tail = "ScalarType? dtype=4, Layout? layout=None, Device? device=None, bool? pin_memory=None"

  private static func indices(_ rows: Int, _ columns: Int, _ dtype: DType?, _ inside: (Int) -> Range<Int>) throws -> Tensor {
    guard rows >= 0 && columns >= 0 else {
      throw TorchError(.shape, "row and col must not be negative, got \(rows) and \(columns)")
    }
    let type = dtype ?? .int64
    guard type == .int64 || type == .int32 else { throw TorchError(.dtype, "indices are int32 or int64, got \(type)") }
    var (i, j): ([Int], [Int]) = ([], [])
    for row in 0..<rows {
      for column in inside(row) {
        i.append(row)
        j.append(column)
      }
    }
    return Tensor(i + j, shape: [2, i.count], dtype: type)
  }

  package static let trilIndices = Op<Int, Int, Int, DType?, Layout?, Device?, Bool?, Tensor>.factory(
    "aten::tril_indices(int row, int col, int offset=0, *, \(tail)) -> Tensor",
    samples: { _ in [Sample(3.box(), 4.box(), (-1).box(), .none, .none, .none, .none)] }
  ) { rows, columns, offset, dtype, _, _, _ in
    try indices(rows, columns, dtype) { row in 0..<Swift.min(Swift.max(row &+ offset &+ 1, 0), columns) }
  }
  package static let triuIndices = Op<Int, Int, Int, DType?, Layout?, Device?, Bool?, Tensor>.factory(
    "aten::triu_indices(int row, int col, int offset=0, *, \(tail)) -> Tensor",
    samples: { _ in [Sample(3.box(), 4.box(), 1.box(), .none, .none, .none, .none)] }
  ) { rows, columns, offset, dtype, _, _, _ in
    try indices(rows, columns, dtype) { row in Swift.min(Swift.max(row &+ offset, 0), columns)..<columns }
  }

  package static let diagEmbed = Op<Tensor, Int, Int, Int, Tensor>.composite(
    "aten::diag_embed(Tensor self, int offset=0, int dim1=-2, int dim2=-1) -> Tensor",
    samples: { s in
      [
        Sample(.tensor(s.tensor([3])), 0.box(), (-2).box(), (-1).box()),
        Sample(.tensor(s.tensor([2, 3])), (-1).box(), 0.box(), 2.box()),
      ]
    }
  ) { x, offset, dim1, dim2 in
    guard x.rank > 0 else { throw TorchError(.shape, "a 0-d tensor is no diagonal") }
    let (i, j) = (try normalizeDim(dim1, rank: x.rank + 1, "dim1"), try normalizeDim(dim2, rank: x.rank + 1, "dim2"))
    guard i != j else { throw TorchError(.value, "dim1 and dim2 must differ, got \(dim1) and \(dim2)") }
    let size = try sizeSum(x.impl.sizes[x.rank - 1], Int(clamping: offset.magnitude))
    var sizes = Array(x.shape.dropLast())
    for d in [Swift.min(i, j), Swift.max(i, j)] { sizes.insert(size, at: d) }
    let out = x.blank(sizes)
    _ = try CopyOps.copy.callThrowing(try ViewOps.diagonal.callThrowing(out, offset, i, j), x, false)
    return out
  }

  package static let diag = Op<Tensor, Int, Tensor>.composite(
    "aten::diag(Tensor self, int diagonal=0) -> Tensor",
    samples: { s in [Sample(.tensor(s.tensor([3])), 1.box()), Sample(.tensor(s.tensor([3, 4])), (-1).box())] }
  ) { x, diagonal in
    guard x.rank == 1 || x.rank == 2 else { throw TorchError(.shape, "expected a vector or a matrix, got \(x.summary)") }
    if x.rank == 1 { return try diagEmbed.run(x, diagonal, 0, 1) }
    return try CopyOps.clone.callThrowing(try ViewOps.diagonal.callThrowing(x, diagonal, 0, 1), .contiguous)
  }

  package static let diagflat = Op<Tensor, Int, Tensor>.composite(
    "aten::diagflat(Tensor self, int offset=0) -> Tensor",
    samples: { s in [Sample(.tensor(s.tensor([2, 3])), 1.box()), Sample(.tensor(s.tensor([])), 0.box())] }
  ) { x, offset in try diag.callThrowing(x.reshape([-1]), offset) }

  package static let table: [AnyOp] = [
    tril.erased, triu.erased, [trilIndices.erased, triuIndices.erased, diagEmbed.erased, diag.erased, diagflat.erased],
  ].flatMap { $0 }
}

extension Tensor {
  /// The elements on and below a diagonal, zero elsewhere; `diagonal` counts upwards from the main one. `torch.tril`.
  public func tril(_ diagonal: Int = 0) -> Tensor { TriangleOps.tril.op(self, diagonal) }
  /// Zeroes the elements above a diagonal. `Tensor.tril_`.
  @discardableResult
  public func tril_(_ diagonal: Int = 0) -> Tensor { TriangleOps.tril.inPlace(self, diagonal) }
  /// The elements on and above a diagonal, zero elsewhere; `diagonal` counts upwards from the main one. `torch.triu`.
  public func triu(_ diagonal: Int = 0) -> Tensor { TriangleOps.triu.op(self, diagonal) }
  /// Zeroes the elements below a diagonal. `Tensor.triu_`.
  @discardableResult
  public func triu_(_ diagonal: Int = 0) -> Tensor { TriangleOps.triu.inPlace(self, diagonal) }
  /// Rows and columns, as a [2, n] tensor, of the elements on and below a diagonal. `torch.tril_indices`.
  public static func trilIndices(_ rows: Int, _ columns: Int, offset: Int = 0) -> Tensor {
    TriangleOps.trilIndices(rows, columns, offset, nil, nil, nil, nil)
  }
  /// Rows and columns, as a [2, n] tensor, of the elements on and above a diagonal. `torch.triu_indices`.
  public static func triuIndices(_ rows: Int, _ columns: Int, offset: Int = 0) -> Tensor {
    TriangleOps.triuIndices(rows, columns, offset, nil, nil, nil, nil)
  }
  /// A matrix with all elements, in row-major order, on a diagonal. `torch.diagflat`.
  public func diagflat(_ offset: Int = 0) -> Tensor { TriangleOps.diagflat(self, offset) }
  /// A matrix with this vector on a diagonal, or the diagonal of this matrix. `torch.diag`.
  public func diag(_ diagonal: Int = 0) -> Tensor { TriangleOps.diag(self, diagonal) }
  /// Matrices with the rows of this tensor on a diagonal. `torch.diag_embed`.
  public func diagEmbed(offset: Int = 0, _ dim1: Int = -2, _ dim2: Int = -1) -> Tensor {
    TriangleOps.diagEmbed(self, offset, dim1, dim2)
  }
}
