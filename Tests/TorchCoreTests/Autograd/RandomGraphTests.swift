import Foundation
import Testing
import TorchOps
import TorchTestSupport

/// Random graphs of ops from the table: gradients against differences along a random direction, and against forward mode. `FUZZ_SECONDS`
/// in the environment makes it run that long; a failure names the seed and the graph.
@Suite("Autograd: random graphs")
struct RandomGraphTests {
  private static let sizes = [3, 4]

  /// An op of one or two float64 matrices, and its other arguments.
  private struct Step {
    let op: AnyOp
    let arguments: [IValue]
    let places: [Int]

    func call(_ inputs: [Tensor]) throws -> Tensor {
      var values = arguments
      for (place, input) in zip(places, inputs) { values[place] = .tensor(input) }
      return try op.call(values)[0].tensors[0]
    }
  }

  /// Ops whose value does not follow from the derivative: they jump, count or take bits apart.
  private static let jumps: Set<String> = ["aten::frac", "aten::heaviside", "aten::nextafter", "aten::as_strided"]

  private static let steps: [Step] = OpCase.differentiable.compactMap { item in
    guard !jumps.contains(item.op.name), item.op.info.schema.results == ["Tensor"] else { return nil }
    for sample in item.samples(.float64) {
      let places = sample.arguments.indices.filter {
        if case .tensor(let t) = sample.arguments[$0] { t.dtype == .float64 && t.shape == sizes && !t.impl.isWrappedNumber } else { false }
      }
      guard (1...2).contains(places.count), sample.arguments.tensors.count == places.count else { continue }
      let step = Step(op: item.op, arguments: sample.arguments, places: places)
      let result = try? step.call(places.map { _ in (Tensor.arange(12, dtype: .float64).reshape(sizes) / 10 + 0.4).requiresGrad_() })
      if let result, result.shape == sizes, result.dtype == .float64, result.requiresGrad { return step }
    }
    return nil
  }

  private struct Random {
    var state: UInt64
    mutating func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
  }

  /// A graph: each step takes earlier values, brought into (0.4, 1.6), where all ops are smooth.
  private struct Graph {
    var names: [String] = []
    var calls: [(step: Step, from: [Int])] = []

    init(seed: UInt64) {
      var random = Random(state: seed)
      for k in 0..<(3 + random.next(6)) {
        let step = RandomGraphTests.steps[random.next(RandomGraphTests.steps.count)]
        calls.append((step, step.places.map { _ in random.next(k + 2) }))
        names.append(step.op.name)
      }
    }

    func value(_ x: Tensor, _ y: Tensor) throws -> Tensor {
      var values = [x, y]
      for (step, from) in calls {
        let inputs = from.map { values[$0].tanh() * 0.6 + 1 }
        values.append(try step.call(inputs))
      }
      return values.dropFirst(2).reduce(Tensor(0.0, dtype: .float64)) { $0 + $1.tanh().sum() }
    }
  }

  private func check(_ seed: UInt64) throws -> String? {
    let graph = Graph(seed: seed)
    let generator = Generator(seed: seed)
    func draw() -> Tensor { Tensor.randn(Self.sizes, dtype: .float64, generator: generator) }
    let (x, y, u, v) = (draw(), draw(), draw(), draw())
    let (a, b) = (x.clone().requiresGrad_(), y.clone().requiresGrad_())
    let value = try graph.value(a, b)
    guard value.requiresGrad, value.item(as: Double.self).isFinite else { return nil }
    let gradients = try grad([value], [a, b], retainGraph: true, allowUnused: true)
    let exact = noGrad { [(gradients[0], u), (gradients[1], v)].map { g, d in g.map { ($0 * d).sum().item(as: Double.self) } ?? 0 }.reduce(0, +) }
    guard exact.isFinite else { return nil }
    func difference(_ step: Double) throws -> Double {
      let sides = try [step, -step].map { h in
        try noGrad { try graph.value(x + u * Tensor(h, dtype: .float64), y + v * Tensor(h, dtype: .float64)).item(as: Double.self) }
      }
      return (sides[0] - sides[1]) / (2 * step)
    }
    let (coarse, fine) = (try difference(1e-5), try difference(2.5e-6))
    let scale = max(1, abs(exact))
    // Where differences do not settle there is a kink between the points.
    if abs(coarse - fine) < 1e-5 * scale, abs(exact - fine) > 1e-4 * scale {
      return "seed \(seed): \(graph.names) gives \(exact) along a direction, differences \(fine)"
    }
    let forward = try forwardDerivative(of: [value], at: [a, b], along: [u, v])[0]?.item(as: Double.self) ?? 0
    if abs(forward - exact) > 1e-8 * scale { return "seed \(seed): \(graph.names) gives \(exact) backward, \(forward) forward" }
    return nil
  }

  /// Kernels and the recorded tensor ops that stand for them agree to the last digits.
  @Test func `a recorded backward gives the same gradients`() throws {
    for step in Self.steps {
      let ramp: Tensor = Tensor.arange(12, dtype: .float64).reshape(Self.sizes) / 10
      let inputs: [Tensor] = step.places.indices.map { i in
        let offset = Tensor(0.4 + Double(i) / 7, dtype: .float64)
        return (ramp + offset).requiresGrad_()
      }
      let w = (Tensor.arange(12, dtype: .float64).reshape(Self.sizes) * 0.37).sin()
      let sides = try [false, true].map { recorded in
        try grad([try step.call(inputs)], inputs, gradOutputs: [w], createGraph: recorded, allowUnused: true).map { $0?.detach() }
      }
      for (a, b) in zip(sides[0], sides[1]) {
        guard let a, let b else { continue }
        let text = try difference(b, a, Tolerance(relative: 1e-11, absolute: 1e-12))
        #expect(text == nil, "\(step.op.name)")
      }
    }
  }

  @Test func `gradients of random graphs are right`() throws {
    #expect(Self.steps.count > 80)
    let seconds = Double(ProcessInfo.processInfo.environment["FUZZ_SECONDS"] ?? "") ?? 2
    let start = Date()
    var seed = UInt64(ProcessInfo.processInfo.environment["FUZZ_SEED"] ?? "") ?? 1
    let first = seed
    while Date().timeIntervalSince(start) < seconds {
      if let text = try check(seed) { Issue.record("\(text)") }
      seed += 1
    }
    print("random graphs: seeds \(first) to \(seed - 1), of \(Self.steps.count) ops")
  }
}
