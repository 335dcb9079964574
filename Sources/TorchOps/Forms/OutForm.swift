import TorchCore

/// `out=`: the results of an op, written into tensors that the caller gives, which are resized to fit.
enum OutForm {
  /// The form with the given schema, whose last `outCount` arguments are where the results go.
  static func make(_ text: String, outCount: Int, of op: AnyOp) -> AnyOp {
    let info = OpInfo(text, tier: .composite, derivative: .none("results in given tensors are not recorded"))
    return AnyOp(info: info, argumentTypes: argumentTypes(text)) { values in
      guard values.count == info.schema.arguments.count else {
        throw TorchError(.value, "expected \(info.schema.arguments.count) arguments, got \(values.count)")
      }
      let outs = values.suffix(outCount)
      let targets = try outs.flatMap { try [Tensor].unbox($0) }
      let inputs = Array(values.dropLast(outCount))
      if isGradEnabled, (inputs.flatMap(tensors) + targets).contains(where: \.requiresGrad) {
        throw TorchError(.autograd, "results in given tensors are not recorded, but an argument requires gradients; use noGrad, or the form without out")
      }
      for target in targets {
        try InPlace.check(target, recording: false)
        try checkOverlap(target, inputs.flatMap(tensors), of: op)
      }
      let results = try noGrad { try op.call(inputs) }.flatMap { try [Tensor].unbox($0) }
      guard results.count == targets.count else {
        throw TorchError(.value, "expected \(results.count) tensors for the results, got \(targets.count)")
      }
      let exact = keepsType.contains(String(op.name.prefix { $0 != "." }))
      for (result, target) in zip(results, targets) {
        try check(result, target)
        guard !exact || result.dtype == target.dtype else {
          throw TorchError(.dtype, "expected a \(result.dtype) tensor for the result, got \(target.summary)")
        }
      }
      for (result, target) in zip(results, targets) { try noGrad { try write(result, target) } }
      return info.schema.results.isEmpty ? [] : Array(outs)
    }
  }

  /// What chooses type and place of a factory's result, which the given tensor decides in its `out` form.
  static let options: Set<String> = ["dtype", "layout", "device", "pin_memory"]

  /// The form of a factory, which fills the given tensor with what the factory makes in its type.
  static func makeFactory(_ text: String, of op: AnyOp) -> AnyOp {
    let info = OpInfo(text, tier: .composite, derivative: .none("results in given tensors are not recorded"))
    let names = info.schema.arguments.map(\.name)
    return AnyOp(info: info, argumentTypes: argumentTypes(text)) { values in
      guard values.count == names.count else {
        throw TorchError(.value, "expected \(names.count) arguments, got \(values.count)")
      }
      let target = try Tensor.unbox(values.last ?? .none)
      if isGradEnabled, target.requiresGrad {
        throw TorchError(.autograd, "results in given tensors are not recorded, but the tensor requires gradients; use noGrad")
      }
      try InPlace.check(target, recording: false)
      let given = Dictionary(zip(names, values), uniquingKeysWith: { first, _ in first })
      let arguments = op.info.schema.arguments.map { argument -> IValue in
        switch argument.name {
        case "dtype": .dtype(target.dtype)
        case "device": .device(target.device)
        default: given[argument.name] ?? .none
        }
      }
      let result: Tensor
      do { result = try Tensor.unbox(try op.call(arguments).first ?? .none) } catch let error as TorchError {
        throw TorchError(error.kind, error.message)
      }
      try write(result, target)
      return [.tensor(target)]
    }
  }

  /// Ops whose result is not converted into the type of the given tensor.
  private static let keepsType: Set<String> = ["aten::complex", "aten::isneginf", "aten::isposinf", "aten::polar"]

  /// Ops that write a place of the result before they have read all of the input, and reject an input as their result.
  private static let readsAfterWriting: Set<String> = [
    "aten::cat", "aten::concat", "aten::concatenate", "aten::cross", "aten::linalg_cross", "aten::take_along_dim",
  ]

  private static func checkOverlap(_ target: Tensor, _ inputs: [Tensor], of op: AnyOp) throws {
    try Overlap.check(target, inputs)
    guard readsAfterWriting.contains(String(op.name.prefix { $0 != "." })) else { return }
    if let input = inputs.first(where: { Overlap.status(target, $0) == .full }) {
      throw TorchError(.value, "an input (\(input.summary)) and the tensor given for the result are the same memory; clone one first")
    }
  }

  private static func check(_ result: Tensor, _ target: Tensor) throws {
    guard result.device == target.device else {
      throw TorchError(.device, "the result is on \(result.device), but the tensor given for it on \(target.device)")
    }
    guard result.dtype.category <= target.dtype.category else {
      throw TorchError(.dtype, "a result of type \(result.dtype) cannot be stored in the tensor given for it, which is \(target.dtype)")
    }
  }

  private static func write(_ result: Tensor, _ target: Tensor) throws {
    if target.impl.sizes != result.impl.sizes { try target.resize(result.impl.sizes) }
    target.copy_(result)
  }

  /// The tensors in a value.
  static func tensors(_ value: IValue) -> [Tensor] {
    switch value {
    case .tensor(let tensor): [tensor]
    case .list(let values): values.flatMap(tensors)
    default: []
    }
  }
}
