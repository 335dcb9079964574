import TorchOps

private func ints(_ value: IValue) throws -> [Int] { try [Int].unbox(value) }

extension BatchingRules {
  /// Views and other changes of shape.
  static let viewRules: [String: BatchingForms.Apply] = {
    var rules: [String: BatchingForms.Apply] = [:]
    for name in [
      "transpose.int", "select.int", "slice.Tensor", "unsqueeze", "squeeze.dim", "flip", "roll", "diagonal", "unfold", "unbind.int",
      "split.Tensor", "split_with_sizes", "movedim.intlist", "movedim.int", "flatten.using_ints", "unflatten.int", "narrow",
      "tensor_split.sections", "tensor_split.indices", "chunk", "diag_embed", "rot90", "repeat_interleave.self_int",
    ] { rules["aten::" + name] = BatchingForms.shifted() }
    for name in ["view_as_real", "view_as_complex", "real", "imag", "_conj", "conj", "alias", "detach", "tril", "triu", "mT", "mH"] {
      rules["aten::" + name] = BatchingForms.leading(rank: name.hasPrefix("t") || name.hasPrefix("m") ? 2 : 0)
    }
    rules["aten::diag_embed"] = nil
    rules["aten::roll"] = { call in
      // Without dimensions it rolls the elements as if they were in one row.
      guard call.onlyFirst, try !ints(call.arguments[2]).isEmpty else { return nil }
      return try BatchingForms.shifted()(call)
    }
    rules["aten::squeeze.dims"] = { call in
      guard call.onlyFirst, let x = call.tensor(0), x.rank > 0 else { return nil }
      let dims = try ints(call.arguments[1]).map { $0 >= 0 ? $0 + 1 : $0 }
      return call.wrap(try call.op.invoke([.tensor(call.front(x)), dims.box()]))
    }
    rules["aten::squeeze"] = { call in
      guard let x = call.tensor(0) else { return nil }
      let dims = (0..<x.rank).filter { x.impl.sizes[$0] == 1 }.map { $0 + 1 }
      return call.wrap(try AnyOp.invoke("aten::squeeze.dims", [.tensor(call.front(x)), dims.box()]))
    }
    rules["aten::permute"] = { call in
      guard let x = call.tensor(0) else { return nil }
      let dims = try ints(call.arguments[1]).map { ($0 < 0 ? $0 + x.rank : $0) + 1 }
      guard dims.count == x.rank else { return nil }
      return call.wrap(try call.op.invoke([.tensor(call.front(x)), ([0] + dims).box()]))
    }
    rules["aten::t"] = { call in
      guard let x = call.tensor(0), x.rank <= 2 else { return nil }
      return call.wrap(x.rank == 2 ? call.front(x).transpose(1, 2) : call.front(x).alias())
    }
    for name in ["view", "reshape", "_unsafe_view", "_reshape_alias"] {
      rules["aten::" + name] = { call in
        guard call.onlyFirst, let x = call.tensor(0) else { return nil }
        return call.wrap(call.front(x).reshape([call.level.batchSize] + (try ints(call.arguments[1]))))
      }
    }
    rules["aten::expand"] = { call in
      guard let x = call.tensor(0) else { return nil }
      let sizes = try ints(call.arguments[1])
      guard sizes.count >= x.rank else { return nil }
      var whole = call.front(x)
      for _ in x.rank..<sizes.count { whole = whole.unsqueeze(1) }
      return call.wrap(try call.op.invoke([.tensor(whole), ([call.level.batchSize] + sizes).box()] + call.arguments.dropFirst(2)))
    }
    rules["aten::repeat"] = { call in
      guard let x = call.tensor(0) else { return nil }
      let counts = try ints(call.arguments[1])
      guard counts.count >= x.rank else { return nil }
      var whole = call.front(x)
      for _ in x.rank..<counts.count { whole = whole.unsqueeze(1) }
      return call.wrap(try call.op.invoke([.tensor(whole), ([1] + counts).box()]))
    }
    for name in ["cat", "stack"] {
      rules["aten::" + name] = { call in
        let tensors = call.arguments[0].heldTensors
        guard let rank = tensors.first?.rank, tensors.allSatisfy({ $0.rank == rank }), rank > 0 || name == "stack" else { return nil }
        guard let dim = BatchingForms.shift(call.arguments[1], rank: rank) else { return nil }
        let all = tensors.map { IValue.tensor(call.front($0, expanding: true)) }
        return call.wrap(try call.op.invoke([.list(all), dim]))
      }
    }
    return rules
  }()
}
