import TorchCore

/// Ops on lists of tensors. Each is an op of single tensors, done for every place of the lists: what that op computes, its types,
/// gradients and errors are those of the list's. `torch._foreach_add` and its like.
enum Foreach {
  static let table: [AnyOp] = schemas.map(ForeachOp.init).flatMap(\.forms) + [GradientUnscaling.op.erased]
}

/// One op on lists.
struct ForeachOp: Sendable {
  private let info: OpInfo
  private let schema: Schema
  private let element: ForeachElement

  init(_ text: String) {
    let name = text.prefix { $0 != "(" }.dropFirst("aten::_foreach_".count).prefix { $0 != "." }
    let isInPlace = name.hasSuffix("_")
    let samples: SampleMaker = { s in isInPlace ? [] : ForeachOp.samples(text, &s) }
    info = OpInfo(text, tier: isInPlace ? .inPlace : .composite, derivative: .composed, samples: samples)
    schema = info.schema
    element = ForeachElement(name: String(isInPlace ? name.dropLast() : name), isInPlace: isInPlace, arguments: info.schema.arguments)
  }

  /// The op, and the form of it that writes its results into given tensors.
  var forms: [AnyOp] {
    let op = AnyOp(info: info, argumentTypes: argumentTypes(info.text)) { try run($0) }
    // Two have no such form.
    guard info.tier == .composite, !["aten::_foreach_mm", "aten::_foreach_pow.ScalarAndTensor"].contains(info.name) else { return [op] }
    let outName = info.name + (info.name.contains(".") ? "_out" : ".out")
    let arguments = info.text.dropFirst(info.name.count).prefix(upTo: info.text.range(of: ") -> ")!.lowerBound)
    let text = outName + arguments + (arguments.contains("*, ") ? ", " : ", *, ") + "Tensor(a!)[] out) -> ()"
    return [op, OutForm.make(text, outCount: 1, of: op)]
  }

  private func run(_ values: [IValue]) throws -> [IValue] {
    guard values.count == schema.arguments.count else {
      throw TorchError(.value, "expected \(schema.arguments.count) arguments, got \(values.count)")
    }
    var columns: [Column] = []
    var count: Int?
    for (argument, value) in zip(schema.arguments, values) {
      let column = try Column(argument, value)
      if let length = column.length {
        if argument.type == "Tensor[]", length == 0 { throw TorchError(.value, "'\(argument.name)' must hold at least one tensor") }
        if let count, count != length {
          throw TorchError(.value, "the lists must have equal lengths: '\(argument.name)' has \(length), the ones before it \(count)")
        }
        count = length
      }
      columns.append(column)
    }
    let call = try element.call()
    var results: [IValue] = []
    for i in 0..<(count ?? 0) { results += try call(columns.map { $0[i] }) }
    return schema.results.isEmpty ? [] : [.list(results)]
  }

  /// An argument: one value for all places, or a list of them.
  private enum Column {
    case shared(IValue)
    case list([IValue])

    init(_ argument: Schema.Argument, _ value: IValue) throws {
      switch argument.type {
      case "Tensor[]": self = .list(try [Tensor].unbox(value).map { .tensor($0) })
      case "Scalar[]": self = .list(try [Scalar].unbox(value).map { .scalar($0) })
      case "Tensor" where argument.name == "scalars":
        let numbers = try Tensor.unbox(value)
        guard numbers.rank == 1 else { throw TorchError(.shape, "'scalars' must be a vector, got \(numbers.summary)") }
        // Without elements, any number will do: sizes do not depend on it.
        self = .list(
          try (0..<numbers.count).map { numbers.isMeta ? .scalar(.double(1)) : .scalar(try numbers.scalar(at: $0 * numbers.impl.strides[0])) })
      case "Tensor":
        let number = try Tensor.unbox(value)
        guard number.rank == 0 else { throw TorchError(.shape, "'\(argument.name)' must be a 0-d tensor, got \(number.summary)") }
        self = .shared(.tensor(number))
      default: self = .shared(value)
      }
    }

    var length: Int? { if case .list(let values) = self { values.count } else { nil } }

    subscript(_ i: Int) -> IValue {
      switch self {
      case .shared(let value): value
      case .list(let values): values[i]
      }
    }
  }

  /// Two matrices for every list, with values where every function of one number is defined.
  private static func samples(_ text: String, _ s: inout SampleSource) -> [Sample] {
    guard let schema = try? Schema(parsing: text) else { return [] }
    let values = schema.arguments.map { argument -> IValue in
      switch argument.type {
      case "Tensor[]": [s.tensor([2, 2], low: 0.2, high: 0.9), s.tensor([3, 3], low: 0.2, high: 0.9)].box()
      case "Scalar[]": .list([.scalar(.double(0.5)), .scalar(.double(1.5))])
      case "Scalar" where argument.name == "ord": .scalar(.int(2))
      case "Scalar": .scalar(.double(0.5))
      // The numbers in a tensor are read, not recorded.
      case "Tensor": .tensor(argument.name == "scalars" ? Tensor([2, 3] as [Int]) : s.tensor([], low: 0.2, high: 0.9))
      default: Schema.defaultValue(argument)
      }
    }
    return [Sample(values)]
  }
}
