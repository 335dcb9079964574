import TorchOps

/// Newton's method with a curvature learned from the last steps; each step calls the loss several times. `torch.optim.LBFGS`.
///
/// ```swift
/// let optimizer = LBFGS(model.parameters(), lineSearch: .strongWolfe)
/// let loss = optimizer.step {
///   optimizer.zeroGrad()
///   let loss = mseLoss(model(x), y)
///   loss.backward()
///   return loss
/// }
/// ```
///
/// One group of real parameters. Source: Nocedal and Wright, Numerical Optimization, 2006, chapters 3 and 7.
public final class LBFGS: Optimizer {
  /// How far a step goes along its direction.
  public enum LineSearch: String, Sendable {
    /// Until loss and slope have fallen enough.
    case strongWolfe = "strong_wolfe"
  }

  /// - Parameters:
  ///   - maxIter: the most directions of one step.
  ///   - maxEval: the most calls of the loss; 1.25 times `maxIter` where nil.
  ///   - toleranceGrad, toleranceChange: where a step ends: by the largest gradient, and by the change of loss or parameters.
  ///   - historySize: how many earlier steps the curvature is made of.
  ///   - lineSearch: none takes steps of length `lr`.
  public init(
    _ parameters: [Tensor], lr: Double = 1, maxIter: Int = 20, maxEval: Int? = nil, toleranceGrad: Double = 1e-7,
    toleranceChange: Double = 1e-9, historySize: Int = 100, lineSearch: LineSearch? = nil
  ) {
    super.init(
      [ParameterGroup(parameters)],
      defaults: [
        "lr": .double(lr), "max_iter": .int(maxIter), "max_eval": .int(maxEval ?? maxIter * 5 / 4), "tolerance_grad": .double(toleranceGrad),
        "tolerance_change": .double(toleranceChange), "history_size": .int(historySize),
        "line_search_fn": lineSearch.map { .string($0.rawValue) } ?? .null, "weight_decay": 0,
      ])
  }

  public override func validate(_ group: ParameterGroup) throws {
    try super.validate(group)
    guard parameterGroups.isEmpty else { throw TorchError(.value, "LBFGS doesn't support per-parameter options (parameter groups)") }
    for parameter in group.parameters where parameter.dtype.isComplex {
      throw TorchError(.dtype, "LBFGS takes real parameters, got \(parameter.summary)")
    }
    if case .string(let name)? = group.options["line_search_fn"], LineSearch(rawValue: name) == nil {
      throw TorchError(.value, "line_search_fn: only 'strong_wolfe' is supported, got '\(name)'")
    }
    for name in ["max_iter", "history_size"] where (group.options[name]?.intValue ?? 0) < 1 {
      throw TorchError(.value, "\(name): expected at least 1, got \(group.options[name]?.intValue ?? 0)")
    }
  }

  /// What is known of earlier steps.
  private struct History {
    var direction: Tensor
    var length = 0.0
    var gradient: Tensor
    var loss = 0.0
    var changes: [(gradient: Tensor, step: Tensor, inverse: Double)] = []
    var scale = 1.0
    var iterations = 0

    init(gradient: Tensor) { (self.gradient, direction) = (gradient, -gradient) }

    /// Nil before the first step.
    init?(_ state: [String: StateValue]) {
      guard let gradient = state["prev_flat_grad"]?.tensorValue, let direction = state["d"]?.tensorValue else { return nil }
      (self.gradient, self.direction) = (gradient, direction)
      length = state["t"]?.doubleValue ?? 0
      loss = state["prev_loss"]?.doubleValue ?? 0
      scale = state["H_diag"]?.doubleValue ?? 1
      iterations = state["n_iter"]?.intValue ?? 0
      func list(_ name: String) -> [StateValue] { state[name]?.listValue ?? [] }
      for ((change, step), inverse) in zip(zip(list("old_dirs"), list("old_stps")), list("ro")) {
        guard let change = change.tensorValue, let step = step.tensorValue, let inverse = inverse.doubleValue else { continue }
        changes.append((change, step, inverse))
      }
    }

    /// By PyTorch's names.
    var state: [String: StateValue] {
      func scalar(_ number: Double) -> StateValue { .tensor(Tensor.full([], .double(number), dtype: gradient.dtype)) }
      return [
        "d": .tensor(direction), "t": .double(length), "prev_flat_grad": .tensor(gradient), "prev_loss": .double(loss),
        "H_diag": iterations < 2 ? 1 : scalar(scale), "n_iter": .int(iterations), "old_dirs": .list(changes.map { .tensor($0.gradient) }),
        "old_stps": .list(changes.map { .tensor($0.step) }), "ro": .list(changes.map { scalar($0.inverse) }),
      ]
    }
  }

  private var parameters: [Tensor] { parameterGroups[0].parameters }
  private var key: ObjectIdentifier { ObjectIdentifier(parameters[0].impl) }
  /// How often the loss has been called.
  public private(set) var functionEvaluations: Int {
    get { state[key]?["func_evals"]?.intValue ?? 0 }
    set { state[key, default: ["n_iter": 0]]["func_evals"] = .int(newValue) }
  }

  /// A step needs the loss: use `step(closure)`.
  public override func updateParameters() throws {
    throw TorchError(.value, "LBFGS calls the loss several times in a step: pass it as a closure")
  }

  /// Changes the parameters so that the loss falls, and gives the loss before the step.
  /// - Parameter closure: zeroes the gradients, computes the loss, runs backward, and gives the loss.
  @discardableResult
  public override func step(_ closure: @escaping () throws -> Tensor) -> Tensor {
    checked(.poison(), "LBFGS.step") { try noGrad { try run { try enableGrad { try closure() } } } }
  }

  private func run(_ closure: @escaping () throws -> Tensor) throws -> Tensor {
    let group = parameterGroups[0]
    let (lr, change, flatEnough) = (group.lr, group.number("tolerance_change"), group.number("tolerance_grad"))
    let limit = group.options["max_iter"]?.intValue ?? 20
    let evaluations = group.options["max_eval"]?.intValue ?? 25
    func evaluate() throws -> (Double, Tensor) {
      functionEvaluations += 1
      let loss = try closure()
      guard loss.isDefined else { throw PoisonedInput() }
      return (loss.item(as: Double.self), flatGradient())
    }
    let first = try closure()
    guard first.isDefined else { throw PoisonedInput() }
    functionEvaluations += 1
    var (loss, gradient) = (first.item(as: Double.self), flatGradient())
    var used = 1
    func isFlat(_ gradient: Tensor) -> Bool { gradient.abs().max().item(as: Double.self) <= flatEnough }
    if isFlat(gradient) { return first }

    var past = History(state[key] ?? [:]) ?? History(gradient: gradient)
    defer { state[key, default: [:]].merge(past.state) { _, new in new } }
    for iteration in 1...limit {
      past.iterations += 1
      if past.iterations == 1 { past.direction = -gradient } else { learn(&past, gradient, group) }
      (past.gradient, past.loss) = (gradient, loss)
      past.length = past.iterations == 1 ? rounded(Swift.min(1, rounded(1 / gradient.abs().sum().item(as: Double.self))) * lr) : lr
      let slope = dot(gradient, past.direction)
      if slope > -change { break }
      var calls = 0
      var ended = false
      if group.options["line_search_fn"]?.stringValue == LineSearch.strongWolfe.rawValue {
        let start = parameters.map { $0.detach().clone() }
        let direction = past.direction
        var search = StrongWolfe(loss: loss, gradient: gradient, slope: slope, direction: direction) { length in
          self.move(direction, length)
          defer { for (parameter, value) in zip(self.parameters, start) { parameter.detach().copy_(value) } }
          return try evaluate()
        }
        (loss, gradient, past.length, calls) = try search.run(past.length, limit: evaluations - used)
        move(direction, past.length)
        ended = isFlat(gradient)
      } else {
        move(past.direction, past.length)
        if iteration != limit {
          (loss, gradient) = try evaluate()
          ended = isFlat(gradient)
          calls = 1
        }
      }
      used += calls
      let moved = past.direction.abs().max().item(as: Double.self) * abs(past.length)
      if iteration == limit || used >= evaluations || ended || moved <= change || abs(loss - past.loss) < change { break }
    }
    return first
  }

  /// The next direction: minus the gradient, bent by what the last steps showed of the curvature.
  private func learn(_ past: inout History, _ gradient: Tensor, _ group: ParameterGroup) {
    let difference = gradient - past.gradient
    let step = past.direction * Tensor(scalar: .double(past.length))
    let curvature = dot(difference, step)
    if curvature > 1e-10 {
      if past.changes.count == group.options["history_size"]?.intValue ?? 100 { past.changes.removeFirst() }
      past.changes.append((difference, step, rounded(1 / curvature)))
      past.scale = rounded(curvature / dot(difference, difference))
    }
    let direction = -gradient
    var shares: [Double] = []
    for entry in past.changes.reversed() {
      let share = rounded(dot(entry.step, direction) * entry.inverse)
      shares.append(share)
      direction.sub_(entry.gradient, alpha: .double(share))
    }
    direction.mul_(Tensor(scalar: .double(past.scale)))
    for (entry, share) in zip(past.changes, shares.reversed()) {
      direction.add_(entry.step, alpha: .double(rounded(share - rounded(dot(entry.gradient, direction) * entry.inverse))))
    }
    past.direction = direction
  }

  /// A number as a tensor of the parameters' type holds it, where PyTorch keeps it in one.
  private func rounded(_ value: Double) -> Double { parameters[0].dtype == .float64 ? value : Double(Float(value)) }

  private func dot(_ a: Tensor, _ b: Tensor) -> Double { a.dot(b).item(as: Double.self) }

  private func flatGradient() -> Tensor {
    cat(parameters.map { ($0.grad ?? $0.detach().zerosLike()).detach().reshape([-1]) })
  }

  private func move(_ direction: Tensor, _ length: Double) {
    var start = 0
    for parameter in parameters {
      let part = direction.narrow(0, start, parameter.count).view(parameter.shape)
      parameter.detach().add_(part, alpha: .double(length))
      start += parameter.count
    }
  }
}

/// A length along a direction at which the loss has fallen, and its slope flattened, enough.
private struct StrongWolfe {
  private struct Point { var length: Double, loss: Double, gradient: Tensor, slope: Double }

  private let start: Point
  private let direction: Tensor
  private let evaluate: (Double) throws -> (Double, Tensor)
  private var calls = 0

  init(loss: Double, gradient: Tensor, slope: Double, direction: Tensor, evaluate: @escaping (Double) throws -> (Double, Tensor)) {
    start = Point(length: 0, loss: loss, gradient: gradient, slope: slope)
    self.direction = direction
    self.evaluate = evaluate
  }

  private mutating func point(_ length: Double) throws -> Point {
    calls += 1
    let (loss, gradient) = try evaluate(length)
    return Point(length: length, loss: loss, gradient: gradient, slope: gradient.dot(direction).item(as: Double.self))
  }

  private func fellTooLittle(_ p: Point) -> Bool { p.loss > start.loss + 1e-4 * p.length * start.slope }
  private func isFlat(_ p: Point) -> Bool { abs(p.slope) <= -0.9 * start.slope }

  mutating func run(_ first: Double, limit: Int) throws -> (Double, Tensor, Double, Int) {
    var previous = start
    var now = try point(first)
    var iteration = 0
    var bracket: [Point] = []
    var done = false
    while iteration < limit {
      if fellTooLittle(now) || (iteration > 1 && now.loss >= previous.loss) || (!isFlat(now) && now.slope >= 0) {
        bracket = [previous, now]
        break
      }
      if isFlat(now) {
        bracket = [now]
        done = true
        break
      }
      let next = StrongWolfe.minimum(previous, now, bounds: (now.length + 0.01 * (now.length - previous.length), now.length * 10))
      previous = now
      now = try point(next)
      iteration += 1
    }
    if iteration == limit { bracket = [start, now] }
    let width = direction.abs().max().item(as: Double.self)
    var stalled = false
    func order() -> (low: Int, high: Int) { bracket[0].loss <= bracket[bracket.count - 1].loss ? (0, bracket.count - 1) : (1, 0) }
    var (low, high) = order()
    while !done && iteration < limit && abs(bracket[1].length - bracket[0].length) * width >= 1e-9 {
      var next = StrongWolfe.minimum(bracket[0], bracket[1], bounds: nil)
      // Not too near to either end, twice in a row.
      let (left, right) = (Swift.min(bracket[0].length, bracket[1].length), Swift.max(bracket[0].length, bracket[1].length))
      let margin = 0.1 * (right - left)
      if Swift.min(right - next, next - left) < margin {
        if stalled || next >= right || next <= left {
          next = abs(next - right) < abs(next - left) ? right - margin : left + margin
          stalled = false
        } else {
          stalled = true
        }
      } else {
        stalled = false
      }
      now = try point(next)
      iteration += 1
      if fellTooLittle(now) || now.loss >= bracket[low].loss {
        bracket[high] = now
        (low, high) = order()
      } else {
        if isFlat(now) { done = true } else if now.slope * (bracket[high].length - bracket[low].length) >= 0 { bracket[high] = bracket[low] }
        bracket[low] = now
      }
    }
    let best = bracket[low]
    return (best.loss, best.gradient, best.length, calls)
  }

  /// Where the cubic through two points with their slopes is smallest, within the bounds.
  private static func minimum(_ a: Point, _ b: Point, bounds: (Double, Double)?) -> Double {
    let (low, high) = bounds ?? (Swift.min(a.length, b.length), Swift.max(a.length, b.length))
    let d = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.length - b.length)
    let square = d * d - a.slope * b.slope
    guard square >= 0 else { return (low + high) / 2 }
    let root = square.squareRoot()
    let place =
      a.length <= b.length
      ? b.length - (b.length - a.length) * ((b.slope + root - d) / (b.slope - a.slope + 2 * root))
      : a.length - (a.length - b.length) * ((a.slope + root - d) / (a.slope - b.slope + 2 * root))
    return Swift.min(Swift.max(place, low), high)
  }
}
