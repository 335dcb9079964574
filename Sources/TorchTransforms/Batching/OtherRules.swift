import TorchOps

extension BatchingRules {
  /// Copies, creation like another tensor, indexing and choices.
  static let otherRules: [String: BatchingForms.Apply] = {
    var rules: [String: BatchingForms.Apply] = [:]
    for name in [
      "clone", "contiguous", "to.dtype", "_to_copy", "zeros_like", "ones_like", "full_like", "empty_like", "nan_to_num", "logical_not",
      "isnan", "angle",
    ] { rules["aten::" + name] = BatchingForms.leading() }
    for name in [
      "where.self", "masked_fill.Tensor", "isclose", "fill.Tensor", "copy",
    ] { rules["aten::" + name] = BatchingForms.broadcasting }
    for name in ["gather", "scatter.src", "scatter.value", "scatter_add", "scatter_reduce.two", "take_along_dim"] {
      rules["aten::" + name] = BatchingForms.shifted(all: true)
    }
    // Whose result has the sizes of the first argument, which the others broadcast to.
    rules["aten::masked_fill.Scalar"] = { call in
      guard let x = call.tensor(0), let mask = call.tensor(1), mask.rank <= x.rank else { return nil }
      let aligned = Alignment.broadcasting([x, mask], call.level)
      let whole = call.isBatched(0) ? aligned[0] : call.front(x, expanding: true)
      return call.wrap(try call.op.invoke([.tensor(whole), .tensor(aligned[1])] + call.arguments.dropFirst(2)))
    }
    rules["aten::masked_fill.Tensor"] = nil
    rules["aten::fill.Tensor"] = nil
    rules["aten::copy"] = nil
    rules["aten::index_select"] = BatchingForms.shifted()
    rules["aten::new_zeros"] = created
    rules["aten::new_ones"] = created
    rules["aten::new_full"] = created
    rules["aten::new_empty"] = created
    rules["aten::index.Tensor"] = { call in
      // Indices that are the same in all calls, side by side: the batch is a dimension that is not indexed.
      guard call.onlyFirst, let x = call.tensor(0), case .list(let indices) = call.arguments[1] else { return nil }
      let used = indices.indices.filter { if case .tensor = indices[$0] { true } else { false } }
      guard let first = used.first, let last = used.last, last - first + 1 == used.count else { return nil }
      return call.wrap(try call.op.invoke([.tensor(call.front(x)), .list([.none] + indices)]))
    }
    return rules
  }()

  private static let created: BatchingForms.Apply = { call in
    guard let x = call.tensor(0), let sizes = try? [Int].unbox(call.arguments[1]) else { return nil }
    return call.wrap(
      try call.op.invoke([.tensor(call.front(x)), ([call.level.batchSize] + sizes).box()] + call.arguments.dropFirst(2)))
  }
}
