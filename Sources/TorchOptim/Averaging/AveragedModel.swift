import TorchNN
import TorchOps

/// How the averages of a model's parameters follow them.
public enum AveragingRule: Sendable {
  /// The mean of all updates: stochastic weight averaging (Izmailov and others, 2018). `get_swa_avg_fn`.
  case equal
  /// average = decay · average + (1 - decay) · parameter. `get_ema_avg_fn`.
  case exponential(decay: Double = 0.999)
  /// A function of the average, the parameter and the number of updates before.
  case custom(@Sendable (_ average: Tensor, _ parameter: Tensor, _ updates: Int) -> Tensor)
}

/// Keeps averages of a model's parameters in a second instance of it, which predicts with them.
/// `torch.optim.swa_utils.AveragedModel`.
///
/// ```swift
/// let averaged = AveragedModel(model, in: Classifier(), rule: .exponential(decay: 0.99))
/// for batch in loader {
///   …
///   optimizer.step()
///   averaged.updateParameters(from: model)
/// }
/// let logits = averaged(images)
/// ```
public final class AveragedModel: Module {
  /// The instance with the averages.
  public let module: Module
  @Buffer(key: "n_averaged") public private(set) var updateCount = Tensor(Int64(0))
  private let rule: AveragingRule
  private let usesBuffers: Bool

  /// - Parameters:
  ///   - model: what is averaged; its tensors are copied.
  ///   - instance: another instance of the same architecture, which is filled.
  ///   - usesBuffers: whether floating-point buffers such as running statistics are averaged too, rather than copied.
  public init(_ model: Module, in instance: Module, rule: AveragingRule = .equal, usesBuffers: Bool = false) {
    module = instance
    self.rule = rule
    self.usesBuffers = usesBuffers
    super.init()
    checked((), "AveragedModel") {
      if model === instance { throw TorchError(.value, "expected another instance than the model itself") }
      if case .exponential(let decay) = rule, !(decay >= 0 && decay <= 1) {
        throw TorchError(.value, "decay: expected a number from 0 to 1, got \(decay)")
      }
      do { try instance.loadStateDict(model.stateDict()) } catch {
        throw TorchError(.value, "the instance does not fit the model: \(error)")
      }
    }
    instance.requiresGrad_(false)
    instance.train(model.isTraining)
  }

  public override func forward(_ x: Tensor) -> Tensor { module(x) }
  public override func forward(_ x: Tensor, _ y: Tensor) -> Tensor { module(x, y) }
  public override func forward(_ x: Tensor, _ y: Tensor, _ z: Tensor) -> Tensor { module(x, y, z) }

  /// Moves the averages towards the parameters; the first update copies them. `AveragedModel.update_parameters`. Fails for a model of
  /// another architecture.
  public func updateParameters(from model: Module) {
    checked((), "AveragedModel.updateParameters") {
      let pairs = try matched(module.namedParameters(), model.namedParameters())
      let buffers = try matched(module.namedBuffers(), model.namedBuffers())
      let count = updateCount.item(as: Int.self)
      noGrad {
        for (average, parameter) in pairs { update(average, parameter.detach(), count) }
        for (average, buffer) in buffers {
          if usesBuffers && buffer.dtype.isFloatingPoint { update(average, buffer, count) } else { average.copy_(buffer) }
        }
        updateCount.add_(1)
      }
    }
  }

  private func matched(
    _ own: [(name: String, tensor: Tensor)], _ other: [(name: String, tensor: Tensor)]
  ) throws -> [(Tensor, Tensor)] {
    guard own.count == other.count else {
      throw TorchError(.value, "the model has \(other.count) tensors where the averages have \(own.count)")
    }
    return try zip(own, other).map { a, b in
      guard a.name == b.name, a.tensor.sizes == b.tensor.sizes else {
        throw TorchError(.shape, "expected \(a.name) of sizes \(a.tensor.shape), got \(b.name) of sizes \(b.tensor.shape)")
      }
      return (a.tensor, b.tensor)
    }
  }

  private func update(_ average: Tensor, _ value: Tensor, _ count: Int) {
    guard count > 0 else {
      average.copy_(value)
      return
    }
    switch rule {
    case .equal: average.lerp_(value, weight: .double(1 / Double(count + 1)))
    case .exponential(let decay): average.lerp_(value, weight: .double(1 - decay))
    case .custom(let function): average.copy_(function(average, value, count))
    }
  }
}

/// Computes the running statistics of all batch norms anew, over batches of inputs: after the parameters were averaged.
/// `torch.optim.swa_utils.update_bn`.
public func updateBatchNorms(_ model: Module, over batches: some Sequence<Tensor>) {
  let norms = model.modules().compactMap { $0 as? BatchNorm }.filter { $0.runningMean != nil }
  guard !norms.isEmpty else { return }
  let modes = model.modules().map { ($0, $0.isTraining) }
  let momenta = norms.map(\.momentum)
  defer {
    for (module, mode) in modes { module.train(mode, recursive: false) }
    for (norm, momentum) in zip(norms, momenta) { norm.momentum = momentum }
  }
  model.train()
  for norm in norms {
    norm.resetRunningStats()
    norm.momentum = nil
  }
  noGrad { for batch in batches { _ = model(batch) } }
}
