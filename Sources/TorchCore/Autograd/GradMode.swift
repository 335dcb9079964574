/// Runs `body` without recording. `torch.no_grad()`.
public func noGrad<T, E: Error>(_ body: () throws(E) -> T) throws(E) -> T {
  try ThreadState.with(setting: ThreadState.noGrad, body)
}

/// Runs `body` with recording on, inside `noGrad` too. `torch.enable_grad()`.
public func enableGrad<T, E: Error>(_ body: () throws(E) -> T) throws(E) -> T {
  // Inference mode is stronger.
  if ThreadState.has(ThreadState.inference) { return try body() }
  return try ThreadState.with(setting: 0, clearing: ThreadState.noGrad, body)
}

/// Runs `body` with recording on or off. `torch.set_grad_enabled` as a context.
public func withGradEnabled<T, E: Error>(_ enabled: Bool, _ body: () throws(E) -> T) throws(E) -> T {
  enabled ? try enableGrad(body) : try noGrad(body)
}

/// Turns recording on this thread on or off, until the enclosing scope (`noGrad`, …) ends. `torch.set_grad_enabled`.
public func setGradEnabled(_ enabled: Bool) {
  let word = ThreadState.word
  ThreadState.set(enabled ? word & ~ThreadState.noGrad : word | ThreadState.noGrad)
}

/// Whether ops on this thread are recorded. `torch.is_grad_enabled()`.
public var isGradEnabled: Bool { !ThreadState.has(ThreadState.noGrad) }

/// Runs `body` for its values alone: nothing is recorded, and tensors made in it can never be part of a gradient. `torch.inference_mode`.
///
/// Such a tensor cannot be changed in place outside, nor be saved by an op that is recorded; a `clone()` of it can.
public func inferenceMode<T, E: Error>(_ body: () throws(E) -> T) throws(E) -> T {
  try ThreadState.with(setting: ThreadState.inference | ThreadState.noGrad, body)
}

/// Whether the calling thread is in inference mode. `torch.is_inference_mode_enabled()`.
public var isInferenceModeEnabled: Bool { ThreadState.has(ThreadState.inference) }

extension Tensor {
  /// Whether the tensor's memory was made in inference mode. `Tensor.is_inference()`.
  public var isInference: Bool { impl.storage.isInference }
}
