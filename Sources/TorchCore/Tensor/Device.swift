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

/// Where tensors are made when no device is named: main memory, or the device of `withDevice`. `torch.get_default_device`.
public var defaultDevice: Device { ThreadState.has(ThreadState.device) ? ThreadState.stacks.devices.last ?? .cpu : .cpu }

/// Runs `body` with another default device on this thread. `with torch.device(...)`.
///
/// A model that is made on `meta` has shapes and types and no memory, however large it is:
///
/// ```swift
/// let model = withDevice(.meta) { TransformerEncoder(TransformerEncoderLayer(12_288, 96), 96) }
/// ```
public func withDevice<T>(_ device: Device, _ body: () throws -> T) rethrows -> T {
  let stacks = ThreadState.stacks
  stacks.devices.append(device)
  defer { stacks.devices.removeLast() }
  return try ThreadState.with(setting: ThreadState.device, body)
}
