import Foundation
import Testing

@testable import TorchCore
import TorchOps

/// Calls recorded with PyTorch (Tools/record-indexing-fixture.py), replayed by schema name.
struct RecordedCalls {
  struct FormatError: Error, CustomStringConvertible { let description: String }

  private static func number(_ value: Any) throws -> Double {
    if let text = value as? String, let d = Double(text) { return d }
    if let n = value as? NSNumber { return n.doubleValue }
    throw FormatError(description: "not a number: \(value)")
  }

  /// Values of a JSON tensor, with gaps in memory where recorded so.
  private static func tensor(_ object: [String: Any]) throws -> Tensor {
    guard let name = object["t"] as? String, let dtype = DType.allCases.first(where: { $0.name == name }),
      let sizes = object["s"] as? [Int], let values = object["v"] as? [Any]
    else { throw FormatError(description: "not a tensor: \(object)") }
    var x = Tensor(try values.map(number), shape: sizes, dtype: dtype)
    if object["strided"] != nil && !sizes.isEmpty {
      let wide = Tensor.zeros(sizes.dropLast() + [sizes.last! * 2], dtype: dtype).slice(-1, step: 2)
      wide.copy_(x)
      x = wide.detach()
    }
    return object["g"] != nil ? x.requiresGrad_() : x
  }

  private static func value(_ json: Any, _ leaves: inout [Tensor]) throws -> IValue {
    switch json {
    case is NSNull: return .none
    case let object as [String: Any]:
      let x = try tensor(object)
      if x.requiresGrad { leaves.append(x) }
      return .tensor(x)
    case let list as [Any]:
      var values: [IValue] = []
      for entry in list { values.append(try value(entry, &leaves)) }
      return .list(values)
    case let text as String:
      if ["inf", "-inf", "nan"].contains(text) { return .scalar(.double(Double(text)!)) }
      return .string(text)
    case let n as NSNumber:
      if n.isBoolean { return .scalar(.bool(n.boolValue)) }
      return n.isWhole ? .scalar(.int(n.int64Value)) : .scalar(.double(n.doubleValue))
    default: throw FormatError(description: "unknown value \(json)")
    }
  }

  private static func flattened(_ results: [IValue]) throws -> [Tensor] {
    try results.flatMap { result -> [Tensor] in
      if case .list(let entries) = result { return try entries.map { try Tensor.unbox($0) } }
      return [try Tensor.unbox(result)]
    }
  }

  private static func expect(_ found: Tensor, _ json: Any, exact: Bool, _ label: String) throws {
    guard let object = json as? [String: Any] else { throw FormatError(description: "not a tensor: \(json)") }
    let wanted = try tensor(object)
    #expect(found.dtype == wanted.dtype, "\(label): type")
    #expect(found.shape == wanted.shape, "\(label): sizes")
    guard found.shape == wanted.shape else { return }
    for (a, b) in zip(found.array(as: Double.self), wanted.array(as: Double.self)) {
      let same = a == b || (a.isNaN && b.isNaN) || (!exact && Swift.abs(a - b) <= 1e-12 * Swift.max(1, Swift.abs(b)))
      #expect(same, "\(label): \(a) is not \(b)")
    }
  }

  /// Replays all calls of a family; returns how many.
  static func replay(_ family: String) throws -> Int {
    let url = PointwiseFixture.packageRoot.appending(path: "Tests/TorchCoreTests/Fixtures/indexing.jsonl")
    let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
    var count = 0
    for (number, line) in lines.enumerated() {
      // PyTorch's NaN and infinities are strings here, so that every line is JSON.
      guard let call = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
        let name = call["op"] as? String, let arguments = call["args"] as? [Any]
      else { throw FormatError(description: "line \(number + 1)") }
      guard call["family"] as? String == family else { continue }
      count += 1
      let label = "line \(number + 1), \(name)"
      guard let op = OpTable.op(named: name) else {
        Issue.record("\(label): no such op")
        continue
      }
      var leaves: [Tensor] = []
      var values: [IValue] = []
      for argument in arguments { values.append(try value(argument, &leaves)) }
      if op.info.schema.arguments[0].isMutated, case .tensor(let x) = values[0] {
        // In-place ops change a tensor made from the leaf, with the leaf's strides.
        values[0] = .tensor(x.isContiguous ? x.clone() : spread(x))
      }
      if call["error"] != nil {
        #expect(throws: TorchError.self, "\(label)") { try withTorchErrors { try op.call(values) } }
        continue
      }
      do {
        let results = try withTorchErrors { try flattened(try op.call(values)) }
        let wanted = call["results"] as? [Any] ?? []
        #expect(results.count == wanted.count, "\(label): results")
        for (result, json) in zip(results, wanted) { try expect(result.detach(), json, exact: false, label) }
        guard let gradients = call["grads"] as? [Any] else { continue }
        var outputs: [Tensor] = []
        var weights: [Tensor?] = []
        for result in results where result.requiresGrad {
          outputs.append(result)
          weights.append(
            Tensor((0..<result.count).map { 1 + Double($0) / 8 }, shape: result.shape, dtype: result.dtype))
        }
        let found = try grad(outputs, leaves, gradOutputs: weights, allowUnused: true)
        for (i, (gradient, json)) in zip(found, gradients).enumerated() {
          try expect(gradient ?? leaves[i].detach().zerosLike(), json, exact: false, "\(label): gradient \(i)")
        }
      } catch { Issue.record("\(label): \(error)") }
    }
    return count
  }

  private static func spread(_ x: Tensor) -> Tensor {
    let wide = Tensor.zeros(x.shape.dropLast() + [x.shape.last! * 2], dtype: x.dtype)
    let view = wide.slice(-1, step: 2)
    view.copy_(x)
    return view
  }
}

extension NSNumber {
  // JSON's true and false are kept as C chars, whole numbers never are.
  fileprivate var isBoolean: Bool { ["c", "B"].contains(String(cString: objCType)) }
  fileprivate var isWhole: Bool { !["d", "f"].contains(String(cString: objCType)) }
}
