/// Which elements occur among others.
package enum MembershipOps {
  package static let isin = Op<Tensor, Tensor, Bool, Bool, Tensor>.structured(
    "aten::isin.Tensor_Tensor(Tensor elements, Tensor test_elements, *, bool assume_unique=False, bool invert=False) -> Tensor",
    undifferentiable: "a condition is not differentiable",
    rule: { elements, tests, _, _ in
      for x in [elements, tests] where x.dtype == .bool || x.dtype.isComplex {
        throw TorchError(.dtype, "expected real numbers, got \(x.summary)")
      }
      return TensorSpec(like: elements, dtype: .bool)
    },
    kernel: { out, elements, tests, _, invert in
      let type = resultType(elements, tests)
      let wanted = elements.to(type).contiguous()
      if tests.count == 0 { return Copying.fill(out, .bool(invert)) }
      let sorted = try SortOps.stable.run(tests.to(type).reshape([-1]), true, 0, false).values
      // The first element not smaller; past the end, any other will do, as it is smaller.
      let places = try SearchOps.searchsorted.run(sorted, wanted, false, false, nil, nil).clamp(max: .int(Int64(tests.count - 1)))
      let found = sorted.take(places).eq(wanted)
      Copying.copy(invert ? found.logicalNot() : found, into: out)
    },
    samples: { s in
      [
        Sample(.tensor(s.integers([3, 4], high: 6)), .tensor(s.integers([5], high: 6)), false.box(), false.box()),
        Sample(.tensor(s.tensor([2, 2])), .tensor(Tensor([1, 2])), true.box(), true.box()),
      ]
    })

  package static let isinScalar = Op<Tensor, Scalar, Bool, Bool, Tensor>.composite(
    "aten::isin.Tensor_Scalar(Tensor elements, Scalar test_element, *, bool assume_unique=False, bool invert=False) -> Tensor",
    samples: { s in [Sample(.tensor(s.integers([3, 4], high: 3)), .scalar(.int(1)), false.box(), true.box())] }
  ) { elements, test, unique, invert in try isin.run(elements, Tensor(scalar: test), unique, invert) }

  package static let scalarIsin = Op<Scalar, Tensor, Bool, Bool, Tensor>.composite(
    "aten::isin.Scalar_Tensor(Scalar element, Tensor test_elements, *, bool assume_unique=False, bool invert=False) -> Tensor",
    samples: { s in [Sample(.scalar(.int(1)), .tensor(s.integers([3, 4], high: 3)), false.box(), false.box())] }
  ) { element, tests, unique, invert in try isin.run(Tensor(scalar: element), tests, unique, invert) }

  package static let table: [AnyOp] = [isin.erased, isinScalar.erased, scalarIsin.erased]
}

extension Tensor {
  /// Whether each element occurs in another tensor, as bool; NaN never does. Real types. `torch.isin`.
  /// - Parameter invert: whether it does not.
  public func isin(_ tests: Tensor, invert: Bool = false) -> Tensor { MembershipOps.isin(self, tests, false, invert) }
}
