import TorchOps

/// Keeps of a matrix's squared gradients only the means of its rows and columns. `torch.optim.Adafactor`.
///
/// Source: Shazeer and Stern, Adafactor: Adaptive Learning Rates with Sublinear Memory Cost, 2018.
public final class Adafactor: ElementwiseOptimizer {
  /// - Parameters:
  ///   - lr: the largest step, relative to the size of the parameter.
  ///   - beta2Decay: the means of step t take over 1 - t^beta2Decay.
  ///   - eps: the smallest square, the type's precision where nil, and the smallest size of a parameter.
  ///   - d: the largest size of an update, which longer ones are cut to.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1e-2, beta2Decay: Double = -0.8, eps: (Double?, Double) = (nil, 1e-3), d: Double = 1,
    weightDecay: Double = 0, maximize: Bool = false
  ) {
    self.init(
      groups: [ParameterGroup(parameters)], lr: lr, beta2Decay: beta2Decay, eps: eps, d: d, weightDecay: weightDecay, maximize: maximize)
  }

  /// With groups, whose own options go before those given here.
  public init(
    groups: [ParameterGroup], lr: Double = 1e-2, beta2Decay: Double = -0.8, eps: (Double?, Double) = (nil, 1e-3), d: Double = 1,
    weightDecay: Double = 0, maximize: Bool = false
  ) {
    super.init(
      groups,
      defaults: [
        "lr": .double(lr), "beta2_decay": .double(beta2Decay), "eps": [eps.0.map { .double($0) } ?? .null, .double(eps.1)],
        "d": .double(d), "weight_decay": .double(weightDecay), "maximize": .bool(maximize), "foreach": .null,
      ])
  }

  public override func validate(_ group: ParameterGroup) throws {
    try super.validate(group)
    let decay = group.number("beta2_decay")
    guard decay <= 0 else { throw TorchError(.value, "beta2_decay: expected a number of at most 0, got \(decay)") }
    guard group.number("d") >= 1 else { throw TorchError(.value, "d: expected a number of at least 1, got \(group.number("d"))") }
    for parameter in group.parameters where parameter.dtype.isComplex {
      throw TorchError(.dtype, "Adafactor does not support complex parameters, got \(parameter.summary)")
    }
  }

  override var addsWeightDecay: Bool { false }

  override func update(_ p: Tensor, _ g: Tensor, _ state: State, _ count: Int, _ group: ParameterGroup) {
    let eps = group.options["eps"]?.listValue ?? []
    let smallest = eps.first?.doubleValue ?? (p.dtype == .float64 ? 0x1p-52 : p.dtype == .float32 ? 0x1p-23 : 0x1p-7)
    let share = power(Double(count), group.number("beta2_decay"))
    func size(_ x: Tensor) -> Double { (x.norm().item(as: Double.self)) / Double(x.count).squareRoot() }
    let rate = Swift.max(eps.last?.doubleValue ?? 1e-3, size(p)) * Swift.min(group.lr, 1 / Double(count).squareRoot())
    if group.weightDecay != 0 { p.mul_(number(1 - group.lr * group.weightDecay)) }
    let squares: Tensor
    if g.rank > 1 {
      let square = g * g
      let (rowMeans, columnMeans) = (square.mean([-1], keepDim: true), square.mean([-2], keepDim: true))
      let (rows, columns) = (state.tensor("row_var") { rowMeans.zerosLike() }, state.tensor("col_var") { columnMeans.zerosLike() })
      average(rows, rowMeans, share)
      average(columns, columnMeans, share)
      squares = rows.matmul(columns).div_(rows.mean([-2], keepDim: true).clamp(min: .double(smallest)))
    } else {
      let kept = state.tensor("variance") { g.zerosLike() }
      average(kept, g * g, share)
      squares = kept.clone()
    }
    let change = squares.clamp_(min: .double(smallest * smallest)).rsqrt_().mul_(g)
    p.sub_(change, alpha: .double(rate / Swift.max(1, size(change) / group.number("d"))))
  }
}

/// Momentum whose matrices are brought near to orthogonal ones. `torch.optim.Muon`.
///
/// Source: Jordan, Muon: An optimizer for hidden layers in neural networks, 2024.
public final class Muon: ElementwiseOptimizer {
  /// How the learning rate follows from a matrix's sizes.
  public enum LearningRateAdjustment: String, Sendable {
    /// By the root of rows over columns, if that is above 1.
    case original
    /// So that updates are as large as AdamW's.
    case matchRMSAdamW = "match_rms_adamw"
  }

  /// - Parameters:
  ///   - parameters: matrices; everything else belongs to another optimizer.
  ///   - nsCoefficients: of the polynomial that is iterated, `nsSteps` times, in bfloat16.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1e-3, weightDecay: Double = 0.1, momentum: Double = 0.95, nesterov: Bool = true,
    nsCoefficients: (Double, Double, Double) = (3.4445, -4.7750, 2.0315), eps: Double = 1e-7, nsSteps: Int = 5,
    adjustLR: LearningRateAdjustment = .original
  ) {
    self.init(
      groups: [ParameterGroup(parameters)], lr: lr, weightDecay: weightDecay, momentum: momentum, nesterov: nesterov,
      nsCoefficients: nsCoefficients, eps: eps, nsSteps: nsSteps, adjustLR: adjustLR)
  }

  /// With groups, whose own options go before those given here.
  public init(
    groups: [ParameterGroup], lr: Double = 1e-3, weightDecay: Double = 0.1, momentum: Double = 0.95, nesterov: Bool = true,
    nsCoefficients: (Double, Double, Double) = (3.4445, -4.7750, 2.0315), eps: Double = 1e-7, nsSteps: Int = 5,
    adjustLR: LearningRateAdjustment = .original
  ) {
    super.init(
      groups,
      defaults: [
        "lr": .double(lr), "weight_decay": .double(weightDecay), "momentum": .double(momentum), "nesterov": .bool(nesterov),
        "ns_coefficients": [.double(nsCoefficients.0), .double(nsCoefficients.1), .double(nsCoefficients.2)], "eps": .double(eps),
        "ns_steps": .int(nsSteps), "adjust_lr_fn": .string(adjustLR.rawValue),
      ])
  }

  public override func validate(_ group: ParameterGroup) throws {
    try super.validate(group)
    try requireNonNegative(group, "momentum")
    for parameter in group.parameters where parameter.rank != 2 {
      throw TorchError(.shape, "Muon only supports 2D parameters whereas we found a parameter with size: \(parameter.sizes)")
    }
    guard (0..<100).contains(group.options["ns_steps"]?.intValue ?? -1) else {
      throw TorchError(.value, "ns_steps: expected 0 to 99, got \(group.options["ns_steps"]?.intValue ?? -1)")
    }
  }

  override var tensorStateNames: Set<String> { ["momentum_buffer"] }
  override var countsSteps: Bool { false }
  override var addsWeightDecay: Bool { false }

  override func update(_ p: Tensor, _ g: Tensor, _ state: State, _ count: Int, _ group: ParameterGroup) {
    let buffer = state.tensor("momentum_buffer") { g.zerosLike() }
    average(buffer, g, 1 - group.momentum)
    let direction = group.flag("nesterov") ? g.lerp(buffer, weight: .double(group.momentum)) : buffer
    let change = orthogonalized(direction, group)
    let (rows, columns) = (Double(p.size(0)), Double(p.size(1)))
    let factor =
      group.options["adjust_lr_fn"]?.stringValue == LearningRateAdjustment.matchRMSAdamW.rawValue
      ? 0.2 * Swift.max(rows, columns).squareRoot() : Swift.max(1, rows / columns).squareRoot()
    p.mul_(number(group.inTypeOfLR(1 - group.inTypeOfLR(group.lr * group.weightDecay))))
    p.sub_(change.to(p.dtype), alpha: .double(group.inTypeOfLR(group.lr * factor)))
  }

  /// Newton and Schulz's iteration towards the nearest matrix with orthonormal rows or columns.
  private func orthogonalized(_ direction: Tensor, _ group: ParameterGroup) -> Tensor {
    let c = (group.options["ns_coefficients"]?.listValue ?? []).compactMap(\.doubleValue)
    guard c.count == 3 else { return direction }
    var x = direction.to(.bfloat16)
    let isTall = x.size(0) > x.size(1)
    if isTall { x = x.t() }
    x = x / x.norm().clamp(min: .double(group.number("eps")))
    for _ in 0..<(group.options["ns_steps"]?.intValue ?? 0) {
      let gram = x.matmul(x.t())
      let polynomial = gram.addmm(gram, gram, beta: .double(c[1]), alpha: .double(c[2]))
      x = x.addmm(polynomial, x, beta: .double(c[0]))
    }
    return isTall ? x.t() : x
  }
}
