import TorchOps

extension BatchingRules {
  /// Reductions, scans, orderings and normalised exponentials.
  static let reductionRules: [String: BatchingForms.Apply] = {
    var rules: [String: BatchingForms.Apply] = [:]
    for name in [
      "sum.dim_IntList", "nansum", "mean.dim", "amax", "amin", "prod.dim_int", "any.dim", "all.dim", "logsumexp", "max.dim", "min.dim",
      "median.dim", "nanmedian.dim", "mode", "kthvalue", "sort", "sort.stable", "argsort", "argsort.stable", "topk", "cumsum", "cumprod",
      "logcumsumexp", "cummax", "cummin", "softmax.int", "log_softmax.int", "_softmax", "_log_softmax", "var_mean.correction",
      "var.correction", "std.correction", "std_mean.correction", "argmax", "argmin", "linalg_vector_norm", "aminmax",
      "glu", "count_nonzero.dim_IntList", "fft_fft", "fft_ifft", "fft_rfft", "fft_irfft", "diff",
    ] { rules["aten::" + name] = BatchingForms.shifted() }
    // Over everything: over all but the batch.
    let whole: [(String, String, [IValue])] = [
      ("sum", "sum.dim_IntList", [.scalar(.bool(false))]), ("mean", "mean.dim", [.scalar(.bool(false))]),
    ]
    for (name, target, extra) in whole {
      rules["aten::" + name] = { call in
        guard let x = call.tensor(0) else { return nil }
        let rows = call.front(x).reshape([call.level.batchSize, x.count])
        return call.wrap(try AnyOp.invoke("aten::" + target, [.tensor(rows), [1].box()] + extra + call.arguments.dropFirst()))
      }
    }
    for (name, target) in [("max", "amax"), ("min", "amin")] {
      rules["aten::" + name] = { call in
        guard let x = call.tensor(0), x.count > 0 else { return nil }
        let rows = call.front(x).reshape([call.level.batchSize, x.count])
        return call.wrap(try AnyOp.invoke("aten::" + target, [.tensor(rows), [1].box(), .scalar(.bool(false))]))
      }
    }
    for name in ["any", "all"] {
      rules["aten::" + name] = { call in
        guard let x = call.tensor(0) else { return nil }
        let rows = call.front(x).reshape([call.level.batchSize, x.count])
        return call.wrap(
          try AnyOp.invoke("aten::\(name).dim", [.tensor(rows), .scalar(.int(1)), .scalar(.bool(false))]))
      }
    }
    return rules
  }()
}
