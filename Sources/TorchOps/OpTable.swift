import Synchronization
import TorchCore
import TorchFunctional
import TorchLinearAlgebra
import TorchSignal
import TorchStatistics
import TorchSparse

/// Every op by its schema name: what boxed calls, TorchScript programs and recorded tests look ops up in.
public enum OpTable {
  /// The ops with definitions of their own, by module. Each module's table lists its families.
  public static let defined: [AnyOp] = [
    CoreOps.table,
    LinearAlgebraOps.table,
    SignalOps.table,
    StatisticsOps.table,
    SparseOps.table,
    FunctionalOps.table,
    Foreach.table,
  ].flatMap { $0 }

  /// All ops: those defined, and the in-place and `out` forms derived from them.
  public static let all: [AnyOp] = defined + DerivedForms.names.sorted().filter { byName[$0] == nil }.compactMap(op(named:))

  private static let byName: [String: AnyOp] = Dictionary(defined.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  /// The overloads of each op, by its name without the overload's.
  private static let byBase: [String: [AnyOp]] = Dictionary(grouping: defined) { String($0.name.prefix { $0 != "." }) }
  /// Forms are derived when they are first asked for.
  private static let derived = Mutex<[String: AnyOp?]>([:])

  /// The defined overloads of an op, such as those of `aten::add`.
  static func overloads(of base: String) -> [AnyOp] { byBase[base] ?? [] }

  /// The op with this name, such as `aten::add.Tensor`, or nil.
  public static func op(named name: String) -> AnyOp? {
    if let op = byName[name] { return op }
    return derived.withLock { known in
      if let op = known[name] { return op }
      let op = DerivedForms.derive(name, from: byBase)
      known[name] = .some(op)
      return op
    }
  }
}
