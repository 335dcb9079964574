/// Runs `body` with automatic mixed precision: matrix products, convolutions and attention in 16 bits, what needs the range in
/// float32, everything else in the types that it gets. `torch.autocast("cpu", dtype:)`.
///
/// ```swift
/// let loss = autocast(.bfloat16) { crossEntropy(model(x), y) }
/// loss.backward()
/// ```
///
/// Parameters stay as they are, and gradients have their types. The backward pass needs no block: it runs in the types of the
/// forward pass.
/// - Parameters:
///   - dtype: bfloat16 or float16; anything else is an error.
///   - enabled: false switches a surrounding autocast off for the block.
///   - caching: whether a parameter is converted once for all its uses in the outermost block.
public func autocast<T>(
  _ dtype: DType = .bfloat16, enabled: Bool = true, caching: Bool = true, _ body: () throws -> T
) rethrows -> T {
  let isValid = checked(false, "autocast") {
    guard dtype == .bfloat16 || dtype == .float16 else {
      throw TorchError(.dtype, "expected bfloat16 or float16, got \(dtype)")
    }
    return true
  }
  let setting = Autocast.Setting(dtype: enabled && isValid ? dtype : nil, caching: caching)
  if let active = Autocast.active {
    let old = active.setting
    active.setting = setting
    defer { active.setting = old }
    return try body()
  }
  guard setting.dtype != nil else { return try body() }
  let mode = Autocast(setting)
  return try withMode(mode, body)
}

/// Whether ops are being cast. `torch.is_autocast_enabled`.
public var isAutocastEnabled: Bool { autocastDType != nil }

/// The type of 16 bits of the surrounding `autocast`; nil outside.
public var autocastDType: DType? { ThreadState.has(ThreadState.modeActive) ? Autocast.active?.setting.dtype : nil }

/// The mode behind `autocast`. One serves all blocks inside the outermost.
final class Autocast: OpMode {
  struct Setting {
    /// Nil where autocast is switched off.
    var dtype: DType?
    var caching: Bool
  }

  var setting: Setting
  /// Parameters that were converted, by their identity.
  private var cache: [ObjectIdentifier: (source: Tensor, version: UInt64, cast: Tensor)] = [:]

  init(_ setting: Setting) { self.setting = setting }

  static var active: Autocast? { ThreadState.stacks.modes.last { $0 is Autocast } as? Autocast }

  func intercept(_ call: OpCall) throws -> [IValue] {
    guard let lower = setting.dtype, let policy = AutocastPolicy.of(call.op.name) else { return try call.proceed() }
    let target: DType
    switch policy {
    case .lower: target = lower
    case .float32: target = .float32
    case .widest:
      target = call.arguments.contains { $0.heldTensors.contains { $0.isDefined && $0.dtype == .float32 } } ? .float32 : lower
    }
    var call = call
    call.arguments = try call.arguments.map { try $0.mapTensors { try converted($0, to: target) } }
    return try call.proceed()
  }

  private func converted(_ tensor: Tensor, to dtype: DType) throws -> Tensor {
    guard tensor.isDefined, tensor.dtype.isFloatingPoint, tensor.dtype != .float64, tensor.dtype != dtype else { return tensor }
    let isCached =
      setting.caching && dtype == setting.dtype && tensor.dtype == .float32 && tensor.isLeaf && tensor.requiresGrad
      && isGradEnabled
    guard isCached else { return tensor.to(dtype) }
    let version = UInt64(tensor.version)
    if let known = cache[ObjectIdentifier(tensor.impl)], known.version == version, known.cast.dtype == dtype { return known.cast }
    let cast = tensor.to(dtype)
    cache[ObjectIdentifier(tensor.impl)] = (tensor, version, cast)
    return cast
  }
}
