import TorchCore

/// Products under other names, or followed by something.
enum MixedProducts {
  static let matmul = Op<Tensor, Tensor, Tensor>.composite(
    "aten::linalg_matmul(Tensor self, Tensor other) -> Tensor",
    samples: { s in [Sample(.tensor(s.tensor([2, 2, 3])), .tensor(s.tensor([3, 2])))] }
  ) { a, b in try MatmulOps.matmul.callThrowing(a, b) }

  static let int8 = Op<Tensor, Tensor, Tensor>.composite(
    "aten::_int_mm(Tensor self, Tensor mat2) -> Tensor",
    rule: { a, b in
      guard a.rank == 2, b.rank == 2, a.impl.sizes[1] == b.impl.sizes[0] else {
        throw TorchError(.shape, "expected matrices (n, m) and (m, p), got \(a.summary) and \(b.summary)")
      }
      guard a.dtype == .int8 || a.dtype == .uint8, b.dtype == .int8 else {
        throw TorchError(.dtype, "expected int8 or uint8 times int8, got \(a.dtype) and \(b.dtype)")
      }
    },
    samples: { s in [Sample(.tensor(s.integers([3, 4], high: 9, dtype: .int8)), .tensor(s.integers([4, 2], high: 9, dtype: .int8)))] }
  ) { a, b in try MatmulOps.mm.callThrowing(a.to(.int32), b.to(.int32)) }

  static let activated = Op<Tensor, Tensor, Tensor, Scalar, Scalar, Bool, Tensor>.composite(
    "aten::_addmm_activation(Tensor self, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1, bool use_gelu=False) -> Tensor",
    samples: { s in
      [true, false].map { gelu in
        Sample(
          .tensor(s.tensor([2])), .tensor(s.tensor([3, 4])), .tensor(s.tensor([4, 2])), .scalar(.double(0.5)), .scalar(.double(2)),
          gelu.box())
      }
    }
  ) { bias, a, b, beta, alpha, useGelu in
    let sum = try MatmulOps.addmm.callThrowing(bias, a, b, beta, alpha)
    return useGelu ? try PointwiseOps.gelu.callThrowing(sum, "none") : sum.relu()
  }

  static let table: [AnyOp] = [matmul.erased, int8.erased, activated.erased]
}

extension Linalg {
  /// Matrix product with batch dimensions broadcast; vectors count as rows or columns. `torch.linalg.matmul`.
  public static func matmul(_ a: Tensor, _ b: Tensor) -> Tensor { MixedProducts.matmul(a, b) }
}
