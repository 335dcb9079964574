import TorchNN
import TorchOps

/// Keeps small gradients of 16 bits from becoming zero: the loss is scaled up before backward, the gradients are scaled down before
/// the step, and a step with an infinite gradient is left out and the scale made smaller. `torch.amp.GradScaler`.
///
/// ```swift
/// let scaler = GradScaler()
/// for (x, y) in batches {
///   optimizer.zeroGrad()
///   let loss = autocast(.float16) { crossEntropy(model(x), y) }
///   scaler.scale(loss).backward()
///   scaler.step(optimizer)
///   scaler.update()
/// }
/// ```
/// Gradients of bfloat16 have the range of float32 and need no scaler.
public final class GradScaler {
  public let growthFactor: Double
  public let backoffFactor: Double
  public let growthInterval: Int
  public let isEnabled: Bool
  /// What losses are multiplied by; 1 where the scaler is switched off.
  public var currentScale: Double { isEnabled ? Double(scaleValue) : 1 }

  private var scaleValue: Float
  /// Steps without infinite gradients since the scale changed.
  private var growthTracker = 0
  private var optimizers: [ObjectIdentifier: (stage: Stage, foundInfinite: Bool)] = [:]
  private enum Stage { case unscaled, stepped }

  /// - Parameters:
  ///   - initialScale: positive.
  ///   - growthFactor: more than 1; what the scale is multiplied by after `growthInterval` good steps.
  ///   - backoffFactor: between 0 and 1; what it is multiplied by after an infinite gradient.
  ///   - enabled: false makes all methods do nothing more than the plain steps.
  public init(
    initialScale: Double = 65_536, growthFactor: Double = 2, backoffFactor: Double = 0.5, growthInterval: Int = 2000,
    enabled: Bool = true
  ) {
    let isValid = checked(false, "GradScaler") {
      guard initialScale > 0, initialScale.isFinite else {
        throw TorchError(.value, "initialScale: expected a positive number, got \(initialScale)")
      }
      guard growthFactor > 1 else { throw TorchError(.value, "growthFactor: expected more than 1, got \(growthFactor)") }
      guard backoffFactor > 0, backoffFactor < 1 else {
        throw TorchError(.value, "backoffFactor: expected a number between 0 and 1, got \(backoffFactor)")
      }
      guard growthInterval > 0 else {
        throw TorchError(.value, "growthInterval: expected a positive number, got \(growthInterval)")
      }
      return true
    }
    scaleValue = Float(initialScale)
    self.growthFactor = growthFactor
    self.backoffFactor = backoffFactor
    self.growthInterval = growthInterval
    isEnabled = enabled && isValid
  }

  /// The loss, or another output that backward starts from, times the scale. `GradScaler.scale`.
  public func scale(_ output: Tensor) -> Tensor { isEnabled ? output * Tensor(scaleValue) : output }

  /// Divides the gradients of the optimizer's parameters by the scale, so that they can be clipped or looked at before
  /// ``step(_:)``. At most once for each ``update(to:)``. `GradScaler.unscale_`.
  public func unscale(_ optimizer: Optimizer) {
    guard isEnabled else { return }
    checked((), "GradScaler.unscale") {
      if let known = optimizers[ObjectIdentifier(optimizer)] {
        throw TorchError(
          .value,
          known.stage == .unscaled
            ? "the gradients of this optimizer were unscaled since the last update()" : "called after step() of this optimizer")
      }
      var gradients: [DType: [Tensor]] = [:]
      for group in optimizer.parameterGroups {
        for parameter in group.parameters {
          guard let gradient = parameter.grad else { continue }
          guard gradient.dtype != .float16 else {
            throw TorchError(
              .dtype, "expected parameters of float32, whose forward pass runs in autocast; found a gradient of float16")
          }
          gradients[gradient.dtype, default: []].append(gradient.isSparse ? gradient.uncoalescedValues() : gradient)
        }
      }
      guard !gradients.isEmpty else { throw TorchError(.value, "no parameter of the optimizer has a gradient") }
      let found = Tensor(Float(0))
      let factor = Tensor(Float(1 / Double(scaleValue)))
      for tensors in gradients.values { _ = try GradientUnscaling.op.callThrowing(tensors, found, factor) }
      optimizers[ObjectIdentifier(optimizer)] = (.unscaled, found.item(as: Float.self) != 0)
    }
  }

  /// Unscales the gradients where that was not done, and runs the optimizer's step unless one of them is infinite or NaN.
  /// `GradScaler.step`.
  /// - Returns: whether the step was made.
  @discardableResult
  public func step(_ optimizer: Optimizer) -> Bool {
    guard isEnabled else {
      optimizer.step()
      return true
    }
    return checked(false, "GradScaler.step") {
      if optimizers[ObjectIdentifier(optimizer)]?.stage == .stepped {
        throw TorchError(.value, "step() was called on this optimizer since the last update()")
      }
      if optimizers[ObjectIdentifier(optimizer)] == nil { unscale(optimizer) }
      guard let state = optimizers[ObjectIdentifier(optimizer)] else { return false }
      if !state.foundInfinite { optimizer.step() }
      optimizers[ObjectIdentifier(optimizer)] = (.stepped, state.foundInfinite)
      return !state.foundInfinite
    }
  }

  /// Adapts the scale, once after the steps of all optimizers. `GradScaler.update`.
  /// - Parameter scale: a scale of one's own choice instead.
  public func update(to scale: Double? = nil) {
    guard isEnabled else { return }
    checked((), "GradScaler.update") {
      defer { optimizers = [:] }
      if let scale {
        guard scale > 0, scale.isFinite else { throw TorchError(.value, "expected a positive scale, got \(scale)") }
        scaleValue = Float(scale)
        return
      }
      guard !optimizers.isEmpty else {
        throw TorchError(.value, "neither unscale() nor step() was called since the last update()")
      }
      if optimizers.values.contains(where: \.foundInfinite) {
        scaleValue *= Float(backoffFactor)
        growthTracker = 0
      } else {
        growthTracker += 1
        guard growthTracker == growthInterval else { return }
        let grown = scaleValue * Float(growthFactor)
        if grown.isFinite { scaleValue = grown }
        growthTracker = 0
      }
    }
  }

  /// The state by PyTorch's names; empty where the scaler is switched off. `GradScaler.state_dict`.
  public func stateDict() -> StateValue {
    guard isEnabled else { return .dictionary([:]) }
    return [
      "scale": .double(Double(scaleValue)), "growth_factor": .double(growthFactor), "backoff_factor": .double(backoffFactor),
      "growth_interval": .int(growthInterval), "_growth_tracker": .int(growthTracker),
    ]
  }

  /// Takes over scale and counter that ``stateDict()`` or PyTorch saved. `GradScaler.load_state_dict`. Throws for a state that lacks
  /// them; the scaler is unchanged then.
  public func loadStateDict(_ state: StateValue) throws {
    guard isEnabled else { return }
    guard case .dictionary(let entries) = state, let scale = entries["scale"]?.doubleValue, scale > 0, scale.isFinite,
      let tracker = entries["_growth_tracker"]?.intValue, tracker >= 0
    else { throw TorchError(.value, "scaler state: expected `scale`, a positive number, and `_growth_tracker`, a count") }
    scaleValue = Float(scale)
    growthTracker = tracker
  }
}
