import TorchOps

/// Adam for sparse gradients: moments and parameters change only where a gradient has entries. `torch.optim.SparseAdam`.
///
/// The gradients are those of `Embedding(sparse: true)` and of ops of sparse tensors; parameters are dense and real.
public final class SparseAdam: ElementwiseOptimizer {
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8, maximize: Bool = false
  ) {
    self.init(groups: [ParameterGroup(parameters)], lr: lr, betas: betas, eps: eps, maximize: maximize)
  }

  /// With groups, whose own options go before those given here.
  public init(
    groups: [ParameterGroup], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999), eps: Double = 1e-8, maximize: Bool = false
  ) {
    super.init(
      groups,
      defaults: ["lr": .double(lr), "betas": [.double(betas.0), .double(betas.1)], "eps": .double(eps), "maximize": .bool(maximize)])
  }

  public override func validate(_ group: ParameterGroup) throws {
    try super.validate(group)
    try requireBetas(group)
    guard group.lr > 0 else { throw TorchError(.value, "lr: expected a number above 0, got \(group.lr)") }
    guard group.number("eps") > 0 else { throw TorchError(.value, "eps: expected a number above 0, got \(group.number("eps"))") }
    for parameter in group.parameters where parameter.isSparse || parameter.dtype.isComplex {
      throw TorchError(.unsupported, "SparseAdam takes dense real parameters, got \(parameter.summary)")
    }
  }

  override var tensorStateNames: Set<String> { ["exp_avg", "exp_avg_sq"] }
  // PyTorch keeps this optimizer's count as a plain number.
  override func exported(_ name: String, _ value: StateValue) -> StateValue { value }

  override func update(_ p: Tensor, _ g: Tensor, _ state: State, _ count: Int, _ group: ParameterGroup) throws {
    throw TorchError(.unsupported, "SparseAdam takes sparse gradients, got \(g.summary); Adam takes dense ones")
  }

  override func updateSparse(_ p: Tensor, _ g: Tensor, _ state: State, _ count: Int, _ group: ParameterGroup) throws {
    let average = state.tensor("exp_avg") { p.zerosLike() }
    let squares = state.tensor("exp_avg_sq") { p.zerosLike() }
    let rows = try SparseRows(g)
    if rows.values.count == 0 { return }
    let (beta1, beta2) = group.betas
    let oldAverage = rows.entries(of: average)
    let change = (rows.values - oldAverage).mul_(number(1 - beta1))
    rows.add(change, to: average)
    let oldSquares = rows.entries(of: squares)
    let squareChange = (rows.values * rows.values).sub_(oldSquares).mul_(number(1 - beta2))
    rows.add(squareChange, to: squares)
    let step = group.lr * (1 - beta2.raised(to: count)).squareRoot() / (1 - beta1.raised(to: count))
    let direction = change.add_(oldAverage).div_(squareChange.add_(oldSquares).sqrt_().add_(number(group.number("eps"))))
    rows.add(direction, to: p, alpha: -step)
  }
}
