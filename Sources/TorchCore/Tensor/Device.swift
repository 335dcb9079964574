/// Where a tensor's elements live. `torch.device`.
public enum Device: UInt8, Sendable, Hashable, CustomStringConvertible {
  /// Main memory.
  case cpu
  /// Nowhere: shape and type only. Ops on such tensors run their shape rules and no kernels.
  case meta
  /// The mark of a tensor whose elements are not strided but kept in parts (`SparseParts`): no kernel accepts it. Internal; such a
  /// tensor's `device` is that of its parts.
  case sparse
  /// The mark of a tensor that a transform put in the place of many (`WrappedTensor`). Internal; such a tensor's `device` is that of
  /// what it wraps.
  case wrapped
  /// The result of a failed op inside an error scope; every op that meets one fails with the scope's first error.
  case poison

  public var description: String {
    switch self {
    case .cpu: "cpu"
    case .meta: "meta"
    case .sparse: "sparse"
    case .wrapped: "wrapped"
    case .poison: "poison"
    }
  }
}
