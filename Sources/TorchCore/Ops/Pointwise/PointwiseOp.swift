/// A pointwise op in its two forms: `op` returns a new tensor, `inPlace` computes into its first argument. Both come from one formula
/// and one schema.
package struct PointwiseOp<each A: Boxable>: Sendable {
  package let op: Op<repeat each A, Tensor>
  package let inPlace: Op<repeat each A, Tensor>
  /// The one definition behind both, where there is one: calls that need no dispatch go to it directly.
  package let definition: PointwiseDefinition?

  /// The general form: `body` computes with the op's definition, either as a new tensor or in place.
  package init(
    op: Op<repeat each A, Tensor>, inPlace: Op<repeat each A, Tensor>, definition: PointwiseDefinition? = nil
  ) {
    self.definition = definition
    self.op = op
    self.inPlace = inPlace
  }

  @inline(__always)
  package func callAsFunction(_ arguments: repeat each A) -> Tensor { op(repeat each arguments) }

  /// Both forms, for the table.
  package var erased: [AnyOp] { [op.erased, inPlace.erased] }
}

package typealias SampleMaker = @Sendable (inout SampleSource) -> [Sample]

extension UnaryFormula {
  /// The op of this formula.
  /// - Parameters:
  ///   - schema: PyTorch's, of the form that returns a new tensor.
  ///   - samples: by default one matrix with values between `low` and `high`, and a 0-d tensor.
  package static func op(
    _ schema: String, _ rule: ResultRule, low: Double = -2, high: Double = 2, samples: SampleMaker? = nil,
    check: (@Sendable ([Tensor]) throws -> Void)? = nil
  ) -> PointwiseOp<Tensor> {
    let make = samples ?? { s in [Sample(.tensor(s.tensor([3, 4], low: low, high: high))), Sample(.tensor(s.tensor([], low: low, high: high)))] }
    let definition = PointwiseDefinition(self, info: info(schema, make), rule: rule, check: check)
    return PointwiseOp(
      op: Op(definition.info) { try definition($0) },
      inPlace: Op(definition.info.inPlace) { try definition.inPlace([$0]) }, definition: definition)
  }

  /// The op of this formula with numeric parameters after the tensor.
  package static func op<each P: Boxable>(
    _ schema: String, _ rule: ResultRule, parameters: @escaping @Sendable (repeat each P) throws -> KernelParameters,
    samples: @escaping SampleMaker
  ) -> PointwiseOp<Tensor, repeat each P> {
    let definition = PointwiseDefinition(self, info: info(schema, samples), rule: rule)
    return PointwiseOp<Tensor, repeat each P>(
      op: Op(definition.info) { (x: Tensor, p: repeat each P) in try definition(x, try parameters(repeat each p)) },
      inPlace: Op(definition.info.inPlace) { (x: Tensor, p: repeat each P) in
        try definition.inPlace([x], try parameters(repeat each p))
      })
  }
}

extension UnaryPredicate {
  /// The op of this predicate: a bool tensor.
  package static func op(
    _ schema: String, samples: @escaping SampleMaker = { s in [Sample(.tensor(s.tensor([3, 4])))] }
  ) -> Op<Tensor, Tensor> {
    let definition = PointwiseDefinition(
      self, info: OpInfo(schema, tier: .pointwise, derivative: .none("a condition is not differentiable"), samples: samples), rule: .mask)
    return Op(definition.info) { try definition($0) }
  }
}

extension BinaryFormula {
  /// The op of this formula.
  package static func op(
    _ schema: String, _ rule: ResultRule, low: Double = -2, high: Double = 2, samples: SampleMaker? = nil,
    check: (@Sendable ([Tensor]) throws -> Void)? = nil
  ) -> PointwiseOp<Tensor, Tensor> {
    let make = samples ?? { s in binarySamples(&s, low, high) }
    let definition = PointwiseDefinition(self, info: info(schema, make), rule: rule, check: check)
    return PointwiseOp(
      op: Op(definition.info) { try definition($0, $1) },
      inPlace: Op(definition.info.inPlace) { try definition.inPlace([$0, $1]) }, definition: definition)
  }

  /// The op of this formula with numeric parameters after the tensors.
  package static func op<each P: Boxable>(
    _ schema: String, _ rule: ResultRule, parameters: @escaping @Sendable (repeat each P) throws -> KernelParameters,
    samples: @escaping SampleMaker
  ) -> PointwiseOp<Tensor, Tensor, repeat each P> {
    let definition = PointwiseDefinition(self, info: info(schema, samples), rule: rule)
    return PointwiseOp<Tensor, Tensor, repeat each P>(
      op: Op(definition.info) { (x: Tensor, y: Tensor, p: repeat each P) in try definition(x, y, try parameters(repeat each p)) },
      inPlace: Op(definition.info.inPlace) { (x: Tensor, y: Tensor, p: repeat each P) in
        try definition.inPlace([x, y], try parameters(repeat each p))
      })
  }
}

extension BinaryPredicate {
  /// The op of this predicate: a bool tensor.
  package static func op(
    _ schema: String, samples: @escaping SampleMaker = { s in binarySamples(&s, -2, 2) }
  ) -> Op<Tensor, Tensor, Tensor> {
    let definition = PointwiseDefinition(
      self, info: OpInfo(schema, tier: .pointwise, derivative: .none("a condition is not differentiable"), samples: samples), rule: .mask)
    return Op(definition.info) { try definition($0, $1) }
  }
}

extension TernaryFormula {
  /// The op of this formula with numeric parameters after the tensors.
  package static func op<each P: Boxable>(
    _ schema: String, _ rule: ResultRule, parameters: @escaping @Sendable (repeat each P) throws -> KernelParameters,
    samples: @escaping SampleMaker
  ) -> PointwiseOp<Tensor, Tensor, Tensor, repeat each P> {
    let definition = PointwiseDefinition(self, info: info(schema, samples), rule: rule)
    return PointwiseOp<Tensor, Tensor, Tensor, repeat each P>(
      op: Op(definition.info) { (x: Tensor, y: Tensor, z: Tensor, p: repeat each P) in
        try definition([x, y, z], try parameters(repeat each p))
      },
      inPlace: Op(definition.info.inPlace) { (x: Tensor, y: Tensor, z: Tensor, p: repeat each P) in
        try definition.inPlace([x, y, z], try parameters(repeat each p))
      })
  }
}

extension ValueFormula {
  package static func info(_ schema: String, _ samples: @escaping SampleMaker) -> OpInfo {
    OpInfo(
      schema, tier: .pointwise, derivative: differentiableInputs.isEmpty ? .none(undifferentiable) : .own,
      samples: samples)
  }
}

/// Equal sizes, broadcasting both ways, and a 0-d operand.
package func binarySamples(_ s: inout SampleSource, _ low: Double, _ high: Double) -> [Sample] {
  [
    Sample(.tensor(s.tensor([3, 4], low: low, high: high)), .tensor(s.tensor([3, 4], low: low, high: high))),
    Sample(.tensor(s.tensor([3, 1], low: low, high: high)), .tensor(s.tensor([4], low: low, high: high))),
    Sample(.tensor(s.tensor([2, 3], low: low, high: high)), .tensor(s.tensor([], low: low, high: high))),
  ]
}

extension Op where R == Tensor {
  /// The overload that takes a number where this op takes its second tensor.
  package static func scalarOverload(
    _ schema: String, of op: Op<Tensor, Tensor, Tensor>,
    samples: @escaping SampleMaker = { s in [Sample(.tensor(s.tensor([2, 3], low: 0.5, high: 2)), .scalar(.double(1.5)))] }
  ) -> Op<Tensor, Scalar, Tensor> {
    let info = OpInfo(schema, tier: .composite, derivative: op.info.derivative.composed, samples: samples)
    return Op<Tensor, Scalar, Tensor>(info) { try op.run($0, Tensor(scalar: $1)) }
  }

  /// The overload that takes a number where this op takes its first tensor.
  package static func leadingScalarOverload(
    _ schema: String, of op: Op<Tensor, Tensor, Tensor>,
    samples: @escaping SampleMaker = { s in [Sample(.scalar(.double(1.5)), .tensor(s.tensor([2, 3], low: 0.5, high: 2)))] }
  ) -> Op<Scalar, Tensor, Tensor> {
    let info = OpInfo(schema, tier: .composite, derivative: op.info.derivative.composed, samples: samples)
    return Op<Scalar, Tensor, Tensor>(info) { try op.run(Tensor(scalar: $0), $1) }
  }
}

extension OpInfo.Derivative {
  /// That of an op made of one with this derivative.
  package var composed: OpInfo.Derivative {
    if case .none = self { self } else { .composed }
  }
}

extension OpInfo {
  /// The in-place form: `aten::add_.Tensor(Tensor(a!) self, …) -> Tensor(a!)` for `aten::add.Tensor(Tensor self, …) -> Tensor`.
  package var inPlace: OpInfo {
    let parts = name.split(separator: ".", maxSplits: 1)
    let inPlaceName = parts[0] + "_" + (parts.count > 1 ? "." + parts[1] : "")
    var rest = String(text.dropFirst(name.count))
    if let first = rest.range(of: "(Tensor ") { rest.replaceSubrange(first, with: "(Tensor(a!) ") }
    if let arrow = rest.range(of: " -> Tensor", options: .backwards) { rest.replaceSubrange(arrow, with: " -> Tensor(a!)") }
    return OpInfo(inPlaceName + rest, tier: .inPlace, derivative: derivative)
  }
}
