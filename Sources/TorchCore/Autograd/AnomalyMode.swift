/// Runs `body` with recorded ops remembering where they were called; a backward in it fails where a gradient becomes NaN, naming the op
/// and that line. Slow: for finding mistakes. `torch.autograd.detect_anomaly`.
public func detectAnomaly<T, E: Error>(_ body: () throws(E) -> T) throws(E) -> T {
  CallSite.prepare()
  return try ThreadState.with(setting: ThreadState.anomaly, body)
}

enum AnomalyMode {
  static func check(_ gradient: Tensor, of node: Node, input: Int) throws {
    guard gradient.dtype.isDifferentiable, gradient.impl.device == .cpu else { return }
    let hasNaN = try ThreadState.with(setting: ThreadState.noGrad) { try gradient.isNaN().any().scalar(at: 0).boolValue }
    guard hasNaN else { return }
    let place = node.extras?.site?.location.map { "; the forward call was at \($0)" }
    throw TorchError(
      .autograd,
      "Function '\(node.name)' returned nan values in its \(input)th output"
        + (place ?? "; run the forward inside of detectAnomaly too, to see where the op was called"))
  }
}
