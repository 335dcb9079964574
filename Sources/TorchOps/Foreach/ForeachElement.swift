import TorchCore

/// The op of single tensors behind an op on lists.
struct ForeachElement: Sendable {
  private let name: String
  private let isInPlace: Bool
  /// The types of an element's arguments.
  private let types: [String]

  init(name: String, isInPlace: Bool, arguments: [Schema.Argument]) {
    self.name = name
    self.isInPlace = isInPlace
    types = arguments.map { argument in
      argument.name == "scalars" ? "Scalar" : argument.type.replacing("[]", with: "")
    }
  }

  /// How one element is computed, from the arguments that belong to it.
  func call() throws -> ([IValue]) throws -> [IValue] {
    switch name {
    case "norm": return try norm()
    case "powsum": return try sumOfPowers()
    default: break
    }
    guard let functional = overload() else { return try changing() }
    let missing = functional.info.schema.arguments.dropFirst(types.count).map(Schema.defaultValue)
    guard isInPlace else { return { try functional.call($0 + missing) } }
    let form = functional.info.inPlace
    let op = OpTable.op(named: form.name) ?? InPlaceForm.make(form.text, of: functional)
    return { try op.call($0 + missing) }
  }

  /// Of an op that exists in place alone, such as `zero_` and `copy_`: that op, on copies where a new tensor is asked for.
  private func changing() throws -> ([IValue]) throws -> [IValue] {
    let op = try op("aten::\(name)_")
    if isInPlace { return { try op.call($0) } }
    return { arguments in
      guard case .tensor(let target)? = arguments.first else { throw TorchError(.value, "expected a tensor") }
      return try op.call([.tensor(target.clone())] + arguments.dropFirst())
    }
  }

  /// The overload that takes these arguments first and has defaults for the rest; the one with the fewest.
  private func overload() -> AnyOp? {
    let found = OpTable.overloads(of: "aten::\(elementName)").filter { op in
      let arguments = op.info.schema.arguments
      guard arguments.count >= types.count else { return false }
      let fits = zip(arguments, types).allSatisfy { $0.type == $1 || $0.type == $1 + "?" }
      return fits && arguments.dropFirst(types.count).allSatisfy { $0.defaultText != nil }
    }
    return found.min { $0.info.schema.arguments.count < $1.info.schema.arguments.count }
  }

  /// Bounds by a number are clamps, and bounds by tensors are maxima and minima, under either name.
  private var elementName: String {
    switch (name, types.last) {
    case ("maximum", "Scalar"): "clamp_min"
    case ("minimum", "Scalar"): "clamp_max"
    case ("clamp_min", "Tensor"): "maximum"
    case ("clamp_max", "Tensor"): "minimum"
    default: name
    }
  }

  private func op(_ name: String) throws -> AnyOp {
    guard let op = OpTable.op(named: name) else {
      throw TorchError(.unsupported, "there is no op '\(name)' of (\(types.joined(separator: ", ")))")
    }
    return op
  }

  private func norm() throws -> ([IValue]) throws -> [IValue] {
    let norm = try op("aten::linalg_vector_norm")
    return { try norm.call([$0[0], $0[1], .none, .scalar(.bool(false)), $0[2]]) }
  }

  private func sumOfPowers() throws -> ([IValue]) throws -> [IValue] {
    let (abs, power, sum) = (try op("aten::abs"), try op("aten::pow.Tensor_Scalar"), try op("aten::sum"))
    return { try sum.call([try power.call([try abs.call([$0[0]])[0], $0[1]])[0], $0[2]]) }
  }
}
