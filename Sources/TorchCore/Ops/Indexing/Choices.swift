/// The overloads of `where` that choose between numbers, and single truth values.
package enum Choices {
  private static func condition(_ s: inout SampleSource) -> IValue { .tensor(s.integers([2, 3], high: 2, dtype: .bool)) }

  package static let numbers = Op<Tensor, Scalar, Scalar, Tensor>(
    OpInfo(
      "aten::where.Scalar(Tensor condition, Scalar self, Scalar other) -> Tensor", tier: .composite,
      derivative: .none("numbers have no gradient"),
      samples: { s in [Sample(condition(&s), .scalar(.int(2)), .scalar(.double(0.5)))] })
  ) { try PointwiseOps.choose.callThrowing($0, Tensor(scalar: $1), Tensor(scalar: $2)) }

  package static let orNumber = Op<Tensor, Tensor, Scalar, Tensor>.composite(
    "aten::where.ScalarOther(Tensor condition, Tensor self, Scalar other) -> Tensor",
    samples: { s in [Sample(condition(&s), .tensor(s.tensor([2, 3])), .scalar(.double(0.5)))] }
  ) { try PointwiseOps.choose.callThrowing($0, $1, Tensor(scalar: $2)) }

  package static let numberOr = Op<Tensor, Scalar, Tensor, Tensor>.composite(
    "aten::where.ScalarSelf(Tensor condition, Scalar self, Tensor other) -> Tensor",
    samples: { s in [Sample(condition(&s), .scalar(.double(0.5)), .tensor(s.tensor([2, 3])))] }
  ) { try PointwiseOps.choose.callThrowing($0, Tensor(scalar: $1), $2) }

  package static let table: [AnyOp] = [numbers.erased, orNumber.erased, numberOr.erased]
}
