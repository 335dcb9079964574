import Foundation
import Testing
import TorchOps
import TorchTestSupport

/// An op as an argument of a test.
struct OpCase: Sendable, CustomTestStringConvertible {
  let op: AnyOp
  var testDescription: String { op.name }

  static let all = OpTable.all.map { OpCase(op: $0) }
  static let withSamples = all.filter { !OpSample.all(of: $0.op, dtype: .float64).isEmpty }
  /// With samples and results that follow from the arguments alone.
  static let deterministic = withSamples.filter { $0.op.info.tier != .random && !$0.op.name.contains("empty") }
  static let differentiable = deterministic.filter { item in
    if case .none = item.op.info.derivative { return false }
    return true
  }

  func samples(_ dtype: DType) -> [OpSample] { OpSample.all(of: op, dtype: dtype) }
}

extension OpSample {
  /// The tensors of the results; plain values become 0-d tensors.
  func run(_ replacements: [IValue]? = nil) throws -> [Tensor] {
    try op.call(replacements ?? arguments).flatMap(OpSample.tensors)
  }

  private static func tensors(_ value: IValue) -> [Tensor] {
    switch value {
    case .tensor(let t): [t]
    case .list(let values): values.flatMap(tensors)
    case .scalar(let s): [Tensor(scalar: s)]
    default: []
    }
  }

  var label: String { "\(dtype) sample \(index)" }
}

/// The error of a call that must fail. Unlike `#expect(throws:)` it does not describe the error, which would look for its line.
func failure<T>(_ body: () throws -> T) -> TorchError? {
  do {
    _ = try body()
    return nil
  } catch {
    return error as? TorchError
  }
}

/// In test output, without the call site: finding its line takes long.
extension TorchError: CustomTestStringConvertible {
  public var testDescription: String { "\(op): \(message) (\(arguments))" }
}

/// The folder of recorded data.
let fixtureFolder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures")
/// The folder of the package.
let packageFolder = fixtureFolder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

func fixture(_ name: String) throws -> String {
  try String(contentsOf: fixtureFolder.appending(path: name), encoding: .utf8)
}
