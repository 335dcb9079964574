import TorchOps

extension BatchingRules {
  /// Products of matrices, and linear algebra, which works on stacks of matrices anyway.
  static let productRules: [String: BatchingForms.Apply] = {
    var rules: [String: BatchingForms.Apply] = [:]
    rules["aten::mm"] = { call in try product(call, 0, 1) }
    rules["aten::bmm"] = { call in
      // Both need the same leading dimensions.
      guard let a = call.tensor(0), let b = call.tensor(1) else { return nil }
      let (x, y) = (call.front(a, expanding: true), call.front(b, expanding: true))
      let result = try AnyOp.invoke("aten::bmm", [.tensor(x.flatten(0, 1)), .tensor(y.flatten(0, 1))])
      return call.wrap(result[0].heldTensors[0].unflatten(0, [call.level.batchSize, -1]))
    }
    rules["aten::mv"] = { call in
      guard let a = call.tensor(0), let v = call.tensor(1) else { return nil }
      if !call.isBatched(0) { return call.wrap(call.front(v).matmul(a.transpose(0, 1))) }
      return call.wrap(call.front(a).matmul(call.front(v).unsqueeze(-1)).squeeze(-1))
    }
    for name in ["dot", "vdot"] {
      rules["aten::" + name] = { call in
        guard let a = call.tensor(0), let b = call.tensor(1), !a.dtype.isComplex, a.dtype == b.dtype, a.rank == 1, b.rank == 1,
          a.impl.sizes == b.impl.sizes
        else { return nil }
        return call.wrap((call.front(a) * call.front(b)).sum([-1]))
      }
    }
    rules["aten::linear"] = { call in
      guard let x = call.tensor(0), let weight = call.tensor(1), x.rank > 0, weight.rank == 2 else { return nil }
      if call.onlyFirst { return call.wrap(try call.op.invoke([.tensor(call.front(x))] + call.arguments.dropFirst())) }
      let w = call.front(weight)
      var rows = call.front(x)
      if call.isBatched(1) {
        // The batch's rows against its weights: (batch, rows, in) by (batch, in, out).
        rows = call.front(x, expanding: true)
        rows = x.rank == 1 ? rows.unsqueeze(1) : rows.flatten(1, -2)
      }
      var out = rows.matmul(w.transpose(-2, -1))
      if call.isBatched(1) {
        out = x.rank == 1 ? out.squeeze(1) : out.reshape([call.level.batchSize] + x.shape.dropLast() + [weight.shape[0]])
      }
      if let bias = call.tensor(2) {
        var b = call.front(bias)
        if call.isBatched(2) { for _ in 1..<Swift.max(x.rank, 1) { b = b.unsqueeze(1) } }
        out = out + b
      }
      return call.wrap(out)
    }
    for name in [
      "_linalg_det", "_linalg_slogdet", "linalg_det", "linalg_inv_ex", "linalg_inv", "inverse", "linalg_cholesky_ex", "linalg_cholesky",
      "cholesky", "linalg_qr", "_linalg_svd", "_linalg_eigh", "linalg_lu_factor_ex", "linalg_lu", "matrix_exp", "linalg_matrix_exp",
      "linalg_eig", "_linalg_eigvals", "matrix_power", "linalg_matrix_power",
    ] { rules["aten::" + name] = BatchingForms.leading(rank: 2) }
    return rules
  }()

  /// The product of two matrices, either or both of them one of many.
  private static func product(_ call: BatchCall, _ a: Int, _ b: Int) throws -> [IValue]? {
    guard let x = call.tensor(a), let y = call.tensor(b), x.rank == 2, y.rank == 2, x.shape[1] == y.shape[0], x.dtype == y.dtype else {
      return nil
    }
    return call.wrap(call.front(x).matmul(call.front(y)))
  }
}
