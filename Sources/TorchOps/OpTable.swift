import TorchCore
import TorchFunctional
import TorchLinearAlgebra
import TorchSignal

/// Every op by its schema name: what boxed calls, TorchScript programs and recorded tests look ops up in.
public enum OpTable {
  /// All ops, by module. Each module's table lists its families.
  public static let all: [AnyOp] = [
    CoreOps.table,
    LinearAlgebraOps.table,
    SignalOps.table,
    FunctionalOps.table,
  ].flatMap { $0 }

  private static let byName: [String: AnyOp] = Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

  /// The op with this name, such as `aten::add.Tensor`, or nil.
  public static func op(named name: String) -> AnyOp? { byName[name] }
}
