import Foundation
import Testing
import TorchOps
import TorchOptim

/// Trajectories recorded by Tools/record-optimizer-fixtures.py.
private struct Record: Decodable {
  enum Option: Decodable {
    case number(Double), flag(Bool), list([Double]), text(String)
    init(from decoder: any Decoder) throws {
      let box = try decoder.singleValueContainer()
      if let flag = try? box.decode(Bool.self) { self = .flag(flag) }
      else if let number = try? box.decode(Double.self) { self = .number(number) }
      else if let text = try? box.decode(String.self) { self = .text(text) }
      else { self = .list(try box.decode([Double].self)) }
    }
    var value: StateValue {
      switch self {
      case .number(let n): .double(n)
      case .flag(let b): .bool(b)
      case .text(let s): .string(s)
      case .list(let l): .list(l.map { .double($0) })
      }
    }
  }
  let optimizer: String
  let config: [String: Option]
  let trajectory: [[[Double]]]
  let state: [String: [Double]]
}

@Suite struct TrajectoryTests {
  private static let records: [Record] = {
    let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/trajectories.json")
    return (try? JSONDecoder().decode([Record].self, from: Data(contentsOf: url))) ?? []
  }()

  /// The numbers that the recording script uses too.
  private func numbers(_ count: Int, _ seed: Int) -> [Double] {
    (0..<count).map { i in
      let angle: Double = 1.7 * Double(i) + 0.9 * Double(seed) + 0.3 * Double(i * seed)
      return sin(angle) * 2
    }
  }

  private func make(_ record: Record, _ parameters: [Tensor]) -> Optimizer? {
    let group = [ParameterGroup(parameters, options: record.config.mapValues(\.value))]
    switch record.optimizer {
    case "Adagrad": return Adagrad(groups: group)
    case "Adadelta": return Adadelta(groups: group)
    case "Adamax": return Adamax(groups: group)
    case "NAdam": return NAdam(groups: group)
    case "RAdam": return RAdam(groups: group)
    case "RMSprop": return RMSprop(groups: group)
    case "Rprop": return Rprop(groups: group)
    case "ASGD": return ASGD(groups: group)
    case "Adafactor": return Adafactor(groups: group)
    case "Muon": return Muon(groups: group)
    default: return nil
    }
  }

  private func parameters(_ name: String = "") -> [Tensor] {
    [
      Tensor(numbers(6, 1), shape: [2, 3], dtype: .float64, requiresGrad: true),
      Tensor(numbers(4, 2), shape: name == "Muon" ? [4, 1] : [4], dtype: .float64, requiresGrad: true),
    ]
  }

  private func close(_ a: [Double], _ b: [Double]) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= 1e-12 + 1e-10 * abs($1) }
  }

  @Test func stepsArePyTorchs() throws {
    #expect(Self.records.count == 31)
    for record in Self.records {
      let label = "\(record.optimizer) \(record.config)"
      var all = parameters(record.optimizer)
      var optimizer = try #require(make(record, all))
      for (step, expected) in record.trajectory.enumerated() {
        // Halfway through another optimizer goes on from what was saved.
        if step == 4 {
          let saved = optimizer.stateDict()
          all = all.map { $0.detach().clone().requiresGrad_() }
          optimizer = try #require(make(record, all))
          try optimizer.loadStateDict(saved)
        }
        for (i, parameter) in all.enumerated() {
          parameter.grad = Tensor(numbers(parameter.count, 10 * step + i + 3), shape: parameter.shape, dtype: .float64)
        }
        optimizer.step()
        for (parameter, values) in zip(all, expected) {
          let found = parameter.array(as: Double.self)
          // Muon iterates in bfloat16.
          let isNear = record.optimizer == "Muon"
            ? zip(found, values).allSatisfy { abs($0 - $1) <= 0.01 * max(1, abs($1)) } : close(found, values)
          #expect(isNear, "\(label), step \(step)")
        }
      }
      let state = optimizer.stateDict().dictionaryValue?["state"]?.dictionaryValue?["0"]?.dictionaryValue ?? [:]
      #expect(Set(state.keys) == Set(record.state.keys), "\(label)")
      for (name, values) in record.state {
        let found = state[name]?.tensorValue?.array(as: Double.self) ?? []
        let isNear = found.count == values.count && zip(found, values).allSatisfy { abs($0 - $1) <= 1e-6 * max(1, abs($1)) }
        #expect(isNear, "\(label): \(name)")
      }
    }
  }

  @Test func optionsAreChecked() {
    func message(_ body: () -> Void) -> String {
      do {
        try withTorchErrors(body)
        return ""
      } catch { return (error as? TorchError)?.message ?? "" }
    }
    let p = parameters()
    #expect(message { _ = Rprop(p, etas: (1.2, 0.5)) }.contains("etas"))
    #expect(message { _ = Rprop(p, stepSizes: (2, 1)) }.contains("step_sizes"))
    #expect(message { _ = Adadelta(p, rho: 2) }.contains("rho"))
    #expect(message { _ = Adamax(p, betas: (1, 0.9)) }.contains("betas"))
    #expect(message { _ = RMSprop(p, momentum: -1) }.contains("momentum"))
    #expect(message { _ = Adagrad(p, lrDecay: -1) }.contains("lr_decay"))
    #expect(message { _ = NAdam(p, momentumDecay: -1) }.contains("momentum_decay"))
  }
}
