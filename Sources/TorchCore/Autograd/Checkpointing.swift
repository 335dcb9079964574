/// Runs `body` without keeping what its backward needs; the backward runs `body` again. Trades time for memory.
/// `torch.utils.checkpoint.checkpoint(use_reentrant=False)`.
///
/// ```swift
/// for block in blocks { x = checkpoint { block(x) } }
/// ```
/// - Parameters:
///   - preservesRNG: gives the second run the random numbers of the first, so that dropout drops the same.
///   - generator: whose numbers `body` draws.
///   - body: must compute the same both times; it is kept until the backward has run.
public func checkpoint<T>(
  preservesRNG: Bool = true, generator: Generator = .default, _ body: @escaping () throws -> T
) rethrows -> T {
  if !isGradEnabled { return try body() }
  let frame = CheckpointFrame(preservesRNG ? generator : nil) { _ = try body() }
  return try withSavedTensorHooks(pack: { frame.note($0) }, unpack: { try frame.value($0) }, body)
}

/// Runs functions one after the other, cut into `segments` of which only the inputs are kept.
/// `torch.utils.checkpoint.checkpoint_sequential`. The last segment is kept whole, as its backward comes first.
public func checkpointSequential(
  _ functions: [(Tensor) -> Tensor], segments: Int, _ input: Tensor, preservesRNG: Bool = true
) -> Tensor {
  checked(.poison(), "checkpointSequential") {
    guard segments >= 1 else { throw TorchError(.value, "segments: expected at least 1, got \(segments)") }
    let size = Swift.max(functions.count / segments, 1)
    var x = input
    var start = 0
    while start < functions.count {
      let isLast = start / size >= segments - 1 || start + size >= functions.count
      let part = functions[start..<(isLast ? functions.count : start + size)]
      let here = x
      x = isLast ? part.reduce(here) { $1($0) } : checkpoint(preservesRNG: preservesRNG) { part.reduce(here) { $1($0) } }
      start += part.count
    }
    return x
  }
}

/// One checkpointed call: how to run it again, and what it saved then.
private final class CheckpointFrame {
  private struct Spec { let sizes: Dims, dtype: DType }

  private let body: () throws -> Void
  private let generator: Generator?
  private let state: [UInt8]?
  private var specs: [Spec] = []
  private var values: [Int: Tensor] = [:]

  init(_ generator: Generator?, _ body: @escaping () throws -> Void) {
    self.body = body
    self.generator = generator
    state = generator?.saveState()
  }

  /// The place of a tensor that the first run saved.
  func note(_ tensor: Tensor) -> Int {
    specs.append(Spec(sizes: tensor.impl.sizes, dtype: tensor.dtype))
    return specs.count - 1
  }

  /// What the second run saved at that place.
  func value(_ place: Int) throws -> Tensor {
    if let value = values.removeValue(forKey: place) { return value }
    try runAgain()
    guard let value = values.removeValue(forKey: place) else { throw differs("nothing was saved at place \(place)") }
    return value
  }

  private func runAgain() throws {
    var found: [Tensor] = []
    let present = generator?.saveState()
    if let generator, let state { try generator.restoreState(state) }
    defer { if let generator, let present { try? generator.restoreState(present) } }
    try withTorchErrors {
      try enableGrad {
        // What is saved while running again is only collected; its own graph goes with it.
        try withSavedTensorHooks(
          pack: { (tensor: Tensor) -> Tensor in
            found.append(tensor)
            return tensor
          }, unpack: { $0 }, body)
      }
    }
    guard found.count == specs.count else {
      throw differs("the forward saved \(specs.count) tensors, running again \(found.count)")
    }
    for (i, (tensor, spec)) in zip(found, specs).enumerated() {
      guard tensor.impl.sizes == spec.sizes, tensor.dtype == spec.dtype else {
        throw differs("tensor \(i) was \(spec.dtype)\(spec.sizes) in the forward and \(tensor.summary) when run again")
      }
      values[i] = tensor
    }
  }

  private func differs(_ how: String) -> TorchError {
    TorchError(
      .autograd, "checkpoint: recomputed values do not have the same metadata as those of the forward: \(how); the function must do the "
        + "same each time")
  }
}
