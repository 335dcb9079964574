import Foundation
import Testing

@testable import TorchCore
@testable import TorchFunctional
import TorchOps

/// Reductions and neural-network ops against PyTorch's values, gradients and second gradients (Tools/record-nn-fixture.py).
@Suite struct NNOpsTests {
  struct FixtureError: Error, CustomStringConvertible {
    let description: String
  }

  /// One recorded call; `index` tells cases of one op apart.
  struct Case: @unchecked Sendable, CustomStringConvertible {
    // Read only.
    let record: [String: Any]
    let index: Int
    var op: String { record["op"] as? String ?? "" }
    var description: String { "\(op) #\(index)" }
  }

  static let cases: [Case] = {
    let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/nn_ops.json")
    guard let data = try? Data(contentsOf: url), let list = try? JSONSerialization.jsonObject(with: data) as? [[String: Any]]
    else {
      return []
    }
    return list.enumerated().map { Case(record: $0.element, index: $0.offset) }
  }()

  @Test func fixtureIsThere() { #expect(Self.cases.count > 150) }

  @Test(arguments: cases) func matchesPyTorch(_ test: Case) throws {
    try withGenerator(Generator(seed: 0)) {
      guard let op = OpTable.op(named: test.op) else { throw FixtureError(description: "no op \(test.op)") }
      let tolerance = test.record["tolerance"] as? Double ?? 0
      if let seed = test.record["manualSeed"] as? Int { manualSeed(UInt64(seed)) }
      let specs = test.record["arguments"] as? [Any] ?? []
      let schema = op.info.schema.arguments
      var arguments = try specs.enumerated().map { try value($0.element, type: schema[$0.offset].type) }
      for rest in schema.dropFirst(arguments.count) { arguments.append(Schema.defaultValue(rest)) }
      let returned = try op.call(arguments)
      let results = returned.compactMap { if case .tensor(let t) = $0 { t } else { nil } }
      let expected = test.record["results"] as? [[String: Any]] ?? []
      #expect(!expected.isEmpty && expected.count <= results.count)
      for (result, goal) in zip(results, expected) {
        #expect(result.shape == goal["shape"] as? [Int])
        #expect(result.dtype.name == goal["dtype"] as? String)
        if result.count > 1 {
          #expect(effectiveStrides(result.shape, result.strides) == effectiveStrides(result.shape, goal["stride"] as? [Int] ?? []))
        }
        compare(result, goal["values"], tolerance, "value")
      }
      for entry in test.record["mutated"] as? [[Any]] ?? [] {
        guard let position = entry[0] as? Int, case .tensor(let changed) = arguments[position] else { continue }
        compare(changed, entry[1], tolerance, "argument \(position) afterwards")
      }
      let inputs = arguments.compactMap { (a: IValue) -> Tensor? in
        if case .tensor(let t) = a, t.requiresGrad { t } else { nil }
      }
      guard let goals = test.record["gradients"] as? [Any] else { return }
      let roots = Array(results.prefix(expected.count).enumerated()).filter { $0.element.requiresGrad }
      let seconds = test.record["seconds"] as? [Any]
      let gradients = try grad(
        roots.map(\.element), inputs, gradOutputs: roots.map { weights($0.element, 11 + $0.offset) }, createGraph: seconds != nil,
        allowUnused: true)
      check(gradients, goals, tolerance, "gradient")
      if let seconds {
        let recorded = gradients.enumerated().filter { $0.element?.requiresGrad ?? false }
        if recorded.isEmpty {
          // A gradient that no input changes.
          for goal in seconds { #expect((numbers(goal) ?? []).allSatisfy { $0 == 0 }, "second gradients are missing") }
          return
        }
        let again = try grad(
          recorded.map { $0.element! }, inputs, gradOutputs: recorded.map { weights($0.element!, 21 + $0.offset) },
          allowUnused: true)
        check(again, seconds, tolerance * 10, "second gradient")
      }
    }
  }

  // MARK: Comparing

  private func check(_ tensors: [Tensor?], _ goals: [Any], _ tolerance: Double, _ what: String) {
    #expect(tensors.count == goals.count)
    for (i, (tensor, goal)) in zip(tensors, goals).enumerated() {
      // No gradient and a gradient of zeros mean the same.
      guard let tensor else {
        #expect((numbers(goal) ?? []).allSatisfy { $0 == 0 }, "\(what) \(i) is missing")
        continue
      }
      if goal is NSNull {
        #expect(tensor.array(as: Double.self).allSatisfy { $0 == 0 }, "\(what) \(i) should be absent")
      } else {
        compare(tensor, goal, tolerance, "\(what) \(i)")
      }
    }
  }

  private func compare(_ tensor: Tensor, _ goal: Any?, _ tolerance: Double, _ what: String) {
    let actual = tensor.array(as: Double.self)
    guard let goal = numbers(goal), goal.count == actual.count else {
      Issue.record("\(what): \(actual.count) elements, expected \(String(describing: goal))")
      return
    }
    for (i, (a, b)) in zip(actual, goal).enumerated() {
      let close = a == b || (a.isNaN && b.isNaN) || (a - b).magnitude <= tolerance * Swift.max(1, b.magnitude)
      if !close {
        Issue.record("\(what): element \(i) is \(a), expected \(b); all: \(actual.prefix(24)) expected \(goal.prefix(24))")
        return
      }
    }
  }

  private func numbers(_ any: Any?) -> [Double]? {
    guard let list = any as? [Any] else { return nil }
    return list.map { ($0 as? String).flatMap { Double($0) } ?? ($0 as? NSNumber)?.doubleValue ?? .nan }
  }

  /// Strides of dimensions with more than one position: the others mean nothing.
  private func effectiveStrides(_ sizes: [Int], _ strides: [Int]) -> [Int] { zip(sizes, strides).filter { $0.0 > 1 }.map(\.1) }

  // MARK: Inputs

  private func sequence(_ seed: Int, _ count: Int) -> [Double] {
    (0..<count).map { i in Double((7919 * i * i + 104729 * i + 15_485_863 * seed) % 65537) / 65537 }
  }

  private func weights(_ x: Tensor, _ seed: Int) -> Tensor {
    Tensor(sequence(seed, x.count).map { $0 - 0.3 }, shape: x.shape, dtype: x.dtype)
  }

  private func value(_ json: Any, type: String) throws -> IValue {
    switch json {
    case is NSNull: return .none
    case let list as [Any]: return .list(try list.map { try value($0, type: String(type.prefix { $0 != "[" })) })
    case let spec as [String: Any]:
      if let text = spec["float"] as? String { return .scalar(.double(Double(text) ?? .nan)) }
      if let name = spec["type"] as? String { return .dtype(try dtype(name)) }
      return .tensor(try tensor(spec))
    case let number as NSNumber:
      if type.hasPrefix("bool") { return .scalar(.bool(number.boolValue)) }
      return type.hasPrefix("float") || number.doubleValue != number.doubleValue.rounded()
        ? .scalar(.double(number.doubleValue)) : .scalar(.int(number.int64Value))
    default: throw FixtureError(description: "unknown argument \(json)")
    }
  }

  private func dtype(_ name: String) throws -> DType {
    guard let found = DType.allCases.first(where: { $0.name == name }) else {
      throw FixtureError(description: "unknown type \(name)")
    }
    return found
  }

  private func tensor(_ spec: [String: Any]) throws -> Tensor {
    guard let shape = spec["shape"] as? [Int], let seed = spec["seed"] as? Int, let low = (spec["low"] as? NSNumber)?.doubleValue,
      let high = (spec["high"] as? NSNumber)?.doubleValue, let name = spec["dtype"] as? String, let steps = spec["steps"] as? Int,
      let zeros = spec["zeros"] as? [Int], let layout = spec["layout"] as? String
    else { throw FixtureError(description: "malformed input \(spec)") }
    var values = sequence(seed, shape.reduce(1, *)).map { v in
      steps > 0 ? low + (v * Double(steps)).rounded(.down) : low + (high - low) * v
    }
    for position in zeros { values[position] = 0 }
    var x = Tensor(values, shape: shape, dtype: try dtype(name))
    if layout == "last" {
      let order = [0] + Array(2..<shape.count) + [1]
      x = x.permute(order).contiguous().permute((0..<shape.count).map { order.firstIndex(of: $0)! })
    } else if layout == "transposed" {
      x = x.transpose(-1, -2).contiguous().transpose(-1, -2)
    }
    x = x.detach()
    if spec["grad"] as? Bool == true { x.requiresGrad_() }
    return x
  }
}
