import CTorchKernels

/// Where values belong in sorted rows.
package enum SearchOps {
  private static func isRight(_ right: Bool, _ side: String?) throws -> Bool {
    guard let side else { return right }
    guard side == "left" || side == "right" else { throw TorchError(.value, "side must be left or right, got \"\(side)\"") }
    guard !(right && side == "left") else { throw TorchError(.value, "side \"left\" contradicts right=true") }
    return side == "right"
  }

  package static let searchsorted = Op<Tensor, Tensor, Bool, Bool, String?, Tensor?, Tensor>.structured(
    "aten::searchsorted.Tensor(Tensor sorted_sequence, Tensor self, *, bool out_int32=False, bool right=False, str? side=None, Tensor? sorter=None) -> Tensor",
    undifferentiable: "positions are whole numbers",
    rule: { sequence, values, narrow, right, side, sorter in
      _ = try isRight(right, side)
      guard sequence.dtype == values.dtype || values.impl.isWrappedNumber || values.rank == 0 else {
        throw TorchError(
          .dtype, "the sorted sequence and the values must have one type, got \(sequence.dtype) and \(values.dtype)")
      }
      guard !sequence.dtype.isComplex else { throw TorchError(.dtype, "complex numbers have no order, got \(sequence.dtype)") }
      guard sequence.rank > 0 else { throw TorchError(.shape, "the sorted sequence must have at least one dimension") }
      if sequence.rank > 1 {
        guard sequence.rank == values.rank, sequence.shape.dropLast() == values.shape.dropLast() else {
          throw TorchError(
            .shape,
            "a sorted sequence of several rows needs values of equal leading sizes, got \(sequence.summary) and \(values.summary)"
          )
        }
      }
      if let sorter {
        guard sorter.dtype == .int64, sorter.impl.sizes == sequence.impl.sizes else {
          throw TorchError(.shape, "the sorter must be int64\(sequence.impl.sizes), got \(sorter.summary)")
        }
      }
      return TensorSpec(like: values, dtype: narrow ? .int32 : .int64)
    },
    kernel: { out, sequence, values, narrow, right, side, sorter in
      if out.count == 0 { return }
      let goesRight = try isRight(right, side)
      let length = sequence.size(-1)
      let rows = sequence.rank == 1 ? 1 : sequence.shape.dropLast().reduce(1, *)
      // A number is compared in the common type: 2.5 among whole numbers is no whole number.
      let type = sequence.dtype == values.dtype ? sequence.dtype : resultType(sequence, values)
      let sorted = sequence.to(type).contiguous()
      let wanted = values.to(type).contiguous()
      let order = sorter?.contiguous()
      let result = narrow ? try Tensor.allocate(TensorSpec(out.impl.sizes, .int64)) : out
      let perRow = values.count / rows
      let width = type.byteCount
      let bad = FirstBadIndex()
      parallelFor(values.count, grain: 8192) { range in
        var begin = range.lowerBound
        while begin < range.upperBound {
          let row = begin / perRow
          let end = Swift.min((row + 1) * perRow, range.upperBound)
          let found = torch_searchsorted(
            Int32(type.rawValue), Int64(length), sorted.address + row * length * width,
            order.map { UnsafePointer($0.int64s + row * length) }, Int64(end - begin), wanted.address + begin * width,
            goesRight, result.int64s + begin)
          bad.note(found < 0 ? found : found + Int64(row * length))
          begin = end
        }
      }
      if let order { try IndexCheck.verify(bad.position, order, size: length, dim: sequence.rank - 1) }
      if narrow { Copying.copy(result, into: out) }
    },
    samples: { s in
      let sorted = Tensor([1.0, 2.0, 2.0, 5.0], dtype: s.dtype)
      return [
        Sample(.tensor(sorted), .tensor(s.tensor([2, 3], low: 0, high: 6)), false.box(), false.box(), .none, .none),
        Sample(.tensor(sorted), .tensor(Tensor([2.0, 5.5], dtype: s.dtype)), true.box(), true.box(), .none, .none),
        Sample(
          .tensor(Tensor([5.0, 1.0, 2.0], dtype: s.dtype)), .tensor(Tensor([2.0], dtype: s.dtype)), false.box(), false.box(),
          .string("right"), .tensor(Tensor([1, 2, 0]))),
      ]
    })

  package static let searchsortedScalar = Op<Tensor, Scalar, Bool, Bool, String?, Tensor?, Tensor>.composite(
    "aten::searchsorted.Scalar(Tensor sorted_sequence, Scalar self, *, bool out_int32=False, bool right=False, str? side=None, Tensor? sorter=None) -> Tensor",
    samples: { s in
      [Sample(.tensor(Tensor([1.0, 2.0], dtype: s.dtype)), .scalar(.double(1.5)), false.box(), false.box(), .none, .none)]
    }
  ) { sequence, value, narrow, right, side, sorter in
    guard sequence.rank == 1 else {
      throw TorchError(.shape, "a single number needs a sorted sequence of one dimension, got \(sequence.summary)")
    }
    return try searchsorted.run(sequence, Tensor(scalar: value), narrow, right, side, sorter)
  }

  package static let bucketize = Op<Tensor, Tensor, Bool, Bool, Tensor>.composite(
    "aten::bucketize.Tensor(Tensor self, Tensor boundaries, *, bool out_int32=False, bool right=False) -> Tensor",
    samples: { s in
      [
        Sample(
          .tensor(s.tensor([2, 3], low: 0, high: 6)), .tensor(Tensor([1.0, 3.0, 5.0], dtype: s.dtype)), false.box(), true.box())
      ]
    }
  ) { x, boundaries, narrow, right in
    guard boundaries.rank == 1 else { throw TorchError(.shape, "boundaries must have one dimension, got \(boundaries.summary)") }
    return try searchsorted.run(boundaries, x, narrow, right, nil, nil)
  }

  package static let bucketizeScalar = Op<Scalar, Tensor, Bool, Bool, Tensor>.composite(
    "aten::bucketize.Scalar(Scalar self, Tensor boundaries, *, bool out_int32=False, bool right=False) -> Tensor",
    samples: { s in [Sample(.scalar(.double(2.5)), .tensor(Tensor([1.0, 3.0], dtype: s.dtype)), false.box(), false.box())] }
  ) { value, boundaries, narrow, right in try bucketize.run(Tensor(scalar: value), boundaries, narrow, right) }

  package static let table: [AnyOp] = [
    searchsorted.erased, searchsortedScalar.erased, bucketize.erased, bucketizeScalar.erased,
  ]
}

extension Tensor {
  /// For each value, its place in this tensor's sorted rows: before equal elements, or (`right`) after them.
  /// `torch.searchsorted`.
  /// - Parameter sorter: positions that sort this tensor, if it is not sorted.
  public func searchsorted(_ values: Tensor, right: Bool = false, sorter: Tensor? = nil) -> Tensor {
    SearchOps.searchsorted(self, values, false, right, nil, sorter)
  }
  /// For each element, its bucket among sorted boundaries; an element on a boundary belongs below it, or (`right`) above.
  /// `torch.bucketize`.
  public func bucketize(_ boundaries: Tensor, right: Bool = false) -> Tensor {
    SearchOps.bucketize(self, boundaries, false, right)
  }
}
