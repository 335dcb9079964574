/// Sees every op call made on this thread while it is active: profilers, tracers, autocast, transforms.
/// PyTorch's `TorchDispatchMode`.
///
/// ```swift
/// final class Counter: OpMode {
///   var counts: [String: Int] = [:]
///   func intercept(_ call: OpCall) throws -> [IValue] {
///     counts[call.op.name, default: 0] += 1
///     return try call.proceed()
///   }
/// }
/// let counter = Counter()
/// withMode(counter) { _ = model(x) }
/// ```
public protocol OpMode: AnyObject {
  /// Handles a call: usually by changing its arguments or watching, and proceeding. While it runs, this mode and those above it are
  /// inactive.
  func intercept(_ call: OpCall) throws -> [IValue]
}

/// One op call as a mode sees it.
public struct OpCall {
  public let op: AnyOp
  /// All arguments of the schema, in order.
  public var arguments: [IValue]
  /// Runs the call below this mode: the next mode, or the op itself. Returns the results, one an entry of the schema.
  public func proceed() throws -> [IValue] { try op.call(arguments) }
}

/// Runs `body` with `mode` active on this thread.
public func withMode<T, E: Error>(_ mode: any OpMode, _ body: () throws(E) -> T) throws(E) -> T {
  let stacks = ThreadState.stacks
  stacks.modes.append(mode)
  defer { stacks.modes.removeLast() }
  return try ThreadState.with(setting: ThreadState.modeActive, body)
}

package enum ActiveModes {
  /// Hands a call to the innermost mode, which runs with only the outer ones active.
  package static func intercept(_ op: AnyOp, _ arguments: [IValue]) throws -> [IValue] {
    let stacks = ThreadState.stacks
    let all = stacks.modes
    guard let mode = all.last else { return try op.call(arguments) }
    stacks.modes = Array(all.dropLast())
    defer { stacks.modes = all }
    let call = OpCall(op: op, arguments: arguments)
    if stacks.modes.isEmpty {
      return try ThreadState.with(setting: 0, clearing: ThreadState.modeActive) { try mode.intercept(call) }
    }
    return try mode.intercept(call)
  }
}
