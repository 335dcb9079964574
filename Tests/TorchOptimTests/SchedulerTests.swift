import Testing
import TorchOps
import TorchOptim

private struct Recorded: Decodable {
  let rates: [[Double]]
  let momenta: [Double]
}

private let makers: [String: @Sendable (Optimizer) -> LRScheduler] = [
  "step": { StepLR($0, stepSize: 3, gamma: 0.5) },
  "lambda": { LambdaLR($0) { epoch in (0..<epoch).reduce(1) { value, _ in value * 0.95 } } },
  "linear": { LinearLR($0, startFactor: 0.25, totalIters: 6) },
  "cosine": { CosineAnnealingLR($0, tMax: 7, etaMin: 0.01) },
  "onecycle": { OneCycleLR($0, maxLR: 0.5, totalSteps: 20) },
  "onecycle-linear": {
    OneCycleLR(
      $0, maxLR: 0.5, totalSteps: 20, pctStart: 0.25, annealStrategy: .linear, divFactor: 10, finalDivFactor: 100,
      threePhase: true)
  },
]

struct SchedulerTests {
  private func optimizer(adam: Bool) -> Optimizer {
    let groups = [
      ParameterGroup([Tensor.zeros(1, requiresGrad: true)]), ParameterGroup([Tensor.zeros(1, requiresGrad: true)], lr: 0.02),
    ]
    return adam ? Adam(groups: groups, lr: 0.1) : SGD(groups: groups, lr: 0.1, momentum: 0.9)
  }

  private func sequence(_ optimizer: Optimizer, _ scheduler: LRScheduler, _ steps: Int) -> Recorded {
    var rates: [[Double]] = []
    var momenta: [Double] = []
    for _ in 0..<steps {
      rates.append(optimizer.parameterGroups.map(\.lr))
      let group = optimizer.parameterGroups[0]
      momenta.append(group.options["betas"] == nil ? group.momentum : group.betas.0)
      optimizer.step()
      scheduler.step()
    }
    return Recorded(rates: rates, momenta: momenta)
  }

  @Test(arguments: makers.keys.sorted(), [false, true])
  func ratesEqualPyTorch(name: String, adam: Bool) throws {
    let recorded = try #require(try fixture("schedules.json", as: [String: Recorded].self)[adam ? name + "-adam" : name])
    let optimizer = optimizer(adam: adam)
    let ours = sequence(optimizer, makers[name]!(optimizer), 20)
    for (own, theirs) in zip(ours.rates, recorded.rates) { #expect(distance(own, theirs) < 1e-14) }
    #expect(distance(ours.momenta, recorded.momenta) < 1e-14)
  }

  @Test(arguments: makers.keys.sorted())
  func continuesFromSavedState(name: String) throws {
    let whole = optimizer(adam: true)
    let expected = sequence(whole, makers[name]!(whole), 20)

    let first = optimizer(adam: true)
    let before = makers[name]!(first)
    _ = sequence(first, before, 8)
    let second = optimizer(adam: true)
    let after = makers[name]!(second)
    try second.loadStateDict(first.stateDict())
    try after.loadStateDict(before.stateDict())
    let rest = sequence(second, after, 12)
    #expect(rest.rates == Array(expected.rates[8...]))
    #expect(rest.momenta == Array(expected.momenta[8...]))
  }

  @Test func refusesWhatDoesNotFit() {
    let optimizer = optimizer(adam: false)
    let cycle = OneCycleLR(optimizer, maxLR: 1, totalSteps: 2)
    #expect(message { try cycle.loadStateDict(["last_epoch": 1]) }.contains("`base_lrs` is missing"))
    #expect(
      message {
        try cycle.loadStateDict(["last_epoch": 1, "base_lrs": [1.0, 1.0], "_last_lr": [1.0, 1.0], "total_steps": 5])
      }.contains("5 steps"))
    #expect(message { for _ in 0..<4 { cycle.step() } }.contains("step 3 of a cycle of 2 steps"))
    #expect(message { _ = StepLR(optimizer, stepSize: 0) }.contains("stepSize"))
    #expect(message { _ = OneCycleLR(optimizer, maxLR: 1, totalSteps: 0) }.contains("totalSteps"))
    #expect(message { _ = LambdaLR(optimizer, factors: []) }.contains("2 functions"))
  }
}
