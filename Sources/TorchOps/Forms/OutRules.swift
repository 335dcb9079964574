import TorchCore

/// What PyTorch asks of the tensors given for results beyond what `OutForm` asks of all.
enum OutRules {
  /// Ops whose results are stored in their own type only.
  private static let exact = names(
    """
    amax amin aminmax argmax argmin bucketize complex cummax cummin gather histc histogram index_add index_copy index_reduce index_select
    isin isneginf isposinf kthvalue logcumsumexp masked_select max.dim min.dim median mode msort multinomial nanmedian nanquantile nonzero
    nonzero_static polar quantile scatter scatter_add scatter_reduce searchsorted sort take topk where
    """)
  /// Ops whose results must not lie in the memory of an input.
  private static let apart = names(
    """
    cat concat concatenate cross gather index_add index_copy index_reduce index_select kthvalue linalg_cross masked_select scatter
    scatter_add scatter_reduce take take_along_dim topk
    """)
  /// Ops that compute in the type of the tensor given, unless told another.
  private static let typed = names("cumprod cumsum prod sum")

  private static func names(_ text: String) -> Set<String> { Set(text.split(whereSeparator: \.isWhitespace).map { "aten::" + $0 }) }

  private static func contains(_ set: Set<String>, _ op: AnyOp) -> Bool {
    set.contains(String(op.name.prefix { $0 != "." })) || set.contains(op.name)
  }

  /// The inputs with the type of the target where that decides.
  static func adapt(_ inputs: [IValue], to targets: [Tensor], of op: AnyOp) -> [IValue] {
    guard contains(typed, op), let target = targets.first,
      let at = op.info.schema.arguments.firstIndex(where: { $0.name == "dtype" }), case .none = inputs[at]
    else { return inputs }
    var adapted = inputs
    adapted[at] = .dtype(target.dtype)
    return adapted
  }

  static func checkMemory(_ inputs: [Tensor], _ targets: [Tensor], of op: AnyOp) throws {
    guard contains(apart, op) else { return }
    for target in targets {
      for input in inputs where Overlap.status(target, input) == .full {
        throw TorchError(.value, "the tensor given for the result shares memory with an input (\(input.summary)); clone it first")
      }
    }
  }

  static func checkType(_ result: Tensor, _ target: Tensor, of op: AnyOp) throws {
    guard contains(exact, op), result.dtype != target.dtype else { return }
    throw TorchError(.dtype, "the result has type \(result.dtype), and so must the tensor given for it, which is \(target.dtype)")
  }
}
