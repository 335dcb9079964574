import Testing
import TorchOps
import TorchOptim

/// Schedules that the recorded trajectories do not reach: values computed with PyTorch 2.13.
@Suite struct CombinedScheduleTests {
  private func rates(_ steps: Int, _ make: (Optimizer) -> LRScheduler) -> [Double] {
    let optimizer = SGD([Tensor.zeros([1], requiresGrad: true)], lr: 0.1)
    let scheduler = make(optimizer)
    return (0..<steps).map { _ in
      defer {
        optimizer.step()
        scheduler.step()
      }
      return optimizer.parameterGroups[0].lr
    }
  }

  private func expect(_ found: [Double], _ wanted: [Double]) {
    #expect(zip(found, wanted).allSatisfy { abs($0 - $1) < 1e-12 } && found.count == wanted.count, "\(found), expected \(wanted)")
  }

  @Test func chained() {
    expect(
      rates(6) { ChainedScheduler([ConstantLR($0, factor: 0.5, totalIters: 3), ExponentialLR($0, gamma: 0.9)]) },
      [0.05, 0.045, 0.0405, 0.0729, 0.06561, 0.059049])
  }

  @Test func warmRestarts() {
    expect(rates(10) { CosineAnnealingWarmRestarts($0, t0: 2, tMult: 2, etaMin: 0.01) }, [0.1, 0.055, 0.1, 0.086819805153395, 0.055, 0.023180194846605, 0.1, 0.096574578963008, 0.086819805153395, 0.072220754456429])
    let optimizer = SGD([Tensor.zeros([1], requiresGrad: true)], lr: 0.1)
    let scheduler = CosineAnnealingWarmRestarts(optimizer, t0: 2, tMult: 2, etaMin: 0.01)
    expect([0.5, 2.5, 6.25, 14.5].map { scheduler.step($0); return optimizer.parameterGroups[0].lr }, [0.086819805153395, 0.096574578963008, 0.099783312700249, 0.099783312700249])
  }

  @Test func averagingRates() {
    expect(rates(7) { SWALR($0, swaLR: 0.02, annealEpochs: 4) }, [0.1, 0.088284271247462, 0.06, 0.031715728752538, 0.02, 0.02, 0.02])
    expect(rates(4) { SWALR($0, swaLR: 0.02, annealEpochs: 0, annealStrategy: .linear) }, [0.02, 0.02, 0.02, 0.02])
  }

  @Test func nestedSequences() {
    expect(
      rates(9) {
        SequentialLR(
          $0, [LinearLR($0, startFactor: 0.25, totalIters: 3), MultiStepLR($0, milestones: [2, 4], gamma: 0.5)], milestones: [3])
      }, [0.025, 0.05, 0.075, 0.1, 0.1, 0.05, 0.05, 0.025, 0.025])
  }

  @Test func statesContinue() throws {
    func make(_ optimizer: Optimizer) -> LRScheduler {
      SequentialLR(optimizer, [LinearLR(optimizer, totalIters: 3), CosineAnnealingLR(optimizer, tMax: 6)], milestones: [3])
    }
    let (a, b) = (SGD([Tensor.zeros([1], requiresGrad: true)], lr: 0.1), SGD([Tensor.zeros([1], requiresGrad: true)], lr: 0.1))
    let (first, second) = (make(a), make(b))
    for _ in 0..<5 { first.step() }
    try b.loadStateDict(a.stateDict())
    try second.loadStateDict(first.stateDict())
    for _ in 0..<3 {
      first.step()
      second.step()
      #expect(a.parameterGroups[0].lr == b.parameterGroups[0].lr)
    }
  }

  @Test func plateausNeedAMetric() {
    let optimizer = SGD([Tensor.zeros([1], requiresGrad: true)], lr: 0.1)
    let scheduler = ReduceLROnPlateau(optimizer, mode: .max, patience: 1, cooldown: 2, minLRs: [0.005])
    var found: [Double] = []
    for metric in [1, 2, 2, 2, 2, 2, 2, 2, 2.0] {
      scheduler.step(metric)
      found.append(optimizer.parameterGroups[0].lr)
    }
    expect(found, [0.1, 0.1, 0.1, 0.01, 0.01, 0.01, 0.01, 0.005, 0.005])
    #expect(throws: (any Error).self) { try withTorchErrors { scheduler.step() } }
    #expect(throws: (any Error).self) { try withTorchErrors { _ = ChainedScheduler([scheduler]) } }
  }
}
