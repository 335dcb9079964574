/// Tensors of given sizes that take type and device from another tensor.
package enum NewTensorOps {
  package typealias NewOp = Op<Tensor, [Int], DType?, Layout?, Device?, Bool?, Tensor>
  private static let tail = Factories.tail

  private static func new(_ name: String, _ value: Scalar?) -> NewOp {
    .factory(
      "aten::\(name)(Tensor self, SymInt[] size, *, \(tail)) -> Tensor",
      samples: { s in [Sample(.tensor(s.tensor([2])), [3, 2].box(), .none, .none, .none, .none)] }
    ) { x, sizes, dtype, _, device, _ in try make(x, value, sizes, dtype, device) }
  }

  private static func make(_ x: Tensor, _ value: Scalar?, _ sizes: [Int], _ dtype: DType?, _ device: Device?) throws -> Tensor {
    if x.device == .poison { throw PoisonedInput() }
    return try Factories.make(value, sizes, dtype ?? x.dtype, device ?? x.device)
  }

  package static let zeros = new("new_zeros", 0)
  package static let ones = new("new_ones", 1)
  package static let empty = new("new_empty", nil)

  package static let full = Op<Tensor, [Int], Scalar, DType?, Layout?, Device?, Bool?, Tensor>.factory(
    "aten::new_full(Tensor self, SymInt[] size, Scalar fill_value, *, \(tail)) -> Tensor",
    samples: { s in [Sample(.tensor(s.tensor([2])), [3, 2].box(), .scalar(.int(3)), .none, .none, .none, .none)] }
  ) { x, sizes, value, dtype, _, device, _ in try make(x, value, sizes, dtype, device) }

  package static let emptyStrided = Op<Tensor, [Int], [Int], DType?, Layout?, Device?, Bool?, Tensor>.factory(
    "aten::new_empty_strided(Tensor self, SymInt[] size, SymInt[] stride, *, \(tail)) -> Tensor",
    samples: { s in [Sample(.tensor(s.tensor([2])), [3, 2].box(), [1, 3].box(), .none, .none, .none, .none)] }
  ) { x, sizes, strides, dtype, _, device, _ in
    if x.device == .poison { throw PoisonedInput() }
    return try Factories.strided(sizes, strides, dtype ?? x.dtype, device ?? x.device)
  }

  package static let table: [AnyOp] = [zeros.erased, ones.erased, empty.erased, full.erased, emptyStrided.erased]
}

extension Tensor {
  /// Zeros of this tensor's type, on its device. `Tensor.new_zeros`.
  public func newZeros(_ sizes: [Int], dtype: DType? = nil) -> Tensor { NewTensorOps.zeros(self, sizes, dtype, nil, nil, nil) }
  /// Ones of this tensor's type, on its device. `Tensor.new_ones`.
  public func newOnes(_ sizes: [Int], dtype: DType? = nil) -> Tensor { NewTensorOps.ones(self, sizes, dtype, nil, nil, nil) }
  /// Uninitialised memory of this tensor's type, on its device. `Tensor.new_empty`.
  public func newEmpty(_ sizes: [Int], dtype: DType? = nil) -> Tensor { NewTensorOps.empty(self, sizes, dtype, nil, nil, nil) }
  /// One number in this tensor's type, on its device. `Tensor.new_full`.
  public func newFull(_ sizes: [Int], _ value: Scalar, dtype: DType? = nil) -> Tensor {
    NewTensorOps.full(self, sizes, value, dtype, nil, nil, nil)
  }
  /// Uninitialised memory of this tensor's type with the given strides. `Tensor.new_empty_strided`.
  public func newEmptyStrided(_ sizes: [Int], _ strides: [Int], dtype: DType? = nil) -> Tensor {
    NewTensorOps.emptyStrided(self, sizes, strides, dtype, nil, nil, nil)
  }
}
